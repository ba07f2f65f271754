/** What every command that reads logs does first: config file, plug-ins, options, and a place for refused lines. */
import type { CorrelateOptions } from '../options.js'
import { readConfig, withConfig } from './config.js'
import { liveOptions } from './live.js'
import { libraryOptions, type Words } from './options.js'
import { withPlugins, type Brought } from './plugins.js'
import { Progress } from './progress.js'
import { Rejects } from './write-run.js'

/** A command ready to run. `words` are the command line's, over the config file's; `progress` runs where it is shown. */
export interface Prepared { readonly options: CorrelateOptions & Brought, readonly rejects: Rejects | undefined, readonly progress: Progress | undefined, readonly words: Words }

/** The options that were typed, as opposed to defaults that yargs filled in. */
function typed(argv: readonly string[]): Set<string> {
  return new Set(argv.filter(word => word.startsWith('-')).map(word => word.replace(/^--?(?:no-)?/, '').split('=')[0]!))
}

/** Settles options and files. Refuses (Problem) what makes no sense. */
export async function prepare(args: Words): Promise<Prepared> {
  const config = readConfig(args.config as string | undefined)
  const words = withConfig(args, config, typed(process.argv.slice(2)))
  const rejects = words.rejects === undefined ? undefined : new Rejects(String(words.rejects))
  const plain = libraryOptions(words)
  const options = await withPlugins(words.follow ? { ...plain, live: liveOptions(words) } : plain, words, config)
  const progress = Progress.wanted(words) ? new Progress((words.files as string[] | undefined) ?? []) : undefined
  return { options: { ...options, ...(rejects ? { onReject: rejects.add } : {}), ...(progress ? { counters: progress.counters } : {}) }, rejects, progress, words }
}
