/** What the join knows of an event: its time as an interval, and the values two events may share. */
import { ipFamily } from '../address.js'
import type { LogEvent } from '../schema/event.js'
import type { FileTraits } from './traits.js'

/** The part an event plays in a join. Only the first five take part; `other` is passed on to detectors alone. */
export type Role = 'request' | 'attempt' | 'tls' | 'dns' | 'connect' | 'note' | 'other'

/** The facts of one event. One shape, every slot present: the join reads these millions of times. */
export interface Facts {
  readonly event: LogEvent
  readonly role: Role
  /** Place in the order ts_ms, file, line; the tie-break of every comparison. */
  readonly order: number
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

/** Can this DNS event have led to a connection? Only questions for addresses; other types never stand for them. */
export function asksForAddress(event: LogEvent): boolean {
  const type = event.dns?.question?.type
  return type === undefined || type === 'A' || type === 'AAAA' || type === 'ANY'
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
  const address = hidesClients ? event.network?.forwarded_ip : event.client?.ip
  const client = address === undefined ? undefined : aliases.get(address) ?? address
  return {
    event,
    role,
    order,
    at: isDns ? start + (event.duration_ms ?? 0) : start,
    tick: event.ts_res_ms ?? 0,
    end: Math.max(start, event.ts_end_ms ?? start + (event.duration_ms ?? 0)),
    client,
    clientPort: isDns || hidesClients ? undefined : event.client?.port,
    servers: isDns ? event.dns?.resolved_ip ?? NONE : event.server?.ip === undefined ? NONE : [event.server.ip],
    names: isDns ? dnsNames(event) : event.hostname === undefined ? NONE : [event.hostname],
    family: isDns ? dnsFamily(event) : familyOf(event.server?.ip) || familyOf(address),
    leg: event.labels?.leg === 'origin' || (event.labels?.leg === undefined && leg === 'origin') ? 'origin' : 'client',
  }
}
