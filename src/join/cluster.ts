/**
 * Lines of different logs that tell of one and the same thing: a request that passed two hops, a handshake that two taps saw,
 * a query that resolver and tap both logged. Paired one to one: a cluster holds at most one line of a log (a file may hold several logs).
 */
import type { Facts } from './facts.js'

/** Lines of one request, handshake or query, in time order. `lead` speaks for all of them. */
export interface Cluster { readonly lead: Facts, readonly members: readonly Facts[] }

/** How lines of one kind are recognised as the same thing. */
export interface SameRule {
  /** What must be equal; undefined = this line can be no other line's twin. */
  key(facts: Facts): string | undefined
  /** Largest gap between the two spans of time, ms, beyond the clocks' ticks. */
  readonly slackMs: number
  /** Further facts that must not contradict each other. */
  agree?(a: Facts, b: Facts): boolean
  /** Orders the members of a cluster: the first one is the lead. */
  leadFirst(a: Facts, b: Facts): number
}

interface Open { readonly members: Facts[], start: number, end: number }

/** Gap between two spans, ticks counted in; 0 where they overlap. */
function spanGap(open: Open, facts: Facts): number {
  const start = Math.min(facts.at, facts.event.ts_ms ?? facts.at)
  if (start > open.end) return start - open.end
  const end = Math.max(facts.end, facts.at) + facts.tick
  return end < open.start ? open.start - end : 0
}

function admit(open: Open, facts: Facts): void {
  open.members.push(facts)
  open.start = Math.min(open.start, facts.event.ts_ms ?? facts.at)
  open.end = Math.max(open.end, Math.max(facts.end, facts.at) + facts.tick)
}

function place(clusters: Open[], facts: Facts, rule: SameRule): void {
  const file = facts.event.log.file.path
  for (const open of clusters) {
    if (spanGap(open, facts) > rule.slackMs) continue
    if (open.members.some(member => member.event.log.file.path === file && member.event.dataset === facts.event.dataset)) continue
    if (rule.agree && !open.members.every(member => rule.agree!(member, facts))) continue
    admit(open, facts)
    return
  }
  const start = facts.event.ts_ms ?? facts.at
  clusters.push({ members: [facts], start, end: Math.max(facts.end, facts.at) + facts.tick })
}

function areOfOneFile(facts: readonly Facts[]): boolean {
  const file = facts[0]?.event.log.file.path
  return facts.every((one, i) => one.event.log.file.path === file && (i === 0 || one.order > facts[i - 1]!.order))
}

/**
 * Groups lines that tell of the same thing.
 * @param facts lines of one kind in the order ts_ms, file, line. With one file only, every line is a cluster of its own.
 * @returns clusters in the order of their leads.
 */
export function clusterSame(facts: readonly Facts[], rule: SameRule): Cluster[] {
  // the usual case; giving every line a key all the same was about a quarter of the time of joining a slice
  if (areOfOneFile(facts)) return facts.map(one => ({ lead: one, members: [one] }))
  const openByKey = new Map<string, Open[]>()
  const done: Cluster[] = []
  for (const one of facts) {
    const key = rule.key(one)
    if (key === undefined) {
      done.push({ lead: one, members: [one] })
      continue
    }
    let clusters = openByKey.get(key)
    if (!clusters) openByKey.set(key, clusters = [])
    // clusters that ended before this line can take no later one either, so a busy key stays cheap
    while (clusters.length > 0 && clusters[0]!.end + rule.slackMs < (one.event.ts_ms ?? one.at)) done.push(close(clusters.shift()!, rule))
    place(clusters, one, rule)
  }
  for (const clusters of openByKey.values()) for (const open of clusters) done.push(close(open, rule))
  return done.sort((a, b) => a.lead.order - b.lead.order)
}

function close(open: Open, rule: SameRule): Cluster {
  const members = open.members.length === 1 ? open.members : [...open.members].sort(rule.leadFirst)
  return { lead: members[0]!, members }
}
