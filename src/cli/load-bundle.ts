/** Loads the bundle in which the build put every module that a run needs, instead of four hundred files. */
import { existsSync, readFileSync } from 'node:fs'
import nodeModule, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import vm from 'node:vm'

type RunModule = typeof import('./run.js')

/** Where V8's compiled code of a bundle lies. V8 takes it only from the very Node that made it: the build makes it for the one it runs on. */
export const compiledFile = (bundle: string): string => `${bundle}.${process.version}-${process.platform}-${process.arch}.cache`

/** A bundle as a script, and the function that runs it and gives what it exports. `compiled` is code that V8 kept; it is dropped where it does not fit. */
export function scriptOf(bundle: string, compiled?: Buffer): { script: vm.Script, load: () => RunModule } {
  const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(bundle, 'latin1')}\n})`
  const script = new vm.Script(source, { filename: bundle, cachedData: compiled, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER })
  const load = (): RunModule => {
    const module = { exports: {} as RunModule }
    const wrapper = script.runInThisContext() as (...scope: unknown[]) => void
    wrapper(module.exports, createRequire(bundle), module, bundle, dirname(bundle))
    return module.exports
  }
  return { script, load }
}

/** True where a word may bring a plug-in. It imports 'logjoin', and must meet the very modules that the run uses. */
const mayBringPlugins = (words: readonly string[]): boolean => words.some(word => /^--(?:plugin|config)(?:=|$)/.test(word))

/** Loads the bundle; the plain modules where a plug-in may join the run. */
export async function loadRun(words: readonly string[]): Promise<RunModule> {
  // the bundle has no samples to show
  if (words[0] === 'formats' || mayBringPlugins(words)) return import('./run.js')
  const bundle = fileURLToPath(new URL('logjoin-run.cjs', import.meta.url))
  const compiled = compiledFile(bundle)
  if (existsSync(compiled)) return scriptOf(bundle, readFileSync(compiled)).load()
  // Node 22.1 and later keep compiled code by themselves
  ;(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.()
  return createRequire(import.meta.url)(bundle) as RunModule
}
