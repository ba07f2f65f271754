/** Request targets: URLs, paths with queries, and whole request lines. */
import { splitHostPort } from '../address.js'
import type { Draft } from './parser.js'
import { toHttpVersion } from './versions.js'

const SCHEME = /^([a-z][a-z0-9+._-]{0,30}):\/\//i

function putPath(url: NonNullable<Draft['url']>, target: string): void {
  const hash = target.indexOf('#')
  const clean = hash === -1 ? target : target.slice(0, hash)
  const mark = clean.indexOf('?')
  const path = mark === -1 ? clean : clean.slice(0, mark)
  if (path !== '') url.path = path
  if (mark !== -1 && mark + 1 < clean.length) url.query = clean.slice(mark + 1)
}

/**
 * Puts a request target on the draft: an absolute URL fills scheme, domain, port, path and query; a path fills path and query;
 * `host:port` (CONNECT) fills domain and port; `*` is a path; any other text stays as it is in `url.original`. False for an empty target.
 */
export function putUri(draft: Draft, target: string): boolean {
  if (target === '') return false
  const url = (draft.url ??= {})
  const scheme = SCHEME.exec(target)
  if (!scheme) {
    // a path begins with a slash (RFC 9112, 3.2): `sip:a@example.com` and `example.com/a` are none
    const first = target.charCodeAt(0)
    if (first === 47 || first === 63 || target === '*') putPath(url, target)
    else url.original = target
    return true
  }
  url.scheme = scheme[1]!.toLowerCase()
  const rest = target.slice(scheme[0].length)
  const end = rest.search(/[/?#]/)
  const authority = end === -1 ? rest : rest.slice(0, end)
  const parts = splitHostPort(authority.slice(authority.lastIndexOf('@') + 1))
  if (parts && parts.host !== '') {
    url.domain = parts.host
    if (parts.port) url.port = parts.port
  }
  if (end !== -1) putPath(url, rest.slice(end))
  url.path ??= '/'
  return true
}

const METHOD = /^[A-Za-z][A-Za-z_-]{0,31}$/

/**
 * Puts `METHOD target HTTP/x` on the draft. A line that is no request (a scanner's bytes, a TLS hello sent to a plain port,
 * an empty request) keeps its text in `url.original`; that is no refusal, since the server did log a request.
 */
export function putRequestLine(draft: Draft, line: string): boolean {
  if (line === '' || line === '-') return true
  const first = line.indexOf(' ')
  const method = first === -1 ? line : line.slice(0, first)
  if (first === -1 || !METHOD.test(method)) {
    ;(draft.url ??= {}).original = line
    return true
  }
  const last = line.lastIndexOf(' ')
  const version = last > first ? toHttpVersion(line.slice(last + 1)) : undefined
  const target = line.slice(first + 1, version === undefined ? line.length : last)
  const http = (draft.http ??= {})
  ;(http.request ??= {}).method = method.toUpperCase()
  if (version !== undefined) http.version = version as NonNullable<typeof http.version>
  if (method.toUpperCase() === 'CONNECT') {
    const parts = splitHostPort(target)
    if (parts) {
      const url = (draft.url ??= {})
      url.domain = parts.host
      if (parts.port) url.port = parts.port
    }
    return true
  }
  putUri(draft, target)
  return true
}
