/**
 * dnstap in one line a message, as dnstap-read, dnstap-ldns -q, golang's dnstap -q and unbound-dnstap-socket print it, with the
 * dumps that the longer forms of the first and the last put after the line.
 */
import { splitHostPort } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Released } from '../parser.js'
import { asUtc } from '../clock.js'
import { readBind, readEpoch, readIso, readTimeOfDay, type Stamp } from '../time.js'
import { after, newTapMessage, NOBODY, NOTHING, tapKind, TapPairs, type Closed, type TapEnd, type TapMessage } from './dnstap.js'
import { momentOf } from './moment.js'
import { DumpReader } from './records.js'
import { decodeMessage } from './wire.js'

type TimeText = { readonly kind: 'bind' | 'iso' | 'clock' | 'none', readonly text: string }

/** A line cut into its parts; the time is still text. */
export interface TapLine { readonly time: TimeText, readonly message: TapMessage }

const PROTOCOL = /^(?:UDP|TCP|DOT|DOH|DOQ|NUL|DNSCryptUDP|DNSCryptTCP|)$/i

/** `198.51.100.7:47298`, and IPv6 without brackets: the port is what stands after the last colon. */
function endOf(text: string): TapEnd | undefined {
  if (text === '?') return NOBODY
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  return colon > 0 && port >= 0 && port < 65536 ? { ip: text.slice(0, colon), port } : undefined
}

const known = (part: string): string | undefined => part === '?' ? undefined : part

/** dnstap-read: `CQ 198.51.100.7:47298 -> 192.0.2.54:53 UDP 56b www.example.com/IN/A`, each part `?` where it is not known. */
function readBindForm(text: string, start: number, time: TimeText): TapLine | undefined {
  const kind = tapKind(text.slice(start, start + 2))
  const arrow = text.indexOf(' ', start + 3)
  const to = text.indexOf(' ', arrow + 4)
  const protocol = text.indexOf(' ', to + 1)
  const size = text.indexOf(' ', protocol + 1)
  const client = arrow === -1 ? undefined : endOf(text.slice(start + 3, arrow))
  const server = to === -1 ? undefined : endOf(text.slice(arrow + 4, to))
  if (!kind || !client || !server || protocol === -1 || size === -1 || text.charCodeAt(size - 1) !== 98) return undefined
  const typeAt = text.lastIndexOf('/')
  const classAt = text.lastIndexOf('/', typeAt - 1)
  const bytes = Number(text.slice(protocol + 1, size - 1))
  if (classAt <= size || !(bytes >= 0)) return undefined
  const message = newTapMessage(kind)
  message.client = client
  message.server = server
  message.protocol = text.slice(to + 1, protocol)
  message.bytes = bytes
  message.dns = { question: { name: known(text.slice(size + 1, classAt)), type: known(text.slice(typeAt + 1)), class: known(text.slice(classAt + 1, typeAt)) } }
  return { time, message }
}

/** ldns and golang: `CQ 198.51.100.7 UDP 56b "www.example.com." IN A`; of an exchange with an upstream the upstream is printed. */
function readQuotedForm(body: string, time: TimeText): TapLine | undefined {
  const match = /^([A-Z]{2}) (\S+) (\S*) (\d+)b (?:"(.*)" (\S+) (\S+)|X ?)$/.exec(body)
  const kind = match ? tapKind(match[1]!) : undefined
  if (!match || !kind || !PROTOCOL.test(match[3]!)) return undefined
  const shown: TapEnd = { ip: match[2] === 'MISSING_ADDRESS' ? undefined : match[2], port: undefined }
  const message = newTapMessage(kind)
  if (kind.role === 'CLIENT' || kind.role === 'AUTH') message.client = shown
  else message.server = shown
  message.protocol = match[3]
  message.bytes = Number(match[4])
  if (match[5] !== undefined) message.dns = { question: { name: match[5], type: match[7], class: match[6] } }
  return { time, message }
}

