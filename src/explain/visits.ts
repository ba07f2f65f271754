/** Which visit of a host is explained, and how the others compare. Bounded: only the best candidate is kept. */
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { Sample } from '../detect-support/stats.js'
import type { ResolverView } from './step.js'

const MAX_NAMES = 50_000
const MAX_RESOLVERS = 64
const MAX_ADDRESSES = 32

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
    if (isVisit(session) || session.outcome === 'failure') {
      this.visits++
      if (session.outcome === 'failure') this.failed++
      if (session.duration_ms !== undefined && session.outcome !== 'failure') this.durations.add(session.duration_ms)
    }
    if (!this.chosen || this.isBetter(session, this.chosen)) this.chosen = session
  }

  private distance({ ts_ms: start, ts_end_ms: end }: Session): number {
    if (start === undefined || this.atMs === undefined) return Infinity
    return this.atMs < start ? start - this.atMs : this.atMs > (end ?? start) ? this.atMs - (end ?? start) : 0
  }

  private isBetter(session: Session, best: Session): boolean {
    const order: number[] = this.atMs === undefined
      ? [Number(session.outcome === 'failure') - Number(best.outcome === 'failure'), CLAIMS.indexOf(best.claim) - CLAIMS.indexOf(session.claim), (session.duration_ms ?? 0) - (best.duration_ms ?? 0)]
      : [Number(isVisit(session)) - Number(isVisit(best)), this.distance(best) - this.distance(session), CLAIMS.indexOf(best.claim) - CLAIMS.indexOf(session.claim)]
    const first = order.find(one => one !== 0 && !Number.isNaN(one))
    return first === undefined ? session.id < best.id && session.ts_ms === best.ts_ms : first > 0
  }

  /** The visits besides the chosen one. */
  others(): Others {
    const own = this.chosen
    const counted = own !== undefined && (isVisit(own) || own.outcome === 'failure') ? 1 : 0
    const median = this.durations.median()
    return {
      count: this.visits - counted, failed: this.failed - (own?.outcome === 'failure' ? 1 : 0),
      ...(median === undefined ? {} : { median_ms: median, slowest_ms: this.durations.max }),
    }
  }

  resolverViews(): ResolverView[] {
    return [...this.resolvers].sort(([a], [b]) => a < b ? -1 : 1).map(([resolver, { addresses, codes, count, first }]) => ({
      resolver, addresses: [...addresses].sort(), codes: [...codes].sort(), count, evidence: { file: first.log.file.path, line: first.log.line, note: `${resolver} gave ${[...addresses].sort().slice(0, 3).join(', ') || [...codes].join(', ') || 'no logged answer'}` },
    }))
  }
}
