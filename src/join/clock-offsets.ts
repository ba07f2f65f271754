/**
 * Clock offsets between sources, from pairs that can hardly be chance: one client address and port in two logs, or a client that asks for a
 * name and then connects to it. True pairs pile up at one difference, the offset; chance pairs spread over all of them.
 */
import type { LogEvent } from '../schema/event.js'

/** An offset and how well it is supported. */
export interface Skew {
  /** How far the source is ahead of the others, ms; negative = behind. */
  readonly offset_ms: number
  /** Pairs in the peak. */
  readonly support: number
  readonly confidence: 'medium' | 'high'
}

/** Width of a peak, ms: what lies between an answer, a handshake and a first request, and jitter. */
const PEAK_MS = 250
/** Fewer pairs in the peak prove nothing. */
const ENOUGH = 8
/** The peak must hold this many times what the next best place holds. */
const CLEAR = 1.6
/** Pairs further apart are not looked at. */
const REACH_MS = 900_000
/** Stamps coarser than this cannot place an offset. */
const COARSEST_TICK_MS = 100
/** Samples kept of a source and kind of key. */
const MOST = 20_000
/** Two sources this close agree. */
const AGREE_MS = 150

/** First index of a sorted list at or above a value. */
function lowerBound(values: readonly number[], at: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle]! < at) low = middle + 1
    else high = middle
  }
  return low
}

/**
 * The difference at which pairs pile up, robust to any number of chance pairs.
 * @param differences right less left, ms, one for each possible pair.
 * @returns the lower edge of the peak (the pair with the least waiting in it), or undefined where the evidence is thin or two places compete.
 */
export function estimateSkew(differences: readonly number[]): Skew | undefined {
  if (differences.length < ENOUGH) return undefined
  const sorted = [...differences].sort((a, b) => a - b)
  let best = { from: 0, count: 0 }
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]! - sorted[from]! <= PEAK_MS) to++
    if (to - from > best.count) best = { from, count: to - from }
  }
  const start = sorted[best.from]!
  let rival = 0
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]! - sorted[from]! <= PEAK_MS) to++
    if (Math.abs(sorted[from]! - start) > 2 * PEAK_MS) rival = Math.max(rival, to - from)
  }
  if (best.count < ENOUGH || best.count < CLEAR * rival) return undefined
  const peak = sorted.slice(best.from, best.from + best.count)
  return { offset_ms: peak[Math.floor(peak.length / 4)]!, support: best.count, confidence: best.count >= 3 * ENOUGH && best.count >= 3 * rival ? 'high' : 'medium' }
}

type Times = Map<string, number[]>
interface Sampled { readonly ports: Times, readonly names: Times, kept: number, tick: number }

function remember(times: Times, key: string, at: number): void {
  const list = times.get(key)
  if (list) list.push(at)
  else times.set(key, [at])
}

/** Differences of all pairs that share a key; a key seen very often in both says little and is passed over. */
function differencesOf(left: Times, right: Times): number[] {
  const differences: number[] = []
  for (const [key, times] of left) {
    const others = right.get(key)
    if (!others || times.length * others.length > 10_000) continue
    const sorted = [...others].sort((a, b) => a - b)
    for (const at of times) for (let i = lowerBound(sorted, at - REACH_MS); i < sorted.length && sorted[i]! <= at + REACH_MS; i++) differences.push(sorted[i]! - at)
  }
  return differences
}

/** Collects samples of a run, in any order of events, and settles which sources are off. */
export class SkewSampler {
  private readonly sources = new Map<string, Sampled>()

  see(event: LogEvent): void {
    const client = event.client?.ip
    const isDns = event.type.startsWith('dns.')
    if (client === undefined || event.ts_ms === undefined || !(isDns || event.type === 'tls.handshake' || event.type === 'http.request')) return
    const path = event.log.file.path
    let source = this.sources.get(path)
    if (!source) this.sources.set(path, source = { ports: new Map(), names: new Map(), kept: 0, tick: 0 })
    if (source.kept >= MOST) return
    source.kept++
    source.tick = Math.max(source.tick, event.ts_res_ms ?? 1000)
    const at = event.ts_ms + (isDns ? event.duration_ms ?? 0 : 0)
    if (!isDns && event.client?.port !== undefined) remember(source.ports, `${client} ${event.client.port}`, at)
    if (event.hostname !== undefined) remember(source.names, `${client} ${event.hostname}`, at)
  }

  /** Sources that are off, by path. The sources that agree with most others are taken to be right. */
  learn(): Map<string, Skew> {
    const paths = [...this.sources].filter(([, source]) => source.tick <= COARSEST_TICK_MS).map(([path]) => path).sort()
    const edges: { a: string, b: string, skew: Skew }[] = []
    for (const a of paths) for (const b of paths) {
      if (a >= b) continue
      const skew = this.between(a, b)
      if (skew) edges.push({ a, b, skew })
    }
    return settle(paths, edges)
  }

  private between(a: string, b: string): Skew | undefined {
    const [left, right] = [this.sources.get(a)!, this.sources.get(b)!]
    return estimateSkew(differencesOf(left.ports, right.ports)) ?? estimateSkew(differencesOf(left.names, right.names))
  }
}

type Edge = { readonly a: string, readonly b: string, readonly skew: Skew }

function settle(paths: readonly string[], edges: readonly Edge[]): Map<string, Skew> {
  const groups = agreeing(paths, edges)
  const [reference] = [...groups].sort((a, b) => b.length - a.length || (a[0]! < b[0]! ? -1 : 1))
  const off = new Map<string, Skew>()
  for (const path of paths) {
    if (!reference || reference.includes(path)) continue
    const [strongest] = edges.filter(edge => (edge.a === path && reference.includes(edge.b)) || (edge.b === path && reference.includes(edge.a))).sort((x, y) => y.skew.support - x.skew.support)
    if (!strongest) continue
    const offset = strongest.b === path ? strongest.skew.offset_ms : -strongest.skew.offset_ms
    if (Math.abs(offset) > AGREE_MS) off.set(path, { ...strongest.skew, offset_ms: Math.round(offset * 1000) / 1000 })
  }
  return off
}

/** Sources whose offsets are within a handshake's time of each other. */
function agreeing(paths: readonly string[], edges: readonly Edge[]): string[][] {
  const groupOf = new Map(paths.map(path => [path, [path]]))
  for (const { a, b, skew } of edges) {
    if (Math.abs(skew.offset_ms) > AGREE_MS) continue
    const [left, right] = [groupOf.get(a)!, groupOf.get(b)!]
    if (left === right) continue
    left.push(...right)
    for (const path of right) groupOf.set(path, left)
  }
  return [...new Set(groupOf.values())]
}
