import { readFileSync } from 'node:fs'
import { detect } from '../../detect.js'
import { Problem } from '../../problem.js'
import { SEVERITIES, type Finding } from '../../schema/finding.js'
import type { Words } from '../options.js'
import { prepare } from '../prepare.js'
import { writeRun } from '../write-run.js'

function fingerprints(path: string): Set<string> {
  try {
    return new Set(readFileSync(path, 'utf8').split(/\r?\n/).map(line => line.trim()).filter(line => line !== '' && !line.startsWith('#')))
  } catch (error) {
    throw new Problem('not-readable', (error as Error).message, { file: path })
  }
}

/** `logjoin detect FILE…` */
export async function runDetect(args: Words, files: readonly string[]): Promise<number> {
  const { options, rejects, progress, words } = await prepare(args)
  const run = detect(files, {
    ...options,
    ...(words.baseline ? { baseline: words.baseline as string[] } : {}),
    ...(words.suppress === undefined ? {} : { suppress: fingerprints(String(words.suppress)) }),
  })
  const least = words['fail-on'] === undefined ? Infinity : SEVERITIES.indexOf(words['fail-on'] as Finding['severity']) + 1
  return writeRun({ run, rejects, progress }, words, finding => finding.severity_id >= least)
}
