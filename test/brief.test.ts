// lines read by the briefs of their formats against lines read the plain way: the same facts, the same values, the same account
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { parsers } from '../parsers/index.js'
import type { Block, Entry } from '../src/columns/block.js'
import { ColumnPool } from '../src/columns/column-pool.js'
import { BriefFile } from '../src/columns/brief-file.js'
import { openSource } from '../src/event/source.js'
import { SourceReader } from '../src/event/read-source.js'
import { factsOf, type Facts } from '../src/join/facts.js'
import { PLAIN } from '../src/join/traits.js'
import { planBrief, type Brief } from '../src/read/brief.js'
import type { Parser } from '../src/read/parser.js'
import { declaredNames } from '../src/read/table.js'
import { EVENT_SCHEMA_PATHS } from './brief-paths.js'
import type { LogEvent } from '../src/schema/event.js'

const folder = mkdtempSync(join(tmpdir(), 'logjoin-brief-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const briefed = parsers.filter(parser => parser.table?.brief !== undefined)

/** Every path that a brief can give. */
const pathsOf = (brief: Brief): string[] => EVENT_SCHEMA_PATHS.filter(path => planBrief(brief, [path]) !== undefined && planBrief(brief, [path])!.places[0]!.from !== 'nowhere')

interface Row { readonly line: number, readonly facts: object, readonly values: Readonly<Record<string, string | undefined>> }

const valueAt = (event: LogEvent, path: string): string | undefined => JSON.stringify(path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], event))

function rowOfEvent(event: LogEvent, paths: readonly string[]): Row {
  const { line, start, at, end, clientPort, ttlSeconds, client, type, names, servers, family, isCause, leadsSomewhere, isPlain, tick } = factsOf(event, 0, PLAIN)
  return { line, facts: outline({ start, at, end, clientPort, ttlSeconds, client, type, names, servers, family, isCause, leadsSomewhere, isPlain, tick }), values: Object.fromEntries(paths.map(path => [path, valueAt(event, path)])) }
}

/** Where no address of the other side is known, the family of a request or a handshake is that of its client, which the join works out. */
const outline = (facts: Pick<Facts, 'start' | 'at' | 'end' | 'clientPort' | 'ttlSeconds' | 'client' | 'type' | 'names' | 'servers' | 'family' | 'isCause' | 'leadsSomewhere' | 'isPlain' | 'tick'>): object => ({ ...facts, family: facts.servers.length > 0 || facts.type.startsWith('dns') ? facts.family : 'client' })

function rowsOfBlocks(blocks: readonly Block[], paths: readonly string[], places: NonNullable<ReturnType<typeof planBrief>>['places']): Row[] {
  const entries: Entry[][] = []
  let dictionary = 0
  return blocks.flatMap(block => {
    if (block.dictionary !== dictionary) entries.length = 0
    dictionary = block.dictionary
    block.added.forEach((added, part) => { (entries[part] ??= []).push(...added) })
    return Array.from({ length: block.rows }, (_, row): Row => {
      const entry = (part: number): Entry => entries[part]![block.parts[part]![row]!]!
      const text = (column: number): string | undefined => block.textLengths[column]![row] === 0 ? undefined : Buffer.from(block.bytes.subarray(block.textStarts[column]![row], block.textStarts[column]![row]! + block.textLengths[column]![row]!)).toString()
      return {
        line: block.line[row]!,
        facts: outline({ start: block.start[row]!, at: block.at[row]!, end: block.end[row]!, clientPort: block.port[row] === -1 ? undefined : block.port[row], ttlSeconds: block.ttl[row] === -1 ? undefined : block.ttl[row], client: entry(0).who!.client, ...entry(1).what! }),
        values: Object.fromEntries(paths.map((path, i) => { const place = places[i]!; return [path, place.from === 'part' ? entry(place.part).values[place.at] : place.from === 'text' ? text(place.column) : undefined] })),
      }
    })
  })
}

let files = 0

