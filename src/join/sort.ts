/**
 * Puts the events of finite files in time order. What fits in memory is sorted there; beyond that, sorted runs go to temporary
 * files and are merged, so that the answer is the same however large and however unordered the input is.
 */
import { createReadStream, mkdtempSync, rmSync, writeFileSync, appendFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { LogEvent } from '../schema/event.js'
import { compareEvents } from './order.js'

/** Events kept in memory before a run is written out; about 100 MiB. */
const MEMORY_EVENTS = 100_000
/** Runs merged at once; more are merged in stages. */
const MERGE_WIDTH = 64
const BATCH = 4096

/** Folders to be removed if the process is ended from outside; the command line removes them on a signal. */
const openFolders = new Set<string>()

/** Removes every temporary folder still in use; for signal handlers. */
export function removeTemporaryFolders(): void {
  for (const folder of openFolders) rmSync(folder, { recursive: true, force: true })
  openFolders.clear()
}

class Runs {
  private folder: string | undefined
  private count = 0
  files: string[] = []

  write(events: Iterable<LogEvent>): void {
    const file = this.nextFile()
    writeFileSync(file, '')
    let text = ''
    for (const event of events) {
      text += `${JSON.stringify(event)}\n`
      if (text.length < 1 << 20) continue
      appendFileSync(file, text)
      text = ''
    }
    appendFileSync(file, text)
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
  async narrow(): Promise<void> {
    while (this.files.length > MERGE_WIDTH) {
      const merged = this.nextFile()
      const now = this.files.splice(0, MERGE_WIDTH)
      writeFileSync(merged, '')
      for await (const batch of mergeRuns(now)) appendFileSync(merged, batch.map(event => `${JSON.stringify(event)}\n`).join(''))
      for (const file of now) rmSync(file)
      this.files.push(merged)
    }
  }

  remove(): void {
    if (this.folder === undefined) return
    rmSync(this.folder, { recursive: true, force: true })
    openFolders.delete(this.folder)
  }
}

async function* readRun(file: string): AsyncGenerator<LogEvent> {
  for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) if (line !== '') yield JSON.parse(line) as LogEvent
}

interface Head { event: LogEvent, readonly rest: AsyncGenerator<LogEvent> }

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

async function* mergeRuns(files: readonly string[]): AsyncGenerator<LogEvent[]> {
  const heap: Head[] = []
  for (const file of files) {
    const rest = readRun(file)
    const first = await rest.next()
    if (!first.done) heap.push({ event: first.value, rest })
  }
  for (let i = heap.length - 1; i >= 0; i--) siftDown(heap, i)
  let batch: LogEvent[] = []
  while (heap.length > 0) {
    const top = heap[0]!
    batch.push(top.event)
    const next = await top.rest.next()
    if (next.done) {
      const last = heap.pop()!
      if (heap.length > 0) heap[0] = last
    } else top.event = next.value
    siftDown(heap, 0)
    if (batch.length < BATCH) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
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
    await runs.narrow()
    yield* mergeRuns(runs.files)
  } finally {
    runs.remove()
  }
}
