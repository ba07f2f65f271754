/** The line that Squid and Traffic Server share: `time elapsed client tag/status bytes method URL user hierarchy/peer type`. */
import { canonicalIp } from '../../address.js'
import { skip, type Skip } from '../parser.js'

/** The parts of a line, as printed. */
export interface SquidLine {
  readonly time: string
  readonly elapsed: string
  /** Blanks stood before the elapsed time, or it is wide enough to need none. */
  readonly padded: boolean
  readonly client: string
  readonly tag: string
  readonly status: string
  readonly bytes: string
  readonly method: string
  readonly url: string
  readonly user: string
  readonly hierarchy: string
  /** Peer or origin; an empty text where there was none. */
  readonly peer: string
  readonly type: string
}

const SPACE = 32
/** Squid pads the elapsed time to this width. */
const WIDTH = 6

const isDigits = (text: string, from: number, to: number): boolean => {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) return false
  }
  return to > from
}

/** Seconds since 1970, with or without a fraction. */
function isTime(text: string): boolean {
  const dot = text.indexOf('.')
  const whole = dot === -1 ? text.length : dot
  return whole >= 9 && whole <= 11 && isDigits(text, 0, whole) && (dot === -1 || (text.length - dot <= 7 && isDigits(text, dot + 1, text.length)))
}

/** `DIRECT/198.51.100.10`: capitals, digits and underscores before a slash. */
function isHierarchy(token: string): boolean {
  const slash = token.indexOf('/')
  if (slash < 3) return false
  for (let at = 0; at < slash; at++) {
    const code = token.charCodeAt(at)
    if (!((code >= 65 && code <= 90) || code === 95 || (at > 0 && code >= 48 && code <= 57))) return false
  }
  return true
}

interface Rest { readonly url: string, readonly user: string, readonly hierarchy: string, readonly type: string }

/** URL, user, hierarchy and type from `from` on. A URL may hold blanks: where the third word is no hierarchy, one is looked for. */
function restOf(text: string, from: number): Rest | undefined {
  const urlEnd = text.indexOf(' ', from)
  const userEnd = urlEnd === -1 ? -1 : text.indexOf(' ', urlEnd + 1)
  if (userEnd === -1) return undefined
  const routeEnd = text.indexOf(' ', userEnd + 1)
  const hierarchy = text.slice(userEnd + 1, routeEnd === -1 ? text.length : routeEnd)
  if (!isHierarchy(hierarchy)) return restOfWords(text.slice(from).split(' ').filter(word => word !== ''))
  const typeEnd = routeEnd === -1 ? -1 : text.indexOf(' ', routeEnd + 1)
  const type = routeEnd === -1 ? '' : text.slice(routeEnd + 1, typeEnd === -1 ? text.length : typeEnd)
  return { url: text.slice(from, urlEnd), user: text.slice(urlEnd + 1, userEnd), hierarchy, type }
}

function restOfWords(words: readonly string[]): Rest | undefined {
  for (let at = 2; at < words.length; at++) {
    if (isHierarchy(words[at]!)) return { url: words.slice(0, at - 1).join(' '), user: words[at - 1]!, hierarchy: words[at]!, type: words[at + 1] ?? '' }
  }
  return undefined
}

/** A whole number with an optional sign. */
function isWhole(text: string): boolean {
  return isDigits(text, text.charCodeAt(0) === 45 ? 1 : 0, text.length)
}

/** Cuts a line; columns that somebody appended are left out. */
export function readSquidLine(text: string): SquidLine | Skip {
  let start = 0
  while (text.charCodeAt(start) === SPACE) start++
  const cells: string[] = []
  let at = start
  let elapsedAt = 0
  while (cells.length < 6) {
    const end = text.indexOf(' ', at)
    if (end === -1) break
    if (cells.length === 1) elapsedAt = at
    if (end > at) cells.push(text.slice(at, end))
    at = end + 1
  }
  const [time = '', elapsed = '', client = '', result = '', bytes = '', method = ''] = cells
  if (time === '') return text.trim() === '' ? skip('blank') : skip('not-this-format')
  if (!isTime(time)) return skip('not-this-format', 'does not begin with seconds since 1970')
  const slash = result.indexOf('/')
  if (cells.length < 6) return skip('incomplete')
  if (!isWhole(elapsed) || slash < 1 || !isDigits(result, slash + 1, result.length) || !isWhole(bytes)) return skip('not-this-format', 'elapsed time, tag or bytes')
  if (client !== '-' && canonicalIp(client) === undefined && !/^[\w.:-]+$/.test(client)) return skip('not-this-format', 'client')
  const rest = restOf(text, at)
  if (!rest) return skip('incomplete', 'no hierarchy')
  const peerAt = rest.hierarchy.indexOf('/')
  const peer = rest.hierarchy.slice(peerAt + 1)
  return {
    time, elapsed, client, bytes, method, url: rest.url, user: rest.user, type: rest.type,
    padded: elapsed.length >= WIDTH || text.charCodeAt(elapsedAt) === SPACE || text.charCodeAt(elapsedAt - 2) === SPACE,
    tag: result.slice(0, slash), status: result.slice(slash + 1),
    hierarchy: rest.hierarchy.slice(0, peerAt), peer: peer === '-' || peer === '0' ? '' : peer,
  }
}

/** True where the elapsed time is shorter than Squid would print it: no blanks stand before it. */
export function isUnpadded({ padded, elapsed }: SquidLine): boolean {
  return !padded && elapsed.length < WIDTH
}

/** Cuts `host:port` where a URL or peer has one; the host may be an IPv6 address, in brackets or not. */
export function peerOf(text: string): { ip?: string, name?: string, port?: number } {
  if (text === '') return {}
  if (canonicalIp(text) !== undefined) return { ip: text }
  const colon = text.lastIndexOf(':')
  const port = colon === -1 ? 0 : Number(text.slice(colon + 1))
  const host = port > 0 && port < 65536 ? text.slice(0, colon) : text
  const where = canonicalIp(host) === undefined ? { name: host } : { ip: host }
  return port > 0 && port < 65536 ? { ...where, port } : where
}

