/** dnstap messages, whichever way they were written down: what they become, and how a query and its response become one event. */
import { canonicalIp } from '../../address.js'
import { HELD, MERGED, type Draft, type LineResult, type Released, type Skip } from '../parser.js'
import { round3, type Stamp } from '../time.js'
import { WaitingList, type Waiting } from './pairing.js'

/** One end of an exchange. */
export interface TapEnd { readonly ip: string | undefined, readonly port: number | undefined }

/** A message, in the words of dnstap: `query_address` is who asked, `response_address` who was asked. */
export interface TapMessage {
  /** `CLIENT`, `AUTH`, `RESOLVER`, `FORWARDER`, `STUB`, `TOOL`, `UPDATE`. */
  role: string
  isQuery: boolean
  queryTime: Stamp | undefined
  responseTime: Stamp | undefined
  client: TapEnd
  server: TapEnd
  /** `UDP`, `TCP`, `DOT`, `DOH`, `DNSCryptUDP`, `DNSCryptTCP`, `DOQ`. */
  protocol: string | undefined
  bytes: number | undefined
  dns: NonNullable<Draft['dns']>
  /** Time from query to response, where the log states it. */
  latencyMs: number | undefined
  /** Facts that only some logs have. */
  decorate: ((draft: Draft) => void) | undefined
}

/** An empty end of an exchange. */
export const NOBODY: TapEnd = { ip: undefined, port: undefined }

/** A message of a kind, to be filled. */
export function newTapMessage(kind: Pick<TapMessage, 'role' | 'isQuery'>): TapMessage {
  return { role: kind.role, isQuery: kind.isQuery, queryTime: undefined, responseTime: undefined, client: NOBODY, server: NOBODY, protocol: undefined, bytes: undefined, dns: {}, latencyMs: undefined, decorate: undefined }
}

const LETTERS: Readonly<Record<string, string>> = { A: 'AUTH', R: 'RESOLVER', C: 'CLIENT', F: 'FORWARDER', S: 'STUB', T: 'TOOL', U: 'UPDATE' }
const TRANSPORT: Readonly<Record<string, 'tcp' | 'udp' | 'quic'>> = { UDP: 'udp', TCP: 'tcp', DOT: 'tcp', DOH: 'tcp', DNSCRYPTUDP: 'udp', DNSCRYPTTCP: 'tcp', DOQ: 'quic', DOH3: 'quic', TLS: 'tcp', HTTPS: 'tcp' }

interface TapKind { readonly role: string, readonly isQuery: boolean }

const KINDS = new Map<string, TapKind>()
for (const [letter, role] of Object.entries(LETTERS)) {
  for (const isQuery of [true, false]) {
    KINDS.set(letter + (isQuery ? 'Q' : 'R'), { role, isQuery })
    KINDS.set(role + (isQuery ? '_QUERY' : '_RESPONSE'), { role, isQuery })
  }
}

/** `CQ`, `RR` … or `CLIENT_QUERY` … in parts; undefined for any other word. */
export function tapKind(word: string): TapKind | undefined {
  return KINDS.get(word)
}

/** An address that stands for one host; a resolver that does not know its own prints `0.0.0.0` or `::`. */
function hostOf(end: TapEnd): { ip?: string, port?: number, bytes?: number } | undefined {
  const ip = end.ip === undefined ? undefined : canonicalIp(end.ip)
  if (ip === undefined || ip === '0.0.0.0' || ip === '::') return undefined
  return end.port ? { ip, port: end.port } : { ip }
}

/** The queries of a resolver to other servers; not those of a client. */
const isUpstream = (role: string): boolean => role === 'RESOLVER' || role === 'FORWARDER' || role === 'STUB'

function dateOf(draft: Draft, message: TapMessage): void {
  const { queryTime, responseTime, isQuery } = message
  const main = isQuery ? queryTime ?? responseTime : queryTime ?? responseTime
  if (!main) return
  draft.ts_ms = main.ms
  draft.ts_basis = isQuery || queryTime ? 'start' : 'end'
  draft.ts_res_ms = main.res_ms
  if (main.sub_ns) draft.ts_sub_ns = main.sub_ns
  if (!isQuery && queryTime && responseTime && responseTime.ms >= queryTime.ms) draft.duration_ms = durationOf(queryTime, responseTime)
}

function durationOf(from: Stamp, to: Stamp): number | undefined {
  const span = round3(to.ms - from.ms)
  return span >= 2 * Math.max(from.res_ms, to.res_ms) || span > 0 && from.res_ms <= 0.001 ? span : undefined
}

