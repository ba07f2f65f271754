/**
 * Robust statistics for detectors: medians instead of means, so that the incident itself does not move what counts as normal.
 * Everything here is bounded in memory and gives the same answer whatever the machine.
 */

/** Makes a median absolute deviation comparable with a standard deviation of normal data. */
const MAD_TO_SIGMA = 1.4826

/**
 * The q-quantile (0 … 1) of numbers in any order, by linear interpolation.
 * @returns undefined for an empty list.
 */
export function quantile(values: readonly number[], q: number): number | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  const place = Math.min(1, Math.max(0, q)) * (sorted.length - 1)
  const below = Math.floor(place)
  const low = sorted[below]!
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!
  return low + (high - low) * (place - below)
}

/** The middle of numbers in any order; undefined for an empty list. */
export function median(values: readonly number[]): number | undefined {
  return quantile(values, 0.5)
}

/** Median distance from `centre` (default the median), scaled to a standard deviation; undefined for an empty list. */
export function robustSigma(values: readonly number[], centre: number | undefined = median(values)): number | undefined {
  if (centre === undefined) return undefined
  const deviation = median(values.map(value => Math.abs(value - centre)))
  return deviation === undefined ? undefined : deviation * MAD_TO_SIGMA
}

/**
 * How many robust standard deviations `value` stands above what `normal` shows.
 * @param floor least standard deviation believed, so that a flat baseline does not make a small step look enormous.
 * @returns undefined where there is nothing to compare with.
 */
export function robustZ(value: number, normal: readonly number[], floor: number): number | undefined {
  const centre = median(normal)
  if (centre === undefined) return undefined
  return (value - centre) / Math.max(floor, robustSigma(normal, centre)!)
}

/** Least standard deviation of a count whose normal value is `centre`: that of a Poisson process, never under 1. */
export function countFloor(centre: number): number {
  return Math.max(1, Math.sqrt(Math.max(0, centre)))
}

/** Chance of `count` events or more where `expected` are the rule (Poisson). */
export function chanceOfAtLeast(count: number, expected: number): number {
  let term = Math.exp(-expected)
  let fewer = 0
  for (let i = 0; i < count; i++) {
    fewer += term
    term *= expected / (i + 1)
  }
  return Math.max(0, 1 - fewer)
}

/** Lower end of the 95 % Wilson interval of a share: small samples count for less. 0 for an empty sample. */
export function shareAtLeast(hits: number, total: number): number {
  if (total <= 0) return 0
  const z = 1.96
  const share = hits / total
  const spread = z * Math.sqrt((share * (1 - share) + z * z / (4 * total)) / total)
  return Math.max(0, (share + z * z / (2 * total) - spread) / (1 + z * z / total))
}

/** A bounded sample of a stream of numbers, even over its length and without chance: every k-th value, k doubling when it is full. */
export class Sample {
  private values: number[] = []
  private every = 1
  private skipped = 0
  /** Values seen, kept or not. */
  seen = 0
  max = -Infinity

  constructor(private readonly capacity = 512) {}

  add(value: number): void {
    this.seen++
    if (value > this.max) this.max = value
    if (this.skipped++ % this.every !== 0) return
    this.values.push(value)
    if (this.values.length < this.capacity) return
    this.values = this.values.filter((_, index) => index % 2 === 0)
    this.every *= 2
    this.skipped = 0
  }

  quantile(q: number): number | undefined { return quantile(this.values, q) }

  median(): number | undefined { return median(this.values) }

  /** What was kept, in the order of arrival. */
  kept(): readonly number[] { return this.values }
}

/** The densest bunch of durations. */
export interface Pile { readonly value: number, readonly count: number, readonly share: number }

/**
 * Where durations pile up: the value around which most of them lie within ± `tolerance` (a share of the value).
 * A time limit shows as such a pile, whatever its length. undefined for an empty list.
 */
export function densest(values: readonly number[], tolerance = 0.05): Pile | undefined {
  if (values.length === 0) return undefined
  const sorted = [...values].sort((a, b) => a - b)
  let best = { from: 0, count: 0 }
  for (let from = 0, to = 0; from < sorted.length; from++) {
    while (to < sorted.length && sorted[to]! <= sorted[from]! * (1 + 2 * tolerance)) to++
    if (to - from > best.count) best = { from, count: to - from }
  }
  return { value: median(sorted.slice(best.from, best.from + best.count))!, count: best.count, share: best.count / sorted.length }
}

/**
 * Counts per window of time, bounded: when there are more windows than `capacity` neighbours are put together and the width doubles.
 * Windows start at multiples of the width, so the counts do not depend on which line came first.
 */
export class WindowCounts {
  private counts = new Map<number, number>()

  constructor(public widthMs: number, private readonly capacity = 4096) {}

  add(atMs: number, amount = 1): void {
    const index = Math.floor(atMs / this.widthMs)
    this.counts.set(index, (this.counts.get(index) ?? 0) + amount)
    if (this.counts.size > this.capacity) this.widen()
  }

  clear(): void { this.counts = new Map() }

  /** Count of the window that holds `atMs`. */
  at(atMs: number): number { return this.counts.get(Math.floor(atMs / this.widthMs)) ?? 0 }

  /** Counts of all windows from the one that holds `fromMs` to the one that holds `toMs`, empty ones as 0; at most `capacity`. */
  between(fromMs: number, toMs: number): number[] {
    const first = Math.floor(fromMs / this.widthMs)
    const length = Math.min(this.capacity, Math.floor(toMs / this.widthMs) - first + 1)
    return Array.from({ length: Math.max(0, length) }, (_, offset) => this.counts.get(first + offset) ?? 0)
  }

  /** [start of window, count], in time order, without the empty ones. */
  entries(): [number, number][] {
    return [...this.counts].sort((a, b) => a[0] - b[0]).map(([index, count]) => [index * this.widthMs, count])
  }

  private widen(): void {
    const old = this.counts
    this.counts = new Map()
    this.widthMs *= 2
    for (const [index, count] of old) {
      const wide = Math.floor(index / 2)
      this.counts.set(wide, (this.counts.get(wide) ?? 0) + count)
    }
  }
}

/** Sum of the windows between two times, both included. */
export function countBetween(counts: WindowCounts, fromMs: number, toMs: number): number {
  let sum = 0
  for (const [start, count] of counts.entries()) if (start + counts.widthMs > fromMs && start <= toMs) sum += count
  return sum
}
