/** The stamps that syslog daemons and journalctl put at the beginning of a line. */
import { readEpoch, readIso, readSyslog, type LocalStamp, type Stamp } from '../time.js'
import { digitsEnd, fractionEnd, isClockAt, isDigit, isDigits, isoEnd, zoneText } from './common.js'

/** A stamp at the beginning of a line. `end` is where the blanks after it begin. */
export interface FoundStamp {
  readonly end: number
  readonly text: string
  readonly read: (stamp: string) => Stamp | LocalStamp | undefined
  readonly zone: string | undefined
  /** RFC 3339, as opposed to a month's name. */
  readonly iso: boolean
  /** Ends in Z, as the stamps of `logjoin stamp`, CI systems and container tools do, but no syslog daemon's. */
  readonly utcDesignator: boolean
}

const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec'
const DAYS = 'MonTueWedThuFriSatSun'

function isNameOf(names: string, text: string, at: number): boolean {
  if (text.charCodeAt(at + 3) !== 32) return false
  const index = names.indexOf(text.slice(at, at + 3))
  return index >= 0 && index % 3 === 0
}

/** End of `Nov 22 07:47:26`, with a year before or after the time and a fraction if there is one, or -1. */
export function monthEnd(text: string, at: number): number {
  if (!isNameOf(MONTHS, text, at)) return -1
  const day = text.charCodeAt(at + 4) === 32 ? at + 5 : at + 4
  const dayEnd = digitsEnd(text, day)
  if (dayEnd === day || dayEnd > day + 2 || text.charCodeAt(dayEnd) !== 32) return -1
  const yearFirst = isDigits(text, dayEnd + 1, 4) && text.charCodeAt(dayEnd + 5) === 32
  const clock = yearFirst ? dayEnd + 6 : dayEnd + 1
  if (!isClockAt(text, clock)) return -1
  const end = fractionEnd(text, clock + 8)
  const yearLast = !yearFirst && text.charCodeAt(end) === 32 && isYear(text, end + 1) && text.charCodeAt(end + 5) === 32
  return yearLast ? end + 5 : end
}

const isYear = (text: string, at: number): boolean => isDigits(text, at, 4) && (text.startsWith('19', at) || text.startsWith('20', at))

/** Reads the stamp at `at`; undefined where none stands, or where no blank follows it. */
export function stampAt(text: string, at: number): FoundStamp | undefined {
  const found = isDigit(text.charCodeAt(at)) ? isoAt(text, at) ?? epochAt(text, at) : namedAt(text, at)
  return found && text.charCodeAt(found.end) === 32 ? found : undefined
}

function isoAt(text: string, at: number): FoundStamp | undefined {
  const end = isoEnd(text, at)
  if (end < 0) return undefined
  const stamp = text.slice(at, end)
  return { end, text: stamp, read: readIso, zone: zoneText(stamp), iso: true, utcDesignator: stamp.endsWith('Z') }
}

const readSeconds = (stamp: string): Stamp | undefined => readEpoch(stamp, 's')

/** `journalctl -o short-unix`: seconds with six decimals. */
function epochAt(text: string, at: number): FoundStamp | undefined {
  if (text.charCodeAt(at + 10) !== 46 || !isDigits(text, at, 10) || !isDigits(text, at + 11, 6)) return undefined
  return { end: at + 17, text: text.slice(at, at + 17), read: readSeconds, zone: undefined, iso: false, utcDesignator: true }
}

function namedAt(text: string, at: number): FoundStamp | undefined {
  const weekday = isNameOf(DAYS, text, at)
  if (weekday && isDigit(text.charCodeAt(at + 4))) return fullAt(text, at + 4)
  const end = monthEnd(text, weekday ? at + 4 : at)
  return end < 0 ? undefined : { end, text: text.slice(at, end), read: readSyslog, zone: undefined, iso: false, utcDesignator: false }
}

/** `journalctl -o short-full`: `Sun 2026-11-22 07:47:26 UTC`; abbreviations other than UTC name no zone for sure. */
function fullAt(text: string, at: number): FoundStamp | undefined {
  if (text.charCodeAt(at + 4) !== 45 || text.charCodeAt(at + 7) !== 45 || text.charCodeAt(at + 10) !== 32 || !isClockAt(text, at + 11)) return undefined
  const clockEnd = fractionEnd(text, at + 19)
  const zone = /^ ([A-Z]{2,5}|[+-]\d{2,4}) /.exec(text.slice(clockEnd, clockEnd + 8))?.[1]
  if (zone === undefined) return undefined
  const known = !/^[A-Z]/.test(zone) || zone === 'UTC' || zone === 'GMT'
  const end = clockEnd + 1 + zone.length
  return { end, text: text.slice(at, known ? end : clockEnd), read: readIso, zone: known ? (zone === 'GMT' ? 'UTC' : zone) : undefined, iso: false, utcDesignator: false }
}
