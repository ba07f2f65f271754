/**
 * The Common Log Format head that nginx, Apache, LiteSpeed and many others share: `[vhost ]client ident user [time] "request" status bytes`.
 * What stands behind the bytes differs by server and is read by `clf-tail.ts`.
 */
import { canonicalIp, splitHostPort } from '../../address.js'
import { isEscaped } from './escapes.js'

/** The parts of a line, as printed; `-` is not yet taken for "none". */
export interface ClfLine {
  readonly vhost: string | undefined
  readonly client: string
  /** The client stood with its port (`192.0.2.1:51514`). */
  readonly clientPort: number | undefined
  /** A list of forwarded addresses stood in the client's place. */
  readonly forwarded: string | undefined
  readonly ident: string
  readonly time: string
  readonly request: string
  readonly status: string
  readonly bytes: string
  /** Where the rest begins; the line's length where there is none. */
  readonly tail: number
}

const SPACE = 32
const DASH = 45
const SLASH = 47

const isDigit = (code: number): boolean => code >= 48 && code <= 57

/** Where the bracket before the date is: what stands before it may hold brackets of its own. */
function dateBracket(text: string): number {
  let at = text.indexOf('[')
  for (let tries = 0; at !== -1 && tries < 6; tries++) {
    if (isDigit(text.charCodeAt(at + 1)) && (text.charCodeAt(at + 3) === SLASH || text.charCodeAt(at + 2) === SLASH)) return at
    at = text.indexOf('[', at + 1)
  }
  return -1
}

/** Where the status begins behind the request that starts at `from`: behind the first quote that ` 200 ` (or ` - `) follows. */
function statusAt(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    if (text.charCodeAt(quote + 1) !== SPACE) continue
    const at = quote + 2
    const first = text.charCodeAt(at)
    const length = isDigit(first) && isDigit(text.charCodeAt(at + 1)) && isDigit(text.charCodeAt(at + 2)) ? 3 : first === DASH ? 1 : 0
    if (length === 0 || text.charCodeAt(at + length) !== SPACE || isEscaped(text, quote)) continue
    return at
  }
  return -1
}

const isClient = (token: string): boolean => token === '-' || canonicalIp(token) !== undefined || canonicalIp(splitHostPort(token)?.host ?? '') !== undefined

/** A host name, with or without a port. */
const NAME = /^[\w*-][\w.*-]{0,252}(?::\d{1,5})?$/

/** What stands before the date; one object a file would do, but lines are cut by several readers in turn. */
interface Who { vhost: string | undefined, client: string, clientPort: number | undefined, forwarded: string | undefined, ident: string }

/** A client with or without its port. */
function who(vhost: string | undefined, token: string, ident: string): Who {
  if (token.includes(':') && canonicalIp(token) === undefined) {
    const parts = splitHostPort(token)
    if (parts && canonicalIp(parts.host) !== undefined) return { vhost, client: parts.host, clientPort: parts.port || undefined, forwarded: undefined, ident }
  }
  return { vhost, client: token, clientPort: undefined, forwarded: undefined, ident }
}

/** `[vhost ]a, b, c[ client] - user`: the forwarded list, which may be followed by the proxy that brought it. */
function listed(tokens: readonly string[]): Who | undefined {
  const from = tokens[0]!.endsWith(',') ? 0 : 1
  if (from === 1 && !NAME.test(tokens[0]!) && !isClient(tokens[0]!)) return undefined
  let at = from
  while (tokens[at]?.endsWith(',')) at++
  if (tokens.length - at < 3 || !isClient(tokens[at]!)) return undefined
  const vhost = from === 1 ? tokens[0] : undefined
  const forwarded = tokens.slice(from, at + 1).join(' ')
  const proxy = tokens[at + 1]!
  if (tokens.length - at === 4 && proxy !== '-' && isClient(proxy)) return { ...who(vhost, proxy, tokens[at + 2]!), forwarded }
  return { vhost, client: '-', clientPort: undefined, forwarded, ident: proxy }
}

/** `client - user`, behind a virtual host in some formats; a forwarded list (`a, b - -`) may stand in the client's place. */
function whoOf(prefix: string): Who | undefined {
  const first = prefix.indexOf(' ')
  if (first === prefix.length - 4 && prefix.endsWith(' - -')) return who(undefined, prefix.slice(0, first), '-')
  const tokens = prefix.split(' ').filter(token => token !== '')
  if (tokens[0]?.endsWith(',') || tokens[1]?.endsWith(',')) return listed(tokens)
  const [one = '', two = '', three = ''] = tokens
  // only an address is sure to be a client where the two columns behind it are missing
  if (tokens.length < 3) return tokens.length > 0 && one !== '-' && isClient(one) ? who(undefined, one, '-') : undefined
  // two addresses are one column more than the format has: with a port the first is a virtual host, else any of the two may be the proxy's
  if (isClient(one)) return tokens.length !== 4 || two === '-' || !isClient(two) ? who(undefined, one, two) : canonicalIp(one) === undefined ? who(one, two, three) : who(undefined, '-', three)
  if (!NAME.test(one)) return undefined
  // a name may be the virtual host before the client, or a client whose name was looked up; before anything else it is an envelope's
  if (tokens.length > 3 && isClient(two) && two !== '-') return who(one, two, three)
  return tokens.length === 3 || two === '-' ? who(undefined, one, two) : undefined
}

/** Cuts a line; undefined for what is no Common Log Format line. */
export function readClf(text: string): ClfLine | undefined {
  const open = dateBracket(text)
  if (open < 1 || text.charCodeAt(open - 1) !== SPACE) return undefined
  const close = text.indexOf(']', open)
  if (close === -1 || close - open > 40 || text.charCodeAt(close + 1) !== SPACE || text.charCodeAt(close + 2) !== 34) return undefined
  const at = statusAt(text, close + 3)
  if (at === -1) return undefined
  const before = whoOf(text.slice(0, open - 1))
  if (!before) return undefined
  const statusEnd = text.indexOf(' ', at)
  let end = statusEnd + 1
  if (text.charCodeAt(end) === DASH) end++
  else while (isDigit(text.charCodeAt(end))) end++
  if (end === statusEnd + 1 || (end < text.length && text.charCodeAt(end) !== SPACE)) return undefined
  const { vhost, client, clientPort, forwarded, ident } = before
  return {
    vhost, client, clientPort, forwarded, ident,
    time: text.slice(open + 1, close), request: text.slice(close + 3, at - 2), status: text.slice(at, statusEnd), bytes: text.slice(statusEnd + 1, end), tail: end,
  }
}
