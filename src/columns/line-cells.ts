/**
 * Where the cells of a line stand in its bytes. Only the plainest lines are taken: printable ASCII without quotes or backslashes inside cells, flat
 * JSON, as many columns as the header names; what is refused here is read the plain way. No strings are made: that and `JSON.parse` were most of
 * what reading a line cost.
 */
import type { Brief } from '../read/brief.js'
import { viewOf } from './copy-bytes.js'

/** What a cell is. Numbers and literals occur in JSON only; a list stands there with its brackets. */
export const [ABSENT, TEXT, NUMBER, LITERAL, LIST] = [0, 1, 2, 3, 4]

const [QUOTE, COMMA, MINUS, DOT, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT, TAB, SPACE, BACKSLASH, LINE_FEED] = [34, 44, 45, 46, 58, 91, 93, 123, 125, 9, 32, 92, 10]
const [TRUE, FALSE, NULL] = ['true', 'false', 'null'].map(word => Buffer.from(word)) as [Buffer, Buffer, Buffer]
const [UNKNOWN, STRANGE] = [-1, -2]

/** 1 for bytes that stand for themselves in a cell. */
const PLAIN = Uint8Array.from({ length: 256 }, (_, byte) => byte >= SPACE && byte < 127 && byte !== QUOTE && byte !== BACKSLASH ? 1 : 0)
const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57

/** A key of JSON lines, and the one that mostly follows it. */
interface Key { readonly bytes: Uint8Array, readonly view: DataView, readonly cell: number, next: Key | undefined }

/** Cells of one line after the other. */
export class LineCells {
  bytes: Buffer = Buffer.alloc(0)
  /** The same bytes, several at a time. */
  view: DataView = new DataView(new ArrayBuffer(0))
  readonly starts: Int32Array
  readonly ends: Int32Array
  readonly kinds: Uint8Array
  private readonly keys = new Map<string, Key>()
  private readonly first: Key = { bytes: new Uint8Array(0), view: viewOf(new Uint8Array(0)), cell: UNKNOWN, next: undefined }
  private readonly numbers: ReadonlyMap<string, number>
  private readonly absent: readonly Buffer[]
  /** 1 for bytes that one of those begins with: most cells are told by their first byte. */
  private readonly absentFirst = new Uint8Array(256)
  /** The cell of each column; undefined as long as no header has named them, or when one of them is not covered. */
  private columns: Int32Array | undefined

  /** @param covered names of the cells, by their number. @param declared all names that the format knows; a line with one that is not covered is refused. */
  constructor(private readonly lines: Brief['lines'], readonly covered: readonly string[], private readonly declared: ReadonlySet<string>) {
    this.numbers = new Map(covered.map((name, number) => [name, number]))
    this.starts = new Int32Array(covered.length)
    this.ends = new Int32Array(covered.length)
    this.kinds = new Uint8Array(covered.length)
    this.absent = (lines.absent ?? []).map(text => Buffer.from(text))
    for (const text of this.absent) this.absentFirst[text[0]!] = 1
  }

  private cellOf(name: string): number { return this.numbers.get(name) ?? (this.declared.has(name) ? STRANGE : UNKNOWN) }

  /** Takes a header as it comes by; the plain way reads it, too. */
  header(line: string): void {
    const { header } = this.lines
    if (header === undefined || !line.toLowerCase().startsWith(header.toLowerCase())) return
    const names = line.slice(header.length).trim().split(/\s+/)
    const columns = names.map(name => this.cellOf(name))
    const isUsable = !columns.includes(STRANGE) && new Set(names).size === names.length
    this.columns = isUsable ? Int32Array.from(columns) : undefined
  }

  /**
   * Finds the cells of the line that begins at a place; a line feed has to stand somewhere behind it. Gives where the line ends, or -1 when it is
   * not for this reader. The end is not asked for beforehand: looking for it took as long as reading half the line.
   */
  read(bytes: Buffer, start: number): number {
    if (bytes !== this.bytes) {
      this.bytes = bytes
      this.view = viewOf(bytes)
    }
    for (let cell = 0; cell < this.kinds.length; cell++) this.kinds[cell] = ABSENT
    if (bytes[start] === OPEN_OBJECT) return this.lines.json === true ? this.readObject(start + 1) : -1
    return this.columns !== undefined ? this.readColumns(this.columns, start) : -1
  }

  private isAbsent(from: number, to: number): boolean { return this.absentFirst[this.bytes[from]!] === 1 && isOneOf(this.absent, this.bytes, from, to) }

  private put(cell: number, kind: number, from: number, to: number): void {
    this.kinds[cell] = kind
    this.starts[cell] = from
    this.ends[cell] = to
  }

