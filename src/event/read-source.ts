/** Reads one source to its end: lines to drafts to events, with an account of every line. */
import { Problem } from '../problem.js'
import { Clock } from '../read/clock.js'
import { HELD, isOutcome, MERGED, NO_LOSS, skip, type LineReader, type LineResult, type Outer, type Skip } from '../read/parser.js'
import { Tally } from '../read/tally.js'
import type { HeldSkip, Peeled, Peeler, PeelResult } from '../read/wrappers.js'
import type { LogEvent } from '../schema/event.js'
import type { Refusal } from '../input/lines.js'
import { LineBook } from './line-book.js'
import { lineOf } from './line-of.js'
import { makeSeam, type Seam } from './seam.js'
import { labelsFor, ruleFor, type ReadOptions, type Source } from './source.js'

interface OpenReader { readonly reader: LineReader, readonly seam: Seam }

/** Readers behind one envelope (or none), asked in turn. */
interface Layer { readonly peeler: Peeler | undefined, readonly readers: OpenReader[] }

/** What the readers of a layer said of one text. */
interface Answer { readonly result: LineResult, readonly seam: Seam, readonly text: string, readonly line: number }

const NO_EVENTS: LogEvent[] = []
const NOT_THIS_FORMAT = skip('not-this-format')

function layersOf(source: Source, clock: Clock, options: ReadOptions): Layer[] {
  const { path, head, claims } = source
  const layers = new Map<string, Layer>()
  for (const { parser, wrapper } of claims) {
    const id = wrapper?.id ?? ''
    let layer = layers.get(id)
    if (!layer) layers.set(id, layer = { peeler: wrapper?.open(clock), readers: [] })
    const seam = makeSeam({ path, dataset: parser.dataset, vantage: parser.vantage, labels: labelsFor(options, path), redact: options.redact ?? true, skewMs: ruleFor(options.skews, path) })
    layer.readers.push({ reader: parser.open({ path, clock, head, wanted: options.wanted }), seam })
  }
  return [...layers.values()]
}

/** A refusal that another reader may take back; a line that says nothing is settled by whoever knows it. */
const isRefusal = (result: LineResult | PeelResult): boolean => typeof result === 'object' && 'skip' in result && !NO_LOSS.has(result.skip)

/** Reads a source. `events()` yields batches; `tally` and `clock.notes` are complete when it ends. */
export class SourceReader {
  readonly tally = new Tally()
  readonly clock: Clock
  readonly format: string | undefined
  private readonly layers: readonly Layer[]
  /** The one reader of bare lines, where a file has no other: its answer stands whatever it is, so that nothing has to be asked of it here. */
  private readonly only: OpenReader | undefined
  private readonly book: LineBook

  constructor(private readonly source: Source, options: ReadOptions, referenceMs?: number) {
    const { path } = source
    this.clock = new Clock({ zone: ruleFor(options.zones, path), year: options.year, referenceMs, anchorMs: ruleFor(options.anchors, path) })
    this.layers = layersOf(source, this.clock, options)
    const [first] = this.layers
    if (this.layers.length === 1 && !first!.peeler && first!.readers.length === 1) this.only = first!.readers[0]
    this.format = source.claims[0]?.parser.id
    this.book = new LineBook(path, this.tally, options.onReject)
  }

  /** Batches of events in the order their lines complete them. */
  async *events(): AsyncGenerator<LogEvent[]> {
    for await (const batch of this.source.batches) {
      let line = batch.firstLine
      for (const text of batch.texts) this.take(text, line++)
      if (this.book.hasEvents) yield this.book.take()
    }
    this.end()
    if (this.book.hasEvents) yield this.book.take()
  }

  /** Reads one line; lines come in their order. */
  take(text: string | Refusal, line: number): void {
    this.tally.lines++
    if (typeof text !== 'string') this.book.refuse(skip(text.reason), line, text.text)
    else if (this.only) this.book.one(lineOf(this.only.reader, text, line, undefined), this.only.seam, line, text)
    else this.readLine(text, line)
  }

