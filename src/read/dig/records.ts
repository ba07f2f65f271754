/** Resource records as dig and its kin print them. */
import type { Draft } from '../parser.js'
import { dnsTypeNumber } from '../vocabulary/dns.js'

export type Answer = NonNullable<NonNullable<Draft['dns']>['answers']>[number]

const CLASSES = new Set(['IN', 'CH', 'HS', 'NONE', 'ANY', 'CLASS1'])
const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }

/** A TTL in seconds: `300`, or with +ttlunits `1h`, `1d2h30m`. */
function readTtl(text: string): number | undefined {
  if (/^\d{1,10}$/.test(text)) return Number(text)
  if (!/^(?:\d{1,7}[smhdw]){1,5}$/i.test(text)) return undefined
  let sum = 0
  for (const [, amount, unit] of text.toLowerCase().matchAll(/(\d{1,7})([smhdw])/g)) sum += Number(amount) * UNITS[unit!]!
  return sum
}

/** Cuts the next word off a text; blanks and tabs part words. */
function word(text: string, from: number): { word: string, next: number } {
  let start = from
  while (text.charCodeAt(start) === 32 || text.charCodeAt(start) === 9) start++
  let end = start
  while (end < text.length && text.charCodeAt(end) !== 32 && text.charCodeAt(end) !== 9) end++
  return { word: text.slice(start, end), next: end }
}

/** `NAME [TTL] [CLASS] TYPE RDATA` (+nottlid and +nocl leave parts out); undefined for a line that is no record. */
export function parseRecord(text: string): Answer | undefined {
  const owner = word(text, 0)
  if (owner.word === '' || text.charCodeAt(0) === 32 || text.charCodeAt(0) === 9) return undefined
  let at = word(text, owner.next)
  const ttl = readTtl(at.word)
  if (ttl !== undefined) at = word(text, at.next)
  const dnsClass = CLASSES.has(at.word) ? at.word : undefined
  if (dnsClass !== undefined) at = word(text, at.next)
  const data = text.slice(at.next).trim()
  if (data === '' || at.word !== at.word.toUpperCase() || dnsTypeNumber(at.word) === undefined) return undefined
  return { name: owner.word, type: at.word, ...(dnsClass === undefined ? {} : { class: dnsClass }), ...(ttl === undefined ? {} : { ttl }), data: /^["']|["']$/.test(data) ? data : data.replace(/[ \t]+/g, ' ') }
}

/** `NAME [CLASS] TYPE` of a question section. */
export function parseQuestion(text: string): { name: string, class?: string, type: string } | undefined {
  const words = text.trim().split(/[ \t]+/)
  const type = words.at(-1)
  if (words.length < 2 || words.length > 3 || type === undefined || dnsTypeNumber(type) === undefined) return undefined
  return { name: words[0]!, ...(words.length === 3 ? { class: words[1]! } : {}), type }
}

/** Joins lines of a record in parentheses (+multiline); comments go from `;` to the end of a line. */
export class MultiLine {
  private parts: string[] | undefined

  /** The whole record once its parenthesis closes; true while lines are missing; undefined for a line that is all there is. */
  add(text: string): string | true | undefined {
    if (!this.parts) {
      if (!/\(\s*(?:;.*)?$/.test(text)) return undefined
      this.parts = [text.slice(0, text.lastIndexOf('('))]
      return true
    }
    const mark = text.indexOf(';')
    const plain = mark === -1 ? text : text.slice(0, mark)
    const close = plain.indexOf(')')
    this.parts.push((close === -1 ? plain : plain.slice(0, close)).trim())
    if (close === -1 && this.parts.length < 200) return true
    const whole = this.parts.filter(part => part !== '').join(' ')
    this.parts = undefined
    return whole
  }

  get open(): boolean { return this.parts !== undefined }
}
