/** A sink that shows nothing until it is known that all of it is right. */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addTemporaryFolder, dropTemporaryFolder } from '../join/sort.js'
import type { Sink } from './sink.js'

/** Text held in memory, in characters; what goes beyond is written to a temporary file. */
const MEMORY = 1 << 24
const BLOCK = 1 << 18

/**
 * Holds text back and hands it to another sink at its end.
 * @param inner takes the text when `end` is called; it is not touched before.
 */
export function heldSink(inner: Sink): Sink {
  let waiting: (string | Uint8Array)[] = []
  let length = 0
  let folder: string | undefined
  let file: number | undefined
  const spill = (): void => {
    if (file === undefined) {
      folder = mkdtempSync(join(tmpdir(), 'logjoin-'))
      addTemporaryFolder(folder)
      file = openSync(join(folder, 'held'), 'w+')
    }
    for (const part of waiting) {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
    }
    waiting = []
    length = 0
  }
  const clear = (): void => {
    waiting = []
    length = 0
    if (file !== undefined) closeSync(file)
    if (folder !== undefined) {
      rmSync(folder, { recursive: true, force: true })
      dropTemporaryFolder(folder)
    }
    file = folder = undefined
  }
  return {
    write(text) {
      waiting.push(text)
      length += text.length
      if (length > MEMORY) spill()
    },
    flush() { /* nothing is shown before its time */ },
    async end() {
      try {
        if (file !== undefined) {
          // a new block each time: the one before may not have left yet
          for (let at = 0, block = Buffer.allocUnsafe(BLOCK), got = readSync(file, block, 0, BLOCK, at); got > 0; at += got, block = Buffer.allocUnsafe(BLOCK), got = readSync(file, block, 0, BLOCK, at)) await inner.write(block.subarray(0, got))
        }
        for (const text of waiting) await inner.write(text)
        await inner.end()
      } finally {
        clear()
      }
    },
    abort() {
      clear()
      inner.abort()
    },
  }
}
