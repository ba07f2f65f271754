/** Runs a parser's first sample, for `formats ID` and the docs. */
import { withTime } from '../output/writers.js'
import { parse } from '../parse.js'
import type { Parser } from '../read/parser.js'

/** The first event that a parser's first sample becomes, with its output time. */
export async function eventOfSample(parser: Parser, index = 0): Promise<object | undefined> {
  const sample = parser.samples[index]
  if (!sample) return undefined
  const lines = typeof sample.lines === 'string' ? [sample.lines] : sample.lines
  const format = sample.format === undefined ? parser.id : `${parser.fromFormat!.prefix}:${sample.format}`
  const run = parse([{ name: 'sample.log', format, lines }], { parsers: [parser], year: sample.clock?.year ?? 2026, zones: [{ value: sample.clock?.zone ?? 'UTC' }], ...(sample.clock?.anchorMs === undefined ? {} : { anchors: [{ value: sample.clock.anchorMs }] }) })
  for await (const event of run) return withTime(event)
  return undefined
}
