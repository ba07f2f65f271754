/** Collects what two logs may both tell of, bounded, and works out how far every log's clock stands from the others'. */
import type { LogEvent } from '../schema/event.js'
import { asksForAddress, type Facts } from './facts.js'
import { mixHash } from './hash.js'
import { estimateSkew, type Drift, type SkewEstimate, type SkewRules, type TimePair } from './skew.js'

/** Keys kept per log and kind; when there are more, a fixed half of all possible keys is forgotten, the same half in every log. */
const MAX_KEYS = 2048
/** Stamps kept per key. */
const MAX_TIMES = 4
/** Clocks in other time zones are 14 hours apart at the most. */
const FURTHEST_MS = 15 * 3_600_000

/** What is compared: one connection, one request, or one client and one name. */
type Kind = 'connection' | 'request' | 'name'

const RULES: Readonly<Record<Kind, SkewRules>> = {
  connection: { latencyMs: 250, minSupport: 8, minShare: 0.5 },
  request: { latencyMs: 50, eitherWay: true, minSupport: 8, minShare: 0.5 },
  // many look-ups are answered from caches and lead to no handshake, and the other way round
  name: { latencyMs: 250, minSupport: 8, minShare: 0.35 },
}
const KINDS: readonly Kind[] = ['connection', 'request', 'name']

/** Steps of a visit in their order, by the type of event. */
export const STEPS: Readonly<Record<string, number>> = { 'dns.query': 0, 'dns.response': 0, 'net.connect': 1, 'tls.handshake': 2, 'http.request': 3 }

const FIRST_HASH = 0x811c9dc5

/** Hash of a text behind others; the sample it draws is the same in every run. */
function hashOf(text: string, before: number): number {
  let hash = before
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return Math.imul(hash ^ 32, 0x01000193)
}

/** Number of a text that keys are sampled by. */
export const sampleHash = (text: string): number => hashOf(text, FIRST_HASH)

const settled = (hash: number): number => (hash ^ hash >>> 15) >>> 0

/** A line's stamp. */
export interface Stamp { readonly ms: number, readonly tick: number, readonly id: string, readonly line: number }

/** A sample of keys that every log draws alike, so that what is kept of one is kept of the other. */
class KeySample {
  readonly times = new Map<string, Stamp[]>()
  private readonly hashes = new Map<string, number>()
  private mask = 0

  /** Whether a key of this hash is kept: of a large log nearly none is, and need not be put together. */
  wants(hash: number): boolean { return (hash & this.mask) === 0 }

  add(key: string, hash: number, stamp: Stamp): void {
    const known = this.times.get(key)
    if (known) {
      if (known.length < MAX_TIMES) known.push(stamp)
      return
    }
    this.times.set(key, [stamp])
    this.hashes.set(key, hash)
    while (this.times.size > MAX_KEYS) {
      this.mask = this.mask * 2 + 1
      for (const [one, oneHash] of this.hashes) if ((oneHash & this.mask) !== 0) {
        this.times.delete(one)
        this.hashes.delete(one)
      }
    }
  }
}

/** What is compared of an event. `request` is its method and path. */
interface Sight { readonly path: string, readonly step: number, readonly client: string, readonly port: number | undefined, readonly name: string | undefined, readonly request: string | undefined }

/** Keys of a line. */
export interface SampledKeys { client: string, port: number | undefined, name: string | undefined, ofClient: number, ofName: number }

/** What is collected of a log. */
export interface SampledSource { readonly path: string, readonly step: number, events: number, readonly samples: Record<Kind, KeySample> }

/** One line of a log that stands for its clock in the evidence. */
export interface ClockWitness { readonly key: string, readonly from: Stamp, readonly to: Stamp }

/** Two logs and how far the second is ahead of the first. */
export interface SkewEdge extends SkewEstimate { readonly from: string, readonly to: string, readonly kind: Kind, /** The second step stands before the first: no delay explains that, only a clock. */ readonly impossible: boolean }

/** Logs whose clocks agree among themselves, and how far they are ahead of the reference (the largest such group). */
export interface ClockGroup {
  readonly paths: readonly string[]
  readonly offset_ms: number
  readonly edges: readonly SkewEdge[]
  /** Only a clock explains it: a step stands before the one it follows, or is late by the same again and again. */
  readonly certain: boolean
}

/** A log whose clock is off. */
export interface Skew {
  /** How far it is ahead of the others, ms; negative = behind. */
  readonly offset_ms: number
  /** Connections, requests and look-ups that agree. */
  readonly support: number
  readonly confidence: 'medium' | 'high'
  /** Where it also runs at another rate. */
  readonly drift?: Drift
}

/** Offsets under which two clocks count as agreeing: delays between steps, and what stamps cannot tell. */
const AGREE_MS = 500
/** What always comes late by the same (middle half, ms), so often, is late by its clock. */
const [STEADY_MS, OFTEN] = [250, 16]

