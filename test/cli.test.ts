// the command line as a new user meets it: each case is a folder with cmd, stdout, stderr and status; LOGJOIN_RECORD=1 writes them anew
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'

const root = fileURLToPath(new URL('../../', import.meta.url))
const cli = join(root, 'dist', 'src', 'cli', 'main.js')
const cases = join(root, 'test', 'cases')
const folder = mkdtempSync(join(tmpdir(), 'logjoin-cli-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const shell = (command: string, cwd = join(root, 'samples')) => spawnSync('bash', ['-c', command.replaceAll('logjoin ', `"${process.execPath}" "${cli}" `)], { cwd, encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, NO_COLOR: '1', COLUMNS: '100' } })

for (const name of readdirSync(cases).sort()) {
  test(`case: ${name.replaceAll('-', ' ')}`, () => {
    const at = (file: string): string => join(cases, name, file)
    const run = shell(readFileSync(at('cmd'), 'utf8').trim())
    const got: Record<string, string> = { stdout: run.stdout, stderr: run.stderr, status: `${run.status}\n` }
    if (process.env.LOGJOIN_RECORD) for (const [file, text] of Object.entries(got)) writeFileSync(at(file), text)
    for (const [file, text] of Object.entries(got)) assert.equal(text, existsSync(at(file)) ? readFileSync(at(file), 'utf8') : '', file)
  })
}

test('a closed pipe is status 0 and silent', () => {
  const run = shell('set -o pipefail; logjoin correlate dns.log tls.log cdn.log --unmatched 2>err.txt | head -1 >/dev/null; echo "${PIPESTATUS[0]}"; cat err.txt; rm err.txt', join(root, 'samples'))
  assert.match(run.stdout, /^0\n/)
  assert.doesNotMatch(run.stdout, /EPIPE|Error/)
})

test('the order of arguments, the time zone and a second run change no byte', () => {
  const out = (command: string): string => {
    const run = shell(command)
    assert.equal(run.status, 0, run.stderr)
    return run.stdout
  }
  const first = out('logjoin correlate dns.log tls.log cdn.log go.trace -q')
  assert.ok(first.length > 10_000)
  assert.equal(out('logjoin correlate go.trace cdn.log tls.log dns.log -q'), first)
  assert.equal(out('TZ=Asia/Tokyo logjoin correlate tls.log dns.log go.trace cdn.log -q'), first)
  assert.equal(out('TZ=America/Los_Angeles LC_ALL=tr_TR.UTF-8 logjoin correlate dns.log cdn.log tls.log go.trace -q'), first)
})

test('every command has help with an example', () => {
  for (const command of ['correlate', 'detect', 'parse', 'formats', 'detectors', 'schema', 'stamp']) {
    const run = shell(`logjoin ${command} --help`)
    assert.equal(run.status, 0)
    assert.match(run.stdout, /Examples:/, command)
  }
})

test('the summary adds up, on standard error and as a file', () => {
  const path = join(folder, 'summary.json')
  const run = shell(`logjoin correlate dns.log tls.log cdn.log go.trace --summary ${path} -o ${join(folder, 'out.ndjson')}`)
  assert.equal(run.status, 0, run.stderr)
  const summary = JSON.parse(readFileSync(path, 'utf8')) as { files: { path: string, lines: number, events: number, merged: number, skipped: Record<string, number> }[], join: { sources: { events: number, matched: number, unmatched: number }[] } }
  assert.equal(summary.files.length, 4)
  for (const file of summary.files) {
    assert.equal(file.lines, file.events + file.merged + Object.values(file.skipped).reduce((sum, count) => sum + count, 0), file.path)
    assert.equal(file.lines, readFileSync(join(root, 'samples', file.path), 'utf8').split('\n').length - 1)
    assert.ok(run.stderr.includes(`${file.path}  `))
  }
  for (const source of summary.join.sources) assert.equal(source.events, source.matched + source.unmatched)
})

test('nothing in the output folder is left half written', () => {
  assert.equal(shell(`logjoin correlate nothing-here.log -o ${join(folder, 'never.ndjson')}`).status, 2)
  assert.deepEqual(readdirSync(folder).filter(name => name.includes('never')), [])
})

test('standard input is read as -', () => {
  const run = shell('cat dns.log | logjoin parse - -q | head -1')
  assert.match(run.stdout, /"id":"-:7"/)
})

test('stamp puts the time before each line as it comes, and a stamped trace is read', async () => {
  const child = spawn(process.execPath, [cli, 'stamp'])
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { out += chunk })
  child.stdin.write('# get https://modules.example.com/example.org/a/@v/v1.0.0.mod\n')
  while (!out.endsWith('\n')) await new Promise(resolve => setTimeout(resolve, 20)) // the process has started
  await new Promise(resolve => setTimeout(resolve, 300))
  child.stdin.end('# get https://modules.example.com/example.org/a/@v/v1.0.0.mod: 200 OK (0.400s)')
  await new Promise(resolve => child.on('close', resolve))
  const stamps = out.split('\n').map(line => Date.parse(line.slice(0, 27)))
  assert.match(out, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z # get /)
  assert.ok(stamps[1]! - stamps[0]! >= 200)
  writeFileSync(join(folder, 'go.trace'), out)
  const run = shell(`logjoin parse ${join(folder, 'go.trace')} -q`)
  assert.equal(run.status, 0, run.stderr)
  assert.match(run.stdout, /"type":"go.module".*"ts_ms"/)
})
