/** What the go command asks for with a URL: the GOPROXY protocol, the checksum database, and module discovery. */
import type { Draft } from '../parser.js'

/** A module, its version, what of it was asked for, and the GOPROXY entry asked. */
export interface Asked { path?: string, version?: string, op?: NonNullable<NonNullable<Draft['go']>['module']>['op'], proxy?: string }

function decoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text) // leaves `+` as it is, which `+incompatible` needs
  } catch {
    return text
  }
}

/** Undoes the case encoding of module paths (`!camel` → `Camel`); undefined for what the go command cannot have written. */
export function unescapeModule(text: string): string | undefined {
  if (!text.includes('!')) return text
  return /!(?![a-z])/.test(text) ? undefined : text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
}

/** The first element of a module path is a host name. */
const HOST_LIKE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/i

/** Cuts `base/of/the/proxy/example.com/mod` where the module begins: at its first element that looks like a host. */
function splitBase(text: string): { base: string, module?: string } {
  const elements = text.split('/').filter(element => element !== '')
  const at = elements.findIndex(element => HOST_LIKE.test(element))
  if (at === -1) return { base: '' }
  return { base: elements.slice(0, at).map(element => `/${element}`).join(''), module: elements.slice(at).join('/') }
}

function versionOf(text: string): string | undefined {
  const version = unescapeModule(text)
  return version === '' ? undefined : version
}

function sumdb(host: string, path: string): Asked | undefined {
  const via = path.indexOf('/sumdb/')
  const rest = via === -1 ? path : path.slice(via + 7)
  if (via === -1 && !/\/(?:lookup\/.*@|tile\/\d|latest$|supported$)/.test(path)) return undefined
  const asked: Asked = { op: 'sumdb', ...(via === -1 ? {} : { proxy: host + path.slice(0, via) }) }
  const lookup = rest.indexOf('/lookup/')
  const at = lookup === -1 ? -1 : rest.lastIndexOf('@')
  if (at > lookup) {
    asked.path = unescapeModule(rest.slice(lookup + 8, at))
    asked.version = versionOf(rest.slice(at + 1))
  }
  return asked
}

function proxied(host: string, path: string): Asked | undefined {
  const latest = path.endsWith('/@latest')
  const mark = latest ? path.length - 8 : path.indexOf('/@v/')
  if (mark === -1) return undefined
  const { base, module } = splitBase(path.slice(0, mark))
  const asked: Asked = { ...(module === undefined ? {} : { path: unescapeModule(module), proxy: host + base }) }
  const file = latest ? '' : path.slice(mark + 4)
  if (latest) return { ...asked, op: 'latest' }
  if (file === 'list') return { ...asked, op: 'list' }
  const parts = /^([^/]{1,200})\.(info|mod|zip)$/.exec(file)
  return parts ? { ...asked, version: versionOf(parts[1]!), op: parts[2] as Asked['op'] } : asked
}

/** What a URL of the go command asks for; an empty answer for a URL of no known kind (a git server, say). */
export function moduleOf(url: string): Asked {
  const scheme = url.indexOf('://')
  if (scheme === -1) return {}
  const rest = url.slice(scheme + 3)
  const slash = rest.indexOf('/')
  if (slash === -1) return {}
  const authority = rest.slice(0, slash)
  const host = authority.slice(authority.lastIndexOf('@') + 1)
  const mark = rest.indexOf('?', slash)
  const path = decoded(mark === -1 ? rest.slice(slash) : rest.slice(slash, mark))
  if (mark !== -1 && rest.slice(mark + 1) === 'go-get=1') return { op: 'meta', path: host + (path === '/' ? '' : path) }
  return sumdb(host, path) ?? proxied(host, path) ?? {}
}
