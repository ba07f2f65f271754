/**
 * Puts several streams of one log each into one order of time while they are read. A log is nearly in order by itself: lines are written
 * when something ends and stamped with when it began. So each stream is read a little ahead of what is given out. How far is a guess;
 * a line that comes later than it allows is found out, never misplaced.
 */

/** A row stands further from its place than was allowed for: the merge cannot go on, and what it gave so far is not to be used. */
export class OutOfOrder extends Error {
  /** @param neededMs how far ahead must be read for this row, ms. */
  constructor(readonly neededMs: number) { super(`a line stands ${neededMs} ms from its place`) }
}

/** What is merged: rows and how they are ordered. `timeOf` gives epoch ms, or undefined for rows without a time, which come last. */
export interface Merged<T> {
  timeOf(row: T): number | undefined
  compare(a: T, b: T): number
}

/** Rows without a time that are kept for the end. */
const MOST_UNDATED = 200_000
/** Rows that must have come before the held ones are looked through again, besides a quarter of those that had to wait. */
const BATCH = 8192

interface Stream<T> { readonly rows: AsyncIterator<readonly T[]>, newest: number, isEnded: boolean }

class Merge<T> {
  private held: T[] = []
  private readonly undated: T[] = []
  private given = -Infinity
  private enough = 2 * BATCH

  constructor(private readonly streams: Stream<T>[], private readonly slackMs: number, private readonly order: Merged<T>) {}

  /** Reads more of the stream that holds the others back; false when all are at their end. */
  async read(): Promise<boolean> {
    let stream: Stream<T> | undefined
    for (const one of this.streams) if (!one.isEnded && (!stream || one.newest < stream.newest)) stream = one
    if (!stream) return false
    const next = await stream.rows.next()
    if (next.done) stream.isEnded = true
    else this.take(stream, next.value)
    return true
  }

  private take(stream: Stream<T>, rows: readonly T[]): void {
    for (const row of rows) {
      const at = this.order.timeOf(row)
      if (at === undefined) {
        if (this.undated.push(row) > MOST_UNDATED) throw new OutOfOrder(Infinity)
        continue
      }
      if (at > stream.newest) stream.newest = at
      else if (at < this.given) throw new OutOfOrder(stream.newest - at)
      this.held.push(row)
    }
  }

  /** Rows that nothing can come before any more, in order; none while they are too few to be worth it. */
  ready(): T[] {
    let until = Infinity
    for (const { isEnded, newest } of this.streams) if (!isEnded && newest - this.slackMs < until) until = newest - this.slackMs
    if (until === Infinity) return this.rest()
    if (this.held.length < this.enough || until <= this.given) return []
    const ready: T[] = []
    const waiting: T[] = []
    for (const row of this.held) (this.order.timeOf(row)! < until ? ready : waiting).push(row)
    this.given = until
    this.held = waiting
    this.enough = BATCH * 2 + 1.25 * waiting.length
    return ready.sort(this.order.compare)
  }

  private rest(): T[] {
    const rest = [...this.held.sort(this.order.compare), ...this.undated.sort(this.order.compare)]
    this.held = []
    this.undated.length = 0
    return rest
  }

  async close(): Promise<void> { for (const { rows } of this.streams) await rows.return?.() }
}

/**
 * Merges streams of rows that are nearly in order of time.
 * @param slackMs how far from its place a row may stand, ms.
 * @returns batches of rows in order; rows without a time last. Fails with OutOfOrder where a row stands further away.
 */
export async function* mergeInTime<T>(streams: readonly AsyncIterable<readonly T[]>[], slackMs: number, order: Merged<T>): AsyncGenerator<T[]> {
  const merge = new Merge(streams.map((stream): Stream<T> => ({ rows: stream[Symbol.asyncIterator](), newest: -Infinity, isEnded: false })), slackMs, order)
  try {
    while (await merge.read()) {
      const ready = merge.ready()
      if (ready.length > 0) yield ready
    }
  } finally {
    await merge.close()
  }
}
