/** What the join knows of an event: its time as an interval, and the values two events may share. */
import { ipFamily } from '../address.js'
import { round3 } from '../read/time.js'
import type { EventType, LogEvent } from '../schema/event.js'
import type { Cluster } from './cluster.js'
import { hashText } from './hash.js'
import { ordinalOf } from './order.js'
import type { FileTraits } from './traits.js'

/** The part an event plays in a join. Only the first five take part; `other` is passed on to detectors alone. */
export type Role = 'request' | 'attempt' | 'tls' | 'dns' | 'connect' | 'note' | 'other'

/** Values of a fact. */
export interface FactValues {
  readonly role: Role
  /** Place in the order ts_ms, file, line; the tie-break of every comparison. */
  readonly order: number
  readonly type: EventType
  readonly dataset: string
  /** Path of its file, its line, and its number among the events of that line, from 1. */
  readonly path: string
  readonly line: number
  readonly ordinal: number
  readonly isDated: boolean
  /** When it begins, epoch ms. */
  readonly start: number
  /** Where the event stands on the join's clock, epoch ms: a DNS event counts from its answer, everything else from its start. */
  readonly at: number
  /** Tick of its clock: the event stands anywhere in [at, at + tick). */
  readonly tick: number
  /** End of what it describes, for overlaps. */
  readonly end: number
  readonly client: string | undefined
  readonly clientPort: number | undefined
  /** The server's address; for DNS every address of the answer. */
  readonly servers: readonly string[]
  /** The join name; for DNS the question and every name on its CNAME chain. */
  readonly names: readonly string[]
  /** 4 or 6 where the address family of the connection (or of the question) is known, else 0. */
  readonly family: 0 | 4 | 6
  readonly leg: 'client' | 'origin'
  /** Can a later step have followed from it: a question for an address, a handshake that was not refused? */
  readonly isCause: boolean
  /** For DNS: does it lead to an address, as far as is known? */
  readonly leadsSomewhere: boolean
  /** For DNS: the smallest TTL of the answer, s. */
  readonly ttlSeconds: number | undefined
  /** For requests: known to have gone without TLS. */
  readonly isPlain: boolean
}

/** The facts of one event. */
export interface Facts extends FactValues {
  order: number
  readonly clientFamily: 0 | 4 | 6
  /** Numbers that stand for the client, the first server and the first name; 0 where there is none. */
  readonly clientHash: number
  readonly serverHash: number
  readonly nameHash: number
  /** An earlier answer may have been in use when this event happened; an earlier handshake, or anything at all, was seen on its connection. */
  isCached: boolean
  isKept: boolean
  isFollowing: boolean
  /** The lines that tell of the same thing, once they are known. */
  cluster: Cluster | undefined
  /** The client's address as the log has it, whatever it goes by in the join. */
  readonly address: string | undefined
  /** The event itself; the join does without it, what is written of it may not. */
  readonly event: LogEvent
  /** The event's id. */
  readonly id: string
  /** The same event with some facts otherwise known. */
  with(changes: Partial<FactValues>): Facts
}

/** The facts of an event that is at hand. One shape, every slot present: the join reads these millions of times. */
export class EventFacts implements Facts {
  readonly role: Role
  order: number
  readonly type: EventType
  readonly dataset: string
  readonly path: string
  readonly line: number
  readonly ordinal: number
  readonly isDated: boolean
  readonly start: number
  readonly at: number
  readonly tick: number
  readonly end: number
  readonly client: string | undefined
  readonly clientFamily: 0 | 4 | 6
  readonly clientPort: number | undefined
  readonly servers: readonly string[]
  readonly names: readonly string[]
  readonly family: 0 | 4 | 6
  readonly leg: 'client' | 'origin'
  readonly isCause: boolean
  readonly leadsSomewhere: boolean
  readonly ttlSeconds: number | undefined
  readonly isPlain: boolean
  readonly clientHash: number
  readonly serverHash: number
  readonly nameHash: number
  isCached = false
  isKept = false
  isFollowing = false
  cluster: Cluster | undefined = undefined

  /** @param source the event, or other facts of it. */
  constructor(values: FactValues, private readonly source: LogEvent | Facts) {
    this.role = values.role
    this.order = values.order
    this.type = values.type
    this.dataset = values.dataset
    this.path = values.path
    this.line = values.line
    this.ordinal = values.ordinal
    this.isDated = values.isDated
    this.start = values.start
    this.at = values.at
    this.tick = values.tick
    this.end = values.end
    this.client = values.client
    this.clientFamily = familyOf(values.client)
    this.clientPort = values.clientPort
    this.servers = values.servers
    this.names = values.names
    this.family = values.family
    this.leg = values.leg
    this.isCause = values.isCause
    this.leadsSomewhere = values.leadsSomewhere
    this.ttlSeconds = values.ttlSeconds
    this.isPlain = values.isPlain
    this.clientHash = values.client === undefined ? 0 : hashText(values.client)
    this.serverHash = values.servers.length === 0 ? 0 : hashText(values.servers[0]!)
    this.nameHash = values.names.length === 0 ? 0 : hashText(values.names[0]!)
  }

  get address(): string | undefined { return 'role' in this.source ? this.source.address : this.source.client?.ip }
  get event(): LogEvent { return 'role' in this.source ? this.source.event : this.source }
  get id(): string { return factsId(this) }
  with(changes: Partial<FactValues>): Facts { return changedFacts(this, changes) }
}

