/** Caddy's encoder writes times and durations as its configuration says: the value, and where that leaves a doubt the file's first lines, tell how. */
import type { Head } from '../parser.js'
import { readAny, readEpoch, type LocalStamp, type Stamp } from '../time.js'

/** How a number in `duration` is meant. */
export type DurationUnit = 's' | 'ms' | 'ns'

const FACTOR: Readonly<Record<DurationUnit, number>> = { s: 1000, ms: 1, ns: 0.000001 }

/** Seconds are fractions in nearly every line; whole numbers throughout are milliseconds, or nanoseconds where they are huge. */
export function durationUnit(head: Head): DurationUnit {
  let largest = 0
  let seen = 0
  for (let i = 0; i < head.lines.length; i++) {
    const value = head.json(i)?.duration
    if (typeof value !== 'number' || value === 0) continue
    if (!Number.isInteger(value)) return 's'
    seen++
    largest = Math.max(largest, value)
  }
  if (seen < 3 && largest < 1_000_000) return 's'
  return largest >= 1_000_000 ? 'ns' : 'ms'
}

const GO_UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, 'µs': 0.001, 'μs': 0.001, ns: 0.000001 }
const GO_DURATION = /^(?:\d{1,9}(?:\.\d{1,9})?(?:h|ms|m|s|us|µs|μs|ns)){1,4}$/

/** Milliseconds of Go's `1m32.05s`, or undefined. */
export function goDuration(text: string): number | undefined {
  if (!GO_DURATION.test(text)) return undefined
  let total = 0
  for (const [, amount, unit] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) total += Number(amount) * GO_UNITS[unit!]!
  return Math.round(total * 1000) / 1000
}

/** A duration in milliseconds; a fraction is seconds whatever the file's unit. */
export function durationMs(value: unknown, unit: DurationUnit): number | undefined {
  if (typeof value === 'string') return goDuration(value)
  if (typeof value !== 'number' || !(value >= 0)) return undefined
  const factor = Number.isInteger(value) ? FACTOR[unit] : FACTOR[unit === 'ms' ? 'ms' : 's']
  return Math.round(value * factor * 1000) / 1000
}

/** `ts` in any of the encoder's time formats. */
export function caddyTime(value: unknown): Stamp | LocalStamp | undefined {
  if (typeof value === 'number') return readEpoch(value, 'auto')
  return typeof value === 'string' ? readAny(value) : undefined
}
