import * as zlib from 'node:zlib'
import { Problem } from '../problem.js'

/** The compressions that are read. */
export type Compression = 'gzip' | 'zstd' | 'brotli'

/** What `decompress` works on. */
export interface DecompressOptions {
  /** the file as the user gave it, for messages */
  readonly file: string
  /** the same compressed bytes from the start, to recover what lies just before a defect; absent when they are gone */
  readonly replay?: () => AsyncIterable<Buffer>
  /** told of a defect, once; what came before it has then been given */
  readonly onNote?: (problem: Problem) => void
  /** most bytes given (default 1 TiB) */
  readonly maxBytes?: number
  /** bytes given before the ratio counts (default 1 GiB) */
  readonly ratioFreeBytes?: number
}

const FOLLOWED = 'something else follows'
// what decoders say where they look for one more gzip member or zstd frame
const NO_FURTHER_PART = new Set(['incorrect header check', 'Unknown frame descriptor'])
const MAX_RATIO = 1000
const CHUNK_BYTES = 64 * 1024
const MAX_WAITING_BYTES = 1024 * 1024

/**
 * Takes compressed bytes and gives what they hold; gzip members and zstd frames that follow each other are
 * one. A cut or damaged input, or one with garbage behind it, gives all that can be recovered and then a
 * `broken-compression` note. Memory is bounded. Throws a Problem: `too-large` over `maxBytes`, or past
 * `ratioFreeBytes` at more than 1000 times the compressed size; `broken-compression` for zstd where this Node
 * has none.
 */
export async function* decompress(
  compression: Compression,
  bytes: AsyncIterable<Buffer>,
  options: DecompressOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const guard = new Guard(options)
  const engine = new Engine(compression, options.file)
  try {
    for await (const piece of bytes) {
      guard.taken += piece.length
      for await (const part of engine.feed(piece)) yield guard.check(part)
      if (engine.isOver) break
    }
    if (!engine.isOver) for await (const part of engine.finish()) yield guard.check(part)
  } finally {
    engine.close()
  }
  if (engine.defect === undefined) return
  for await (const part of recover(compression, engine.consumedBytes, guard.given, options)) yield guard.check(part)
  const message = `${defectText(compression, engine.defect, guard.given)}; ${guard.given} bytes of text were read`
  options.onNote?.(new Problem('broken-compression', message, { file: options.file }))
}

function defectText(compression: Compression, defect: string, givenBytes: number): string {
  if (defect === 'unexpected end of file') return `the ${compression} data are cut short`
  const isBehindEnd = defect === FOLLOWED || (givenBytes > 0 && NO_FURTHER_PART.has(defect))
  if (isBehindEnd) return `something else follows the ${compression} data`
  return `the ${compression} data are damaged (${defect})`
}

class Guard {
  taken = 0
  given = 0
  readonly #options: DecompressOptions

  constructor(options: DecompressOptions) {
    this.#options = options
  }

  check(part: Buffer): Buffer {
    const { file, maxBytes = 2 ** 40, ratioFreeBytes = 2 ** 30 } = this.#options
    this.given += part.length
    if (this.given > maxBytes) throw new Problem('too-large', `decompresses to more than ${maxBytes} bytes`, { file })
    if (this.given > ratioFreeBytes && this.given > this.taken * MAX_RATIO) {
      throw new Problem('too-large', `decompresses to more than ${MAX_RATIO} times its size`, { file })
    }
    return part
  }
}

// what the decoder had decoded in the step that failed is lost with it. A second decoder gets the same bytes,
// up to that step at once and then one at a time, so that it fails only at the defect itself
async function* recover(
  compression: Compression,
  safeBytes: number,
  givenBytes: number,
  { file, replay }: DecompressOptions,
): AsyncGenerator<Buffer, void, undefined> {
  if (replay === undefined) return
  const engine = new Engine(compression, file)
  let skipBytes = givenBytes
  try {
    for await (const piece of careful(replay(), safeBytes)) {
      for await (const part of engine.feed(piece)) {
        if (part.length > skipBytes) yield part.subarray(skipBytes)
        skipBytes = Math.max(0, skipBytes - part.length)
      }
      if (engine.isOver) return
    }
  } finally {
    engine.close()
  }
}

