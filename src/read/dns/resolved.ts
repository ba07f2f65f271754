/** systemd-resolved's debug log: the lines of one transaction, from firing to completion, are one event. */
import type { ErrorType } from '../../schema/error-types.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer } from '../parser.js'
import { completed, endAt, WaitingList, type Waiting } from './pairing.js'

const PROGRAM = 'systemd-resolved'
const FIRE = /^(?:Firing regular transaction|Regular transaction|Transaction|Excercising transaction|Exercising transaction) (\d{1,5}) for <(.+) ([A-Z0-9]+) ([A-Z0-9-]+)>(?: on)? scope ([a-z]+) on (\S+?)(?: \(validate=\S+\))?\.$/
const DONE = /^(?:Regular transaction|Transaction) (\d{1,5}) for <(.+) ([A-Z0-9]+) ([A-Z0-9-]+)> on scope ([a-z]+) on (\S+) now complete with <?([a-z-]+)>? from (\S+)(?: \((.*)\))?\.?$/
const PROCESSING = /^Processing incoming packet (?:of size \d+ )?on transaction (\d{1,5})\.?(?: \(rcode=([A-Z0-9]+)\)\.?)?$/
const SERVER = /^Using DNS server (\S+?)(?:#\S+)?(?: \(.*\))? for transaction (\d{1,5})\.$/
const LEVEL = /^Using feature level (\S+) for transaction (\d{1,5})\.$/
const TTL = /^Added positive .*cache entry for (.+) ([A-Z]+) ([A-Z0-9-]+) (\d+)s on /
const HIT = /^(Positive|NXDOMAIN|NODATA) cache hit for (.+) ([A-Z]+) ([A-Z0-9-]+)$/
const STUB = /^(?:Got DNS stub UDP query packet for id \d+|Looking up RR for .+|Cache miss for .+|Sending (?:query|response) packet with id \d+.*|Following CNAME\/DNAME .+)$/

/** The line without the program's name, which some wrappers leave on it. */
function bodyOf(text: string): string {
  if (!text.startsWith(PROGRAM)) return text
  const colon = text.indexOf(': ')
  return colon === -1 || colon > 40 ? text : text.slice(colon + 2)
}

/** True for the lines that only this program writes. */
export function isResolvedLine(text: string): boolean {
  const body = bodyOf(text)
  return FIRE.test(body) || DONE.test(body) || PROCESSING.test(body) || HIT.test(body) || STUB.test(body) || LEVEL.test(body)
}

/** True for the lines that begin or end a transaction. */
export function isTransactionLine(text: string): boolean {
  const body = bodyOf(text)
  return FIRE.test(body) || DONE.test(body)
}

const FAILURES: Readonly<Record<string, ErrorType>> = {
  timeout: 'dns_timeout', 'attempts-max-reached': 'dns_timeout', 'no-servers': 'destination_unavailable', 'network-down': 'destination_unavailable', 'no-source': 'destination_unavailable',
  'dnssec-failed': 'dns_error', 'no-trust-anchor': 'dns_error', 'invalid-reply': 'dns_error', 'rr-type-unsupported': 'dns_error', errno: 'dns_error', aborted: 'dns_error', 'stub-loop': 'proxy_loop_detected', 'not-found': 'destination_not_found',
}

interface Transaction { readonly draft: Draft, readonly id: string }

class ResolvedReader implements LineReader {
  private readonly open = new WaitingList<Transaction>(120_000, 5000)
  /** The transaction whose packet is being taken in; lines about the cache name none. */
  private current: Transaction | undefined
  private hit = { name: '', type: '', kind: '' }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const body = bodyOf(text)
    const lapsed = this.open.lapsed(outer?.ms ?? 0).map(transaction => transaction.draft)
    const result = this.read(body, number, outer)
    if (typeof result === 'object' && 'drafts' in result) return lapsed.length === 0 ? result : { drafts: [...lapsed, ...result.drafts], self: result.self }
    if (result === undefined) return completed(lapsed, this.other(body, text, outer))
    return completed(lapsed, result)
  }

  end(): readonly Draft[] { return this.open.drain().map(transaction => transaction.draft) }

  private other(body: string, text: string, outer: Outer | undefined): ReturnType<typeof skip> {
    const ours = outer?.program === PROGRAM || text.startsWith(PROGRAM) || STUB.test(body) || /^[A-Z][a-z].*[.)]$/.test(body) || HIT.test(body)
    return ours && (outer?.program ?? PROGRAM) === PROGRAM ? skip('not-an-event') : skip('not-this-format')
  }

  private read(body: string, number: number, outer: Outer | undefined): Draft | typeof HELD | typeof MERGED | { drafts: readonly Draft[], self: typeof MERGED } | undefined {
    const done = DONE.exec(body)
    if (done) return this.complete(done, outer)
    const fired = FIRE.exec(body)
    if (fired) return this.fire(fired, number, outer)
    const packet = PROCESSING.exec(body)
    if (packet) return this.packet(packet)
    const server = SERVER.exec(body)
    if (server) return this.on(server[2]!, dns => { dns.upstream = server[1] })
    const level = LEVEL.exec(body)
    if (level) return this.on(level[2]!, (_, draft) => { draft.network = { transport: level[1]!.startsWith('UDP') ? 'udp' : 'tcp' } })
    const ttl = TTL.exec(body)
    if (ttl && this.current) {
      const dns = this.current.draft.dns!
      dns.min_ttl_s = Math.min(dns.min_ttl_s ?? Number.MAX_SAFE_INTEGER, Number(ttl[4]))
      return MERGED
    }
    const hit = HIT.exec(body)
    if (hit) this.hit = { kind: hit[1]!, name: hit[2]!, type: hit[4]! }
    return undefined
  }

  private on(id: string, put: (dns: NonNullable<Draft['dns']>, draft: Draft) => void): typeof MERGED | undefined {
    const transaction = this.open.last(id)?.value
    if (!transaction) return undefined
    put(transaction.draft.dns!, transaction.draft)
    return MERGED
  }

  private fire([, id, name, dnsClass, type]: RegExpExecArray, number: number, outer: Outer | undefined): typeof HELD | typeof MERGED {
    // a transaction may be fired again, over TCP or at another feature level
    if (this.open.last(id!)?.value.draft.dns?.question?.name === name) return MERGED
    const draft: Draft = {
      type: 'dns.query', line: number, dns: { id, question: { name, type, class: dnsClass } },
      ...(outer?.ms === undefined ? {} : { ts_ms: outer.ms, ts_basis: 'start' as const, ts_res_ms: outer.res_ms ?? 1 }),
    }
    this.open.add(id!, { draft, id: id! }, outer?.ms ?? 0)
    return HELD
  }

  private packet([, id, rcode]: RegExpExecArray): typeof MERGED | undefined {
    this.current = this.open.last(id!)?.value
    if (!this.current) return undefined
    if (rcode !== undefined) this.current.draft.dns!.response_code = rcode === 'SUCCESS' ? 'NOERROR' : rcode
    return MERGED
  }

  private complete([, id, name, dnsClass, type, , , state, source]: RegExpExecArray, outer: Outer | undefined): Draft | { drafts: readonly Draft[], self: typeof MERGED } {
    const entry: Waiting<Transaction> | undefined = this.open.last(id!)
    const draft: Draft = entry?.value.draft ?? { type: 'dns.response', dns: { id, question: { name, type, class: dnsClass } } }
    if (!entry && outer?.ms !== undefined) Object.assign(draft, { ts_ms: outer.ms, ts_basis: 'end', ts_res_ms: outer.res_ms ?? 1 })
    const dns = draft.dns!
    draft.type = 'dns.response'
    if (source === 'network') dns.answered_from = 'upstream'
    else if (source === 'cache') dns.answered_from = 'cache'
    else if (source === 'zone') dns.answered_from = 'config'
    if (state === 'success') dns.response_code = 'NOERROR'
    else if (state === 'rcode-failure') dns.response_code ??= this.hit.kind === 'NXDOMAIN' && this.hit.name === name ? 'NXDOMAIN' : undefined
    else draft.error = { type: FAILURES[state!] ?? 'dns_error', code: state }
    if (this.current?.id === id) this.current = undefined
    if (!entry) return draft
    this.open.remove(entry)
    endAt(draft, outer?.ms)
    return { drafts: [draft], self: MERGED }
  }
}

/** A reader for one log. */
export function openResolved(): LineReader {
  return new ResolvedReader()
}
