/** Reads one source to its end: lines to drafts to events, with an account of every line. */
import { Problem } from '../problem.js'
import { Clock } from '../read/clock.js'
import type { Claim } from '../read/detect.js'
import { HELD, isOutcome, isSkip, MERGED, NO_LOSS, skip, type Draft, type LineReader, type LineResult, type Outer, type Skip } from '../read/parser.js'
import { Tally } from '../read/tally.js'
import type { Peeled } from '../read/wrappers.js'
import type { LogEvent } from '../schema/event.js'
import { makeSeam, type Seam } from './seam.js'
import { labelsFor, ruleFor, type ReadOptions, type Source } from './source.js'

interface OpenClaim { readonly reader: LineReader, readonly peel: ((text: string) => Peeled | Skip) | undefined, readonly seam: Seam }

function openClaim(claim: Claim, source: Source, clock: Clock, options: ReadOptions): OpenClaim {
  const { path, head } = source
  return {
    reader: claim.parser.open({ path, clock, head }),
    peel: claim.wrapper?.open(clock),
    seam: makeSeam({ path, dataset: claim.parser.dataset, vantage: claim.parser.vantage, labels: labelsFor(options, path), redact: options.redact ?? true, skewMs: ruleFor(options.skews, path) }),
  }
}

/** Reads a source. `events()` yields batches; `tally` and `clock.notes` are complete when it ends. */
export class SourceReader {
  readonly tally = new Tally()
  readonly clock: Clock
  readonly format: string | undefined
  private readonly claims: readonly OpenClaim[]
  private lastHeldLine = 0
  private out: LogEvent[] = []
  private parts = ''

  constructor(private readonly source: Source, private readonly options: ReadOptions, referenceMs?: number) {
    const { path } = source
    this.clock = new Clock({ zone: ruleFor(options.zones, path), year: options.year, referenceMs, anchorMs: ruleFor(options.anchors, path) })
    this.claims = source.claims.map(claim => openClaim(claim, source, this.clock, options))
    this.format = source.claims[0]?.parser.id
  }

  /** Batches of events in the order their lines complete them. */
  async *events(): AsyncGenerator<LogEvent[]> {
    for await (const batch of this.source.batches) {
      let line = batch.firstLine
      for (const text of batch.texts) {
        this.tally.lines++
        if (typeof text === 'string') this.readLine(text, line)
        else this.refuse(skip(text.reason), line, text.text)
        line++
      }
      if (this.out.length > 0) yield this.take()
    }
    this.finish()
    if (this.out.length > 0) yield this.take()
    if (!this.tally.balanced) throw new Problem('internal', `lines do not add up: ${JSON.stringify(this.tally.summary(this.source.path, this.format))}, held ${this.tally.held}`, { file: this.source.path })
  }

  private take(): LogEvent[] {
    const { out } = this
    this.out = []
    return out
  }

  private readLine(text: string, line: number): void {
    let refusal: Skip | undefined
    for (const claim of this.claims) {
      const result = this.ask(claim, text, line)
      if (typeof result === 'object' && isSkip(result) && !(NO_LOSS.has(result.skip) && result.skip !== 'comment')) {
        refusal ??= result
        continue
      }
      this.account(result, line, claim.seam, text)
      return
    }
    this.refuse(refusal ?? skip('not-this-format'), line, text)
  }

  private ask(claim: OpenClaim, text: string, line: number): LineResult {
    if (!claim.peel) return claim.reader.line(text, line)
    const peeled = claim.peel(text)
    if ('skip' in peeled) return peeled
    if (peeled.part) {
      this.parts += peeled.text
      return MERGED
    }
    const whole = this.parts + peeled.text
    this.parts = ''
    return claim.reader.line(whole, line, peeled.outer)
  }

  private account(result: LineResult, line: number, seam: Seam, text: string): void {
    if (result === MERGED) this.tally.merged++
    else if (result === HELD) this.tally.held++
    else if (isSkip(result)) this.refuse(result, line, text)
    else if (isOutcome(result)) this.outcome(result, line, seam, text)
    else this.emit([result], line, seam, text)
  }

  private outcome(result: { drafts: readonly Draft[], self: 'event' | Skip | typeof MERGED | typeof HELD }, line: number, seam: Seam, text: string): void {
    const own = result.drafts.filter(draft => draft.line === undefined || draft.line === line)
    for (const draft of result.drafts) if (draft.line !== undefined && draft.line !== line) this.emitHeld(draft, seam)
    if (own.length > 0) this.emit(own, line, seam, text)
    else if (result.self === 'event') this.tally.merged++ // its event was an earlier line's
    else this.account(result.self, line, seam, text)
  }

  /** Events of one line: the line counts once; if the seam refuses all of them, the line is a skip. */
  private emit(drafts: readonly Draft[], line: number, seam: Seam, text: string): void {
    let made = 0
    let refusal: Skip | undefined
    for (const draft of drafts) {
      const event = seam(draft, line, made + 1)
      if ('skip' in event) refusal = event
      else {
        made++
        this.push(event)
      }
    }
    if (made === 0) this.refuse(refusal ?? skip('not-an-event'), line, text)
    else {
      this.tally.events++
      this.tally.extra += made - 1
    }
  }

  /** An event whose first line was held; a second event of the same line is an extra. */
  private emitHeld(draft: Draft, seam: Seam): void {
    const line = draft.line!
    const again = line === this.lastHeldLine
    const event = seam(draft, line, again ? 2 : 1)
    if ('skip' in event) {
      if (again) return
      this.tally.held--
      this.refuse(event, line, '')
      return
    }
    this.push(event)
    if (again) this.tally.extra++
    else {
      this.tally.held--
      this.tally.events++
    }
    this.lastHeldLine = line
  }

  private push(event: LogEvent): void {
    if (event.ts_ms === undefined) this.tally.undated++
    this.out.push(event)
  }

  private refuse(reason: Skip, line: number, text: string): void {
    this.tally.skip(reason.skip)
    if (!NO_LOSS.has(reason.skip)) this.options.onReject?.({ file: this.source.path, line, reason: reason.skip, detail: reason.detail, text })
  }

  private finish(): void {
    for (const { reader, seam } of this.claims) {
      for (const last of reader.end?.() ?? []) {
        if ('skip' in last) {
          this.tally.held--
          this.refuse(last, last.line, '')
        } else this.emitHeld(last, seam)
      }
    }
  }
}

/** The wrapper's word for a line that carries no stamp of its own. */
export type { Outer }
