/**
 * The join of one slice of time, given with its halo of earlier and later events. The same function serves slices cut from
 * files and slices closed by a live watermark: what it answers for a claim depends only on events within the halo.
 */
import { clusterSame, type Cluster } from './cluster.js'
import type { FactValues, Facts } from './facts.js'
import { LONGEST_LIFE_MS, lifeMs } from './life.js'
import { PartnerIndex, type Match, type SeekRules } from './partner-index.js'
import { phaseOfError } from './phases.js'
import { attemptKey, sameAttempt, sameHandshake, sameQuery, sameRequest } from './same.js'

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
}

/** A partner found for a claim. */
export interface Found { readonly cluster: Cluster, readonly match: Match, readonly seeker: Facts, readonly bound: 'window' | 'ttl' | 'connection', reused: boolean }

/** One session before it is written: what claims it and what was found for it. */
export interface Claim {
  readonly kind: 'http.request' | 'attempt' | 'tls.handshake' | 'dns'
  /** The lines of the claim itself; the lead gives the values. */
  readonly cluster: Cluster
  tls?: Found
  dns?: Found
  connect?: Found
  originTls?: Found
  originDns?: Found
  /** No answer in the window, but an earlier one may have been in use; no handshake in it, but an earlier one on this connection. */
  isCached?: boolean
  isKept?: boolean
  /** With `match: all`: every other partner in the window. */
  readonly others: Found[]
  readonly notes: Facts[]
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

class Side {
  readonly index = new PartnerIndex()
  constructor(readonly clusters: readonly Cluster[], admit: (facts: Facts) => boolean = () => true) {
    for (const cluster of clusters) {
      const facts = mergedFacts(cluster)
      if (!admit(facts)) continue
      this.index.add(facts)
      facts.cluster = cluster
    }
  }
  best(seeker: Facts, rules: SeekRules): Found | undefined {
    const match = this.index.best(seeker, rules)
    return match && { cluster: match.partner.cluster!, match, seeker, bound: 'window', reused: false }
  }
  all(seeker: Facts, rules: SeekRules): Found[] {
    return this.index.all(seeker, rules).map(match => ({ cluster: match.partner.cluster!, match, seeker, bound: 'window', reused: false }))
  }
}

const leadsSomewhere = (dns: Facts): boolean => dns.leadsSomewhere

const carriesRequests = (tls: Facts): boolean => tls.isCause

/** Everything a claim may be joined to, per leg. */
interface Sides { readonly tls: Side, readonly dns: Side, readonly connect: Side, readonly originTls: Side, readonly originDns: Side }

/** The events of a slice by the part they play and whose connection they tell of, each list in order. */
class Parts {
  private readonly lists = new Map<string, Facts[]>()
  constructor(facts: readonly Facts[]) {
    const client: Partial<Record<Facts['role'], Facts[]>> = {}
    const origin: Partial<Record<Facts['role'], Facts[]>> = {}
    for (const one of facts) (one.leg === 'client' ? client : origin)[one.role] ??= []
    for (const one of facts) (one.leg === 'client' ? client : origin)[one.role]!.push(one)
    for (const role in client) this.lists.set(`client ${role}`, client[role as Facts['role']]!)
    for (const role in origin) this.lists.set(`origin ${role}`, origin[role as Facts['role']]!)
  }
  of(role: Facts['role'], leg: Facts['leg']): readonly Facts[] { return this.lists.get(`${leg} ${role}`) ?? [] }
  /** Of both legs, in order. */
  both(role: Facts['role']): readonly Facts[] {
    const [client, origin] = [this.of(role, 'client'), this.of(role, 'origin')]
    return origin.length === 0 ? client : [...client, ...origin].sort((a, b) => a.order - b.order)
  }
}

function sidesOf(parts: Parts, windowMs: number): Sides {
  const handshakes = sameHandshake(windowMs)
  const queries = sameQuery(windowMs)
  const isCause = (one: Facts): boolean => one.isCause
  return {
    tls: new Side(clusterSame(parts.of('tls', 'client'), handshakes)),
    dns: new Side(clusterSame(parts.of('dns', 'client'), queries), isCause),
    connect: new Side(clusterSame(parts.of('connect', 'client'), handshakes)),
    originTls: new Side(clusterSame(parts.of('tls', 'origin'), handshakes)),
    originDns: new Side(clusterSame(parts.of('dns', 'origin'), queries), isCause),
  }
}

class SliceJoin {
  private readonly sides: Sides
  private readonly tlsRules: SeekRules
  private readonly dnsRules: SeekRules
  private readonly liveDnsRules: SeekRules
  /** One shape each, made once: rules are read in the innermost loops. */
  private readonly connectRules: SeekRules
  private readonly attemptDnsRules: SeekRules

