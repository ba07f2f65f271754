/** What the go command asks for with a URL: the GOPROXY protocol, the checksum database itself, and module discovery. */
import { goModuleOf } from '../go-request.js'
import type { Draft } from '../parser.js'

/** A module, its version, what of it was asked for, and the GOPROXY entry asked. */
export interface Asked { path?: string, version?: string, op?: NonNullable<NonNullable<Draft['go']>['module']>['op'], proxy?: string }

/** Paths that a checksum database answers under its own name. */
const DATABASE = /\/(?:lookup\/[^@]{1,300}@|tile\/\d|latest$|supported$)/

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text) // leaves `+` as it is, which `+incompatible` needs
  } catch {
    return text
  }
}

/** Where a proxy is mounted: what stands before the module in the path of a request. */
function baseOf(path: string, module: string | undefined): string {
  const sumdb = path.indexOf('/sumdb/')
  if (sumdb !== -1) return path.slice(0, sumdb)
  const at = module === undefined ? -1 : path.indexOf(`/${module.replace(/[A-Z]/g, letter => `!${letter.toLowerCase()}`)}/@`)
  return at === -1 ? '' : path.slice(0, at)
}

/** What a URL of the go command asks for; an empty answer for a URL of no known kind (a git server, say). */
export function moduleOf(url: string): Asked {
  const scheme = url.indexOf('://')
  const slash = url.indexOf('/', scheme + 3)
  if (scheme === -1 || slash === -1) return {}
  const authority = url.slice(scheme + 3, slash)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const mark = url.indexOf('?', slash)
  const path = decoded(mark === -1 ? url.slice(slash) : url.slice(slash, mark))
  if (mark !== -1 && url.slice(mark + 1) === 'go-get=1') return { op: 'meta', path: host + (path === '/' ? '' : path) }
  const asked = goModuleOf(path)
  if (asked) return { ...asked, proxy: host + baseOf(path, asked.path) }
  const database = path.includes('/@') ? -1 : path.search(DATABASE)
  return database === -1 ? {} : goModuleOf(`/sumdb/sum.example${path.slice(database)}`) ?? {}
}
