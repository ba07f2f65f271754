/** Buffers of columns that are spent: they are the collector's business only late, and pile up until then, so they are used again. */
import { BLOCK_ROWS, columnBytes, columnsIn, type BlockColumns } from './block.js'

const LEAST_BYTES = 1 << 14

/** Texts lie in buffers of powers of two, so that one fits as well as the other: most logs have few, and room for as many as the wordiest has added up. */
function sizeFor(bytes: number): number {
  let size = LEAST_BYTES
  while (size < bytes) size *= 2
  return size
}

/** Free buffers of one thread. */
export class ColumnPool {
  /** By their bytes: those of blocks' columns, and those of texts. */
  private readonly columns = new Map<number, ArrayBuffer[]>()
  private readonly texts = new Map<number, ArrayBuffer[]>()

  /** Columns of a whole block; what stands in them is anything. */
  block(parts: number, texts: number): BlockColumns {
    const bytes = columnBytes(BLOCK_ROWS, parts, texts)
    return columnsIn(bufferOf(this.columns, bytes), BLOCK_ROWS, parts, texts)
  }

  /** A buffer for texts of so many bytes. */
  bytes(least: number): ArrayBuffer { return bufferOf(this.texts, sizeFor(least)) }

  /** Takes buffers that nobody needs any more. */
  give(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) (this.columns.get(buffer.byteLength) ?? this.texts.get(buffer.byteLength))?.push(buffer)
  }
}

function bufferOf(lists: Map<number, ArrayBuffer[]>, bytes: number): ArrayBuffer {
  let free = lists.get(bytes)
  if (!free) lists.set(bytes, free = [])
  return free.pop() ?? new ArrayBuffer(bytes)
}
