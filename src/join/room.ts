/** Keeps what a stream keeps within bounds, and says of a claim whether what it lacks may have gone that way. */
import { overTls, type Claim, type JoinRules } from './claim.js'
import type { Lane, Lanes } from './lane.js'

/** The room of one stream. */
export class Room {
  /** Events that might still have been found and were dropped. */
  evicted = 0
  /** Where the newest event stands while all that waits is joined for want of room; Infinity at other times. */
  hurriedAt = Infinity
  private readonly all: readonly Lane[]

  /** @param maxKept events kept at the most. */
  constructor(private readonly lanes: Lanes, private readonly rules: JoinRules, private readonly maxKept: number) { this.all = Object.values(lanes) }

  get isBounded(): boolean { return this.maxKept < Infinity }

  /**
   * Drops the oldest candidates where too much is kept; a quarter more than is needed goes, so that it need not be done at every step.
   * @param others what is kept besides them.
   * @returns whether that was enough.
   */
  drop(others: number): boolean {
    if (this.excess(others) > 0) for (const lane of this.all) lane.side.index.kept.tidy()
    const excess = this.excess(others)
    const candidates = this.all.reduce((sum, lane) => sum + lane.candidates, 0)
    if (excess <= 0 || candidates === 0) return excess <= 0
    const share = Math.min(1, (excess + this.maxKept / 4) / candidates)
    for (const lane of this.all) this.evicted += lane.drop(share)
    return this.excess(others) <= 0
  }

  private excess(others: number): number { return this.all.reduce((sum, lane) => sum + lane.size, others - this.maxKept) }

  /** Marks a claim whose missing partner may have been dropped, or had no time to come. `reachMs` is how far a partner may stand. */
  mark(claim: Claim, reachMs: number): void {
    if (!this.isBounded) return
    const { kind, cluster: { lead, isDropped }, tls } = claim
    const isRequest = kind === 'http.request' || kind === 'attempt'
    if (isRequest && lead.leg === 'origin') return
    const [answers, answer] = lead.leg === 'origin' ? [this.lanes.originDns, claim.originDns] : [this.lanes.dns, claim.dns]
    const lacksTls = isRequest && this.rules.hasTls && overTls(claim) && !tls
    const lacksDns = kind !== 'dns' && !answer
    const isHurried = lead.at + reachMs >= this.hurriedAt && (lacksTls || lacksDns || !isRequest)
    claim.isEvicted = isHurried || (!isRequest && isDropped) || (lacksTls && lead.at <= this.lanes.tls.droppedUntil) || (lacksDns && (tls?.match.partner.at ?? lead.at) <= answers.droppedUntil)
  }
}
