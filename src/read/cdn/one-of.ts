/** What a record must hold to be one of its table's: files of JSON lines are shared by several programs more often than not. */
import { skip, type Skip } from '../parser.js'

/** Keys that tell a request where a number stands under them; in other programs' lines it is a word. */
const WORDY = new Set(['status', 'code'])

const isCode = (value: unknown): boolean => typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))

/**
 * Refuses objects that hold none of the names, under any of their spellings: what is left of such a line (a time, a host) tells no
 * request, and an event made of it would be wrong. A dotted spelling is found by its outermost group.
 */
export function needsOneOf(names: readonly string[], aliases: Readonly<Record<string, readonly string[]>> = {}, caseless = false): (record: Record<string, unknown>) => Skip | undefined {
  const keys = new Set(names.flatMap(name => [name, ...aliases[name] ?? []]).map(name => (caseless ? name.toLowerCase() : name).split('.', 1)[0]!))
  return record => {
    for (const key in record) if (keys.has(caseless ? key.toLowerCase() : key) && (!WORDY.has(key) || isCode(record[key]))) return undefined
    return skip('not-an-event', 'no request in it')
  }
}
