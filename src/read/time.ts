/**
 * Readers of printed time stamps. Each takes a text that is a stamp and nothing else, and gives the instant, or a
 * LocalStamp where the text names no zone, or undefined. None looks at the machine's clock or zone, and none throws.
 * Refused everywhere: dates that do not exist, hour 24, years before 1900 (Go and Windows print their zero time as year 1
 * or 1601) or after 9999, anything before or after the stamp. A leap second `:60` is read as the last millisecond of `:59`.
 */
import { scan, COLON, MONTHS, NO_DAY, SPACE, TICK_MS, WEEKDAYS, clockAt, clockOf, dayNumber, finish, four, instant, local, one, onlyInstant, onlyLocal, pack, two, zoneMinutes, type LocalStamp, type Read, type Stamp } from './time-scan.js'

export { round3, toRfc3339 } from './time-print.js'
export type { LocalStamp, Stamp } from './time-scan.js'
export { dayNumber } from './time-scan.js'

export type EpochUnit = 's' | 'ms' | 'us' | 'ns' | 'auto'

const UNIT_DIGITS = { s: 0, ms: 3, us: 6, ns: 9 }
const LAST_SECOND = 253_402_300_799

/**
 * Takes seconds (or milliseconds, …) since 1970 as a number or as digits with an optional fraction. Text is exact to the
 * nanosecond; a number is read as JavaScript prints it, so nanosecond counts should come as text.
 * `auto` goes by magnitude and refuses what would lie before 1973. Refused: signs, exponents, blanks, years after 9999.
 */
export function readEpoch(value: string | number, unit: EpochUnit): Stamp | undefined {
  const text = typeof value === 'number' ? String(value) : value
  const dot = text.length > 40 ? -1 : text.indexOf('.')
  const whole = dot < 0 ? text.length : dot
  if (whole === 0 || text.length > 40 || dot === text.length - 1) return undefined
  const scale = unit === 'auto' ? guessScale(text, whole) : UNIT_DIGITS[unit]
  if (scale < 0) return undefined
  const second = epochDigits(text, whole, scale)
  if (second < 0 || second > LAST_SECOND) return undefined
  if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) scan.subNs = 0
  return instant(second)
}

function guessScale(text: string, whole: number): number {
  if (text.charCodeAt(0) === 48 || whole < 9) return -1
  if (whole > 12 || (whole === 12 && text.slice(0, 12) > '316227766016')) return whole >= 19 ? 9 : whole >= 16 ? 6 : 3
  return 0
}

function epochDigits(text: string, whole: number, scale: number): number {
  // Digits before `point` are seconds and those after it nanoseconds, wherever the printed dot is.
  const point = whole - scale
  let second = 0
  let nanoseconds = 0
  for (let at = 0, place = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 48
    if (at === whole) continue
    if (!(digit >= 0 && digit <= 9)) return -1
    if (place < point) second = second * 10 + digit
    else if (place < point + 9) nanoseconds = nanoseconds * 10 + digit
    place += 1
  }
  const digits = scale + Math.max(0, text.length - whole - 1)
  for (let missing = digits; missing < 9; missing += 1) nanoseconds *= 10
  scan.subNs = nanoseconds % 1000
  scan.fractionUs = (nanoseconds - scan.subNs) / 1000
  // A fraction of a second that lost its last zeros (JSON numbers do) still comes from a clock of milliseconds or better.
  scan.tickMs = digits === 0 ? 1000 : TICK_MS[Math.min(Math.max(digits, 3), 6)] ?? 1
  return second
}

/** Takes dnsdist's `seconds.nanoseconds`, whose nanoseconds lack their leading zeros (`5.94635080` is 5.094635080 s). */
export function readDnsdistEpoch(text: string): Stamp | undefined {
  const dot = text.indexOf('.')
  if (dot < 0 || dot > 12 || text.length - dot > 10 || text.length - dot < 2) return undefined
  return readEpoch(text.slice(0, dot + 1) + text.slice(dot + 1).padStart(9, '0'), 's')
}

/** Takes ISO 8601 / RFC 3339 with `T`, a blank or a tab, and a fraction after `.` or `,`. Zone: Z, +hh:mm, +hhmm, +hh, UTC, GMT, Go's `+0000 UTC`. */
export function readIso(text: string): Stamp | LocalStamp | undefined {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return undefined
  const separator = text.charCodeAt(10)
  if (separator !== 84 && separator !== SPACE && separator !== 116 && separator !== 9) return undefined
  return finish(text, four(text, 0), two(text, 5), two(text, 8), clockAt(text, 11))
}

