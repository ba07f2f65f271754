// the contract loop: every parser, every sample
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { parsers } from '../parsers/index.js'
import { openSource, type ReadOptions } from '../src/event/source.js'
import { SourceReader } from '../src/event/read-source.js'
import { makeHead } from '../src/read/detect.js'
import type { Parser, Sample } from '../src/read/parser.js'
import type { LogEvent } from '../src/schema/event.js'

const linesOf = (sample: Sample): readonly string[] => typeof sample.lines === 'string' ? [sample.lines] : sample.lines

async function read(parser: Parser, sample: Sample, lines = linesOf(sample)) {
  const format = sample.format === undefined ? parser.id : `${parser.fromFormat!.prefix}:${sample.format}`
  const options: ReadOptions = {
    parsers,
    year: sample.clock?.year ?? 2026,
    zones: [{ value: sample.clock?.zone ?? 'UTC' }],
    ...(sample.clock?.anchorMs === undefined ? {} : { anchors: [{ value: sample.clock.anchorMs }] }),
  }
  const source = await openSource({ name: 'sample.log', format, lines }, options, () => {})
  const reader = new SourceReader(source, options)
  const events: LogEvent[] = []
  for await (const batch of reader.events()) events.push(...batch)
  return { events, tally: reader.tally }
}

/** What is compared: the event less what every event of a file has. */
function facts(event: LogEvent): Record<string, unknown> {
  const { id: _id, v: _v, time: _time, dataset: _dataset, vantage: _vantage, log, ...rest } = event
  return log.level === undefined ? rest : { ...rest, log: { level: log.level } }
}

const withoutLine = (draft: object): Record<string, unknown> => {
  const { line: _line, dataset: _dataset, ...rest } = draft as Record<string, unknown>
  return rest
}

for (const parser of parsers) {
  parser.samples.forEach((sample, index) => {
    const name = `${parser.id} sample ${index + 1}${sample.note === undefined ? '' : ` (${sample.note})`}`

    test(`${name} reads as written`, async () => {
      const { events, tally } = await read(parser, sample)
      const byLine = [...events].sort((a, b) => a.log.line - b.log.line)
      assert.deepEqual(byLine.map(facts), (sample.events ?? []).map(withoutLine))
      ;(sample.events ?? []).forEach((expected, at) => { if (expected.line !== undefined) assert.equal(byLine[at]!.log.line, expected.line) })
      assert.deepEqual(Object.fromEntries(tally.skipped), sample.skipped ?? {})
      assert.equal(tally.merged, sample.merged ?? 0, 'merged lines')
      for (const event of events) assert.ok(parser.types.includes(event.type), `${event.type} is not among the declared types`)
    })

    test(`${name} is claimed by ${parser.id} alone`, () => {
      if (sample.format !== undefined) return // a user's own format string is named, not detected
      const head = makeHead('sample.log', linesOf(sample))
      const scores = parsers.map(other => ({ id: other.id, group: other.group, score: other.detect(head) })).filter(answer => answer.score > 0).sort((a, b) => b.score - a.score)
      assert.equal(scores[0]?.id, parser.id, JSON.stringify(scores))
      const rival = scores.find(answer => answer.id !== parser.id && (answer.group === undefined || answer.group !== parser.group))
      assert.ok(!rival || scores[0]!.score - rival.score >= 0.08, `too close: ${JSON.stringify(scores)}`)
    })

    test(`${name} survives being cut anywhere`, async () => {
      const lines = linesOf(sample)
      const last = lines.at(-1)!
      const step = Math.max(1, Math.floor(last.length / 120))
      for (let length = 0; length < last.length; length += step) {
        const cut = [...lines.slice(0, -1), last.slice(0, length)]
        const { tally } = await read(parser, sample, cut)
        assert.equal(tally.lines, cut.length)
        assert.ok(tally.balanced)
      }
    })
  })
}

/** Lines that other programs write into the same stream of JSON. */
const FOREIGN = [
  '{}', '{"a":1}', '{"level":"info","msg":"started","ts":1767604447.1,"time":"2026-01-05T09:14:07Z"}', '{"preview":false,"offset":0,"result":{"_raw":"x"}}',
  '{"@timestamp":"2026-01-05T09:14:07Z","message":"hello","host":"web1.example.com"}', '{"event":"login","user":"alice","client_ip":"192.0.2.10","duration_ms":3,"status":"ok"}',
]

for (const parser of parsers) {
  const sample = parser.samples.find(one => one.format === undefined && linesOf(one)[0]!.startsWith('{'))
  if (sample) test(`${parser.id} makes no event of another program's JSON`, async () => {
    const own = linesOf(sample)
    const { events } = await read(parser, sample, [...own, ...FOREIGN])
    assert.deepEqual(events.filter(event => event.log.line > own.length), [])
  })
}

test('the list and the folder agree', () => {
  const files = readdirSync(new URL('../parsers/', import.meta.url)).filter(file => file.endsWith('.js') && file !== 'index.js').map(file => file.slice(0, -3)).sort()
  assert.deepEqual(parsers.map(parser => parser.id).sort(), files)
})

test('samples use documentation addresses and names only', () => {
  const allowed = /^(?:192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|198\.1[89]\.|127\.|10\.|0\.0\.0\.0|255\.)/
  for (const parser of parsers) for (const sample of parser.samples) for (const line of linesOf(sample)) {
    for (const [address] of line.matchAll(/(?<![\w.]|Version":")(?:\d{1,3}\.){3}\d{1,3}(?![\w.])/g)) assert.match(address, allowed, `${parser.id}: ${address}`)
  }
})
