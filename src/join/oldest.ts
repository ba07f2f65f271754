/** Where the lines begin that claims may rest on. */
import { foundOf, type Claim } from './claim.js'
import type { Facts } from './facts.js'

/** The earliest of some times. */
export class Oldest {
  at = Infinity

  see(start: number): this {
    if (start < this.at) this.at = start
    return this
  }

  lines(lines: readonly Facts[]): void { for (const { start } of lines) this.see(start) }

  /** Lines of claims that have found their partners. What was found by state began a session before. */
  claims(claims: Iterable<Claim>): this {
    for (const claim of claims) {
      this.lines(claim.cluster.members)
      for (const { cluster, bound } of foundOf(claim)) if (bound === 'window') this.lines(cluster.members)
    }
    return this
  }
}
