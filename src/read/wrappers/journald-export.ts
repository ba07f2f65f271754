/** The journal's export format: `KEY=value` lines, a blank line after each entry, binary values with their length before them. */
import type { Clock } from '../clock.js'
import { HELD, MERGED, skip, type Skip } from '../parser.js'
import type { HeldSkip, Peeled, PeelResult } from '../wrappers.js'
import { BLANK, MAX_PIECED, messageTexts, textsOf } from './common.js'
import { outerOf } from './journald.js'

const ASSIGNMENT = /^[A-Z_][A-Z0-9_]{0,63}=/
const BARE_KEY = /^[A-Z_][A-Z0-9_]{0,63}$/
/** What a message needs of its entry; other fields are not kept. */
const KEPT = new Set(['__REALTIME_TIMESTAMP', '_HOSTNAME', 'SYSLOG_IDENTIFIER', '_COMM', '_PID', 'SYSLOG_PID', 'PRIORITY'])
const LENGTH_BYTES = 8
const FIELD: Skip = skip('not-an-event')
const UNREADABLE: Skip = skip('incomplete', 'binary MESSAGE')

/** True for the line that begins an entry. */
export function isExportLine(text: string): boolean {
  return text.startsWith('__') && /^__(?:CURSOR|REALTIME_TIMESTAMP|MONOTONIC_TIMESTAMP|SEQNUM)=/.test(text)
}

interface Binary { readonly key: string, readonly line: number, raw: string | undefined }

/** Reads entries line by line; a MESSAGE line is held until its entry ends, because fields after it tell the program. */
export class ExportReader {
  private entry: Record<string, string> | undefined
  private message: { text: string, line: number } | undefined
  private binary: Binary | undefined

  constructor(private readonly clock: Clock) {}

  /** Whether an entry has begun and not ended. */
  get isOpen(): boolean { return this.entry !== undefined }

  line(text: string, number: number): PeelResult {
    if (this.binary) return this.binaryLine(this.binary, text, number)
    if (text === '') return this.finish(BLANK)
    if (text.startsWith('__CURSOR=') && this.entry) return this.begin(text)
    return this.fieldLine(text, number)
  }

  private begin(text: string): PeelResult {
    const result = this.finish(FIELD)
    this.entry = {}
    this.keep(text)
    return result
  }

  private fieldLine(text: string, number: number): PeelResult {
    this.entry ??= {}
    if (text.startsWith('MESSAGE=') && !this.message) {
      this.message = { text: text.slice(8), line: number }
      return HELD
    }
    if (ASSIGNMENT.test(text)) {
      this.keep(text)
      return FIELD
    }
    if (!BARE_KEY.test(text)) return skip('malformed')
    this.binary = { key: text, line: number, raw: undefined }
    return text === 'MESSAGE' && !this.message ? HELD : FIELD
  }

  private keep(text: string): void {
    const equals = text.indexOf('=')
    const key = text.slice(0, equals)
    if (this.entry && KEPT.has(key)) this.entry[key] ??= text.slice(equals + 1)
  }

  /** A line of a binary value, which may be missing: input that refuses NUL bytes drops its line. */
  private binaryLine(binary: Binary, text: string, number: number): PeelResult {
    const isMessage = binary.key === 'MESSAGE' && !this.message
    const raw = binary.raw === undefined ? text : `${binary.raw}\n${text}`
    const length = lengthOf(raw)
    if (length > MAX_PIECED || raw.length > MAX_PIECED || (binary.raw === undefined && ASSIGNMENT.test(text))) return this.abandon(isMessage, text, number)
    binary.raw = raw
    if (length < 0 || Buffer.byteLength(raw.slice(LENGTH_BYTES)) < length) return isMessage ? MERGED : FIELD
    this.binary = undefined
    if (!isMessage) return FIELD
    this.message = { text: raw.slice(LENGTH_BYTES), line: binary.line }
    return MERGED
  }

  /** The held line of a message that cannot be read is refused; the present line is read for itself. */
  private abandon(isMessage: boolean, text: string, number: number): PeelResult {
    const { binary } = this
    this.binary = undefined
    // A blank line in the place of the value was the end of the entry.
    if (binary?.raw === '') this.entry = undefined
    const own = this.line(text, number)
    if (!isMessage || !binary) return own
    const refused: HeldSkip = { ...UNREADABLE, line: binary.line }
    if (typeof own === 'object' && 'texts' in own) return { texts: [refused, ...own.texts], self: own.self }
    return typeof own === 'object' && 'text' in own ? { texts: [refused, own], self: 'text' } : { texts: [refused], self: own }
  }

  private finish(self: Skip): PeelResult {
    const texts = this.take()
    this.entry = undefined
    return texts.length === 0 ? self : { texts, self }
  }

  private take(): readonly (Peeled | HeldSkip)[] {
    const { message, entry, binary } = this
    this.message = undefined
    this.binary = undefined
    if (message && entry) return textsOf(messageTexts(message.text, outerOf(entry, this.clock))).map(text => ({ ...text, line: message.line }))
    return binary?.key === 'MESSAGE' ? [{ ...UNREADABLE, line: binary.line }] : []
  }

  /** The entry that the end of the file completes. */
  end(): readonly (Peeled | HeldSkip)[] {
    const texts = this.take()
    this.entry = undefined
    return texts
  }
}

/** The length before a value is eight bytes, the least first. -1 while they are not all there, Infinity for what is none. */
function lengthOf(raw: string): number {
  if (raw.length < LENGTH_BYTES) return -1
  let length = 0
  for (let at = LENGTH_BYTES - 1; at >= 0; at--) {
    const code = raw.charCodeAt(at)
    if (code === 0xfffd) continue // a byte above 127 does not survive decoding: the value is taken to end sooner
    if (code > 127) return Infinity
    length = length * 256 + code
  }
  return length
}
