// live input: output as it becomes final, rotation survived, a clean stop with everything flushed
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { correlate } from '../src/correlate.js'
import { Watermarks } from '../src/join/watermark.js'
import { caseEvents, repeat } from '../src/detectors/case-events.js'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'logjoin-follow-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const sample = (name: string): string[] => readFileSync(join(root, 'samples', name), 'utf8').trimEnd().split('\n')
const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

async function until(what: () => boolean, limitMs = 20_000): Promise<void> {
  for (let waited = 0; !what(); waited += 50) {
    assert.ok(waited < limitMs, 'it did not happen in time')
    await pause(50)
  }
}

test('followed files give the sessions that finite files give, through rename, truncation and a signal', async () => {
  const [dns, tls] = [sample('dns.log'), sample('tls.log')]
  const paths = { dns: join(folder, 'dns.log'), tls: join(folder, 'tls.log') }
  writeFileSync(paths.dns, `${dns.slice(0, 20).join('\n')}\n`)
  writeFileSync(paths.tls, `${tls.slice(0, 20).join('\n')}\n`)
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), 'correlate', paths.dns, paths.tls, '--follow', '--lateness', '1s', '--fields', 'hostname,ts_ms,members.0,join.pairs'])
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { out += chunk })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => { err += chunk })
  const status = new Promise<number | null>(resolve => child.on('close', resolve))
  await pause(1500)

  // a rename with a new file under the old name, and a copytruncate
  appendFileSync(paths.dns, `${dns.slice(20, 40).join('\n')}\n`)
  await pause(700)
  renameSync(paths.dns, `${paths.dns}.1`)
  writeFileSync(paths.dns, `${[...dns.slice(0, 6), ...dns.slice(40)].join('\n')}\n`)
  appendFileSync(paths.tls, `${tls.slice(20, 50).join('\n')}\n`)
  await pause(900)
  truncateSync(paths.tls, 0)
  await pause(700)
  appendFileSync(paths.tls, `${tls.slice(50).join('\n')}\n`)
  await until(() => out.split('\n').length > 20) // output comes before the end
  await pause(700)
  child.kill('SIGINT')
  assert.equal(await status, 0, err)

  const live = out.trimEnd().split('\n').map(line => JSON.parse(line) as { hostname: string, ts_ms: number })
  const finite: { hostname?: string | undefined, ts_ms?: number | undefined }[] = []
  for await (const { hostname, ts_ms } of correlate([{ name: 'dns.log', lines: dns }, { name: 'tls.log', lines: tls }])) finite.push({ hostname, ts_ms })
  const key = (one: { hostname?: string | undefined, ts_ms?: number | undefined }): string => `${one.ts_ms} ${one.hostname}`
  assert.deepEqual(live.map(key).sort(), finite.map(key).sort())
  assert.match(err, /replaced/)
  assert.match(err, /truncated/)
})

test('a late event is counted; a silent source does not hold the others back', () => {
  const marks = new Watermarks(1000, 5000)
  const events = caseEvents(repeat(12, i => ({ type: 'tls.handshake' as const, dataset: 'zeek.ssl', ts_ms: 1767604447000 + i * 1000, ts_res_ms: 1, tls: { client: { server_name: 'www.example.com' } } })))
  marks.open('a', 0)
  marks.open('b', 0)
  for (const event of events.slice(2, 8)) marks.push('a', event, 0)
  assert.equal(marks.release(100).length, 0, 'b has said nothing yet')
  assert.equal(marks.release(4999).length, 0)
  marks.push('a', events[8]!, 5000)
  assert.equal(marks.release(5000).length, 6, 'b is idle: up to the newest less the lateness')
  assert.equal(marks.push('b', events[0]!, 5001), false)
  assert.equal(marks.late, 1)
  assert.equal(marks.drain().length, 1)
})
