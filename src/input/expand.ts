import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { Problem } from '../problem.js'
import { expandBraces, globToRegExp, isGlob } from './glob.js'
import { nearestName } from './nearest.js'

export { globToRegExp, matchesPattern } from './glob.js'
export { rotationGroups } from './rotation.js'

/** One input of a run. */
export interface InputFile {
  /** as the user gave it, or the folder as given, a slash, and the way walked; `-` is standard input */
  readonly path: string
  /** named or globbed by the user; false when it was found by walking a folder */
  readonly explicit: boolean
}

/**
 * Takes the FILE arguments of a command (a path, a glob that the shell left alone, a folder, or `-`) and the
 * folder they are relative to; gives the files, in the order named, each once (by real path).
 *
 * A folder gives its regular files, recursively, sorted by name; names that start with a dot and
 * `node_modules` are skipped, links are followed once. A folder inside it that may not be read is given as it
 * is, so that opening it says why. A glob gives files and the files of folders, and matches names with a
 * leading dot only where it spells the dot. An argument that is the name of a file is never taken as a glob.
 *
 * Throws a Problem: `no-such-file` (with the nearest name), `is-empty-glob`, `not-readable`, `bad-option`.
 * No arguments, or empty folders, give an empty list.
 */
export async function expandInputs(args: readonly string[], cwd = '.'): Promise<InputFile[]> {
  const files = new Map<string, InputFile>()
  for (const arg of args) {
    for (const file of await expandOne(arg, cwd)) {
      const identity = file.path === '-' ? '-' : await realPathOf(resolve(cwd, file.path))
      const known = files.get(identity)
      if (known === undefined) files.set(identity, file)
      else if (file.explicit && !known.explicit) files.set(identity, { ...known, explicit: true })
    }
  }
  return [...files.values()]
}

async function expandOne(arg: string, cwd: string): Promise<InputFile[]> {
  if (arg === '-') return [{ path: '-', explicit: true }]
  const kind = await kindOf(arg, cwd)
  if (kind === 'missing') return isGlob(arg) ? expandGlob(arg, cwd) : [await refuseMissing(arg, cwd)]
  return kind === 'folder' ? walkNamed(arg, cwd) : [{ path: arg, explicit: true }]
}

type Kind = 'file' | 'other' | 'folder' | 'missing'

async function kindOf(path: string, cwd: string): Promise<Kind> {
  try {
    const found = await stat(resolve(cwd, path))
    return found.isDirectory() ? 'folder' : found.isFile() ? 'file' : 'other'
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return 'missing'
    throw new Problem('not-readable', reasonOf(code), { file: path })
  }
}

function errorCode(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown'
}

function reasonOf(code: string): string {
  if (code === 'ELOOP') return 'this link leads back to itself'
  return code === 'EACCES' || code === 'EPERM' ? 'permission denied' : `cannot be read (${code})`
}

async function realPathOf(path: string): Promise<string> {
  // a pipe of the shell has no real path that can be looked up
  return realpath(path).catch(() => path)
}

async function refuseMissing(path: string, cwd: string): Promise<never> {
  const folder = dirname(path)
  const names = await readdir(resolve(cwd, folder)).catch(() => undefined)
  if (names === undefined) throw new Problem('no-such-file', `no such file; there is no folder ${folder}`, { file: path })
  const name = basename(path)
  if (names.includes(name)) throw new Problem('no-such-file', 'this link leads to nothing', { file: path })
  const near = nearestName(name, names)
  const suggestion = near === undefined ? '' : `; did you mean ${below(path.includes('/') ? folder : '', near)}?`
  throw new Problem('no-such-file', `no such file${suggestion}`, { file: path })
}

function below(folder: string, name: string): string {
  if (folder === '') return name
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`
}

async function walkNamed(folder: string, cwd: string): Promise<InputFile[]> {
  try {
    await readdir(resolve(cwd, folder))
  } catch (error) {
    throw new Problem('not-readable', reasonOf(errorCode(error)), { file: folder })
  }
  return walk(folder, cwd, new Set())
}

async function walk(folder: string, cwd: string, visited: Set<string>): Promise<InputFile[]> {
  const identity = await realPathOf(resolve(cwd, folder))
  if (visited.has(identity)) return []
  visited.add(identity)
  const names = await namesIn(folder, cwd)
  if (names === undefined) return [{ path: folder, explicit: false }]
  const files: InputFile[] = []
  for (const name of names.filter(isWalked)) {
    const path = below(folder, name)
    // links to nothing and to themselves are no files
    const kind = await kindOf(path, cwd).catch(() => 'missing' as const)
    if (kind === 'folder') for (const file of await walk(path, cwd, visited)) files.push(file)
    else if (kind === 'file') files.push({ path, explicit: false })
  }
  return files
}

function isWalked(name: string): boolean {
  return !name.startsWith('.') && name !== 'node_modules'
}

async function namesIn(folder: string, cwd: string): Promise<string[] | undefined> {
  // by code unit, so that no locale changes the order
  return readdir(resolve(cwd, folder)).then(names => names.sort(), () => undefined)
}

async function expandGlob(pattern: string, cwd: string): Promise<InputFile[]> {
  const files: InputFile[] = []
  for (const alternative of expandBraces(pattern)) {
    const isRooted = alternative.startsWith('/')
    const names = alternative.split('/').filter((name, index) => name !== '' || index === 0)
    const paths = await matchNames(isRooted ? '/' : '', isRooted ? names.slice(1) : names, cwd)
    for (const path of paths.sort()) for (const file of await filesAt(path, cwd)) files.push(file)
  }
  if (files.length === 0) throw new Problem('is-empty-glob', 'no file matches this pattern', { file: pattern })
  return files
}

async function filesAt(path: string, cwd: string): Promise<InputFile[]> {
  const kind = await kindOf(path, cwd)
  if (kind === 'missing') return []
  return kind === 'folder' ? walkNamed(path, cwd) : [{ path, explicit: true }]
}

async function matchNames(folder: string, names: readonly string[], cwd: string): Promise<string[]> {
  const [name, ...rest] = names
  if (name === undefined) return [folder]
  if (name === '**') return matchDeep(folder, rest, cwd)
  if (!isGlob(name)) return matchNames(below(folder, name.replace(/\\(.)/gs, '$1')), rest, cwd)
  const matches = globToRegExp(name)
  const found = (await namesIn(folder === '' ? '.' : folder, cwd)) ?? []
  const fitting = found.filter(candidate => matches.test(candidate) && (name.startsWith('.') || !candidate.startsWith('.')))
  const paths: string[] = []
  for (const candidate of fitting) {
    for (const path of await matchNames(below(folder, candidate), rest, cwd)) paths.push(path)
  }
  return paths
}

// `**` does not go through links, so it cannot loop
async function matchDeep(folder: string, rest: readonly string[], cwd: string): Promise<string[]> {
  if (rest[0] === '**') return matchDeep(folder, rest.slice(1), cwd)
  const paths = await matchNames(folder, rest.length === 0 ? ['*'] : rest, cwd)
  const entries = await readdir(resolve(cwd, folder), { withFileTypes: true }).catch(() => [])
  for (const entry of entries) {
    if (!entry.isDirectory() || !isWalked(entry.name)) continue
    for (const path of await matchDeep(below(folder, entry.name), rest, cwd)) paths.push(path)
  }
  return paths
}
