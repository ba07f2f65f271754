import { tzOffset } from '@date-fns/tz'
import { dayNumber, readEpoch, readIso, round3, type LocalStamp, type Stamp } from './time.js'

/** What a run knows about the clock of one input. */
export interface ClockOptions {
  /** The zone the user stated for stamps without one: an IANA name, `UTC`, `+08:00` or `+0800`. */
  zone?: string | undefined
  /** The zone the format is known to use; comes after `zone` and after the zone of a wrapper. */
  defaultZone?: string | undefined
  /** The year the user stated for stamps without one. */
  year?: number | undefined
  /** Epoch milliseconds near which the input lies, from the run's dated inputs. */
  referenceMs?: number | undefined
  /** Epoch milliseconds at which a relative clock read zero. */
  anchorMs?: number | undefined
}

/** What a Clock had to assume, for the run's notes. */
export interface ClockNotes {
  /** A stamp without a zone was read as UTC and nobody had said so. */
  assumedUtc: boolean
  /** The first year that was worked out rather than read or stated. */
  assumedYear?: number | undefined
  /** A stamp without a year stayed undated. */
  undatedNoYear: boolean
  /** Stamps that their zone's clock showed twice or never. */
  ambiguousLocalTime: number
}

/** The stamp of a wrapper (journal, container runtime, `logjoin stamp`) around an inner stamp. */
export interface OuterStamp {
  /** Epoch milliseconds. */
  ms?: number | undefined
  zone?: string | undefined
}

interface LocalRule {
  /** Milliseconds east of UTC; of the first of the two where the clock shows a time twice. */
  offset: number
  /** The second offset of a time shown twice. */
  again: number | undefined
  irregular: boolean
}

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS
const HOUR_MS = 60 * MINUTE_MS
/** How far a log may be out of order by itself before a step back means that the clock was set back. */
const DISORDER_MS = 10 * MINUTE_MS
const HALF_YEAR_MS = 182 * 24 * HOUR_MS
const MAX_CACHED = 100_000

/** One zone. Offsets are cached per quarter of an hour: Lord Howe Island changes its clock at half past. */
class Zone {
  private readonly rules = new Map<number, LocalRule>()
  private lastQuarter = NaN
  private lastRule: LocalRule = { offset: 0, again: undefined, irregular: false }
  private readonly name: string
  private readonly fixedMs: number | undefined

  constructor(name: string, fixedMinutes: number | undefined) {
    this.name = name
    this.fixedMs = fixedMinutes === undefined ? undefined : fixedMinutes * MINUTE_MS
    if (this.fixedMs !== undefined) this.lastRule = { offset: this.fixedMs, again: undefined, irregular: false }
  }

  rule(wallMs: number): LocalRule {
    const quarter = Math.floor(wallMs / QUARTER_MS)
    if (quarter === this.lastQuarter || this.fixedMs !== undefined) return this.lastRule
    let rule = this.rules.get(quarter)
    if (rule === undefined) {
      rule = this.work(quarter * QUARTER_MS)
      if (this.rules.size >= MAX_CACHED) this.rules.clear()
      this.rules.set(quarter, rule)
    }
    this.lastQuarter = quarter
    this.lastRule = rule
    return rule
  }

  private work(wallMs: number): LocalRule {
    // Offsets lie between -12 h and +14 h, so these two instants are surely before and after the one meant.
    const before = this.offsetAt(wallMs - 15 * HOUR_MS)
    const after = this.offsetAt(wallMs + 13 * HOUR_MS)
    if (before === after) return { offset: before, again: undefined, irregular: false }
    const first = this.offsetAt(wallMs - before) === before
    const second = this.offsetAt(wallMs - after) === after
    if (first && second) return { offset: before, again: after, irregular: true }
    if (second) return { offset: after, again: undefined, irregular: false }
    return { offset: before, again: undefined, irregular: !first }
  }

  private offsetAt(utcMs: number): number {
    return Math.round(tzOffset(this.name, new Date(utcMs)) * MINUTE_MS)
  }
}

const zones = new Map<string, Zone | undefined>()

function zoneOf(name: string): Zone | undefined {
  if (zones.has(name)) return zones.get(name)
  const zone = makeZone(name)
  if (zones.size >= 10_000) zones.clear()
  zones.set(name, zone)
  return zone
}

