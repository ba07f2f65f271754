/** Loads the bundle in which the build put every module that a run needs, instead of four hundred files. */
import { fileURLToPath } from 'node:url'
import { loadBundle } from '../threads/bundle.js'

type RunModule = typeof import('./run.js')

/** True where a word may bring a plug-in. It imports 'logjoin', and must meet the very modules that the run uses. */
const mayBringPlugins = (words: readonly string[]): boolean => words.some(word => /^--(?:plugin|config)(?:=|$)/.test(word))

/** Loads the bundle; the plain modules where a plug-in may join the run. */
export async function loadRun(words: readonly string[]): Promise<RunModule> {
  // the bundle has no samples to show
  if (words[0] === 'formats' || mayBringPlugins(words)) return import('./run.js')
  return loadBundle(fileURLToPath(new URL('logjoin-run.cjs', import.meta.url)), words[0] === 'correlate' || words[0] === 'parse' ? 'correlate' : 'detect')
}
