/** Puts the rows of several logs, each in order, into the one order of the join. */
import type { Lane } from './lane.js'

/** Rows that must have come before their turn is looked for: joining a few at a time costs more. */
const BATCH = 16_384

/** Takes rows in their order; `lane` is one of those merged. */
export interface TakeRow { (lane: Lane, row: number): void }

/** When the last row of a lane begins, epoch ms. */
const newestOf = (lane: Lane): number => lane.next === 0 ? -Infinity : lane.start[(lane.next - 1) & lane.mask]!

/** Merges lanes, which stand in the order of their logs. */
export class RowMerge {
  /** No row begins before this any more, epoch ms. */
  given = -Infinity

  constructor(private readonly lanes: readonly Lane[], private readonly batch = BATCH) {}

  /** The lane that holds the others back; undefined when all are at their end. */
  get next(): Lane | undefined {
    let next: Lane | undefined
    for (const lane of this.lanes) if (!lane.isEnded && (next === undefined || newestOf(lane) < newestOf(next))) next = lane
    return next
  }

  /** Gives the rows that nothing can come before any more, in order; none while they are too few to be worth it. Says whether any was given. */
  ready(take: TakeRow): boolean {
    let until = Infinity
    let waiting = 0
    for (const lane of this.lanes) {
      if (!lane.isEnded) until = Math.min(until, newestOf(lane))
      waiting += lane.next - lane.merged
    }
    if (until !== Infinity && (waiting < this.batch || until <= this.given)) return false
    this.given = until
    return this.give(until, take)
  }

  private give(until: number, take: TakeRow): boolean {
    const { lanes } = this
    for (let given = false; ; given = true) {
      let first: Lane | undefined
      let firstStart = until
      // up to here the first lane has the turn: to the next start of another, itself included where the other comes later in the order
      let bound = until
      let isBoundIncluded = false
      for (let i = 0; i < lanes.length; i++) {
        const lane = lanes[i]!
        if (lane.merged === lane.next) continue
        const start = lane.start[lane.merged & lane.mask]!
        if (start < firstStart) {
          if (first !== undefined) {
            bound = firstStart
            isBoundIncluded = false
          }
          first = lane
          firstStart = start
        } else if (start < bound) {
          bound = start
          isBoundIncluded = true
        }
      }
      if (first === undefined) return given
      for (; first.merged < first.next; first.merged++) {
        const start = first.start[first.merged & first.mask]!
        if (isBoundIncluded ? start > bound : start >= bound) break
        take(first, first.merged)
      }
    }
  }
}
