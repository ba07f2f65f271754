/**
 * Large inputs of `correlate`: read once, side by side, instead of being sorted first. What a run assumes for that may turn out to be wrong;
 * then it is made again. Until its end nobody may see what it wrote.
 */
import { statSync } from 'node:fs'
import { HOPEFUL, untilRight } from '../assume.js'
import { correlateAssuming } from '../correlate.js'
import { expandInputs } from '../input/expand.js'
import type { CorrelateOptions } from '../options.js'
import { heldSink } from '../output/held-sink.js'
import { fileSink, streamSink, type Sink } from '../output/sink.js'
import type { Summary } from '../run.js'
import { fieldList, wholeNumber, type Words } from './options.js'
import type { Progress } from './progress.js'
import { conclude, formatOf, writeRecords, type Rejects } from './write-run.js'

/** Inputs below this many bytes are sorted in memory in no time, and their sessions need not be held back. */
const LARGE_BYTES = 8_000_000

/** What is driven. */
export interface LargeCall { readonly files: readonly string[], readonly options: CorrelateOptions, readonly rejects: Rejects | undefined, readonly progress: Progress | undefined }

/** Files that can be read again, and are large. */
async function areLarge(files: readonly string[]): Promise<boolean> {
  if (files.includes('-')) return false
  const found = await expandInputs(files).catch(() => [])
  let bytes = 0
  for (const { path } of found) {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (!stat?.isFile()) return false
    bytes += stat.size
  }
  return bytes >= LARGE_BYTES
}

/** Gives the exit status, or undefined when this way is not for this call and nothing has been written. */
export async function writeLarge(call: LargeCall, args: Words): Promise<number | undefined> {
  const { files, rejects, progress } = call
  // with a limit the end is not read, and nothing would be known to be right
  if (args.limit !== undefined || args.follow || !await areLarge(files)) return undefined
  try {
    const summary = await inText(call, args) ?? await inRecords(call, args)
    progress?.stop()
    return await conclude(summary, rejects, args)
  } finally {
    progress?.stop()
  }
}

/** Whole records, or another format. */
function inRecords({ files, options, rejects }: LargeCall, args: Words): Promise<Summary> {
  return untilRight(HOPEFUL, async assumed => {
    rejects?.clear()
    const run = correlateAssuming(files, options, assumed)
    await writeRecords(run, sinkFor(args), args)
    return run.summary
  })
}

const sinkFor = (args: Words): Sink => args.o === undefined ? heldSink(streamSink(process.stdout)) : fileSink(String(args.o))

/** Only some fields, as lines of JSON: no records are made. */
async function inText({ files, options, rejects }: LargeCall, args: Words): Promise<Summary | undefined> {
  const fields = fieldList(args)
  if (!fields || formatOf(args) !== 'ndjson') return undefined
  const jobs = wholeNumber('jobs', args.jobs, 1)
  // what starts threads is of use to few runs
  const { correlateText } = await import('../threads/correlate-text.js')
  return untilRight(HOPEFUL, async assumed => {
    rejects?.clear()
    const sink = sinkFor(args)
    try {
      const done = await correlateText(files, { ...options, fields, ...(jobs === undefined ? {} : { jobs }) }, assumed, text => sink.write(text))
      if (done) await sink.end()
      else sink.abort()
      return done
    } catch (error) {
      sink.abort()
      throw error
    }
  })
}
