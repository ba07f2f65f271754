/** Writes the wanted fields of sessions as lines of JSON, by the way that makes no records; or says that it is not for this call. */
import { HOPEFUL, untilRight } from '../assume.js'
import type { CorrelateOptions } from '../options.js'
import { heldSink } from '../output/held-sink.js'
import { fileSink, streamSink, type Sink } from '../output/sink.js'
import { correlateText } from '../threads/correlate-text.js'
import { fieldList, wholeNumber, type Words } from './options.js'
import type { Progress } from './progress.js'
import { conclude, formatOf, type Rejects } from './write-run.js'

/** What is driven. */
export interface TextCall { readonly files: readonly string[], readonly options: CorrelateOptions, readonly rejects: Rejects | undefined, readonly progress: Progress | undefined }

/** Gives the exit status, or undefined when nothing has been written and the other way has to be taken. */
export async function writeText({ files, options, rejects, progress }: TextCall, args: Words): Promise<number | undefined> {
  const fields = fieldList(args)
  if (!fields || formatOf(args) !== 'ndjson' || args.limit !== undefined || args.follow) return undefined
  const jobs = wholeNumber('jobs', args.jobs, 1)
  const textOptions = { ...options, fields, ...(jobs === undefined ? {} : { jobs }) }
  const summary = await untilRight(HOPEFUL, async assumed => {
    rejects?.clear()
    // a run may turn out to have assumed too much: until its end nobody may see what it wrote
    const sink: Sink = args.o === undefined ? heldSink(streamSink(process.stdout)) : fileSink(String(args.o))
    try {
      const done = await correlateText(files, textOptions, assumed, text => sink.write(text))
      if (done) await sink.end()
      else sink.abort()
      return done
    } catch (error) {
      sink.abort()
      throw error
    }
  })
  if (!summary) {
    rejects?.clear()
    return undefined
  }
  progress?.stop()
  return conclude(summary, rejects, args)
}
