/** Buffers of columns that are spent: they are the collector's business only late, and pile up until then, so they are used again. */
import { BLOCK_ROWS, columnBytes, columnsIn, type BlockColumns } from './block.js'

/** Bytes of texts that a block has room for at first. */
const FIRST_BYTES = BLOCK_ROWS * 64

/** Free buffers of one thread. */
export class ColumnPool {
  /** By the bytes of a block's columns. */
  private readonly columns = new Map<number, ArrayBuffer[]>()
  private readonly texts: ArrayBuffer[] = []

  /** Columns of a whole block; what stands in them is anything. */
  block(parts: number, texts: number): BlockColumns {
    const bytes = columnBytes(BLOCK_ROWS, parts, texts)
    let free = this.columns.get(bytes)
    if (!free) this.columns.set(bytes, free = [])
    return columnsIn(free.pop() ?? new ArrayBuffer(bytes), BLOCK_ROWS, parts, texts)
  }

  /** A buffer for texts, of any length. */
  bytes(): ArrayBuffer { return this.texts.pop() ?? new ArrayBuffer(FIRST_BYTES) }

  /** Takes buffers that nobody needs any more. */
  give(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      const free = this.columns.get(buffer.byteLength)
      if (free) free.push(buffer)
      else if (buffer.byteLength >= FIRST_BYTES) this.texts.push(buffer)
    }
  }
}