/** Takes `22/Nov/2026:07:47:26 +0000` (a one-digit day and a fraction are fine); HAProxy's, without a zone, is local. */
export function readCommonLog(text: string): Stamp | LocalStamp | undefined {
  const at = text.charCodeAt(1) === 47 ? 1 : 2
  if (text.charCodeAt(at) !== 47 || text.charCodeAt(at + 4) !== 47 || text.charCodeAt(at + 9) !== COLON) return undefined
  const day = at === 1 ? one(text, 0) : two(text, 0)
  return finish(text, four(text, at + 5), MONTHS.get(pack(text, at + 1)) ?? 0, day, clockAt(text, at + 10))
}

/** Takes BIND's and dnstap-read's `22-Nov-2026 07:47:26.493`. */
export function readBind(text: string): LocalStamp | undefined {
  if (text.charCodeAt(2) !== 45 || text.charCodeAt(6) !== 45 || text.charCodeAt(11) !== SPACE) return undefined
  return onlyLocal(finish(text, four(text, 7), MONTHS.get(pack(text, 3)) ?? 0, two(text, 0), clockAt(text, 12)))
}

/** Takes `2026/11/22 07:47:26` with an optional fraction (nginx error log, Go log package), and stunnel's `2026.11.22 …`. */
export function readSlash(text: string): LocalStamp | undefined {
  const separator = text.charCodeAt(4)
  if ((separator !== 47 && separator !== 46) || text.charCodeAt(7) !== separator || text.charCodeAt(10) !== SPACE) return undefined
  return onlyLocal(finish(text, four(text, 0), two(text, 5), two(text, 8), clockAt(text, 11)))
}

/** Takes Traffic Server's `20261122.07h26m53s`. */
export function readAtsError(text: string): LocalStamp | undefined {
  if (text.length !== 18 || text[8] !== '.' || text[11] !== 'h' || text[14] !== 'm' || text[17] !== 's') return undefined
  return onlyLocal(finish(text, four(text, 0), two(text, 4), two(text, 6), clockOf(text, two(text, 9), two(text, 12), two(text, 15), 18)))
}

/** Takes `Sun, 22 Nov 2026 07:47:26 GMT`, also with a numeric zone or a cookie's dashes. */
export function readHttpDate(text: string): Stamp | undefined {
  if (text.charCodeAt(3) !== 44 || text.charCodeAt(4) !== SPACE || text.charCodeAt(16) !== SPACE || !WEEKDAYS.has(pack(text, 0))) return undefined
  const separator = text.charCodeAt(7)
  if ((separator !== SPACE && separator !== 45) || text.charCodeAt(11) !== separator) return undefined
  return onlyInstant(finish(text, four(text, 12), MONTHS.get(pack(text, 8)) ?? 0, two(text, 5), clockAt(text, 17)))
}

/** Takes ASN.1 `261122074710Z` (years 50 to 99 are 19xx) and `20261122074710Z`. */
export function readAsn1Utc(text: string): Stamp | undefined {
  const wide = text.length === 15 ? 2 : 0
  if (text.length !== 13 + wide || text.charCodeAt(12 + wide) !== 90) return undefined
  const short = two(text, 0)
  const year = wide > 0 ? four(text, 0) : short < 0 ? -1 : short < 50 ? 2000 + short : 1900 + short
  const second = clockOf(text, two(text, 6 + wide), two(text, 8 + wide), two(text, 10 + wide), 12 + wide)
  return onlyInstant(finish(text, year, two(text, 2 + wide), two(text, 4 + wide), second))
}

/** Reads the stamps that begin with a month's name: `[Sun ]Nov 22[,] [2026 ]07:47:26[.5][ UTC][ 2026][ GMT]`. */
function monthFirst(text: string, comma: boolean, anyZoneIsLocal: boolean): Read {
  let at = text.charCodeAt(3) === SPACE && WEEKDAYS.has(pack(text, 0)) ? 4 : 0
  const month = MONTHS.get(pack(text, at)) ?? 0
  if (month === 0 || text.charCodeAt(at + 3) !== SPACE) return undefined
  at += text.charCodeAt(at + 4) === SPACE ? 5 : 4
  const wide = text.charCodeAt(at - 2) !== SPACE && one(text, at + 1) >= 0
  const day = wide ? two(text, at) : one(text, at)
  at += wide ? 2 : 1
  if (comma && text.charCodeAt(at++) !== 44) return undefined
  if (text.charCodeAt(at) !== SPACE) return undefined
  const early = text.charCodeAt(at + 5) === SPACE ? four(text, at + 1) : 0
  const second = clockAt(text, early === 0 ? at + 1 : at + 6)
  return second < 0 || early < 0 ? undefined : zoneAndYear(text, early, month, day, second, anyZoneIsLocal)
}

