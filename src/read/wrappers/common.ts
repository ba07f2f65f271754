/** What the envelopes share: stamps that are read when asked for, heads, and lines that a runtime cut in pieces. */
import { Clock } from '../clock.js'
import { HELD, MERGED, NO_LOSS, skip, type Outer, type Skip } from '../parser.js'
import type { LocalStamp, Stamp } from '../time.js'
import type { HeldSkip, Peeled, Peeler, PeelResult } from '../wrappers.js'

/** The most characters that are kept of a text that comes in pieces. */
export const MAX_PIECED = 1024 * 1024

/** Severity words, by syslog number. */
export const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'] as const

/** Refusal of a line that does not have the envelope. */
export const NOT_WRAPPED: Skip = skip('not-this-format')
/** A line of nothing but blanks. */
export const BLANK: Skip = skip('blank')

/** What an envelope says besides its time. */
export interface OuterFacts { readonly zone?: string | undefined, readonly host?: string | undefined, readonly program?: string | undefined, readonly pid?: number | undefined, readonly level?: string | undefined }

/**
 * What an envelope said. The stamp is read when its time is asked for: most formats carry a stamp of their own, and a
 * zone or year that nobody needed must not be noted as assumed.
 */
export class StampedOuter implements Outer {
  private asked = false
  private found: Stamp | undefined = undefined

  constructor(
    private readonly clock: Clock,
    private readonly stamp: string,
    private readonly read: (stamp: string) => Stamp | LocalStamp | undefined,
    private readonly facts: OuterFacts,
    private readonly around: Outer | undefined,
  ) {}

  get zone(): string | undefined { return this.facts.zone }

  get host(): string | undefined { return this.facts.host }

  get program(): string | undefined { return this.facts.program }

  get pid(): number | undefined { return this.facts.pid }

  get level(): string | undefined { return this.facts.level }

  get ms(): number | undefined { return this.resolve()?.ms }

  get res_ms(): number | undefined { return this.resolve()?.res_ms }

  private resolve(): Stamp | undefined {
    if (this.asked) return this.found
    this.asked = true
    const stamp = this.stamp === '' ? undefined : this.read(this.stamp)
    const ms = this.around?.ms
    if (stamp) this.found = this.clock.resolve(stamp, ms === undefined ? undefined : { ms, zone: this.around?.zone })
    return this.found
  }
}

/** True where `hh:mm:ss` stands, as far as its shape goes. */
export function isClockAt(text: string, at: number): boolean {
  return text.charCodeAt(at + 2) === 58 && text.charCodeAt(at + 5) === 58 && isDigits(text, at, 2) && isDigits(text, at + 3, 2) && isDigits(text, at + 6, 2)
}

/** True where `count` digits stand. */
export function isDigits(text: string, at: number, count: number): boolean {
  for (let index = at; index < at + count; index++) if (!isDigit(text.charCodeAt(index))) return false
  return true
}

export function isDigit(code: number): boolean { return code >= 48 && code <= 57 }

/** End of a run of digits. */
export function digitsEnd(text: string, at: number): number {
  let end = at
  while (isDigit(text.charCodeAt(end))) end++
  return end
}

/** End of `.123` or `,123` after seconds, or where it began when there is none. */
export function fractionEnd(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if ((code !== 46 && code !== 44) || !isDigit(text.charCodeAt(at + 1))) return at
  return digitsEnd(text, at + 1)
}

/** End of an RFC 3339 stamp with `T` (a zone is optional, `+hhmm` will do), or -1. */
export function isoEnd(text: string, at: number): number {
  if (text.charCodeAt(at + 4) !== 45 || text.charCodeAt(at + 7) !== 45 || text.charCodeAt(at + 10) !== 84) return -1
  if (!isDigits(text, at, 4) || !isDigits(text, at + 5, 2) || !isDigits(text, at + 8, 2) || !isClockAt(text, at + 11)) return -1
  return zoneEnd(text, fractionEnd(text, at + 19))
}

function zoneEnd(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 90) return at + 1
  if ((code !== 43 && code !== 45) || !isDigits(text, at + 1, 2)) return at
  const minutes = text.charCodeAt(at + 3) === 58 ? at + 4 : at + 3
  return isDigits(text, minutes, 2) ? minutes + 2 : at + 3
}