function makeZone(name: string): Zone | undefined {
  if (name === 'UTC' || name === 'Z' || name === 'GMT') return new Zone(name, 0)
  const numeric = /^([+-])(\d\d)(?::?(\d\d))?$/.exec(name)
  if (numeric !== null) {
    const minutes = Number(numeric[2]) * 60 + Number(numeric[3] ?? 0)
    if (Number(numeric[2]) > 23 || Number(numeric[3] ?? 0) > 59) return undefined
    return new Zone(name, numeric[1] === '-' ? -minutes : minutes)
  }
  // tzOffset takes any text with a sign and two digits in it for a zone, hence the question to Intl first.
  if (name.length > 64 || !/^[A-Za-z][\w+/-]*$/.test(name)) return undefined
  try {
    return new Zone(new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone, undefined)
  } catch {
    return undefined
  }
}

/** Whether a text names a zone that a Clock can use: an IANA name, `UTC`, `+08:00`, `+0800` or `+08`. */
export function isValidZone(zone: string): boolean {
  return zoneOf(zone) !== undefined
}

function wallMs(stamp: LocalStamp, year: number): number {
  const date = dayNumber(year, stamp.month, stamp.day)
  return date < -999_999 ? NaN : date * 86_400_000 + (stamp.hour * 3600 + stamp.minute * 60 + stamp.second) * 1000
}

function placed(stamp: LocalStamp, wall: number, offsetMs: number): Stamp {
  const wholeMs = wall - offsetMs
  const ms = wholeMs < 9e12 ? (wholeMs * 1000 + Math.round(stamp.fraction_ms * 1000)) / 1000 : wholeMs + stamp.fraction_ms
  return { ms, res_ms: stamp.res_ms, sub_ns: stamp.sub_ns }
}

/** Takes a local stamp of a format whose times are UTC by definition; gives undefined where it has no year. */
export function asUtc(stamp: Stamp | LocalStamp): Stamp | undefined {
  if ('ms' in stamp) return stamp
  const wall = stamp.year === undefined ? NaN : wallMs(stamp, stamp.year)
  return wall === wall ? placed(stamp, wall, 0) : undefined
}

/**
 * Places the stamps of one input, in the order of its lines.
 *
 * Zone: `zone`, else that of the outer stamp, else `defaultZone`, else UTC with a note. A time that the zone's clock
 * shows twice is the one nearer the outer stamp, else the second where the first would lie more than 10 minutes (and at
 * most 2 hours) before the stamp before it, else the first. A time that it skips is shifted forward by the gap.
 *
 * Year: `year`, moved on by one where January follows December; else the one that puts the stamp nearest the outer
 * stamp, else the year-less stamp before it, else `referenceMs`, else the dated stamp before it; else it is undated.
 *
 * The constructor throws a RangeError for a zone that is none; nothing else here throws.
 */
export class Clock {
  readonly notes: ClockNotes = { assumedUtc: false, assumedYear: undefined, undatedNoYear: false, ambiguousLocalTime: 0 }
  private readonly zone: Zone | undefined
  private readonly defaultZone: Zone | undefined
  private readonly utc = new Zone('UTC', 0)
  private readonly options: ClockOptions
  private previousMs: number | undefined
  private yearlessMs: number | undefined
  private lastMonth = 0
  private lastYear: number

  constructor(options: ClockOptions) {
    this.options = options
    this.zone = demandZone(options.zone)
    this.defaultZone = demandZone(options.defaultZone)
    this.lastYear = options.year ?? 0
  }

  /** Whether the user said which zone this input's clock shows; an abbreviation like EST then needs no guess. */
  get zoneIsStated(): boolean { return this.zone !== undefined }

  /** Gives the instant of a stamp, or undefined for a stamp without a year that nothing places (see `notes`) or whose date does not exist. */
  resolve(stamp: Stamp | LocalStamp, outer?: OuterStamp): Stamp | undefined {
    const result = 'ms' in stamp ? stamp : this.place(stamp, outer)
    if (result !== undefined) this.previousMs = result.ms
    return result
  }

  /** Takes milliseconds since the anchor and their resolution; gives undefined without an anchor or for what is not a number. */
  relative(ms: number, resMs = 1): Stamp | undefined {
    const anchor = this.options.anchorMs
    return anchor === undefined || !Number.isFinite(ms) ? undefined : { ms: round3(anchor + ms), res_ms: resMs, sub_ns: undefined }
  }

