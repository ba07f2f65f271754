/**
 * How long names take to resolve, against what is normal for them and for their resolver. A log of questions alone has no durations;
 * there the wait between the question and the handshake it leads to stands in, where that wait is otherwise short.
 */
import type { DetectorContext, Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { proofOf } from './incidents.js'
import { median, quantile, Sample } from './stats.js'
import { resolverOf, slim } from './tls-view.js'

const MAX_NAMES = 20_000
/** Slow look-ups kept of a name, and what counts as slow enough to be kept, ms. */
const [MAX_SLOW, WORTH_KEEPING_MS] = [256, 100]

/** A clock that ticks no finer tells of no look-up that is quicker. */
const COARSE_MS = 500

/** One look-up that took long. */
export interface Slow { readonly ms: number, readonly atMs: number, readonly client: string | undefined, readonly resolver: string, readonly proof: Proof, /** Inferred from the handshake. */ readonly inferred: boolean }

/** Look-ups of one name that went upstream. */
export interface NameLatency { readonly name: string, readonly byScale: Map<string, Sample>, seen: number, readonly slow: Slow[], readonly times: number[] }

/** What is normal at a resolver. */
export interface Normal { readonly median: number, readonly high: number, readonly names: number, readonly seen: number }

/** Collects durations. */
export class Latencies {
  readonly names = new Map<string, NameLatency>()
  /** Normal durations per name from a healthy period. */
  readonly baseline: Latencies | undefined
  private readonly firstUse = new Set<string>()
  private readonly normals = new Map<string, Normal | undefined>()

  constructor(context?: Pick<DetectorContext, 'baseline'>) {
    if (!context?.baseline) return
    const known = this.baseline = new Latencies()
    for (const event of context.baseline.events) known.event(event)
    for (const session of context.baseline.sessions) known.session(session)
  }

  event(event: LogEvent): void {
    const { dns, duration_ms: ms } = event
    // answers out of a cache take no time, and would make everything else look slow
    if (event.type !== 'dns.response' || event.ts_ms === undefined || event.hostname === undefined || dns?.answered_from === 'cache' || dns?.answered_from === 'hosts' || dns?.answered_from === 'config') return
    const resolver = resolverOf(event)
    // a coarse clock shows no duration under its tick: that is a fast look-up, though nobody knows how fast
    if (ms === undefined) {
      if ((event.ts_res_ms ?? 0) >= COARSE_MS && dns?.answered_from === 'upstream') this.addCoarse(event, event.hostname, resolver, 0)
      return
    }
    // whole ticks of a coarse clock: a look-up of 2 ms across the turn of a second shows as one
    const tick = event.ts_res_ms ?? 0
    if (tick >= COARSE_MS && ms % tick === 0) return this.addCoarse(event, event.hostname, resolver, Math.max(0, ms - tick))
    this.add(event.hostname, resolver, { ms, atMs: event.ts_ms, client: event.client?.ip, resolver, proof: { event: slim(event), note: `${event.hostname} takes ${Math.round(ms)} ms` }, inferred: false })
  }

  private addCoarse(event: LogEvent, name: string, resolver: string, ms: number): void {
    this.add(name, resolver, { ms, atMs: event.ts_ms!, client: event.client?.ip, resolver, proof: { event: slim(event), note: `${name} takes ${Math.round(ms)} ms or more` }, inferred: false }, true)
  }

  /** A question without an answer in the log, and the first handshake after it. */
  session(session: Session): void {
    const asked = session.members.find(member => member.type === 'dns.query' && member.leg !== 'origin')
    const shake = session.members.find(member => member.type === 'tls.handshake' && member.leg !== 'origin')
    if (!asked || !shake || asked.reused || asked.ts_ms === undefined || shake.ts_ms === undefined || session.dns?.response_code !== undefined) return
    const pair = session.join.pairs.find(one => one.to === asked.event_id)
    const name = session.dns?.question?.name
    if (!pair || pair.later || !pair.keys.includes('hostname') || !pair.keys.includes('client.ip') || name === undefined || this.firstUse.has(asked.event_id)) return
    if (this.firstUse.size < 100_000) this.firstUse.add(asked.event_id)
    const ms = shake.ts_ms - asked.ts_ms
    if (ms < 0) return
    this.add(name, waitOf(asked.file), { ms, atMs: asked.ts_ms, client: session.client?.ip, resolver: asked.file, proof: proofOf(asked, `${name} is asked for; its handshake follows ${Math.round(ms)} ms later`), inferred: true })
  }

  private add(name: string, scale: string, slow: Slow, isCoarse = false): void {
    let one = this.names.get(name)
    if (!one) {
      if (this.names.size >= MAX_NAMES) return
      this.names.set(name, one = { name, byScale: new Map(), seen: 0, slow: [], times: [] })
    }
    one.seen++
    let sample = one.byScale.get(scale)
    if (!sample && one.byScale.size < 16) one.byScale.set(scale, sample = new Sample(64))
    sample?.add(slow.ms)
    if (slow.ms < WORTH_KEEPING_MS) {
      // under its tick a coarse clock tells fast from slow no better than that
      if (!isCoarse && one.times.length < 4096) one.times.push(slow.atMs)
      return
    }
    if (one.slow.length < MAX_SLOW) one.slow.push(slow)
  }

  /**
   * What a look-up normally takes at a resolver, ms: the middle name's middle look-up, and what three of four names need. Names count
   * alike however often they are asked for, so that a hot slow zone does not become the norm.
   */
  normalOf(slow: Pick<Slow, 'inferred' | 'resolver'>): Normal | undefined {
    const scale = slow.inferred ? waitOf(slow.resolver) : slow.resolver
    if (!this.normals.has(scale)) this.normals.set(scale, this.baseline?.normalAt(scale) ?? this.normalAt(scale))
    return this.normals.get(scale)
  }

  private normalAt(scale: string): Normal | undefined {
    const samples = [...this.names.values()].map(one => one.byScale.get(scale)).filter(sample => sample !== undefined)
    const medians = samples.map(sample => sample.median()!)
    return medians.length === 0 ? undefined : { median: median(medians)!, high: quantile(medians, 0.75)!, names: medians.length, seen: samples.reduce((sum, sample) => sum + sample.seen, 0) }
  }

  /** Fast look-ups of a name between two moments. */
  fastBetween({ times }: NameLatency, fromMs: number, toMs: number): number {
    return times.reduce((sum, at) => at >= fromMs && at <= toMs ? sum + 1 : sum, 0)
  }

  /** Was the name ever fast, in this run or in the healthy period? */
  wasFast({ name, times }: NameLatency): boolean {
    return times.length > 0 || (this.baseline?.names.get(name)?.times.length ?? 0) > 0
  }
}

/** Under this name the waits of a log of questions are kept apart from durations. */
const waitOf = (resolver: string): string => `${resolver} (wait)`
