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

/** Numbers of an entry: its four keys, and where its places begin and end. Side by side, so that finding it is one way to memory. */
const ENTRY = 6
const [START, END] = [4, 5]

/** Rows of one sort under the keys they share with a kind of seeker; -2 stands for a key that is not shared. */
export class RowRings {
  /** Times and rows of the places, those of a key side by side in the order of time. */
  readonly at: Float64Array
  readonly rows: Int32Array
  private readonly slots: Int32Array
  private entries: Int32Array
  private count = 0
  // (row, address, name) after (row, address, name): which entry it is, and which of the members its row
  private keyOf: Int32Array
  private memberOf: Int32Array
  private keys = 0

  /** @param members rows in the order of time and of the join. */
  constructor(private readonly lane: Lane, members: Int32Array, private readonly shared: number) {
    const most = this.widthOf(members)
    let size = 8
    while (size < most * 2) size *= 2
    this.slots = new Int32Array(size)
    this.entries = new Int32Array(Math.min(most, members.length) * ENTRY)
    this.keyOf = new Int32Array(most)
    this.memberOf = new Int32Array(most)
    for (let i = 0; i < members.length; i++) this.addKeys(i, members[i]!)
    this.rows = new Int32Array(this.keys)
    this.at = new Float64Array(this.keys)
    this.layOut(members)
    this.keyOf = this.memberOf = ANY
  }

  /** How many keys the members have together. */
  private widthOf(members: Int32Array): number {
    const { lane, shared } = this
    let most = 0
    for (let i = 0; i < members.length; i++) {
      const several = lane.several[members[i]! & lane.mask]!
      most += several === 0 ? 1 : this.serversOf(members[i]!, shared).length * this.namesOf(members[i]!, shared).length
    }
    return most
  }

  private serversOf(row: number, shared: number): Int32Array { return (shared & SERVER) === 0 ? ANY : this.lane.servers(row) }
  private namesOf(row: number, shared: number): Int32Array { return (shared & NAME) === 0 ? ANY : this.lane.names(row) }

  private addKeys(member: number, row: number): void {
    const { lane, shared } = this
    const place = row & lane.mask
    const client = (shared & CLIENT) === 0 ? -2 : lane.client[place]!
    const port = (shared & PORT) === 0 ? -2 : lane.port[place]!
    const from = this.keys
    if (lane.several[place] === 0) return this.addKey(member, client, port, (shared & SERVER) === 0 ? -2 : lane.server[place]!, (shared & NAME) === 0 ? -2 : lane.name[place]!, from)
    const servers = this.serversOf(row, shared)
    const names = this.namesOf(row, shared)
    for (let s = 0; s < servers.length; s++) for (let n = 0; n < names.length; n++) this.addKey(member, client, port, servers[s]!, names[n]!, from)
  }

  /** Notes that a member has a key; a row that has a key twice stands there once. */
  private addKey(member: number, client: number, port: number, server: number, name: number, from: number): void {
    const entry = this.entryFor(client, port, server, name)
    for (let key = from; key < this.keys; key++) if (this.keyOf[key] === entry) return
    this.keyOf[this.keys] = entry
    this.memberOf[this.keys++] = member
    this.entries[entry * ENTRY + END]!++
  }

  private entryFor(client: number, port: number, server: number, name: number): number {
    const slot = this.slotOf(client, port, server, name)
    const known = this.slots[slot]!
    if (known !== 0) return known - 1
    if ((this.count + 1) * ENTRY > this.entries.length) {
      const larger = new Int32Array(this.entries.length * 2 + ENTRY)
      larger.set(this.entries)
      this.entries = larger
    }
    this.slots[slot] = this.count + 1
    const at = this.count * ENTRY
    this.entries[at] = client
    this.entries[at + 1] = port
    this.entries[at + 2] = server
    this.entries[at + 3] = name
    return this.count++
  }

  private slotOf(client: number, port: number, server: number, name: number): number {
    const { slots, entries } = this
    const mask = slots.length - 1
    let slot = hashOf(client, port, server, name) & mask
    for (let key = slots[slot]!; key !== 0; key = slots[slot = (slot + 1) & mask]!) {
      const at = (key - 1) * ENTRY
      if (entries[at] === client && entries[at + 1] === port && entries[at + 2] === server && entries[at + 3] === name) break
    }
    return slot
  }

  /** Counting sort. */
  private layOut(members: Int32Array): void {
    const { entries, rows, at, lane, keyOf, memberOf } = this
    let next = 0
    for (let entry = 0; entry < this.count; entry++) {
      const own = entry * ENTRY
      const width = entries[own + END]!
      entries[own + START] = entries[own + END] = next
      next += width
    }
    for (let key = 0; key < this.keys; key++) {
      const row = members[memberOf[key]!]!
      const place = entries[keyOf[key]! * ENTRY + END]!++
      rows[place] = row
      at[place] = lane.at[row & lane.mask]!
    }
  }

  /** The key of a seeker; -1 when no candidate has it. */
  find(client: number, port: number, server: number, name: number): number {
    const { shared } = this
    return this.slots[this.slotOf((shared & CLIENT) === 0 ? -2 : client, (shared & PORT) === 0 ? -2 : port, (shared & SERVER) === 0 ? -2 : server, (shared & NAME) === 0 ? -2 : name)]! - 1
  }

  startOf(key: number): number { return this.entries[key * ENTRY + START]! }
  endOf(key: number): number { return this.entries[key * ENTRY + END]! }
}
