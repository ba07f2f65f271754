/** `curl -v`, `--trace` and `--trace-ascii`, line by line, to exchanges. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readTimeOfDay } from '../time.js'
import { Transfer, type Link } from './transfer.js'

const NOT_EVENT = skip('not-an-event')
const FOREIGN = skip('not-this-format', 'no line of curl -v')
const DAY_MS = 86_400_000

/** A line without its time of day and its transfer's number. */
interface TraceLine { readonly kind: '*' | '>' | '<' | 'data' | 'row' | 'exit' | 'section' | 'help' | 'noise', readonly text: string, readonly tick?: number | undefined }

const HELP = ['More details here: ', 'curl failed to verify ', 'establish a secure connection', 'how to fix it, please', 'To learn more about this situation']
const REQUEST_LINE = /^[A-Z][A-Za-z_-]{0,31} \S.* HTTP\/\d/
const SECTION = /^(?:=> Send|<= Recv) (header|data|SSL data), \d{1,15} bytes \(0x[0-9a-f]+\)$/
/** The progress meter, which shares standard error; carriage returns put it before other lines. */
const METER = /^(?:(?:--|\d{1,3}) {1,3}(?:--|\d{1,3})  )?[\s\d.kMGTP]{20,100}(?:--:--:--|\d{1,4}:\d\d:\d\d|\d{1,4}d \d{1,2}h)/
/** Where a new transfer may begin: what curl says before it connects or takes a connection over. */
const OPENERS = /^(?: {2}Trying |Host \S+ was resolved|Hostname \S+ was found in DNS cache|Re-?using existing |Found bundle |Issue another request |Could not resolve |Uses proxy env |Added \S+ to DNS cache|Rebuilt URL|About to connect|Couldn't find host \S+ in the |NTLM-proxy|Resolving timed out)/

/** `[TRANSFER-CONNECTION] `, with --trace-ids or -vv; `x` where there is none yet. */
const TRANSFER = /^\[(\d{1,9}|x)-(?:\d{1,9}|x)\] /

/** The number of the transfer that a line is of; undefined where the line has none. */
export function transferOf(line: string): string | undefined {
  const at = line.charCodeAt(0) === 91 ? 0 : line.charCodeAt(16) === 91 && line.charCodeAt(2) === 58 ? 16 : -1
  return at === -1 ? undefined : TRANSFER.exec(at === 0 ? line : line.slice(at))?.[1]
}

function withoutMeter(text: string): string {
  const fresh = text.includes('\r') ? text.slice(text.lastIndexOf('\r', text.length - 2) + 1).replace(/\r$/, '') : text
  if (!METER.test(fresh)) return fresh
  const rest = fresh.slice(fresh.lastIndexOf('--:--:--') + 8)
  // the meter of parallel transfers ends in blanks
  return /^\s*[\d.]+[kMGTP]?(?: {6}(?=[*<>{}]))?(.*)$/.exec(rest)?.[1]?.trimEnd() ?? ''
}

/** What kind of trace line a text is; undefined for one that curl did not print. */
export function traceLine(whole: string): TraceLine | undefined {
  const line = withoutMeter(whole)
  if (line === '' && whole !== '') return { kind: 'noise', text: '' }
  const stamped = line.charCodeAt(2) === 58 && line.charCodeAt(8) === 46 ? readTimeOfDay(line.slice(0, 15)) : undefined
  const rest = stamped === undefined ? line : line.slice(16)
  const text = rest.charCodeAt(0) === 91 ? rest.replace(TRANSFER, '') : rest
  const tick = stamped
  const code = text.charCodeAt(0)
  const second = text.charCodeAt(1)
  if (code === 42 && second === 32) return { kind: '*', text: text.slice(2), tick }
  if ((code === 62 || code === 60) && (second === 32 || text.length === 1)) return { kind: code === 62 ? '>' : '<', text: text.slice(2), tick }
  if ((code === 123 || code === 125) && /^[{}] \[\d{1,15} bytes data\]$/.test(text)) return { kind: 'data', text, tick }
  if (text.startsWith('== Info: ')) return { kind: '*', text: text.slice(9), tick }
  if (SECTION.test(text)) return { kind: 'section', text, tick }
  if (/^[0-9a-f]{4,8}: /.test(text)) return { kind: 'row', text, tick }
  if (/^curl: \(\d{1,3}\) /.test(text)) return { kind: 'exit', text, tick }
  if (HELP.some(words => text.startsWith(words))) return { kind: 'help', text, tick }
  if (/^ {2}% Total|^DL% UL% |^ {20,}Dload|^(?:curl: |Warning: |Note: )|(?:^|[$%#>] )curl -/.test(text)) return { kind: 'noise', text, tick }
  return undefined
}

/** Header lines from the rows of a dump: 16 bytes in hexadecimal, or up to 64 characters that a line break ends early. */
class Rows {
  private text = ''
  private last = -1
  private hexadecimal: boolean | undefined

  *add(row: string): Generator<string> {
    const colon = row.indexOf(': ')
    const at = Number.parseInt(row.slice(0, colon), 16)
    const body = row.slice(colon + 2)
    this.hexadecimal ??= /^(?:[0-9a-f]{2} ){1,16}(?: |\S)/.test(body) && body.length > 48
    if (this.hexadecimal) {
      this.text += (/^(?:[0-9a-f]{2} ){1,16}/.exec(body)?.[0] ?? '').split(' ').map(pair => pair === '' ? '' : String.fromCharCode(Number.parseInt(pair, 16))).join('')
      yield* this.lines()
      return
    }
    if (this.text !== '' && at !== this.last + 64) yield* this.flush()
    this.text += body
    this.last = at
    if (body.length < 64) yield* this.flush(body === '')
  }

  private *lines(): Generator<string> {
    for (let end = this.text.indexOf('\r\n'); end !== -1; end = this.text.indexOf('\r\n')) {
      yield this.text.slice(0, end)
      this.text = this.text.slice(end + 2)
    }
  }

  /** What is left of a line. */
  *flush(blank = false): Generator<string> {
    if (this.text !== '' || blank) yield this.text
    this.text = ''
  }
}

/** What all transfers of one trace share: the clock, and the connections that are used again. */
export class Trace {
  readonly links = new Map<string, Link>()
  firstTick: number | undefined
  private dayOffset = 0
  private lastTick: number | undefined

  /** Times of day of one trace never go back; at midnight a day is added. */
  clock(tick: number | undefined): number | undefined {
    if (tick === undefined) return undefined
    if (this.lastTick !== undefined && tick + this.dayOffset < this.lastTick - DAY_MS / 2) this.dayOffset += DAY_MS
    this.lastTick = tick + this.dayOffset
    this.firstTick ??= this.lastTick
    return this.lastTick
  }
}

/** Reads one transfer after the other. */
export class VerboseReader implements LineReader {
  private current: Transfer | undefined
  private rows: Rows | undefined
  private section: '>' | '<' | undefined

  constructor(private readonly context: ParserContext, private readonly trace = new Trace()) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const line = traceLine(text)
    if (!line) return this.current?.responded ? NOT_EVENT : FOREIGN // a body on the same terminal
    const tick = this.trace.clock(line.tick)
    const at = tick ?? outer?.ms
    switch (line.kind) {
      case 'noise': return NOT_EVENT
      case 'help': return this.current ? MERGED : NOT_EVENT
      case 'exit': return this.exit(line.text, number, at, tick, outer)
      case '*': return this.info(line.text, number, at, tick, outer)
      case '>': case '<': return this.header(line.kind, line.text, number, at, tick, outer)
      case 'section': return this.begin(line.text, number, at, tick, outer)
      case 'row': return this.row(line.text, at)
      default:
        this.current?.mark('last', at)
        return this.current ? MERGED : NOT_EVENT
    }
  }

  private open(number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): Transfer {
    const transfer = new Transfer(number, at)
    this.current = transfer
    const { draft } = transfer
    const ms = outer?.ms
    const relative = ms !== undefined || tick === undefined ? undefined : this.context.clock.relative(tick - this.trace.firstTick!, 0.001)
    if (ms !== undefined) Object.assign(draft, { ts_ms: ms, ts_basis: 'start', ts_res_ms: outer?.res_ms ?? 1 })
    else if (relative) Object.assign(draft, { ts_ms: relative.ms, ts_basis: 'anchored', ts_res_ms: 0.001 })
    return transfer
  }

  /** The transfer that a line belongs to; a new one where `fresh` says that the one before is over. */
  private take(fresh: boolean, number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): { transfer: Transfer, drafts: Draft[], self: typeof HELD | typeof MERGED } {
    if (this.current && !fresh) return { transfer: this.current, drafts: [], self: MERGED }
    const drafts = this.current ? [this.close()] : []
    return { transfer: this.open(number, at, tick, outer), drafts, self: HELD }
  }

  private close(): Draft {
    const transfer = this.current!
    this.current = undefined
    return transfer.finish()
  }

  private give(drafts: readonly Draft[], self: typeof HELD | typeof MERGED): LineResult {
    return drafts.length === 0 ? self : { drafts, self }
  }

  private info(text: string, number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): LineResult {
    const { current } = this
    const opens = OPENERS.test(text)
    if (!current && !opens && !/^(?:Connected|Established connection) to /.test(text)) return NOT_EVENT
    const follows = current?.tunnelled === true && !/^CONNECT |^Proxy replied/.test(text)
    const { transfer, drafts, self } = this.take(follows || (opens && current !== undefined && (current.responded || current.done)), number, at, tick, outer)
    if (follows) transfer.follow(current.link())
    const redirect = /^Issue another request to this URL: '([^']{1,2000})'/.exec(text)
    if (redirect) transfer.aim(redirect[1]!)
    if (/^Re-?using existing /.test(text)) this.reuse(transfer, / host (\S+)/.exec(text)?.[1])
    transfer.info(text, at)
    transfer.mark('last', at)
    const left = /^Connection #?\d* ?to host (\S+) left intact/.exec(text)
    const connected = /^(?:Connected|Established connection) to (\S+) /.exec(text)?.[1] ?? left?.[1]
    if (connected !== undefined && this.trace.links.size < 1000) this.trace.links.set(connected.replace(/:\d+$/, ''), transfer.link())
    if (left || /^(?:Closing|closing|shutting down) connection/.test(text)) transfer.done = true
    return this.give(drafts, self)
  }

  private reuse(transfer: Transfer, host: string | undefined): void {
    transfer.reuse(host, host === undefined ? undefined : this.trace.links.get(host.replace(/:\d+$/, '')))
  }

  private header(kind: '>' | '<', text: string, number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): LineResult {
    const starts = kind === '>' && REQUEST_LINE.test(text)
    if (!this.current && !starts && !text.startsWith('HTTP/')) return NOT_EVENT
    const { transfer, drafts, self } = this.take(starts && this.current !== undefined && this.current.requested, number, at, tick, outer)
    this.headerLine(transfer, kind, text, starts, at)
    return this.give(drafts, self)
  }

  private headerLine(transfer: Transfer, kind: '>' | '<', text: string, starts: boolean, at: number | undefined): void {
    transfer.mark('last', at)
    if (starts) transfer.requestLine(text, at)
    else if (kind === '<' && text.startsWith('HTTP/')) transfer.statusLine(text, at)
    else this.field(transfer, kind, text)
  }

  private field(transfer: Transfer, kind: '>' | '<', text: string): void {
    const colon = text.indexOf(':')
    if (colon < 1) return
    const value = text.slice(colon + 1).trim()
    if (kind === '>') transfer.requestHeader(text.slice(0, colon), value)
    else transfer.responseHeader(text.slice(0, colon), value)
  }

  private begin(text: string, number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): LineResult {
    this.section = text.includes(' header, ') ? text.startsWith('=>') ? '>' : '<' : undefined
    this.rows = this.section ? new Rows() : undefined
    const fresh = this.section === '>' && this.current !== undefined && this.current.requested
    if (!this.current && !this.section) return NOT_EVENT
    const { transfer, drafts, self } = this.take(fresh, number, at, tick, outer)
    transfer.mark('last', at)
    this.rowTick = at
    return this.give(drafts, self)
  }

  private rowTick: number | undefined

  /** Rows never begin an exchange: the section above them did. */
  private row(text: string, at: number | undefined): LineResult {
    const { current, section } = this
    if (!current) return NOT_EVENT
    if (section && this.rows) for (const line of this.rows.add(text)) this.headerLine(current, section, line, section === '>' && !current.requested && REQUEST_LINE.test(line), at ?? this.rowTick)
    return MERGED
  }

  private exit(text: string, number: number, at: number | undefined, tick: number | undefined, outer: Outer | undefined): LineResult {
    const [prefix, code] = /^curl: \((\d{1,3})\) /.exec(text)!
    const { transfer, drafts, self } = this.take(this.current?.failed === true, number, at, tick, outer)
    transfer.exited(Number(code), text.slice(prefix!.length, 2000))
    transfer.mark('last', at)
    if (self === HELD) transfer.done = true
    return this.give(drafts, self)
  }

  end(): readonly Draft[] {
    return this.current ? [this.close()] : []
  }
}
