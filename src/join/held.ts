/** Claims of answers and handshakes that nobody has used, though somebody still may: their sessions wait until that is over. Live input with a state bound only. */
import { foundOf, mergedFacts, type Claim, type Found } from './claim.js'
import type { Cluster } from './cluster.js'
import { lifeMs } from './life.js'
import { take } from './seek.js'

/** A connection that carried no request for so long is not waited for: browsers and servers close unused ones sooner. It can be found all the same. */
const UNUSED_CONNECTION_MS = 300_000

/** Claims on hold. */
export class Held {
  private claims: { readonly claim: Claim, readonly until: number }[] = []
  /** How many handshakes on hold have found an answer. Nobody has it yet, but it must not go as nobody's. */
  private readonly wanted = new Map<Cluster, number>()

  constructor(private readonly slackMs: number) {}

  /** May a claim still become another's? */
  isFor({ kind, cluster }: Claim): boolean {
    const { lead } = cluster
    if (lead.leg === 'origin' || !lead.isCause || !lead.leadsSomewhere) return false
    return kind === 'dns' || (kind === 'tls.handshake' && mergedFacts(cluster).clientPort !== undefined)
  }

  /** Notes what a handshake that will be on hold has found. */
  expect(claim: Claim): void { for (const found of partners(claim)) this.wanted.set(found.cluster, (this.wanted.get(found.cluster) ?? 0) + 1) }

  /** Takes a claim whose turn has come. */
  hold(claim: Claim): void {
    const { lead } = claim.cluster
    this.claims.push({ claim, until: lead.at + (claim.kind === 'dns' ? lifeMs(lead, this.slackMs) : UNUSED_CONNECTION_MS) })
  }

  /**
   * Claims that nobody can take any more, in the order of their leads; those that somebody took are forgotten.
   * @param looked everybody who stands before this time has looked for partners.
   */
  take(looked: number): Claim[] {
    // handshakes first: what they give up or take decides about the answers
    return [...this.over('tls.handshake', looked), ...this.over('dns', looked)].sort((a, b) => a.cluster.lead.order - b.cluster.lead.order)
  }

  private over(kind: Claim['kind'], looked: number): Claim[] {
    const over: Claim[] = []
    this.claims = this.claims.filter(({ claim, until }) => {
      const { cluster } = claim
      if (claim.kind !== kind) return true
      if (!cluster.isTaken && ((until >= looked && !cluster.isDropped) || (kind === 'dns' && this.wanted.has(cluster)))) return true
      if (kind !== 'dns') this.release(claim)
      if (cluster.isTaken) return false
      // dropped before its time: somebody may have looked for it in vain
      if (until >= looked && cluster.isDropped) claim.isEvicted = true
      take(claim)
      over.push(claim)
      return false
    })
    return over
  }

  private release(claim: Claim): void {
    for (const { cluster } of partners(claim)) {
      const left = this.wanted.get(cluster)! - 1
      if (left > 0) this.wanted.set(cluster, left)
      else this.wanted.delete(cluster)
    }
  }
}

const partners = (claim: Claim): Found[] => [...foundOf(claim), ...claim.others]
