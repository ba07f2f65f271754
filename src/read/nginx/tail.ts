/** What stands behind the bytes of a combined line: quoted values by place, `key=value` pairs by name, and bare words that explain themselves. */
import { canonicalIp } from '../../address.js'
import { isEscaped } from '../access/escapes.js'
import { settleKey, variableOf } from './keys.js'

const QUOTE = 34
const SPACE = 32
const COMMA = 44

/** Takes a value under a variable's name. */
export type PutVariable = (name: string, value: string) => void

/** How many elements a tail has, how many of them are quoted or have a name, and how many could not be understood; those that stand bare are given too. */
export interface TailShape { elements: number, quoted: number, named: number, unknown: number, bare: string[] }

const CACHE_WORDS = new Set(['HIT', 'MISS', 'EXPIRED', 'STALE', 'UPDATING', 'REVALIDATED', 'BYPASS'])
// an item never begins with a colon, so that ` : ` can only be a separator
const LIST = '(?!:)[^ ,]+(?:(?:, | : )(?!:)[^ ,]+)*'
/** The default format of ingress-nginx, behind the user agent; before 0.26 without the second pair of brackets. */
const INGRESS = new RegExp(`^(\\d+) (\\d+\\.\\d{3}) \\[([^\\]]*)\\] (?:\\[[^\\]]*\\] )?(${LIST}) (${LIST}) (${LIST}) (${LIST}) ([0-9a-f]{32}|-)$`)
const INGRESS_NAMES = ['request_length', 'request_time', 'proxy_upstream_name', 'upstream_addr', 'upstream_response_length', 'upstream_response_time', 'upstream_status', 'request_id']

/** The closing quote of a value that begins behind `from`: one that a space or the end of the line follows; -1 where it is left open. */
function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at !== -1; at = text.indexOf('"', at + 1)) {
    if ((at + 1 === text.length || text.charCodeAt(at + 1) === SPACE) && !isEscaped(text, at)) return at
  }
  return -1
}

/** Where a bare value ends: an nginx list goes on after `, ` and around ` : `. */
function bareEnd(text: string, from: number): number {
  let end = text.indexOf(' ', from)
  while (end !== -1 && end > from && (text.charCodeAt(end - 1) === COMMA || text.startsWith(' : ', end))) {
    const next = text.indexOf(' ', end + (text.startsWith(' : ', end) ? 3 : 1))
    if (next === -1) return text.length
    end = next
  }
  return end === -1 ? text.length : end
}

/** The `=` of `key=`, or -1 where the word that begins at `at` is no pair. */
function equalsAt(text: string, at: number): number {
  for (let i = at; i < text.length && i - at < 64; i++) {
    const code = text.charCodeAt(i)
    if (code === 61) return i > at ? i : -1
    // letters, digits, `_ - . $`
    if (!((code | 32) >= 97 && (code | 32) <= 122) && !(code >= 48 && code <= 57 && i > at) && code !== 95 && code !== 45 && code !== 46 && code !== 36) return -1
  }
  return -1
}

function putPair(key: string, value: string, put: PutVariable): void {
  const name = variableOf(key)
  if (name === '') return
  if (name.charCodeAt(0) !== 63) put(name, value)
  // behind a combined line the user agent is known already, and `ua` is the upstream's address
  else if (name === '?ua') put('upstream_addr', value)
  else {
    const settled = settleKey(name, value)
    if (settled !== undefined) put(settled, value)
  }
}

/** Words that can mean one thing only. */
function bareWord(word: string, put: PutVariable): boolean {
  if (word === '-' || word === '-/-' || word === '.') return true
  if (CACHE_WORDS.has(word)) put('upstream_cache_status', word)
  else if (word.startsWith('TLSv') || word.startsWith('SSLv')) {
    const slash = word.indexOf('/')
    put('ssl_protocol', slash === -1 ? word : word.slice(0, slash))
    if (slash !== -1) put('ssl_cipher', word.slice(slash + 1))
  } else return false
  return true
}

const isForwarded = (value: string): boolean => value === '-' || value === '' || value === 'unknown' || value.split(',').every(one => canonicalIp(one.trim()) !== undefined || one.trim() === 'unknown')

/** Quoted values without a name: `referer`, `user agent`, then the forwarded addresses; a single one is the user agent unless it is a URL. */
function putQuoted(quoted: readonly string[], put: PutVariable): number {
  const [first, second, third] = quoted
  if (first !== undefined && second === undefined) put(/^https?:\/\//.test(first) ? 'http_referer' : 'http_user_agent', first)
  else if (first !== undefined && second !== undefined) {
    put('http_referer', first)
    put('http_user_agent', second)
  }
  if (third === undefined) return 0
  if (!isForwarded(third)) return quoted.length - 2
  put('http_x_forwarded_for', third)
  return quoted.length - 3
}

/** Reads the rest of a line from `at`; undefined where a quote is left open. */
export function readTail(text: string, at: number, put: PutVariable): TailShape | undefined {
  const shape: TailShape = { elements: 0, quoted: 0, named: 0, unknown: 0, bare: [] }
  const quoted: string[] = []
  let gap = false // a bare value stands between the quoted ones, so their places tell nothing
  let from = at
  while (from < text.length) {
    if (text.charCodeAt(from) === SPACE) {
      from++
      continue
    }
    shape.elements++
    if (text.charCodeAt(from) === QUOTE) {
      const close = closingQuote(text, from + 1)
      if (close === -1) return undefined
      quoted.push(text.slice(from + 1, close))
      from = close + 1
      continue
    }
    const equals = equalsAt(text, from)
    if (equals !== -1) {
      const isQuoted = text.charCodeAt(equals + 1) === QUOTE
      const end = isQuoted ? closingQuote(text, equals + 2) : bareEnd(text, equals + 1)
      if (end === -1) return undefined
      shape.named++
      putPair(text.slice(from, equals), text.slice(isQuoted ? equals + 2 : equals + 1, end), put)
      from = isQuoted ? end + 1 : end
      continue
    }
    if (quoted.length === 2 && shape.elements === 3 && readIngress(text.slice(from), put)) {
      shape.elements += INGRESS_NAMES.length
      shape.named += INGRESS_NAMES.length
      break
    }
    const end = bareEnd(text, from)
    const word = text.slice(from, end)
    // some print what is none without its quotes
    if (word === '-' && quoted.length === shape.elements - 1 && quoted.length < 2 && text.charCodeAt(end + 1) === QUOTE) quoted.push(word)
    else if (!bareWord(word, put)) {
      if (quoted.length === 1) gap = true
      put(`@bare${shape.bare.length}`, word)
      shape.bare.push(word)
      shape.unknown++
    }
    from = end
  }
  shape.quoted = quoted.length
  shape.unknown += gap && quoted.length > 1 ? quoted.length : putQuoted(quoted, put)
  return shape
}

function readIngress(rest: string, put: PutVariable): boolean {
  const match = rest.includes('] ') ? INGRESS.exec(rest) : null
  if (!match) return false
  INGRESS_NAMES.forEach((name, index) => put(name, match[index + 1]!))
  return true
}
