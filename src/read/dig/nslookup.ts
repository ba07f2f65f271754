/** `nslookup` of BIND, Windows and busybox. It asks for A and then AAAA, so a new type is a new question. */
import { canonicalIp, ipFamily } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer } from '../parser.js'
import { Block, readServer, type Written } from './block.js'
import type { Answer } from './records.js'

const NOT_EVENT = skip('not-an-event')

const RECORDS: readonly (readonly [RegExp, string])[] = [
  [/^(\S{1,255})\s+canonical name = (\S{1,255})$/, 'CNAME'], [/^(\S{1,255})\s+mail exchanger = (\d{1,5} \S{1,255})$/, 'MX'], [/^(\S{1,255})\s+nameserver = (\S{1,255})$/, 'NS'],
  [/^(\S{1,255})\s+name = (\S{1,255})$/, 'PTR'], [/^(\S{1,255})\s+text =\s*(".*")$/, 'TXT'], [/^(\S{1,255})\s+service = (.{1,300})$/, 'SRV'],
]
/** `** server can't find NAME: NXDOMAIN`; Windows says it in words. */
export const CANNOT = /^\*{2,3} (?:\S{1,255} )?(?:can't|Can't) find (\S{1,255}?): (.{1,100})$/
const CODES: Readonly<Record<string, string>> = { NXDOMAIN: 'NXDOMAIN', SERVFAIL: 'SERVFAIL', REFUSED: 'REFUSED', FORMERR: 'FORMERR', NOTIMP: 'NOTIMP', 'Non-existent domain': 'NXDOMAIN', 'Server failed': 'SERVFAIL', 'Query refused': 'REFUSED', 'No answer': 'NOERROR' }
const ADDRESS = /^Address(?:es)?(?: \d{1,3})?:\s+(\S{2,60})/
const KNOWN = /^(?:\*{3} |timeout was |(?:origin|mail addr|serial|refresh|retry|expire|minimum) = |Can't |Received |Non-authoritative answer|\S{1,255}$)/

function recordOf(text: string): Answer | undefined {
  for (const [shape, type] of RECORDS) {
    const match = shape.exec(text)
    if (match) return { name: match[1]!, type, data: match[2]! }
  }
  return undefined
}

interface Group { line: number, readonly records: Answer[] }

export class NslookupReader implements LineReader {
  private server: { ip: string, port?: number } | undefined
  private name: string | undefined
  /** Of one answer: its aliases with the line of the first, and its records by type. */
  private aliases: Answer[] = []
  private aliasLine: number | undefined
  private readonly groups = new Map<string, Group>()
  private naming = false
  private lists = false
  private authority = false
  private debug = false
  private errors: string[] = []
  private written: Written | undefined

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trim()
    if (line === '') return skip('blank')
    const ms = outer?.ms
    if (ms !== undefined) this.written = { ms, res_ms: outer?.res_ms ?? 1 }
    if (/^-{12,13}$/.test(line)) {
      this.debug = !this.debug
      return NOT_EVENT
    }
    if (this.debug) return NOT_EVENT // -debug says the same again, part by part
    if (/^Server:\s/.test(line)) return this.begin()
    const address = ADDRESS.exec(line)
    if (address) return this.address(address[1]!, number, line)
    if (/^Name:\s+\S/.test(line)) return this.named(line.replace(/^Name:\s+/, ''))
    if (this.lists && canonicalIp(line) !== undefined) return this.record(line, number)
    return this.words(line, number)
  }

  private begin(): LineResult {
    this.naming = true
    this.authority = false
    const drafts = this.close()
    this.server = undefined
    return this.give(drafts, NOT_EVENT)
  }

  /** The first address is the server's own. */
  private address(text: string, number: number, line: string): LineResult {
    this.lists = line.startsWith('Addresses')
    if (!this.naming) return this.record(text, number)
    this.naming = false
    this.server = readServer(text) ?? (canonicalIp(text) === undefined ? undefined : { ip: text })
    return NOT_EVENT
  }

  private named(name: string): LineResult {
    this.lists = false
    this.name = name
    return this.groups.size > 0 || this.aliasLine !== undefined ? MERGED : NOT_EVENT
  }

  private record(address: string, number: number): LineResult {
    const canonical = canonicalIp(address)
    if (canonical === undefined || this.name === undefined) return NOT_EVENT
    return this.put({ name: this.name, type: ipFamily(canonical) === 4 ? 'A' : 'AAAA', data: address }, number)
  }

  private put(record: Answer, number: number): LineResult {
    if (this.authority) return NOT_EVENT
    if (record.type === 'CNAME') {
      this.aliases.push(record)
      if (this.aliasLine !== undefined || this.groups.size > 0) return MERGED
      this.aliasLine = number
      return HELD
    }
    const group = this.groups.get(record.type!)
    if (group) {
      if (group.records.length < 1000) group.records.push(record)
      return MERGED
    }
    const first = this.groups.size === 0 && this.aliasLine !== undefined
    this.groups.set(record.type!, { line: first ? this.aliasLine! : number, records: [record] })
    return first ? MERGED : HELD
  }

  private words(line: string, number: number): LineResult {
    if (line.startsWith('Aliases:')) return this.aliased(line.slice(8).trim())
    if (line.startsWith('Authoritative answers can be found from')) {
      this.authority = true
      return this.give(this.close(), NOT_EVENT)
    }
    const cannot = CANNOT.exec(line)
    if (cannot) return this.cannot(cannot[1]!, cannot[2]!.trim(), number)
    if (/^;; |^DNS request timed out|^\*{3} Request to \S+ timed-out/.test(line)) return this.trouble(line.replace(/^;; /, ''), number)
    const record = recordOf(line)
    if (record) return this.put(record, number)
    return KNOWN.test(line) ? NOT_EVENT : skip('not-this-format')
  }

  /** Windows names what was asked last: the first of the aliases. */
  private aliased(names: string): LineResult {
    const alias = names.split(/\s+/)[0]
    if (alias !== undefined && alias !== '' && this.name !== undefined) this.aliases.push({ name: alias, type: 'CNAME', data: this.name })
    return this.groups.size > 0 ? MERGED : NOT_EVENT
  }

  private cannot(name: string, words: string, number: number): LineResult {
    const drafts = this.close()
    const block = new Block(number, { name })
    const code = CODES[words] ?? /\b(NXDOMAIN|SERVFAIL|REFUSED|FORMERR|NOTIMP)\b/.exec(words)?.[1]
    if (code !== undefined) block.draft.dns!.response_code = code
    else block.fail(words)
    block.serve(this.server, undefined)
    return { drafts: [...drafts, block.finish(this.written)], self: 'event' }
  }

  private trouble(words: string, number: number): LineResult {
    if (!/no servers could be reached|^connection timed out|timed-out$/.test(words)) {
      if (this.errors.length < 100) this.errors.push(words)
      return NOT_EVENT
    }
    const drafts = this.close()
    const block = new Block(number, undefined)
    for (const error of this.errors) block.error(error, readServer(/ to ([0-9a-fA-F:.]{2,60}#\d{1,5})/.exec(error)?.[1] ?? '') ?? this.server)
    this.errors = []
    block.fail(words.replace(/^\*{3} /, ''))
    return { drafts: [...drafts, block.finish(this.written)], self: 'event' }
  }

  /** The events of one answer, one a type. */
  private close(): Draft[] {
    const groups = [...this.groups.values()]
    if (groups.length === 0 && this.aliasLine !== undefined) groups.push({ line: this.aliasLine, records: [] })
    const drafts = groups.map(group => {
      const block = new Block(group.line, undefined)
      for (const record of [...this.aliases, ...group.records]) block.answer(record)
      block.serve(this.server, undefined)
      block.draft.dns!.response_code = 'NOERROR' // anything else it says in words
      return block.finish(this.written)
    })
    this.groups.clear()
    this.aliases = []
    this.aliasLine = undefined
    return drafts
  }

  private give(drafts: readonly Draft[], self: typeof NOT_EVENT): LineResult {
    return drafts.length === 0 ? self : { drafts, self }
  }

  end(): readonly Draft[] {
    return this.close()
  }
}
