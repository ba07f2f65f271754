/** The joining thread's side of dictionaries: texts as numbers that are the same for all logs. */
import { ipFamily } from '../address.js'
import { CLIENT, NAME, PORT, SERVER } from '../join/strength.js'
import { Unsuited } from '../threads/unsuited.js'
import type { Block, Entry, What } from './block.js'
import { viewOf } from './copy-bytes.js'

/** Texts of a kind that are numbered at the most; they are kept to the end, and a map has its limit. */
const MOST_TEXTS = 1 << 21

/** Texts under numbers from 0, for the whole run. Fails with Unsuited where there are too many different ones: a log of names that never come again. */
export class Texts {
  private readonly numbers = new Map<string, number>()
  readonly list: string[] = []
  number(text: string): number {
    const known = this.numbers.get(text)
    if (known !== undefined) return known
    if (this.list.length === MOST_TEXTS) throw new Unsuited('more different names than columns are made for')
    this.numbers.set(text, this.list.length)
    return this.list.push(text) - 1
  }
}

/** What candidates have in common besides their values: which keys they know, of which family and tick they are, whether something can have followed from them. */
export interface Sort { readonly mask: number, readonly clientFamily: 0 | 4 | 6, readonly family: 0 | 4 | 6, readonly tick: number, readonly canCause: boolean }

/** Sorts under numbers. There are a few. */
export class Sorts {
  readonly list: Sort[] = []
  number(mask: number, clientFamily: 0 | 4 | 6, family: 0 | 4 | 6, tick: number, canCause: boolean): number {
    const { list } = this
    for (let number = 0; number < list.length; number++) {
      const one = list[number]!
      if (one.mask === mask && one.clientFamily === clientFamily && one.family === family && one.tick === tick && one.canCause === canCause) return number
    }
    return list.push({ mask, clientFamily, family, tick, canCause }) - 1
  }
}

/** Shared by the dictionaries of a run. */
export interface Vocabulary { readonly clients: Texts, readonly names: Texts, readonly servers: Texts, readonly sorts: Sorts }

export const newVocabulary = (): Vocabulary => ({ clients: new Texts(), names: new Texts(), servers: new Texts(), sorts: new Sorts() })

/** Values as JSON writes them, their bytes one after the other: a buffer for each would be an object for each. */
export class ValueBytes {
  private bytes = Buffer.allocUnsafeSlow(1 << 12)
  view = viewOf(this.bytes)
  private used = 0
  /** Where a value begins, and how many bytes it has; 0: absent. */
  readonly starts: number[] = []
  readonly lengths: number[] = []

  add(value: string | undefined): void {
    this.starts.push(this.used)
    this.lengths.push(0)
    if (value === undefined) return
    const most = 3 * value.length
    if (this.used + most > this.bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.bytes.length + most)
      this.bytes.copy(larger, 0, 0, this.used)
      this.bytes = larger
      this.view = viewOf(larger)
    }
    const length = this.bytes.write(value, this.used)
    this.lengths[this.lengths.length - 1] = length
    this.used += length
  }
}

/** Families by the number of their kind. */
export const FAMILIES = [0, 4, 6] as const

/** Sorts of an entry: by kind of client, each without and with a port. */
const SORTS = 6

/**
 * One dictionary. What is asked for with every row stands in lists of numbers side by side: going from object to object took most of the time
 * of putting a row in its place.
 */
export class Dictionary {
  /** Numbers of the clients; -1: none. And the numbers of their families. */
  readonly clients: number[] = []
  readonly clientKinds: number[] = []
  readonly whats: What[] = []
  /** First name and first address of an entry; -1: none. */
  readonly names: number[] = []
  readonly servers: number[] = []
  /** Whether it has several names (1), several addresses (2); and those. */
  readonly several: number[] = []
  readonly allNames: (Int32Array | undefined)[] = []
  readonly allServers: (Int32Array | undefined)[] = []
  private readonly sorts: number[] = []
  /** Wanted values of each part's entries. */
  readonly values: readonly ValueBytes[]

  constructor(parts: number, private readonly vocabulary: Vocabulary) { this.values = Array.from({ length: parts }, () => new ValueBytes()) }

  add({ added }: Block): void {
    for (let part = 0; part < added.length; part++) for (const entry of added[part]!) this.addEntry(part, entry)
  }

  /** The sort of a row by its two entries. */
  sort(who: number, what: number, hasPort: boolean): number { return this.sorts[what * SORTS + this.clientKinds[who]! * 2 + (hasPort ? 1 : 0)]! }

  private addEntry(part: number, { who, what, values }: Entry): void {
    for (const value of values) this.values[part]!.add(value)
    if (who) this.addClient(who.client)
    if (what) this.addWhat(what)
  }

  private addClient(client: string | undefined): void {
    this.clients.push(client === undefined ? -1 : this.vocabulary.clients.number(client))
    this.clientKinds.push(client === undefined ? 0 : FAMILIES.indexOf(ipFamily(client)))
  }

  private addWhat(what: What): void {
    const { vocabulary } = this
    const names = what.names.map(name => vocabulary.names.number(name))
    const servers = what.servers.map(server => vocabulary.servers.number(server))
    const isAnswer = what.type === 'dns.query' || what.type === 'dns.response'
    const known = (servers.length > 0 ? SERVER : 0) | (names.length > 0 ? NAME : 0)
    for (const clientFamily of FAMILIES) for (const port of [0, PORT]) {
      const family = isAnswer || servers.length > 0 ? what.family : clientFamily
      this.sorts.push(vocabulary.sorts.number(known | (clientFamily === 0 ? 0 : CLIENT) | port, clientFamily, family, what.tick, what.isCause && what.leadsSomewhere))
    }
    this.whats.push(what)
    this.names.push(names[0] ?? -1)
    this.servers.push(servers[0] ?? -1)
    this.several.push((names.length > 1 ? 1 : 0) | (servers.length > 1 ? 2 : 0))
    this.allNames.push(names.length > 1 ? Int32Array.from(names) : undefined)
    this.allServers.push(servers.length > 1 ? Int32Array.from(servers) : undefined)
  }
}
