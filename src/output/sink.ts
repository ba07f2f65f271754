/** Where records go: standard output, or a file that appears only when it is complete. */
import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import { Problem } from '../problem.js'

/** Text collected before it is handed to the stream. */
const BLOCK = 1 << 16

/** A destination for text. `write` waits where the reader is slower than we are. Bytes are text in UTF-8, whole lines of it; they are not to be changed afterwards. */
export interface Sink {
  write(text: string | Uint8Array): Promise<void> | void
  /** Hands over what was collected. */
  flush(): Promise<void> | void
  end(): Promise<void>
  /** Throws away what was written; a file never appears. */
  abort(): void
}

/** A sink on a stream that stays open (standard output). */
export function streamSink(stream: NodeJS.WritableStream): Sink {
  let waiting = ''
  const flush = (): Promise<void> | void => {
    if (waiting === '') return
    const text = waiting
    waiting = ''
    if (!stream.write(text)) return new Promise(resolve => stream.once('drain', resolve))
  }
  const writeBytes = async (bytes: Uint8Array): Promise<void> => {
    await flush()
    if (!stream.write(bytes)) await new Promise(resolve => stream.once('drain', resolve))
  }
  return {
    write(text) {
      if (typeof text !== 'string') return writeBytes(text)
      waiting += text
      if (waiting.length >= BLOCK) return flush()
    },
    flush,
    async end() { await flush() },
    abort() { waiting = '' },
  }
}

/** A sink on a file: written beside it, then renamed, so that nobody sees half of it. Refuses (Problem `write-failed`) what cannot be written. */
export function fileSink(path: string): Sink {
  const known = statSync(path, { throwIfNoEntry: false })
  if (known?.isDirectory()) throw new Problem('write-failed', 'it is a folder', { file: path })
  // a device or a pipe (/dev/null, a named pipe) is written to, never replaced
  const isReplaced = known === undefined || known.isFile()
  const temporary = isReplaced ? `${path}.${process.pid}.part` : path
  const stream = createWriteStream(temporary)
  let failure: Error | undefined
  stream.on('error', error => { failure = error })
  const inner = streamSink(stream)
  const failed = (error: Error): Problem => new Problem('write-failed', (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'the folder does not exist' : error.message, { file: path })
  return {
    write(text) {
      if (failure) throw failed(failure)
      return inner.write(text)
    },
    flush: () => inner.flush(),
    async end() {
      if (!failure) await inner.end()
      await new Promise<void>(resolve => failure ? resolve() : stream.end(resolve))
      if (failure) {
        if (isReplaced) rmSync(temporary, { force: true })
        throw failed(failure)
      }
      if (isReplaced) renameSync(temporary, path)
    },
    abort() {
      stream.destroy()
      if (isReplaced) rmSync(temporary, { force: true })
    },
  }
}
