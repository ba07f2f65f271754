/**
 * JSON lines with many possible keys: the keys of the object are looked up among the declared names, instead of the names in the
 * object, so that a format may have any number of aliases at no cost.
 */
import { readObject } from '../layouts/json.js'
import type { Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

type Bag = Record<string, unknown>

/** Options of a keyed JSON layout. */
export interface KeyedOptions {
  /** Says why an object of the file is not a record of this table; undefined to take it. */
  readonly accept?: (object: Bag) => Skip | undefined
  /** Takes the record out of what its sender put around it. */
  readonly unwrap?: (object: Bag) => Bag
  /** Objects whose keys count as the record's own; its own come first. */
  readonly within?: readonly string[]
  /** Keys are compared in lower case. */
  readonly caseless?: boolean
  /** Other spellings of declared names, the preferred one first; a declared name comes before its aliases. */
  readonly aliases?: Readonly<Record<string, readonly string[]>>
  /** Names whose whole numbers may exceed what a double holds (nanoseconds since 1970): their digits are taken from the text. */
  readonly exact?: readonly string[]
  readonly absent?: readonly string[]
}

interface Place { readonly at: number, readonly rank: number }
/** A key that leads to no declared name. */
const NOWHERE: Place = { at: -1, rank: Infinity }
/** A key that leads to an object with declared names in it. */
const GROUP: Place = { at: -2, rank: Infinity }
/** Keys of objects are the sender's to choose: no more than this many are remembered. */
const MAX_KEYS = 5000

/** The digits of `"name": 123…` in a JSON text. */
function digitsOf(text: string, name: string): string | undefined {
  const key = `"${name}"`
  let at = text.indexOf(key)
  if (at === -1) return undefined
  at += key.length
  while (text.charCodeAt(at) === 32 || text.charCodeAt(at) === 58) at++
  let end = at
  while (text.charCodeAt(end) >= 48 && text.charCodeAt(end) <= 57) end++
  return end > at ? text.slice(at, end) : undefined
}

class KeyedCells implements CellReader {
  private readonly places = new Map<string, Place>()
  private readonly groups = new Set<string>()
  private readonly known = new Map<string, Place>()
  private readonly ranks: number[]
  private readonly absent: ReadonlySet<unknown>

  constructor(readonly names: readonly string[], private readonly options: KeyedOptions) {
    const spell = (name: string): string => options.caseless ? name.toLowerCase() : name
    const note = (name: string, place: Place): void => {
      const key = spell(name)
      if (!this.places.has(key)) this.places.set(key, place)
      for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) this.groups.add(key.slice(0, dot))
    }
    names.forEach((name, at) => note(name, { at, rank: 0 }))
    names.forEach((name, at) => options.aliases?.[name]?.forEach((alias, index) => note(alias, { at, rank: index + 1 })))
    this.ranks = new Array<number>(names.length).fill(Infinity)
    this.absent = new Set<unknown>([undefined, null, '', ...(options.absent ?? ['-'])])
  }

  read(text: string): Cells | Skip {
    const read = readObject(text)
    if ('skip' in read) return read
    const record = this.options.unwrap ? this.options.unwrap(read.object) : read.object
    const refusal = this.options.accept?.(record)
    if (refusal) return refusal
    const cells = new Array<unknown>(this.names.length).fill(undefined)
    this.ranks.fill(Infinity)
    this.take(record, '', cells)
    for (const name of this.options.within ?? []) {
      const inner = record[name]
      if (typeof inner === 'object' && inner !== null) this.take(inner as Bag, '', cells)
    }
    for (const name of this.options.exact ?? []) {
      const at = this.names.indexOf(name)
      const value = cells[at]
      if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) cells[at] = digitsOf(text, name) ?? value
    }
    return cells
  }

  private take(bag: Bag, prefix: string, cells: unknown[]): void {
    for (const key in bag) {
      const name = prefix === '' ? key : prefix + key
      const place = this.known.get(name) ?? this.placeOf(name)
      if (place === NOWHERE) continue
      const value = bag[key]
      if (place === GROUP) {
        if (typeof value === 'object' && value !== null) this.take(value as Bag, `${name}.`, cells)
      } else if (place.rank < this.ranks[place.at]! && !this.absent.has(value)) {
        cells[place.at] = value
        this.ranks[place.at] = place.rank
      }
    }
  }

  private placeOf(name: string): Place {
    const spelled = this.options.caseless ? name.toLowerCase() : name
    const place = this.places.get(spelled) ?? (this.groups.has(spelled) ? GROUP : NOWHERE)
    if (this.known.size < MAX_KEYS) this.known.set(name, place)
    return place
  }
}

/** A layout of JSON lines whose keys are looked up among the declared names and their aliases; dotted names reach into nested objects. */
export function keyedJson(options: KeyedOptions = {}): Layout {
  return { kind: 'keyed-json', absent: options.absent ?? ['-'], open: wanted => new KeyedCells(wanted, options) }
}