/** How many lines were read straight from their bytes. */
async function compare(parser: Parser, lines: readonly string[], ending = '\n'): Promise<{ rows: number, plain: number }> {
  const path = join(folder, `${++files}.log`)
  writeFileSync(path, lines.map(line => line + ending).join(''))
  const brief = parser.table!.brief!
  const paths = pathsOf(brief)
  const plan = planBrief(brief, paths)!
  const options = { parsers: [parser], as: [{ value: parser.id }], zones: [{ value: 'UTC' }] }
  const open = async (): Promise<SourceReader> => new SourceReader(await openSource(path, options, () => {}), options)
  const plainly = await open()
  const expected: Row[] = []
  for await (const events of plainly.events()) for (const event of events) if (event.ts_ms !== undefined) expected.push(rowOfEvent(event, paths))
  const reader = await open()
  let plain = 0
  const take = reader.take.bind(reader)
  reader.take = (text, line) => { plain++; take(text, line) }
  const file = new BriefFile({ path, plan, declared: declaredNames(parser.table!), reader, maxLineBytes: 1 << 20, counters: undefined, pool: new ColumnPool(), factsOf: event => factsOf(event, 0, PLAIN) })
  const blocks: Block[] = []
  while (!file.isDone) blocks.push(...file.next())
  file.close()
  const dated = rowsOfBlocks(blocks, paths, plan.places).filter(row => (row.facts as { start: number }).start > 0)
  assert.deepEqual(dated.sort((a, b) => a.line - b.line), expected.filter(row => (row.facts as { start: number }).start > 0).sort((a, b) => a.line - b.line), lines.join('\n'))
  assert.deepEqual(reader.tally.summary(path, parser.id), plainly.tally.summary(path, parser.id))
  return { rows: lines.length - plain, plain }
}

const HOSTILE = [
  '', '-', '0', '00', '1', '-1', '1e5', '0x10', '65535', '65536', '1.5', '.5', '5.', '+1', '1,000', 'NaN', 'true', 'T', 'F', 'null', '(empty)', ' ', 'a b', '%41', '%', '/a@v1/x', '/sumdb/sum.golang.org/lookup/x', '/a/@v/list', '"', '\\', '\\x41', 'ü', '\u2028', '😀', '\u0001',
  '192.0.2.1', '192.0.2.01', '192.0.2.256', '192.0.2', '2001:db8::1', '2001:DB8:0::1', '::ffff:192.0.2.1', '[2001:db8::1]', '192.0.2.1:80', 'EXAMPLE.com', 'example.com.', 'example.com:8443', 'a..b', '*.example.com', 'bücher.example', '1767604447', '1767604447.1234567', '17676044471', '0767604447.5', '1767604447.5', '1767604447123',
  '2026-01-05', '2026-02-30', '2026-1-5', '1969-12-31', '09:14:07', '24:00:00', '09:14:60', '9:14:07', 'Hit', 'Error', 'OriginCommError', '000', '502', '1000', 'https', 'http', 'wss', 'TLSv12', 'TLSv13', 'DTLSv12', 'SSLv3', 'Cs', 'CsL', 'handshake_failure', '28', '65', '255', 'A', 'AAAA', 'NXDOMAIN', 'NOERROR', '3', '53', '5353', '137', 'h2', 'HTTP/2.0', '99999999999999999999', '0.000001', '0.0000001', '60.0,30.0', 'a.example.com,203.0.113.1', '203.0.113.1,203.0.113.2',
]

/** What may stand in JSON in place of a value. */
const HOSTILE_JSON = ['0', '1', '-1', '-0', '1.5', '1e3', '1E3', '01', '1767604447', '1767604447.5', '1767604447.123456', '1767604447123', '65535', '65536', '53', '5353', 'true', 'false', 'null', '[]', '{}', '[1]', '["203.0.113.1"]', '["203.0.113.1","a.example.net"]', '["a.example.net","203.0.113.1","2001:db8::1"]', '[60.0]', '[60.5,59.4]', '[60,null]', '[-1]', '[1e2]', '["60"]', '["a",["b"]]', '{"a":1}', '""', '"-"', '"a\\u0041"', '"a\\"b"']

