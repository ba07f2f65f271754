/** Rows of one kind in the order of the join, as columns of numbers. Old rows give their room to new ones. */
import type { Block } from './block.js'
import type { Dictionary } from './dictionary.js'

const FIRST_ROWS = 1 << 14

/** A block that rows of a lane are in, and how many of its rows have not been given up. */
export interface Held { readonly block: Block, readonly dictionary: Dictionary, left: number }

/** What may be said of a row. */
export const [IS_CACHED, IS_KEPT, IS_FOLLOWING, IS_TAKEN, IS_USED, IS_LATER_TLS, IS_LATER_DNS, IS_INHERITED] = [1, 2, 4, 8, 16, 32, 64, 128]

/** Columns of a lane. A row is named by the number it has among all rows ever added; where it stands follows from `mask`. */
export class Lane {
  /** The first row that is kept, and the row after the last. */
  first = 0
  next = 0
  mask: number
  /** Epoch ms, as the facts of the same name. */
  start: Float64Array
  at: Float64Array
  end: Float64Array
  /** Place in the order of all rows of the run. */
  order: Float64Array
  client: Int32Array
  port: Int32Array
  name: Int32Array
  server: Int32Array
  sort: Int32Array
  /** Whether it has several names (1), several addresses (2). */
  several: Uint8Array
  flags: Uint8Array
  /** Which of the held blocks a row is in, and where in it. */
  held: Int32Array
  row: Int32Array
  /** Partners: their rows (-1: none), ranks, gaps in ms, and rivals. */
  tls: Int32Array
  tlsRank: Uint8Array
  tlsGap: Float64Array
  tlsRivals: Int32Array
  dns: Int32Array
  dnsRank: Uint8Array
  dnsGap: Float64Array
  dnsRivals: Int32Array

  private readonly oneName = new Int32Array(1)
  private readonly oneServer = new Int32Array(1)

  /** Blocks that none of the rows is in any more. */
  spent: Block[] = []

  /**
   * @param blocks the blocks of this lane's log, by number.
   * @param rows room at first, a power of two.
   */
  constructor(readonly blocks: Map<number, Held>, rows = FIRST_ROWS) {
    this.mask = rows - 1
    this.start = new Float64Array(rows)
    this.at = new Float64Array(rows)
    this.end = new Float64Array(rows)
    this.order = new Float64Array(rows)
    this.client = new Int32Array(rows)
    this.port = new Int32Array(rows)
    this.name = new Int32Array(rows)
    this.server = new Int32Array(rows)
    this.sort = new Int32Array(rows)
    this.several = new Uint8Array(rows)
    this.flags = new Uint8Array(rows)
    this.held = new Int32Array(rows)
    this.row = new Int32Array(rows)
    this.tls = new Int32Array(rows)
    this.tlsRank = new Uint8Array(rows)
    this.tlsGap = new Float64Array(rows)
    this.tlsRivals = new Int32Array(rows)
    this.dns = new Int32Array(rows)
    this.dnsRank = new Uint8Array(rows)
    this.dnsGap = new Float64Array(rows)
    this.dnsRivals = new Int32Array(rows)
  }

  /** Adds a row of a block; what the join works out of it is not set. */
  put({ block, dictionary }: Held, held: number, row: number): void {
    if (this.next - this.first > this.mask) this.grow()
    const place = this.next++ & this.mask
    const who = block.parts[0]![row]!
    const what = block.parts[1]![row]!
    const port = block.port[row]!
    this.start[place] = block.start[row]!
    this.at[place] = block.at[row]!
    this.end[place] = block.end[row]!
    this.client[place] = dictionary.clients[who]!
    this.port[place] = port
    this.name[place] = dictionary.names[what]!
    this.server[place] = dictionary.servers[what]!
    this.sort[place] = dictionary.sort(who, what, port !== -1)
    this.several[place] = dictionary.several[what]!
    this.held[place] = held
    this.row[place] = row
  }

  /** Gives up the rows before one, and the blocks that none of the others is in. */
  letGo(row: number): void {
    for (; this.first < row; this.first++) {
      const number = this.held[this.first & this.mask]!
      const held = this.blocks.get(number)!
      if (--held.left > 0) continue
      this.blocks.delete(number)
      this.spent.push(held.block)
    }
  }

  /** Went the request of a row without TLS, as far as is known? */
  isPlain(place: number): boolean {
    const { block, dictionary } = this.blocks.get(this.held[place]!)!
    return dictionary.whats[block.parts[1]![this.row[place]!]!]!.isPlain
  }

  /** Every name of a row, and every address. The lists of rows with one alone are made over and over, so they are to be read at once. */
  names(place: number): Int32Array { return (this.several[place]! & 1) === 0 ? listOf(this.name[place]!, this.oneName) : this.all(place).allNames[this.whatOf(place)]! }
  servers(place: number): Int32Array { return (this.several[place]! & 2) === 0 ? listOf(this.server[place]!, this.oneServer) : this.all(place).allServers[this.whatOf(place)]! }

  private all(place: number): Dictionary { return this.blocks.get(this.held[place]!)!.dictionary }
  private whatOf(place: number): number { return this.blocks.get(this.held[place]!)!.block.parts[1]![this.row[place]!]! }

  private grow(): void {
    const { first, next, mask } = this
    const size = (mask + 1) * 2
    const columns = this as unknown as Record<string, Float64Array>
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
