/**
 * Events on their way from a reading thread to the joining one: columns of numbers, which are handed over and not copied, and every text once.
 * Objects would have to be cloned, which costs as much as parsing them did; and columns are nothing that a garbage collector has to walk.
 */
import { hashText } from '../join/hash.js'
import type { Facts } from '../join/facts.js'
import type { LogEvent } from '../schema/event.js'
import { packMarks } from './row-facts.js'

/** Rows that the columns of a block have room for. */
export const BLOCK_ROWS = 4096

const WHOLE = ['line', 'ordinal', 'port', 'client', 'address', 'dataset', 'names', 'nameCount', 'servers', 'serverCount'] as const
const EXACT = ['start', 'at', 'end', 'tick', 'ttl'] as const

/** Columns of whole numbers (-1: absent) and of times and spans in ms (`ttl` in s; -1: absent). */
export type Columns = Readonly<Record<typeof WHOLE[number], Int32Array> & Record<typeof EXACT[number], Float64Array>>

/** What is handed over. `lists` holds the numbers of the texts of all names and addresses. */
export interface BlockParts {
  readonly path: string
  readonly rows: number
  readonly columns: Columns
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
export function transferOf({ columns, marks, lists, hashes, cells }: BlockParts): ArrayBuffer[] {
  return [...Object.values(columns), marks, lists, hashes, cells].map(column => column.buffer as ArrayBuffer)
}

/** Reads one value of an event. */
type Getter = (event: LogEvent) => unknown

/** A getter for a dotted path. */
function getterOf(path: string): Getter {
  const keys = path.split('.')
  return event => {
    let value: unknown = event
    for (let i = 0; i < keys.length; i++) {
      if (typeof value !== 'object' || value === null) return undefined
      value = (value as Record<string, unknown>)[keys[i]!]
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
    if (typeof value !== 'object') return this.numbers.get(value) ?? this.put(value, JSON.stringify(value))
    const text = JSON.stringify(value)
    // a list and the text that looks like it must not be taken for each other: no text of a log holds a NUL
    const name = `\u0000${text}`
    return this.numbers.get(name) ?? this.put(name, text)
  }
  private put(name: unknown, text: string): number {
    const number = this.list.push(text)
    this.numbers.set(name, number)
    return number
  }
}

const emptyColumns = (): Columns => Object.fromEntries([...WHOLE.map(name => [name, new Int32Array(BLOCK_ROWS)]), ...EXACT.map(name => [name, new Float64Array(BLOCK_ROWS)])]) as unknown as Columns

/** Packs events of one file, each as soon as it is there, so that nothing of it has to be kept. */
export class BlockWriter {
  private readonly columns = emptyColumns()
  private readonly marks = new Uint8Array(BLOCK_ROWS * 4)
  private readonly cells: Int32Array
  private readonly texts = new Texts()
  private readonly values = new Values()
  private readonly lists: number[] = []
  private rows = 0

  /** @param path the file. */
  constructor(readonly path: string, private readonly getters: readonly Getter[]) { this.cells = new Int32Array(BLOCK_ROWS * getters.length) }

  static getters(paths: readonly string[]): readonly Getter[] { return paths.map(getterOf) }

  get isFull(): boolean { return this.rows === BLOCK_ROWS }

  add(facts: Facts, event: LogEvent): void {
    const { columns, texts } = this
    const row = this.rows++
    columns.line[row] = facts.line
    columns.ordinal[row] = facts.ordinal
    columns.port[row] = facts.clientPort ?? -1
    columns.start[row] = facts.start
    columns.at[row] = facts.at
    columns.end[row] = facts.end
    columns.tick[row] = facts.tick
    columns.ttl[row] = facts.ttlSeconds ?? -1
    columns.client[row] = facts.client === undefined ? -1 : texts.add(facts.client, facts.clientHash)
    const { address } = facts
    columns.address[row] = address === facts.client ? columns.client[row]! : address === undefined ? -1 : texts.add(address, hashText(address))
    columns.dataset[row] = texts.add(facts.dataset, 0)
    columns.names[row] = this.addList(facts.names, facts.nameHash)
    columns.nameCount[row] = facts.names.length
    columns.servers[row] = this.addList(facts.servers, facts.serverHash)
    columns.serverCount[row] = facts.servers.length
    packMarks(this.marks, row, facts)
    this.addValues(row, event)
  }

  private addList(list: readonly string[], firstHash: number): number {
    const from = this.lists.length
    for (let i = 0; i < list.length; i++) this.lists.push(this.texts.add(list[i]!, i === 0 ? firstHash : hashText(list[i]!)))
    return from
  }

  private addValues(row: number, event: LogEvent): void {
    const { getters, cells, values } = this
    for (let i = 0; i < getters.length; i++) {
      const value = getters[i]!(event)
      if (value !== undefined) cells[row * getters.length + i] = values.add(value)
    }
  }

  take(): BlockParts {
    return { path: this.path, rows: this.rows, columns: this.columns, marks: this.marks, lists: Int32Array.from(this.lists), texts: this.texts.list, hashes: Int32Array.from(this.texts.hashes), cells: this.cells, values: this.values.list }
  }
}
