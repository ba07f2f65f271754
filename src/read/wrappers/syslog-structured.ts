/** RFC 5424 after the version: `2003-10-11T22:14:15.003Z host app procid msgid [sd] msg`. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { Peeled } from '../wrappers.js'
import { isoEnd, StampedOuter, zoneText } from './common.js'

/** End of structured data that begins at `at`, or -1 where it is broken. */
function structuredEnd(text: string, at: number): number {
  if (text.charCodeAt(at) === 45) return at + 1
  let end = at
  while (text.charCodeAt(end) === 91) {
    end = elementEnd(text, end + 1)
    if (end < 0) return -1
  }
  return end === at ? -1 : end
}

/** End of one `[id name="value"]`; in a value, `"`, `\` and `]` are escaped. */
function elementEnd(text: string, start: number): number {
  let quoted = false
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (quoted && code === 92) at++
    else if (code === 34) quoted = !quoted
    else if (!quoted && code === 93) return at + 1
  }
  return -1
}

/** Four fields between single blanks: host, program, process and message kind; undefined where one is missing. */
function fieldsAt(text: string, start: number): { fields: string[], end: number } | undefined {
  const fields: string[] = []
  let at = start
  for (let count = 0; count < 4; count++) {
    const blank = text.indexOf(' ', at)
    if (blank <= at) return undefined
    fields.push(text.slice(at, blank))
    at = blank + 1
  }
  return { fields, end: at }
}

const present = (field: string | undefined): string | undefined => (field === '-' ? undefined : field)

/** Reads from the stamp on; undefined for what is no RFC 5424 message. */
export function readStructured(text: string, at: number, level: string | undefined, clock: Clock, around: Outer | undefined): Peeled | undefined {
  const stampEnd = text.charCodeAt(at) === 45 ? at + 1 : isoEnd(text, at)
  if (stampEnd < 0 || text.charCodeAt(stampEnd) !== 32) return undefined
  const head = fieldsAt(text, stampEnd + 1)
  if (!head) return undefined
  const end = structuredEnd(text, head.end)
  if (end < 0 || (end < text.length && text.charCodeAt(end) !== 32)) return undefined
  const [host, program, process] = head.fields.map(present)
  const pid = process === undefined ? NaN : Number.parseInt(process, 10)
  const stamp = text.charCodeAt(at) === 45 ? '' : text.slice(at, stampEnd)
  const facts = { zone: stamp === '' ? undefined : zoneText(stamp), host, program, pid: Number.isFinite(pid) ? pid : undefined, level }
  return { text: withoutMark(text.slice(end + 1)), outer: new StampedOuter(clock, stamp, readIso, facts, around) }
}

function withoutMark(message: string): string {
  const text = message.charCodeAt(0) === 0xfeff ? message.slice(1) : message
  return text.charCodeAt(0) === 32 ? text.slice(1) : text
}
