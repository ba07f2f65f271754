/**
 * The grammar of dnsmasq's query log, which Pi-hole's FTL shares. It is that of `_log_query()` in dnsmasq's cache.c:
 * `[UDP |TCP ][SERIAL [IP/PORT ]]SOURCE NAME VERB DEST[ EXTRA]`.
 */
import { readIso, readSyslog, type LocalStamp, type Stamp } from '../time.js'
import type { Outer } from '../parser.js'

/** What a line tells: a question, where it was sent, a piece of the answer, a piece of the resolver's own work, nothing of a query, or a line that ends too early. */
export type DnsmasqKind = 'query' | 'forwarded' | 'answer' | 'validation' | 'internal' | 'other' | 'broken'

/** A line's body, cut. */
export interface DnsmasqBody {
  kind: DnsmasqKind
  /** With `log-queries=extra` or `proto`: the serial number (`*` in old releases), the client's address and port, the transport. */
  serial?: string
  client?: string
  port?: number
  transport?: 'udp' | 'tcp'
  /** `reply`, `cached`, `config` …, a hosts file's path, or the words with which Pi-hole says why it blocked. */
  source: string
  /** Type in brackets, of questions. */
  type?: string
  name: string
  value: string
  /** The text in `(EDE: …)`. */
  ede?: string
}

/** A line's prefix, cut. `sub` is true for the lines of dnsmasq's other parts (`dnsmasq-dhcp`). */
export interface DnsmasqPrefix { readonly stamp: Stamp | LocalStamp | undefined, readonly pid: string, readonly sub: boolean, readonly body: string }

const NAME = 'dnsmasq'

/** Takes off `Nov 22 07:47:26 dnsmasq[14208]: `, whose stamp and pid may be missing; undefined for another program's line. */
export function cutDnsmasq(text: string, outer?: Outer): DnsmasqPrefix | undefined {
  const at = text.startsWith(NAME, 16) ? 16 : text.indexOf(NAME)
  if (at === -1 || at > 40) return fromOuter(text, outer)
  const stampText = text.slice(0, at).trimEnd()
  const stamp = stampText === '' ? undefined : readSyslog(stampText) ?? readIso(stampText)
  if (stampText !== '' && !stamp) return fromOuter(text, outer)
  let end = at + NAME.length
  const sub = text.charCodeAt(end) === 45
  if (sub) while (isTagLetter(text.charCodeAt(end))) end++
  let pid = ''
  if (text.charCodeAt(end) === 91) {
    const close = text.indexOf(']', end)
    if (close === -1 || close - end > 12) return undefined
    pid = text.slice(end + 1, close)
    end = close + 1
  }
  return text.startsWith(': ', end) ? { stamp, pid, sub, body: text.slice(end + 2) } : fromOuter(text, outer)
}

const isTagLetter = (code: number): boolean => code === 45 || (code >= 97 && code <= 122)

function fromOuter(text: string, outer: Outer | undefined): DnsmasqPrefix | undefined {
  if (outer?.program === undefined || !outer.program.startsWith(NAME)) return undefined
  return { stamp: undefined, pid: outer.pid === undefined ? '' : String(outer.pid), sub: outer.program !== NAME, body: text }
}

/** The words that Pi-hole writes in the place of a hosts file's path; the longer first where one begins another. */
const BLOCKED = [
  'gravity blocked (CNAME)', 'gravity blocked', 'exactly denied (CNAME)', 'exactly denied', 'regex denied (CNAME)', 'regex denied',
  'exactly blacklisted (CNAME)', 'exactly blacklisted', 'regex blacklisted (CNAME)', 'regex blacklisted', 'special domain',
  'blocked upstream with known address (IPv4)', 'blocked upstream with known address (IPv6)', 'blocked upstream with known address',
  'blocked upstream with NULL address', 'blocked upstream with NXRA address', 'blocked upstream with NXDOMAIN + no RA', 'blocked upstream with EDE15',
  'blocked upstream with 0.0.0.0', 'blocked upstream with ::', 'Pi-hole hostname',
]
const BLOCKED_INITIALS = new Set(BLOCKED.map(words => words.charCodeAt(0)))

const BLOCKED_WORDS: ReadonlySet<string> = new Set(BLOCKED)

/** True for a source that is one of Pi-hole's reasons. */
export function isPiholeSource(source: string): boolean { return BLOCKED_WORDS.has(source) }

/** Pi-hole's reason at the beginning of a text, or undefined. */
function blockedWords(text: string): string | undefined {
  return BLOCKED_INITIALS.has(text.charCodeAt(0)) ? BLOCKED.find(words => text.startsWith(words) && text.charCodeAt(words.length) === 32) : undefined
}

/** Cuts `15 198.51.100.7/35369 ` (and `UDP ` before it) off; gives where the rest begins. */
function cutExtra(text: string, body: DnsmasqBody): number {
  let at = 0
  if (text.startsWith('UDP ') || text.startsWith('TCP ')) {
    body.transport = text.charCodeAt(0) === 85 ? 'udp' : 'tcp'
    at = 4
  }
  const blank = text.indexOf(' ', at)
  const serial = text.slice(at, blank)
  if (blank === -1 || serial.length > 10 || (serial !== '*' && !/^\d+$/.test(serial))) return 0
  body.serial = serial
  const next = text.indexOf(' ', blank + 1)
  const slash = next === -1 ? -1 : text.lastIndexOf('/', next)
  // a hosts file's path begins with its slash
  if (slash > blank + 1 && /^\d{1,5}$/.test(text.slice(slash + 1, next))) {
    body.client = text.slice(blank + 1, slash)
    body.port = Number(text.slice(slash + 1, next))
    return next + 1
  }
  return blank + 1
}

