import { readFileSync } from 'node:fs'
import { detect } from '../../detect.js'
import { Problem } from '../../problem.js'
import { SEVERITIES, type Finding } from '../../schema/finding.js'
import { libraryOptions, type Words } from '../options.js'
import { withPlugins } from '../plugins.js'
import { Rejects, writeRun } from '../write-run.js'

function fingerprints(path: string): Set<string> {
  try {
    return new Set(readFileSync(path, 'utf8').split(/\r?\n/).map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#')))
  } catch (error) {
    throw new Problem('not-readable', (error as Error).message, { file: path })
  }
}

/** `logjoin detect FILE…` */
export async function runDetect(args: Words, files: readonly string[]): Promise<number> {
  const rejects = args.rejects === undefined ? undefined : new Rejects(String(args.rejects))
  const options = await withPlugins(libraryOptions(args), args)
  const run = detect(files, {
    ...options,
    ...(rejects ? { onReject: rejects.add } : {}),
    ...(args.baseline ? { baseline: args.baseline as string[] } : {}),
    ...(args.suppress === undefined ? {} : { suppress: fingerprints(String(args.suppress)) }),
  })
  const least = args['fail-on'] === undefined ? Infinity : SEVERITIES.indexOf(args['fail-on'] as Finding['severity']) + 1
  return writeRun({ run, rejects }, args, finding => finding.severity_id >= least)
}
