/**
 * Puts the rows of one log in the order of time, in the thread that reads them: the joining thread has the most to do, and takes rows in order
 * by whole columns. Logs are nearly in order, so what has to wait is little. A row that comes too late is found out, never misplaced.
 */
import { OutOfOrder } from '../join/merge.js'
import { BLOCK_ROWS, transferOf, type Block, type Entry } from './block.js'
import type { ColumnPool } from './column-pool.js'
import { gathered } from './gather-rows.js'
import { orderOfTimes } from './sort-times.js'

/** Rows that wait at the least, whatever the slack: more disorder than was assumed then does not matter. */
const LEAST_WAITING = BLOCK_ROWS
/** Numbers of blocks begin anew after so many, so that a row's number stays below 2^31. */
const MOST_BLOCKS = 1 << 17
const NO_ROWS = new Int32Array(0)

/** A block whose rows wait, and how many of them still do. */
interface Waiting { readonly number: number, readonly block: Block, left: number }
/** Rows by their blocks; `counts` tells how many there are of each. */
interface Picked { readonly places: Int32Array, readonly sources: Waiting[], readonly sourceOf: Int32Array, readonly counts: number[] }

/** Rows of one log. */
export class BlockOrder {
  /** Waiting blocks by number; a row is its block's number times BLOCK_ROWS and its place in it. */
  private readonly blocks = new Map<number, Waiting>()
  private count = 0
  /** Rows that wait, in order. */
  private waiting: Int32Array = NO_ROWS
  private newest = -Infinity
  private given = -Infinity
  /** Entries of each dictionary that have not been handed over. */
  private readonly entries = new Map<number, Entry[][]>()

  /** @param slackMs how far from its place a row may stand. */
  constructor(private readonly slackMs: number, private readonly pool: ColumnPool) {}

  /** Takes the next block of the log. Fails with OutOfOrder when a row of it should have been given before. */
  add(block: Block): void {
    this.takeEntries(block)
    if (block.rows === 0) return
    const number = this.count++ % MOST_BLOCKS
    this.blocks.set(number, { number, block, left: block.rows })
    const order = orderOfTimes(block.start, block.rows)
    const earliest = block.start[order[0]!]!
    const newest = Math.max(this.newest, block.start[order[block.rows - 1]!]!)
    if (earliest < this.given) throw new OutOfOrder(newest - earliest)
    this.newest = newest
    for (let place = 0; place < order.length; place++) order[place]! += number * BLOCK_ROWS
    this.waiting = this.waiting.length === 0 ? order : this.merged(this.waiting, order)
  }

  private takeEntries({ dictionary, added }: Block): void {
    const known = this.entries.get(dictionary)
    if (!known) this.entries.set(dictionary, added.map(list => [...list]))
    else for (let part = 0; part < added.length; part++) for (const entry of added[part]!) known[part]!.push(entry)
  }

  private blockFor(row: number): Waiting { return this.blocks.get(Math.floor(row / BLOCK_ROWS))! }
  private startOf(row: number): number { return this.blockFor(row).block.start[row % BLOCK_ROWS]! }

  private merged(first: Int32Array, second: Int32Array): Int32Array {
    const all = new Int32Array(first.length + second.length)
    // mostly hardly any of them has to move
    let a = this.firstFrom(first, this.startOf(second[0]!), true)
    all.set(first.subarray(0, a))
    let b = 0
    for (let at = a; at < all.length; at++) all[at] = b === second.length || (a < first.length && this.startOf(first[a]!) <= this.startOf(second[b]!)) ? first[a++]! : second[b++]!
    return all
  }

  /** The first place whose row begins at a time or later; with `isAbove` only later. */
  private firstFrom(rows: Int32Array, at: number, isAbove: boolean): number {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const start = this.startOf(rows[middle]!)
      if (start > at || (!isAbove && start === at)) high = middle
      else low = middle + 1
    }
    return low
  }

  /** Whole blocks of rows that nothing comes before any more; with `isEnd` all there are, the last one as long as it is. */
  take(isEnd: boolean): Block[] {
    const { waiting } = this
    const until = isEnd ? waiting.length : Math.min(waiting.length - LEAST_WAITING, this.firstFrom(waiting, this.newest - this.slackMs, false))
    const blocks: Block[] = []
    let from = 0
    while (from + (isEnd ? 1 : BLOCK_ROWS) <= until) {
      const rows = waiting.subarray(from, this.alike(from, Math.min(until, from + BLOCK_ROWS)))
      this.given = this.startOf(rows[rows.length - 1]!)
      blocks.push(this.blockOf(rows))
      from += rows.length
    }
    if (from > 0) this.waiting = waiting.slice(from)
    return blocks
  }

  /** Where the rows from a place on end that are named by one dictionary. */
  private alike(from: number, to: number): number {
    const { dictionary } = this.blockFor(this.waiting[from]!).block
    let at = from
    while (at < to && this.blockFor(this.waiting[at]!).block.dictionary === dictionary) at++
    return at
  }

  private blockOf(rows: Int32Array): Block {
    const picked = this.picked(rows)
    const { dictionary, added: none } = picked.sources[0]!.block
    const added = this.entries.get(dictionary) ?? none.map(() => [])
    this.entries.delete(dictionary)
    const made = isWhole(picked) ? picked.sources[0]!.block : gathered(picked.places, picked.sources.map(source => source.block), picked.sourceOf, this.pool)
    picked.sources.forEach((source, at) => {
      source.left -= picked.counts[at]!
      if (source.left > 0) return
      this.blocks.delete(source.number)
      if (source.block !== made) this.pool.give(transferOf(source.block))
    })
    return { ...made, added }
  }

  /** Which blocks rows stand in, and where. */
  private picked(rows: Int32Array): Picked {
    const picked: Picked = { places: new Int32Array(rows.length), sources: [], sourceOf: new Int32Array(rows.length), counts: [] }
    let number = -1
    let source = -1
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at]!
      const own = Math.floor(row / BLOCK_ROWS)
      if (own !== number) {
        number = own
        source = picked.sources.findIndex(one => one.number === own)
        if (source === -1) source = picked.sources.push(this.blocks.get(own)!) - 1
      }
      picked.places[at] = row % BLOCK_ROWS
      picked.sourceOf[at] = source
      picked.counts[source] = (picked.counts[source] ?? 0) + 1
    }
    return picked
  }
}

/** Are these all the rows of one block, as they stand in it? */
function isWhole({ places, sources, counts }: Picked): boolean {
  if (sources.length > 1 || counts[0] !== sources[0]!.block.rows) return false
  for (let at = 0; at < places.length; at++) if (places[at] !== at) return false
  return true
}
