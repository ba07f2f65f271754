import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { Problem } from '../problem.js'
import { countBytes, type Counters } from './counters.js'
import { decompress } from './decompress.js'
import { framesAsLines } from './frame-streams.js'
import type { Compression, DecompressOptions } from './decompress.js'
import { isPlainText, sniff } from './sniff.js'

export { sniff } from './sniff.js'
export type { Sniffed } from './sniff.js'

/** How an input is opened. */
export interface OpenOptions {
  /** give the bytes also where they are no UTF-8 text */
  readonly allowBinary?: boolean
  /** most bytes that a compressed input may give (default 1 TiB) */
  readonly maxBytes?: number
  /** decompressed bytes before the ratio counts (default 1 GiB) */
  readonly ratioFreeBytes?: number
  /** told, as a Problem that is not thrown, that compressed data were damaged; the recovered part was given */
  readonly onNote?: (problem: Problem) => void
  /** ends the reading with an AbortError */
  readonly signal?: AbortSignal
  /** told how many bytes were read */
  readonly counters?: Counters | undefined
  /** what `-` stands for; default the standard input of the process */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** bytes to read in the path's place, which then is but a name */
  readonly source?: AsyncIterable<Uint8Array> | undefined
}

const READ_BYTES = 256 * 1024
const MARK_BYTES = 4
const TRIAL_BYTES = 64 * 1024
const MAX_HISTORY_BYTES = 16 * 1024 * 1024
const LINE_FEED = 10

/**
 * Takes a path or `-` and gives a stream of its decompressed bytes (in object mode: one Buffer a chunk).
 * Compression is known by content; brotli, which has no mark, is tried where the name ends in `.br` and the
 * bytes are not plain text, and where they are no text at all and decompress to text. An empty file gives
 * nothing.
 *
 * Nothing is opened before the stream is read. It fails with a Problem: `no-such-file`, `not-readable` (also
 * for a folder), `utf16-file`, `binary-file`, `too-large`, `broken-compression` (only for zstd that this Node
 * cannot read; damage goes to `onNote`).
 */
export function openBytes(path: string, options: OpenOptions = {}): Readable {
  const stop = new AbortController()
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([options.signal, stop.signal])
  const stream = Readable.from(readBytes(path, { ...options, signal }), { signal: options.signal })
  // the stream reads ahead; without this, one that is ended early would wait for the next word of a silent pipe
  const destroy = stream._destroy
  stream._destroy = (error, done) => {
    stop.abort()
    destroy.call(stream, error, done)
  }
  return stream
}

async function* readBytes(path: string, options: OpenOptions): AsyncGenerator<Buffer, void, undefined> {
  const given = options.source ?? (path === '-' ? options.stdin ?? process.stdin : undefined)
  const unread = given === undefined ? rawFile(path, options.signal) : rawStream(given, path, options.signal)
  const source = options.counters === undefined ? unread : countedBytes(unread, options.counters)
  try {
    const first = await readStart(source)
    const compression = await compressionOf(path, first)
    const raw = withStart(first, source)
    const plain = compression === undefined ? raw : await openCompressed(compression, path, raw, options)
    yield* refuseOddContent(options.allowBinary === true ? plain : framesAsLines(plain), path, options)
  } finally {
    await source.return()
  }
}

async function openCompressed(
  compression: Compression,
  path: string,
  raw: AsyncIterable<Buffer>,
  options: OpenOptions,
): Promise<AsyncIterable<Buffer>> {
  const canReadAgain = path !== '-' && options.source === undefined && await stat(path).then(found => found.isFile(), () => false)
  const history = canReadAgain ? undefined : new History(raw)
  const replay = history === undefined ? () => rawFile(path, options.signal) : () => history.replay()
  const { onNote, maxBytes, ratioFreeBytes } = options
  const settings: DecompressOptions = { file: path, replay, onNote, maxBytes, ratioFreeBytes }
  return decompress(compression, history ?? raw, settings)
}

