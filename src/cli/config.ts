/** The config file: options, detector thresholds and formats of the user's own, checked by zod. */
import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { nearestName } from '../input/nearest.js'
import { Problem } from '../problem.js'
import type { Parser } from '../read/parser.js'
import { userFormatSchema, userParser } from '../read/user-format.js'
import { JOINING, READING, WRITING } from './option-tables.js'
import type { Words } from './options.js'

const FOUND = 'logjoin.config.json'
/** Not to be set in a file: where to find the file, and what concerns one run only. */
const NOT_IN_FILE = new Set(['config', 'o', 'output', 'rejects', 'summary', 'limit'])
const OPTIONS = { ...JOINING, ...READING, ...WRITING }

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())])

const configSchema = z.strictObject({
  $schema: z.string().optional(),
  options: z.record(z.string(), optionValue).default({}),
  thresholds: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  formats: z.record(z.string(), userFormatSchema).default({}),
})

/** What a config file comes to. */
export interface Config { readonly options: Words, readonly thresholds: Readonly<Record<string, Readonly<Record<string, unknown>>>>, readonly parsers: readonly Parser[] }

const EMPTY: Config = { options: {}, thresholds: {}, parsers: [] }

function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw new Problem('bad-config', (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message, { file: path })
  }
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new Problem('bad-config', `it is not JSON: ${(error as Error).message}`, { file: path })
  }
}

function checkOption(name: string, path: string, wasFound: boolean): void {
  if (NOT_IN_FILE.has(name)) throw new Problem('bad-config', `options.${name} can be given on the command line only`, { file: path })
  if (name === 'plugin' && wasFound) throw new Problem('bad-config', 'options.plugin: a configuration that lies in the working folder may not load code; name the file with --config, or use --plugin', { file: path })
  if (name in OPTIONS || name === 'unmatched' || name === 'fail-on') return
  const near = nearestName(name, Object.keys(OPTIONS))
  throw new Problem('bad-config', `options.${name} is no option${near === undefined ? '' : `; did you mean ${near}?`}`, { file: path })
}

/** Options of a list kind may be given as one text. */
const shaped = (name: string, value: z.output<typeof optionValue>): unknown => {
  const option = (OPTIONS as Record<string, { array?: boolean, type?: string }>)[name]
  if (option?.array) return Array.isArray(value) ? value : [String(value)]
  return typeof value === 'boolean' ? value : Array.isArray(value) ? value.join(',') : String(value)
}

/**
 * Reads the config file named, or the one found in the working folder.
 * Refuses (Problem `bad-config`) what is no JSON, what zod does not know, and plug-ins in a file that was merely found.
 */
export function readConfig(named: string | undefined): Config {
  const path = named ?? FOUND
  if (named === undefined && !existsSync(FOUND)) return EMPTY
  const checked = configSchema.safeParse(readJson(path))
  if (!checked.success) {
    const issue = checked.error.issues[0]!
    throw new Problem('bad-config', `${issue.path.join('.') || 'the file'}: ${issue.message}`, { file: path })
  }
  const { options, thresholds, formats } = checked.data
  for (const name of Object.keys(options)) checkOption(name, path, named === undefined)
  return {
    options: Object.fromEntries(Object.entries(options).map(([name, value]) => [name, shaped(name, value)])),
    thresholds,
    parsers: Object.entries(formats).map(([id, format]) => userParser(id, format)),
  }
}

/** Words of the command line over those of the file. `given` are the options that were really typed. */
export function withConfig(args: Words, config: Config, given: ReadonlySet<string>): Words {
  const kept = Object.entries(config.options).filter(([name]) => !given.has(name))
  return { ...args, ...Object.fromEntries(kept) }
}
