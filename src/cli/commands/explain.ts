import { explain } from '../../explain/explain.js'
import { explainText } from '../../output/explain-text.js'
import { fileSink, streamSink } from '../../output/sink.js'
import { Problem } from '../../problem.js'
import { parseUserTime } from '../../read/clock.js'
import { summaryText } from '../../output/summary.js'
import { toPrintable } from '../../printable.js'
import { prepare } from '../prepare.js'
import type { Words } from '../options.js'
import { terminalWidth } from '../write-run.js'

function momentOf(text: unknown): number | undefined {
  if (text === undefined) return undefined
  const ms = parseUserTime(String(text))
  if (ms === undefined) throw new Problem('bad-option', `--at: ${JSON.stringify(String(text))} is not a time such as 2026-01-05T09:14:00Z or epoch seconds`)
  return ms
}

/** `logjoin explain FILE… --host NAME` */
export async function runExplain(args: Words, files: readonly string[]): Promise<number> {
  if (args.host === undefined) throw new Problem('bad-option', 'explain wants --host NAME: the host whose visit is explained')
  const { options, progress, words } = await prepare({ ...args, host: undefined })
  const atMs = momentOf(words.at)
  const explanation = await explain(files, { ...options, host: String(args.host), ...(atMs === undefined ? {} : { atMs }) }).finally(() => progress?.stop())
  const { summary, ...record } = explanation
  const isColored = (args.color as boolean | undefined) ?? (process.stdout.isTTY === true && words.o === undefined && !process.env.NO_COLOR)
  const text = words.format === 'json' ? `${JSON.stringify(record, undefined, 2)}\n` : explainText(explanation, { width: terminalWidth(), color: isColored })
  const sink = words.o === undefined ? streamSink(process.stdout) : fileSink(String(words.o))
  await sink.write(text)
  await sink.end()
  for (const { message, file, remedy } of summary.problems) process.stderr.write(`${toPrintable(`${file === undefined ? '' : `${file}: `}${message}`)}\n  ${remedy}\n`)
  if (!words.quiet) process.stderr.write(summaryText(summary))
  return summary.problems.length > 0 ? 2 : 0
}
