/** JSON lines: one object a line. A declared name is a key; where no such key exists, a dotted name is a path into nested objects. */
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'
import { KeyTree, type Resolve } from './key-tree.js'

/** The value under a key, or under a dotted path; own properties only, so `__proto__` and friends are plain text. */
export function valueAt(object: Record<string, unknown>, name: string, path: readonly string[] | undefined): unknown {
  if (Object.hasOwn(object, name)) return object[name]
  if (!path) return undefined
  let value: unknown = object
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** A line as a JSON object, or why it is none. */
export function readObject(text: string): { object: Record<string, unknown> } | Skip {
  const trimmed = text.trim()
  if (trimmed === '') return skip('blank')
  if (trimmed.charCodeAt(0) !== 123) return skip('not-this-format', 'not a JSON object')
  if (trimmed.charCodeAt(trimmed.length - 1) !== 125) return skip('invalid-json') // a line that was cut: an exception would cost ten times the line
  try {
    return { object: JSON.parse(trimmed) as Record<string, unknown> }
  } catch {
    return skip('invalid-json')
  }
}

/** A dotted name is a key of that name, else a path of keys without dots. */
function resolver(names: readonly string[]): { resolve: Resolve, ownKeys: (prefix: string) => string[] } {
  const places = new Map(names.map((name, at) => [name, at]))
  const groups = new Set(names.flatMap(name => name.split('.').slice(0, -1).map((_, index, keys) => keys.slice(0, index + 1).join('.'))))
  return {
    resolve(prefix, key) {
      const isDotted = key.includes('.')
      if (isDotted && prefix !== '') return undefined
      const at = places.get(prefix + key)
      const isGroup = !isDotted && groups.has(prefix + key)
      return at === undefined && !isGroup ? undefined : { at: at ?? -1, rank: prefix === '' ? 0 : 1, isGroup }
    },
    ownKeys: prefix => [...new Set(names.filter(name => name.startsWith(prefix)).map(name => name.slice(prefix.length).split('.', 1)[0]!))],
  }
}

class JsonCells implements CellReader {
  private readonly tree: KeyTree
  constructor(readonly names: readonly string[], private readonly accept: (object: Record<string, unknown>) => Skip | undefined) {
    const { resolve, ownKeys } = resolver(names)
    this.tree = new KeyTree(names.length, resolve, () => false, ownKeys)
  }
  read(text: string): Cells | Skip {
    const read = readObject(text)
    if ('skip' in read) return read
    const refusal = this.accept(read.object)
    if (refusal) return refusal
    const cells = this.tree.begin()
    this.tree.take(read.object, cells)
    return cells
  }
}

/**
 * @param accept says why an object of the file is not a record of this table (another record type, say); undefined to take it.
 */
export function jsonLines(accept: (object: Record<string, unknown>) => Skip | undefined = () => undefined): Layout {
  return { kind: 'json', absent: ['-'], narrows: true, open: wanted => new JsonCells(wanted, accept) }
}
