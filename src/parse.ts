import { parsers } from '../parsers/index.js'
import { Inputs, type Input } from './inputs.js'
import { makeFilter, readOptions, type ParseOptions } from './options.js'
import { makeRun, type Run } from './run.js'
import type { LogEvent } from './schema/event.js'

/**
 * Reads logs and gives their events, input by input (in the order of their paths), line by line.
 * @param inputs paths (files, folders, globs, `-`) or `{ name, format?, stream | lines }`.
 * @param options how to read and what to keep; never changed.
 * @returns the events, and a `summary` that accounts for every line once the iteration ends.
 * Refuses (throws Problem) options that make no sense and a call without inputs; trouble with one input is in `summary.problems`.
 */
export function parse(inputs: readonly Input[], options: ParseOptions = {}): Run<LogEvent> {
  const filter = makeFilter(options)
  const reading = new Inputs(readOptions(options, parsers), options.signal)
  async function* records(): AsyncGenerator<LogEvent> {
    await reading.open(inputs)
    for await (const batch of reading.events()) for (const event of batch) if (filter.isOpen || filter.event(event)) yield event
  }
  return makeRun(records, () => ({ files: reading.files, notes: reading.notes, problems: reading.problems }))
}
