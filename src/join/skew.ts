/**
 * How far two clocks stand apart, from things both logs tell of: a connection, a look-up and the handshake after it.
 * Pure arithmetic over pairs of stamps; it knows that a stamp is only as fine as its clock's tick and that the later of two steps
 * comes a little after the earlier one, and it would rather say nothing than guess.
 */

/** One thing seen by two logs. */
export interface TimePair {
  /** What was seen; several pairs may be candidates for the same thing, and then count once. */
  readonly key: string
  readonly fromMs: number
  readonly toMs: number
  /** Ticks of the two clocks: the true moment lies in [ms, ms + tick). */
  readonly fromTickMs: number
  readonly toTickMs: number
}

/** How far `to`'s clock is ahead of `from`'s. */
export interface SkewEstimate {
  /** Positive: `to` stamps later than `from`. */
  readonly offset_ms: number
  /** Things that agree on it. */
  readonly support: number
  /** Share of the things that could agree on it and do, 0 to 1. */
  readonly confidence: number
  /** How far the agreeing ones lie apart (middle half), ms. */
  readonly spread_ms: number
  /** Where the clock also runs faster or slower: how much, in parts of a million, and when the offset is the one given. */
  readonly drift?: Drift
}

/** A clock that runs at another rate. */
export interface Drift {
  /** Positive: `to`'s clock gains on `from`'s. */
  readonly ppm: number
  /** Time by `from`'s clock at which the offset holds, epoch ms. */
  readonly at_ms: number
  /** How far the offset moves from there to either end of what was seen, ms. */
  readonly reach_ms: number
}

/** What makes an estimate believable. */
export interface SkewRules {
  /** How long after the first step the second may come, ms. */
  readonly latencyMs: number
  /** The order of the two steps is not known. */
  readonly eitherWay?: boolean
  readonly minSupport: number
  /** Of the things seen by both, so many must agree. */
  readonly minShare: number
}

interface Interval { readonly key: string, readonly low: number, readonly high: number, readonly difference: number }

/** Offsets that a pair allows: the difference of the stamps, less what the ticks and the way from step to step may add. */
function intervalOf(pair: TimePair, { latencyMs, eitherWay }: SkewRules): Interval {
  const difference = pair.toMs - pair.fromMs
  return { key: pair.key, low: difference - latencyMs - pair.fromTickMs, high: difference + pair.toTickMs + (eitherWay ? latencyMs : 0), difference: difference - (pair.fromTickMs - pair.toTickMs) / 2 }
}

interface Level { readonly from: number, readonly to: number, readonly support: number }

/** How many things allow each offset, as steps from the least offset to the greatest. */
function levelsOf(intervals: readonly Interval[]): Level[] {
  const edges = intervals.flatMap((interval, index) => [{ at: interval.low, index, opens: true }, { at: interval.high, index, opens: false }])
  edges.sort((a, b) => a.at - b.at || Number(b.opens) - Number(a.opens) || a.index - b.index)
  const active = new Map<string, number>()
  return edges.map(({ at, index, opens }, i) => {
    const { key } = intervals[index]!
    const now = (active.get(key) ?? 0) + (opens ? 1 : -1)
    if (now > 0) active.set(key, now)
    else active.delete(key)
    return { from: at, to: edges[i + 1]?.at ?? at, support: active.size }
  })
}

/** The offset that most things allow, and the most that agree on any offset further than `apart` from it. */
function peakOf(levels: readonly Level[], apart: number): { at: number, support: number, rival: number } | undefined {
  let best: Level | undefined
  // of equal peaks the one nearest to "no skew"
  for (const level of levels) if (!best || level.support > best.support || (level.support === best.support && Math.abs(level.from + level.to) < Math.abs(best.from + best.to))) best = level
  if (!best) return undefined
  const at = (best.from + best.to) / 2
  const rival = levels.reduce((most, { from, to, support }) => from > at + apart || to < at - apart ? Math.max(most, support) : most, 0)
  return { at, support: best.support, rival }
}

