import { correlate, explainJoin } from '../../correlate.js'
import type { Words } from '../options.js'
import { prepare } from '../prepare.js'
import { writeRun } from '../write-run.js'
import { writeLarge } from '../write-large.js'

/** `logjoin correlate FILE…` */
export async function runCorrelate(args: Words, files: readonly string[]): Promise<number> {
  const { options, rejects, progress, words } = await prepare(args)
  if (words['explain-join'] !== undefined) return writeRun<object>({ run: explainJoin(files, String(words['explain-join']), options), rejects, progress }, words)
  const status = await writeLarge({ files, options, rejects, progress }, words)
  if (status !== undefined) return status
  return writeRun({ run: correlate(files, options), rejects, progress }, words)
}
