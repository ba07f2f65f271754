// a projected event carries at every wanted path what the whole event carries there, and refuses the same lines
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsers } from '../parsers/index.js'
import { SourceReader } from '../src/event/read-source.js'
import { openSource, resolveFormat, type ReadOptions } from '../src/event/source.js'
import { int, text, time, uri, word } from '../src/read/field.js'
import type { Parser, Sample } from '../src/read/parser.js'
import { projection } from '../src/read/projection.js'
import type { LogEvent } from '../src/schema/event.js'

const ALWAYS = ['type', 'id', 'v', 'time', 'ts_ms', 'ts_sub_ns', 'ts_end_ms', 'ts_basis', 'ts_res_ms', 'dataset', 'vantage', 'duration_ms', 'log']

/** Sets of paths as `--fields` may name them. */
const WANTED: readonly (readonly string[])[] = [
  ['client.ip'], ['hostname'], ['outcome'], ['network.type'], ['http.response.status_code'], ['http'], ['url.path', 'url.query'], ['dns.question.name', 'dns.resolved_ip'], ['dns.type'], ['go.module'],
  ['tls.version', 'tls.cipher', 'tls.established'], ['cdn.cache.status'], ['cdn.origin'], ['cdn'], ['error'], ['user_agent'], ['labels'], ['labels.policy'], ['tags'], ['timing'], ['server'], ['message'], ['network'], [],
]

function valueAt(event: LogEvent, path: string): unknown {
  let value: unknown = event
  for (const key of path.startsWith('labels.') ? ['labels', path.slice(7)] : path.split('.')) value = (value as Record<string, unknown> | undefined)?.[key]
  return value
}

/** What a spoilt cell holds. */
const OTHERS = ['-', '0', '499', '-1', 'A B', 'example.com.', '192.0.2.9']

/** The sample's lines, and each of them spoilt in a few places. */
function linesOf(sample: Sample): string[] {
  const lines = typeof sample.lines === 'string' ? [sample.lines] : [...sample.lines]
  if (lines.length > 20) return lines
  return lines.flatMap(line => [line, ...spoilt(line)])
}

function spoilt(line: string): string[] {
  const cuts = [...line.matchAll(/[^\s",:;|=[\]{}]+/g)].slice(0, 40)
  return cuts.map(({ 0: cell, index }, at) => line.slice(0, index) + OTHERS[at % OTHERS.length]! + line.slice(index + cell.length))
}

async function read(parser: Parser, sample: Sample, wanted: ReadonlySet<string> | undefined) {
  const options: ReadOptions = { parsers: [parser], year: sample.clock?.year ?? 2026, zones: [{ value: sample.clock?.zone ?? 'UTC' }], wanted }
  const reader = new SourceReader(await openSource({ name: 'sample.log', format: parser.id, lines: linesOf(sample) }, options, () => {}), options)
  const events: LogEvent[] = []
  for await (const batch of reader.events()) events.push(...batch)
  return { events, skipped: Object.fromEntries(reader.tally.skipped) }
}

for (const parser of parsers) {
  parser.samples.forEach((sample, index) => {
    test(`${parser.id} sample ${index + 1} projected`, async () => {
      const own = sample.format === undefined ? parser : { ...resolveFormat(`${parser.fromFormat!.prefix}:${sample.format}`, parsers), id: parser.id }
      const whole = await read(own, sample, undefined)
      for (const paths of WANTED) {
        const some = await read(own, sample, new Set(paths))
        assert.equal(some.events.length, whole.events.length, paths.join())
        assert.deepEqual(some.skipped, whole.skipped, paths.join())
        for (const path of [...ALWAYS, ...paths]) {
          some.events.forEach((event, at) => assert.deepEqual(valueAt(event, path), valueAt(whole.events[at]!, path), `${path} of line ${event.log.line} where ${paths.join()} is wanted`))
        }
      }
    })
  })
}

test('a field is left out that nothing wanted needs', () => {
  const keeps = projection(new Set(['client.ip']))
  assert.equal(keeps(text('user_agent.original')), false)
  assert.equal(keeps(int('http.response.body.bytes')), false)
  assert.equal(keeps(uri()), false)
  assert.equal(keeps(text('client.ip')), true)
})

test('a field is kept whose value may refuse the line, or stamps it', () => {
  const keeps = projection(new Set(['client.ip']))
  assert.equal(keeps(text('network.transport')), true)
  assert.equal(keeps(word('cdn.cache.status', { hot: 'hit' })), false)
  assert.equal(keeps(word('cdn.cache.status', { hot: 'warm' })), true)
  assert.equal(keeps(text('labels.zone')), false)
  assert.equal(keeps(text('user_agent.original', { required: true })), true)
  assert.equal(keeps(time('iso', 'end')), true)
})

test('what is derived keeps what it is derived from', () => {
  assert.equal(projection(new Set(['hostname']))(uri()), true)
  assert.equal(projection(new Set(['outcome']))(text('error.type')), true)
  assert.equal(projection(new Set(['user_agent']), ['http.response'])(int('http.response.body.bytes')), true)
})