  private readonly parts: Parts

  constructor(facts: readonly Facts[], private readonly rules: JoinRules) {
    const { beforeMs, afterMs } = rules
    this.parts = new Parts(facts)
    this.sides = sidesOf(this.parts, Math.max(beforeMs, afterMs))
    this.tlsRules = { beforeMs, afterMs, nameMayDiffer: true, accept: carriesRequests }
    this.dnsRules = { beforeMs, afterMs, laterLast: true, oneName: true, accept: leadsSomewhere }
    this.connectRules = { ...this.tlsRules, accept: undefined }
    this.attemptDnsRules = { ...this.dnsRules, accept: undefined }
    this.liveDnsRules = { beforeMs: LONGEST_LIFE_MS, afterMs: 0, oneName: true, accept: (dns, gapMs) => leadsSomewhere(dns) && gapMs <= lifeMs(dns, rules.ttlSlackMs) }
  }

  claims(): Claim[] {
    const requests = clusterSame(this.parts.both('request'), sameRequest(this.rules.beforeMs)).map(cluster => newClaim('http.request', cluster))
    const attempts = this.answered(requests, clusterSame(this.parts.both('attempt'), sameAttempt()))
    const claims = [...requests, ...attempts]
    for (const claim of claims) this.partnersOf(claim)
    attachNotes(this.parts.both('note'), requests)
    claims.push(...this.unclaimedHandshakes(claims))
    claims.push(...this.unclaimedQueries(claims))
    markReuse(claims)
    return claims
  }

  /** Merges each attempt with the request that answered it, one to one; gives back those that nobody answered. */
  private answered(requests: Claim[], attempts: readonly Cluster[]): Claim[] {
    const waiting = new Map<string, number[]>()
    requests.forEach((claim, i) => {
      const key = attempts.length > 0 ? attemptKey(claim.cluster.lead) : undefined
      if (key !== undefined) waiting.set(key, [...(waiting.get(key) ?? []), i])
    })
    const alone: Claim[] = []
    for (const attempt of attempts) {
      const key = attemptKey(attempt.lead)
      const candidates = key === undefined ? [] : waiting.get(key) ?? []
      const found = nearestRequest(attempt.lead, candidates.map(i => ({ i, facts: requests[i]!.cluster.lead })), this.rules)
      if (found === undefined) {
        alone.push(newClaim('attempt', attempt))
        continue
      }
      candidates.splice(candidates.indexOf(found), 1)
      const claim = requests[found]!
      requests[found] = { ...claim, cluster: { lead: claim.cluster.lead, members: [...claim.cluster.members, ...attempt.members] } }
    }
    return alone
  }

  private partnersOf(claim: Claim): void {
    const { sides, rules } = this
    const seeker = mergedFacts(claim.cluster)
    if (seeker.leg === 'origin') return
    claim.tls = sides.tls.best(seeker, this.tlsRules) ?? this.liveConnection(seeker)
    claim.connect = sides.connect.best(seeker, this.connectRules)
    if (claim.tls) this.findAnswer(claim, namedBy(mergedFacts(claim.tls.cluster), seeker), this.dnsRules)
    else if (!rules.hasTls || !overTls(claim)) this.findAnswer(claim, seeker, claim.kind === 'attempt' ? this.attemptDnsRules : this.dnsRules)
    if (!claim.tls && rules.hasTls) claim.isKept = claim.cluster.members.some(member => member.isKept)
    if (rules.match === 'all') claim.others.push(...this.otherPartners(claim, seeker))
    this.originPartners(claim)
  }

