import { once } from 'node:events'
import split2 from 'split2'
import { BatchCollector, judgeLine, LINE_FEED, lineLimits, withoutByteOrderMark } from './line-rules.js'
import type { LineBatch, LineOptions } from './line-rules.js'

/**
 * Like `readLines`, for pipes and followed files: the same rules and, for the same chunks, the same batches.
 * Framed by split2. Fails only when `bytes` does.
 */
export async function* frameStream(
  bytes: AsyncIterable<Uint8Array>,
  options: LineOptions = {},
): AsyncGenerator<LineBatch, void, undefined> {
  const { batchLines, maxLineBytes, keptBytes } = lineLimits(options)
  const batches = new BatchCollector(batchLines)
  const splitter = openSplitter(keptBytes, line => batches.add(judgeLine(line, maxLineBytes)))
  const shorten = openShortener(keptBytes)
  try {
    for await (const piece of withoutByteOrderMark(bytes)) {
      await write(splitter, shorten(piece))
      yield* batches.take()
    }
    splitter.end()
    await once(splitter, 'finish')
    yield* batches.take()
  } finally {
    splitter.destroy()
  }
}

// split2 decodes UTF-8 before it splits, which would hide invalid bytes and change lengths. Given strings it
// does not decode, so it gets one character for each byte and the mapper turns a line back into its bytes.
// Mapped to undefined, nothing waits on its readable side.
function openSplitter(keptBytes: number, take: (line: Buffer) => void): ReturnType<typeof split2> {
  const mapper = (line: string): undefined => take(Buffer.from(line, 'latin1')) as undefined
  return split2('\n', mapper, { decodeStrings: false, maxLength: keptBytes })
}

function write(splitter: ReturnType<typeof split2>, piece: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    splitter.write(piece.toString('latin1'), 'latin1', error => error ? reject(error) : resolve())
  })
}

// maxLength ends the whole stream and skipOverflow loses the line uncounted, so a long line is cut before it
// gets there: just past the limit, where the rules still see that it is too long
function openShortener(keptBytes: number): (piece: Buffer) => Buffer {
  let lineBytes = 0
  return piece => {
    if (lineBytes + piece.length <= keptBytes) {
      const last = piece.lastIndexOf(LINE_FEED)
      lineBytes = last < 0 ? lineBytes + piece.length : piece.length - last - 1
      return piece
    }
    const parts: Buffer[] = []
    for (let start = 0; start < piece.length;) {
      const newline = piece.indexOf(LINE_FEED, start)
      const end = newline < 0 ? piece.length : newline
      parts.push(piece.subarray(start, Math.min(end, start + keptBytes - lineBytes)))
      if (newline >= 0) parts.push(piece.subarray(newline, newline + 1))
      lineBytes = newline < 0 ? Math.min(keptBytes, lineBytes + end - start) : 0
      start = newline < 0 ? end : newline + 1
    }
    return Buffer.concat(parts)
  }
}