/** unbound-dnstap-socket: `CLIENT_QUERY 198.51.100.7 www.example.com. IN A`, without a time. */
function readUnboundForm(text: string): TapLine | undefined {
  const match = /^([A-Z]{4,9}_(?:QUERY|RESPONSE))(?: (\S+))?(?: (\S+) (IN|CH|HS|ANY|CLASS\d+) ([A-Z0-9-]+))?$/.exec(text)
  const kind = match ? tapKind(match[1]!) : undefined
  if (!match || !kind) return undefined
  const parts = match[2] === undefined ? undefined : splitHostPort(match[2])
  const message = newTapMessage(kind)
  if (parts) message.client = { ip: parts.host, port: parts.port }
  if (match[3] !== undefined) message.dns = { question: { name: match[3], type: match[5], class: match[4] } }
  return { time: { kind: 'none', text: '' }, message }
}

/** Cuts a message's line; undefined for any other text. */
export function readTapLine(text: string): TapLine | undefined {
  if (/^[A-Z]{4,9}_/.test(text)) return readUnboundForm(text)
  const code = text.charCodeAt(0)
  if (!(code >= 48 && code <= 57) && code !== 63) return undefined
  const first = text.indexOf(' ')
  if (text.charCodeAt(2) === 58 || text.startsWith('??:')) return readQuotedForm(text.slice(first + 1), { kind: 'clock', text: text.slice(0, first) })
  const second = text.indexOf(' ', first + 1)
  if (second === -1) return undefined
  const stamp = text.slice(0, second)
  if (text.charCodeAt(4) === 45) return readQuotedForm(text.slice(second + 1), { kind: 'iso', text: stamp })
  return text.charCodeAt(second + 3) === 32 ? readBindForm(text, second + 1, { kind: 'bind', text: stamp }) : undefined
}

class TapTextReader implements LineReader {
  private readonly pairs = new TapPairs(false)
  private open: { message: TapMessage, line: number, dump: DumpReader } | undefined

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const cut = readTapLine(text)
    if (!cut) return this.more(text)
    const closed = this.close()
    const time = this.timeOf(cut.time, outer)
    if (time === false) return after(closed, skip('bad-time'))
    const { message } = cut
    if (message.isQuery) message.queryTime = time
    else message.responseTime = time
    // what a dump says comes after the line, so the message is put away when the next one begins
    this.open = { message, line: number, dump: new DumpReader(message.dns) }
    return after(closed, HELD)
  }

  end(): readonly (Draft | Released)[] {
    const { drafts, released } = this.close()
    return [...drafts, ...released, ...this.pairs.end()]
  }

  private timeOf(time: TimeText, outer: Outer | undefined): Stamp | undefined | false {
    const { clock } = this.context
    switch (time.kind) {
      case 'bind': {
        if (time.text.startsWith('?')) return undefined
        const stamp = readBind(time.text)
        return stamp ? clock.resolve(stamp, outer) : false
      }
      case 'iso': {
        // printed in UTC though nothing says so
        const stamp = readIso(time.text)
        return stamp ? asUtc(stamp) : false
      }
      case 'clock': {
        if (time.text.startsWith('?')) return undefined
        const ms = readTimeOfDay(time.text)
        return ms === undefined ? false : clock.relative(ms, 0.001)
      }
      default: return momentOf(this.context, undefined, outer)
    }
  }

  /** A line of the dump that belongs to the message before it. */
  private more(text: string): LineResult {
    const { open } = this
    if (!open) return skip('not-this-format', 'no dnstap line')
    if (/^(?:[0-9A-F]{2}){12,}$/.test(text)) {
      Object.assign(open.message.dns, decodeMessage(Buffer.from(text, 'hex'))?.dns)
      return MERGED
    }
    const time = /^(query|response)_time: (\d+\.\d{9}) /.exec(text)
    if (time) {
      const stamp = readEpoch(time[2]!, 's')
      if (time[1] === 'query') open.message.queryTime = stamp
      else open.message.responseTime = stamp
      return MERGED
    }
    if (!/^(?:;|identity: |(?:query|response)_message:|\S+\.?\s+(?:\d+\s+)?[A-Z]{2,}\s)/.test(text)) return skip(/^\d\d-[A-Z][a-z]{2}-\d{4} /.test(text) ? 'incomplete' : 'not-this-format')
    open.dump.line(text)
    return MERGED
  }

  private close(): Closed {
    const { open } = this
    this.open = undefined
    return open ? this.pairs.close(open.message, open.line) : NOTHING
  }
}

/** A reader for one log. */
export function openTapText(context: ParserContext): LineReader {
  return new TapTextReader(context)
}