  /** Books lines that somebody else has read, each to one dated event. */
  takenElsewhere(lines: number): void {
    this.tally.lines += lines
    this.tally.events += lines
  }

  /** The events that have been completed since the last time. */
  drain(): LogEvent[] { return this.book.hasEvents ? this.book.take() : NO_EVENTS }

  /** After the last line: completes what is open. Fails when the lines do not add up. */
  end(): void {
    this.finish()
    if (!this.tally.balanced) throw new Problem('internal', `lines do not add up: ${JSON.stringify(this.tally.summary(this.source.path, this.format))}, held ${this.tally.held}`, { file: this.source.path })
  }

  private readLine(text: string, line: number): void {
    let refusal: Skip | undefined
    for (const layer of this.layers) {
      if (!layer.peeler) { // a bare line, the usual case, goes straight to its readers
        const { result, seam } = this.ask(layer, { text, outer: undefined as unknown as Outer }, line)
        if (!isRefusal(result)) return this.book.one(result, seam, line, text)
        refusal ??= result as Skip
        continue
      }
      const peeled: PeelResult = layer.peeler.line(text, line)
      if (isRefusal(peeled)) {
        refusal ??= peeled as Skip
        continue
      }
      if (typeof peeled === 'symbol' || 'skip' in peeled) return this.book.fate(peeled, line, text)
      const answers = this.answersTo(layer, 'texts' in peeled ? peeled.texts : [peeled], line)
      const [only] = answers
      if (answers.length === 1 && only!.line === line && isRefusal(only!.result) && !('texts' in peeled)) {
        refusal ??= only!.result as Skip
        continue
      }
      return this.settle(answers, 'texts' in peeled ? peeled.self : peeled.line !== undefined && peeled.line !== line ? MERGED : 'text', line, text)
    }
    this.book.refuse(refusal ?? NOT_THIS_FORMAT, line, text)
  }

  private answersTo(layer: Layer, texts: readonly (Peeled | HeldSkip)[], line: number): Answer[] {
    return texts.map((peeled): Answer => 'skip' in peeled ? { result: peeled, seam: layer.readers[0]!.seam, text: '', line: peeled.line } : this.ask(layer, peeled, peeled.line ?? line))
  }

  /** The first reader of a layer that takes the text, or the first one's refusal. */
  private ask(layer: Layer, { text, outer }: Peeled, line: number): Answer {
    let refused: Answer | undefined
    for (const { reader, seam } of layer.readers) {
      const result = lineOf(reader, text, line, outer)
      const answer: Answer = { result, seam, text, line }
      if (!isRefusal(result) && !(typeof result === 'object' && isOutcome(result) && isRefusal(result.self as LineResult))) return answer
      refused ??= answer
    }
    return refused!
  }

  /** Books what the texts of a line gave. Texts of lines held back by the envelope are booked under their own line. */
  private settle(answers: readonly Answer[], self: 'text' | Skip | typeof MERGED | typeof HELD, line: number, text: string): void {
    const own = answers.filter(answer => answer.line === line)
    for (const answer of answers) {
      if (answer.line === line) continue
      this.book.release(answer.line)
      this.book.one(answer.result, answer.seam, answer.line, answer.text)
    }
    if (self !== 'text') this.book.fate(self, line, text)
    else if (own.length > 0) this.book.answer(own.map(answer => answer.result), own[0]!.seam, line, text)
    else this.book.fate(MERGED, line, text)
  }

  private finish(): void {
    for (const layer of this.layers) {
      for (const last of layer.peeler?.end?.() ?? []) {
        const line = last.line!
        this.book.release(line)
        if ('skip' in last) this.book.refuse(last, line, '')
        else {
          const answer = this.ask(layer, last, line)
          this.book.one(answer.result, answer.seam, line, answer.text)
        }
      }
      for (const { reader, seam } of layer.readers) {
        for (const last of reader.end?.() ?? []) {
          if ('skip' in last) this.book.heldRefused(last, last.line)
          else if ('merged' in last) this.book.heldMerged(last.line)
          else this.book.heldEvent(last, seam)
        }
      }
    }
  }
}