  private readColumns(columns: Int32Array, start: number): number {
    const { bytes } = this
    let at = start
    for (let column = 0; column < columns.length; column++) {
      const from = at
      while (PLAIN[bytes[at]!] === 1) at++
      if (bytes[at] !== (column === columns.length - 1 ? LINE_FEED : TAB)) return -1
      const cell = columns[column]!
      if (cell !== UNKNOWN && at > from && !this.isAbsent(from, at)) this.put(cell, TEXT, from, at)
      at++
    }
    return at - 1
  }

  private readObject(start: number): number {
    const { bytes, kinds } = this
    let at = start
    let last = this.first
    for (;;) {
      const key = this.keyAt(at, last)
      if (key === undefined || key.cell === STRANGE) return -1
      last = key
      at += key.bytes.length
      if (bytes[at] === SPACE) at++
      const from = at
      const kind = bytes[at] === QUOTE ? TEXT : bytes[at] === OPEN_LIST ? LIST : isDigit(bytes[at]) || bytes[at] === MINUS ? NUMBER : LITERAL
      at = kind === TEXT ? endOfText(bytes, at) : kind === LIST ? endOfList(bytes, at) : kind === NUMBER ? endOfNumber(bytes, at) : endOfLiteral(bytes, at)
      if (at === -1) return -1
      if (key.cell !== UNKNOWN) {
        if (kinds[key.cell] !== ABSENT) return -1 // a key twice
        if (kind === TEXT) {
          if (at - from > 2 && !this.isAbsent(from + 1, at - 1)) this.put(key.cell, TEXT, from + 1, at - 1)
        } else if (kind !== LITERAL || bytes[from] !== 110) this.put(key.cell, kind, from, at)
      }
      if (bytes[at] === CLOSE_OBJECT) return bytes[at + 1] === LINE_FEED ? at + 1 : -1
      if (bytes[at] !== COMMA) return -1
      at++
      if (bytes[at] === SPACE) at++
    }
  }

  /** The key that stands at a place, quotes and colon included; mostly the one that followed its neighbour before. */
  private keyAt(at: number, last: Key): Key | undefined {
    const { bytes } = this
    const expected = last.next
    if (expected !== undefined && this.standsAt(expected.view, at)) return expected
    if (bytes[at] !== QUOTE) return undefined
    const to = endOfText(bytes, at)
    if (to === -1 || bytes[to] !== COLON) return undefined
    const name = bytes.toString('latin1', at + 1, to - 1)
    let key = this.keys.get(name)
    if (!key) {
      if (this.keys.size >= 1000) return undefined // keys that are data
      const own = Uint8Array.from(bytes.subarray(at, to + 1))
      this.keys.set(name, key = { bytes: own, view: viewOf(own), cell: this.cellOf(name), next: undefined })
    }
    return last.next = key
  }

  /** Does a text stand at a place? */
  private standsAt(text: DataView, at: number): boolean {
    const { view } = this
    const length = text.byteLength
    if (at + length > view.byteLength) return false
    let i = 0
    for (; i + 4 <= length; i += 4) if (view.getInt32(at + i, true) !== text.getInt32(i, true)) return false
    for (; i < length; i++) if (view.getUint8(at + i) !== text.getUint8(i)) return false
    return true
  }
}

function isOneOf(texts: readonly Buffer[], bytes: Buffer, from: number, to: number): boolean {
  for (let text = 0; text < texts.length; text++) {
    const one = texts[text]!
    if (one.length !== to - from) continue
    let i = 0
    while (i < one.length && one[i] === bytes[from + i]) i++
    if (i === one.length) return true
  }
  return false
}

/** Behind the closing quote; -1 where something stands in the text that does not stand for itself. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1
  while (PLAIN[bytes[at]!] === 1) at++
  return bytes[at] === QUOTE ? at + 1 : -1
}

/** Behind a number of JSON without an exponent. */
function endOfNumber(bytes: Buffer, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start
  if (bytes[at] === 48 && isDigit(bytes[at + 1])) return -1
  const whole = at
  while (isDigit(bytes[at])) at++
  if (at === whole) return -1
  if (bytes[at] !== DOT) return at
  const fraction = ++at
  while (isDigit(bytes[at])) at++
  return at === fraction ? -1 : at
}

/** Behind `true`, `false` or `null`. */
function endOfLiteral(bytes: Buffer, start: number): number {
  const first = bytes[start]
  const word = first === 116 ? TRUE : first === 102 ? FALSE : NULL
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return -1
  return start + word.length
}

/** Behind a list of texts and numbers. */
function endOfList(bytes: Buffer, start: number): number {
  let at = start + 1
  if (bytes[at] === CLOSE_LIST) return at + 1
  for (;;) {
    at = bytes[at] === QUOTE ? endOfText(bytes, at) : endOfNumber(bytes, at)
    if (at === -1) return -1
    if (bytes[at] === CLOSE_LIST) return at + 1
    if (bytes[at] !== COMMA) return -1
    at++
    if (bytes[at] === SPACE) at++
  }
}
