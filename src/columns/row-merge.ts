/** Puts the rows of several logs into the order of the join while they are read, as `src/join/merge.ts` does for facts. */
import { OutOfOrder } from '../join/merge.js'
import type { Block } from './block.js'

/** Rows that must have come before they are looked through, besides a quarter of those that had to wait. */
const BATCH = 8192
const FIRST_ROWS = 1 << 14

/** Rows of one log that wait for their turn: when they begin, which block they are in, and where. */
export class WaitingRows {
  newest = -Infinity
  isEnded = false
  count = 0
  private start = new Float64Array(FIRST_ROWS)
  private held = new Int32Array(FIRST_ROWS)
  private row = new Int32Array(FIRST_ROWS)
  // of the rows that are ready, in order
  readyStart: Float64Array = new Float64Array(0)
  readyHeld: Int32Array = new Int32Array(0)
  readyRow: Int32Array = new Int32Array(0)
  private indexes = new Int32Array(FIRST_ROWS)
  private spare = { start: new Float64Array(FIRST_ROWS), held: new Int32Array(FIRST_ROWS), row: new Int32Array(FIRST_ROWS) }

  /** @param given no row may begin before this any more, epoch ms. */
  add(held: number, { rows, start }: Block, given: number): void {
    while (this.count + rows > this.start.length) this.grow()
    for (let row = 0; row < rows; row++) {
      const at = start[row]!
      if (at > this.newest) this.newest = at
      else if (at < given) throw new OutOfOrder(this.newest - at)
      this.start[this.count] = at
      this.held[this.count] = held
      this.row[this.count++] = row
    }
  }

  private grow(): void {
    const grown = <T extends Float64Array | Int32Array>(column: T): T => {
      const larger = new (column.constructor as new (length: number) => T)(column.length * 2)
      larger.set(column)
      return larger
    }
    this.start = grown(this.start)
    this.held = grown(this.held)
    this.row = grown(this.row)
  }

  /** Takes out the rows that begin before a time, in order; the others keep theirs. */
  ready(until: number): void {
    const { start, held, row, count } = this
    if (this.spare.start.length < start.length) this.spare = { start: new Float64Array(start.length), held: new Int32Array(start.length), row: new Int32Array(start.length) }
    if (this.indexes.length < count) this.indexes = new Int32Array(start.length)
    const { spare, indexes } = this
    let isSorted = true
    let last = -Infinity
    let kept = 0
    let ready = 0
    for (let i = 0; i < count; i++) {
      const at = start[i]!
      if (at >= until) {
        spare.start[kept] = at
        spare.held[kept] = held[i]!
        spare.row[kept++] = row[i]!
        continue
      }
      indexes[ready++] = i
      if (at < last) isSorted = false
      last = at
    }
    const order = indexes.subarray(0, ready)
    // of rows at one time the first in its log comes first
    if (!isSorted) order.sort((a, b) => start[a]! - start[b]! || a - b)
    this.readyStart = new Float64Array(ready)
    this.readyHeld = new Int32Array(ready)
    this.readyRow = new Int32Array(ready)
    for (let i = 0; i < ready; i++) {
      this.readyStart[i] = start[order[i]!]!
      this.readyHeld[i] = held[order[i]!]!
      this.readyRow[i] = row[order[i]!]!
    }
    this.spare = { start, held, row }
    this.start = spare.start
    this.held = spare.held
    this.row = spare.row
    this.count = kept
  }
}

/** Merges the rows of logs, which stand in the order of their paths. */
export class RowMerge {
  given = -Infinity
  private enough = 2 * BATCH

  constructor(private readonly logs: readonly WaitingRows[], private readonly slackMs: number) {}

  /** The log that holds the others back; -1 when all are at their end. */
  get next(): number {
    let next = -1
    for (let log = 0; log < this.logs.length; log++) if (!this.logs[log]!.isEnded && (next === -1 || this.logs[log]!.newest < this.logs[next]!.newest)) next = log
    return next
  }

  /**
   * Gives the rows that nothing can come before any more, in order; none while they are too few to be worth it.
   * @param give takes a row by its log, block and place. @returns whether any was given.
   */
  ready(give: (log: number, held: number, row: number) => void): boolean {
    const { logs, slackMs } = this
    let until = Infinity
    let waiting = 0
    for (const { isEnded, newest, count } of logs) {
      if (!isEnded && newest - slackMs < until) until = newest - slackMs
      waiting += count
    }
    if (until !== Infinity && (waiting < this.enough || until <= this.given)) return false
    for (const log of logs) log.ready(until)
    this.given = until
    this.enough = 2 * BATCH + 1.25 * logs.reduce((sum, log) => sum + log.count, 0)
    return this.giveAll(give)
  }

  private giveAll(give: (log: number, held: number, row: number) => void): boolean {
    const { logs } = this
    const places = logs.map(() => 0)
    for (let given = false; ; given = true) {
      let first = -1
      let firstStart = Infinity
      for (let log = 0; log < logs.length; log++) {
        const place = places[log]!
        const { readyStart } = logs[log]!
        if (place < readyStart.length && readyStart[place]! < firstStart) {
          first = log
          firstStart = readyStart[place]!
        }
      }
      if (first === -1) return given
      const place = places[first]!++
      give(first, logs[first]!.readyHeld[place]!, logs[first]!.readyRow[place]!)
    }
  }
}
