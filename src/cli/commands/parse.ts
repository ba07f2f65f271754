import { parse } from '../../parse.js'
import { libraryOptions, type Words } from '../options.js'
import { withPlugins } from '../plugins.js'
import { Rejects, writeRun } from '../write-run.js'

/** `logjoin parse FILE…` */
export async function runParse(args: Words, files: readonly string[]): Promise<number> {
  const rejects = args.rejects === undefined ? undefined : new Rejects(String(args.rejects))
  const options = await withPlugins(libraryOptions(args), args)
  return writeRun({ run: parse(files, { ...options, ...(rejects ? { onReject: rejects.add } : {}) }), rejects }, args)
}
