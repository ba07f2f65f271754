/** What becomes a session: what claims it, and what was found for it. */
import { clusterOf, type Cluster } from './cluster.js'
import type { FactValues, Facts, Role } from './facts.js'
import type { Match } from './partner-index.js'

/** How far apart partners may be, and what the run knows as a whole. */
export interface JoinRules {
  /** A partner may be this much earlier, ms, inclusive. */
  readonly beforeMs: number
  /** … or this much later. */
  readonly afterMs: number
  readonly match: 'best' | 'all'
  /** `state`: an answer also lives for its TTL plus `ttlSlackMs`, a client address and port for its connection. */
  readonly bound: 'window' | 'state'
  readonly ttlSlackMs: number
  /** Some input has TLS handshakes: a request over TLS without one then looks no further. */
  readonly hasTls: boolean
  readonly hasDns: boolean
  /** How many logs can tell of each role; where it is not said, any number can. */
  readonly files?: Readonly<Partial<Record<Role, number>>> | undefined
}

/** A partner found for a claim. */
export interface Found { readonly cluster: Cluster, readonly match: Match, readonly seeker: Facts, readonly bound: 'window' | 'ttl' | 'connection', reused: boolean }

/** One session before it is written: what claims it and what was found for it. */
export interface Claim {
  readonly kind: 'http.request' | 'attempt' | 'tls.handshake' | 'dns'
  /** The lines of the claim itself; the lead gives the values. */
  cluster: Cluster
  tls: Found | undefined
  dns: Found | undefined
  connect: Found | undefined
  originTls: Found | undefined
  originDns: Found | undefined
  /** No answer in the window, but an earlier one may have been in use; no handshake in it, but an earlier one on this connection. */
  isCached: boolean
  isKept: boolean
  /** What it lacks may have been dropped for want of room. */
  isEvicted: boolean
  /** With `match: all`: every other partner in the window. */
  others: readonly Found[]
  readonly notes: readonly Facts[]
}

const NOBODY: readonly never[] = []

export function newClaim(kind: Claim['kind'], cluster: Cluster): Claim {
  return { kind, cluster, tls: undefined, dns: undefined, connect: undefined, originTls: undefined, originDns: undefined, isCached: false, isKept: false, isEvicted: false, others: NOBODY, notes: NOBODY }
}

/** A claim of one event alone; undefined for events that claim nothing. */
export function loneClaim(facts: Facts): Claim | undefined {
  const kinds = { request: 'http.request', attempt: 'attempt', tls: 'tls.handshake', dns: 'dns' } as const
  const kind = kinds[facts.role as keyof typeof kinds]
  return kind && newClaim(kind, clusterOf(facts, [facts]))
}

/** Facts of a cluster as one: the lead's, gaps filled by the other members. */
export function mergedFacts(cluster: Cluster): Facts {
  if (cluster.members.length === 1) return cluster.lead
  const { lead, members } = cluster
  const first = <K extends keyof FactValues>(key: K, known: (value: FactValues[K]) => boolean): FactValues[K] => (members.find(member => known(member[key])) ?? lead)[key]
  return lead.with({
    client: first('client', value => value !== undefined),
    clientPort: first('clientPort', value => value !== undefined),
    servers: [...new Set(members.flatMap(member => member.servers))].slice(0, lead.role === 'dns' ? undefined : 1),
    names: lead.role === 'dns' ? [...new Set(members.flatMap(member => member.names))] : first('names', value => value.length > 0),
    family: first('family', value => value !== 0),
  })
}

/** Did the request travel over TLS, or may it have? Only a request known to be plain may be joined to DNS past a TLS log. */
export const overTls = (claim: Claim): boolean => !claim.cluster.lead.isPlain

/** What a claim uses: the handshakes, connections and answers of both legs. */
export function foundOf({ tls, dns, connect, originTls, originDns }: Claim): Found[] {
  const found: Found[] = []
  for (const one of [tls, connect, originTls, originDns, dns]) if (one) found.push(one)
  return found
}

/** The first request on a connection owns its phases; so does the first connection that used an answer. Claims come in the order of their leads. */
export function markReuse({ tls, connect, originTls, originDns, dns }: Claim): void {
  for (const found of [tls, connect, originTls, originDns]) {
    if (!found) continue
    found.reused ||= found.cluster.isUsed
    found.cluster.isUsed = true
  }
  if (!dns) return
  dns.reused ||= tls?.reused === true || dns.cluster.isUsed
  dns.cluster.isUsed = true
}
