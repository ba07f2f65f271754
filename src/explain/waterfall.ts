/** The phases of a session as bars on one time line. */
import type { Session } from '../schema/session.js'

/** A bar; `start_ms` counts from the first bar. `is_placed` is false where the clocks do not tell when it began, so that it follows the one before. */
export interface Bar { readonly name: string, readonly start_ms: number, readonly duration_ms: number, readonly is_placed: boolean, readonly outcome?: 'success' | 'failure' | 'unknown' }

/** Bars in the order of the phases; phases without a length are left out. */
export function waterfallOf({ phases }: Session): Bar[] {
  let end = 0
  // the edge asks the origin while the client waits for it
  let behind: number | undefined
  const bars = phases.filter(phase => phase.duration_ms !== undefined).map(phase => {
    const isBehind = phase.name.startsWith('origin.')
    const start = phase.offset_ms ?? (isBehind ? behind ?? end : end)
    if (phase.name === 'wait') behind = start
    if (isBehind) behind = start + phase.duration_ms!
    else end = start + phase.duration_ms!
    return { name: phase.name, start_ms: start, duration_ms: phase.duration_ms!, is_placed: phase.offset_ms !== undefined, ...(phase.outcome === undefined ? {} : { outcome: phase.outcome }) }
  })
  const first = Math.min(...bars.map(bar => bar.start_ms))
  return bars.map(bar => ({ ...bar, start_ms: Math.round((bar.start_ms - first) * 1000) / 1000 }))
}