// a live pipe may say little for long, so no more is waited for than a mark or a line
async function readStart(source: AsyncGenerator<Buffer, void, undefined>): Promise<Buffer> {
  let start: Buffer = Buffer.alloc(0)
  while (start.length < MARK_BYTES && !start.includes(LINE_FEED)) {
    const next = await source.next()
    if (next.done === true) break
    start = start.length === 0 ? next.value : Buffer.concat([start, next.value])
  }
  return start
}

async function* withStart(start: Buffer, source: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  if (start.length > 0) yield start
  yield* source
}

async function compressionOf(path: string, first: Buffer): Promise<Compression | undefined> {
  const { compression, binary } = sniff(first)
  if (compression !== 'none') return compression
  const mayBeBrotli = path.endsWith('.br') ? !isPlainText(first) : binary !== undefined
  return mayBeBrotli && await isBrotli(first, path) ? 'brotli' : undefined
}

async function isBrotli(first: Buffer, path: string): Promise<boolean> {
  const trial = decompress('brotli', one(first.subarray(0, TRIAL_BYTES)), { file: path })
  try {
    // a start that is cut somewhere gives what it holds first
    for await (const part of trial) return isText(part)
    return false
  } catch {
    return false
  }
}

async function* one(piece: Buffer): AsyncGenerator<Buffer, void, undefined> {
  yield piece
}

function isText(bytes: Buffer): boolean {
  const { compression, binary } = sniff(bytes)
  return compression === 'none' && binary === undefined
}

async function* refuseOddContent(bytes: AsyncIterable<Buffer>, path: string, options: OpenOptions): AsyncGenerator<Buffer, void, undefined> {
  let isFirst = options.allowBinary !== true
  for await (const part of bytes) {
    if (isFirst) refuseOdd(part, path)
    isFirst = false
    yield part
  }
}

function refuseOdd(part: Buffer, path: string): void {
  const { compression, encoding, binary } = sniff(part)
  if (encoding !== 'utf8') throw new Problem('utf16-file', `this is UTF-16 text (${encoding}), not UTF-8`, { file: path })
  const what = compression === 'none' ? binary : `${compression}-compressed twice; decompress it once`
  if (what !== undefined) throw new Problem('binary-file', `this is ${what}`, { file: path })
}

async function* rawFile(path: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const stream = createReadStream(path, { highWaterMark: READ_BYTES, signal })
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    throw readProblem(error, path)
  }
}

async function* countedBytes(source: AsyncGenerator<Buffer, void, undefined>, counters: Counters): AsyncGenerator<Buffer, void, undefined> {
  for await (const bytes of source) {
    countBytes(counters, bytes.length)
    yield bytes
  }
}

async function* rawStream(input: AsyncIterable<Uint8Array> & { destroy?: () => void }, path: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, undefined> {
  const stop = (): void => input.destroy?.()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    for await (const bytes of input) yield Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  } catch (error) {
    throw readProblem(error, path)
  } finally {
    signal?.removeEventListener('abort', stop)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EISDIR: 'this is a folder, not a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'this link leads back to itself',
}

function readProblem(error: unknown, path: string): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException
  if (syscall === undefined || code === undefined) return error
  if (code === 'ENOENT' || code === 'ENOTDIR') return new Problem('no-such-file', 'no such file', { file: path })
  return new Problem('not-readable', REASONS[code] ?? `cannot be read (${code})`, { file: path })
}

// what has come through a pipe cannot be read again, so the start of it is kept
class History implements AsyncIterable<Buffer> {
  readonly #source: AsyncIterable<Buffer>
  #kept: Buffer[] = []
  #keptBytes = 0

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source
  }

  async* [Symbol.asyncIterator](): AsyncGenerator<Buffer, void, undefined> {
    for await (const piece of this.#source) {
      this.#keptBytes += piece.length
      if (this.#keptBytes <= MAX_HISTORY_BYTES) this.#kept.push(piece)
      else this.#kept = []
      yield piece
    }
  }

  async* replay(): AsyncGenerator<Buffer, void, undefined> {
    yield* this.#kept
  }
}
