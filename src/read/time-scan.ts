/** The characters of printed times: digits, clock, fraction, zone, day. What `time.ts` builds its readers from. */

/** An instant. Every key is always there, so that all stamps share one shape; undefined means absent. */
export interface Stamp {
  /** Epoch milliseconds, cut (not rounded) to 0.001. */
  ms: number
  /** How far apart two neighbouring stamps of this spelling are: 1000 whole seconds, 1 milliseconds, 0.001 finer. */
  res_ms: number
  /** Nanoseconds past the microsecond in `ms`, 1 to 999. */
  sub_ns?: number | undefined
}

/** A wall-clock time without a zone, and perhaps without a year; a Clock places it. */
export interface LocalStamp {
  year?: number | undefined
  month: number
  day: number
  hour: number
  minute: number
  second: number
  fraction_ms: number
  res_ms: number
  sub_ns?: number | undefined
}

export type Read = Stamp | LocalStamp | undefined

export const SPACE = 32
export const COLON = 58
export const TICK_MS = [1000, 100, 10, 1, 0.1, 0.01, 0.001]
export const NO_DAY = -1_000_000
export const MONTHS = new Map('jan feb mar apr may jun jul aug sep oct nov dec'.split(' ').map((name, index) => [pack(name, 0), index + 1]))
export const WEEKDAYS = new Set('mon tue wed thu fri sat sun'.split(' ').map((name) => pack(name, 0)))

/** What a stamp's time of day gave, kept here because a result object per field would double the cost of a line. */
export const scan = { cursor: 0, fractionUs: 0, subNs: 0, tickMs: 1000 }
let dayKey = 0
let dayCached = NO_DAY

export function pack(text: string, at: number): number {
  return ((text.charCodeAt(at) | 32) << 16) | ((text.charCodeAt(at + 1) | 32) << 8) | (text.charCodeAt(at + 2) | 32)
}

export function one(text: string, at: number): number {
  const digit = text.charCodeAt(at) - 48
  return digit >= 0 && digit <= 9 ? digit : -1
}

export function two(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48
  const ones = text.charCodeAt(at + 1) - 48
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1
}

export function four(text: string, at: number): number {
  const high = two(text, at)
  const low = two(text, at + 2)
  return high < 0 || low < 0 ? -1 : high * 100 + low
}

/**
 * Days since 1970-01-01 of a calendar date.
 * Gives a number below -999999 for a date that does not exist or a year outside 1900 to 9999.
 */
export function dayNumber(year: number, month: number, day: number): number {
  const key = year * 512 + month * 32 + day
  if (key === dayKey) return dayCached
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const length = month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  if (year < 1900 || year > 9999 || month < 1 || month > 12 || day < 1 || day > length) return NO_DAY
  dayKey = key
  dayCached = Date.UTC(year, month - 1, day) / 86_400_000
  return dayCached
}

/** Reads `hh:mm:ss` and an optional fraction; gives the second of the day or -1, and leaves the scan.cursor behind it. */
export function clockAt(text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== COLON || text.charCodeAt(at + 5) !== COLON) return -1
  return clockOf(text, two(text, at), two(text, at + 3), two(text, at + 6), at + 8)
}

export function clockOf(text: string, hour: number, minute: number, second: number, end: number): number {
  scan.cursor = end
  scan.fractionUs = 0
  scan.subNs = 0
  scan.tickMs = 1000
  const code = text.charCodeAt(end)
  if ((code === 46 || code === 44) && !fractionAt(text, end + 1)) return -1
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60) return -1
  if (second < 60) return hour * 3600 + minute * 60 + second
  // Some zones are a quarter of an hour off, so a leap second may be printed at :14:60, :29:60 or :44:60 too.
  if (minute % 15 !== 14) return -1
  scan.fractionUs = 999_000
  scan.subNs = 0
  return hour * 3600 + minute * 60 + 59
}

function fractionAt(text: string, start: number): boolean {
  let at = start
  let nanoseconds = 0
  for (let digit = one(text, at); digit >= 0 && at - start < 19; digit = one(text, at)) {
    if (at - start < 9) nanoseconds = nanoseconds * 10 + digit
    at += 1
  }
  const digits = at - start
  if (digits === 0 || digits > 18) return false
  for (let missing = digits; missing < 9; missing += 1) nanoseconds *= 10
  scan.subNs = nanoseconds % 1000
  scan.fractionUs = (nanoseconds - scan.subNs) / 1000
  scan.tickMs = TICK_MS[Math.min(digits, 6)] ?? 0.001
  scan.cursor = at
  return true
}

/** Minutes east of UTC for a zone that fills the rest of the text, with an optional blank before it; NaN for none or unknown. */
export function zoneMinutes(text: string, from: number): number {
  const at = text.charCodeAt(from) === SPACE ? from + 1 : from
  const sign = text.charCodeAt(at)
  if (sign !== 43 && sign !== 45) return utcWord(text, at)
  const hours = two(text, at + 1)
  let end = at + 3
  let minutes = 0
  if (end < text.length && text.charCodeAt(end) !== SPACE) {
    if (text.charCodeAt(end) === COLON) end += 1
    minutes = two(text, end)
    end += 2
  }
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return NaN
  // Go's Time.String() writes the zone twice: `+0100 CET`, `+0300 +03`.
  if (end < text.length && (text.length - end > 40 || !/^ (?:[A-Z]{2,5}|[+-]\d{2,4})(?: m=[+-]\d+\.\d+)?$/.test(text.slice(end)))) return NaN
  return sign === 45 ? -(hours * 60 + minutes) : hours * 60 + minutes
}

function utcWord(text: string, at: number): number {
  const length = text.length - at
  if (length === 1) return (text.charCodeAt(at) | 32) === 122 ? 0 : NaN
  return length === 3 && (text.startsWith('UTC', at) || text.startsWith('GMT', at)) ? 0 : NaN
}

export function instant(epochSecond: number): Stamp {
  // One division of an exact integer gives the double nearest to the printed value; a sum of milliseconds would not.
  const exact = epochSecond < 9_000_000_000 ? (epochSecond * 1_000_000 + scan.fractionUs) / 1000 : epochSecond * 1000 + scan.fractionUs / 1000
  return { ms: exact, res_ms: scan.tickMs, sub_ns: scan.subNs === 0 ? undefined : scan.subNs }
}

export function local(year: number, month: number, day: number, second: number): LocalStamp | undefined {
  if (dayNumber(year === 0 ? 2000 : year, month, day) === NO_DAY) return undefined
  const hour = Math.floor(second / 3600)
  const minute = Math.floor(second / 60) % 60
  return {
    year: year === 0 ? undefined : year, month, day, hour, minute, second: second % 60,
    fraction_ms: scan.fractionUs / 1000, res_ms: scan.tickMs, sub_ns: scan.subNs === 0 ? undefined : scan.subNs,
  }
}

export function finish(text: string, year: number, month: number, day: number, second: number): Read {
  if (second < 0 || year === 0) return undefined
  if (scan.cursor === text.length) return local(year, month, day, second)
  const date = dayNumber(year, month, day)
  const offset = zoneMinutes(text, scan.cursor)
  return date === NO_DAY || offset !== offset ? undefined : instant(date * 86_400 + second - offset * 60)
}

export const onlyInstant = (read: Read): Stamp | undefined => (read !== undefined && 'ms' in read ? read : undefined)
export const onlyLocal = (read: Read): LocalStamp | undefined => (read === undefined || 'ms' in read ? undefined : read)
