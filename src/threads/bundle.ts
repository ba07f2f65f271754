/** Loads a bundle in which the build put all modules of a program, instead of some hundred files, with the code that V8 made of it at the build. */
import { existsSync, readFileSync } from 'node:fs'
import nodeModule, { createRequire } from 'node:module'
import { dirname } from 'node:path'
import vm from 'node:vm'

/**
 * Where V8's compiled code of a bundle lies. V8 takes it only from the very Node that made it: the build makes it for the one it runs on.
 * @param use what the code was kept after, where a bundle serves several: to take in code that one of them never runs would cost it time.
 */
export const compiledFile = (bundle: string, use = ''): string => `${bundle}${use && `.${use}`}.${process.version}-${process.platform}-${process.arch}.cache`

/** A script that V8 took from its compiled code does not know whose `import` it has, so a bundle is given this one, as `$import`. */
const importModule = (url: string): Promise<unknown> => import(url)

/** A bundle as a script, and the function that runs it and gives what it exports. `compiled` is code that V8 kept; it is dropped where it does not fit. */
export function scriptOf<Exports>(bundle: string, compiled?: Buffer): { script: vm.Script, load: (require?: NodeJS.Require) => Exports } {
  const source = `(function (exports, require, module, __filename, __dirname, $import) {${readFileSync(bundle, 'latin1')}\n})`
  const script = new vm.Script(source, { filename: bundle, cachedData: compiled })
  const load = (require = createRequire(bundle)): Exports => {
    const module = { exports: {} as Exports }
    const wrapper = script.runInThisContext() as (...scope: unknown[]) => void
    wrapper(module.exports, require, module, bundle, dirname(bundle), importModule)
    return module.exports
  }
  return { script, load }
}

/** Runs a bundle and gives what it exports. `use` as for `compiledFile`. */
export function loadBundle<Exports>(bundle: string, use?: string): Exports {
  const compiled = compiledFile(bundle, use)
  if (existsSync(compiled)) return scriptOf<Exports>(bundle, readFileSync(compiled)).load()
  // Node 22.1 and later keep compiled code by themselves
  ;(nodeModule as { enableCompileCache?: () => void }).enableCompileCache?.()
  return createRequire(bundle)(bundle) as Exports
}
