/** Follows a growing file as `tail -F` does: through truncation (copytruncate) and renaming (a new file under the old name). */
import { constants } from 'node:fs'
import { open, stat, type FileHandle } from 'node:fs/promises'
import { Problem } from '../problem.js'

/** How a file is followed. */
export interface FollowOptions {
  /** Waits between two looks at a file that has not grown; resolves early when the run is stopped. */
  readonly wait: () => Promise<void>
  /** True when nothing more is wanted: what is there is read to its end, then the bytes end. */
  readonly isStopped: () => boolean
  /** Told when the file was truncated or replaced. */
  readonly onRotate?: (path: string, how: 'truncated' | 'replaced') => void
}

const CHUNK = 1 << 18
/** How often a file that has been renamed is looked at once more: who writes it learns of its new name a moment later (a signal, a reopening). */
const LAST_LOOKS = 8

class Follower {
  private handle: FileHandle | undefined
  private inode = 0
  private position = 0
  private looksLeft = LAST_LOOKS
  constructor(private readonly path: string, private readonly options: FollowOptions) {}

  async open(): Promise<void> {
    let handle: FileHandle
    try {
      handle = await open(this.path, constants.O_RDONLY)
    } catch (error) {
      throw new Problem((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no-such-file' : 'not-readable', (error as Error).message, { file: this.path })
    }
    await this.close()
    this.handle = handle
    this.inode = (await handle.stat()).ino
    this.position = 0
    this.looksLeft = LAST_LOOKS
  }

  /** The next bytes, or undefined at the present end. */
  async read(): Promise<Uint8Array | undefined> {
    const buffer = Buffer.allocUnsafe(CHUNK)
    const { bytesRead } = await this.handle!.read(buffer, 0, CHUNK, this.position)
    this.position += bytesRead
    if (bytesRead > 0) this.looksLeft = LAST_LOOKS
    return bytesRead === 0 ? undefined : buffer.subarray(0, bytesRead)
  }

  /**
   * Looks for truncation and replacement; true when there is something to read from the start.
   * @param isLast nothing more is waited for.
   */
  async rotate(isLast: boolean): Promise<boolean> {
    const own = await this.handle!.stat()
    if (own.size < this.position) {
      this.position = 0
      this.options.onRotate?.(this.path, 'truncated')
      return true
    }
    const named = await stat(this.path).catch(() => undefined)
    if (!named || named.ino === this.inode || (!isLast && this.looksLeft-- > 0)) return false
    try {
      await this.open()
    } catch {
      return false // gone again, or not yet to be read
    }
    this.options.onRotate?.(this.path, 'replaced')
    return true
  }

  async close(): Promise<void> {
    await this.handle?.close()
    this.handle = undefined
  }
}

/**
 * Bytes of a file as it grows. A last line without its end is finished by a line feed before a rotation, so that two files never make one line.
 * Refuses (Problem) a file that is not there when the following begins.
 */
export async function* followBytes(path: string, options: FollowOptions): AsyncGenerator<Uint8Array> {
  const follower = new Follower(path, options)
  await follower.open()
  let last = 10
  try {
    for (;;) {
      const chunk = await follower.read()
      if (chunk) {
        last = chunk.at(-1)!
        yield chunk
        continue
      }
      const isStopped = options.isStopped()
      if (await follower.rotate(isStopped)) {
        if (last !== 10) yield Buffer.from('\n')
        last = 10
        continue
      }
      if (isStopped) return
      await options.wait()
    }
  } finally {
    await follower.close()
  }
}
