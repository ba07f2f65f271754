import { BatchCollector, judgeLine, judgeRun, LINE_FEED, lineLimits, withoutByteOrderMark } from './line-rules.js'
import type { LineBatch, LineOptions } from './line-rules.js'

export type { LineBatch, LineOptions, Refusal, RefusalReason } from './line-rules.js'
export { frameStream } from './stream-lines.js'

/**
 * Takes the bytes of a log and gives its lines in numbered batches. LF ends a line; a CR before it (or at the
 * end of the input) is taken off; a byte order mark at the start is taken off; a last line without LF counts
 * when it has a byte. Lines delivered in total = LFs + 1 if such a last line stands behind them; each is a
 * string or a Refusal, so numbers stay right. A batch ends when it is full and when the bytes at hand do.
 *
 * Memory is bounded by `maxLineBytes` and the size of a chunk, however long a line is. Frames in place, which
 * suits files; `frameStream` gives the same batches for pipes. Fails only when `bytes` does.
 */
export async function* readLines(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<LineBatch, void, undefined> {
  const framer = new Framer(options)
  for await (const piece of withoutByteOrderMark(bytes)) {
    framer.push(piece)
    yield* framer.batches.take()
  }
  framer.end()
  yield* framer.batches.take()
}

class Framer {
  readonly batches: BatchCollector
  readonly #maxLineBytes: number
  readonly #keptBytes: number
  #carried: Buffer[] = []
  #carriedBytes = 0

  constructor(options: LineOptions) {
    const limits = lineLimits(options)
    this.batches = new BatchCollector(limits.batchLines)
    this.#maxLineBytes = limits.maxLineBytes
    this.#keptBytes = limits.keptBytes
  }

  push(piece: Buffer): void {
    const last = piece.lastIndexOf(LINE_FEED)
    if (last < 0) return this.#carry(piece)
    let start = 0
    if (this.#carriedBytes > 0) {
      start = piece.indexOf(LINE_FEED) + 1
      this.#carry(piece.subarray(0, start - 1))
      this.end()
    }
    if (start <= last) judgeRun(piece.subarray(start, last + 1), this.#maxLineBytes, this.batches.add)
    this.#carry(piece.subarray(last + 1))
  }

  end(): void {
    if (this.#carriedBytes === 0) return
    this.batches.add(judgeLine(Buffer.concat(this.#carried), this.#maxLineBytes))
    this.#carried = []
    this.#carriedBytes = 0
  }

  #carry(part: Buffer): void {
    const kept = part.subarray(0, this.#keptBytes - this.#carriedBytes)
    // a copy, so that half a line does not keep its whole chunk alive
    if (kept.length > 0) this.#carried.push(Buffer.from(kept))
    this.#carriedBytes += kept.length
  }
}

/**
 * Takes batches and gives the accepted texts of their first lines, `lineCount` of them or fewer, and `rest`:
 * all the batches, those looked at too. Looks at no more than `lineCount` accepted lines, nor, where most are
 * refused, at more than 100 batches. With `live` it is content with the first batch that has an accepted line,
 * so that a slow pipe is not waited for. Ending `rest` (also unread) ends `batches`.
 */
export async function head(
  batches: AsyncGenerator<LineBatch, void, undefined>,
  lineCount: number,
  options: { readonly live?: boolean } = {},
): Promise<{ head: string[], rest: AsyncGenerator<LineBatch, void, undefined> }> {
  const kept: LineBatch[] = []
  const texts: string[] = []
  const wanted = options.live === true ? Math.min(1, lineCount) : lineCount
  while (texts.length < wanted && kept.length < MAX_HEAD_BATCHES) {
    const next = await batches.next()
    if (next.done === true) break
    kept.push(next.value)
    for (const text of next.value.texts) if (typeof text === 'string' && texts.length < lineCount) texts.push(text)
  }
  return { head: texts, rest: replay(kept, batches) }
}

const MAX_HEAD_BATCHES = 100

function replay(kept: LineBatch[], batches: AsyncGenerator<LineBatch, void, undefined>): AsyncGenerator<LineBatch, void, undefined> {
  const rest = (async function* () {
    for (let batch = kept.shift(); batch !== undefined; batch = kept.shift()) yield batch
    yield* batches
  })()
  const endRest = rest.return.bind(rest)
  // a generator that was never started would not pass the end on, and the file would stay open
  rest.return = async value => {
    await batches.return()
    return endRest(value)
  }
  return rest
}
