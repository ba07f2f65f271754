/**
 * Puts the events of finite files in time order. What fits in memory is sorted there; beyond that, sorted runs go to temporary
 * files and are merged, so that the answer is the same however large and however unordered the input is.
 */
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { LogEvent } from '../schema/event.js'
import { compareEvents } from './order.js'

/** Events kept in memory before a run is written out; about 100 MiB. */
const MEMORY_EVENTS = 100_000
/** Runs merged at once; more are merged in stages. */
const MERGE_WIDTH = 64
const BATCH = 4096
/** Read of each run at a time; 64 of them are open at once. */
const READ_BLOCK = 1 << 16
const LINE_FEED = 10

/** Folders to be removed if the process is ended from outside; the command line removes them on a signal. */
const openFolders = new Set<string>()

/** Removes every temporary folder still in use; for signal handlers. */
export function removeTemporaryFolders(): void {
  for (const folder of openFolders) rmSync(folder, { recursive: true, force: true })
  openFolders.clear()
}

/** A temporary folder that is removed when the process is ended from outside. */
export function addTemporaryFolder(folder: string): void { openFolders.add(folder) }
export function dropTemporaryFolder(folder: string): void { openFolders.delete(folder) }

/** All of a text: a single call may write less. */
function writeAll(handle: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length;) at += writeSync(handle, bytes, at)
}

function* flatten(batches: Iterable<readonly LogEvent[]>): Generator<LogEvent> {
  for (const batch of batches) yield* batch
}

class Runs {
  private folder: string | undefined
  private count = 0
  files: string[] = []

  write(events: Iterable<LogEvent>): void {
    const file = this.nextFile()
    const handle = openSync(file, 'w')
    try {
      let text = ''
      for (const event of events) {
        text += `${JSON.stringify(event)}\n`
        if (text.length < 1 << 20) continue
        writeAll(handle, text)
        text = ''
      }
      writeAll(handle, text)
    } finally {
      closeSync(handle)
    }
    this.files.push(file)
  }

  private nextFile(): string {
    if (this.folder === undefined) {
      this.folder = mkdtempSync(join(tmpdir(), 'logjoin-'))
      openFolders.add(this.folder)
    }
    return join(this.folder, `run-${this.count++}.ndjson`)
  }

  /** Merges the first runs into one until few enough are left to be merged at once. */
  narrow(): void {
    while (this.files.length > MERGE_WIDTH) {
      const now = this.files.splice(0, MERGE_WIDTH)
      this.write(flatten(mergeRuns(now)))
      for (const file of now) rmSync(file)
    }
  }

  remove(): void {
    if (this.folder === undefined) return
    rmSync(this.folder, { recursive: true, force: true })
    openFolders.delete(this.folder)
  }
}

/** Reads a run back in blocks: an async iterator that gives a line at a time waits twice for every event. */
class RunReader {
  private readonly handle: number
  private readonly block = Buffer.allocUnsafe(READ_BLOCK)
  private rest = Buffer.alloc(0)
  private events: LogEvent[] = []
  private at = 0

  constructor(file: string) { this.handle = openSync(file, 'r') }

  next(): LogEvent | undefined {
    while (this.at === this.events.length) if (!this.fill()) return undefined
    return this.events[this.at++]
  }

  private fill(): boolean {
    const length = readSync(this.handle, this.block, 0, READ_BLOCK, null)
    if (length === 0) return false
    const end = this.block.subarray(0, length).lastIndexOf(LINE_FEED)
    const whole = this.block.subarray(0, end + 1)
    const text = end === -1 ? '' : (this.rest.length === 0 ? whole : Buffer.concat([this.rest, whole])).toString('utf8')
    const tail = this.block.subarray(end + 1, length)
    this.rest = end === -1 ? Buffer.concat([this.rest, tail]) : Buffer.from(tail)
    this.events = text === '' ? [] : JSON.parse(`[${text.slice(0, -1).replaceAll('\n', ',')}]`) as LogEvent[]
    this.at = 0
    return true
  }

  close(): void { closeSync(this.handle) }
}

interface Head { event: LogEvent, readonly rest: RunReader }

/** Restores the heap order below `at`. */
function siftDown(heap: Head[], at: number): void {
  for (;;) {
    const left = 2 * at + 1
    const right = left + 1
    let least = at
    if (left < heap.length && compareEvents(heap[left]!.event, heap[least]!.event) < 0) least = left
    if (right < heap.length && compareEvents(heap[right]!.event, heap[least]!.event) < 0) least = right
    if (least === at) return
    ;[heap[at], heap[least]] = [heap[least]!, heap[at]!]
    at = least
  }
}

function* mergeRuns(files: readonly string[]): Generator<LogEvent[]> {
  const readers = files.map(file => new RunReader(file))
  try {
    const heap: Head[] = []
    for (const rest of readers) {
      const event = rest.next()
      if (event) heap.push({ event, rest })
    }
    for (let i = heap.length - 1; i >= 0; i--) siftDown(heap, i)
    let batch: LogEvent[] = []
    while (heap.length > 0) {
      const top = heap[0]!
      batch.push(top.event)
      const next = top.rest.next()
      if (next) top.event = next
      else {
        const last = heap.pop()!
        if (heap.length > 0) heap[0] = last
      }
      siftDown(heap, 0)
      if (batch.length < BATCH) continue
      yield batch
      batch = []
    }
    if (batch.length > 0) yield batch
  } finally {
    for (const reader of readers) reader.close()
  }
}

/**
 * Sorts events by ts_ms, file and line; undated ones come last.
 * @param batches events in any order.
 * @param memoryEvents events held in memory before a run is written to a temporary file.
 */
export async function* sortEvents(batches: AsyncIterable<readonly LogEvent[]>, memoryEvents = MEMORY_EVENTS): AsyncGenerator<LogEvent[]> {
  const runs = new Runs()
  let held: LogEvent[] = []
  try {
    for await (const batch of batches) {
      for (const event of batch) held.push(event)
      if (held.length < memoryEvents) continue
      runs.write(held.sort(compareEvents))
      held = []
    }
    held.sort(compareEvents)
    if (runs.files.length === 0) {
      for (let i = 0; i < held.length; i += BATCH) yield held.slice(i, i + BATCH)
      return
    }
    runs.write(held)
    held = []
    runs.narrow()
    yield* mergeRuns(runs.files)
  } finally {
    runs.remove()
  }
}
