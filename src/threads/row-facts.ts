/** Facts of a row of a block: nothing but a place in it, and what the join notes down. What is asked for is read off the columns. */
import { changedFacts, factsId, type Facts, type FactValues, type Role } from '../join/facts.js'
import type { Cluster } from '../join/cluster.js'
import { EVENT_TYPES, type EventType, type LogEvent } from '../schema/event.js'
import type { BlockParts } from './block.js'

const ROLES: readonly Role[] = ['request', 'attempt', 'tls', 'dns', 'connect', 'note', 'other']
const [IS_DATED, IS_CAUSE, LEADS, IS_PLAIN, IS_ORIGIN, IS_V6] = [1, 2, 4, 8, 16, 32]
const NONE: readonly string[] = []

/** Writes what has few values: role, type, address family and flags. */
export function packMarks(marks: Uint8Array, row: number, facts: Facts): void {
  marks[row * 4] = ROLES.indexOf(facts.role)
  marks[row * 4 + 1] = EVENT_TYPES.indexOf(facts.type)
  marks[row * 4 + 2] = facts.family
  marks[row * 4 + 3] = (facts.isDated ? IS_DATED : 0) | (facts.isCause ? IS_CAUSE : 0) | (facts.leadsSomewhere ? LEADS : 0) | (facts.isPlain ? IS_PLAIN : 0) | (facts.leg === 'origin' ? IS_ORIGIN : 0) | (facts.clientFamily === 6 ? IS_V6 : 0)
}

/** A block that has arrived. */
export class Block {
  readonly lone: (readonly string[] | undefined)[] = []
  constructor(readonly parts: BlockParts, private readonly width: number) {}

  /** The value under the number of a wanted path, as JSON writes it; undefined when it is absent. */
  value(row: number, path: number): string | undefined {
    const number = this.parts.cells[row * this.width + path]!
    return number === 0 ? undefined : this.parts.values[number - 1]
  }

  /** Texts of a list. One of a single text is made once for all rows that have it. */
  list(from: number, count: number): readonly string[] {
    const { lists, texts } = this.parts
    if (count === 0) return NONE
    if (count === 1) return this.lone[lists[from]!] ??= [texts[lists[from]!]!]
    const list: string[] = []
    for (let i = from; i < from + count; i++) list.push(texts[lists[i]!]!)
    return list
  }

  firstHash(from: number, count: number): number { return count === 0 ? 0 : this.parts.hashes[this.parts.lists[from]!]! }

  facts(): Facts[] {
    const facts: Facts[] = []
    for (let row = 0; row < this.parts.rows; row++) facts.push(new RowFacts(this, row))
    return facts
  }
}

/** The facts of one row. */
export class RowFacts implements Facts {
  order = 0
  isCached = false
  isKept = false
  isFollowing = false
  cluster: Cluster | undefined = undefined

  constructor(readonly block: Block, readonly row: number) {}

  private get flags(): number { return this.block.parts.marks[this.row * 4 + 3]! }
  get role(): Role { return ROLES[this.block.parts.marks[this.row * 4]!]! }
  get type(): EventType { return EVENT_TYPES[this.block.parts.marks[this.row * 4 + 1]!]! }
  get dataset(): string { return this.block.parts.texts[this.block.parts.columns.dataset[this.row]!]! }
  get path(): string { return this.block.parts.path }
  get line(): number { return this.block.parts.columns.line[this.row]! }
  get ordinal(): number { return this.block.parts.columns.ordinal[this.row]! }
  get isDated(): boolean { return (this.flags & IS_DATED) !== 0 }
  get start(): number { return this.block.parts.columns.start[this.row]! }
  get at(): number { return this.block.parts.columns.at[this.row]! }
  get tick(): number { return this.block.parts.columns.tick[this.row]! }
  get end(): number { return this.block.parts.columns.end[this.row]! }
  get client(): string | undefined {
    const number = this.block.parts.columns.client[this.row]!
    return number === -1 ? undefined : this.block.parts.texts[number]
  }
  get address(): string | undefined {
    const number = this.block.parts.columns.address[this.row]!
    return number === -1 ? undefined : this.block.parts.texts[number]
  }
  get clientFamily(): 0 | 4 | 6 { return this.block.parts.columns.client[this.row] === -1 ? 0 : (this.flags & IS_V6) === 0 ? 4 : 6 }
  get clientPort(): number | undefined {
    const port = this.block.parts.columns.port[this.row]!
    return port === -1 ? undefined : port
  }
  get servers(): readonly string[] { return this.block.list(this.block.parts.columns.servers[this.row]!, this.block.parts.columns.serverCount[this.row]!) }
  get names(): readonly string[] { return this.block.list(this.block.parts.columns.names[this.row]!, this.block.parts.columns.nameCount[this.row]!) }
  get family(): 0 | 4 | 6 { return this.block.parts.marks[this.row * 4 + 2]! as 0 | 4 | 6 }
  get leg(): 'client' | 'origin' { return (this.flags & IS_ORIGIN) === 0 ? 'client' : 'origin' }
  get isCause(): boolean { return (this.flags & IS_CAUSE) !== 0 }
  get leadsSomewhere(): boolean { return (this.flags & LEADS) !== 0 }
  get isPlain(): boolean { return (this.flags & IS_PLAIN) !== 0 }
  get ttlSeconds(): number | undefined {
    const ttl = this.block.parts.columns.ttl[this.row]!
    return ttl === -1 ? undefined : ttl
  }
  get clientHash(): number {
    const number = this.block.parts.columns.client[this.row]!
    return number === -1 ? 0 : this.block.parts.hashes[number]!
  }
  get serverHash(): number { return this.block.firstHash(this.block.parts.columns.servers[this.row]!, this.block.parts.columns.serverCount[this.row]!) }
  get nameHash(): number { return this.block.firstHash(this.block.parts.columns.names[this.row]!, this.block.parts.columns.nameCount[this.row]!) }

  /** Whole events do not travel. */
  get event(): LogEvent { throw new TypeError(`row ${this.row} of a block of ${this.path} has no event`) }
  get id(): string { return factsId(this) }
  with(changes: Partial<FactValues>): Facts { return changedFacts(this, changes) }
}
