/** Live input: followed files and standard input, joined as their events become final. */
import { SourceReader } from './event/read-source.js'
import { openSource, type ReadOptions } from './event/source.js'
import { expandInputs } from './input/expand.js'
import { followBytes } from './input/follow.js'
import type { Inputs } from './inputs.js'
import { Watermarks } from './join/watermark.js'
import { Problem } from './problem.js'
import type { LogEvent } from './schema/event.js'

/** What live input needs of the world outside: a clock, a way to wait, and the word to stop. The library never reads them itself. */
export interface LiveOptions {
  /** Epoch ms, now. */
  readonly now: () => number
  /** Resolves after `ms`, or at once when the run is stopped. */
  readonly wait: (ms: number) => Promise<void>
  readonly stop: AbortSignal
  /** Bytes of standard input. */
  readonly stdin?: AsyncIterable<Uint8Array>
  /** How far out of order an input may be, ms; default 30 000. */
  readonly latenessMs?: number
  /** Silence after which an input is no longer waited for, ms; default 10 000. */
  readonly idleMs?: number
}

/** Events whose order is settled, those that came too late, and whether all inputs are silent. */
export interface LiveBatch { readonly events: readonly LogEvent[], readonly late: readonly LogEvent[], readonly isQuiet: boolean, readonly isEnd: boolean }

const LOOK_MS = 250
/** Batches read ahead of the join; more waits in the files. */
const AHEAD = 16

interface Item { readonly path: string, readonly events: readonly LogEvent[] }

/** Reads inputs as they grow. */
export class LiveInputs {
  private readonly queue: Item[] = []
  private wake: () => void = () => {}
  private room: (() => void)[] = []
  private open = 0
  readonly watermarks: Watermarks

  /** @param mostWaiting events held back for the sake of order at the most. */
  constructor(private readonly inputs: Inputs, private readonly reading: ReadOptions, private readonly live: LiveOptions, mostWaiting?: number) {
    this.watermarks = new Watermarks(live.latenessMs ?? 30_000, live.idleMs ?? 10_000, mostWaiting)
  }

  /** Batches in time order until every input has ended or the run is stopped. */
  async *batches(named: readonly string[]): AsyncGenerator<LiveBatch> {
    const files = await expandInputs(named)
    if (files.length === 0) throw new Problem('no-input', 'there is no file in what was named')
    for (const { path } of files) {
      this.watermarks.open(path, this.live.now())
      this.open++
      void this.pump(path)
    }
    let heard = this.live.now()
    while (this.open > 0 || this.queue.length > 0) {
      if (this.queue.length === 0) await Promise.race([new Promise<void>(resolve => { this.wake = resolve }), this.live.wait(LOOK_MS)])
      const late = this.takeQueue()
      const now = this.live.now()
      const events = this.watermarks.release(now)
      if (events.length + late.length > 0) heard = now
      const isQuiet = now - heard >= (this.live.idleMs ?? 10_000)
      if (events.length + late.length > 0 || isQuiet) yield { events, late, isQuiet, isEnd: false }
    }
    yield { events: this.watermarks.drain(), late: [], isQuiet: true, isEnd: true }
  }

  /** Hands the queue to the watermarks; gives back what came too late. Undated events pass straight through, as late ones without a time. */
  private takeQueue(): LogEvent[] {
    const late: LogEvent[] = []
    for (const { path, events } of this.queue.splice(0)) {
      for (const event of events) {
        if (event.ts_ms === undefined) this.watermarks.touch(path, this.live.now())
        if (event.ts_ms === undefined || !this.watermarks.push(path, event, this.live.now())) late.push(event)
      }
    }
    for (const resolve of this.room.splice(0)) resolve()
    return late
  }

  private async pump(path: string): Promise<void> {
    try {
      const source = await openSource(path, { ...this.reading, openBytes: file => this.bytesOf(file) }, problem => this.inputs.problem(problem, path))
      const reader = new SourceReader(source, this.reading, this.live.now())
      for await (const events of reader.events()) {
        this.queue.push({ path, events })
        this.wake()
        if (this.queue.length >= AHEAD) await new Promise<void>(resolve => this.room.push(resolve))
      }
      this.inputs.files.push(reader.tally.summary(path, reader.format))
    } catch (error) {
      this.inputs.problem(error instanceof Problem ? error : new Problem('internal', (error as Error).message), path)
    } finally {
      this.watermarks.close(path)
      this.open--
      this.wake()
    }
  }

  private bytesOf(path: string): AsyncIterable<Uint8Array> {
    const { live } = this
    if (path === '-') return untilStopped(live.stdin ?? empty(), live.stop)
    return followBytes(path, {
      wait: () => live.wait(LOOK_MS),
      isStopped: () => live.stop.aborted,
      onRotate: (file, how) => this.inputs.note(`${file}: the file was ${how}; following goes on`),
    })
  }
}

async function* empty(): AsyncGenerator<Uint8Array> { /* no standard input was given */ }

/** Bytes of a stream until it ends or the run is stopped. */
async function* untilStopped(bytes: AsyncIterable<Uint8Array>, stop: AbortSignal): AsyncGenerator<Uint8Array> {
  const source = bytes[Symbol.asyncIterator]()
  const stopped = new Promise<undefined>(resolve => stop.addEventListener('abort', () => resolve(undefined), { once: true }))
  for (;;) {
    const next = await Promise.race([source.next(), stopped])
    if (!next || next.done) return
    yield next.value
  }
}
