import { parsers } from '../../../parsers/index.js'
import { nearestName } from '../../input/nearest.js'
import { streamSink } from '../../output/sink.js'
import { WRITERS } from '../../output/writers.js'
import { Problem } from '../../problem.js'
import type { Parser } from '../../read/parser.js'
import type { Words } from '../options.js'
import { terminalWidth } from '../write-run.js'
import { eventOfSample } from '../sample.js'

function describeParser(parser: Parser): object {
  const { id, title, reference, dataset, types, limits, group, vantage, fromFormat, samples } = parser
  const [sample] = samples
  return {
    id, title, reference, dataset, types, limits, group, vantage,
    format_string: fromFormat ? `${fromFormat.prefix}:…` : undefined,
    sample: typeof sample.lines === 'string' ? [sample.lines] : sample.lines,
    events: sample.events,
  }
}

/** `logjoin formats [ID]` */
export async function runFormats(args: Words): Promise<number> {
  const wanted = args.id === undefined ? undefined : String(args.id)
  const found = wanted === undefined ? parsers : parsers.filter(parser => parser.id === wanted)
  if (found.length === 0) {
    const near = nearestName(wanted!, parsers.map(parser => parser.id))
    throw new Problem('unknown-format', `no format is called ${JSON.stringify(wanted)}${near === undefined ? '' : `; did you mean ${near}?`}`)
  }
  const format = args.format === 'auto' ? (process.stdout.isTTY ? 'text' : 'ndjson') : String(args.format)
  if (wanted !== undefined && (format === 'text' || format === 'table')) {
    process.stdout.write(await textOf(found[0]!))
    return 0
  }
  const sink = streamSink(process.stdout)
  const writer = WRITERS[format === 'text' ? 'table' : format]!(sink, { width: terminalWidth(), ...(format === 'text' || format === 'table' ? { fields: ['id', 'title'] } : {}) })
  for (const parser of found) await writer.write(describeParser(parser))
  await writer.end()
  await sink.end()
  return 0
}

async function textOf(parser: Parser): Promise<string> {
  const { id, title, reference, limits, samples } = parser
  const lines = samples[0].lines
  const event = await eventOfSample(parser)
  return [
    `${id}: ${title}`, `  described at ${reference}`, ...(limits ? [`  ${limits}`] : []), '', 'A line:', ...(typeof lines === 'string' ? [lines] : lines).map(line => `  ${line}`), '',
    'The event it becomes:', event === undefined ? '  (none)' : JSON.stringify(event, undefined, 2), '',
  ].join('\n')
}
