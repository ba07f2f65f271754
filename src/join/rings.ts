/**
 * Candidates by key: each key leads to a run of places, ordered by time and, within it, by file and line. One table of numbers holds them
 * all: a million keys with one candidate each would otherwise be a million small objects for the collector to walk.
 */
import type { Facts } from './facts.js'
import { hashText, mixHash } from './hash.js'
import { CLIENT, NAME, PORT, SERVER } from './strength.js'

const NONE: readonly string[] = ['']

/** Hash of the shared part of a key. */
function hashKey(shared: number, facts: Facts, serverHash: number, nameHash: number): number {
  let hash = shared
  if (shared & CLIENT) hash = mixHash(hash, facts.clientHash)
  if (shared & PORT) hash = mixHash(hash, facts.clientPort!)
  if (shared & SERVER) hash = mixHash(hash, serverHash)
  if (shared & NAME) hash = mixHash(hash, nameHash)
  return hash
}

/** Candidates of one group under the keys they share with a kind of seeker. */
export class Rings {
  /** Times of the places, epoch ms. */
  readonly at: Float64Array
  private readonly places: Int32Array
  private readonly starts: Int32Array
  private readonly slots: Int32Array
  private readonly mask: number
  /** One candidate that has the key, and which of its addresses and names. */
  private readonly witness: Int32Array
  private readonly witnessPart: Int32Array
  private keys = 0
  /** For every place the first after it, of the same key, that has another first name; made when first asked for. */
  private others: Int32Array | undefined

  /** @param members candidates in the order of time, file and line. */
  constructor(private readonly members: readonly Facts[], private readonly shared: number) {
    let most = 0
    for (const facts of members) most += this.serversOf(facts).length * this.namesOf(facts).length
    let size = 8
    while (size < most * 2) size *= 2
    this.mask = size - 1
    this.slots = new Int32Array(size)
    this.witness = new Int32Array(most)
    this.witnessPart = new Int32Array(most)
    const keyOf = this.numberKeys(most)
    this.starts = new Int32Array(this.keys + 1)
    this.places = new Int32Array(most)
    this.at = new Float64Array(most)
    this.layOut(keyOf)
  }

  private serversOf(facts: Facts): readonly string[] { return this.shared & SERVER ? facts.servers : NONE }
  private namesOf(facts: Facts): readonly string[] { return this.shared & NAME ? facts.names : NONE }

  /** The number of the key of every (candidate, address, name), in that order. */
  private numberKeys(most: number): Int32Array {
    const keyOf = new Int32Array(most)
    let next = 0
    for (let i = 0; i < this.members.length; i++) {
      const facts = this.members[i]!
      const servers = this.serversOf(facts)
      const names = this.namesOf(facts)
      for (let s = 0; s < servers.length; s++) for (let n = 0; n < names.length; n++) keyOf[next++] = this.add(i, facts, s, n)
    }
    return keyOf
  }

  private add(member: number, facts: Facts, server: number, name: number): number {
    const hash = hashKey(this.shared, facts, server === 0 ? facts.serverHash : hashText(facts.servers[server]!), name === 0 ? facts.nameHash : hashText(facts.names[name]!))
    let slot = hash & this.mask
    for (let key = this.slots[slot]!; key !== 0; key = this.slots[slot = (slot + 1) & this.mask]!) if (this.isKey(key - 1, facts, server, name)) return key - 1
    this.slots[slot] = ++this.keys
    this.witness[this.keys - 1] = member
    this.witnessPart[this.keys - 1] = server << 16 | name
    return this.keys - 1
  }

  private isKey(key: number, facts: Facts, server: number, name: number): boolean {
    const { shared } = this
    const other = this.members[this.witness[key]!]!
    const part = this.witnessPart[key]!
    return ((shared & CLIENT) === 0 || other.client === facts.client)
      && ((shared & PORT) === 0 || other.clientPort === facts.clientPort)
      && ((shared & SERVER) === 0 || other.servers[part >>> 16] === facts.servers[server])
      && ((shared & NAME) === 0 || other.names[part & 0xffff] === facts.names[name])
  }

  /** Counting sort: the candidates of a key side by side, in the order they came; one that has a key twice stands there once. */
  private layOut(keyOf: Int32Array): void {
    const { starts, members } = this
    const last = new Int32Array(this.keys).fill(-1)
    const each = (put: (key: number, member: number) => void): void => {
      let next = 0
      last.fill(-1)
      for (let i = 0; i < members.length; i++) {
        for (let left = this.serversOf(members[i]!).length * this.namesOf(members[i]!).length; left > 0; left--) {
          const key = keyOf[next++]!
          if (last[key] === i) continue
          last[key] = i
          put(key, i)
        }
      }
    }
    each(key => { starts[key + 1]!++ })
    for (let key = 0; key < this.keys; key++) starts[key + 1]! += starts[key]!
    const free = starts.slice()
    each((key, member) => {
      const place = free[key]!++
      this.places[place] = member
      this.at[place] = members[member]!.at
    })
  }

  /** The key that a seeker's first address and name make; -1 when no candidate has it. */
  find(seeker: Facts): number {
    const hash = hashKey(this.shared, seeker, seeker.serverHash, seeker.nameHash)
    let slot = hash & this.mask
    for (let key = this.slots[slot]!; key !== 0; key = this.slots[slot = (slot + 1) & this.mask]!) if (this.isKey(key - 1, seeker, 0, 0)) return key - 1
    return -1
  }

  /** Places of a key: from `startOf(key)`, before `endOf(key)`. */
  startOf(key: number): number { return this.starts[key]! }
  endOf(key: number): number { return this.starts[key + 1]! }
  facts(place: number): Facts { return this.members[this.places[place]!]! }

  /** The first place after this one whose candidate has another first name, or `end`. A busy address that serves one name is one step. */
  nextName(place: number, end: number): number { return Math.min(end, (this.others ??= this.findOthers())[place]!) }

  private findOthers(): Int32Array {
    const others = new Int32Array(this.places.length)
    for (let key = 0; key < this.keys; key++) {
      let next = this.starts[key + 1]!
      for (let place = next - 1; place >= this.starts[key]!; place--) {
        if (place + 1 < this.starts[key + 1]! && this.facts(place).names[0] !== this.facts(place + 1).names[0]) next = place + 1
        others[place] = next
      }
    }
    return others
  }
}