const isCertain = (edges: readonly SkewEdge[]): boolean => edges.some(edge => edge.impossible || (edge.support >= OFTEN && edge.spread_ms <= STEADY_MS))

/** Samples events of all logs in one pass and compares their clocks. */
export class SkewSampler {
  private readonly sources = new Map<string, SampledSource>()

  see(event: LogEvent): void {
    const step = STEPS[event.type]
    if (step === undefined || event.ts_ms === undefined || event.ts_basis === 'inherited' || event.ts_basis === 'anchored' || event.labels?.leg === 'origin') return
    const isDns = step === 0
    const path = event.type === 'http.request' ? event.url?.path : undefined
    this.look({
      path: event.log.file.path, step, client: event.client?.ip ?? '', port: isDns ? undefined : event.client?.port,
      name: isDns && !asksForAddress(event) ? undefined : event.hostname, request: path === undefined ? undefined : `${event.http?.request?.method ?? ''} ${path}`,
    }, event.ts_ms, event.ts_res_ms ?? 0, event.log.line)
  }

  /** The same for an event of which only its facts are at hand; requests are then compared by connection and name alone. */
  seeFacts(facts: Facts): void {
    const step = STEPS[facts.type]
    if (step === undefined || !facts.isDated || facts.leg === 'origin') return
    this.look({ path: facts.path, step, client: facts.address ?? '', port: facts.clientPort, name: facts.role === 'dns' && !facts.isCause ? undefined : facts.names[0], request: undefined }, facts.start, facts.tick, facts.line)
  }

  private look(sight: Sight, ms: number, tick: number, line: number): void {
    const { path, step, client, port, name, request } = sight
    const source = this.sourceOf(path, step)
    const ofClient = sampleHash(client)
    const ofName = name === undefined ? 0 : sampleHash(name)
    source.events++
    this.lookAt(source, { client, port, name, ofClient, ofName }, ms, tick, line)
    if (request === undefined || name === undefined || client === '') return
    const hash = settled(hashOf(request, mixHash(ofClient, ofName)))
    const { samples } = source
    if (samples.request.wants(hash)) samples.request.add(`${client} ${name} ${request}`, hash, { ms, tick, id: `${path}:${line}`, line })
  }

  /** What is collected of a log. `step` is where its lines stand in a visit. */
  sourceOf(path: string, step: number): SampledSource {
    let source = this.sources.get(path)
    if (!source) this.sources.set(path, source = { path, step, events: 0, samples: { connection: new KeySample(), request: new KeySample(), name: new KeySample() } })
    return source
  }

  /** Takes over what another one has collected of a log; nothing can be added to it any more. */
  take(source: SampledSource): void { this.sources.set(source.path, source) }

  /** Whether anything may be kept of a line, by the numbers that `sampleHash` gives for its texts: of a large log nearly nothing is. */
  wantsLine({ samples: { connection, name } }: SampledSource, ofClient: number, port: number | undefined, ofName: number): boolean {
    return (port !== undefined && connection.wants(settled(Math.imul(ofClient ^ port, 0x01000193)))) || name.wants(settled(mixHash(ofClient, ofName)))
  }

  /** Looks at one line of a log, whose texts come with the numbers that `sampleHash` gives. */
  lookAt(source: SampledSource, { client, port, name, ofClient, ofName }: SampledKeys, ms: number, tick: number, line: number): void {
    if (client === '') return
    const { samples: { connection, name: names }, path } = source
    if (port !== undefined) {
      const hash = settled(Math.imul(ofClient ^ port, 0x01000193))
      if (connection.wants(hash)) connection.add(`${client} ${port}`, hash, { ms, tick, id: `${path}:${line}`, line })
    }
    if (name === undefined) return
    const hash = settled(mixHash(ofClient, ofName))
    if (names.wants(hash)) names.add(`${client} ${name}`, hash, { ms, tick, id: `${path}:${line}`, line })
  }

  /** Every pair of logs that can be compared, the earlier step first. */
  edges(): SkewEdge[] {
    const sources = [...this.sources.values()].sort((a, b) => a.step - b.step || (a.path < b.path ? -1 : 1))
    return sources.flatMap((from, i) => sources.slice(i + 1).map(to => compare(from, to)).filter(edge => edge !== undefined))
  }

  /** Groups of logs whose clocks agree; the first is the reference, with offset 0. Logs that nothing connects to the reference are left out. */
  groups(edges: readonly SkewEdge[]): ClockGroup[] {
    const groups = agreeing([...this.sources.keys()], edges)
    const size = (paths: readonly string[]): number => paths.reduce((sum, path) => sum + this.sources.get(path)!.events, 0)
    groups.sort((a, b) => b.length - a.length || size(b) - size(a) || (a[0]! < b[0]! ? -1 : 1))
    const [reference] = groups
    if (!reference) return []
    const offsets = groups.slice(1).map(paths => ({ paths, edges: between(reference, paths, edges) })).filter(group => group.edges.length > 0)
    return [{ paths: reference, offset_ms: 0, edges: [], certain: true }, ...offsets.map(group => ({ ...group, offset_ms: weighted(group.edges, reference), certain: isCertain(group.edges) }))]
  }

