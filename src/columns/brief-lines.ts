/** Reads lines by a brief into rows; says of those that it cannot read that they are to be read the plain way. */
import type { Facts } from '../join/facts.js'
import type { BriefPlan } from '../read/brief.js'
import { round3 } from '../read/time.js'
import type { LogEvent } from '../schema/event.js'
import type { BlockWriter } from './block-writer.js'
import { ABSENT, LineCells, LIST, NUMBER, TEXT } from './line-cells.js'
import { PartMemo } from './part-memo.js'
import { DateTimes, isPlainIpv4, itemsIn, millionthsAt, Ttls, wholeAt } from './plain-numbers.js'

/** What became of a line that is no row: it is to be read the plain way, and `learn` may be to be told what came of it. */
export const [UNLIKE, NEW] = [-1, -2]

/** Combinations of one kind that are remembered at the most; then all are forgotten. */
const MOST_REMEMBERED = 1 << 18

interface TextCell { readonly cell: number, /** 0: it is no number. */ readonly upTo: number, readonly without: Uint8Array }

/** Reads the lines of one file. */
export class BriefLines {
  private readonly cells: LineCells
  private readonly memos: readonly PartMemo[]
  private readonly found: Int32Array
  private readonly time: readonly number[]
  private readonly texts: readonly TextCell[]
  private readonly numbers: readonly number[]
  private readonly needs: readonly number[]
  private readonly who: number
  private readonly seconds: number
  private readonly port: number
  private readonly ttls: number
  private readonly answers: number
  private readonly marksEnd: boolean
  private readonly dateTimes = new DateTimes()
  private readonly ttlList = new Ttls()
  // of the line at hand
  private startMs = 0
  private atMs = 0
  private endMs = 0
  private portNumber = -1
  private ttl = -1

  /** @param declared every name that the format's table knows. */
  constructor(plan: BriefPlan, declared: ReadonlySet<string>, private readonly writer: BlockWriter) {
    const { brief } = plan
    const covered = [...new Set([...brief.time.cells, ...[brief.seconds, brief.clientPort, brief.ttls?.cell, brief.ttls?.of].filter(name => name !== undefined), brief.who, ...[brief.what, ...brief.others ?? []].flatMap(part => part.cells), ...Object.keys(brief.texts ?? {}), ...brief.numbers ?? [], ...brief.needs ?? [], ...brief.ignored ?? []])]
    const place = (name: string | undefined): number => name === undefined ? -1 : covered.indexOf(name)
    this.cells = new LineCells(brief.lines, covered, declared)
    this.memos = plan.parts.map(part => new PartMemo(Int32Array.from(part.cells, place)))
    this.found = new Int32Array(plan.parts.length)
    this.time = brief.time.cells.map(place)
    this.marksEnd = brief.time.marks === 'end'
    this.who = place(brief.who)
    this.seconds = place(brief.seconds)
    this.port = place(brief.clientPort)
    this.ttls = place(brief.ttls?.cell)
    this.answers = place(brief.ttls?.of)
    this.texts = plan.textCells.map(name => ({ cell: place(name), upTo: brief.texts![name]!.upTo ?? 0, without: Buffer.from(brief.texts![name]!.without ?? '') }))
    this.numbers = [...brief.numbers ?? [], ...Object.keys(brief.texts ?? {}).filter(name => brief.texts![name]!.upTo && !plan.textCells.includes(name))].map(place)
    this.needs = (brief.needs ?? []).map(place)
  }

  /** Tells of a line that may name columns. */
  header(line: string): void { this.cells.header(line) }

  /**
   * Reads the line that begins at a place; a line feed has to stand somewhere behind it.
   * @param filled where the bytes end. @returns where the line ends when it has been written as a row, else UNLIKE or NEW.
   */
  read(bytes: Buffer, start: number, filled: number, line: number): number {
    const end = this.cells.read(bytes, start)
    if (end === -1 || end >= filled || !this.readTimes() || !this.readRest()) return UNLIKE
    const { memos, found } = this
    let isNew = false
    for (let part = 0; part < memos.length; part++) if ((found[part] = memos[part]!.find(this.cells)) === -1 && !(part === 0 && this.learnAddress())) isNew = true
    if (isNew) return NEW
    this.write(line)
    return end
  }

  /** An IPv4 address is known by itself: it is what it reads. */
  private learnAddress(): boolean {
    const { cells: { bytes, starts, ends, kinds }, who, found, memos } = this
    if (kinds[who] !== TEXT || !isPlainIpv4(bytes, starts[who]!, ends[who]!)) return false
    found[0] = this.writer.client(bytes.toString('latin1', starts[who]!, ends[who]!))
    memos[0]!.add(this.cells, found[0]!)
    return true
  }

  /** What the plain way made of the line that was new. The same facts are to come of it; where they do not, nothing is remembered. */
  learn(facts: Facts, event: LogEvent): void {
    const { writer, memos, found } = this
    const agrees = facts.start === this.startMs && facts.at === this.atMs && facts.end === this.endMs && (facts.clientPort ?? -1) === this.portNumber && (facts.ttlSeconds ?? -1) === this.ttl
    if (!agrees) return writer.addEvent(facts, event)
    for (let part = 0; part < memos.length; part++) {
      if (found[part] !== -1) continue
      found[part] = writer.entry(part, facts, event)
      memos[part]!.add(this.cells, found[part]!)
    }
    this.write(facts.line)
  }

