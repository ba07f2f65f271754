/** `dig +yaml`: a list of messages, each over some thirty lines. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer } from '../parser.js'
import { readIso, round3 } from '../time.js'
import { Block, type Written } from './block.js'
import { parseQuestion, parseRecord } from './records.js'

const unquoted = (text: string): string => (/^'.*'$|^".*"$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text)

/** One list item. */
class Message {
  private readonly values = new Map<string, string>()
  private readonly block: Block
  private section: string | undefined
  failure: string | undefined

  constructor(line: number) { this.block = new Block(line, undefined) }

  add(text: string): void {
    const item = /^ +- (.{1,4000})$/.exec(text)
    if (item) {
      this.item(unquoted(item[1]!.trim()))
      return
    }
    const pair = /^[ -]*([A-Za-z_]{1,40}):(?: (.{0,4000}))?$/.exec(text)
    if (!pair) {
      if (this.section === 'message' && this.values.get('type') === 'DIG_ERROR') this.failure = text.trim()
      return
    }
    this.section = pair[1]!
    const value = (pair[2] ?? '').trim()
    if (value !== '' && value !== '|' && !this.values.has(pair[1]!)) this.values.set(pair[1]!, unquoted(value))
  }

  private item(text: string): void {
    if (this.section === 'QUESTION_SECTION') this.block.draft.dns!.question = parseQuestion(text)
    const record = this.section === 'ANSWER_SECTION' ? parseRecord(text) : undefined
    if (record) this.block.answer(record)
  }

  private moment(key: string): number | undefined {
    const stamp = readIso(this.values.get(key)?.replace('!!timestamp ', '') ?? '')
    return stamp && 'ms' in stamp ? stamp.ms : undefined
  }

  finish(written: Written | undefined): Draft {
    const { block, values } = this
    if (values.get('type') === 'DIG_ERROR') {
      block.fail(this.failure ?? 'no servers could be reached')
      return block.finish(written)
    }
    const { draft } = block
    const [asked, answered] = [this.moment('query_time'), this.moment('response_time')]
    if (asked !== undefined) Object.assign(draft, { ts_ms: asked, ts_basis: 'start', ts_res_ms: 1 })
    if (asked !== undefined && answered !== undefined && answered >= asked) draft.duration_ms = round3(answered - asked)
    const protocol = values.get('socket_protocol')
    const address = values.get('response_address')
    block.serve(address === undefined ? undefined : { ip: address, ...(Number(values.get('response_port')) > 0 ? { port: Number(values.get('response_port')) } : {}) }, protocol === 'UDP' ? 'udp' : protocol === undefined ? undefined : 'tcp')
    const client = values.get('query_address')
    if (client !== undefined && client !== '0.0.0.0' && client !== '::') draft.client = { ip: client, ...(Number(values.get('query_port')) > 0 ? { port: Number(values.get('query_port')) } : {}) }
    const dns = draft.dns!
    if (values.has('opcode')) dns.op_code = values.get('opcode')
    if (values.has('status')) dns.response_code = values.get('status')
    if (values.has('id')) dns.id = values.get('id')
    block.flags(values.get('flags') ?? '')
    return block.finish(written)
  }
}

export class YamlReader implements LineReader {
  private message: Message | undefined
  private written: Written | undefined

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trimEnd()
    if (line === '') return skip('blank')
    const ms = outer?.ms
    if (ms !== undefined) this.written = { ms, res_ms: outer?.res_ms ?? 1 }
    if (line.startsWith('- type: ')) {
      const drafts = this.message ? [this.message.finish(this.written)] : []
      this.message = new Message(number)
      this.message.add(line)
      return drafts.length === 0 ? HELD : { drafts, self: HELD }
    }
    if (!this.message || !line.startsWith(' ')) return skip('not-this-format', 'no line of dig +yaml')
    this.message.add(line)
    return MERGED
  }

  end(): Draft[] {
    return this.message ? [this.message.finish(this.written)] : []
  }
}
