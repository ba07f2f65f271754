/** `--plugin MODULE`: parsers and detectors of the user's own. */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parsers } from '../../parsers/index.js'
import type { Detector } from '../detectors/detector.js'
import { Problem } from '../problem.js'
import type { Parser } from '../read/parser.js'
import type { Config } from './config.js'
import type { Words } from './options.js'

function moduleUrl(name: string): string {
  const path = resolve(name)
  if (existsSync(path)) return pathToFileURL(path).href
  try {
    return pathToFileURL(createRequire(resolve('noop.js')).resolve(name)).href
  } catch {
    throw new Problem('bad-plugin', 'there is no such module', { file: name })
  }
}

const isParser = (value: unknown): value is Parser => typeof value === 'object' && value !== null && (value as Parser).contract === 1 && typeof (value as Parser).detect === 'function' && typeof (value as Parser).open === 'function'
const isDetector = (value: unknown): value is Detector => typeof value === 'object' && value !== null && (value as Detector).contract === 1 && 'thresholds' in value && typeof (value as Detector).open === 'function'

/** Everything a plug-in module exports: values, or lists of them. Refuses (Problem `bad-plugin`) a module that exports neither. */
export async function loadPlugin(name: string): Promise<{ parsers: Parser[], detectors: Detector[] }> {
  let exported: Record<string, unknown>
  try {
    exported = await import(moduleUrl(name)) as Record<string, unknown>
  } catch (error) {
    throw error instanceof Problem ? error : new Problem('bad-plugin', `it could not be loaded: ${(error as Error).message}`, { file: name })
  }
  const values = Object.values(exported).flatMap(value => Array.isArray(value) ? value as unknown[] : [value])
  const found = { parsers: values.filter(isParser), detectors: values.filter(isDetector) }
  if (found.parsers.length + found.detectors.length === 0) throw new Problem('bad-plugin', 'it exports no parser and no detector', { file: name })
  return found
}

/** What plug-ins and the config file bring, for the library's options. */
export interface Brought { readonly parsers?: readonly Parser[], readonly detectors?: readonly Detector[], readonly thresholds?: Config['thresholds'] }

/** Adds what the plug-ins and the config file bring to the options. */
export async function withPlugins<T extends object>(options: T, args: Words, config: Config): Promise<T & Brought> {
  const plugins = await Promise.all(((args.plugin as string[] | undefined) ?? []).map(loadPlugin))
  const own = [...plugins.flatMap(plugin => plugin.parsers), ...config.parsers]
  const ownDetectors = plugins.flatMap(plugin => plugin.detectors)
  const { detectors } = ownDetectors.length > 0 ? await import('../detectors/index.js') : { detectors: [] }
  return {
    ...options,
    ...(own.length > 0 ? { parsers: [...own, ...parsers] } : {}),
    ...(ownDetectors.length > 0 ? { detectors: [...ownDetectors, ...detectors] } : {}),
    ...(Object.keys(config.thresholds).length > 0 ? { thresholds: config.thresholds } : {}),
  }
}
