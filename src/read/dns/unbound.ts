/** Unbound's log: query lines, reply lines, and what local zones and failures add to them. */
import { canonicalIp } from '../../address.js'
import { MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readEpoch, readIso, readSyslog, round3, type LocalStamp, type Stamp } from '../time.js'
import { momentOf } from './moment.js'
import { endAt, PAIR_WINDOW_MS, QuestionPairs, wallMs } from './pairing.js'

/** `[pid:tid] level: `; through syslog this is all the prefix there is. */
const HEAD = /\[(\d{1,10}:[0-9a-f]{1,10})\] (info|query|reply|notice|warning|error|debug|fatal error): /
/** `<name type class>` in the lines that say why a query failed. */
const FAILED = /^(?:SERVFAIL|validation failure) <(\S+) ([A-Z0-9-]+) ([A-Z0-9]+)>:? ?(.*)$/
const CLASS = /^(?:IN|CH|HS|ANY|NONE|CLASS\d{1,5})$/
/** Failures kept until their reply comes by; a flood of them forgets the older ones. */
const MAX_FAILURES = 2000

/** A line cut into its prefix and what it says. */
export interface UnboundLine { readonly stamp: Stamp | LocalStamp | undefined, readonly thread: string, readonly level: string, readonly body: string }

/** Reads what stands before `[pid:tid]`: a stamp (`[epoch] `, `Nov 22 01:58:17 `, RFC 3339) and `unbound` or what log-identity says; false for anything else. */
function stampOf(prefix: string): Stamp | LocalStamp | undefined | false {
  const blank = prefix.lastIndexOf(' ')
  if (!/^[\w./-]{1,64}$/.test(prefix.slice(blank + 1))) return false
  if (blank === -1) return undefined
  const text = prefix.slice(0, blank)
  const stamp = text.charCodeAt(0) === 91 && text.endsWith(']') ? readEpoch(text.slice(1, -1), 's') : readSyslog(text) ?? readIso(text)
  return stamp ?? false
}

/** Cuts a line of Unbound, or undefined for any other line. */
export function cutUnbound(text: string): UnboundLine | undefined {
  const head = HEAD.exec(text)
  if (!head || head.index > 120) return undefined
  const prefix = text.slice(0, head.index)
  // behind a bare syslog tag there may be a blank
  const stamp = prefix === '' || prefix === 'unbound: ' ? undefined : stampOf(prefix)
  return stamp === false ? undefined : { stamp, thread: head[1]!, level: head[2]!, body: text.slice(head.index + head[0].length) }
}

/** Unbound prints `?` for every byte it does not like, and ends a name it cut in `&` or `#`: such a name is no name. */
function nameOf(word: string): string | undefined {
  return word.includes('?') || word.endsWith('&') || word.endsWith('#') || word === 'null' ? undefined : word
}

const TRANSPORT: Readonly<Record<string, 'tcp' | 'udp' | 'unix'>> = { udp: 'udp', tcp: 'tcp', dot: 'tcp', doh: 'tcp', unix: 'unix' }

type Time = Stamp | undefined

function draftOf(type: 'dns.query' | 'dns.response', words: readonly string[], time: Time, basis: 'start' | 'end'): Draft {
  const client = { ip: words[0] }
  const dns = { question: { name: nameOf(words[1]!), type: words[2], class: words[3] } }
  return time ? { type, ts_ms: time.ms, ts_basis: basis, ts_res_ms: time.res_ms, client, dns } : { type, client, dns }
}

const isSeconds = (word: string): boolean => /^\d{1,9}\.\d{6}$/.test(word)
const isCount = (word: string): boolean => /^\d{1,7}$/.test(word)

/** `IP NAME TYPE CLASS RCODE SECONDS CACHED SIZE[ on PROTO ADDR PORT]`; a FORMERR has dashes for all it does not know. */
function isReply(words: readonly string[]): boolean {
  if (words.length === 12 ? words[8] !== 'on' : words.length !== 8) return false
  const [, name, , , , seconds, cached, size] = words
  return (isSeconds(seconds!) && (cached === '0' || cached === '1') && isCount(size!)) || (name === '-' && seconds === '-')
}

function putReply(draft: Draft, words: readonly string[]): void {
  const dns = draft.dns!
  const [, name, , , rcode, seconds, cached, size, , proto, address, port] = words
  draft.type = 'dns.response'
  dns.response_code = rcode
  if (name === '-') delete dns.question
  else {
    // answers from the cache are not timed: they print 0.000000. A refusal prints the flag too, without a look at the cache.
    if (cached === '0') {
      draft.duration_ms = round3(Number(seconds) * 1000)
      dns.answered_from = 'upstream'
    } else if (rcode !== 'REFUSED') dns.answered_from = 'cache'
    draft.server = { bytes: Number(size) }
  }
  if (proto === undefined) return
  draft.server = { ...draft.server, ip: canonicalIp(address ?? ''), port: Number(port) || undefined }
  if (proto in TRANSPORT) draft.network = { transport: TRANSPORT[proto] }
}