  /** Between two blocks: forgets what was remembered when it has become too much. */
  rest(): void {
    if (!this.memos.some(memo => memo.count > MOST_REMEMBERED)) return
    for (const memo of this.memos) memo.clear()
    this.writer.forget()
  }

  private readTimes(): boolean {
    const { bytes, starts, ends, kinds } = this.cells
    const [first, second] = this.time as [number, number | undefined]
    const from = starts[first]!
    const to = ends[first]!
    if (kinds[first] !== TEXT && kinds[first] !== NUMBER) return false
    let ms: number
    if (second === undefined) {
      if (to - from < 10 || bytes[from] === 48 || (to - from > 10 && bytes[from + 10] !== 46)) return false
      ms = round3(millionthsAt(bytes, from, to, 10) / 1000)
    } else {
      if (kinds[second] !== TEXT) return false
      ms = this.dateTimes.read(bytes, from, to, starts[second]!, ends[second]!)
    }
    const span = this.readSpan()
    if (Number.isNaN(ms) || Number.isNaN(span) || (this.marksEnd && span === -1)) return false
    this.startMs = this.marksEnd ? round3(ms - span) : ms
    this.endMs = this.marksEnd ? ms : span === -1 ? ms : round3(ms + span)
    if (this.endMs < this.startMs) this.endMs = this.startMs
    this.atMs = this.startMs
    return this.startMs >= 0
  }

  /** Duration in ms; -1 where there is none. */
  private readSpan(): number {
    const { seconds, cells: { bytes, starts, ends, kinds } } = this
    if (seconds === -1 || kinds[seconds] === ABSENT) return -1
    if (kinds[seconds] !== TEXT && kinds[seconds] !== NUMBER) return NaN
    return round3(millionthsAt(bytes, starts[seconds]!, ends[seconds]!, 6) / 1000)
  }

  private readRest(): boolean {
    const { cells: { bytes, starts, ends, kinds }, port, ttls, texts, numbers, needs } = this
    this.portNumber = -1
    this.ttl = -1
    if (port !== -1 && kinds[port] !== ABSENT) {
      const value = kinds[port] === LIST ? NaN : wholeAt(bytes, starts[port]!, ends[port]!, 5)
      if (!(value > 0 && value <= 65535)) return false
      this.portNumber = value
    }
    if (ttls !== -1 && !this.readTtls()) return false
    for (let i = 0; i < needs.length; i++) if (kinds[needs[i]!] === ABSENT || Number.isNaN(wholeAt(bytes, starts[needs[i]!]!, ends[needs[i]!]!, 4))) return false
    for (let i = 0; i < numbers.length; i++) if (kinds[numbers[i]!] !== ABSENT && Number.isNaN(millionthsAt(bytes, starts[numbers[i]!]!, ends[numbers[i]!]!, 15))) return false
    for (let i = 0; i < texts.length; i++) if (kinds[texts[i]!.cell] !== ABSENT && !this.isWritable(texts[i]!)) return false
    return true
  }

  /** As many TTLs as answers, or neither; and the moment that counts is that of the answer. */
  private readTtls(): boolean {
    const { cells: { bytes, starts, ends, kinds }, ttls, answers, ttlList } = this
    this.atMs = this.endMs
    if (kinds[ttls] === ABSENT && kinds[answers] === ABSENT) return true
    if (kinds[ttls] === ABSENT || kinds[answers] === ABSENT || !ttlList.read(bytes, starts[ttls]!, ends[ttls]!)) return false
    if (itemsIn(bytes, starts[answers]!, ends[answers]!) !== ttlList.count) return false
    this.ttl = ttlList.least
    return true
  }

  private isWritable({ cell, upTo, without }: TextCell): boolean {
    const { bytes, starts, ends, kinds } = this.cells
    const from = starts[cell]!
    const to = ends[cell]!
    if (upTo > 0) return bytes[from] !== 48 && wholeAt(bytes, from, to, 15) <= upTo
    if (kinds[cell] === NUMBER) return (bytes[from] !== 48 || to - from === 1) && !Number.isNaN(wholeAt(bytes, from, to, 15))
    if (kinds[cell] !== TEXT) return false
    for (let i = 0; i < without.length; i++) for (let at = from; at < to; at++) if (bytes[at] === without[i]) return false
    return true
  }

  private write(line: number): void {
    const { writer, texts, found, cells: { view, starts, ends, kinds } } = this
    const row = writer.rows++
    writer.line[row] = line
    writer.start[row] = this.startMs
    writer.at[row] = this.atMs
    writer.end[row] = this.endMs
    writer.port[row] = this.portNumber
    writer.ttl[row] = this.ttl
    for (let part = 0; part < found.length; part++) writer.parts[part]![row] = found[part]!
    for (let column = 0; column < texts.length; column++) {
      const { cell, upTo } = texts[column]!
      if (kinds[cell] !== ABSENT) writer.addText(row, column, view, starts[cell]!, ends[cell]!, upTo === 0)
    }
  }
}
