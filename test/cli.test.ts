// the command line as a new user meets it: each case is a folder with cmd, stdout, stderr and status; LOGJOIN_RECORD=1 writes them anew
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { progressLine } from '../src/cli/progress.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const plain = join(root, 'dist', 'src', 'cli', 'main.js')
const bundled = join(root, 'dist', 'src', 'cli', 'logjoin.cjs')
// what users run, where the build has made it
const cli = existsSync(bundled) ? bundled : plain
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
  for (const command of ['correlate', 'detect', 'parse', 'explain', 'formats', 'detectors', 'schema', 'completion', 'stamp']) {
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

test('the bundle gives what the modules give', { skip: existsSync(bundled) ? false : 'not built' }, () => {
  for (const words of ['correlate dns.log tls.log cdn.log go.trace', 'detect . --format json', 'parse cdn.log --summary /dev/stdout', 'explain . --host modules.example.com', 'detectors origin-timeout', 'formats', 'formats zeek-ssl', 'schema event', '--help', 'parse --help', '--version', 'parse nothing.log', 'parse dns.log --limit', 'completion zsh']) {
    const [a, b] = [bundled, plain].map(file => spawnSync(process.execPath, [file, ...words.split(' ')], { cwd: join(root, 'samples'), encoding: 'utf8', maxBuffer: 1 << 28 }))
    assert.deepEqual([a!.status, a!.stderr], [b!.status, b!.stderr], words)
    assert.ok(a!.stdout === b!.stdout, words) // too long to be shown
    assert.ok(a!.stdout.length + a!.stderr.length > 5, words)
  }
})

test('a plug-in that imports the library meets its classes and marks', () => {
  const path = join(folder, 'plugin.mjs')
  writeFileSync(path, `
    import { defineParser, HELD, MERGED, Problem, skip } from ${JSON.stringify(new URL('../src/index.js', import.meta.url).href)}
    export const pairs = defineParser({
      id: 'pairs', title: 'pairs of lines', reference: 'none', dataset: 'test.pairs', types: ['log.line'],
      detect: head => head.lines[0] === 'begin' ? 1 : 0,
      open: () => ({ line: text => text === 'begin' ? HELD : text === 'end' ? { drafts: [{ type: 'log.line', message: 'pair', line: 1 }], self: MERGED } : skip('malformed') }),
      samples: [{ lines: 'begin', skipped: {} }],
    })
    export const seen = new Problem('bad-plugin', 'x') instanceof Error
  `)
  writeFileSync(join(folder, 'pairs.log'), 'begin\nend\n')
  const run = shell(`logjoin parse ${join(folder, 'pairs.log')} --plugin ${path} --fields message`)
  assert.equal(run.stdout, '{"message":"pair"}\n', run.stderr)
  assert.match(run.stderr, /2 lines = 1 event \+ 1 merged/)
})

test('completion: commands, options, words of an option, ids, files', () => {
  const complete = (...words: string[]): string[] => spawnSync('bash', ['-c', `source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _logjoin; printf '%s\n' "\${COMPREPLY[@]}"`, script, 'logjoin', ...words], { cwd: join(root, 'samples'), encoding: 'utf8' }).stdout.trim().split('\n')
  const script = join(folder, 'completion.bash')
  writeFileSync(script, shell('logjoin completion bash').stdout)
  assert.deepEqual(complete('co'), ['correlate', 'completion'])
  assert.deepEqual(complete('correlate', '--win'), ['--window'])
  assert.deepEqual(complete('correlate', '--bound', ''), ['window', 'state'])
  assert.deepEqual(complete('formats', 'zeek-s'), ['zeek-ssl'])
  assert.deepEqual(complete('detectors', 'sni-h'), ['sni-host-mismatch'])
  assert.deepEqual(complete('schema', 'e'), ['event'])
  assert.deepEqual(complete('parse', 'dns'), ['dns.log'])
  assert.deepEqual(complete('parse', '--config', 'go'), ['go.trace'])
  assert.match(shell('logjoin completion zsh').stdout, /^#compdef logjoin\n/)
  const unknown = shell('logjoin completion fish')
  assert.equal(unknown.status, 2)
  assert.match(unknown.stderr, /bash and zsh/)
})

test('progress fits forty columns, and is silent where nobody looks', () => {
  assert.equal(progressLine(5_800_000, 29_300, 23_400_000, 1000), '24% 5.8/23.4 MB 29.3k lines 29.3k/s')
  assert.equal(progressLine(120, 3, undefined, 0), '120 B 3 lines')
  for (const total of [0, 1, 999, 99_949, 99_951, 999_999, 123_456_789_012, 999_900_000_000]) {
    for (const lines of [0, 999, 99_960, 999_499, 999_501, 987_654_321]) assert.ok(progressLine(total, lines, total, 999).length <= 40, progressLine(total, lines, total, 999))
  }
  assert.equal(shell('logjoin parse dns.log -q').stderr, '')
})