/** Offset text of an RFC 3339 stamp (`+08:00`), `UTC` for Z, undefined where it has none. */
export function zoneText(stamp: string): string | undefined {
  if (stamp.charCodeAt(stamp.length - 1) === 90) return 'UTC'
  const sign = Math.max(stamp.lastIndexOf('+'), stamp.lastIndexOf('-'))
  return sign > 18 ? stamp.slice(sign) : undefined
}

/** Where the blanks (spaces only) end. */
export function spacesEnd(text: string, at: number): number {
  let end = at
  while (text.charCodeAt(end) === 32) end++
  return end
}

/** A JSON object, or undefined for anything else. */
export function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A message that may hold several lines, as texts of one line. */
export function messageTexts(message: string, outer: Outer): PeelResult {
  const whole = message.endsWith('\n') ? message.slice(0, message.endsWith('\r\n') ? -2 : -1) : message
  if (!whole.includes('\n')) return { text: whole, outer }
  return { texts: whole.split('\n').map(text => ({ text: text.endsWith('\r') ? text.slice(0, -1) : text, outer })), self: 'text' }
}

/** All texts of a result, whichever its shape. */
export function textsOf(result: PeelResult): readonly (Peeled | HeldSkip)[] {
  if (typeof result === 'symbol' || 'skip' in result) return []
  return 'texts' in result ? result.texts : [result]
}

function fits(result: PeelResult): boolean {
  if (typeof result === 'symbol' || 'text' in result) return true
  const self = 'texts' in result ? result.self : result
  return typeof self !== 'object' || NO_LOSS.has(self.skip)
}

/**
 * The head under an envelope, for `Wrapper.peelHead`.
 * Gives undefined when less than `share` of the lines that are not blank have the envelope, or none holds a text.
 */
export function headOf(open: (clock: Clock) => Peeler, lines: readonly string[], share = 0.5): { lines: string[], program?: string } | undefined {
  const peeler = open(new Clock({}))
  const texts: Peeled[] = []
  let seen = 0
  let fitting = 0
  const take = (peeled: Peeled | HeldSkip): void => { if ('text' in peeled) texts.push(peeled) }
  lines.forEach((line, index) => {
    const result = peeler.line(line, index + 1)
    textsOf(result).forEach(take)
    if (line.trim() === '') return
    seen++
    if (fits(result)) fitting++
  })
  peeler.end?.().forEach(take)
  if (texts.length === 0 || fitting < seen * share) return undefined
  const program = commonest(texts)
  return { lines: texts.map(peeled => peeled.text), ...(program === undefined ? {} : { program }) }
}

function commonest(texts: readonly Peeled[]): string | undefined {
  const counts = new Map<string, number>()
  for (const { outer } of texts) if (outer.program !== undefined) counts.set(outer.program, (counts.get(outer.program) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0]
}

interface Pieces { readonly line: number, readonly outer: Outer, texts: string[], size: number, dropped: boolean }

/** Joins the pieces of cut lines, each stream of a container on its own. */
export class PieceJoiner {
  private readonly open = new Map<string, Pieces>()

  /** One piece; `part` when the next piece of its stream continues it. */
  add(stream: string, text: string, part: boolean, number: number, outer: Outer): PeelResult {
    const pieces = this.open.get(stream)
    if (!pieces) {
      if (!part) return { text, outer }
      this.open.set(stream, { line: number, outer, texts: [text], size: text.length, dropped: false })
      return HELD
    }
    if (!part) this.open.delete(stream)
    if (pieces.dropped) return skip('too-long')
    pieces.size += text.length + 1
    if (pieces.size > MAX_PIECED) return this.drop(pieces)
    pieces.texts.push(text)
    return part ? MERGED : { text: pieces.texts.join(''), outer: pieces.outer, line: pieces.line }
  }

  private drop(pieces: Pieces): PeelResult {
    pieces.dropped = true
    pieces.texts = []
    return { texts: [{ skip: 'too-long', line: pieces.line }], self: skip('too-long') }
  }

  /** The texts whose last piece never came, in the order they began. */
  end(): readonly Peeled[] {
    const rest = [...this.open.values()].filter(pieces => !pieces.dropped).sort((a, b) => a.line - b.line)
    this.open.clear()
    return rest.map(({ texts, outer, line }) => ({ text: texts.join(''), outer, line }))
  }
}
