/**
 * tshark's JSON repeats keys inside one object (one per TLS record, per extension, per answer), and `JSON.parse` keeps only the last.
 * So its text is walked once, and the values of the fields we ask for are collected in the order they come, however deep they stand.
 */
import { SOURCE_KEYS, sourcesOf, type FieldKey, type Frame } from './fields.js'

const [QUOTE, BACKSLASH, COLON, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [34, 92, 58, 123, 125, 91, 93]
const NO_VALUES: readonly string[] = []
const MAX_VALUES = 4096 // of one field in one frame
/** Where `-T ek` puts its stamp, outside the layers. */
const EK_STAMP = 'timestamp'

/** Keys as one of the outputs spells them → the field's own name. */
export type KeyNames = ReadonlyMap<string, string>

/** `-T json`: fields under their own names. */
export const JSON_KEYS: KeyNames = new Map([...SOURCE_KEYS.keys()].map(name => [name, name]))

/** `-T ek`: dots are underscores, and whole layers double the protocol in front (`dns_dns_id`); with `-e` they do not (`dns_id`). */
export const EK_KEYS: KeyNames = new Map([
  ...[...SOURCE_KEYS.keys()].flatMap((name): [string, string][] => {
    const flat = name.replaceAll('.', '_')
    return [[flat, name], [`${name.split('.')[0]}_${flat}`, name]]
  }),
  [EK_STAMP, EK_STAMP],
])

/** Values of one frame by field name. */
export type Values = Map<string, string[]>

function endOfString(text: string, from: number): number {
  let end = text.indexOf('"', from)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

function unquoted(text: string, from: number, to: number): string {
  const raw = text.slice(from, to)
  if (!raw.includes('\\')) return raw
  try {
    return String(JSON.parse(`"${raw}"`))
  } catch {
    return raw
  }
}

function nextIsColon(text: string, from: number): boolean {
  let at = from
  while (text.charCodeAt(at) <= 32) at++
  return text.charCodeAt(at) === COLON
}

/**
 * Collects values from one JSON object. False where the text is no whole object: brackets that do not match, a text left open,
 * or something behind it. Numbers and booleans come as text; null is no value.
 */
export function collectValues(text: string, names: KeyNames, into: Values): boolean {
  const open: number[] = []
  let field: string | undefined
  let at = 0
  const put = (value: string): void => {
    const known = into.get(field!)
    if (known === undefined) into.set(field!, [value])
    else if (known.length < MAX_VALUES) known.push(value)
  }
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 32) continue
    if (code === QUOTE) {
      const end = endOfString(text, at + 1)
      if (end === -1) return false
      if (open.at(-1) === OPEN_BRACE && nextIsColon(text, end + 1)) field = names.get(text.slice(at + 1, end))
      else if (field !== undefined) put(unquoted(text, at + 1, end))
      at = end
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (open.length > 400) return false
      open.push(code)
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (open.pop() !== code - 2) return false
      if (open.length === 0) return text.slice(at + 1).trim() === ''
    } else if (field !== undefined && code !== COLON && code !== 44) {
      const word = /^(?:-?\d[\d.eE+-]*|true|false)/.exec(text.slice(at, at + 40))?.[0]
      if (word !== undefined) {
        put(word)
        at += word.length - 1
      }
    }
  }
  return false
}

/** Collected values as a frame. */
export class ValuesFrame implements Frame {
  constructor(private readonly values: Values) {}

  first(key: FieldKey): string { return this.all(key)[0] ?? '' }

  all(key: FieldKey): readonly string[] {
    for (const source of sourcesOf(key)) {
      const values = this.values.get(source)
      if (values !== undefined) return values
    }
    return NO_VALUES
  }

  /** The stamp of `-T ek`, in milliseconds, for frames whose own time was not asked for. */
  get stamp(): string { return this.values.get(EK_STAMP)?.[0] ?? '' }
}
