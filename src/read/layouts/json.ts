/** JSON lines: one object a line. A declared name is a key; where no such key exists, a dotted name is a path into nested objects. */
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

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
  if (!trimmed.startsWith('{')) return skip('not-this-format', 'not a JSON object')
  try {
    return { object: JSON.parse(trimmed) as Record<string, unknown> }
  } catch {
    return skip('invalid-json')
  }
}

class JsonCells implements CellReader {
  private readonly paths: (readonly string[] | undefined)[]
  constructor(readonly names: readonly string[], private readonly accept: (object: Record<string, unknown>) => Skip | undefined) {
    this.paths = names.map(name => name.includes('.') ? name.split('.') : undefined)
  }
  read(text: string): Cells | Skip {
    const read = readObject(text)
    if ('skip' in read) return read
    return this.accept(read.object) ?? this.names.map((name, i) => valueAt(read.object, name, this.paths[i]))
  }
}

/**
 * @param accept says why an object of the file is not a record of this table (another record type, say); undefined to take it.
 */
export function jsonLines(accept: (object: Record<string, unknown>) => Skip | undefined = () => undefined): Layout {
  return { kind: 'json', absent: ['-'], open: wanted => new JsonCells(wanted, accept) }
}