const sampleLines = (parser: Parser): string[] => parser.samples.flatMap(sample => sample.lines)

/** A line with one of its cells replaced. */
function mutated(line: string, cell: number, text: string, json: string, what: number): string {
  if (!line.startsWith('{')) {
    const cells = line.split('\t')
    cells[cell % cells.length] = text
    return cells.join('\t')
  }
  const keys = Object.keys(JSON.parse(line) as object)
  const key = keys[cell % keys.length]!
  const pairs = keys.map(name => `${JSON.stringify(name)}:${JSON.stringify((JSON.parse(line) as Record<string, unknown>)[name])}`)
  const value = what % 3 === 0 ? JSON.stringify(text) : json
  switch (what % 7) {
    case 5: return `{${pairs.filter((_, index) => index !== cell % keys.length).join(',')}}`
    case 6: return `{${pairs.join(',')},${JSON.stringify(key)}:${value}}`
    default: return `{${pairs.map((pair, index) => index === cell % keys.length ? `${JSON.stringify(key)}:${value}` : pair).join(what % 5 === 4 ? ', ' : ',')}}`
  }
}

const change = fc.record({ line: fc.nat(), cell: fc.nat(), text: fc.constantFrom(...HOSTILE), json: fc.constantFrom(...HOSTILE_JSON), what: fc.nat({ max: 200 }), again: fc.nat({ max: 3 }) })

/** Records of a format that begin with its headers. */
const headersOf = (lines: readonly string[]): string[] => lines.filter(line => line.startsWith('#'))

for (const parser of briefed) {
  const lines = sampleLines(parser)
  const headers = headersOf(lines)
  const records = lines.filter(line => !line.startsWith('#'))
  const isReadable = (line: string): boolean => !line.startsWith('{') || (() => { try { JSON.parse(line); return true } catch { return false } })()

  test(`${parser.id}: samples, many times over`, async () => {
    const { rows } = await compare(parser, [...headers, ...Array.from({ length: 40 }, () => records).flat()])
    assert.ok(rows >= 39, `${rows} rows`)
    await compare(parser, [...headers, ...records, ...records], '\r\n')
  })

  test(`${parser.id}: any cell of any line may be another`, async () => {
    let read = 0
    await fc.assert(fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 30 }), async changes => {
      const good = records.filter(isReadable)
      const bad = changes.flatMap(({ line, cell, text, json, what, again }) => {
        const one = mutated(good[line % good.length]!, cell, text, json, what)
        return Array.from({ length: again + 1 }, () => one)
      })
      const { rows } = await compare(parser, [...headers, ...good, ...bad, ...good])
      read += rows
    }), { numRuns: Number(process.env.LOGJOIN_BRIEF_RUNS ?? 150), includeErrorInReport: true, endOnFailure: process.env.LOGJOIN_ORACLE_QUICK !== undefined })
    assert.ok(read > 100, `${read} rows`)
  })

  test(`${parser.id}: what a brief says is never there, never is`, async () => {
    const { fills } = parser.table!.brief!
    const path = join(folder, `${++files}.log`)
    writeFileSync(path, `${[...headers, ...records].join('\n')}\n`)
    const options = { parsers: [parser], as: [{ value: parser.id }] }
    for await (const events of new SourceReader(await openSource(path, options, () => {}), options).events()) for (const event of events) for (const one of EVENT_SCHEMA_PATHS) {
      if (valueAt(event, one) !== undefined && !['id', 'v', 'type', 'dataset', 'ts_ms', 'time', 'vantage', 'log.file.path', 'log.line'].includes(one)) assert.ok(fills.some(group => one === group || one.startsWith(`${group}.`)), one)
    }
  })
}

test('formats have briefs', () => { assert.ok(briefed.length >= 3) })
