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

  private nearest(attempt: Facts, candidates: readonly Claim[]): Claim | undefined {
    let best: Claim | undefined
    let least = Infinity
    for (const claim of candidates) {
      const { lead } = claim.cluster
      if (lead.at > spanEnd(attempt) + this.rules.afterMs + attempt.tick || this.reach(lead) < attempt.at || areOthers(attempt, lead)) continue
      const gap = Math.abs(lead.at - attempt.at)
      if (gap < least) [best, least] = [claim, gap]
    }
    return best
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
