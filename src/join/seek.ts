/** Looks for the partners of a claim, leg by leg. */
import type { Cluster } from './cluster.js'
import { mergedFacts, newClaim, overTls, type Claim, type Found, type JoinRules } from './claim.js'
import type { Facts } from './facts.js'
import { LONGEST_IDLE_MS, LONGEST_LIFE_MS, lifeMs } from './life.js'
import { ROUNDING_MS } from './moments.js'
import { gapOf, PartnerIndex, type Match, type SeekRules } from './partner-index.js'

/** What may be found: clusters of one kind and leg. */
export class Side {
  readonly index: PartnerIndex

  /** @param admit what can be joined to at all; the rest stands for itself only. The others are as `Segments` takes them. */
  constructor(spanMs: number, private readonly admit: (facts: Facts) => boolean = () => true, lifeMs?: (facts: Facts) => number) { this.index = new PartnerIndex(spanMs, lifeMs) }

  add(cluster: Cluster): void {
    const facts = mergedFacts(cluster)
    if (!this.admit(facts)) return
    facts.cluster = cluster
    this.index.add(facts)
  }

  best(seeker: Facts, rules: SeekRules): Found | undefined {
    const match = this.index.best(seeker, rules)
    return match && foundBy(seeker, match)
  }

  all(seeker: Facts, rules: SeekRules): Found[] { return this.index.all(seeker, rules).map(match => foundBy(seeker, match)) }
}

const foundBy = (seeker: Facts, match: Match): Found => ({ cluster: match.partner.cluster!, match, seeker, bound: 'window', reused: false })

/** Everything a claim may be joined to, per leg. */
export interface Sides { readonly tls: Side, readonly dns: Side, readonly connect: Side, readonly originTls: Side, readonly originDns: Side }

/** A handshake without an SNI goes by the name of the request on it. */
function namedBy(handshake: Facts, request: Facts): Facts {
  return handshake.names.length > 0 || request.names.length === 0 ? handshake : handshake.with({ names: request.names })
}

/** What a claim has found stands for itself no more. */
export function take({ tls, dns, originTls, originDns, others }: Claim): void {
  for (const found of [tls, dns, originTls, originDns]) if (found) found.cluster.isTaken = true
  for (const found of others) found.cluster.isTaken = true
}

/** Finds partners by the rules of SPEC section 4. */
export class Seeker {
  // one shape each, made once: rules are read in the innermost loops
  private readonly tlsRules: SeekRules
  private readonly connectRules: SeekRules
  private readonly originTlsRules: SeekRules
  private readonly dnsRules: SeekRules
  private readonly attemptDnsRules: SeekRules
  private readonly liveTlsRules: SeekRules
  private readonly liveDnsRules: SeekRules
  /** Answers that connections were opened by of which no TLS log tells; with a state bound they are good until `until`. The one used longest ago stands first. */
  private readonly answers = new Map<string, { readonly found: Found, readonly until: number }>()

  /** @param mostAnswers answers remembered of connections that no TLS log tells of. */
  constructor(private readonly sides: Sides, private readonly rules: JoinRules, private readonly mostAnswers = Infinity) {
    const [beforeMs, afterMs] = [rules.beforeMs + ROUNDING_MS, rules.afterMs + ROUNDING_MS]
    this.connectRules = { beforeMs, afterMs, nameMayDiffer: true }
    this.tlsRules = { ...this.connectRules, causesOnly: true }
    this.originTlsRules = { beforeMs, afterMs }
    this.attemptDnsRules = { beforeMs, afterMs, laterLast: true, oneName: true }
    this.dnsRules = { ...this.attemptDnsRules, causesOnly: true }
    this.liveTlsRules = { ...this.tlsRules, beforeMs: LONGEST_LIFE_MS, afterMs: 0, earlierOnly: true, accept: (tls, gapMs) => gapMs - tls.cluster!.usedMs <= LONGEST_IDLE_MS + ROUNDING_MS }
    this.liveDnsRules = { beforeMs: LONGEST_LIFE_MS, afterMs: 0, earlierOnly: true, oneName: true, causesOnly: true, accept: (dns, gapMs) => gapMs <= lifeMs(dns, rules.ttlSlackMs) }
  }

