/** The journal: `journalctl -o json` (an object a line) and `journalctl -o export` (a field a line). */
import type { Clock } from '../clock.js'
import { skip, type Outer } from '../parser.js'
import { readEpoch, type Stamp } from '../time.js'
import type { Peeler, PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, jsonObject, LEVELS, messageTexts, NOT_WRAPPED, StampedOuter } from './common.js'
import { ExportReader, isExportLine } from './journald-export.js'

const readMicroseconds = (stamp: string): Stamp | undefined => readEpoch(stamp, 'us')

/** A field that an entry has several times is an array; the journal's own readers take the first. */
function field(entry: Record<string, unknown>, name: string): string | undefined {
  const value = entry[name]
  const first: unknown = Array.isArray(value) ? value[0] : value
  return typeof first === 'string' && first !== '' ? first : undefined
}

/** What an entry's fields say of its message. */
export function outerOf(entry: Record<string, unknown>, clock: Clock, around?: Outer): Outer {
  const pid = Number.parseInt(field(entry, '_PID') ?? field(entry, 'SYSLOG_PID') ?? '', 10)
  const facts = {
    host: field(entry, '_HOSTNAME'),
    program: field(entry, 'SYSLOG_IDENTIFIER') ?? field(entry, '_COMM'),
    pid: Number.isFinite(pid) ? pid : undefined,
    level: LEVELS[Number(field(entry, 'PRIORITY') ?? NaN)],
  }
  return new StampedOuter(clock, field(entry, '__REALTIME_TIMESTAMP') ?? '', readMicroseconds, facts, around)
}

/** Messages that are not printable come as an array of bytes. */
function messageOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  if (!Array.isArray(value) || value.length === 0) return undefined
  if (typeof value[0] === 'string') return value[0]
  const bytes: unknown = Array.isArray(value[0]) ? value[0] : value
  return Array.isArray(bytes) && bytes.every(byte => typeof byte === 'number') ? Buffer.from(bytes as number[]).toString('utf8') : undefined
}

/** `-o json-seq` puts a record separator before each object, `-o json-sse` the word `data: `. */
function jsonStart(text: string): number {
  if (text.charCodeAt(0) === 30) return 1
  return text.startsWith('data: {') ? 6 : 0
}

class JournalPeeler implements Peeler {
  private readonly fields: ExportReader

  constructor(private readonly clock: Clock) {
    this.fields = new ExportReader(clock)
  }

  line(text: string, number: number, around?: Outer): PeelResult {
    const start = jsonStart(text)
    if (text.charCodeAt(start) === 123 && !this.fields.isOpen) return this.object(start === 0 ? text : text.slice(start), around)
    if (this.fields.isOpen || isExportLine(text)) return this.fields.line(text, number)
    return text.trim() === '' ? BLANK : NOT_WRAPPED
  }

  private object(text: string, around?: Outer): PeelResult {
    if (!text.includes('"__REALTIME_TIMESTAMP"')) return NOT_WRAPPED
    const entry = jsonObject(text)
    if (!entry) return skip('invalid-json')
    if (entry.MESSAGE === undefined) return skip('not-an-event')
    const message = messageOf(entry.MESSAGE)
    // Without `--all`, journalctl prints null for what is longer than 4096 bytes.
    return message === undefined ? skip('incomplete', 'MESSAGE is absent from the export') : messageTexts(message, outerOf(entry, this.clock, around))
  }

  end() { return this.fields.end() }
}

const open = (clock: Clock): Peeler => new JournalPeeler(clock)

/** Journal entries; in the export format an entry's MESSAGE line is its line, the other fields tell no event of their own. */
export const journaldWrapper: Wrapper = { id: 'journald', title: 'systemd journal (json, export)', peelHead: lines => headOf(open, lines, 0.8), open }
