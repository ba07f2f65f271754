/** Drives a run: records to the writer, refused lines and summary to their files, the account to standard error; gives the exit status. */
import { writeFileSync } from 'node:fs'
import { makePicker } from '../output/fields.js'
import { fileSink, streamSink, type Sink } from '../output/sink.js'
import { summaryText } from '../output/summary.js'
import { WRITERS, withTime } from '../output/writers.js'
import { toPrintable } from '../printable.js'
import { describeProblem, Problem } from '../problem.js'
import { NO_LOSS } from '../read/parser.js'
import type { Run, Summary } from '../run.js'
import { fieldList, wholeNumber, type Words } from './options.js'
import type { Progress } from './progress.js'

/** What is wrong with the options that a run cannot know of. */
export interface Driven<T> { readonly run: Run<T>, readonly rejects: Rejects | undefined, readonly progress?: Progress | undefined }

/** Collects refused lines for `--rejects`. */
export class Rejects {
  private text = ''
  readonly add = (reject: object): void => { this.text += `${JSON.stringify(reject)}\n` }
  constructor(private readonly path: string) {}
  /** Forgets what came so far: the inputs are read again. */
  clear(): void { this.text = '' }
  async write(): Promise<void> {
    const sink = fileSink(this.path)
    await sink.write(this.text)
    await sink.end()
  }
}

/** The format asked for; `auto` is settled here. */
export function formatOf(args: Words): string {
  const format = args.format as string
  if (format !== 'auto') return format
  return args.o === undefined && process.stdout.isTTY ? 'table' : 'ndjson'
}

/** Columns of the terminal; COLUMNS where there is none. */
export function terminalWidth(): number | undefined {
  const stated = Number(process.env.COLUMNS)
  return process.stdout.columns ?? (stated > 0 ? stated : undefined)
}

const refusedLines = (summary: Summary): number => summary.files.reduce((sum, file) => sum + Object.entries(file.skipped).reduce((lines, [reason, count]) => NO_LOSS.has(reason) ? lines : lines + count, 0), 0)

function writeSummary(path: string, summary: Summary): void {
  try {
    writeFileSync(path, `${JSON.stringify(summary, undefined, 2)}\n`)
  } catch (error) {
    throw new Problem('write-failed', (error as Error).message, { file: path })
  }
}

/** Writes every record of a run. `failing` says whether a record is one that `--fail-on` asks for. */
export async function writeRun<T extends object>({ run, rejects, progress }: Driven<T>, args: Words, failing: (record: T) => boolean = () => false): Promise<number> {
  let hasFailed: boolean
  try {
    hasFailed = await writeRecords(run, args.o === undefined ? streamSink(process.stdout) : fileSink(String(args.o)), args, failing)
  } finally {
    progress?.stop()
  }
  const status = await conclude(run.summary, rejects, args)
  return status !== 0 ? status : hasFailed ? 1 : 0
}

/** Writes records to a sink and ends it. Gives whether one was `failing`. */
export async function writeRecords<T extends object>(run: Run<T>, sink: Sink, args: Words, failing: (record: T) => boolean = () => false): Promise<boolean> {
  const fields = fieldList(args)
  const limit = wholeNumber('limit', args.limit, 1) ?? Infinity
  const format = formatOf(args)
  const pick = fields && format !== 'table' && format !== 'csv' ? makePicker(fields) : undefined
  const writer = WRITERS[format]!(sink, { fields, width: terminalWidth() })
  let written = 0
  let hasFailed = false
  try {
    for await (const record of run) {
      if (failing(record)) hasFailed = true
      const waiting = writer.write(pick ? pick(withTime(record)) : withTime(record))
      if (waiting) await waiting
      if (args.follow) await sink.flush()
      if (++written >= limit) break
    }
    await writer.end()
    await sink.end()
  } catch (error) {
    sink.abort()
    throw error
  }
  return hasFailed
}

/** What is told when a run has ended: refused lines, summary, account. Gives the exit status, as far as it follows from them. */
export async function conclude(summary: Summary, rejects: Rejects | undefined, args: Words): Promise<number> {
  await rejects?.write()
  if (args.summary !== undefined) writeSummary(String(args.summary), summary)
  report(summary, args)
  const refused = refusedLines(summary)
  if (args.strict && refused > 0) process.stderr.write(`${describeProblem(new Problem('refused-lines', `${refused} lines were refused`))}\n`)
  return summary.problems.length > 0 || (args.strict && refused > 0) ? 2 : 0
}

function report(summary: Summary, args: Words): void {
  for (const { message, file, remedy } of summary.problems) process.stderr.write(`${toPrintable(`${file === undefined ? '' : `${file}: `}${message}`)}\n  ${remedy}\n`)
  if (!args.quiet) process.stderr.write(summaryText(summary))
}
