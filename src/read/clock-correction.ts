/** How a clock that is off is set right. */

/** Added to every time, ms; or an offset that holds at one moment and changes steadily from there. */
export type ClockCorrection = number | { readonly offsetMs: number, readonly driftPpm: number, readonly atMs: number }

/** What is to be added to a time, ms. */
export function shiftAt(correction: ClockCorrection, atMs: number): number {
  return typeof correction === 'number' ? correction : correction.offsetMs + correction.driftPpm * 1e-6 * (atMs - correction.atMs)
}
