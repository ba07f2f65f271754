/** Header blocks that are being decoded: the lines of their fields name neither stream nor connection. */
import type { Stream } from './h2-stream.js'
import type { Framer } from './h2-table.js'
import type { Moment } from './moment.js'

/** A block between the frame that brought it and the line that says it was received whole. */
interface Block { readonly stream: Stream, readonly framer: Framer, readonly since: Moment | undefined }

/**
 * The blocks that are open at one time. A connection decodes one after the other, so fields belong to the only open block; where blocks of two
 * connections overlap, nobody can say whose a field is, and it is nobody's.
 */
export class Decoding {
  private blocks: Block[] = []
  /** Blocks of one number that were received whole while several of that number were open. */
  private readonly whole = new Map<number, number>()

  open(stream: Stream, framer: Framer, since: Moment | undefined): void {
    this.blocks.push({ stream, framer, since })
  }

  get isIdle(): boolean { return this.blocks.length === 0 }

  /** The block that a field belongs to; undefined where there is none, or more than one. */
  only(): Block | undefined { return this.blocks.length === 1 ? this.blocks[0] : undefined }

  /** A field of a response came while several blocks were open: all of them have been answered. */
  answered(): void {
    for (const { stream, framer, since } of this.blocks) if (!framer.server) stream.answered ??= since
  }

  /** Ends the blocks that fit, and gives those whose stream ends with them. */
  private end(fits: (block: Block) => boolean): Block[] {
    if (this.blocks.length === 0) return []
    const ended = this.blocks.filter(fits)
    if (ended.length > 0) this.blocks = this.blocks.filter(block => !fits(block))
    return ended.filter(block => block.stream.ending)
  }

  /** A connection read its next frame: its block is over. */
  read(framer: Framer): Block[] { return this.end(block => block.framer === framer) }

  /** A block of this stream number was received whole, by a server or by a client; where several have the number, they end when all of them were. */
  received(id: number, server: boolean): Block[] {
    const fits = (block: Block): boolean => block.stream.id === id && block.framer.server === server
    let open = 0
    for (const block of this.blocks) if (fits(block)) open++
    if (open < 2) return this.end(fits)
    const count = (this.whole.get(id) ?? 0) + 1
    this.whole.set(id, count)
    if (count < open) return []
    this.whole.delete(id)
    return this.end(fits)
  }

  /** A stream is over. */
  drop(stream: Stream): void { this.end(block => block.stream === stream) }

  /** The trace is over. */
  all(): Block[] { return this.end(() => true) }
}
