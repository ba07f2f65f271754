import { correlate } from '../../correlate.js'
import type { Words } from '../options.js'
import { prepare } from '../prepare.js'
import { writeRun } from '../write-run.js'

/** `logjoin correlate FILE…` */
export async function runCorrelate(args: Words, files: readonly string[]): Promise<number> {
  const { options, rejects, words } = await prepare(args)
  return writeRun({ run: correlate(files, options), rejects }, words)
}
