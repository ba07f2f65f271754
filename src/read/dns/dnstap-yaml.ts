/** dnstap as YAML documents, as dnstap-read -y, golang's dnstap -y and dnstap-ldns -y print them: one document is one message. */
import { asUtc } from '../clock.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Released } from '../parser.js'
import { readIso, type Stamp } from '../time.js'
import { after, newTapMessage, NOTHING, tapKind, TapPairs, type Closed, type TapMessage } from './dnstap.js'
import { DumpReader } from './records.js'

/** Lines of one document that are read; a message of 64 KiB prints to fewer. */
const MAX_LINES = 5000

interface Document { readonly line: number, lines: number, message: TapMessage | undefined, section: string, dump: DumpReader | undefined }

/** A stamp without a marker is in UTC here. */
function stampOf(value: string): Stamp | undefined {
  const text = value.startsWith('!!timestamp ') ? value.slice(12) : value
  const stamp = readIso(text)
  return stamp ? asUtc(stamp) : undefined
}

const unquoted = (value: string): string => value.startsWith('"') && value.endsWith('"') && value.length > 1 ? value.slice(1, -1) : value

class TapYamlReader implements LineReader {
  private readonly pairs = new TapPairs(true)
  private open: Document | undefined

  line(text: string, number: number): LineResult {
    if (text.trim() === '') return skip('blank')
    if (text === 'type: MESSAGE') {
      const closed = this.close()
      this.open = { line: number, lines: 0, message: undefined, section: '', dump: undefined }
      return after(closed, HELD)
    }
    if (text === '---') return after(this.close(), skip('comment'))
    const { open } = this
    if (!open) return skip('not-this-format', 'no "type: MESSAGE"')
    if (!text.startsWith(' ')) return /^(?:identity|version|extra|message|type): ?/.test(text) ? MERGED : skip('not-this-format')
    open.lines++
    if (open.lines <= MAX_LINES) this.inside(open, text)
    return MERGED
  }

  end(): readonly (Draft | Released)[] {
    const { drafts, released } = this.close()
    return [...drafts, ...released, ...this.pairs.end()]
  }

  private inside(open: Document, text: string): void {
    if (text.startsWith('   ')) {
      open.dump?.line(text)
      return
    }
    const colon = text.indexOf(':')
    const key = text.slice(2, colon)
    const value = text.slice(colon + 1).trim()
    open.dump = undefined
    const { message } = open
    if (key === 'type') {
      const kind = tapKind(value)
      if (kind) open.message = newTapMessage(kind)
    } else if (message) put(message, key, value, open)
  }

  private close(): Closed {
    const { open } = this
    this.open = undefined
    if (!open) return NOTHING
    return open.message ? this.pairs.close(open.message, open.line) : { drafts: [], released: [{ line: open.line, ...skip('unsupported-record') }] }
  }
}

function put(message: TapMessage, key: string, value: string, open: Document): void {
  switch (key) {
    case 'query_time': message.queryTime = stampOf(value); break
    case 'response_time': message.responseTime = stampOf(value); break
    case 'message_size': message.bytes = /^\d+b$/.test(value) ? Number(value.slice(0, -1)) : undefined; break
    case 'socket_protocol': message.protocol = value; break
    case 'query_address': message.client = { ip: unquoted(value), port: message.client.port }; break
    case 'query_port': message.client = { ip: message.client.ip, port: Number(value) || undefined }; break
    case 'response_address': message.server = { ip: unquoted(value), port: message.server.port }; break
    case 'response_port': message.server = { ip: message.server.ip, port: Number(value) || undefined }; break
    case 'query_message': case 'response_message':
      // a response may repeat its query, which tells nothing more
      if ((key === 'query_message') === message.isQuery && value === '|') open.dump = new DumpReader(message.dns)
      break
    default: break
  }
}

/** A reader for one file. */
export function openTapYaml(): LineReader {
  return new TapYamlReader()
}
