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

/** A wanted key; without `inner` all of what stands under it is. */
interface Wanted { readonly key: string, inner: Wanted[] | undefined }

function want(wanted: Wanted[], [key, ...rest]: readonly string[]): void {
  let one = wanted.find(other => other.key === key)
  if (!one) wanted.push(one = { key: key!, inner: rest.length === 0 ? undefined : [] })
  if (rest.length === 0) one.inner = undefined
  else if (one.inner) want(one.inner, rest)
}

function pick(from: Bag, wanted: readonly Wanted[]): Bag | undefined {
  let kept: Record<string, unknown> | undefined
  for (const { key, inner } of wanted) {
    if (!Object.hasOwn(from, key)) continue
    const value = inner === undefined ? from[key] : isBag(from[key]) ? pick(from[key], inner) : undefined
    if (value !== undefined) (kept ??= {})[key] = value
  }
  return kept
}

/** Keeps the named paths of a record, nested as they were; groups and fields in the order in which they were first named, whatever a record lacks. */
export function makePicker(fields: readonly string[]): (record: object) => object {
  const wanted: Wanted[] = []
  for (const field of fields) want(wanted, field.split('.'))
  return record => pick(record as Bag, wanted) ?? {}
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
