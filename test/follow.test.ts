// live input: output as it becomes final, rotation survived, a clean stop with everything flushed
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, test } from 'node:test'
import { correlate } from '../src/correlate.js'
import { followBytes } from '../src/input/follow.js'
import { Watermarks } from '../src/join/watermark.js'
import { caseEvents, repeat } from '../src/detectors/case-events.js'
import type { Session } from '../src/schema/session.js'

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

test('followed files give the sessions that finite files give, through rename and truncation', async () => {
  const [dns, tls] = [sample('dns.log'), sample('tls.log')]
  const paths = { dns: join(folder, 'dns.log'), tls: join(folder, 'tls.log') }
  writeFileSync(paths.dns, `${dns.slice(0, 20).join('\n')}\n`)
  writeFileSync(paths.tls, `${tls.slice(0, 20).join('\n')}\n`)
  const stop = new AbortController()
  let waits = 0
  const run = correlate([paths.dns, paths.tls], {
    live: { now: () => Date.now(), stop: stop.signal, latenessMs: 1000, idleMs: 60_000, wait: ms => { waits++; return pause(Math.min(ms, 5)) } },
  })
  const live: Session[] = []
  const reading = (async () => { for await (const session of run) live.push(session) })()
  // a file that is looked at again and again without growing has been read to its end
  const allRead = async (): Promise<void> => { const mark = waits; await until(() => waits > mark + 40) }

  await allRead()
  appendFileSync(paths.dns, `${dns.slice(20, 40).join('\n')}\n`)
  await allRead()
  renameSync(paths.dns, `${paths.dns}.1`)
  writeFileSync(paths.dns, `${[...dns.slice(0, 6), ...dns.slice(40)].join('\n')}\n`)
  appendFileSync(paths.tls, `${tls.slice(20, 50).join('\n')}\n`)
  await allRead()
  truncateSync(paths.tls, 0)
  await allRead()
  appendFileSync(paths.tls, `${tls.slice(50).join('\n')}\n`)
  await allRead()
  assert.ok(live.length > 20, `${live.length} sessions before the end`)
  stop.abort()
  await reading

  const finite: Session[] = []
  for await (const session of correlate([{ name: 'dns.log', lines: dns }, { name: 'tls.log', lines: tls }])) finite.push(session)
  const key = (one: Session): string => `${one.ts_ms} ${one.hostname} ${one.members.length} ${one.join.score}`
  assert.deepEqual(live.map(key).sort(), finite.map(key).sort())
  assert.deepEqual(run.summary.notes.filter(note => /replaced|truncated/.test(note)).length, 2)
})

test('what is written to a renamed file before its writer turns to the new one is read, and the new one whole', async () => {
  const path = join(folder, 'moved.log')
  writeFileSync(path, 'a\n')
  const told: string[] = []
  const steps = [
    () => { renameSync(path, `${path}.1`) },
    () => { appendFileSync(`${path}.1`, 'b\n') },
    () => { writeFileSync(path, 'd\n') },
    () => { appendFileSync(`${path}.1`, 'c without its end') },
    ...Array.from({ length: 20 }, () => () => { /* nothing happens */ }),
    () => { renameSync(path, `${path}.2`) },
    () => { appendFileSync(`${path}.2`, 'e\n') }, () => { writeFileSync(path, 'f\n') },
  ]
  let text = ''
  for await (const bytes of followBytes(path, { wait: async () => { steps.shift()?.() }, isStopped: () => steps.length === 0, onRotate: (_, how) => { told.push(how) } })) text += Buffer.from(bytes).toString()
  assert.equal(text, 'a\nb\nc without its end\nd\ne\nf\n')
  assert.deepEqual(told, ['replaced', 'replaced'])
})

test('a signal ends a followed run with everything flushed and status 0', async () => {
  const path = join(folder, 'signal.log')
  writeFileSync(path, `${sample('tls.log').join('\n')}\n`)
  const child = spawn(process.execPath, [join(root, 'dist/src/cli/main.js'), 'correlate', path, '--follow', '--unmatched', '--fields', 'id'])
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => { out += chunk })
  const status = new Promise<number | null>(resolve => child.on('close', resolve))
  await until(() => out !== '')
  child.kill('SIGINT')
  assert.equal(await status, 0)
  assert.equal(out.trimEnd().split('\n').length, sample('tls.log').length - 6)
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
