import { parse } from '../../parse.js'
import type { Words } from '../options.js'
import { prepare } from '../prepare.js'
import { writeRun } from '../write-run.js'

/** `logjoin parse FILE…` */
export async function runParse(args: Words, files: readonly string[]): Promise<number> {
  const { options, rejects, progress, words } = await prepare(args)
  return writeRun({ run: parse(files, options), rejects, progress }, words)
}
