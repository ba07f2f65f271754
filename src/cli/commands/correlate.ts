import { correlate } from '../../correlate.js'
import { libraryOptions, type Words } from '../options.js'
import { withPlugins } from '../plugins.js'
import { Rejects, writeRun } from '../write-run.js'

/** `logjoin correlate FILE…` */
export async function runCorrelate(args: Words, files: readonly string[]): Promise<number> {
  const rejects = args.rejects === undefined ? undefined : new Rejects(String(args.rejects))
  const options = await withPlugins(libraryOptions(args), args)
  return writeRun({ run: correlate(files, { ...options, ...(rejects ? { onReject: rejects.add } : {}) }), rejects }, args)
}
