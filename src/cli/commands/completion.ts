import { basename } from 'node:path'
import { parsers } from '../../../parsers/index.js'
import { detectors } from '../../detectors/index.js'
import { Problem } from '../../problem.js'
import { completionScript, SHELLS, type Shell } from '../completion-script.js'
import type { Words } from '../options.js'

/** `logjoin completion [bash|zsh]`: the script of the shell named, else of the one that `SHELL` names, else bash. */
export async function runCompletion(args: Words): Promise<number> {
  const stated = args.shell === undefined ? undefined : String(args.shell)
  if (stated !== undefined && !SHELLS.includes(stated as Shell)) throw new Problem('bad-option', `there is no completion for ${JSON.stringify(stated)}; there is one for ${SHELLS.join(' and ')}`)
  const used = basename(process.env.SHELL ?? '')
  const shell = (stated ?? (SHELLS.includes(used as Shell) ? used : 'bash')) as Shell
  process.stdout.write(completionScript(shell, { formats: parsers.map(parser => parser.id), detectors: detectors.map(detector => detector.id) }))
  return 0
}
