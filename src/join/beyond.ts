/** Counts what the window misses because of caches and kept connections, so that a run can say what `--bound state` would find. */
import { asksForAddress, type Facts } from './facts.js'
import { lifeMs } from './life.js'
import type { Claim, JoinRules } from './slice.js'

/** Entries kept per table; beyond that the oldest go, and the count is a lower bound. */
const MOST = 200_000

const connectionKey = (facts: Facts): string | undefined => facts.client === undefined || facts.clientPort === undefined ? undefined : `${facts.client} ${facts.clientPort}`

function remember(table: Map<string, number>, key: string, until: number): void {
  table.delete(key)
  table.set(key, until)
  if (table.size > MOST) table.delete(table.keys().next().value!)
}

/** Remembers live answers and connections of earlier slices; joins nothing. */
export class BeyondWindow {
  tls = 0
  dns = 0
  private readonly connections = new Map<string, number>()
  private readonly answers = new Map<string, number>()
  private upTo = -Infinity

  constructor(private readonly rules: JoinRules) {}

  /** Looks at the claims of a slice in time order, with the events up to `to`. */
  count(claims: readonly Claim[], facts: readonly Facts[], to: number): void {
    if (this.rules.bound === 'state') return
    const byTime = [...claims].sort((a, b) => a.cluster.lead.order - b.cluster.lead.order)
    let next = 0
    for (const claim of byTime) {
      const { lead } = claim.cluster
      for (; next < facts.length && facts[next]!.order < lead.order; next++) this.see(facts[next]!, to)
      this.look(claim)
    }
    for (; next < facts.length; next++) this.see(facts[next]!, to)
    this.upTo = to
  }

  private see(facts: Facts, to: number): void {
    const start = facts.event.ts_ms!
    if (start < this.upTo || start >= to || facts.leg === 'origin') return
    const key = connectionKey(facts)
    if (facts.role === 'tls' && key !== undefined) remember(this.connections, key, Infinity)
    if (facts.role !== 'dns' || !asksForAddress(facts.event)) return
    for (const name of facts.names) remember(this.answers, `${facts.client ?? ''} ${name}`, facts.at + lifeMs(facts, this.rules.ttlSlackMs))
  }

  private look(claim: Claim): void {
    const { lead } = claim.cluster
    if (claim.kind === 'dns' || lead.leg === 'origin') return
    const key = connectionKey(lead)
    if (claim.kind === 'http.request' && this.rules.hasTls && !claim.tls && key !== undefined && this.connections.has(key)) this.tls++
    if (claim.kind !== 'tls.handshake' || claim.dns || lead.names.length === 0) return
    const until = this.answers.get(`${lead.client ?? ''} ${lead.names[0]}`) ?? this.answers.get(` ${lead.names[0]}`)
    if (until !== undefined && until >= lead.at) this.dns++
  }
}
