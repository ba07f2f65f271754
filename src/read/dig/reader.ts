/** dig's and kdig's text, line by line, to answers. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readIso, readUnixDate, type LocalStamp, type Stamp } from '../time.js'
import { readCommand, type Command } from './banner.js'
import { Block, readServer, transportOf, type Written } from './block.js'
import { MultiLine, parseQuestion, parseRecord } from './records.js'

const NOT_EVENT = skip('not-an-event')
const FOREIGN = skip('not-this-format', 'no line of dig')

type Section = 'question' | 'answer' | 'other' | 'opt' | undefined

export class DigReader implements LineReader {
  private block: Block | undefined
  private command: Command | undefined
  private asked = 0
  private section: Section
  private sending = false
  private written: Written | undefined
  private lastFailure = ''
  private hops = 0
  private readonly multi = new MultiLine()

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trimEnd()
    if (line === '') {
      this.section = this.section === 'opt' ? undefined : this.section
      return skip('blank')
    }
    const ms = outer?.ms
    if (ms !== undefined) this.written = { ms, res_ms: outer?.res_ms ?? 1 }
    if (this.multi.open) return this.record(line, number)
    if (line.startsWith('; <<>> DiG ') || line.startsWith('; <<>> kdig ')) return this.banner(line, number)
    if (line.startsWith(';; ')) return this.footer(line.slice(3), number)
    if (line.startsWith(';')) return this.comment(line.slice(1), number)
    if (/^(?:\S*\/)?dig: /.test(line)) return this.complaint(line, number)
    return this.record(line, number)
  }

  private open(number: number): Block {
    const asked = this.command?.questions[this.command.trace ? 0 : this.asked++]
    this.block = new Block(number, asked)
    this.section = undefined
    return this.block
  }

  /** The block a line belongs to; where there is none, the line is the first of a new one. */
  private take(number: number): { block: Block, self: typeof HELD | typeof MERGED } {
    if (this.block) return { block: this.block, self: MERGED }
    return { block: this.open(number), self: HELD }
  }

  private close(): Draft[] {
    const { block } = this
    if (!block) return []
    this.block = undefined
    this.sending = false
    return [block.finish(this.written)]
  }

  private give(drafts: readonly Draft[], self: typeof HELD | typeof MERGED): LineResult {
    return drafts.length === 0 ? self : { drafts, self }
  }

  private next(number: number): LineResult {
    const drafts = this.close()
    this.open(number)
    return this.give(drafts, HELD)
  }

  /** `; <<>> DiG 9.18 <<>> ARGUMENTS` comes after the tries that failed before it. */
  private banner(line: string, number: number): LineResult {
    const at = line.indexOf('<<>>', 7)
    this.command = readCommand(at === -1 ? '' : line.slice(at + 4))
    this.asked = 0
    this.hops = 0
    const fresh = this.block !== undefined && this.block.hasHeader
    const drafts = fresh ? this.close() : []
    if (this.block) {
      this.block.asked ??= this.command.questions[this.asked++]
      return MERGED
    }
    this.open(number)
    return this.give(drafts, HELD)
  }

  /** Lines with two semicolons: headers, sections, statistics, failures. */
  private footer(text: string, number: number): LineResult {
    const colon = text.indexOf(':')
    const key = colon === -1 ? text : text.slice(0, colon)
    const value = text.slice(colon + 1).trim()
    switch (key) {
      case 'Got answer': case 'Sending': return this.message(key, number)
      case '->>HEADER<<- opcode': return this.head(text, number)
      case 'flags': case 'Flags': return this.into(number, block => { block.flags(value) })
      case 'QUESTION SECTION': return this.enter('question', number)
      case 'ANSWER SECTION': return this.enter('answer', number)
      case 'AUTHORITY SECTION': case 'ADDITIONAL SECTION': return this.enter('other', number)
      case 'OPT PSEUDOSECTION': case 'EDNS PSEUDOSECTION': return this.enter('opt', number)
      case 'Query time': return this.into(number, block => { this.duration(block, value) })
      case 'SERVER': return this.into(number, block => { block.serve(readServer(value), transportOf(/ \(([A-Z]+)\)$/.exec(value)?.[1])) })
      case 'WHEN': return this.into(number, block => { this.date(block, value) })
      case 'MSG SIZE  rcvd': case 'XFR size': return this.last(number)
      default: return this.section === 'opt' && this.block ? this.into(number, block => { block.edns(text) }) : this.otherFooter(text, number)
    }
  }

  private into(number: number, put: (block: Block) => void): LineResult {
    const { block, self } = this.take(number)
    put(block)
    return self
  }

  private enter(section: Section, number: number): LineResult {
    this.section = section
    const { self } = this.take(number)
    this.section = section
    return self
  }

  private message(key: string, number: number): LineResult {
    const { block } = this
    if (key === 'Got answer' && this.sending && block) { // what was sent is not what came back
      this.sending = false
      this.block = new Block(block.line, block.asked)
      return MERGED
    }
    const result = block?.hasHeader ? this.next(number) : this.into(number, () => {})
    if (key === 'Sending') this.sending = true
    return result
  }

  private head(text: string, number: number): LineResult {
    const result = this.block?.hasHeader && !this.sending ? this.next(number) : this.into(number, () => {})
    this.block!.header(text)
    this.section = undefined
    return result
  }

  private duration(block: Block, value: string): void {
    const match = /^(\d{1,12}) (msec|usec)$/.exec(value)
    if (match) block.draft.duration_ms = match[2] === 'msec' ? Number(match[1]) : Math.round(Number(match[1])) / 1000
  }

  /** WHEN is when the answer had come, in whole seconds; abbreviations of zones name several, so only a stated zone reads them. */
  private date(block: Block, value: string, read: (text: string) => Stamp | LocalStamp | undefined = text => readUnixDate(text, this.context.clock.zoneIsStated)): void {
    const stamp = this.written === undefined ? read(value) : undefined
    const resolved = stamp && this.context.clock.resolve(stamp)
    if (resolved) Object.assign(block.draft, { ts_ms: resolved.ms, ts_basis: 'end', ts_res_ms: resolved.res_ms })
  }

  private last(number: number): LineResult {
    const { self } = this.take(number)
    return this.give(this.close(), self)
  }

  private otherFooter(text: string, number: number): LineResult {
    const received = /^Received (\d{1,9}) bytes from (\S{3,80}) in (\d{1,9}) (ms|us)$/.exec(text) // +trace: one hop
    if (received) {
      const { block, self } = this.take(number)
      block.serve(readServer(received[2]!), undefined)
      block.draft.duration_ms = received[4] === 'ms' ? Number(received[3]) : Number(received[3]) / 1000
      return this.give(this.hop(block), self)
    }
    const from = /^From (\S{3,80}?)\(([A-Z]+)\) in (\d{1,9}(?:\.\d{1,6})?) ms$/.exec(text)
    if (from) {
      const { block, self } = this.take(number)
      block.serve(readServer(from[1]!), transportOf(from[2]))
      block.draft.duration_ms = Number(from[3])
      return this.give(this.close(), self)
    }
    if (text.startsWith('Time ')) return this.into(number, block => { this.date(block, text.slice(5), value => readIso(value) ?? (this.context.clock.zoneIsStated ? readIso(value.replace(/ [A-Z]{2,5}$/, '')) : undefined)) })
    return this.trouble(text, number)
  }

  /** A hop's answer belongs to its question only where it is about it; a referral does not. */
  private hop(block: Block): Draft[] {
    if (this.hops++ === 0) block.asked = { name: '.', type: 'NS' } // the first hop asks the resolver for the root's servers
    const name = block.asked?.name.toLowerCase().replace(/\.$/, '')
    const about = block.answers.some(answer => answer.name?.toLowerCase().replace(/\.$/, '') === name && answer.type !== 'NS' && answer.type !== 'SOA')
    if (!about) block.answers.length = 0
    return this.close()
  }

  private trouble(text: string, number: number): LineResult {
    if (/^(?:communications error to|Connection to|UDP setup with|WARNING: (?:response timeout|connection|TLS|failed))/i.test(text)) {
      const server = readServer(/(?:to|with|for|from) ([0-9a-fA-F:.]{2,60}[#@]\d{1,5})/.exec(text)?.[1] ?? '')
      const name = /\) for (\S{1,255}) failed/.exec(text)?.[1]
      const drafts = this.block?.hasHeader || this.block?.isBare ? this.close() : []
      const { block, self } = this.take(number)
      if (name !== undefined) block.asked ??= { name }
      block.error(text, server)
      return this.give(drafts, self)
    }
    if (/no servers could be reached|^ERROR: failed to query server|^connection timed out/.test(text)) return this.failed(text, number)
    if (this.block) return MERGED
    return /^(?:global options|Truncated|Warning|WARNING|Received|ERROR|Question section mismatch|Got |reply from|expected|TLS session|DEBUG|HTTP|Padding|ext-rcode)/.test(text) ? this.into(number, () => {}) : FOREIGN
  }

  private failed(text: string, number: number): LineResult {
    const before = this.block?.isBare ? this.close() : [] // records alone were another's answer
    const { block, self } = this.take(number)
    const asked = /^ERROR: failed to query server (\S{3,80}?)\(([A-Z]+)\)/.exec(text)
    if (asked) block.serve(block.draft.server ?? readServer(asked[1]!), transportOf(asked[2]))
    block.fail(text)
    const draft = this.close()
    // a command that asks again over TCP says the same once more
    const words = `${draft[0]!.error?.message ?? ''} ${draft[0]!.dns?.question?.name ?? ''}`
    const again = words === this.lastFailure && block.asked !== undefined && this.command === undefined
    this.lastFailure = words
    if (again && self === MERGED) this.repeated.push({ ...NOT_EVENT, line: block.line })
    return again && self === MERGED ? MERGED : this.give([...before, ...draft], self)
  }

  private readonly repeated: { skip: string, line: number }[] = []

  /** Lines with one semicolon: questions, EDNS facts, and remarks. */
  private comment(text: string, number: number): LineResult {
    const words = text.trim()
    if (this.section === 'opt' || /^ (?:EDNS|COOKIE|CLIENT-SUBNET|EDE|NSID|PAD|EXPIRE)\b/.test(text)) return this.block ? this.into(number, block => { block.edns(words) }) : FOREIGN
    const question = this.section === 'question' ? parseQuestion(words.startsWith(';') ? words.slice(1) : words) : undefined
    if (question) return this.into(number, block => { block.draft.dns!.question = question })
    if (words === 'Transfer failed.') return this.failed(words, number)
    return this.block ? MERGED : words.startsWith('(') ? NOT_EVENT : FOREIGN
  }

  private complaint(line: string, number: number): LineResult {
    const words = line.slice(line.indexOf('dig: ') + 5)
    if (!words.startsWith('couldn\'t get address')) return NOT_EVENT
    return this.failed(words, number)
  }

  private record(line: string, number: number): LineResult {
    const identified = /^(\S{1,1000}) from server (\S{2,80}) in (\d{1,9}) (ms|us)\.$/.exec(line)
    if (identified) return this.identified(identified, number)
    const whole = this.multi.add(line)
    if (whole === true) return this.block ? MERGED : this.into(number, () => {})
    const record = parseRecord(whole ?? line)
    if (!record) return this.section !== undefined && this.block ? MERGED : /^(?:\S+\.|[0-9a-fA-F:.]{3,45}|".*"|\d{1,5} \S+\.)$/.test(line) ? NOT_EVENT : FOREIGN
    return this.put(record, number)
  }

  private put(record: NonNullable<ReturnType<typeof parseRecord>>, number: number): LineResult {
    if (this.command?.transfer) return this.into(number, () => {}) // a zone is no answer to a look-up
    const bare = this.block !== undefined && !this.block.hasHeader && this.command?.trace !== true
    const fresh = bare && this.block!.answers.length > 0 && !this.block!.continues(record)
    const drafts = fresh ? this.close() : []
    const { block, self } = this.take(number)
    if (this.section === 'answer' || (!block.hasHeader && this.section === undefined)) block.answer(record)
    return this.give(drafts, self)
  }

  /** +short +identify names the server and the time, and of the question nothing. */
  private identified(match: RegExpExecArray, number: number): LineResult {
    const data = match[1]!
    const drafts = this.close()
    const block = new Block(number, undefined)
    block.serve({ ip: match[2]! }, undefined)
    block.draft.duration_ms = match[4] === 'ms' ? Number(match[3]) : Number(match[3]) / 1000
    block.answer({ data, ...(/^[\d.]{7,15}$/.test(data) ? { type: 'A' } : /^[0-9a-fA-F:.]*:[0-9a-fA-F:.]*$/.test(data) ? { type: 'AAAA' } : {}) })
    const draft = block.finish(this.written)
    delete draft.dns!.question
    return { drafts: [...drafts, draft], self: 'event' }
  }

  end(): readonly (Draft | { skip: string, line: number })[] {
    const { block } = this
    const empty = block !== undefined && block.isEmpty && !block.isFailed
    const rest = empty ? [{ ...NOT_EVENT, line: block.line }] : this.close()
    return [...rest, ...this.repeated]
  }
}
