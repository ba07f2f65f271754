import { isAscii, isUtf8 } from 'node:buffer'
import { toPrintableStart } from '../printable.js'

/** Why a line is not given to a parser: over the length limit, holds a NUL, or is not UTF-8 (asked in that order). */
export type RefusalReason = 'too-long' | 'nul' | 'invalid-utf8'

/** A line that cannot be read as text. `text` is its start, at most 200 characters, made printable. */
export interface Refusal {
  readonly reason: RefusalReason
  readonly text: string
}

/** Lines that follow each other: `texts[i]` is line `firstLine + i` of the input (1-based). */
export interface LineBatch {
  readonly firstLine: number
  readonly texts: (string | Refusal)[]
}

/** `maxLineBytes`: longest line accepted, without its ending (default 1 MiB). `batchLines`: most lines of a batch (default 1024). */
export interface LineOptions {
  readonly maxLineBytes?: number
  readonly batchLines?: number
}

export const LINE_FEED = 10
const CARRIAGE_RETURN = 13
const PREVIEW_CHARACTERS = 200
const PREVIEW_BYTES = 4 * PREVIEW_CHARACTERS
const DEFAULT_MAX_LINE_BYTES = 1024 * 1024
const DEFAULT_BATCH_LINES = 1024
const MAX_PIECE_BYTES = 1024 * 1024

// toString() looks the encoding up by name at every call, which is a third of the cost of a short line
interface SlicingBuffer extends Buffer {
  latin1Slice(start: number, end: number): string
  utf8Slice(start: number, end: number): string
}

/** Options with their defaults filled in. Throws a RangeError for limits that are not whole and at least 1. */
export function lineLimits(options: LineOptions): Required<LineOptions> & { readonly keptBytes: number } {
  const { maxLineBytes = DEFAULT_MAX_LINE_BYTES, batchLines = DEFAULT_BATCH_LINES } = options
  for (const limit of [maxLineBytes, batchLines]) {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`a limit of ${limit} is not a whole number of at least 1`)
  }
  // one byte more than the limit proves a line too long, one more may be its CR; the rest is for the preview
  return { maxLineBytes, batchLines, keptBytes: Math.max(maxLineBytes + 2, PREVIEW_BYTES + 2) }
}

/** Gives the text of one line without its LF (a CR at its end is taken off), or why it is refused. Any bytes are allowed. */
export function judgeLine(line: Buffer, maxLineBytes: number): string | Refusal {
  const end = contentEnd(line, 0, line.length)
  if (end > maxLineBytes) return refuse('too-long', line, 0, end)
  const content = line.subarray(0, end)
  if (content.includes(0)) return refuse('nul', line, 0, end)
  return isUtf8(content) ? (content as SlicingBuffer).utf8Slice(0, end) : refuse('invalid-utf8', line, 0, end)
}

/** Appends the text or refusal of every line of `run`, which starts at a line's start and ends with an LF. */
export function judgeRun(run: Buffer, maxLineBytes: number, add: (line: string | Refusal) => void): void {
  const isClean = !run.includes(0) && isUtf8(run)
  if (!isClean) return judgeOneByOne(run, maxLineBytes, add)
  // cut line by line, not out of one long string: a slice would keep that string alive as long as any event
  const buffer = run as SlicingBuffer
  const isPlain = isAscii(run)
  for (let start = 0; start < run.length;) {
    const newline = run.indexOf(LINE_FEED, start)
    const end = contentEnd(run, start, newline)
    if (end - start > maxLineBytes) add(refuse('too-long', run, start, end))
    else add(isPlain ? buffer.latin1Slice(start, end) : buffer.utf8Slice(start, end))
    start = newline + 1
  }
}

function judgeOneByOne(run: Buffer, maxLineBytes: number, add: (line: string | Refusal) => void): void {
  for (let start = 0; start < run.length;) {
    const newline = run.indexOf(LINE_FEED, start)
    add(judgeLine(run.subarray(start, newline), maxLineBytes))
    start = newline + 1
  }
}

// also at the very end of a file, where a copy was cut between CR and LF
function contentEnd(bytes: Buffer, start: number, end: number): number {
  return end > start && bytes[end - 1] === CARRIAGE_RETURN ? end - 1 : end
}

function refuse(reason: RefusalReason, bytes: Buffer, start: number, end: number): Refusal {
  const text = bytes.toString('utf8', start, Math.min(end, start + PREVIEW_BYTES))
  return { reason, text: toPrintableStart(text, PREVIEW_CHARACTERS) }
}

/** Collects judged lines into numbered batches. */
export class BatchCollector {
  readonly #batchLines: number
  #nextLine = 1
  #texts: (string | Refusal)[] = []
  #ready: LineBatch[] = []

  constructor(batchLines: number) {
    this.#batchLines = batchLines
  }

  readonly add = (line: string | Refusal): void => {
    this.#texts.push(line)
    if (this.#texts.length === this.#batchLines) this.#close()
  }

  /** Gives all lines since the last call, in batches that are full except the last. */
  take(): LineBatch[] {
    if (this.#texts.length > 0) this.#close()
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  #close(): void {
    this.#ready.push({ firstLine: this.#nextLine, texts: this.#texts })
    this.#nextLine += this.#texts.length
    this.#texts = []
  }
}

/** Gives the bytes without a UTF-8 byte order mark at their very start, in pieces of at most 1 MiB, none empty. */
export async function* withoutByteOrderMark(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer | undefined = Buffer.alloc(0)
  for await (const chunk of bytes) {
    let rest = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    if (start !== undefined) {
      start = start.length === 0 ? rest : Buffer.concat([start, rest])
      if (isMarkStart(start) && start.length < 3) continue
      rest = isMarkStart(start) ? start.subarray(3) : start
      start = undefined
    }
    for (let at = 0; at < rest.length; at += MAX_PIECE_BYTES) yield rest.subarray(at, at + MAX_PIECE_BYTES)
  }
  if (start !== undefined && start.length > 0) yield start
}

function isMarkStart(bytes: Buffer): boolean {
  return [0xef, 0xbb, 0xbf].every((byte, index) => index >= bytes.length || bytes[index] === byte)
}