  /** Partners of a request or an attempt. */
  request(claim: Claim): void {
    const { sides, rules } = this
    const seeker = mergedFacts(claim.cluster)
    if (seeker.leg === 'origin') return
    claim.tls = sides.tls.best(seeker, this.tlsRules) ?? this.liveConnection(seeker)
    claim.connect = sides.connect.best(seeker, this.connectRules)
    const asker = claim.tls ? namedBy(mergedFacts(claim.tls.cluster), seeker) : seeker
    let asks = true
    if (claim.tls) this.onConnection(claim, claim.tls, seeker, asker)
    else if (rules.hasTls && overTls(claim)) asks = this.unseenConnection(claim, seeker)
    else this.answer(claim, seeker, claim.kind === 'attempt' ? this.attemptDnsRules : this.dnsRules)
    if (!claim.tls && rules.hasTls) claim.isKept = claim.cluster.members.some(member => member.isKept)
    if (rules.match === 'all') claim.others = [...this.otherHandshakes(claim, seeker), ...(claim.tls?.bound === 'connection' ? claim.tls.cluster.opening!.others : asks ? this.otherAnswers(claim, asker) : [])]
    this.originPartners(claim)
    take(claim)
  }

  /** Partners of a handshake that no request claims; whether they are taken depends on whether none will. */
  handshake(claim: Claim): void {
    const facts = mergedFacts(claim.cluster)
    if (facts.leg === 'origin') claim.originDns = this.sides.originDns.best(facts, this.dnsRules)
    else {
      this.answer(claim, facts, this.dnsRules)
      claim.connect = this.sides.connect.best(facts, this.connectRules)
      if (this.rules.match === 'all') claim.others = this.otherAnswers(claim, facts)
      if (this.rules.bound === 'state') claim.cluster.opening = { dns: claim.dns, others: claim.others }
    }
  }

  /** The answer that led to a request's connection. With a state bound it is looked for once: by the time of a later request it may be forgotten. */
  private onConnection(claim: Claim, { cluster, bound, match }: Found, seeker: Facts, asker: Facts): void {
    if (this.rules.bound !== 'state') {
      this.answer(claim, asker, this.dnsRules)
      return
    }
    if (bound === 'connection') {
      if (!cluster.opening) this.handshake(newClaim('tls.handshake', cluster))
      const { dns } = cluster.opening!
      claim.dns = dns && { ...dns, reused: true }
    } else {
      this.answer(claim, asker, this.dnsRules)
      cluster.opening ??= { dns: claim.dns, others: this.rules.match === 'all' ? this.otherAnswers(claim, asker) : [] }
    }
    cluster.usedMs = Math.max(cluster.usedMs, Math.round((seeker.end - match.partner.at - match.partner.tick) * 1000) / 1000)
  }

  /**
   * No TLS log has told of the connection, though it would be known by its port: it is another edge's, or began before the log. The first
   * request on it looks for the answer itself; those that follow were sent to the address of that answer, not of a later one. Gives
   * whether it was for this one to look.
   */
  private unseenConnection(claim: Claim, seeker: Facts): boolean {
    const { members } = claim.cluster
    if (seeker.client === undefined || seeker.clientPort === undefined || members.some(member => member.isKept)) return false
    const connection = `${seeker.client} ${seeker.clientPort}`
    if (!members.some(member => member.isFollowing)) {
      this.answer(claim, seeker, this.dnsRules)
      if (claim.dns && !claim.dns.match.later) this.remember(connection, claim.dns, seeker)
      return true
    }
    const first = this.answers.get(connection)
    if (!first || first.found.seeker.names[0] !== seeker.names[0]) return false
    const { found, until } = first
    const gapMs = gapOf(seeker, found.match.partner)
    const isNear = gapMs <= this.rules.beforeMs
    if (!isNear && (this.rules.bound !== 'state' || seeker.at > until + ROUNDING_MS)) return false
    claim.dns = { ...found, seeker, match: { ...found.match, gapMs }, bound: isNear ? found.bound : 'connection', reused: true }
    if (this.rules.bound === 'state') this.remember(connection, found, seeker, until)
    return false
  }

