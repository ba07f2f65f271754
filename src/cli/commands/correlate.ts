import { correlate, explainJoin } from '../../correlate.js'
import type { Words } from '../options.js'
import { prepare } from '../prepare.js'
import { writeRun } from '../write-run.js'

/** `logjoin correlate FILE…` */
export async function runCorrelate(args: Words, files: readonly string[]): Promise<number> {
  const { options, rejects, words } = await prepare(args)
  if (words['explain-join'] !== undefined) return writeRun<object>({ run: explainJoin(files, String(words['explain-join']), options), rejects }, words)
  return writeRun({ run: correlate(files, options), rejects }, words)
}
