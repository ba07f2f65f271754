/** Request targets: URLs, paths with queries, and whole request lines. */
import { splitHostPort } from '../address.js'
import type { Draft } from './parser.js'
import { toHttpVersion } from './versions.js'

const LONGEST_SCHEME = 31
const [COLON, SPACE] = [58, 32]

/** How long the scheme of an absolute URL is, 0 for a target without one. Read letter by letter: a pattern and what it finds cost five times that. */
function schemeLength(target: string): number {
  for (let at = 0; at <= LONGEST_SCHEME; at++) {
    const code = target.charCodeAt(at)
    if (code === COLON) return target.startsWith('//', at + 1) ? at : 0
    const isLetter = (code | 32) >= 97 && (code | 32) <= 122
    if (!isLetter && (at === 0 || !((code >= 48 && code <= 57) || code === 43 || code === 45 || code === 46))) return 0
  }
  return 0
}

/** Where an authority ends: at the path, the query or the fragment, or with the text. */
function authorityEnd(target: string, from: number): number {
  let at = from
  for (; at < target.length; at++) {
    const code = target.charCodeAt(at)
    if (code === 47 || code === 63 || code === 35) break
  }
  return at
}

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
  const scheme = schemeLength(target)
  if (scheme === 0) {
    // a path begins with a slash (RFC 9112, 3.2): `sip:a@example.com` and `example.com/a` are none
    const first = target.charCodeAt(0)
    if (first === 47 || first === 63 || target === '*') putPath(url, target)
    else url.original = target
    return true
  }
  url.scheme = target.slice(0, scheme).toLowerCase()
  const end = authorityEnd(target, scheme + 3)
  const authority = target.slice(scheme + 3, end)
  const parts = splitHostPort(authority.includes('@') ? authority.slice(authority.lastIndexOf('@') + 1) : authority)
  if (parts && parts.host !== '') {
    url.domain = parts.host
    if (parts.port) url.port = parts.port
  }
  if (end < target.length) putPath(url, target.slice(end))
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
  let last = line.length - 1
  while (line.charCodeAt(last) !== SPACE) last-- // there is one; V8 looks for the last of a text outside of its own code
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
