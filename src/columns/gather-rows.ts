/** Rows of several blocks as one block. */
import { BLOCK_ROWS, columnBytes, columnsIn, type Block, type BlockColumns } from './block.js'
import { copyBytes, viewOf } from './copy-bytes.js'
import type { ColumnPool } from './column-pool.js'

// one function for each width: a loop that has seen both takes twice as long
function fillWide(target: Float64Array, sources: readonly Float64Array[], sourceOf: Int32Array, places: Int32Array): void {
  for (let row = 0; row < places.length; row++) target[row] = sources[sourceOf[row]!]![places[row]!]!
}

function fillNarrow(target: Int32Array, sources: readonly Int32Array[], sourceOf: Int32Array, places: Int32Array): void {
  for (let row = 0; row < places.length; row++) target[row] = sources[sourceOf[row]!]![places[row]!]!
}

/**
 * A block of rows in the order given.
 * @param places where each row stands in its block. @param sources blocks of one log, named by one dictionary. @param sourceOf which of them each row is in.
 */
export function gathered(places: Int32Array, sources: readonly Block[], sourceOf: Int32Array, pool: ColumnPool): Block {
  const rows = places.length
  const { parts: { length: parts }, textStarts: { length: texts }, dictionary } = sources[0]!
  // a short block is not worth the buffer of a whole one
  const isWhole = rows > BLOCK_ROWS / 2
  const columns = isWhole ? pool.block(parts, texts) : columnsIn(new ArrayBuffer(columnBytes(rows, parts, texts)), rows, parts, texts)
  const wide = (of: (block: BlockColumns) => Float64Array): void => fillWide(of(columns), sources.map(of), sourceOf, places)
  const narrow = (of: (block: BlockColumns) => Int32Array): void => fillNarrow(of(columns), sources.map(of), sourceOf, places)
  wide(block => block.start)
  wide(block => block.at)
  wide(block => block.end)
  wide(block => block.ttl)
  narrow(block => block.line)
  narrow(block => block.port)
  for (let part = 0; part < parts; part++) narrow(block => block.parts[part]!)
  for (let text = 0; text < texts; text++) {
    narrow(block => block.textStarts[text]!)
    narrow(block => block.textLengths[text]!)
  }
  const bytes = gatheredTexts(rows, columns.textStarts, columns.textLengths, sources.map(block => viewOf(block.bytes)), sourceOf, isWhole ? pool : undefined)
  return { ...columns, rows, bytes, dictionary, added: [] }
}

/** The texts of rows one after the other; says in `starts` where they now stand. */
function gatheredTexts(rows: number, starts: readonly Int32Array[], lengths: readonly Int32Array[], sources: readonly DataView[], sourceOf: Int32Array, pool: ColumnPool | undefined): Uint8Array {
  let total = 0
  for (const column of lengths) for (let row = 0; row < rows; row++) total += column[row]!
  const target = pool ? new Uint8Array(pool.bytes(total)) : new Uint8Array(total)
  const view = viewOf(target)
  let used = 0
  for (let row = 0; row < rows; row++) {
    const source = sources[sourceOf[row]!]!
    for (let column = 0; column < starts.length; column++) {
      const from = starts[column]![row]!
      const to = from + lengths[column]![row]!
      starts[column]![row] = used
      used = copyBytes(view, used, source, from, to)
    }
  }
  return target
}
