/** The structured lines of the PowerDNS family: `key="value"` text, a JSON object of texts, or the journal's upper-case keys. */
import { readObject } from '../layouts/json.js'

/** The fields of a structured line. */
export type Fields = ReadonlyMap<string, string>

/** Reads `key="value" key="value"` from a place on; quotes and backslashes in values are escaped, keys may hold blanks. */
export function readPairs(text: string, start: number): Map<string, string> | undefined {
  const fields = new Map<string, string>()
  let at = start
  while (at < text.length) {
    const equals = text.indexOf('="', at)
    if (equals === -1) return undefined
    let close = text.indexOf('"', equals + 2)
    let escaped = false
    while (close !== -1 && isEscaped(text, close)) {
      escaped = true
      close = text.indexOf('"', close + 1)
    }
    if (close === -1) return undefined
    const value = text.slice(equals + 2, close)
    fields.set(text.slice(at, equals), escaped || value.includes('\\') ? value.replace(/\\(.)/g, '$1') : value)
    at = close + 1
    while (text.charCodeAt(at) === 32) at++
  }
  return fields
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
  return slashes % 2 === 1
}

/** Fields of a JSON object whose values are texts; the journal's keys are brought back to the program's. */
export function readTexts(text: string): Map<string, string> | undefined {
  const read = readObject(text)
  if ('skip' in read) return undefined
  const fields = new Map<string, string>()
  for (const [key, value] of Object.entries(read.object)) if (typeof value === 'string') fields.set(key, value)
  return fields.has('MESSAGE') && !fields.has('msg') ? fromJournal(fields) : fields
}

const JOURNAL_KEYS: Readonly<Record<string, string>> = { MESSAGE: 'msg', TIMESTAMP: 'ts', PDNS_TID: 'tid', PRIORITY: 'prio' }

function fromJournal(fields: Map<string, string>): Map<string, string> {
  const lower = new Map<string, string>()
  for (const [key, value] of fields) if (!key.startsWith('_')) lower.set(JOURNAL_KEYS[key] ?? key.toLowerCase(), value)
  // the key is written in mixed case by the program
  const state = lower.get('validationstate')
  if (state !== undefined) lower.set('validationState', state)
  return lower
}

/** Where the structured part of a text line begins, behind an optional stamp; -1 where there is none. */
export function pairsStart(text: string): number {
  const at = text.indexOf('msg="')
  return at === -1 || at > 40 || (at > 0 && text.charCodeAt(at - 1) !== 32) ? -1 : at
}