/** True where a body is a query or a reply: an address first, then a fixed number of words. */
export function isUnboundExchange(body: string): boolean {
  const words = body.split(' ', 13)
  return (words.length === 4 || words.length === 8 || words.length === 12) && canonicalIp(words[0]!) !== undefined
}

class UnboundReader implements LineReader {
  private readonly pairs = new QuestionPairs()
  private readonly failures = new Map<string, { text: string, now: number }>()
  private inDump = false
  private now = 0

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const cut = cutUnbound(text)
    // at high verbosity a packet is printed over many lines that have no prefix
    if (!cut) return this.inDump && !outer ? skip('not-an-event') : skip('not-this-format', 'no "[pid:thread] level:"')
    this.inDump = cut.body.includes(' packet') || cut.body.includes('->>HEADER<<-')
    const now = cut.stamp === undefined ? outer?.ms ?? 0 : wallMs(cut.stamp)
    this.now = now
    if (cut.level === 'info' || cut.level === 'query' || cut.level === 'reply') {
      const words = cut.body.split(' ', 13)
      if (canonicalIp(words[0]!) !== undefined) return this.exchange(words, cut, now, number, outer)
      if (words.length === 6 && words[2]!.includes('@')) return this.localZone(words, cut, now, number, outer)
    }
    this.noteFailure(cut.body, now)
    return skip('not-an-event')
  }

  end(): readonly Draft[] {
    const open = this.pairs.end()
    for (const draft of open) this.explain(draft, this.now)
    return open
  }

  private exchange(words: readonly string[], cut: UnboundLine, now: number, number: number, outer: Outer | undefined): LineResult {
    const key = `${cut.thread} ${words[0]} ${words[1]} ${words[2]} ${words[3]}`
    if (words.length === 4 && CLASS.test(words[3]!)) {
      const draft = draftOf('dns.query', words, momentOf(this.context, cut.stamp, outer), 'start')
      draft.line = number
      return this.explained(this.pairs.ask(key, draft, now), now)
    }
    if (!isReply(words)) return skip(words.length < 8 ? 'incomplete' : 'malformed', 'query or reply')
    const time = momentOf(this.context, cut.stamp, outer)
    const asked = this.pairs.take(key, now)
    const draft = asked ?? draftOf('dns.response', words, time, 'end')
    putReply(draft, words)
    if (asked && draft.duration_ms === undefined) endAt(draft, time?.ms)
    return this.explained(this.pairs.settle(draft, asked !== undefined, now), now)
  }

  /** `ZONE ACTION IP@PORT NAME TYPE CLASS`: what a local zone did with a query; it comes between query and reply and has the client's port. */
  private localZone(words: readonly string[], cut: UnboundLine, now: number, number: number, outer: Outer | undefined): LineResult {
    const [zone, action, client, name, type, dnsClass] = words as [string, string, string, string, string, string]
    const at = client.lastIndexOf('@')
    const ip = client.slice(0, at)
    const port = Number(client.slice(at + 1)) || undefined
    if (canonicalIp(ip) === undefined) return skip('not-an-event')
    const key = `${cut.thread} ${ip} ${name} ${type} ${dnsClass}`
    const facts = { labels: { policy: action, policy_zone: zone.replace(/\.$/, '') || '.' } }
    const waiting = this.pairs.newest(key)
    if (waiting) {
      waiting.client = { ip, port }
      Object.assign(waiting, facts)
      return MERGED
    }
    const draft: Draft = { ...draftOf('dns.query', [ip, name, type, dnsClass], momentOf(this.context, cut.stamp, outer), 'start'), ...facts, client: { ip, port }, line: number }
    return this.pairs.ask(key, draft, now)
  }

  private noteFailure(body: string, now: number): void {
    const failed = FAILED.exec(body)
    if (!failed) return
    if (this.failures.size >= MAX_FAILURES) this.failures.clear()
    this.failures.set(`${failed[1]} ${failed[2]} ${failed[3]}`.toLowerCase(), { text: failed[4]!, now })
  }

  private explained(result: LineResult, now: number): LineResult {
    if (this.failures.size === 0 || typeof result === 'symbol' || 'skip' in result) return result
    for (const draft of 'drafts' in result ? result.drafts : [result]) this.explain(draft, now)
    return result
  }

  /** Gives a failed or unanswered query the reason that the resolver wrote on a line of its own. */
  private explain(draft: Draft, now: number): void {
    const { question: asked, response_code: rcode } = draft.dns ?? {}
    if (this.failures.size === 0 || asked?.name === undefined || (rcode !== undefined && rcode !== 'SERVFAIL')) return
    const failure = this.failures.get(`${asked.name} ${asked.type} ${asked.class}`.toLowerCase())
    if (!failure || Math.abs(now - failure.now) > 2 * PAIR_WINDOW_MS) return
    draft.error = { type: /\btime-?out\b/i.test(failure.text) ? 'dns_timeout' : 'dns_error', message: failure.text }
  }
}

/** A reader for one log; a query line and its reply line become one event. */
export function openUnbound(context: ParserContext): LineReader {
  return new UnboundReader(context)
}