function zoneAndYear(text: string, early: number, month: number, day: number, second: number, anyZoneIsLocal: boolean): Read {
  let year = early
  let zone = ''
  for (let words = 0; scan.cursor < text.length; words += 1) {
    if (words === 2 || text.charCodeAt(scan.cursor) !== SPACE) return undefined
    const start = scan.cursor + 1
    const blank = text.indexOf(' ', start)
    scan.cursor = blank < 0 ? text.length : blank
    const number = scan.cursor - start === 4 ? four(text, start) : -1
    if (number > 0 && year === 0) year = number
    else if (zone === '' && scan.cursor > start && scan.cursor - start < 7) zone = text.slice(start, scan.cursor)
    else return undefined
  }
  if (zone === '') return local(year, month, day, second)
  const date = dayNumber(year, month, day)
  if (date === NO_DAY) return undefined
  const offset = zoneMinutes(zone, 0)
  if (offset === offset) return instant(date * 86_400 + second - offset * 60)
  return anyZoneIsLocal && /^[A-Z]{3,5}$/.test(zone) ? local(year, month, day, second) : undefined
}

/** Takes `Nov 22 07:47:26` and its kin: one-digit days, a weekday before, a fraction, a year before or after the time. */
export function readSyslog(text: string): LocalStamp | undefined {
  return onlyLocal(monthFirst(text, false, false))
}

/** Takes OpenSSL's `Nov 22 07:47:10 2026 GMT`. */
export function readOpenssl(text: string): Stamp | undefined {
  return onlyInstant(monthFirst(text, false, false))
}

/**
 * Takes what date(1) and dig's WHEN print, `Sun Nov 22 07:47:26 UTC 2026`. Other abbreviations than UTC and GMT are
 * refused, since EST, IST or CST name several zones, unless `anyZoneIsLocal`: for when the user has stated the zone.
 */
export function readUnixDate(text: string, anyZoneIsLocal = false): Stamp | LocalStamp | undefined {
  return monthFirst(text, false, anyZoneIsLocal)
}

/** Takes tshark's `Nov 22, 2026 07:47:26.351041000 UTC`; abbreviations as in readUnixDate. */
export function readTshark(text: string, anyZoneIsLocal = false): Stamp | LocalStamp | undefined {
  return monthFirst(text, true, anyZoneIsLocal)
}

const WINDOWS = /^(\d{1,2})([/.-])(\d{1,2})\2(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?:[ \u202f]([AP])M)?$/i

/** Takes Windows' `11/22/2026 7:47:26 AM` or `22.11.2026 07:47:26`; nothing in one says which order it is, so the caller does. */
export function readWindowsDns(text: string, order: 'mdy' | 'dmy'): LocalStamp | undefined {
  const found = text.length > 23 ? null : WINDOWS.exec(text)
  if (found === null) return undefined
  const half = found[8]?.toUpperCase()
  const hour = Number(found[5])
  if (half !== undefined && (hour < 1 || hour > 12)) return undefined
  const hour24 = half === undefined ? hour : (hour % 12) + (half === 'P' ? 12 : 0)
  const second = clockOf('', hour24, Number(found[6]), Number(found[7]), 0)
  const [month, day] = order === 'mdy' ? [found[1], found[3]] : [found[3], found[1]]
  return second < 0 ? undefined : local(Number(found[4]), Number(month), Number(day), second)
}

/** Takes a time without a date, `07:47:26.351041` (curl's --trace-time, tcpdump); gives milliseconds since midnight. */
export function readTimeOfDay(text: string): number | undefined {
  const second = clockAt(text, 0)
  return second < 0 || scan.cursor !== text.length ? undefined : second * 1000 + scan.fractionUs / 1000
}

/** Gives the zone a stamp states (`UTC`, `+0800`), for a Clock to apply to what the stamp wraps; undefined where it states none. */
export function stampZone(text: string): string | undefined {
  const zone = text.length > 80 ? undefined : /:\d\d(?:[.,]\d+)? ?(Z|UTC|GMT|[+-]\d\d:?(?:\d\d)?)$/i.exec(text)?.[1]
  return zone === undefined || zone.startsWith('+') || zone.startsWith('-') ? zone : 'UTC'
}

/**
 * Takes a stamp of unknown kind, for fields that users define. Every reader above is tried except the ambiguous ones
 * (Windows, dnsdist, a time alone); bare numbers must lie after 1973.
 */
export function readAny(text: string): Stamp | LocalStamp | undefined {
  if (text.length > 80) return undefined
  if (one(text, 0) < 0) return readHttpDate(text) ?? monthFirst(text, false, false) ?? monthFirst(text, true, false)
  return readIso(text) ?? readCommonLog(text) ?? readBind(text) ?? readSlash(text) ?? readAtsError(text) ?? readAsn1Utc(text) ?? readEpoch(text, 'auto')
}
