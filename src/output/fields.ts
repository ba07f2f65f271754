/** Picks paths out of records and lays records flat. */

type Bag = Readonly<Record<string, unknown>>

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value at a dotted path; undefined when there is none. */
export function valueAtPath(record: unknown, path: readonly string[]): unknown {
  let value = record
  for (const key of path) {
    if (!isBag(value) || !Object.hasOwn(value, key)) return undefined
    value = value[key]
  }
  return value
}

/** Keeps the named paths of a record, nested as they were, in the order named. */
export function makePicker(fields: readonly string[]): (record: object) => object {
  const paths = fields.map(field => field.split('.'))
  return record => {
    const kept: Record<string, unknown> = {}
    for (const path of paths) {
      const value = valueAtPath(record, path)
      if (value === undefined) continue
      let at = kept
      for (const key of path.slice(0, -1)) at = (isBag(at[key]) ? at[key] : at[key] = {}) as Record<string, unknown>
      at[path.at(-1)!] = value
    }
    return kept
  }
}

/** A record as one row of texts by dotted path; lists are joined by `; `, lists of objects are JSON. */
export function flatten(record: object): Map<string, string> {
  const row = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (isBag(value)) for (const key in value) walk(value[key], path === '' ? key : `${path}.${key}`)
    else if (Array.isArray(value)) row.set(path, value.some(isBag) ? JSON.stringify(value) : value.join('; '))
    else if (value !== undefined) row.set(path, String(value))
  }
  walk(record, '')
  return row
}
