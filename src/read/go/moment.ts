/** Times of Go trace lines: the stamp of the `log` package, that of a wrapper, or none; and durations as Go prints them. */
import type { Draft, Outer, ParserContext } from '../parser.js'
import { readSlash, round3 } from '../time.js'

/** When a line was written, as well as its clock tells. */
export interface Moment { readonly ms: number, readonly res_ms: number, readonly sub_ns?: number | undefined, readonly anchored?: boolean }

/** `2026/11/22 07:14:11[.123456]` with what follows; the length of the stamp is the match's. */
const LOG_STAMP = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?/

/** Cuts the `log` package's stamp (date and time, the default flags) off a line. */
export function peelLog(text: string): { message: string, stamp?: string } {
  if (text.charCodeAt(4) !== 47 || text.charCodeAt(7) !== 47) return { message: text }
  const stamp = LOG_STAMP.exec(text)?.[0]
  if (stamp === undefined || text.charCodeAt(stamp.length) !== 32) return { message: text }
  return { message: text.slice(stamp.length + 1), stamp }
}

/** The stamp somewhere in what a program put before a message (`app: 2026/11/22 07:14:11 h2_bundle.go:1721: `). */
export function stampIn(prefix: string): string | undefined {
  const slash = prefix.indexOf('/')
  return slash < 4 ? undefined : LOG_STAMP.exec(prefix.slice(slash - 4))?.[0]
}

/** A wrapper's time comes first: it has a zone, the `log` package's has none. Undefined for an undatable line. */
export function momentOf(context: ParserContext, stamp: string | undefined, outer: Outer | undefined): Moment | undefined {
  const ms = outer?.ms
  if (ms !== undefined) return { ms, res_ms: outer?.res_ms ?? 1 }
  const local = stamp === undefined ? undefined : readSlash(stamp)
  return local && context.clock.resolve(local)
}

/** Puts a time on a draft; a moment placed by `--anchor` says so itself. */
export function putMoment(draft: Draft, moment: Moment | undefined, basis: 'start' | 'end' | 'point'): void {
  if (!moment) return
  draft.ts_ms = moment.ms
  draft.ts_basis = moment.anchored ? 'anchored' : basis
  draft.ts_res_ms = moment.res_ms
  if (moment.sub_ns) draft.ts_sub_ns = moment.sub_ns
}

/** Milliseconds between two lines of one clock; absent where the clock is too coarse to tell them apart. */
export function between(from: Moment | undefined, to: Moment | undefined): number | undefined {
  if (!from || !to) return undefined
  const gap = round3(to.ms - from.ms)
  return gap < 0 || (to.res_ms >= 1000 && gap < 2 * to.res_ms) ? undefined : gap
}

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1, us: 0.001, µs: 0.001, μs: 0.001, ns: 0.000001 }

/** Go's `time.Duration` text (`1.2s`, `350ms`, `76.733µs`, `1m2.5s`) in milliseconds; undefined for anything else. */
export function goDuration(text: string): number | undefined {
  if (text.length > 40 || !/^(?:\d+(?:\.\d+)?(?:h|ms|m|s|us|µs|μs|ns))+$/.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|µs|μs|ns)/g)) sum += Number(amount) * UNIT_MS[unit!]!
  return round3(sum)
}
