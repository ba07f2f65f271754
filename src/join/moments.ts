/** Arithmetic of moments: bounds, gaps between stamps that are only as fine as their clocks, and the search in times in order. */

/** Stamps are told to 0.001 ms, and their sums and differences are exact to less than half of that. Added to a bound, it makes the bound exact. */
export const ROUNDING_MS = 0.0005

/** The gap between [at, at + tick) and [other, other + otherTick), ms, to 0.001; 0 where they touch or overlap. */
export function gapBetween(at: number, tick: number, other: number, otherTick: number): number {
  const gap = other > at ? other - at - tick : at - other - otherTick
  return gap > 0 ? Math.round(gap * 1000) / 1000 : 0
}

/** Of times in order, the first place in [from, to) whose time is above (or, with `orEqual`, at or above) `at`; `to` when there is none. */
export function firstAbove(times: Float64Array, from: number, to: number, at: number, orEqual: boolean): number {
  let low = from
  let high = to
  while (low < high) {
    const middle = (low + high) >>> 1
    const time = times[middle]!
    if (time > at || (orEqual && time === at)) high = middle
    else low = middle + 1
  }
  return low
}
