/** Recognises what a Go module proxy or checksum database is asked for, from the path of a request: any access log may hold such requests. */

/** What a request is for. `path` is absent where the checksum database is asked for no one module (tiles, its signed root). */
export interface GoRequest { readonly path?: string, readonly version?: string, readonly op: 'list' | 'latest' | 'info' | 'mod' | 'zip' | 'sumdb' }

const ARTIFACT = /^([^/]+)\.(info|mod|zip)$/
const SUMDB_TAIL = /^(?:supported|latest|tile\/\d+\/(?:\d+|data)\/(?:x\d{3}\/)*\d{3}(?:\.p\/\d+)?)$/
// a first path element with a dot and a name after its last dot: what stands before it is where the proxy is mounted
const HOST_LIKE = /^[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/

/** Undoes the case encoding of module paths and versions (`!a` is `A`); undefined for what the go command cannot have written. */
function decodeCase(text: string): string | undefined {
  if (/[A-Z]/.test(text)) return undefined
  if (!text.includes('!')) return text
  const decoded = text.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase())
  return decoded.includes('!') ? undefined : decoded
}

/** The module's own path, without the place where the proxy is mounted (`/artifactory/api/go/repo/`). */
function withoutBase(path: string): string {
  const segments = path.split('/')
  const first = segments.findIndex(segment => HOST_LIKE.test(segment))
  return (first <= 0 ? segments : segments.slice(first)).join('/')
}

function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

function moduleRequest(encoded: string, op: GoRequest['op'], version?: string): GoRequest | undefined {
  const path = decodeCase(withoutBase(encoded))
  const decoded = version === undefined ? undefined : decodeCase(version)
  if (path === undefined || path === '' || (version !== undefined && decoded === undefined)) return undefined
  return decoded === undefined ? { path, op } : { path, version: decoded, op }
}

/** `NAME/lookup/M@V`, `NAME/latest`, `NAME/supported` and `NAME/tile/…` behind `/sumdb/`. */
function sumdbRequest(rest: string): GoRequest | undefined {
  const slash = rest.indexOf('/')
  const tail = rest.slice(slash + 1)
  if (slash === -1 || !HOST_LIKE.test(rest.slice(0, slash))) return undefined
  if (!tail.startsWith('lookup/')) return SUMDB_TAIL.test(tail) ? { op: 'sumdb' } : undefined
  const at = tail.lastIndexOf('@')
  const path = decodeCase(tail.slice(7, at))
  const version = decodeCase(tail.slice(at + 1))
  return at < 8 || path === undefined || version === undefined ? undefined : { path, version, op: 'sumdb' }
}

/**
 * Takes the path of a request (a query is ignored); gives the module, version and artifact that a GOPROXY client asked for, with
 * case encoding undone (`!burnt!sushi` is `BurntSushi`), or undefined for any other path.
 */
export function goModuleOf(path: string): GoRequest | undefined {
  if (!path.includes('/@') && !path.includes('/sumdb/')) return undefined
  const mark = path.indexOf('?')
  const plain = percentDecode(mark === -1 ? path : path.slice(0, mark))
  if (plain === undefined) return undefined
  const sumdb = plain.indexOf('/sumdb/')
  if (sumdb !== -1 && !plain.includes('/@v/')) return sumdbRequest(plain.slice(sumdb + 7))
  if (plain.endsWith('/@latest')) return moduleRequest(plain.slice(1, -8), 'latest')
  const at = plain.lastIndexOf('/@v/')
  if (at < 1) return undefined
  const file = plain.slice(at + 4)
  if (file === 'list') return moduleRequest(plain.slice(1, at), 'list')
  const artifact = ARTIFACT.exec(file)
  return artifact ? moduleRequest(plain.slice(1, at), artifact[2] as GoRequest['op'], artifact[1]) : undefined
}
