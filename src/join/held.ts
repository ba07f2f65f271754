/** Handshakes that nobody has used, though somebody still may (with a state bound): their partners are known, their sessions wait until that is over. */
import { foundOf, mergedFacts, type Claim, type Found } from './claim.js'
import type { Cluster } from './cluster.js'
import { LONGEST_IDLE_MS } from './life.js'
import { ROUNDING_MS } from './moments.js'
import { take } from './seek.js'

/** Live input does not wait longer for the first request on a connection; browsers close unused ones sooner. It can be found all the same. */
const LIVE_UNUSED_MS = 300_000

const partners = (claim: Claim): Found[] => [...foundOf(claim), ...claim.others]

/** Claims on hold, in the order of their leads. */
export class Held {
  private claims: Claim[] = []
  /** How many handshakes on hold have found an answer. Nobody has it yet, but it must not go as nobody's. */
  private readonly wanted = new Map<Cluster, number>()
  private readonly unusedMs: number

  constructor(isLive: boolean) { this.unusedMs = isLive ? LIVE_UNUSED_MS : LONGEST_IDLE_MS }

  get size(): number { return this.claims.length }

  /** May a claim still become a request's? */
  isFor({ kind, cluster }: Claim): boolean {
    const { lead } = cluster
    return kind === 'tls.handshake' && lead.leg === 'client' && lead.isCause && lead.leadsSomewhere && mergedFacts(cluster).clientPort !== undefined
  }

  /** Takes a claim whose partners have been looked for. */
  hold(claim: Claim): void {
    this.claims.push(claim)
    for (const { cluster } of partners(claim)) this.wanted.set(cluster, (this.wanted.get(cluster) ?? 0) + 1)
  }

  isWanted(cluster: Cluster): boolean { return this.wanted.has(cluster) }

  /**
   * Claims that nobody can take any more, in the order of their leads; those that somebody took are forgotten.
   * @param looked everybody who stands before this time has looked for partners.
   */
  over(looked: number): Claim[] {
    const over: Claim[] = []
    this.claims = this.claims.filter(claim => {
      const { cluster } = claim
      const isOver = cluster.lead.at + cluster.lead.tick + this.unusedMs + ROUNDING_MS < looked
      if (!cluster.isTaken && !isOver && !cluster.isDropped) return true
      this.release(claim)
      if (cluster.isTaken) return false
      // dropped before its time: somebody may have looked for it in vain
      if (!isOver) claim.isEvicted = true
      take(claim)
      over.push(claim)
      return false
    })
    return over
  }

  /** The place in the order of the first on hold; Infinity when there is none. */
  get oldestOrder(): number { return this.claims[0]?.cluster.lead.order ?? Infinity }

  /** Every claim on hold. */
  [Symbol.iterator](): Iterator<Claim> { return this.claims[Symbol.iterator]() }

  private release(claim: Claim): void {
    for (const { cluster } of partners(claim)) {
      const left = this.wanted.get(cluster)! - 1
      if (left > 0) this.wanted.set(cluster, left)
      else this.wanted.delete(cluster)
    }
  }
}
