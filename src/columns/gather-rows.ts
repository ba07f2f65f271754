/** Rows of several blocks as one block. */
import { BLOCK_ROWS, type Block } from './block.js'
import type { ColumnPool } from './column-pool.js'

type Column = Float64Array | Int32Array

function fill<T extends Column>(target: T, sources: readonly T[], sourceOf: Int32Array, places: Int32Array): T {
  for (let row = 0; row < places.length; row++) target[row] = sources[sourceOf[row]!]![places[row]!]!
  return target
}

/**
 * A block of rows in the order given.
 * @param places where each row stands in its block. @param sources blocks of one log, named by one dictionary. @param sourceOf which of them each row is in.
 */
export function gathered(places: Int32Array, sources: readonly Block[], sourceOf: Int32Array, pool: ColumnPool): Block {
  const rows = places.length
  const first = sources[0]!
  // a short block is not worth the buffer of a whole one
  const buffer = (width: 4 | 8): ArrayBuffer => rows > BLOCK_ROWS / 2 ? pool.column(width) : new ArrayBuffer(rows * width)
  const wide = (of: (block: Block) => Float64Array): Float64Array => fill(new Float64Array(buffer(8)), sources.map(of), sourceOf, places)
  const narrow = (of: (block: Block) => Int32Array): Int32Array => fill(new Int32Array(buffer(4)), sources.map(of), sourceOf, places)
  const textLengths = first.textLengths.map((_, column) => narrow(block => block.textLengths[column]!))
  const textStarts = first.textStarts.map((_, column) => narrow(block => block.textStarts[column]!))
  return {
    rows, dictionary: first.dictionary, added: [],
    line: narrow(block => block.line), start: wide(block => block.start), at: wide(block => block.at), end: wide(block => block.end), port: narrow(block => block.port), ttl: wide(block => block.ttl),
    parts: first.parts.map((_, part) => narrow(block => block.parts[part]!)),
    textLengths, textStarts, bytes: gatheredTexts(rows, textStarts, textLengths, sources.map(block => block.bytes), sourceOf, pool),
  }
}

/** The texts of rows one after the other; says in `starts` where they now stand. */
function gatheredTexts(rows: number, starts: readonly Int32Array[], lengths: readonly Int32Array[], sources: readonly Uint8Array[], sourceOf: Int32Array, pool: ColumnPool): Uint8Array {
  let total = 0
  for (const column of lengths) for (let row = 0; row < rows; row++) total += column[row]!
  const pooled = rows > BLOCK_ROWS / 2 ? pool.bytes() : undefined
  const target = pooled !== undefined && pooled.byteLength >= total ? new Uint8Array(pooled) : new Uint8Array(total)
  let used = 0
  for (let row = 0; row < rows; row++) {
    const source = sources[sourceOf[row]!]!
    for (let column = 0; column < starts.length; column++) {
      const from = starts[column]![row]!
      const to = from + lengths[column]![row]!
      starts[column]![row] = used
      for (let at = from; at < to; at++) target[used++] = source[at]!
    }
  }
  return target
}
