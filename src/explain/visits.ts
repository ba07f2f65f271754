/** Which visit of a host is explained, and how the others compare. Bounded: the best candidate is kept, and some of either kind for findings to choose from. */
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { formatDurationMs } from '../duration.js'
import { Sample } from '../detect-support/stats.js'
import type { Finding } from '../schema/finding.js'
import { concerns, hasFailed, tookOf, type ResolverView } from './step.js'

const MAX_NAMES = 50_000
const MAX_RESOLVERS = 64
const MAX_ADDRESSES = 32
const MAX_CANDIDATES = 256
/** So far from the time asked for, another visit may have been meant. */
const FAR_MS = 10_000

const CLAIMS: readonly Session['claim'][] = ['http.request', 'attempt', 'tls.handshake', 'dns']
const isVisit = (session: Session): boolean => session.claim === 'http.request' || session.claim === 'attempt'
const namesOf = (record: LogEvent | Session): (string | undefined)[] => [record.hostname, record.dns?.question?.name, record.tls?.client?.server_name, record.url?.domain]

/** How the other visits of the host went. */
export interface Others { readonly count: number, readonly failed: number, readonly median_ms?: number, readonly slowest_ms?: number }

interface Resolver { addresses: Set<string>, codes: Set<string>, count: number, first: LogEvent }

export class Visits {
  /** Names seen in the run, for a host that nobody visited. */
  readonly names = new Set<string>()
  chosen: Session | undefined
  private readonly candidates = { failed: [] as Session[], other: [] as Session[] }
  private visits = 0
  private failed = 0
  private readonly durations = new Sample(2048)
  private readonly resolvers = new Map<string, Resolver>()

  /** @param atMs the visit nearest to this time is wanted; without it the most telling one. */
  constructor(private readonly host: string, private readonly atMs: number | undefined) {}

  event(event: LogEvent): void {
    for (const name of namesOf(event)) if (name !== undefined && this.names.size < MAX_NAMES) this.names.add(name)
    if ((event.type === 'dns.response' || event.type === 'dns.query') && namesOf(event).includes(this.host)) this.resolver(event)
  }

  private resolver(event: LogEvent): void {
    const key = event.server?.ip ?? event.labels?.resolver ?? event.log.file.path
    let known = this.resolvers.get(key)
    if (!known) {
      if (this.resolvers.size >= MAX_RESOLVERS) return
      this.resolvers.set(key, known = { addresses: new Set(), codes: new Set(), count: 0, first: event })
    }
    known.count++
    for (const address of event.dns?.resolved_ip ?? []) {
      if (known.addresses.size === 0) known.first = event
      if (known.addresses.size < MAX_ADDRESSES) known.addresses.add(address)
    }
    if (event.dns?.response_code !== undefined) known.codes.add(event.dns.response_code)
  }

  session(session: Session): void {
    if (!namesOf(session).includes(this.host)) return
    const failed = hasFailed(session)
    const took = tookOf(session)
    if (isVisit(session) || failed) {
      this.visits++
      if (failed) this.failed++
      else if (took !== undefined) this.durations.add(took)
    }
    const kept = this.candidates[failed ? 'failed' : 'other']
    if (kept.length < MAX_CANDIDATES) kept.push(session)
    if (!this.chosen || this.isBetter(session, this.chosen)) this.chosen = session
  }

  private distance({ ts_ms: start, ts_end_ms: end }: Session): number {
    if (start === undefined || this.atMs === undefined) return Infinity
    return this.atMs < start ? start - this.atMs : this.atMs > (end ?? start) ? this.atMs - (end ?? start) : 0
  }

  private isBetter(session: Session, best: Session): boolean {
    const order: number[] = this.atMs === undefined
      ? [Number(hasFailed(session)) - Number(hasFailed(best)), CLAIMS.indexOf(best.claim) - CLAIMS.indexOf(session.claim), (tookOf(session) ?? 0) - (tookOf(best) ?? 0)]
      : [Number(isVisit(session)) - Number(isVisit(best)), this.distance(best) - this.distance(session), CLAIMS.indexOf(best.claim) - CLAIMS.indexOf(session.claim)]
    const first = order.find(one => one !== 0 && !Number.isNaN(one))
    return first === undefined ? session.id < best.id && session.ts_ms === best.ts_ms : first > 0
  }

  /**
   * Settles the visit, once all findings are known: where no time was asked for, one that the most severe of them tells of.
   * @returns why this visit, in words.
   */
  settle(findings: readonly Finding[]): string {
    if (this.atMs !== undefined) {
      const awayMs = this.chosen ? this.distance(this.chosen) : 0
      return `the one nearest to the time asked for${awayMs >= FAR_MS && awayMs < Infinity ? `, ${formatDurationMs(awayMs)} away` : ''}`
    }
    for (const finding of findings.filter(one => one.severity_id > 1)) {
      const about = [...this.candidates.failed, ...this.candidates.other].filter(session => concerns({ session }, finding))
      const best = about.reduce<Session | undefined>((known, session) => !known || this.isBetter(session, known) ? session : known, undefined)
      if (!best) continue
      this.chosen = best
      return hasFailed(best) ? 'it failed' : `${finding.rule.id} tells of it`
    }
    return this.chosen && hasFailed(this.chosen) ? 'it failed' : 'none failed; it was the slowest'
  }

  /** The visits besides the chosen one. */
  others(): Others {
    const own = this.chosen
    const counted = own !== undefined && (isVisit(own) || hasFailed(own)) ? 1 : 0
    const median = this.durations.median()
    return {
      count: this.visits - counted, failed: this.failed - (own && hasFailed(own) ? 1 : 0),
      ...(median === undefined ? {} : { median_ms: median, slowest_ms: this.durations.max }),
    }
  }

  resolverViews(): ResolverView[] {
    return [...this.resolvers].sort(([a], [b]) => a < b ? -1 : 1).map(([resolver, { addresses, codes, count, first }]) => ({
      resolver, addresses: [...addresses].sort(), codes: [...codes].sort(), count, evidence: { file: first.log.file.path, line: first.log.line, note: `${resolver} gave ${[...addresses].sort().slice(0, 3).join(', ') || [...codes].join(', ') || 'no logged answer'}` },
    }))
  }
}