  private remember(connection: string, found: Found, seeker: Facts, until = -Infinity): void {
    for (const [key, one] of this.answers) {
      if (gapOf(seeker, one.found.match.partner) <= this.rules.beforeMs || (this.rules.bound === 'state' && one.until + ROUNDING_MS >= seeker.at)) break
      this.answers.delete(key)
    }
    this.answers.delete(connection)
    if (this.answers.size >= this.mostAnswers) for (const oldest of this.answers.keys()) { this.answers.delete(oldest); break }
    this.answers.set(connection, { found, until: Math.max(until, seeker.end + LONGEST_IDLE_MS) })
  }

  /** The answer in the window; a later one only where no earlier one, in or before the window, can have been in use. */
  private answer(claim: Claim, seeker: Facts, rules: SeekRules): void {
    const near = this.sides.dns.best(seeker, rules)
    if (near && !near.match.later) {
      claim.dns = near
      return
    }
    const live = this.rules.bound === 'state' ? this.sides.dns.best(seeker, this.liveDnsRules) : undefined
    if (live) {
      claim.dns = { ...live, bound: 'ttl', reused: true }
      return
    }
    claim.isCached = seeker.isCached || claim.cluster.members.some(member => member.isCached)
    if (!claim.isCached) claim.dns = near
  }

  /** The connection that a client's address and port still stand for: the last handshake on it. */
  private liveConnection(seeker: Facts): Found | undefined {
    if (this.rules.bound !== 'state' || seeker.client === undefined || seeker.clientPort === undefined) return undefined
    const found = this.sides.tls.best(seeker, this.liveTlsRules)
    return found?.match.rank === 0 ? { ...found, bound: 'connection', reused: true } : undefined
  }

  private otherHandshakes(claim: Claim, seeker: Facts): Found[] { return this.sides.tls.all(seeker, this.tlsRules).filter(found => found.cluster !== claim.tls?.cluster) }

  private otherAnswers(claim: Claim, seeker: Facts): Found[] { return this.sides.dns.all(seeker, this.dnsRules).filter(found => found.cluster !== claim.dns?.cluster) }

  private originPartners(claim: Claim): void {
    if (this.sides.originTls.index.kept.added + this.sides.originDns.index.kept.added === 0) return
    const origin = claim.cluster.members.map(member => member.event.cdn?.origin).find(group => group?.ip !== undefined || group?.name !== undefined)
    if (!origin) return
    const { lead } = claim.cluster
    const names = origin.name !== undefined && origin.name.includes('.') ? [origin.name] : lead.names
    const seeker = lead.with({ client: undefined, clientPort: undefined, servers: origin.ip === undefined ? [] : [origin.ip], names, family: 0 })
    // the edge may ask its origin by a name of its own, which only the address then ties to the request
    const unnamed = origin.ip === undefined || origin.name !== undefined ? undefined : seeker.with({ names: [] })
    claim.originTls = this.sides.originTls.best(seeker, this.originTlsRules) ?? (unnamed && this.sides.originTls.best(unnamed, this.originTlsRules))
    const asking = claim.originTls ? mergedFacts(claim.originTls.cluster) : seeker
    claim.originDns = this.sides.originDns.best(asking, this.attemptDnsRules) ?? (unnamed && !claim.originTls ? this.sides.originDns.best(unnamed, this.attemptDnsRules) : undefined)
  }
}