/** The id of the event that facts are of. */
export const factsId = ({ path, line, ordinal }: FactValues): string => ordinal > 1 ? `${path}:${line}.${ordinal}` : `${path}:${line}`

/** Facts of the same event, some otherwise known. */
export function changedFacts(facts: Facts, changes: Partial<FactValues>): Facts {
  const { role, order, type, dataset, path, line, ordinal, isDated, start, at, tick, end, client, clientPort, servers, names, family, leg, isCause, leadsSomewhere, ttlSeconds, isPlain } = facts
  const changed = new EventFacts({ role, order, type, dataset, path, line, ordinal, isDated, start, at, tick, end, client, clientPort, servers, names, family, leg, isCause, leadsSomewhere, ttlSeconds, isPlain, ...changes }, facts)
  changed.isCached = facts.isCached
  changed.isKept = facts.isKept
  changed.isFollowing = facts.isFollowing
  return changed
}

const NONE: readonly string[] = []
const NO_ALIASES: ReadonlyMap<string, string> = new Map()

function roleOf(event: LogEvent): Role {
  switch (event.type) {
    case 'http.request': return event.vantage === 'client' ? 'attempt' : 'request'
    case 'go.module': return event.url?.domain === undefined && event.hostname === undefined ? 'other' : 'attempt'
    case 'tls.handshake': return 'tls'
    case 'dns.query': case 'dns.response': return 'dns'
    case 'net.connect': return 'connect'
    case 'log.line': return event.error !== undefined && event.client?.ip !== undefined && event.hostname !== undefined ? 'note' : 'other'
    default: return 'other'
  }
}

function dnsNames(event: LogEvent): readonly string[] {
  const question = event.dns?.question?.name
  if (question === undefined) return NONE
  const chain = event.dns?.answers?.filter(answer => answer.type === 'CNAME')
  return chain?.length ? [...new Set([question, ...chain.flatMap(answer => answer.name === undefined ? [answer.data] : [answer.name, answer.data])])] : [question]
}

function dnsFamily(event: LogEvent): 0 | 4 | 6 {
  const type = event.dns?.question?.type
  return type === 'A' ? 4 : type === 'AAAA' ? 6 : 0
}

const familyOf = (address: string | undefined): 0 | 4 | 6 => address === undefined ? 0 : ipFamily(address)

/** A request that lasts longer does not hold the join open for later lines about it. */
const LONGEST_SPAN_MS = 300_000

/** Until when lines about the same thing are waited for, epoch ms. */
export const spanEnd = ({ start, at, end }: Facts): number => Math.min(Math.max(at, end), start + LONGEST_SPAN_MS)

/** Can this DNS event have led to a connection? Only questions for addresses; other types never stand for them. */
export function asksForAddress(event: LogEvent): boolean {
  const type = event.dns?.question?.type
  return type === undefined || type === 'A' || type === 'AAAA' || type === 'ANY'
}

/** An answer that names no address leads to no connection; one whose result is unknown may have. */
function leadsSomewhere(event: LogEvent): boolean {
  const code = event.dns?.response_code
  return code === undefined || code === 'NOERROR'
}

/**
 * Facts of an event. An undated one has `at` 0 and takes part in no join.
 * @param order place in the order ts_ms, file, line.
 * @param aliases addresses of dual-stack hosts and the address each goes by in the join.
 * @param traits what is known of its file as a whole: where the clients are forwarders or proxies, the client counts as unknown.
 */
export function factsOf(event: LogEvent, order: number, { hidesClients, leg }: FileTraits, aliases: ReadonlyMap<string, string> = NO_ALIASES): Facts {
  const role = roleOf(event)
  const start = event.ts_ms ?? 0 // undated events are never compared by time
  const isDns = role === 'dns'
  // a log that is said to be the origin's has edges for clients, and they are believed about theirs
  const isBehindEdge = hidesClients || (event.labels?.leg === 'origin' && event.network?.forwarded_ip !== undefined)
  const address = isBehindEdge ? event.network?.forwarded_ip : event.client?.ip
  const client = address === undefined || aliases.size === 0 ? address : aliases.get(address) ?? address
  return new EventFacts({
    role,
    order,
    type: event.type,
    dataset: event.dataset,
    path: event.log.file.path,
    line: event.log.line,
    ordinal: ordinalOf(event.id),
    isDated: event.ts_ms !== undefined,
    start,
    at: isDns && event.duration_ms !== undefined ? round3(start + event.duration_ms) : start,
    tick: event.ts_res_ms ?? 0,
    end: Math.max(start, event.ts_end_ms ?? start + (event.duration_ms ?? 0)),
    client,
    clientPort: isDns || isBehindEdge ? undefined : event.client?.port,
    servers: isDns ? event.dns?.resolved_ip ?? NONE : event.server?.ip === undefined ? NONE : [event.server.ip],
    names: isDns ? dnsNames(event) : event.hostname === undefined || event.tls?.ech === true ? NONE : [event.hostname], // an outer SNI is nobody's name
    family: isDns ? dnsFamily(event) : familyOf(event.server?.ip) || familyOf(address),
    leg: event.labels?.leg === 'origin' || (event.labels?.leg === undefined && leg === 'origin') ? 'origin' : 'client',
    isCause: isDns ? asksForAddress(event) : event.tls?.established !== false,
    leadsSomewhere: !isDns || leadsSomewhere(event),
    ttlSeconds: event.dns?.min_ttl_s,
    isPlain: event.url?.scheme === 'http' && event.tls === undefined,
  }, event)
}
