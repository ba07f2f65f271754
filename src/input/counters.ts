/** How far reading has come: numbers in shared memory, so that threads that read can add to them and whoever shows them looks when it likes. */

/** Bytes of files (as they lie on disk) and lines, read so far. */
export type Counters = BigInt64Array<SharedArrayBuffer>

const BYTES = 0
const LINES = 1

/** Counters at zero. */
export const makeCounters = (): Counters => new BigInt64Array(new SharedArrayBuffer(2 * BigInt64Array.BYTES_PER_ELEMENT))

/** Adds bytes that were read. */
export const countBytes = (counters: Counters, bytes: number): void => { Atomics.add(counters, BYTES, BigInt(bytes)) }

/** Adds lines that were read. */
export const countLines = (counters: Counters, lines: number): void => { Atomics.add(counters, LINES, BigInt(lines)) }

/** What has been counted so far. */
export const counted = (counters: Counters): { bytes: number, lines: number } => ({ bytes: Number(Atomics.load(counters, BYTES)), lines: Number(Atomics.load(counters, LINES)) })
