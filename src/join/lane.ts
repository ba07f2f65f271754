/** Lines of one kind and leg on their way: put together, made findable, and waiting for a claim. */
import type { JoinRules } from './claim.js'
import { Clusters, type Cluster, type SameRule } from './cluster.js'
import type { Facts, Role } from './facts.js'
import { LONGEST_LIFE_MS, lifeMs } from './life.js'
import { sameHandshake, sameQuery } from './same.js'
import { Side } from './seek.js'

/** One kind and leg. */
export class Lane {
  readonly clusters: Clusters
  /** Clusters that may still be claimed, in the order of their leads. */
  waiting: Cluster[] = []
  /** Who looks for a partner from before this time on may miss one that was dropped, epoch ms. */
  droppedUntil = -Infinity

  /**
   * @param claimsAs what a cluster that nobody claims stands for; undefined: nothing.
   * @param reachMs how long after its time a cluster can be found.
   */
  constructor(rule: SameRule, isLone: boolean, readonly side: Side, readonly claimsAs: 'tls.handshake' | 'dns' | undefined, private readonly reachMs: (facts: Facts) => number) { this.clusters = new Clusters(rule, isLone) }

  /** Puts together what no later line can join. */
  advance(now: number): void {
    for (const cluster of this.clusters.take(now)) {
      this.side.add(cluster)
      if (this.claimsAs) this.waiting.push(cluster)
    }
    this.side.index.seal()
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
      this.droppedUntil = Math.max(this.droppedUntil, facts.at + facts.tick + this.reachMs(facts))
    }
    return events
  }
}

/** What can be joined to, by kind and leg. */
export type Lanes = Readonly<Record<'tls' | 'dns' | 'connect' | 'originTls' | 'originDns', Lane>>

/** Is there one log of a role at the most? */
export const isLone = (rules: JoinRules, role: Role): boolean => (rules.files?.[role] ?? Infinity) <= 1

/** @param isLiveState an answer and a connection are kept for as long as they live, not for a few windows. */
export function lanesOf(rules: JoinRules, isLiveState: boolean): Lanes {
  const windowMs = Math.max(rules.beforeMs, rules.afterMs)
  const near = (): number => rules.beforeMs
  const tlsLife = isLiveState ? (): number => LONGEST_LIFE_MS : undefined
  const dnsLife = isLiveState ? (facts: Facts): number => lifeMs(facts, rules.ttlSlackMs) : undefined
  const side = (admit?: (facts: Facts) => boolean, life?: (facts: Facts) => number): Side => new Side(life ? Infinity : Math.max(1000, windowMs), admit, life)
  const asks = (facts: Facts): boolean => facts.isCause
  return {
    tls: new Lane(sameHandshake(windowMs), isLone(rules, 'tls'), side(undefined, tlsLife), 'tls.handshake', tlsLife ?? near),
    dns: new Lane(sameQuery(windowMs), isLone(rules, 'dns'), side(asks, dnsLife), 'dns', facts => Math.max(rules.beforeMs, dnsLife?.(facts) ?? 0)),
    connect: new Lane(sameHandshake(windowMs), isLone(rules, 'connect'), side(), undefined, near),
    originTls: new Lane(sameHandshake(windowMs), isLone(rules, 'tls'), side(), 'tls.handshake', near),
    originDns: new Lane(sameQuery(windowMs), isLone(rules, 'dns'), side(asks), 'dns', near),
  }
}