  /** Logs that are off, by path. Those that agree with most others are taken to be right. */
  learn(): Map<string, Skew> {
    const [reference, ...groups] = this.groups(this.edges())
    const off = new Map<string, Skew>()
    for (const { paths, offset_ms: offset, edges, certain } of groups) {
      if (!certain) continue
      const support = edges.reduce((sum, edge) => sum + edge.support, 0)
      const confidence = edges.length > 1 && edges.some(edge => edge.impossible) ? 'high' : 'medium'
      const drift = driftOf(edges, reference!.paths)
      for (const path of paths) off.set(path, { offset_ms: Math.round(drift ? drift.offset : offset), support, confidence, ...(drift ? { drift: drift.drift } : {}) })
    }
    return off
  }

  /** Where a key stands in two logs, nearest to an offset; for evidence. */
  witnesses({ from, to, kind, offset_ms: offset }: SkewEdge, limit: number): ClockWitness[] {
    const [a, b] = [this.sources.get(from)!.samples[kind], this.sources.get(to)!.samples[kind]]
    const found: (ClockWitness & { off: number })[] = []
    for (const [key, stamps] of a.times) for (const stamp of stamps) for (const other of b.times.get(key) ?? []) found.push({ key, from: stamp, to: other, off: Math.abs(other.ms - stamp.ms - offset) })
    return found.sort((x, y) => x.off - y.off || x.from.ms - y.from.ms || (x.key < y.key ? -1 : 1)).slice(0, limit)
  }
}

function compare(from: SampledSource, to: SampledSource): SkewEdge | undefined {
  for (const kind of KINDS) {
    const pairs: TimePair[] = []
    for (const [key, stamps] of from.samples[kind].times) {
      for (const a of stamps) for (const b of to.samples[kind].times.get(key) ?? []) {
        if (Math.abs(a.ms - b.ms) <= FURTHEST_MS) pairs.push({ key, fromMs: a.ms, toMs: b.ms, fromTickMs: a.tick, toTickMs: b.tick })
      }
    }
    const rules = RULES[kind]
    const estimate = estimateSkew(pairs, from.step === to.step ? { ...rules, eitherWay: true } : rules)
    if (estimate) return { ...estimate, from: from.path, to: to.path, kind, impossible: from.step < to.step && estimate.offset_ms < -AGREE_MS }
  }
  return undefined
}

function agreeing(paths: readonly string[], edges: readonly SkewEdge[]): string[][] {
  const groupOf = new Map(paths.map(path => [path, [path]]))
  for (const { from, to, offset_ms: offset, drift } of edges) {
    if (Math.abs(offset) + (drift?.reach_ms ?? 0) > AGREE_MS) continue
    const [a, b] = [groupOf.get(from)!, groupOf.get(to)!]
    if (a === b) continue
    a.push(...b)
    for (const path of b) groupOf.set(path, a)
  }
  return [...new Set(groupOf.values())].map(group => group.sort())
}

/** Edges between two groups, each turned so that it leads from the first. */
function between(reference: readonly string[], paths: readonly string[], edges: readonly SkewEdge[]): SkewEdge[] {
  return edges.filter(({ from, to }) => (reference.includes(from) && paths.includes(to)) || (reference.includes(to) && paths.includes(from)))
}

/** The best supported drift, as the reference sees it, and the offset that goes with it. */
function driftOf(edges: readonly SkewEdge[], reference: readonly string[]): { drift: Drift, offset: number } | undefined {
  let best: SkewEdge | undefined
  for (const edge of edges) if (edge.drift && (!best || edge.support > best.support)) best = edge
  if (!best?.drift) return undefined
  if (reference.includes(best.from)) return { drift: best.drift, offset: best.offset_ms }
  return { drift: { ...best.drift, ppm: -best.drift.ppm, at_ms: Math.round(best.drift.at_ms + best.offset_ms) }, offset: -best.offset_ms }
}

/** The offset that the best-supported and steadiest edges give; connections before names. */
function weighted(edges: readonly SkewEdge[], reference: readonly string[]): number {
  const best = KINDS.map(kind => edges.filter(edge => edge.kind === kind)).find(list => list.length > 0)!
  const signed = best.map(edge => ({ ms: reference.includes(edge.from) ? edge.offset_ms : -edge.offset_ms, weight: edge.support / (10 + edge.spread_ms) })).sort((a, b) => a.ms - b.ms)
  const half = signed.reduce((sum, one) => sum + one.weight, 0) / 2
  let sum = 0
  for (const { ms, weight } of signed) if ((sum += weight) >= half) return ms
  return signed.at(-1)!.ms
}