  private place(stamp: LocalStamp, outer: OuterStamp | undefined): Stamp | undefined {
    const year = stamp.year ?? this.yearFor(stamp, outer)
    const wall = year === undefined ? NaN : wallMs(stamp, year)
    if (wall !== wall) return undefined
    const rule = this.zoneFor(outer).rule(wall)
    const first = placed(stamp, wall, rule.offset)
    if (rule.irregular) this.notes.ambiguousLocalTime += 1
    const result = rule.again === undefined ? first : this.whichTime(first, placed(stamp, wall, rule.again), outer)
    if (stamp.year === undefined) this.yearlessMs = result.ms
    return result
  }

  private zoneFor(outer: OuterStamp | undefined): Zone {
    if (this.zone !== undefined) return this.zone
    const wrapper = outer?.zone === undefined ? undefined : zoneOf(outer.zone)
    if (wrapper !== undefined) return wrapper
    if (this.defaultZone !== undefined) return this.defaultZone
    this.notes.assumedUtc = true
    return this.utc
  }

  private whichTime(first: Stamp, second: Stamp, outer: OuterStamp | undefined): Stamp {
    const outerMs = outer?.ms
    if (outerMs !== undefined) return Math.abs(second.ms - outerMs) < Math.abs(first.ms - outerMs) ? second : first
    const backMs = (this.previousMs ?? first.ms) - first.ms
    return backMs > DISORDER_MS && backMs <= 2 * HOUR_MS ? second : first
  }

  private yearFor(stamp: LocalStamp, outer: OuterStamp | undefined): number | undefined {
    const year = this.options.year === undefined ? this.nearestYear(stamp, outer) : this.statedYear(stamp, this.options.year)
    if (year === undefined) {
      this.notes.undatedNoYear = true
      return undefined
    }
    this.lastMonth = stamp.month
    this.lastYear = year
    return year
  }

  private statedYear(stamp: LocalStamp, stated: number): number {
    if (this.lastMonth === 12 && stamp.month === 1) return this.lastYear + 1
    if (this.lastMonth === 1 && stamp.month === 12) return Math.max(stated, this.lastYear - 1)
    return this.lastYear
  }

  private nearestYear(stamp: LocalStamp, outer: OuterStamp | undefined): number | undefined {
    const reference = outer?.ms ?? this.yearlessMs ?? this.options.referenceMs ?? this.previousMs
    if (reference === undefined) return undefined
    // What lies within half a year is the nearest, and the year of the line before mostly does.
    if (Math.abs(wallMs(stamp, this.lastYear) - reference) < HALF_YEAR_MS) return this.lastYear
    const middle = new Date(reference).getUTCFullYear()
    // 29 February exists every fourth year only, or every eighth around 1900 and 2100.
    const reach = stamp.month === 2 && stamp.day === 29 ? 8 : 1
    let best: number | undefined
    let bestDistance = Infinity
    for (let year = middle - reach; year <= middle + reach; year += 1) {
      const distance = Math.abs(wallMs(stamp, year) - reference)
      if (distance < bestDistance) [best, bestDistance] = [year, distance]
    }
    this.notes.assumedYear ??= best
    return best
  }
}

function demandZone(name: string | undefined): Zone | undefined {
  if (name === undefined) return undefined
  const zone = zoneOf(name)
  if (zone === undefined) throw new RangeError(`not a time zone: ${name}`)
  return zone
}

/**
 * Takes a time a user typed: RFC 3339, a date, a date with hours and minutes (without a zone: UTC), or epoch seconds or
 * milliseconds after 1973. Gives epoch milliseconds, or undefined for anything else.
 */
export function parseUserTime(text: string): number | undefined {
  const trimmed = text.length > 80 ? '' : text.trim()
  const dated = /^\d{4}-\d\d-\d\d$/.test(trimmed) ? `${trimmed}T00:00:00Z` : trimmed.replace(/^(\d{4}-\d\d-\d\d[T ]\d\d:\d\d)(?!:)/, '$1:00')
  const stamp = readIso(dated)
  return (stamp === undefined ? readEpoch(trimmed, 'auto') : asUtc(stamp))?.ms
}
