// time order beyond memory: runs on disk give what a sort in memory gives, and leave no temporary folder
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { caseEvents, repeat } from '../src/detectors/case-events.js'
import { compareEvents } from '../src/join/order.js'
import { sortEvents } from '../src/join/sort.js'
import type { LogEvent } from '../src/schema/event.js'

test('sorted runs on disk, merged in stages, equal a sort in memory', async () => {
  const events = caseEvents(repeat(3000, i => ({ type: 'tls.handshake' as const, dataset: 'zeek.ssl', in: `${i % 3}.log`, ...(i % 50 === 0 ? {} : { ts_ms: 1767604447000 + (i * 7919) % 1000 }), tls: { client: { server_name: 'www.example.com' } } })))
  async function* batches(): AsyncGenerator<LogEvent[]> { for (let i = 0; i < events.length; i += 20) yield events.slice(i, i + 20) }
  const folders = (): string[] => readdirSync(tmpdir()).filter(name => /^logjoin-[A-Za-z0-9]{6}$/.test(name))
  const before = folders()
  const sorted: LogEvent[] = []
  for await (const batch of sortEvents(batches(), 40)) sorted.push(...batch)
  assert.deepEqual(sorted, [...events].sort(compareEvents))
  assert.deepEqual(folders().filter(name => !before.includes(name)), [])
})