async function* careful(bytes: AsyncIterable<Buffer>, safeBytes: number): AsyncGenerator<Buffer, void, undefined> {
  let left = safeBytes
  for await (const piece of bytes) {
    if (left > 0) yield piece.subarray(0, left)
    for (let at = left; at < piece.length; at++) yield piece.subarray(at, at + 1)
    left = Math.max(0, left - piece.length)
  }
}

// drives a zlib stream by hand: piped, an error would throw away what is decoded but not yet read
class Engine {
  defect?: string
  readonly #compression: Compression
  readonly #file: string
  #decoder: zlib.Gunzip
  #earlierBytes = 0
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #isEnded = false
  #wake = (): void => {}

  constructor(compression: Compression, file: string) {
    this.#compression = compression
    this.#file = file
    this.#decoder = this.#open()
  }

  get isOver(): boolean {
    return this.#isEnded || this.defect !== undefined
  }

  /** compressed bytes that were taken without a complaint */
  get consumedBytes(): number {
    return this.#earlierBytes + this.#decoder.bytesWritten
  }

  async* feed(piece: Buffer): AsyncGenerator<Buffer, void, undefined> {
    for (let left = piece; left.length > 0;) {
      const before = this.consumedBytes
      let isTaken = false
      this.#decoder.write(left, () => this.#note(() => { isTaken = true }))
      yield* this.#drain(() => isTaken)
      if (!this.#isEnded || this.defect !== undefined) return
      left = left.subarray(this.consumedBytes - before)
      if (!this.#goOnWith(left)) return
    }
  }

  async* finish(): AsyncGenerator<Buffer, void, undefined> {
    this.#decoder.end()
    yield* this.#drain(() => false)
  }

  close(): void {
    this.#decoder.destroy()
  }

  async* #drain(isDone: () => boolean): AsyncGenerator<Buffer, void, undefined> {
    while (true) {
      const parts = this.#waiting
      this.#waiting = []
      this.#waitingBytes = 0
      this.#decoder.resume()
      yield* parts
      if (this.#waiting.length > 0) continue
      if (isDone() || this.isOver) return
      await new Promise<void>(resolve => { this.#wake = resolve })
    }
  }

  // the zstd decoder stops behind each frame; gzip's goes through members by itself and stops only at padding
  #goOnWith(left: Buffer): boolean {
    if (this.#compression === 'zstd' && left.length > 0) {
      this.#earlierBytes = this.consumedBytes
      this.#decoder.destroy()
      this.#decoder = this.#open()
      this.#isEnded = false
      return true
    }
    if (left.some(byte => byte !== 0 || this.#compression !== 'gzip')) this.defect = FOLLOWED
    return false
  }

  #open(): zlib.Gunzip {
    const decoder = openDecoder(this.#compression, this.#file)
    decoder.on('data', (part: Buffer) => this.#keep(part))
    decoder.on('error', error => this.#note(() => { this.defect ??= error.message }))
    decoder.on('end', () => this.#note(() => { this.#isEnded = true }))
    return decoder
  }

  #keep(part: Buffer): void {
    this.#waiting.push(part)
    this.#waitingBytes += part.length
    if (this.#waitingBytes > MAX_WAITING_BYTES) this.#decoder.pause()
    this.#wake()
  }

  #note(mark: () => void): void {
    mark()
    this.#wake()
  }
}

function openDecoder(compression: Compression, file: string): zlib.Gunzip {
  const options = { chunkSize: CHUNK_BYTES }
  if (compression === 'gzip') return zlib.createGunzip(options)
  if (compression === 'brotli') return zlib.createBrotliDecompress(options)
  // absent from Node 20 and from its types
  const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: zlib.ZlibOptions) => zlib.Gunzip }
  if (createZstdDecompress !== undefined) return createZstdDecompress(options)
  const message = `Node ${process.versions.node} cannot read zstd; Node 22.15, 23.8 and later can`
  throw new Problem('broken-compression', message, { file })
}