/** A message as an event of its own. */
export function tapDraft(message: TapMessage): Draft {
  const { isQuery, bytes } = message
  const draft: Draft = { type: isQuery ? 'dns.query' : 'dns.response' }
  dateOf(draft, message)
  const client = hostOf(message.client)
  const server = hostOf(message.server)
  if (client) {
    if (isQuery && bytes) client.bytes = bytes
    draft.client = client
  }
  if (server) {
    if (!isQuery && bytes) server.bytes = bytes
    draft.server = server
  }
  const transport = message.protocol === undefined ? undefined : TRANSPORT[message.protocol] ?? TRANSPORT[message.protocol.toUpperCase()]
  if (transport) draft.network = { transport }
  // a dump of a query prints the code that its header has room for
  if (isQuery) message.dns.response_code = undefined
  draft.dns = message.dns
  if (isUpstream(message.role)) draft.labels = { leg: 'origin' }
  if (!isQuery && draft.duration_ms === undefined && message.latencyMs !== undefined) draft.duration_ms = message.latencyMs
  message.decorate?.(draft)
  return draft
}

/** Puts what a response adds on its query's draft. */
function mergeTap(query: Draft, response: Draft, asked: TapMessage, answered: TapMessage): Draft {
  const start = answered.queryTime ?? asked.queryTime
  const end = answered.responseTime
  const ms = (start && end ? durationOf(start, end) : undefined) ?? answered.latencyMs
  query.type = 'dns.response'
  if (query.ts_ms === undefined && response.ts_ms !== undefined) {
    query.ts_ms = response.ts_ms
    query.ts_basis = response.ts_basis
    query.ts_res_ms = response.ts_res_ms
  }
  if (ms !== undefined) query.duration_ms = ms
  else if (end && query.ts_ms !== undefined && end.ms > query.ts_ms) query.ts_end_ms = end.ms
  query.client = query.client && response.client ? Object.assign(response.client, query.client) : query.client ?? response.client
  query.trace ??= response.trace
  query.server = query.server && response.server ? Object.assign(query.server, response.server) : query.server ?? response.server
  query.network ??= response.network
  if (response.labels) query.labels = { ...query.labels, ...response.labels }
  const dns = (query.dns ??= {})
  const subnet = dns.edns_subnet
  Object.assign(dns, response.dns)
  if (subnet !== undefined) dns.edns_subnet = subnet
  return query
}

interface Held { readonly message: TapMessage, draft: Draft }

/** How long a query may wait for its response, and a response for a query that was written later. */
const QUERY_MS = 30_000
const RESPONSE_MS = 2000

/** Drafts that a message completed, and its own line where that turns out to belong to another's event. */
export interface Closed { readonly drafts: readonly Draft[], readonly released: readonly Released[] }

/** What no message completes. */
export const NOTHING: Closed = { drafts: [], released: [] }

/** A line's own fate, after what it closed. */
export function after({ drafts, released }: Closed, self: Skip | typeof HELD | typeof MERGED): LineResult {
  return drafts.length === 0 && released.length === 0 ? self : { drafts, self, released }
}

/** Pairs messages of one source, whose lines are not in time order. */
export class TapPairs {
  private readonly queries = new WaitingList<Held>(QUERY_MS)
  private readonly responses = new WaitingList<Held>(RESPONSE_MS, 2000)
  private now = 0

  /** @param withId false where the log does not print the message's id. */
  constructor(private readonly withId: boolean) {}

  /** Takes a message of a line; gives the drafts that it completed, and what became of the line. */
  put(message: TapMessage, line: number): { drafts: Draft[], self: typeof HELD | typeof MERGED } {
    this.now = Math.max(this.now, (message.isQuery ? message.queryTime : message.responseTime ?? message.queryTime)?.ms ?? 0)
    const drafts = this.lapsed()
    const key = this.keyOf(message)
    const held: Held = { message, draft: tapDraft(message) }
    message.decorate = undefined // it holds the whole of a JSON record, and has been called
    held.draft.line = line
    const partner: Waiting<Held> | undefined = (message.isQuery ? this.responses : this.queries).first(key)
    if (!partner) {
      (message.isQuery ? this.queries : this.responses).add(key, held, this.now)
      return { drafts, self: HELD }
    }
    (message.isQuery ? this.responses : this.queries).remove(partner)
    const [query, response] = message.isQuery ? [held, partner.value] : [partner.value, held]
    const { line: first } = partner.value.draft
    const merged = mergeTap(query.draft, response.draft, query.message, response.message)
    merged.line = first
    drafts.push(merged)
    return { drafts, self: MERGED }
  }

  /** Takes a message whose line is held already. */
  close(message: TapMessage, line: number): Closed {
    const { drafts, self } = this.put(message, line)
    return { drafts, released: self === MERGED ? [{ line, merged: true }] : [] }
  }

  /** Everything that still waits. */
  end(): Draft[] {
    return [...this.queries.drain(), ...this.responses.drain()].map(held => held.draft)
  }

  private lapsed(): Draft[] {
    const queries = this.queries.lapsed(this.now)
    const responses = this.responses.lapsed(this.now)
    return queries.length + responses.length === 0 ? [] : [...queries, ...responses].map(held => held.draft)
  }

  private keyOf({ role, client, server, dns }: TapMessage): string {
    const { question } = dns
    let name = question?.name ?? ''
    if (name.endsWith('.')) name = name.slice(0, -1)
    return `${role} ${client.ip}:${client.port} ${server.ip} ${this.withId ? dns.id : ''} ${name.toLowerCase()} ${question?.type}`
  }
}
