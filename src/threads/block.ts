/**
 * Events on their way from a reading thread to the joining one: columns of numbers, which are handed over and not copied, and every text once.
 * Objects would have to be cloned, which costs as much as parsing them did.
 */
import { Facts, type FactValues, type Role } from '../join/facts.js'
import type { EventType, LogEvent } from '../schema/event.js'
import { EVENT_TYPES } from '../schema/event.js'

const ROLES: readonly Role[] = ['request', 'attempt', 'tls', 'dns', 'connect', 'note', 'other']
const [IS_DATED, IS_CAUSE, LEADS, IS_PLAIN, IS_ORIGIN] = [1, 2, 4, 8, 16]
/** Columns of whole numbers; the first that is missing is -1. */
const WHOLE = ['line', 'ordinal', 'port', 'client', 'dataset', 'names', 'nameCount', 'servers', 'serverCount'] as const
const EXACT = ['start', 'at', 'end', 'tick', 'ttl'] as const

type Whole = Readonly<Record<typeof WHOLE[number], Int32Array>>
type Exact = Readonly<Record<typeof EXACT[number], Float64Array>>

/** What is handed over. `lists` holds the numbers of the texts of all names and addresses. */
export interface BlockParts {
  readonly path: string
  readonly rows: number
  readonly whole: Whole
  readonly exact: Exact
  /** Role, type, address family and flags of every row, side by side. */
  readonly marks: Uint8Array
  readonly lists: Int32Array
  readonly texts: readonly string[]
  readonly hashes: Int32Array
  /** For every row and wanted path the number of its value among `values`, from 1; 0 = absent. */
  readonly cells: Int32Array
  /** Values as JSON writes them. */
  readonly values: readonly string[]
}

/** What of a block is handed over without being copied. */
export function transferOf({ whole, exact, marks, lists, hashes, cells }: BlockParts): ArrayBuffer[] {
  return [...Object.values(whole), ...Object.values(exact), marks, lists, hashes, cells].map(column => column.buffer as ArrayBuffer)
}

/** Reads one value of an event. */
type Getter = (event: LogEvent) => unknown

/** A getter for a dotted path; own groups only. */
function getterOf(path: string): Getter {
  const keys = path.split('.')
  return event => {
    let value: unknown = event
    for (const key of keys) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Record<string, unknown>)[key]
    }
    return value
  }
}

/** Texts under numbers, each once. */
class Texts {
  readonly list: string[] = []
  readonly hashes: number[] = []
  private readonly numbers = new Map<string, number>()
  add(text: string, hash: number): number {
    const known = this.numbers.get(text)
    if (known !== undefined) return known
    this.numbers.set(text, this.list.length)
    this.hashes.push(hash)
    return this.list.push(text) - 1
  }
}

/** JSON texts of values under numbers from 1, each once. */
class Values {
  readonly list: string[] = []
  private readonly numbers = new Map<unknown, number>()
  add(value: unknown): number {
    const key = typeof value === 'object' ? JSON.stringify(value) : value
    // a list and the text that looks like it must not be taken for each other: a list's text begins with a mark that JSON writes nowhere
    const name = typeof value === 'object' ? `\\u0000${key as string}` : key
    const known = this.numbers.get(name)
    if (known !== undefined) return known
    const number = this.list.push(typeof value === 'object' ? key as string : JSON.stringify(value))
    this.numbers.set(name, number)
    return number
  }
}

/** Packs events of one file into blocks. */
export class BlockWriter {
  private readonly getters: readonly Getter[]
  constructor(paths: readonly string[]) { this.getters = paths.map(getterOf) }

  /** @param hashOf the number that stands for a text in the tables of the join. */
  pack(facts: readonly Facts[], hashOf: (text: string) => number): BlockParts {
    const rows = facts.length
    const whole = Object.fromEntries(WHOLE.map(name => [name, new Int32Array(rows)])) as unknown as Record<typeof WHOLE[number], Int32Array>
    const exact = Object.fromEntries(EXACT.map(name => [name, new Float64Array(rows)])) as unknown as Record<typeof EXACT[number], Float64Array>
    const marks = new Uint8Array(rows * 4)
    const cells = new Int32Array(rows * this.getters.length)
    const texts = new Texts()
    const values = new Values()
    const lists: number[] = []
    for (let row = 0; row < rows; row++) {
      const one = facts[row]!
      packNumbers(whole, exact, marks, row, one)
      whole.client[row] = one.client === undefined ? -1 : texts.add(one.client, one.clientHash)
      whole.dataset[row] = texts.add(one.dataset, 0)
      whole.names[row] = lists.length
      whole.nameCount[row] = one.names.length
      for (let i = 0; i < one.names.length; i++) lists.push(texts.add(one.names[i]!, i === 0 ? one.nameHash : hashOf(one.names[i]!)))
      whole.servers[row] = lists.length
      whole.serverCount[row] = one.servers.length
      for (let i = 0; i < one.servers.length; i++) lists.push(texts.add(one.servers[i]!, i === 0 ? one.serverHash : hashOf(one.servers[i]!)))
      this.packValues(cells, row, one.event, values)
    }
    return { path: facts[0]!.path, rows, whole, exact, marks, lists: Int32Array.from(lists), texts: texts.list, hashes: Int32Array.from(texts.hashes), cells, values: values.list }
  }

