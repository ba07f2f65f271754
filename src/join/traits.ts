/** What has to be known of an input as a whole before its events can be joined; read off its first lines. */
import { canonicalIp, ipFamily } from '../address.js'
import type { Draft } from '../read/parser.js'

/** Traits of one input. */
export interface FileTraits {
  /** Its clients are forwarders or proxies, so they say nothing about who asked. */
  readonly hidesClients: boolean
  /** Whose connections it tells of. */
  readonly leg: 'client' | 'origin'
  /** Why, for a note. */
  readonly note?: string
}

export const PLAIN: FileTraits = { hidesClients: false, leg: 'client' }

/** Fewer events than this prove nothing. */
const ENOUGH = 8

interface Sight { readonly path: string, readonly drafts: readonly Draft[] }

const clientsOf = (drafts: readonly Draft[]): string[] => drafts.map(draft => draft.client?.ip === undefined ? undefined : canonicalIp(draft.client.ip)).filter(ip => ip !== undefined)

const isDns = (draft: Draft): boolean => draft.type === 'dns.query' || draft.type === 'dns.response'

/** An access log whose few clients nearly always forward somebody else is written behind an edge. */
function behindEdge({ path, drafts }: Sight): FileTraits | undefined {
  const requests = drafts.filter(draft => draft.type === 'http.request' && draft.client?.ip !== undefined)
  if (requests.length < ENOUGH) return undefined
  const forwarded = requests.filter(draft => draft.network?.forwarded_ip !== undefined && draft.network.forwarded_ip !== draft.client?.ip)
  const clients = new Set(clientsOf(requests))
  if (forwarded.length < 0.8 * requests.length || clients.size > Math.max(3, 0.1 * requests.length)) return undefined
  return { hidesClients: true, leg: 'origin', note: `${path}: its clients (${[...clients].slice(0, 3).join(', ')}) forward other clients, so it is read as the origin's log and joined by the forwarded address` }
}

/** A resolver whose one or two clients appear in no other log answers forwarders: the real clients are hidden. */
function behindForwarder({ path, drafts }: Sight, others: ReadonlySet<string>): FileTraits | undefined {
  const queries = drafts.filter(draft => isDns(draft) && draft.client?.ip !== undefined)
  if (queries.length < ENOUGH || others.size < 3) return undefined
  const clients = [...new Set(clientsOf(queries))]
  const comparable = clients.filter(client => [...others].some(other => ipFamily(other) === ipFamily(client)))
  if (clients.length > 2 || comparable.length < clients.length || clients.some(client => others.has(client))) return undefined
  return { hidesClients: true, leg: 'client', note: `${path}: its clients (${clients.join(', ')}) are seen in no other log, so they are taken for forwarders and left out of the keys` }
}

/** Traits of every input, from the events of their first lines. */
export function traitsOf(sights: readonly Sight[]): Map<string, FileTraits> {
  const others = new Set(sights.flatMap(sight => clientsOf(sight.drafts.filter(draft => !isDns(draft)))))
  return new Map(sights.map(sight => [sight.path, behindEdge(sight) ?? behindForwarder(sight, others) ?? PLAIN]))
}
