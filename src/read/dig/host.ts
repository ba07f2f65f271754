/** `host`: sentences about records. It asks for A, AAAA and MX one after the other, so a new type is a new question. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { Block, readServer, type Written } from './block.js'
import { DigReader } from './reader.js'
import type { Answer } from './records.js'

const NOT_EVENT = skip('not-an-event')

const SENTENCES: readonly (readonly [RegExp, string])[] = [
  [/^(\S{1,255}) is an alias for (\S{1,255})$/, 'CNAME'], [/^(\S{1,255}) has address (\S{7,15})$/, 'A'], [/^(\S{1,255}) has IPv6 address (\S{2,45})$/, 'AAAA'],
  [/^(\S{1,255}) mail is handled by (\d{1,5} \S{1,255})$/, 'MX'], [/^(\S{1,255}) name server (\S{1,255})$/, 'NS'], [/^(\S{1,255}) domain name pointer (\S{1,255})$/, 'PTR'],
  [/^(\S{1,255}) descriptive text (".*")$/, 'TXT'], [/^(\S{1,255}) has HTTP service bindings (.{1,2000})$/, 'HTTPS'],
]

/** A sentence about a record; undefined for any other line. */
export function sentence(text: string): Answer | undefined {
  for (const [shape, type] of SENTENCES) {
    const match = shape.exec(text)
    if (match) return { name: match[1]!, type, data: match[2]! }
  }
  const other = /^(\S{1,255}) has ([A-Z0-9]{2,12}) record (.{1,2000})$/.exec(text)
  return other ? { name: other[1]!, type: other[2]!, data: other[3]! } : undefined
}

/** `Host NAME not found: 3(NXDOMAIN)`. */
export const NOT_FOUND = /^Host (\S{1,255}) not found: \d{1,3}\(([A-Z]{3,12})\)$/
export const NO_RECORD = /^(\S{1,255}) has no ([A-Z0-9]{1,12}) record$/

/** `host -C` asks every name server of a zone for its SOA record, and prints the server's address above each answer. */
export const NAMESERVER = /^Nameserver ([0-9a-fA-F:.]{2,45}):$/

export class HostReader implements LineReader {
  private block: Block | undefined
  private type: string | undefined
  private server: { ip: string, port?: number } | undefined
  private naming = false
  private written: Written | undefined
  private readonly verbose: DigReader
  private inside = false

  constructor(context: ParserContext) { this.verbose = new DigReader(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trim()
    if (line === '') return skip('blank')
    const ms = outer?.ms
    if (ms !== undefined) this.written = { ms, res_ms: outer?.res_ms ?? 1 }
    if (this.naming || line === 'Using domain server:') return this.named(line)
    const asked = NAMESERVER.exec(line)
    if (asked) {
      const drafts = this.close()
      this.server = { ip: asked[1]! }
      return this.give(drafts, NOT_EVENT)
    }
    if (line.startsWith('Trying "')) {
      this.inside = true
      return this.give(this.close(), NOT_EVENT)
    }
    const received = /^Received \d{1,9} bytes from ([0-9a-fA-F:.]{2,60})#(\d{1,5}) in (\d{1,9}) ms$/.exec(line)
    if (received) return this.verbose.line(`;; From ${received[1]!}@${received[2]!}(-) in ${received[3]!} ms`.replace('(-)', '(NONE)'), number, outer)
    if (this.inside || line.startsWith(';')) return this.verbose.line(text, number, outer)
    return this.said(line, number)
  }

  /** `Using domain server:` with its name, address and aliases below. */
  private named(line: string): LineResult {
    this.naming = !line.startsWith('Aliases:')
    if (line.startsWith('Address: ')) this.server = readServer(line.slice(9))
    return this.give(this.close(), NOT_EVENT)
  }

  private give(drafts: readonly Draft[], self: typeof HELD | typeof MERGED | typeof NOT_EVENT): LineResult {
    return drafts.length === 0 ? self : { drafts, self }
  }

  private close(): Draft[] {
    const { block } = this
    this.block = undefined
    return block ? [block.finish(this.written)] : []
  }

  private said(line: string, number: number): LineResult {
    const record = sentence(line)
    if (record) return this.record(record, number)
    const missing = NOT_FOUND.exec(line)
    const none = missing ? null : NO_RECORD.exec(line)
    if (!missing && !none) return skip('not-this-format')
    const drafts = this.close()
    const block = new Block(number, { name: missing?.[1] ?? none![1]!, ...(none ? { type: none[2]! } : {}) })
    block.draft.dns!.response_code = missing?.[2] ?? 'NOERROR'
    block.serve(this.server, undefined)
    return { drafts: [...drafts, block.finish(this.written)], self: 'event' }
  }

  private record(record: Answer, number: number): LineResult {
    const changes = record.type !== 'CNAME' && this.type !== undefined && this.type !== record.type
    const fresh = this.block !== undefined && (changes || !this.block.continues(record))
    const drafts = fresh ? this.close() : []
    const self = this.block ? MERGED : HELD
    if (!this.block) {
      this.block = new Block(number, undefined)
      this.block.serve(this.server, undefined)
      this.block.draft.dns!.response_code = 'NOERROR' // anything else it says in words
      this.type = undefined
    }
    if (record.type !== 'CNAME') this.type = record.type
    this.block.answer(record)
    return this.give(drafts, self)
  }

  end(): readonly (Draft | { skip: string, line: number })[] {
    return [...this.close(), ...this.verbose.end()]
  }
}