const SOURCES = ['reply', 'cached', 'cached-stale', 'config', 'auth', 'DHCP'] as const
const INTERNAL = ['dnssec-query[', 'dnssec-retry[', 'ipset add ', 'nftset add ', 'non-query opcode ']

/** Cuts a body. Every line of dnsmasq has one; those that tell nothing of a query are `other`. */
export function readDnsmasqBody(text: string): DnsmasqBody {
  const body: DnsmasqBody = { kind: 'other', source: '', name: '', value: '' }
  const at = cutExtra(text, body)
  const rest = at === 0 ? text : text.slice(at)
  if (rest.startsWith('query[') || rest.startsWith('auth[')) readQuestion(rest, body)
  else if (rest.startsWith('forwarded ')) readSplit(rest, 'forwarded', ' to ', 'forwarded', body)
  else if (rest.startsWith('validation ')) readSplit(rest, 'validation', ' is ', 'validation', body)
  else if (INTERNAL.some(word => rest.startsWith(word))) body.kind = 'internal'
  else readAnswer(rest, body)
  // a serial stands only before the lines of a query
  if (body.kind === 'other' && body.serial !== undefined) body.kind = 'broken'
  return body
}

/** Names are printed raw, so a question is read from the right: `query[A] a b.example.com from 198.51.100.7`. */
function readQuestion(rest: string, body: DnsmasqBody): void {
  const close = rest.indexOf('] ')
  const from = rest.lastIndexOf(' from ')
  body.kind = 'broken'
  body.source = 'query'
  if (close === -1 || from <= close || from + 6 >= rest.length) return
  body.kind = 'query'
  const type = rest.slice(rest.indexOf('[') + 1, close)
  body.type = type.startsWith('type=') ? `TYPE${type.slice(5)}` : type
  body.name = rest.slice(close + 2, from)
  body.value = rest.slice(from + 6)
}

function readSplit(rest: string, source: string, verb: string, kind: DnsmasqKind, body: DnsmasqBody): void {
  const at = rest.indexOf(verb, source.length)
  body.kind = at === -1 || at + verb.length >= rest.length ? 'broken' : kind
  body.source = source
  if (body.kind === 'broken') return
  // `reply is truncated` has no name at all
  body.name = at === source.length ? '' : rest.slice(source.length + 1, at)
  body.value = rest.slice(at + verb.length)
  if (body.value.endsWith(')')) cutRemark(body)
}

/** Takes ` (EDE: text)` and ` (DNSSEC signed)` off a value. */
function cutRemark(body: DnsmasqBody): void {
  const { value } = body
  const open = value.lastIndexOf(' (')
  if (open === -1) return
  const remark = value.slice(open + 2, -1)
  if (remark !== 'DNSSEC signed' && !remark.startsWith('EDE: ')) return
  body.value = value.slice(0, open)
  if (remark.startsWith('EDE: ')) body.ede = remark.slice(5)
}

function readAnswer(rest: string, body: DnsmasqBody): void {
  for (const source of SOURCES) {
    if (rest.startsWith(source) && rest.charCodeAt(source.length) === 32) return readSplit(rest, source, ' is ', 'answer', body)
  }
  const blocked = blockedWords(rest)
  if (blocked !== undefined) return readSplit(rest, blocked, ' is ', 'answer', body)
  // `/etc/hosts box.lan is 192.0.2.80`: the path may hold blanks, the name and the value do not
  if (rest.charCodeAt(0) !== 47 && !rest.startsWith('<unknown> ')) return
  const is = rest.lastIndexOf(' is ')
  const blank = is === -1 ? -1 : rest.lastIndexOf(' ', is - 1)
  if (blank > 0) readSplit(rest, rest.slice(0, blank), ' is ', 'answer', body)
}

const EDE_TEXTS = [
  'other', 'unsupported DNSKEY algorithm', 'unsupported DS digest', 'stale answer', 'forged', 'DNSSEC indeterminate', 'DNSSEC bogus', 'DNSSEC signature expired',
  'DNSSEC sig not yet valid', 'DNSKEY missing', 'RRSIG missing', 'no zone key bit set', 'NSEC(3) missing', 'cached error', 'not ready', 'blocked', 'censored', 'filtered',
  'prohibited', 'stale NXDOMAIN', 'not authoritative', 'not supported', 'no reachable authority', 'network error', 'invalid data', 'signature expired before valid',
  'too early', 'unsupported NSEC3 iterations value', 'uanble to conform to policy', 'synthesized',
]

/** The RFC 8914 code for dnsmasq's words. */
export function edeCode(text: string): number | undefined {
  const code = EDE_TEXTS.indexOf(text)
  return code === -1 ? undefined : code
}
