/** Pairs each attempt of a client with the request by which an edge answered it, one to one. */
import { newClaim, type Claim, type JoinRules } from './claim.js'
import type { Cluster } from './cluster.js'
import { spanEnd, type Facts } from './facts.js'
import { phaseOfError } from './phases.js'
import { attemptKey } from './same.js'

/** What failed before a request could be sent was answered by nobody. */
function wasSent(attempt: Facts): boolean {
  const phase = attempt.event.http?.response?.status_code === undefined ? phaseOfError(attempt.event.error?.type) : undefined
  return phase !== 'dns' && phase !== 'connect' && phase !== 'tls'
}

/** Two addresses of one family that differ are two clients. */
const areOthers = (a: Facts, b: Facts): boolean => a.client !== undefined && b.client !== undefined && a.clientFamily === b.clientFamily && a.client !== b.client

/** The place of the first claim that begins at a time or after it. */
function firstFrom(claims: readonly Claim[], at: number): number {
  let low = 0
  let high = claims.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (claims[middle]!.cluster.lead.at >= at) high = middle
    else low = middle + 1
  }
  return low
}

/** Requests and attempts in the order of their leads. An attempt is decided when no request it could belong to can come any more. */
export class Attempts {
  private readonly requests = new Map<string, Claim[]>()
  private undecided: Cluster[] = []

  constructor(private readonly rules: JoinRules) {}

  request(claim: Claim): void {
    const key = attemptKey(claim.cluster.lead)
    if (key === undefined) return
    const list = this.requests.get(key)
    if (list) list.push(claim)
    else this.requests.set(key, [claim])
  }

  attempt(cluster: Cluster): void { this.undecided.push(cluster) }

  /** Where the first attempt begins that has not been decided; Infinity when there is none. */
  get oldest(): { readonly at: number, readonly order: number } {
    let at = Infinity
    let order = Infinity
    for (const { lead } of this.undecided) {
      if (lead.at < at) at = lead.at
      if (lead.order < order) order = lead.order
    }
    return { at, order }
  }

  /**
   * Merges attempts with the requests that answered them; gives back those that nobody answered, as claims of their own.
   * @param known all requests that begin before this time have been told of.
   */
  decide(known: number): Claim[] {
    const alone: Claim[] = []
    let next = 0
    // in their order, so that of two attempts the first one takes its request first
    for (; next < this.undecided.length; next++) {
      const attempt = this.undecided[next]!
      const { lead } = attempt
      if (spanEnd(lead) + this.rules.afterMs + lead.tick >= known) break
      const key = attemptKey(lead)
      const candidates = key === undefined ? undefined : this.requests.get(key)
      const found = candidates && wasSent(lead) ? this.nearest(lead, candidates) : undefined
      if (found === undefined) alone.push(newClaim('attempt', attempt))
      else {
        candidates!.splice(candidates!.indexOf(found), 1)
        found.cluster = { ...found.cluster, members: [...found.cluster.members, ...attempt.members] }
      }
    }
    if (next > 0) this.undecided = this.undecided.slice(next)
    return alone
  }

  /** The one that began nearest, the earlier of two; candidates stand in the order of their beginnings, so a busy address is looked at from where the attempt stands. */
  private nearest(attempt: Facts, candidates: readonly Claim[]): Claim | undefined {
    const isFit = (lead: Facts): boolean => this.reach(lead) >= attempt.at && !areOthers(attempt, lead)
    const atOf = (place: number): number => candidates[place]!.cluster.lead.at
    const latest = spanEnd(attempt) + this.rules.afterMs + attempt.tick
    let later = firstFrom(candidates, attempt.at)
    let earlier = later - 1
    for (;;) {
      const gapBefore = earlier < 0 ? Infinity : attempt.at - atOf(earlier)
      const gapAfter = later < candidates.length && atOf(later) <= latest ? atOf(later) - attempt.at : Infinity
      if (gapBefore === Infinity && gapAfter === Infinity) return undefined
      if (gapAfter < gapBefore) {
        if (isFit(candidates[later++]!.cluster.lead)) return candidates[later - 1]
        continue
      }
      // of several that began at one time the first in the order
      const at = atOf(earlier)
      let found: Claim | undefined
      for (; earlier >= 0 && atOf(earlier) === at; earlier--) if (isFit(candidates[earlier]!.cluster.lead)) found = candidates[earlier]
      if (found) return found
    }
  }

  /** The latest beginning of an attempt that a request can have answered. */
  reach(request: Facts): number { return spanEnd(request) + request.tick + this.rules.beforeMs }

  /** Forgets requests that no attempt from this time on can belong to. */
  forget(from: number): void {
    for (const [key, claims] of this.requests) {
      const kept = claims.filter(claim => this.reach(claim.cluster.lead) >= from)
      if (kept.length === 0) this.requests.delete(key)
      else if (kept.length < claims.length) this.requests.set(key, kept)
    }
  }
}
