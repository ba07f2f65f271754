import { performance } from 'node:perf_hooks'
import { toRfc3339 } from '../../read/time.js'

const LINE_FEED = 10

/** The wall clock in epoch ms with microseconds. This command alone reads the clock. */
const now = (): number => performance.timeOrigin + performance.now()

/** `logjoin stamp`: bytes pass unchanged; a stamp stands before each line, of the moment its first byte came. */
export async function runStamp(): Promise<number> {
  let isLineStart = true
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    const stamp = Buffer.from(`${toRfc3339(now())} `)
    const parts: Buffer[] = []
    let at = 0
    while (at < chunk.length) {
      if (isLineStart) parts.push(stamp)
      const end = chunk.indexOf(LINE_FEED, at)
      isLineStart = end !== -1
      parts.push(chunk.subarray(at, end === -1 ? chunk.length : end + 1))
      at = end === -1 ? chunk.length : end + 1
    }
    if (!process.stdout.write(Buffer.concat(parts))) await new Promise(resolve => process.stdout.once('drain', resolve))
  }
  return 0
}
