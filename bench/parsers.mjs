/**
 * What a line costs each parser: its samples repeated to 20 000 lines together, read as a file is read (envelope, parser, seam), the best of
 * three runs, sorted by cost. All formats are read once before any is measured, so that the first ones in the alphabet do not pay for the
 * compilation of what all share. Processor time, not the wall's: other programs on the machine do not count. `node bench/parsers.mjs [--lines N] [--above MICROSECONDS] [ID…]`.
 */
import { parseArgs } from 'node:util'
import { table } from './conformance/report.mjs'
import { load } from './library.mjs'

const { parsers } = await load('parsers/index.js')
const { openSource, resolveFormat } = await load('src/event/source.js')
const { SourceReader } = await load('src/event/read-source.js')

const { values, positionals } = parseArgs({ allowPositionals: true, options: { lines: { type: 'string', default: '20000' }, above: { type: 'string', default: '0' } } })
const wanted = Number(values.lines)
const RUNS = 3
/** Lines of each parser read before anything is measured. */
const WARM_LINES = 4000

/** A sample's lines, over and over. */
function repeated(sample, share, total) {
  const lines = Array.isArray(sample.lines) ? sample.lines : [sample.lines]
  const times = Math.max(1, Math.ceil(total / share / lines.length))
  return Array.from({ length: times }, () => lines).flat()
}

async function timeOf(lines, parser, options) {
  const source = await openSource({ name: `${parser.id}.log`, format: parser.id, lines }, options, () => {})
  const reader = new SourceReader(source, options)
  let events = 0
  const from = process.cpuUsage()
  for await (const batch of reader.events()) events += batch.length
  const { user, system } = process.cpuUsage(from)
  return { microseconds: user + system, events }
}

/** The cost of a line of one sample. */
async function measure(parser, sample, total, runs) {
  const own = sample.format === undefined ? parser : { ...resolveFormat(`${parser.fromFormat.prefix}:${sample.format}`, parsers), id: parser.id }
  const lines = repeated(sample, parser.samples.length, total)
  const options = { parsers: [own], zones: [{ value: sample.clock?.zone ?? 'UTC' }], year: sample.clock?.year ?? 2026 }
  let best
  for (let run = 0; run < runs; run++) {
    const one = await timeOf(lines, own, options)
    if (!best || one.microseconds < best.microseconds) best = one
  }
  return { lines: lines.length, ...best }
}

const chosen = parsers.filter(one => positionals.length === 0 || positionals.includes(one.id))
for (const parser of chosen) for (const sample of parser.samples) await measure(parser, sample, Math.min(wanted, WARM_LINES), 1)
const rows = []
for (const parser of chosen) {
  let lines = 0
  let microseconds = 0
  let events = 0
  let slowest = 0
  for (const sample of parser.samples) {
    const one = await measure(parser, sample, wanted, RUNS)
    lines += one.lines
    microseconds += one.microseconds
    events += one.events
    slowest = Math.max(slowest, one.microseconds / one.lines)
  }
  rows.push([parser.id, microseconds / lines, events === 0 ? 0 : microseconds / events, slowest, parser.samples.length])
}
rows.sort((a, b) => b[1] - a[1])
const shown = rows.filter(row => row[1] >= Number(values.above)).map(([id, ...numbers]) => [id, ...numbers.slice(0, 3).map(value => value.toFixed(2)), numbers[3]])
console.log(table(['parser', 'µs a line', 'µs an event', 'slowest sample', 'samples'], shown))
