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
  let waiting: string[] = []
  let length = 0
  let folder: string | undefined
  let file: number | undefined
  const spill = (): void => {
    if (file === undefined) {
      folder = mkdtempSync(join(tmpdir(), 'logjoin-'))
      addTemporaryFolder(folder)
      file = openSync(join(folder, 'held'), 'w+')
    }
    const bytes = Buffer.from(waiting.join(''))
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at)
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
          const decoder = new TextDecoder()
          const block = Buffer.allocUnsafe(BLOCK)
          for (let at = 0, got = readSync(file, block, 0, BLOCK, at); got > 0; at += got, got = readSync(file, block, 0, BLOCK, at)) await inner.write(decoder.decode(block.subarray(0, got), { stream: true }))
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
