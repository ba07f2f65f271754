/**
 * Dual-stack hosts: the query goes out over IPv4, the connection over IPv6 (or the other way), and the two logs name one client by two
 * addresses. Which addresses belong together is learned from the run itself: time after time one host connects over one family right
 * after exactly one client asked for that very name over the other.
 */
import { ipFamily } from '../address.js'
import type { LogEvent } from '../schema/event.js'
import type { Facts } from './facts.js'

/** Samples kept of each side; more prove no more. */
const MOST = 100_000
/** A connection that belongs to a query follows it within this time, ms, beyond the clocks' ticks. */
const PROMPT_MS = 250
/** Coincidences that are needed, and the share of all that must speak for the same address. */
const ENOUGH = 2
const SHARE = 0.8
/** An address that seems to belong to more hosts than this is a forwarder's. */
const MOST_HOSTS = 4

/** What has been kept of look-ups and connections, under their names. */
export interface SeenHosts { readonly queries: ReadonlyMap<string, Sight[]>, readonly connections: ReadonlyMap<string, Sight[]> }

interface Sight { readonly at: number, readonly tick: number, readonly client: string }

function remember(table: Map<string, Sight[]>, name: string, sight: Sight): void {
  const list = table.get(name)
  if (list) list.push(sight)
  else table.set(name, [sight])
}

/** Collects coincidences while the inputs are read, in any order. */
export class DualStack {
  private readonly queries = new Map<string, Sight[]>()
  private readonly connections = new Map<string, Sight[]>()
  private kept = { queries: 0, connections: 0 }

  see(event: LogEvent): void {
    const client = event.client?.ip
    if (client === undefined || event.hostname === undefined || event.ts_ms === undefined) return
    if (event.type.startsWith('dns.')) {
      const type = event.dns?.question?.type
      this.seeQuery(client, event.hostname, type === 'A' ? 4 : type === 'AAAA' ? 6 : 0, event.ts_ms + (event.duration_ms ?? 0), event.ts_res_ms ?? 0)
    } else if (event.type === 'tls.handshake' && event.tls?.ech !== true) this.seeConnection(client, event.hostname, event.ts_ms, event.ts_res_ms ?? 0)
  }

  /** The same for an event of which only its facts are at hand. */
  seeFacts({ address: client, names, isDated, role, family, at, tick }: Pick<Facts, 'address' | 'names' | 'isDated' | 'role' | 'family' | 'at' | 'tick'>): void {
    const [name] = names
    if (client === undefined || name === undefined || !isDated) return
    if (role === 'dns') this.seeQuery(client, name, family, at, tick)
    else if (role === 'tls') this.seeConnection(client, name, at, tick)
  }

  /** What has been kept, to be handed to another. */
  get seenHosts(): SeenHosts { return { queries: this.queries, connections: this.connections } }

  /** Takes over what another one has kept. */
  take({ queries, connections }: SeenHosts): void {
    for (const [name, sights] of queries) for (const sight of sights) remember(this.queries, name, sight)
    for (const [name, sights] of connections) for (const sight of sights) remember(this.connections, name, sight)
  }

  /** Whether another connection would be kept. */
  get wantsConnections(): boolean { return this.kept.connections < MOST }

  private seeQuery(client: string, name: string, family: 0 | 4 | 6, at: number, tick: number): void {
    // only a question for the other family than it was asked over can lead to such a connection
    if (family === 0 || family === ipFamily(client) || this.kept.queries >= MOST) return
    this.kept.queries++
    remember(this.queries, name, { at, tick, client })
  }

  private seeConnection(client: string, name: string, at: number, tick: number): void {
    if (this.kept.connections >= MOST) return
    this.kept.connections++
    remember(this.connections, name, { at, tick, client })
  }

  /** Addresses of connections that belong to the address of a query: connection's → query's. */
  learn(): Map<string, string> {
    const votes = new Map<string, Map<string, number>>()
    for (const [name, connections] of this.connections) {
      const queries = this.queries.get(name)
      if (queries) for (const connection of connections) vote(votes, connection, queries)
    }
    return settle(votes)
  }
}

function vote(votes: Map<string, Map<string, number>>, connection: Sight, queries: readonly Sight[]): void {
  const family = ipFamily(connection.client)
  const askers = new Set<string>()
  for (const query of queries) {
    const gap = connection.at - query.at
    if (ipFamily(query.client) !== family && gap >= -connection.tick && gap <= PROMPT_MS + query.tick) askers.add(query.client)
  }
  if (askers.size !== 1) return
  const [asker] = askers
  let counts = votes.get(connection.client)
  if (!counts) votes.set(connection.client, counts = new Map())
  counts.set(asker!, (counts.get(asker!) ?? 0) + 1)
}

function settle(votes: ReadonlyMap<string, ReadonlyMap<string, number>>): Map<string, string> {
  const pairs = new Map<string, string>()
  const hosts = new Map<string, number>()
  for (const [client, counts] of votes) {
    const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
    const [asker, most] = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))[0]!
    if (most < ENOUGH || most < SHARE * total) continue
    pairs.set(client, asker)
    hosts.set(asker, (hosts.get(asker) ?? 0) + 1)
  }
  for (const [client, asker] of pairs) if (hosts.get(asker)! > MOST_HOSTS) pairs.delete(client)
  return pairs
}