const quantileOf = (sorted: readonly number[], share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!

/** One offset for all pairs. */
function steadySkew(pairs: readonly TimePair[], rules: SkewRules): SkewEstimate | undefined {
  const intervals = pairs.map(pair => intervalOf(pair, rules))
  const keys = new Set(pairs.map(pair => pair.key)).size
  if (keys < rules.minSupport) return undefined
  const width = intervals.reduce((most, { low, high }) => Math.max(most, high - low), 0)
  const peak = peakOf(levelsOf(intervals), 2 * width)
  if (!peak || peak.support < rules.minSupport || peak.support < rules.minShare * keys || peak.support < 2 * peak.rival) return undefined
  const nearest = new Map<string, number>()
  for (const { key, low, high, difference } of intervals) {
    if (low > peak.at || high < peak.at) continue
    const known = nearest.get(key)
    if (known === undefined || Math.abs(difference - peak.at) < Math.abs(known - peak.at)) nearest.set(key, difference)
  }
  const agreeing = [...nearest.values()].sort((a, b) => a - b)
  return { offset_ms: quantileOf(agreeing, 0.5), support: peak.support, confidence: Math.round(peak.support / keys * 1000) / 1000, spread_ms: quantileOf(agreeing, 0.75) - quantileOf(agreeing, 0.25) }
}

/** Stretches of time that are looked at on their own, at the most. */
const MOST_STRETCHES = 64
/** No clock of a computer runs further off than this and is still called one; a quartz is good for 100. */
const MOST_PPM = 1000
/** A drift that moves the offset by less than this over all that was seen is not worth its name. */
const LEAST_REACH_MS = 200
/** A drift must explain so many more things than one offset does. */
const BETTER_BY = 1.15

interface Stretch { readonly at: number, readonly offset: number }

/** Offsets of stretches of time, each with as many pairs. */
function stretchesOf(pairs: readonly TimePair[], rules: SkewRules): Stretch[] {
  // within a stretch the offset moves too, so fewer can agree on one; what comes of it has to stand up to the full rules
  const loose: SkewRules = { ...rules, minSupport: 5, minShare: 0.25 }
  const byTime = [...pairs].sort((a, b) => a.fromMs - b.fromMs)
  const count = Math.min(MOST_STRETCHES, Math.floor(byTime.length / (2 * rules.minSupport)))
  const found: Stretch[] = []
  for (let i = 0; i < count; i++) {
    const part = byTime.slice(Math.floor(i * byTime.length / count), Math.floor((i + 1) * byTime.length / count))
    const estimate = steadySkew(part, loose)
    if (estimate) found.push({ at: part[part.length >> 1]!.fromMs, offset: estimate.offset_ms })
  }
  return found.length >= 3 && found.length >= 0.6 * count ? found : []
}

const medianOf = (values: number[]): number => quantileOf(values.sort((a, b) => a - b), 0.5)

/** An offset that grows or shrinks steadily: the slope that stretches of time agree on (Theil and Sen: the median of the slopes between any two). */
function driftingSkew(pairs: readonly TimePair[], rules: SkewRules): SkewEstimate | undefined {
  const stretches = stretchesOf(pairs, rules)
  if (stretches.length === 0) return undefined
  const slope = medianOf(stretches.flatMap((a, i) => stretches.slice(i + 1).map(b => (b.offset - a.offset) / (b.at - a.at))).filter(Number.isFinite))
  const [first, last] = [stretches[0]!.at, stretches.at(-1)!.at]
  const at = Math.round((first + last) / 2)
  const reach = Math.abs(slope) * (last - first) / 2
  if (!(Math.abs(slope) * 1e6 <= MOST_PPM) || reach < LEAST_REACH_MS) return undefined
  const level = steadySkew(pairs.map(pair => ({ ...pair, toMs: pair.toMs - slope * (pair.fromMs - at) })), rules)
  return level && { ...level, drift: { ppm: Math.round(slope * 1e9) / 1000, at_ms: at, reach_ms: Math.round(reach) } }
}

/**
 * Estimates how far `to`'s clock is ahead. Robust to any number of chance pairs, which spread over all offsets while true ones agree.
 * One offset for all is tried first; an offset that moves steadily is believed only where it explains clearly more.
 * @param pairs candidates: for one key every stamp of the one log with every stamp of the other; at most a few per key.
 * @returns undefined where too few things were seen by both, too few agree, or two offsets fit about as well.
 */
export function estimateSkew(pairs: readonly TimePair[], rules: SkewRules): SkewEstimate | undefined {
  const steady = steadySkew(pairs, rules)
  if (steady && steady.confidence > 1 / BETTER_BY) return steady
  const drifting = driftingSkew(pairs, rules)
  return drifting && (!steady || drifting.support >= BETTER_BY * steady.support) ? drifting : steady
}
