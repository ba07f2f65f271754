/** Rows of one kind in the order of the join, as columns of numbers. Old rows give their room to new ones. */
import type { Block } from './block.js'
import type { Dictionary } from './dictionary.js'

const FIRST_ROWS = 1 << 15

/** A block of a lane, the first of its rows, and the row after the last. */
export interface Held { readonly block: Block, readonly dictionary: Dictionary, readonly first: number, readonly end: number }

/** What may be said of a row. */
export const [IS_CACHED, IS_KEPT, IS_FOLLOWING, IS_TAKEN, IS_USED, IS_LATER_TLS, IS_LATER_DNS, IS_INHERITED] = [1, 2, 4, 8, 16, 32, 64, 128]

type Column = Float64Array | Int32Array | Uint8Array

/** Columns of a lane. A row is named by the number it has among all rows ever added; where it stands follows from `mask`. */
export class Lane {
  /** The first row that is kept, the first whose turn in the order of all logs has not come, and the row after the last. */
  first = 0
  merged = 0
  next = 0
  /** Whether nothing is to be added any more. */
  isEnded = false
  mask: number
  /** Epoch ms, as the facts of the same name; s, -1 where it is not known. */
  start: Float64Array
  at: Float64Array
  end: Float64Array
  ttl: Float64Array
  client: Int32Array
  port: Int32Array
  name: Int32Array
  server: Int32Array
  sort: Int32Array
  /** Whether it has several names (1), several addresses (2). */
  several: Uint8Array
  flags: Uint8Array
  /** Partners: their rows (-1: none), ranks, gaps in ms, and rivals. */
  tls: Int32Array
  tlsRank: Uint8Array
  tlsGap: Float64Array
  tlsRivals: Int32Array
  dns: Int32Array
  dnsRank: Uint8Array
  dnsGap: Float64Array
  dnsRivals: Int32Array

  /** Blocks that rows are in, in their order. */
  private readonly blocks: Held[] = []
  private lastHeld: Held | undefined
  private readonly oneName = new Int32Array(1)
  private readonly oneServer = new Int32Array(1)

  /** Blocks that were given up. */
  spent: Block[] = []

  /**
   * @param log the number of the log whose rows these are, by which rows of one time are ordered.
   * @param rows room at first, a power of two.
   */
  constructor(readonly log: number, rows = FIRST_ROWS) {
    this.mask = rows - 1
    this.start = new Float64Array(rows)
    this.at = new Float64Array(rows)
    this.end = new Float64Array(rows)
    this.ttl = new Float64Array(rows)
    this.client = new Int32Array(rows)
    this.port = new Int32Array(rows)
    this.name = new Int32Array(rows)
    this.server = new Int32Array(rows)
    this.sort = new Int32Array(rows)
    this.several = new Uint8Array(rows)
    this.flags = new Uint8Array(rows)
    this.tls = new Int32Array(rows)
    this.tlsRank = new Uint8Array(rows)
    this.tlsGap = new Float64Array(rows)
    this.tlsRivals = new Int32Array(rows)
    this.dns = new Int32Array(rows)
    this.dnsRank = new Uint8Array(rows)
    this.dnsGap = new Float64Array(rows)
    this.dnsRivals = new Int32Array(rows)
  }

  /** Adds the rows of a block, which begin no earlier than those before. Columns are copied as they are: row by row takes sixteen times as long. */
  append(block: Block, dictionary: Dictionary): void {
    const { rows } = block
    if (rows === 0) return
    while (this.next + rows - this.first > this.mask + 1) this.grow()
    const from = this.next
    this.blocks.push({ block, dictionary, first: from, end: from + rows })
    this.next += rows
    this.copy(this.start, block.start, from, rows)
    this.copy(this.at, block.at, from, rows)
    this.copy(this.end, block.end, from, rows)
    this.copy(this.ttl, block.ttl, from, rows)
    this.copy(this.port, block.port, from, rows)
    this.fill(this.flags, 0, from, rows)
    this.fill(this.tls, -1, from, rows)
    this.fill(this.dns, -1, from, rows)
    this.translate(block, dictionary, from)
  }

  /** Numbers that are the same for all logs, in place of the entries that rows are made of. */
  private translate({ rows, parts, port }: Block, dictionary: Dictionary, from: number): void {
    const [whoOf, whatOf] = parts as [Int32Array, Int32Array]
    const { clients, names, servers, several } = dictionary
    const { mask } = this
    for (let row = 0; row < rows; row++) {
      const place = (from + row) & mask
      const who = whoOf[row]!
      const what = whatOf[row]!
      this.client[place] = clients[who]!
      this.name[place] = names[what]!
      this.server[place] = servers[what]!
      this.several[place] = several[what]!
      this.sort[place] = dictionary.sort(who, what, port[row] !== -1)
    }
  }

  /** Copies a column into the ring, around its end if need be. */
  private copy<T extends Column>(column: T, source: T, from: number, rows: number): void {
    const place = from & this.mask
    const fitting = Math.min(rows, this.mask + 1 - place)
    column.set(source.subarray(0, fitting), place)
    if (fitting < rows) column.set(source.subarray(fitting, rows), 0)
  }

  private fill(column: Column, value: number, from: number, rows: number): void {
    const place = from & this.mask
    column.fill(value, place, place + rows)
    if (place + rows > this.mask + 1) column.fill(value, 0, place + rows - this.mask - 1)
  }

  /** Gives up the rows before one: their room is free. */
  letGo(row: number): void { if (row > this.first) this.first = row }

  /** Gives up the blocks that only rows before one are in. */
  giveUpBlocks(row: number): void {
    while (this.blocks.length > 0 && this.blocks[0]!.end <= row) this.spent.push(this.blocks.shift()!.block)
    this.lastHeld = undefined
  }

  /** The block that a row is in, which has to be kept. */
  heldOf(row: number): Held {
    const last = this.lastHeld
    if (last !== undefined && row >= last.first && row < last.end) return last
    let at = 0
    while (row >= this.blocks[at]!.end) at++
    return this.lastHeld = this.blocks[at]!
  }

  private whatOf(row: number): number {
    const { block, first } = this.heldOf(row)
    return block.parts[1]![row - first]!
  }

  /** Went the request of a row without TLS, as far as is known? */
  isPlain(row: number): boolean { return this.heldOf(row).dictionary.whats[this.whatOf(row)]!.isPlain }

  /** Every name of a row, and every address. The lists of rows with one alone are made over and over, so they are to be read at once. */
  names(row: number): Int32Array {
    const place = row & this.mask
    return (this.several[place]! & 1) === 0 ? listOf(this.name[place]!, this.oneName) : this.heldOf(row).dictionary.allNames[this.whatOf(row)]!
  }

  servers(row: number): Int32Array {
    const place = row & this.mask
    return (this.several[place]! & 2) === 0 ? listOf(this.server[place]!, this.oneServer) : this.heldOf(row).dictionary.allServers[this.whatOf(row)]!
  }

  private grow(): void {
    const { first, next, mask } = this
    const size = (mask + 1) * 2
    const columns = this as unknown as Record<string, Column>
    for (const name of Object.keys(columns)) {
      const column = columns[name]
      if (!ArrayBuffer.isView(column) || column.length === 1) continue
      const larger = new (column.constructor as Float64ArrayConstructor)(size)
      for (let row = first; row < next; row++) larger[row & (size - 1)] = column[row & mask]!
      columns[name] = larger
    }
    this.mask = size - 1
  }
}

const NONE = new Int32Array(0)

function listOf(one: number, room: Int32Array): Int32Array {
  if (one === -1) return NONE
  room[0] = one
  return room
}
