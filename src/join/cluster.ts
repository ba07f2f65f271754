/**
 * Lines of different logs that tell of one and the same thing: a request that passed two hops, a handshake that two taps saw,
 * a query that resolver and tap both logged. Paired one to one: a cluster holds at most one line of a log (a file may hold several logs).
 */
import type { Found } from './claim.js'
import { spanEnd, type Facts } from './facts.js'
import { ROUNDING_MS } from './moments.js'

/** What a connection was opened by: the answer, and with `match: all` every other one in the window. */
export interface Opening { readonly dns: Found | undefined, readonly others: readonly Found[] }

/** Lines of one request, handshake or query. `lead`, the first of them, speaks for all. */
export interface Cluster {
  readonly lead: Facts
  readonly members: readonly Facts[]
  /** A claim has been joined to it; a session before has paid for it. */
  isTaken: boolean
  isUsed: boolean
  /** It can be found no more, though it might have been: there was no room. */
  isDropped: boolean
  /** A handshake's: from its time to the end of the last request found on its connection, ms. */
  usedMs: number
  /** A handshake's: by which answers its connection was opened; what comes on it later was sent to the same address. */
  opening: Opening | undefined
}

/** How lines of one kind are recognised as the same thing. */
export interface SameRule {
  /** What must be equal; undefined = this line can be no other line's twin. */
  key(facts: Facts): string | undefined
  /** Largest gap between the two spans of time, ms, beyond the clocks' ticks. */
  readonly slackMs: number
  /** Further facts that must not contradict each other. */
  agree?(a: Facts, b: Facts): boolean
  /** … and what all of them together must not contradict. */
  fits?(members: readonly Facts[], facts: Facts): boolean
  /** Orders the members of a cluster: the first one is the lead. */
  leadFirst(a: Facts, b: Facts): number
}

interface Open { readonly members: Facts[], start: number, end: number }

/** Gap between two spans, ticks counted in; 0 where they overlap. */
function spanGap(open: Open, facts: Facts): number {
  const start = Math.min(facts.at, facts.start)
  if (start > open.end) return start - open.end
  const end = spanEnd(facts) + facts.tick
  return end < open.start ? open.start - end : 0
}

function admit(open: Open, facts: Facts): void {
  open.members.push(facts)
  open.start = Math.min(open.start, facts.start)
  open.end = Math.max(open.end, spanEnd(facts) + facts.tick)
}

function place(clusters: Open[], facts: Facts, rule: SameRule): void {
  for (const open of clusters) {
    if (spanGap(open, facts) > rule.slackMs + ROUNDING_MS) continue
    if (open.members.some(member => member.path === facts.path && member.dataset === facts.dataset)) continue
    if (rule.agree && !open.members.every(member => rule.agree!(member, facts))) continue
    if (rule.fits && !rule.fits(open.members, facts)) continue
    admit(open, facts)
    return
  }
  clusters.push({ members: [facts], start: facts.start, end: spanEnd(facts) + facts.tick })
}

/** Lines as a cluster that nobody has found yet. */
export const clusterOf = (lead: Facts, members: readonly Facts[]): Cluster => ({ lead, members, isTaken: false, isUsed: false, isDropped: false, usedMs: 0, opening: undefined })

function close(open: Open, rule: SameRule): Cluster {
  const members = open.members.length === 1 ? open.members : [...open.members].sort(rule.leadFirst)
  return clusterOf(members[0]!, members)
}

/** Groups lines that tell of the same thing, as they come in the order ts_ms, file, line. */
export class Clusters {
  private readonly openByKey = new Map<string, Open[]>()
  private done: Cluster[] = []

  /** @param isLone all lines are of one file, so that each stands for itself; giving them keys all the same was a quarter of the time of the join. */
  constructor(private readonly rule: SameRule, private readonly isLone: boolean) {}

  add(facts: Facts): void {
    const key = this.isLone ? undefined : this.rule.key(facts)
    if (key === undefined) {
      this.done.push(clusterOf(facts, [facts]))
      return
    }
    let clusters = this.openByKey.get(key)
    if (!clusters) this.openByKey.set(key, clusters = [])
    // clusters that ended before this line can take no later one either, so a busy key stays cheap
    while (clusters.length > 0 && this.isOver(clusters[0]!, facts.start)) this.done.push(close(clusters.shift()!, this.rule))
    place(clusters, facts, this.rule)
  }

  /** Lines that wait for others. */
  get size(): number {
    let size = this.done.length
    for (const clusters of this.openByKey.values()) for (const { members } of clusters) size += members.length
    return size
  }

  /**
   * Clusters that no later line can join, in the order of their leads; each is given once.
   * @param now no line before this time comes any more.
   */
  take(now: number): Cluster[] {
    for (const [key, clusters] of this.openByKey) {
      while (clusters.length > 0 && this.isOver(clusters[0]!, now)) this.done.push(close(clusters.shift()!, this.rule))
      if (clusters.length === 0) this.openByKey.delete(key)
    }
    const { order } = this.oldest()
    const ready = this.done.filter(cluster => cluster.lead.order < order)
    if (ready.length < this.done.length) this.done = this.done.filter(cluster => cluster.lead.order >= order)
    else this.done = []
    return this.isLone ? ready : ready.sort((a, b) => a.lead.order - b.lead.order)
  }

  private isOver(open: Open, at: number): boolean { return open.end + this.rule.slackMs + ROUNDING_MS < at }

  /** Where the earliest line begins that has not been given; Infinity when there is none. A cluster may be led by a line that is not its first. */
  get oldestStart(): number {
    let { start } = this.oldest()
    for (const { members } of this.done) for (const member of members) if (member.start < start) start = member.start
    return start
  }

  /** Where the oldest cluster begins that may still grow: its place in the order, and its time; Infinity when there is none. */
  oldest(): { order: number, start: number } {
    let order = Infinity
    let start = Infinity
    for (const clusters of this.openByKey.values()) for (const open of clusters) {
      for (const member of open.members) if (member.order < order) order = member.order
      if (open.start < start) start = open.start
    }
    return { order, start }
  }
}
