/** Candidates by key, as `src/join/rings.ts` has them, with rows and numbers in place of facts and texts. */
import { CLIENT, NAME, PORT, SERVER } from '../join/strength.js'
import type { Lane } from './lane.js'

const ANY = Int32Array.of(-2)

function hashOf(client: number, port: number, server: number, name: number): number {
  let hash = Math.imul(client, 0x2c1b3c6d) ^ Math.imul(port, 0x297a2d39)
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(server, 0x9e3779b1 | 0), 0x85ebca6b) ^ Math.imul(name, 0xc2b2ae35 | 0)
  hash = Math.imul(hash ^ (hash >>> 13), 0x2c1b3c6d)
  return hash ^ (hash >>> 16)
}

/** Rows of one sort under the keys they share with a kind of seeker; -2 stands for a key that is not shared. */
export class RowRings {
  /** Times and rows of the places, those of a key side by side in the order of time. */
  readonly at: Float64Array
  readonly rows: Int32Array
  private readonly starts: Int32Array
  private readonly slots: Int32Array
  private readonly keys: Int32Array
  private count = 0

  /** @param members rows in the order of time and of the join. */
  constructor(private readonly lane: Lane, members: Int32Array, private readonly shared: number) {
    let most = 0
    for (let i = 0; i < members.length; i++) most += this.serversOf(members[i]!).length * this.namesOf(members[i]!).length
    let size = 8
    while (size < most * 2) size *= 2
    this.slots = new Int32Array(size)
    this.keys = new Int32Array(most * 4)
    // which key each (row, address, name) has, in that order; and how many of those each row has
    const keyOf = new Int32Array(most)
    let next = 0
    for (let i = 0; i < members.length; i++) {
      const row = members[i]!
      const servers = this.serversOf(row)
      const names = this.namesOf(row)
      for (let s = 0; s < servers.length; s++) for (let n = 0; n < names.length; n++) keyOf[next++] = this.keyFor(row, servers[s]!, names[n]!)
    }
    this.starts = new Int32Array(this.count + 1)
    this.rows = new Int32Array(most)
    this.at = new Float64Array(most)
    this.layOut(members, keyOf)
  }

  private serversOf(row: number): Int32Array {
    if ((this.shared & SERVER) === 0) return ANY
    return this.lane.servers(row)
  }

  private namesOf(row: number): Int32Array {
    if ((this.shared & NAME) === 0) return ANY
    return this.lane.names(row)
  }

  private keyFor(row: number, server: number, name: number): number {
    const { lane, shared } = this
    const place = row & lane.mask
    const client = (shared & CLIENT) === 0 ? -2 : lane.client[place]!
    const port = (shared & PORT) === 0 ? -2 : lane.port[place]!
    const slot = this.slotOf(client, port, server, name)
    const known = this.slots[slot]!
    if (known !== 0) return known - 1
    this.slots[slot] = this.count + 1
    const at = this.count * 4
    this.keys[at] = client
    this.keys[at + 1] = port
    this.keys[at + 2] = server
    this.keys[at + 3] = name
    return this.count++
  }

  private slotOf(client: number, port: number, server: number, name: number): number {
    const { slots, keys } = this
    const mask = slots.length - 1
    let slot = hashOf(client, port, server, name) & mask
    for (let key = slots[slot]!; key !== 0; key = slots[slot = (slot + 1) & mask]!) {
      const at = key * 4 - 4
      if (keys[at] === client && keys[at + 1] === port && keys[at + 2] === server && keys[at + 3] === name) break
    }
    return slot
  }

  /** Counting sort; a row that has a key twice stands there once. */
  private layOut(members: Int32Array, keyOf: Int32Array): void {
    const { starts, rows, at, lane } = this
    const last = new Int32Array(this.count)
    const widths = Int32Array.from(members, row => this.serversOf(row).length * this.namesOf(row).length)
    let next = 0
    for (let i = 0; i < members.length; i++) for (let left = widths[i]!; left > 0; left--) {
      const key = keyOf[next++]!
      if (last[key] === i + 1) continue
      last[key] = i + 1
      starts[key + 1]!++
    }
    for (let key = 0; key < this.count; key++) starts[key + 1]! += starts[key]!
    const free = starts.slice()
    last.fill(0)
    next = 0
    for (let i = 0; i < members.length; i++) for (let left = widths[i]!; left > 0; left--) {
      const key = keyOf[next++]!
      if (last[key] === i + 1) continue
      last[key] = i + 1
      const place = free[key]!++
      rows[place] = members[i]!
      at[place] = lane.at[members[i]! & lane.mask]!
    }
  }

  /** The key of a seeker; -1 when no candidate has it. */
  find(client: number, port: number, server: number, name: number): number {
    const { shared } = this
    return this.slots[this.slotOf((shared & CLIENT) === 0 ? -2 : client, (shared & PORT) === 0 ? -2 : port, (shared & SERVER) === 0 ? -2 : server, (shared & NAME) === 0 ? -2 : name)]! - 1
  }

  startOf(key: number): number { return this.starts[key]! }
  endOf(key: number): number { return this.starts[key + 1]! }
}