  /**
   * The answer in the window; a later one only where no earlier one, in or before the window, can have been in use.
   */
  private findAnswer(claim: Claim, seeker: Facts, rules: SeekRules): void {
    const near = this.sides.dns.best(seeker, rules)
    if (near && !near.match.later) {
      claim.dns = near
      return
    }
    if (this.rules.bound === 'state') {
      const live = this.sides.dns.best(seeker, this.liveDnsRules)
      if (live) {
        claim.dns = { ...live, bound: 'ttl', reused: true }
        return
      }
    }
    claim.isCached = seeker.isCached || claim.cluster.members.some(member => member.isCached)
    if (!claim.isCached && near) claim.dns = near
  }

  /** The connection that a client's address and port still stand for: the last handshake on it. */
  private liveConnection(seeker: Facts): Found | undefined {
    if (this.rules.bound !== 'state' || seeker.client === undefined || seeker.clientPort === undefined) return undefined
    const found = this.sides.tls.best(seeker, { ...this.tlsRules, beforeMs: LONGEST_LIFE_MS, afterMs: 0 })
    return found?.match.rank === 0 ? { ...found, bound: 'connection', reused: true } : undefined
  }

  private otherPartners(claim: Claim, seeker: Facts): Found[] {
    const tls = this.sides.tls.all(seeker, this.tlsRules).filter(found => found.cluster !== claim.tls?.cluster)
    const dnsSeeker = claim.tls ? mergedFacts(claim.tls.cluster) : seeker
    const dns = this.sides.dns.all(dnsSeeker, this.dnsRules).filter(found => found.cluster !== claim.dns?.cluster)
    return [...tls, ...dns]
  }

  private originPartners(claim: Claim): void {
    if (this.sides.originTls.index.size + this.sides.originDns.index.size === 0) return
    const origin = claim.cluster.members.map(member => member.event.cdn?.origin).find(group => group?.ip !== undefined || group?.name !== undefined)
    if (!origin) return
    const { lead } = claim.cluster
    const names = origin.name !== undefined && origin.name.includes('.') ? [origin.name] : lead.names
    const seeker = lead.with({ client: undefined, clientPort: undefined, servers: origin.ip === undefined ? [] : [origin.ip], names, family: 0 })
    claim.originTls = this.sides.originTls.best(seeker, { ...this.tlsRules, nameMayDiffer: false, accept: undefined })
    claim.originDns = this.sides.originDns.best(claim.originTls ? mergedFacts(claim.originTls.cluster) : seeker, { ...this.dnsRules, accept: undefined })
  }

  private unclaimedHandshakes(claims: readonly Claim[]): Claim[] {
    const taken = new Set<Cluster | undefined>()
    for (const claim of claims) {
      taken.add(claim.tls?.cluster)
      taken.add(claim.originTls?.cluster)
      for (const found of claim.others) taken.add(found.cluster)
    }
    return [...this.sides.tls.clusters, ...this.sides.originTls.clusters].filter(cluster => !taken.has(cluster)).map(cluster => {
      const claim = newClaim('tls.handshake', cluster)
      const facts = mergedFacts(cluster)
      if (cluster.lead.leg === 'client') {
        this.findAnswer(claim, facts, this.dnsRules)
        claim.connect = this.sides.connect.best(facts, this.connectRules)
      } else claim.originDns = this.sides.originDns.best(facts, this.dnsRules)
      return claim
    })
  }