  private packValues(cells: Int32Array, row: number, event: LogEvent, values: Values): void {
    const { getters } = this
    for (let i = 0; i < getters.length; i++) {
      const value = getters[i]!(event)
      if (value !== undefined) cells[row * getters.length + i] = values.add(value)
    }
  }
}

function packNumbers(whole: Record<typeof WHOLE[number], Int32Array>, exact: Record<typeof EXACT[number], Float64Array>, marks: Uint8Array, row: number, one: Facts): void {
  whole.line[row] = one.line
  whole.ordinal[row] = one.ordinal
  whole.port[row] = one.clientPort ?? -1
  exact.start[row] = one.start
  exact.at[row] = one.at
  exact.end[row] = one.end
  exact.tick[row] = one.tick
  exact.ttl[row] = one.ttlSeconds ?? -1
  marks[row * 4] = ROLES.indexOf(one.role)
  marks[row * 4 + 1] = EVENT_TYPES.indexOf(one.type)
  marks[row * 4 + 2] = one.family
  marks[row * 4 + 3] = (one.isDated ? IS_DATED : 0) | (one.isCause ? IS_CAUSE : 0) | (one.leadsSomewhere ? LEADS : 0) | (one.isPlain ? IS_PLAIN : 0) | (one.leg === 'origin' ? IS_ORIGIN : 0)
}

const NONE: readonly string[] = []

/** A block that has arrived. Gives the facts of its rows, and the values that were wanted of them. */
export class Block {
  private readonly lone: (readonly string[] | undefined)[] = []
  constructor(private readonly parts: BlockParts, private readonly width: number) {}

  /** The value under the number of a wanted path, as JSON writes it; undefined when it is absent. */
  value(row: number, path: number): string | undefined {
    const number = this.parts.cells[row * this.width + path]!
    return number === 0 ? undefined : this.parts.values[number - 1]
  }

  /** Whole events do not travel. */
  eventAt(row: number): LogEvent { throw new TypeError(`row ${row} of a block of ${this.parts.path} has no event`) }

  facts(): Facts[] {
    const { rows } = this.parts
    const facts: Facts[] = []
    for (let row = 0; row < rows; row++) facts.push(new Facts(this.valuesAt(row), this, row))
    return facts
  }

  /** A list of one text is made once for all rows that have it. */
  private list(from: number, count: number): readonly string[] {
    const { lists, texts } = this.parts
    if (count === 0) return NONE
    if (count === 1) return this.lone[lists[from]!] ??= [texts[lists[from]!]!]
    const list: string[] = []
    for (let i = from; i < from + count; i++) list.push(texts[lists[i]!]!)
    return list
  }

  private valuesAt(row: number): FactValues {
    const { path, whole, exact, marks, lists, texts, hashes } = this.parts
    const flags = marks[row * 4 + 3]!
    const role = ROLES[marks[row * 4]!]!
    const client = whole.client[row]!
    const ttl = exact.ttl[row]!
    const port = whole.port[row]!
    const nameCount = whole.nameCount[row]!
    const serverCount = whole.serverCount[row]!
    return {
      role, order: 0, type: EVENT_TYPES[marks[row * 4 + 1]!]! as EventType, dataset: texts[whole.dataset[row]!]!, path, line: whole.line[row]!, ordinal: whole.ordinal[row]!,
      isDated: (flags & IS_DATED) !== 0, start: exact.start[row]!, at: exact.at[row]!, tick: exact.tick[row]!, end: exact.end[row]!,
      client: client === -1 ? undefined : texts[client], clientPort: port === -1 ? undefined : port,
      servers: this.list(whole.servers[row]!, serverCount), names: this.list(whole.names[row]!, nameCount),
      family: marks[row * 4 + 2]! as 0 | 4 | 6, leg: (flags & IS_ORIGIN) === 0 ? 'client' : 'origin',
      isCause: (flags & IS_CAUSE) !== 0, leadsSomewhere: (flags & LEADS) !== 0, ttlSeconds: ttl === -1 ? undefined : ttl, isPlain: (flags & IS_PLAIN) !== 0,
      clientHash: client === -1 ? 0 : hashes[client]!, serverHash: serverCount === 0 ? 0 : hashes[lists[whole.servers[row]!]!]!, nameHash: nameCount === 0 ? 0 : hashes[lists[whole.names[row]!]!]!,
    }
  }
}
