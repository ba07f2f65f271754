/** Books every line of a file: as an event, merged, held or skipped; and collects the events. */
import { HELD, isDraft, isOutcome, isSkip, MERGED, NO_LOSS, skip, type Draft, type LineResult, type Outcome, type Skip } from '../read/parser.js'
import type { Tally } from '../read/tally.js'
import { redactText } from '../redact.js'
import type { LogEvent } from '../schema/event.js'
import type { Seam } from './seam.js'
import type { ReadOptions } from './source.js'

/** A refused line is shown to this length. */
const REJECT_LENGTH = 2000

/** Told by the key that every event has and no skip: `in` costs twice as much where objects of many shapes come by. */
const isEvent = (made: LogEvent | Skip): made is LogEvent => (made as LogEvent).type !== undefined

/** The account of one file's lines. */
export class LineBook {
  private out: LogEvent[] = []
  /** Lines whose event is still to come. */
  private readonly held = new Set<number>()
  /** Events given so far of lines that gave some. Only lines with several drafts are kept. */
  private readonly ordinals = new Map<number, number>()

  constructor(private readonly path: string, private readonly tally: Tally, private readonly onReject: ReadOptions['onReject']) {}

  get hasEvents(): boolean { return this.out.length > 0 }

  take(): LogEvent[] {
    const { out } = this
    this.out = []
    return out
  }

  /** A line's fate where no draft of its own decides it. */
  fate(fate: Skip | typeof MERGED | typeof HELD, line: number, text: string): void {
    if (fate === MERGED) this.tally.merged++
    else if (fate === HELD) {
      this.tally.held++
      this.held.add(line)
    } else this.refuse(fate, line, text)
  }

  /** What the one text of a line gave; nearly all lines have one. */
  one(result: LineResult, seam: Seam, line: number, text: string): void {
    if (typeof result === 'symbol') this.fate(result, line, text)
    else if (isDraft(result)) {
      const refused = this.emitOne(result, seam, line)
      if (refused) this.fate(refused, line, text)
    } else if (isSkip(result)) this.refuse(result, line, text)
    else this.answer([result], seam, line, text)
  }

  /** What the texts of one line gave: it is an event if one of them is, else held, else merged, else a skip. */
  answer(results: readonly LineResult[], seam: Seam, line: number, text: string): void {
    const own: Draft[] = []
    const fates: (Skip | typeof MERGED | typeof HELD)[] = []
    for (const result of results) {
      if (typeof result === 'symbol' || isSkip(result)) fates.push(result)
      else if (!isOutcome(result)) own.push(result)
      else this.outcome(result, seam, line, own, fates)
    }
    const refusal = own.length > 0 ? this.emit(own, seam, line) : undefined
    if (own.length > 0 && refusal === undefined) return
    this.fate(fates.find(fate => fate === HELD) ?? fates.find(fate => fate === MERGED) ?? refusal ?? (fates[0] as Skip | undefined) ?? skip('not-an-event'), line, text)
  }

  /** Books the held lines that an outcome completes; adds its drafts of this line and the line's own fate to the lists. */
  private outcome({ drafts, self, released }: Outcome, seam: Seam, line: number, own: Draft[], fates: (Skip | typeof MERGED | typeof HELD)[]): void {
    const before = own.length
    if (released) for (const held of released) if ('skip' in held) this.heldRefused(held, held.line); else this.heldMerged(held.line)
    for (const draft of drafts) {
      if (draft.line === undefined || draft.line === line) own.push(draft)
      else this.heldEvent(draft, seam)
    }
    if (self !== 'event') fates.push(self)
    else if (own.length === before) fates.push(MERGED)
  }

  /** The event of a line that gave one draft; gives back why, if the seam does not take it. */
  private emitOne(draft: Draft, seam: Seam, line: number): Skip | undefined {
    const event = seam(draft, line, 1)
    if (!isEvent(event)) return event
    this.push(event)
    this.tally.events++
    return undefined
  }

  /** Events of one line; gives back why, if the seam took none of them. */
  private emit(drafts: readonly Draft[], seam: Seam, line: number): Skip | undefined {
    let made = 0
    let refusal: Skip | undefined
    for (const draft of drafts) {
      const event = seam(draft, line, made + 1)
      if (!isEvent(event)) refusal = event
      else {
        made++
        this.push(event)
      }
    }
    if (made === 0) return refusal
    this.tally.events++
    this.tally.extra += made - 1
    if (made > 1) this.ordinals.set(line, made)
    return undefined
  }

  /** An event whose first line was held; a further event of that line is an extra. */
  heldEvent(draft: Draft, seam: Seam): void {
    const line = draft.line!
    const first = this.held.has(line)
    const ordinal = first ? 1 : (this.ordinals.get(line) ?? 1) + 1
    const event = seam(draft, line, ordinal)
    if (!isEvent(event)) {
      if (first) this.heldRefused(event, line)
      return
    }
    this.push(event)
    if (!first) {
      this.tally.extra++
      this.ordinals.set(line, ordinal)
      return
    }
    this.release(line)
    this.tally.events++
  }

  /** A held line that never became an event. */
  heldRefused(reason: Skip, line: number): void {
    if (!this.held.has(line)) return
    this.release(line)
    this.refuse(reason, line, '')
  }

  /** A held line that belongs to another line's event. */
  heldMerged(line: number): void {
    if (!this.held.has(line)) return
    this.release(line)
    this.tally.merged++
  }

  /** Takes a line off the held ones; its fate is booked next. */
  release(line: number): void { if (this.held.delete(line)) this.tally.held-- }

  refuse(reason: Skip, line: number, text: string): void {
    this.tally.skip(reason.skip)
    if (NO_LOSS.has(reason.skip)) return
    this.onReject?.({ file: this.path, line, reason: reason.skip, detail: reason.detail, text: redactText(text.slice(0, REJECT_LENGTH)) })
  }

  private push(event: LogEvent): void {
    if (event.ts_ms === undefined) this.tally.undated++
    this.out.push(event)
  }
}
