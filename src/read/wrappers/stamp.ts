/** Lines with nothing but a stamp before them: `logjoin stamp`, moreutils `ts`, CI systems, `docker logs -t`. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import { readEpoch, readIso, readSyslog, readTimeOfDay, type LocalStamp, type Stamp } from '../time.js'
import type { PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, fractionEnd, headOf, isClockAt, isDigits, isoEnd, NOT_WRAPPED, StampedOuter, zoneText } from './common.js'
import { criWrapper } from './cri.js'
import { monthEnd } from './syslog-stamp.js'
import { syslogWrapper } from './syslog.js'

interface Found { readonly stamp: string, readonly end: number, readonly read: (stamp: string) => Stamp | LocalStamp | undefined, readonly zone?: string | undefined }
type Relative = (stamp: string) => Stamp | undefined

/** GitLab says stream and kind of a line after its stamp: `01O `, and `01O+` where it goes on. */
const GITLAB = /^[0-9a-f]{2}[OE][ +]/
/** `gh run view --log` puts job and step, each before a tab, in front of the stamp. */
const JOB_STEP = /^[^\t]{1,200}\t[^\t]{1,200}\t\ufeff?(?=\d{4}-)/

/** Where the text after a stamp begins: after one blank, or at the end of the line; -1 where the stamp is part of a longer word. */
function textStart(text: string, end: number): number {
  if (end === text.length) return end
  return text.charCodeAt(end) === 32 ? end + 1 : -1
}

/** Stamps that end in Z are written in UTC wherever the program ran, so only an offset tells the zone of what follows. */
const zoneOf = (stamp: string): string | undefined => (stamp.endsWith('Z') ? undefined : zoneText(stamp))

function isoFound(text: string, start: number): Found | undefined {
  const end = isoEnd(text, start)
  if (end < 0) return undefined
  const stamp = text.slice(start, end)
  return { stamp, end, read: readIso, zone: zoneOf(stamp) }
}

/** Jenkins' `[2026-11-22T07:57:49.294Z] line`; Envoy's own lines begin so too, but go on with a quoted request. */
function bracketFound(text: string): Found | undefined {
  const inner = isoFound(text, 1)
  if (!inner || text.charCodeAt(inner.end) !== 93 || text.charCodeAt(inner.end + 2) === 34) return undefined
  return { ...inner, end: inner.end + 1 }
}

function digitFound(text: string, relative: Relative): Found | undefined {
  if (text.charCodeAt(4) === 45) return isoFound(text, 0)
  if (isClockAt(text, 0)) {
    const end = fractionEnd(text, 8)
    return { stamp: text.slice(0, end), end, read: relative }
  }
  // `ts %.s` writes six decimals; Squid, which begins alike, writes three.
  if (text.charCodeAt(10) !== 46 || !isDigits(text, 0, 10) || !isDigits(text, 11, 6)) return undefined
  return { stamp: text.slice(0, 17), end: 17, read: stamp => readEpoch(stamp, 's') }
}

function find(text: string, relative: Relative): Found | undefined {
  const code = text.charCodeAt(0)
  if (code >= 48 && code <= 57) return digitFound(text, relative)
  if (code === 91) return bracketFound(text)
  const end = code >= 65 && code <= 90 ? monthEnd(text, 0) : -1
  return end < 0 ? undefined : { stamp: text.slice(0, end), end, read: readSyslog }
}

function open(clock: Clock) {
  const relative = (stamp: string): Stamp | undefined => {
    const ms = readTimeOfDay(stamp)
    return ms === undefined ? undefined : clock.relative(ms, stamp.length > 8 ? 0.001 : 1000)
  }
  return {
    line(whole: string, _number: number, around?: Outer): PeelResult {
      const text = whole.includes('\t') ? whole.replace(JOB_STEP, '') : whole
      const found = find(text, relative)
      const start = found ? textStart(text, found.end) : -1
      if (!found || start < 0) return whole.trim() === '' ? BLANK : NOT_WRAPPED
      const rest = text.slice(start)
      const outer = new StampedOuter(clock, found.stamp, found.read, { zone: found.zone }, around)
      return { text: GITLAB.test(rest) ? rest.slice(4) : rest, outer }
    },
  }
}

/** True where a stamp is only the beginning of an envelope that says more. */
const saysMore = (lines: readonly string[]): boolean => criWrapper.peelHead(lines) !== undefined || syslogWrapper.peelHead(lines) !== undefined

/** A stamp, a blank, and the line, which may be empty. Times of day count from `--anchor`, as `ts -s` writes them. */
export const stampWrapper: Wrapper = {
  id: 'stamp',
  title: 'Stamped lines (logjoin stamp, ts, CI logs, docker logs -t)',
  peelHead: lines => (saysMore(lines) ? undefined : headOf(open, lines, 0.8)),
  open,
}
