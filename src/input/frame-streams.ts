/**
 * Frame Streams, the container of dnstap: length-prefixed frames, which become lines (`dnstap:` and the frame in base64), so that
 * whoever reads lines can read them. Line n is the n-th data frame.
 */

const CONTENT_TYPE = 'protobuf:dnstap.Dnstap'
const LINE_MARK = 'dnstap:'
/** Bytes that tell: an escape, the control frame's length, its type, and its field with the content type. */
const START_BYTES = 12 + 8 + CONTENT_TYPE.length
/** A dnstap message holds two DNS messages at most; a longer frame is not kept. */
const MAX_FRAME_BYTES = 192 * 1024
const MAX_CONTROL_BYTES = 1024

/** True where bytes begin a Frame Streams file of dnstap. `undefined` while there are too few to tell. */
export function isFrameStream(bytes: Buffer): boolean | undefined {
  const zeros = Math.min(4, bytes.length)
  for (let at = 0; at < zeros; at++) if (bytes[at] !== 0) return false
  if (bytes.length < START_BYTES) return undefined
  return bytes.readUInt32BE(4) <= MAX_CONTROL_BYTES && bytes.subarray(0, START_BYTES + 64).includes(CONTENT_TYPE)
}

class Framer {
  private carried: Buffer = Buffer.alloc(0)
  private skipping = 0
  private inControl = false

  /** Lines of the frames that these bytes complete. */
  push(bytes: Buffer): string[] {
    const lines: string[] = []
    let data = this.carried.length === 0 ? bytes : Buffer.concat([this.carried, bytes])
    for (;;) {
      const drop = Math.min(this.skipping, data.length)
      this.skipping -= drop
      data = data.subarray(drop)
      if (this.skipping > 0 || data.length < 4) break
      const length = data.readUInt32BE(0)
      if (length === 0 && !this.inControl) {
        this.inControl = true
        data = data.subarray(4)
      } else if (this.inControl) {
        this.inControl = false
        this.skipping = 4 + length
      } else if (length > MAX_FRAME_BYTES) {
        lines.push(`${LINE_MARK}!too-long ${length}\n`)
        this.skipping = 4 + length
      } else if (data.length < 4 + length) break
      else {
        lines.push(`${LINE_MARK}${data.toString('base64', 4, 4 + length)}\n`)
        data = data.subarray(4 + length)
      }
    }
    // a copy, so that a frame in two pieces does not keep its chunk alive
    this.carried = Buffer.from(data)
    return lines
  }

  /** A writer that was killed leaves half a frame. */
  end(): string[] {
    return this.carried.length > 0 || this.skipping > 0 ? [`${LINE_MARK}!cut\n`] : []
  }
}

/** Takes the bytes of an input and gives them as they are, or as lines where they are a Frame Streams file. */
export async function* framesAsLines(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, undefined> {
  let start: Buffer = Buffer.alloc(0)
  let framer: Framer | undefined
  let told = false
  for await (const part of bytes) {
    if (told) {
      yield* framer ? toLines(framer.push(part)) : [part]
      continue
    }
    start = start.length === 0 ? part : Buffer.concat([start, part])
    const isFrames = isFrameStream(start)
    if (isFrames === undefined) continue
    told = true
    if (isFrames) framer = new Framer()
    yield* framer ? toLines(framer.push(start)) : [start]
  }
  if (!told && start.length > 0) yield start
  if (framer) yield* toLines(framer.end())
}

function toLines(lines: readonly string[]): Buffer[] {
  return lines.length === 0 ? [] : [Buffer.from(lines.join(''))]
}
