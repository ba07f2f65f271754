/** Resource records in master file text, as dig-like dumps print them: `owner [TTL] [class] TYPE data`. */
import type { Draft } from '../parser.js'
import { dnsTypeNumber } from '../vocabulary/dns.js'

/** One answer of an event. */
export type Answer = NonNullable<NonNullable<Draft['dns']>['answers']>[number]

const CLASSES: ReadonlySet<string> = new Set(['IN', 'CH', 'HS', 'NONE', 'ANY'])
/** Text of one record that is kept; TXT and keys can be long. */
const MAX_DATA = 1024

/** Reads a record line; the class may stand before or after the TTL, and either may be missing. Undefined for what is none. */
export function readRecord(line: string): Answer | undefined {
  const words = splitWords(line, 5)
  const name = words[0]
  if (name === undefined || words.length < 3) return undefined
  let at = 1
  let ttl: number | undefined
  let recordClass: string | undefined
  for (; at < 3; at++) {
    const word = words[at]!
    if (ttl === undefined && /^\d{1,10}$/.test(word)) ttl = Number(word)
    else if (recordClass === undefined && (CLASSES.has(word) || /^CLASS\d{1,5}$/.test(word))) recordClass = word
    else break
  }
  const type = words[at]
  const data = restOf(line, at + 1)
  if (type === undefined || data === '' || dnsTypeNumber(type) === undefined) return undefined
  return { name, type: type.toUpperCase(), ...(recordClass ? { class: recordClass } : {}), ...(ttl === undefined ? {} : { ttl }), data: data.slice(0, MAX_DATA) }
}

function splitWords(line: string, most: number): string[] {
  const words: string[] = []
  let at = 0
  while (words.length < most) {
    while (isBlank(line.charCodeAt(at))) at++
    if (at >= line.length) break
    let end = at
    while (end < line.length && !isBlank(line.charCodeAt(end))) end++
    words.push(line.slice(at, end))
    at = end
  }
  return words
}

/** The text after so many words. */
function restOf(line: string, words: number): string {
  let at = 0
  for (let i = 0; i < words; i++) {
    while (isBlank(line.charCodeAt(at))) at++
    while (at < line.length && !isBlank(line.charCodeAt(at))) at++
  }
  return line.slice(at).trim()
}

const isBlank = (code: number): boolean => code === 32 || code === 9

type Dns = NonNullable<Draft['dns']>

const FLAGS: ReadonlySet<string> = new Set(['aa', 'tc', 'rd', 'ra', 'ad', 'cd'])

/**
 * Reads the dump of a message a line at a time, in the dialects of dig, kdig, miekg/dns and ldns, and puts what it says on a
 * `dns` group: code, id, flags, question, answers.
 */
export class DumpReader {
  private section = ''
  constructor(private readonly dns: Dns) {}

  line(text: string): void {
    const line = text.trim()
    if (line === '') return
    if (line.includes('->>HEADER<<-') || line.startsWith(';; opcode: ')) return this.header(line)
    const bare = line.startsWith(';;') ? line.replace(/^;+\s*/, '') : undefined
    if (bare !== undefined) {
      if (/^flags:/i.test(bare)) this.flags(bare)
      else if (/^EDNS|^OPT PSEUDOSECTION/i.test(bare)) this.section = 'OPT'
      else this.section = /^(QUESTION|ANSWER|AUTHORITY|ADDITIONAL)\b/i.exec(bare)?.[1]?.toUpperCase() ?? this.section
      return
    }
    this.entry(line)
  }

  private header(line: string): void {
    this.section = ''
    const opcode = /opcode: ?([A-Z0-9]+)/.exec(line)?.[1]
    const status = /(?:status|rcode): ?([A-Z0-9]+)/.exec(line)?.[1]
    const id = /\bid: *(\d{1,5})/.exec(line)?.[1]
    if (opcode !== undefined) this.dns.op_code = opcode
    if (status !== undefined) this.dns.response_code = status
    if (id !== undefined) this.dns.id = id
  }

  private flags(bare: string): void {
    const listed = /^flags:([^;]*?)(?:;|QUERY:|$)/i.exec(bare)?.[1] ?? ''
    this.dns.header_flags = listed.trim().toLowerCase().split(/\s+/).filter(flag => FLAGS.has(flag)).map(flag => flag.toUpperCase())
  }

  private entry(line: string): void {
    const text = line.startsWith(';') ? line.slice(1).trim() : line
    if (this.section === 'QUESTION') {
      const words = splitWords(text, 4)
      const type = words.at(-1)
      if (words.length < 2 || type === undefined || dnsTypeNumber(type) === undefined) return
      this.dns.question = { name: words[0], type: type.toUpperCase(), ...(words.length > 2 ? { class: words[1] } : {}) }
    } else if (this.section === 'ANSWER') {
      const record = readRecord(text)
      if (record) (this.dns.answers ??= []).push(record)
    } else if (this.section === 'OPT') {
      const subnet = /SUBNET: ([0-9a-fA-F.:]+\/\d+)/.exec(text)?.[1]
      if (/^EDNS: .*\bflags: ?do\b/.test(text)) (this.dns.header_flags ??= []).push('DO')
      if (subnet) this.dns.edns_subnet = subnet
      const ede = /^EDE: (\d{1,5})\b/.exec(text)?.[1]
      if (ede) this.dns.ede = [...this.dns.ede ?? [], Number(ede)]
    }
  }
}
