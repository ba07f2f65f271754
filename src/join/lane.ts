/** Lines of one kind and leg on their way: put together, made findable, and waiting for a claim. */
import type { JoinRules } from './claim.js'
import { Clusters, type Cluster, type SameRule } from './cluster.js'
import type { Facts, Role } from './facts.js'
import type { Oldest } from './oldest.js'
import { LONGEST_IDLE_MS, LONGEST_LIFE_MS, lifeMs } from './life.js'
import { sameHandshake, sameQuery } from './same.js'
import { Side, type Sides } from './seek.js'

type Life = (facts: Facts) => number

/** One kind and leg. */
export class Lane {
  readonly clusters: Clusters
  /** Clusters that may still be claimed, in the order of their leads. */
  waiting: Cluster[] = []
  /** Who looks for a partner from before this time on may miss one that was dropped, epoch ms. */
  droppedUntil = -Infinity
  /** What lies within a few windows, where more than that is kept. */
  private recent: Cluster[] = []

  /**
   * @param claimsAs what a cluster that nobody claims stands for; undefined: nothing.
   * @param beforeMs how long after its time a cluster can be found, unless it is known
   * @param life how long it lives: it can be found for that long, too.
   */
  constructor(rule: SameRule, isLone: boolean, readonly side: Side, readonly claimsAs: 'tls.handshake' | 'dns' | undefined, private readonly beforeMs: number, private readonly life?: Life) { this.clusters = new Clusters(rule, isLone) }

  /** Is it kept for longer than a few windows? */
  get isLived(): boolean { return this.life !== undefined }

  /** Puts together what no later line can join. */
  advance(now: number): void {
    for (const cluster of this.clusters.take(now)) {
      this.side.add(cluster)
      if (this.claimsAs) this.waiting.push(cluster)
      if (this.life) this.recent.push(cluster)
    }
    this.side.index.seal()
  }

  /** Clusters before a time that nobody has claimed, to stand for themselves. */
  takeBefore(until: number): Cluster[] {
    let next = 0
    while (next < this.waiting.length && this.waiting[next]!.lead.at < until) next++
    return next === 0 ? [] : this.waiting.splice(0, next).filter(cluster => !cluster.isTaken)
  }

  /** The same for all that are over; those that were claimed are forgotten. */
  takeOver(isOver: (cluster: Cluster) => boolean): Cluster[] {
    const over: Cluster[] = []
    this.waiting = this.waiting.filter(cluster => {
      if (cluster.isTaken) return false
      if (!isOver(cluster)) return true
      over.push(cluster)
      return false
    })
    return over
  }

  /** Forgets what nobody who stands a window after this time can find. */
  forget(before: number): void {
    this.side.index.kept.evict(before)
    let gone = 0
    while (gone < this.recent.length && this.recent[gone]!.lead.at < before) gone++
    if (gone > 0) this.recent.splice(0, gone)
  }

  /** Is a claim of it waited for before others go? An unclaimed answer pays for nothing, so not where it lives for hours. */
  private get isDue(): boolean { return this.claimsAs === 'tls.handshake' || (this.claimsAs === 'dns' && !this.life) }

  /** The place in the order of the first that has to go before others; Infinity when there is none. */
  get oldestOrder(): number { return Math.min(this.isDue ? this.waiting[0]?.lead.order ?? Infinity : Infinity, this.clusters.oldest().order) }

  /**
   * Tells where the earliest lines begin that a session to come may hold.
   * @param isAll also those that may stand for themselves alone.
   */
  tellOldest(oldest: Oldest, isAll: boolean): void {
    oldest.see(this.clusters.oldestStart)
    if (this.life) for (const { members } of this.recent) oldest.lines(members)
    else oldest.see(this.side.index.kept.oldestStart)
    for (const { members } of this.waiting) if (isAll || this.isDue || members.length > 1) oldest.lines(members)
  }

  /** Candidates that are kept. */
  get candidates(): number { return this.side.index.kept.size }

  /** Events that are kept. */
  get size(): number { return Math.max(this.candidates, this.waiting.length) + this.clusters.size }

  /** Drops a share of the candidates, the oldest; gives the number of their events. */
  drop(share: number): number {
    let events = 0
    for (const facts of this.side.index.kept.dropOldest(Math.ceil(this.candidates * share))) {
      const cluster = facts.cluster!
      cluster.isDropped = true
      events += cluster.members.length
      this.droppedUntil = Math.max(this.droppedUntil, facts.at + facts.tick + Math.max(this.beforeMs, this.life?.(facts) ?? 0))
    }
    return events
  }
}

/** What can be joined to, by kind and leg. */
export type Lanes = Readonly<Record<'tls' | 'dns' | 'connect' | 'originTls' | 'originDns', Lane>>

/** Is there one log of a role at the most? */
export const isLone = (rules: JoinRules, role: Role): boolean => (rules.files?.[role] ?? Infinity) <= 1

/** How long after its time an answer can be found by its life, ms; 0 for what leads to no connection. */
export const answerLife = (rules: JoinRules): Life => facts => facts.isCause && facts.leadsSomewhere ? facts.tick + lifeMs(facts, rules.ttlSlackMs) : 0

/** With a state bound an answer and a connection are kept for as long as they live, not for a few windows. */
export function lanesOf(rules: JoinRules): Lanes {
  const windowMs = Math.max(rules.beforeMs, rules.afterMs)
  const isState = rules.bound === 'state'
  const tlsLife: Life | undefined = isState ? facts => Math.min(LONGEST_LIFE_MS, facts.cluster!.usedMs + LONGEST_IDLE_MS) + facts.tick : undefined
  const dnsLife = isState ? answerLife(rules) : undefined
  const side = (admit?: (facts: Facts) => boolean, life?: Life): Side => new Side(life ? Infinity : Math.max(1000, windowMs), admit, life)
  const lane = (role: 'tls' | 'dns' | 'connect', life?: Life): Lane => {
    const isDns = role === 'dns'
    return new Lane(isDns ? sameQuery(windowMs) : sameHandshake(windowMs), isLone(rules, role), side(isDns ? facts => facts.isCause : undefined, life), ({ tls: 'tls.handshake', dns: 'dns', connect: undefined } as const)[role], rules.beforeMs, life)
  }
  return { tls: lane('tls', tlsLife), dns: lane('dns', dnsLife), connect: lane('connect'), originTls: lane('tls'), originDns: lane('dns') }
}

/** What of them can be found. */
export const sidesOf = ({ tls, dns, connect, originTls, originDns }: Lanes): Sides => ({ tls: tls.side, dns: dns.side, connect: connect.side, originTls: originTls.side, originDns: originDns.side })
