/** Buffers of columns that are spent: they are the collector's business only late, and pile up until then, so they are used again. */
import { BLOCK_ROWS } from './block.js'

/** Bytes of texts that a block has room for at first. */
const FIRST_BYTES = BLOCK_ROWS * 64

/** Free buffers of one thread. */
export class ColumnPool {
  /** By the bytes of a value. */
  private readonly columns = new Map<number, ArrayBuffer[]>([[4, []], [8, []]])
  private readonly texts: ArrayBuffer[] = []

  /** A buffer for as many values as a block has rows; what stands in it is anything. */
  column(width: 4 | 8): ArrayBuffer { return this.columns.get(width)!.pop() ?? new ArrayBuffer(BLOCK_ROWS * width) }

  /** A buffer for texts, of any length. */
  bytes(): ArrayBuffer { return this.texts.pop() ?? new ArrayBuffer(FIRST_BYTES) }

  /** Takes buffers that nobody needs any more. */
  give(buffers: readonly ArrayBuffer[]): void {
    for (const buffer of buffers) {
      if (buffer.byteLength >= FIRST_BYTES) this.texts.push(buffer)
      else this.columns.get(buffer.byteLength / BLOCK_ROWS)?.push(buffer)
    }
  }
}
