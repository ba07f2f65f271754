/**
 * JSON lines with many possible keys: the keys of the object are looked up among the declared names, instead of the names in the
 * object, so that a format may have any number of aliases at no cost.
 */
import { readObject } from '../layouts/json.js'
import { KeyTree, type Resolve } from '../layouts/key-tree.js'
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

interface Spelled { readonly at: number, readonly rank: number }

/** Where the spellings of the declared names lead: the names themselves first, then their aliases, then the groups that they lie in. */
function resolver(names: readonly string[], options: KeyedOptions): Resolve {
  const places = new Map<string, Spelled>()
  const groups = new Set<string>()
  const spell = (name: string): string => options.caseless ? name.toLowerCase() : name
  const note = (name: string, place: Spelled): void => {
    const key = spell(name)
    if (!places.has(key)) places.set(key, place)
    for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) groups.add(key.slice(0, dot))
  }
  names.forEach((name, at) => note(name, { at, rank: 0 }))
  names.forEach((name, at) => options.aliases?.[name]?.forEach((alias, index) => note(alias, { at, rank: index + 1 })))
  return (prefix, key) => {
    const spelled = spell(prefix + key)
    const place = places.get(spelled)
    return place ? { ...place, isGroup: false } : groups.has(spelled) ? { at: -1, rank: 255, isGroup: true } : undefined
  }
}

class KeyedCells implements CellReader {
  private readonly tree: KeyTree

  constructor(readonly names: readonly string[], private readonly options: KeyedOptions) {
    const absent = options.absent ?? ['-']
    const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '' || (typeof value === 'string' && value.length < 32 && absent.includes(value))
    this.tree = new KeyTree(names.length, resolver(names, options), isAbsent, () => [])
  }

  read(text: string): Cells | Skip {
    const read = readObject(text)
    if ('skip' in read) return read
    const record = this.options.unwrap ? this.options.unwrap(read.object) : read.object
    const refusal = this.options.accept?.(record)
    if (refusal) return refusal
    const cells = this.tree.begin()
    this.tree.take(record, cells)
    for (const name of this.options.within ?? []) {
      const inner = record[name]
      if (typeof inner === 'object' && inner !== null) this.tree.take(inner as Bag, cells)
    }
    for (const name of this.options.exact ?? []) this.digits(text, name, cells)
    return cells
  }

  /** Takes the digits of a number that a double cannot hold from the text. */
  private digits(text: string, name: string, cells: unknown[]): void {
    const at = this.names.indexOf(name)
    const value = at === -1 ? undefined : cells[at]
    if (typeof value === 'number' && value > Number.MAX_SAFE_INTEGER) cells[at] = digitsOf(text, name) ?? value
  }
}

/** A layout of JSON lines whose keys are looked up among the declared names and their aliases; dotted names reach into nested objects. */
export function keyedJson(options: KeyedOptions = {}): Layout {
  return { kind: 'keyed-json', absent: options.absent ?? ['-'], open: wanted => new KeyedCells(wanted, options) }
}
