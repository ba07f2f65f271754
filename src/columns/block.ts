/** Rows on their way from a reading thread to the joining one: columns of numbers, and what rows have in common once for all of them. */
import type { EventType } from '../schema/event.js'

/** Rows that a block has room for. */
export const BLOCK_ROWS = 4096

/** What the join is told of the client. */
export interface Who { readonly client: string | undefined }
/** What the join is told of everything else. */
export interface What {
  readonly type: EventType
  readonly names: readonly string[]
  readonly servers: readonly string[]
  readonly family: 0 | 4 | 6
  /** See the facts of the same name in `src/join/facts.ts`. */
  readonly isCause: boolean
  readonly leadsSomewhere: boolean
  readonly isPlain: boolean
  readonly tick: number
}

/** An entry of a dictionary: a fact or none, and the wanted values it stands for, as JSON writes them. */
export interface Entry { readonly who?: Who, readonly what?: What, readonly values: readonly (string | undefined)[] }

/** A value for each row. */
export interface BlockColumns {
  readonly line: Int32Array
  /** Epoch ms. */
  readonly start: Float64Array
  readonly at: Float64Array
  readonly end: Float64Array
  /** -1: none. */
  readonly port: Int32Array
  /** s; -1: none. */
  readonly ttl: Float64Array
  /** For each part, one number for each row. */
  readonly parts: readonly Int32Array[]
  /** For each text, where it begins in the block's bytes and how many there are; 0: none. Texts stand there as JSON writes them. */
  readonly textStarts: readonly Int32Array[]
  readonly textLengths: readonly Int32Array[]
}

/** Rows of one file. Numbers of entries count from the first block of their dictionary on. */
export interface Block extends BlockColumns {
  readonly rows: number
  readonly bytes: Uint8Array
  /** The dictionary of these rows; another number is another dictionary. */
  readonly dictionary: number
  /** For each part the entries that came with this block. */
  readonly added: readonly (readonly Entry[])[]
}

/** Bytes that the columns of so many rows take. */
export const columnBytes = (rows: number, parts: number, texts: number): number => rows * (4 * 8 + (2 + parts + 2 * texts) * 4)

/** Columns for so many rows side by side in one buffer: handing over twenty takes longer. */
export function columnsIn(buffer: ArrayBuffer, rows: number, parts: number, texts: number): BlockColumns {
  let used = 0
  const wide = (): Float64Array => new Float64Array(buffer, (used += 8 * rows) - 8 * rows, rows)
  const narrow = (): Int32Array => new Int32Array(buffer, (used += 4 * rows) - 4 * rows, rows)
  const several = (count: number): Int32Array[] => Array.from({ length: count }, narrow)
  return { start: wide(), at: wide(), end: wide(), ttl: wide(), line: narrow(), port: narrow(), parts: several(parts), textStarts: several(texts), textLengths: several(texts) }
}

/** What of a block is handed over without being copied. */
export const transferOf = ({ line, bytes }: Block): ArrayBuffer[] => [line.buffer as ArrayBuffer, bytes.buffer as ArrayBuffer]