  private unclaimedQueries(claims: readonly Claim[]): Claim[] {
    const taken = new Set<Cluster | undefined>()
    for (const claim of claims) {
      taken.add(claim.dns?.cluster)
      taken.add(claim.originDns?.cluster)
      for (const found of claim.others) taken.add(found.cluster)
    }
    return [...this.sides.dns.clusters, ...this.sides.originDns.clusters].filter(cluster => !taken.has(cluster)).map(cluster => newClaim('dns', cluster))
  }
}

/** A handshake without an SNI goes by the name of the request on it. */
function namedBy(handshake: Facts, request: Facts): Facts {
  return handshake.names.length > 0 || request.names.length === 0 ? handshake : handshake.with({ names: request.names })
}

function newClaim(kind: Claim['kind'], cluster: Cluster): Claim {
  return { kind, cluster, others: [], notes: [] }
}

/** Did the request travel over TLS, or may it have? Only a request known to be plain may be joined to DNS past a TLS log. */
function overTls(claim: Claim): boolean {
  return !claim.cluster.lead.isPlain
}

function nearestRequest(attempt: Facts, candidates: readonly { i: number, facts: Facts }[], rules: JoinRules): number | undefined {
  // what failed before a request could be sent was answered by nobody
  const phase = attempt.event.http?.response?.status_code === undefined ? phaseOfError(attempt.event.error?.type) : undefined
  if (phase === 'dns' || phase === 'connect' || phase === 'tls') return undefined
  let best: { i: number, gap: number } | undefined
  for (const { i, facts } of candidates) {
    if (facts.at > attempt.end + rules.afterMs + attempt.tick || facts.end + facts.tick < attempt.at - rules.beforeMs) continue
    const gap = Math.abs(facts.at - attempt.at)
    if (!best || gap < best.gap) best = { i, gap }
  }
  return best?.i
}

/** Error-log lines go to the request they tell of: same client, name and path, inside its span (their clock ticks in seconds). */
function attachNotes(notes: readonly Facts[], requests: readonly Claim[]): void {
  if (notes.length === 0) return
  const key = (facts: Facts): string => `${facts.client} ${facts.names[0]} ${facts.event.url?.path ?? ''}`
  const byKey = new Map<string, Claim[]>()
  for (const claim of requests) for (const member of claim.cluster.members) {
    const list = byKey.get(key(member))
    if (!list) byKey.set(key(member), [claim])
    else if (list.at(-1) !== claim) list.push(claim)
  }
  for (const note of notes) {
    const fitting = (byKey.get(key(note)) ?? []).map(claim => ({ claim, gap: spanDistance(claim, note) })).filter(({ gap }) => gap <= 1000)
    fitting.sort((a, b) => a.gap - b.gap || a.claim.cluster.lead.order - b.claim.cluster.lead.order)
    fitting[0]?.claim.notes.push(note)
  }
}

/** How far a note stands from a request; among requests it could belong to, the one that ended nearest. */
function spanDistance(claim: Claim, note: Facts): number {
  const start = Math.min(...claim.cluster.members.map(member => member.at))
  const end = Math.max(...claim.cluster.members.map(member => member.end + member.tick))
  if (note.at + note.tick < start) return start - note.at - note.tick
  if (note.at > end) return note.at - end
  return Math.abs(end - note.at) / 1e6 // inside: prefer the end, which is when a failure is written
}

/** The first request on a connection owns its phases; so does the first connection that used an answer. */
function markReuse(claims: readonly Claim[]): void {
  const byOrder = [...claims].sort((a, b) => a.cluster.lead.order - b.cluster.lead.order)
  const used = new Set<Cluster>()
  for (const claim of byOrder) {
    for (const found of [claim.tls, claim.connect, claim.originTls, claim.originDns]) {
      if (!found) continue
      found.reused ||= used.has(found.cluster)
      used.add(found.cluster)
    }
    if (claim.dns) {
      claim.dns.reused ||= claim.tls?.reused === true || used.has(claim.dns.cluster)
      used.add(claim.dns.cluster)
    }
  }
}

/**
 * Joins a slice.
 * @param facts all events from `from` less the halo to `to` plus the halo, in the order ts_ms, file, line.
 * @returns the claims whose lead stands in [from, to), in that order.
 */
export function joinSlice(facts: readonly Facts[], from: number, to: number, rules: JoinRules): Claim[] {
  const inside = (claim: Claim): boolean => { const { start } = claim.cluster.lead; return start >= from && start < to }
  return new SliceJoin(facts, rules).claims().filter(inside)
}
