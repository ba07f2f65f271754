/** http2debug lines to requests. */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { putUri } from '../request.js'
import { causeOf, http2ErrorType, type Cause } from './cause.js'
import { Decoding } from './h2-decoding.js'
import { endsStream, errorCode, messageStart, parseClientError, parseField, parseFrame, type Frame } from './h2-lines.js'
import type { Stream } from './h2-stream.js'
import { Http2Table, type Framer } from './h2-table.js'
import { momentOf, peelLog, putMoment, stampIn, type Moment } from './moment.js'
import { putCause } from './verdict-draft.js'

const NOT_EVENT = skip('not-an-event')
const FOREIGN = skip('not-this-format', 'no http2debug line')

type Now = () => Moment | undefined
type Failure = Cause & { message: string }

/** What a failure of the HTTP/2 layer means once the request is on its way: its time limit ran out while waiting for the server. */
function failureOf(words: string, responded: boolean): Failure {
  const cause = causeOf(responded ? `read "": ${words}` : words)
  return { ...cause, ...(cause.type === 'timeout' ? { type: 'http_response_timeout' as const } : {}), message: words }
}

export class Http2Reader implements LineReader {
  private readonly table = new Http2Table()
  private framed = false
  private readonly decoding = new Decoding()
  private serverFields: { name: string, value: string }[] = []

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    const at = messageStart(text)
    if (at === -1) return text.trim() === '' ? skip('blank') : this.clientError(text, number, outer) ?? FOREIGN
    const now: Now = () => momentOf(this.context, at < 19 ? undefined : stampIn(text.slice(0, at)), outer)
    return this.message(text.slice(at), number, now)
  }

  private message(text: string, number: number, now: Now): LineResult {
    if (text.startsWith('http2: Framer ')) return this.framerLine(text, number, now)
    if (text.startsWith('http2: decoded hpack field header field ')) return this.decoded(parseField(text, 40))
    if (text.startsWith('http2: Transport ')) return this.transportLine(text.slice(17), number, now)
    if (text.startsWith('http2: server')) return this.serverLine(text)
    if (text.startsWith('RoundTrip failure: ')) return this.failure(text.slice(19), number, now)
    if (text.startsWith('RoundTrip retrying after failure: ')) return this.failure(text.slice(34), number, now)
    return NOT_EVENT
  }

  /** Ends streams and says what became of the line. */
  private give(self: typeof MERGED | typeof HELD | typeof NOT_EVENT, ...drafts: readonly (Draft | undefined)[]): LineResult {
    const made = [...drafts.filter(draft => draft !== undefined), ...this.table.overdue()]
    return made.length === 0 ? self : { drafts: made, self }
  }

  private close(stream: Stream, now: Moment | undefined, failure?: Failure): Draft {
    this.table.close(stream, failure !== undefined)
    this.decoding.drop(stream)
    return stream.finish(now, failure)
  }

  private framerLine(text: string, number: number, now: Now): LineResult {
    this.framed = true
    const colon = text.indexOf(': ', 16)
    const read = text.startsWith('read ', colon + 2)
    const frame = read || text.startsWith('wrote ', colon + 2) ? parseFrame(text.slice(colon + (read ? 7 : 8))) : undefined
    if (colon === -1 || !frame) return NOT_EVENT
    const framer = this.table.framer(text.slice(14, colon), !read && frame.type === 'SETTINGS' && !frame.flags.includes('ACK'))
    const settled = read ? this.settle(this.decoding.read(framer)) : []
    if (frame.type === 'GOAWAY') return this.goAway(frame, framer, read, now(), number)
    if (frame.stream === 0) return this.give(NOT_EVENT, ...settled)
    const result = framer.server ? this.serverFrame(frame, framer, read, number, now) : this.clientFrame(frame, framer, read, number, now)
    if (settled.length === 0) return result
    return typeof result === 'object' && 'drafts' in result ? { drafts: [...settled, ...result.drafts], self: result.self } : { drafts: settled, self: result as typeof MERGED }
  }

  private clientFrame(frame: Frame, framer: Framer, read: boolean, number: number, now: Now): LineResult {
    if (!read) return this.clientWrote(frame, framer, number, now)
    const answers = frame.type === 'HEADERS' || frame.type === 'DATA' || frame.type === 'RST_STREAM'
    const known = this.table.known(framer, frame.stream)
    if (!known && !(frame.type === 'HEADERS')) return answers ? MERGED : NOT_EVENT
    const { stream, made } = this.table.stream(framer, frame.stream, number, known ? undefined : now())
    return this.answer(frame, stream, made ? HELD : MERGED, now, framer)
  }

  /** A frame of the response, from the framer (level 2) or from the transport (level 1). */
  private answer(frame: Frame, stream: Stream, self: typeof MERGED | typeof HELD, now: Now, framer?: Framer): LineResult {
    switch (frame.type) {
      case 'HEADERS': {
        const moment = now()
        if (framer) this.decoding.open(stream, framer, moment)
        else stream.answered ??= moment
        if (!endsStream(frame)) return self
        if (!framer) return this.give(self, this.close(stream, moment))
        stream.ending = true
        return self
      }
      case 'DATA':
        stream.data(frame.length)
        return endsStream(frame) ? this.give(self, this.close(stream, now())) : self
      case 'RST_STREAM': {
        const code = errorCode(frame)
        const responded = stream.hasStatus || stream.answered !== undefined
        return this.give(self, this.close(stream, now(), { type: http2ErrorType(code, responded), code, message: `stream reset by the peer: ${code}` }))
      }
      default: return self
    }
  }

  /** A request whose fields are not in the trace: grpc-go has a transport of its own, which prints none. */
  private unnamed(frame: Frame, framer: Framer, number: number, now: Now): LineResult {
    if (frame.type !== 'HEADERS') return MERGED
    if (!framer.whole || frame.stream % 2 === 0) return NOT_EVENT
    const { stream } = this.table.stream(framer, frame.stream, number, now())
    stream.sent = now()
    return HELD
  }

  private clientWrote(frame: Frame, framer: Framer, number: number, now: Now): LineResult {
    const stream = frame.type === 'HEADERS' ? this.table.bind(framer, frame.stream) : this.table.known(framer, frame.stream)
    if (!stream) return this.unnamed(frame, framer, number, now)
    if (frame.type === 'HEADERS' || (frame.type === 'DATA' && endsStream(frame))) stream.sent = now()
    if (frame.type !== 'RST_STREAM') return MERGED
    const code = errorCode(frame)
    if (stream.hasStatus) return this.give(MERGED, this.close(stream, now(), { type: 'client_abort', code, message: `stream reset by us: ${code}` }))
    stream.abandoned = now()
    stream.givenUp = true // the line that says why follows
    return MERGED
  }

  private serverFrame(frame: Frame, framer: Framer, read: boolean, number: number, now: Now): LineResult {
    const known = this.table.known(framer, frame.stream)
    if (read && frame.type === 'HEADERS' && !known) {
      const { stream } = this.table.stream(framer, frame.stream, number, now())
      stream.draft.vantage = 'edge'
      this.decoding.open(stream, framer, undefined)
      return HELD
    }
    if (!known) return frame.type === 'WINDOW_UPDATE' ? NOT_EVENT : MERGED
    if (read) {
      if (frame.type !== 'RST_STREAM') return MERGED
      const code = errorCode(frame)
      return this.give(MERGED, this.closeServed(known, now(), { type: code === 'CANCEL' ? 'client_abort' : http2ErrorType(code, known.hasStatus), code, message: `stream reset by the client: ${code}` }))
    }
    return this.served(frame, known, now)
  }

  private served(frame: Frame, stream: Stream, now: Now): LineResult {
    if (frame.type === 'HEADERS') {
      for (const { name, value } of this.serverFields) stream.responseField(name, value)
      this.serverFields = []
      if (stream.hasStatus) stream.answered ??= now()
    } else if (frame.type === 'DATA') stream.data(frame.length)
    else if (frame.type === 'RST_STREAM' && errorCode(frame) !== 'NO_ERROR') {
      const code = errorCode(frame)
      return this.give(MERGED, this.closeServed(stream, now(), { type: http2ErrorType(code, stream.hasStatus), code, message: `stream reset by the server: ${code}` }))
    }
    return endsStream(frame) ? this.give(MERGED, this.closeServed(stream, now())) : MERGED
  }

  /** A server's view of a request has no client-side phases; what it knows is when its own first byte went out. */
  private closeServed(stream: Stream, now: Moment | undefined, failure?: Failure): Draft {
    const draft = this.close(stream, now, failure)
    const { wait_ms: wait } = draft.timing ?? {}
    delete draft.timing
    if (wait !== undefined) draft.cdn = { ...draft.cdn, ttfb_ms: wait }
    return draft
  }

  private decoded(field: { name: string, value: string } | undefined): LineResult {
    if (this.decoding.isIdle || !field) return NOT_EVENT
    const block = this.decoding.only()
    if (block && field.name === ':method' && !block.framer.server) {
      block.framer.server = true
      block.stream.draft.vantage = 'edge'
    }
    if (!block) {
      if (field.name === ':status') this.decoding.answered()
    } else if (block.framer.server) block.stream.requestField(field.name, field.value)
    else {
      block.stream.responseField(field.name, field.value)
      if (field.name === ':status' && block.stream.hasStatus) block.stream.answered ??= block.since
    }
    return MERGED
  }

  /** The fields of these blocks are all there, and their streams ended with them: their events are complete. */
  private settle(blocks: readonly { readonly stream: Stream, readonly since: Moment | undefined }[]): Draft[] {
    return blocks.map(({ stream, since }) => this.close(stream, since))
  }

  private transportLine(text: string, number: number, now: Now): LineResult {
    if (text.startsWith('encoding header ')) return this.encoding(parseField(text, 16), number, now)
    if (text.startsWith('received ')) return this.received(text.slice(9), number, now)
    if (text.startsWith('failed to get client conn for ')) this.table.want(text.slice(30, text.indexOf(': ', 30)))
    const made = /^creating client conn (0x[0-9a-f]+) to (\S+)$/.exec(text)
    if (made) this.table.connect(made[1]!, made[2]!)
    const gone = /^(?:readFrame error on conn|closing idle conn) (0x[0-9a-f]+)/.exec(text)
    if (gone) this.table.lost(gone[1]!)
    return NOT_EVENT
  }

  private encoding(field: { name: string, value: string } | undefined, number: number, now: Now): LineResult {
    if (!field) return NOT_EVENT
    if (field.name === ':authority') {
      const stream = this.table.begin(number, now(), this.framed)
      stream.requestField(field.name, field.value)
      if (!this.framed) this.table.count(stream, field.value)
      this.newest = stream
      return this.give(HELD)
    }
    if (!this.newest) return NOT_EVENT
    this.newest.requestField(field.name, field.value)
    return MERGED
  }

  private newest: Stream | undefined

  private received(text: string, number: number, now: Now): LineResult {
    const frame = parseFrame(text)
    if (!frame) return NOT_EVENT
    if (this.framed) {
      const settled = frame.type === 'HEADERS' ? this.settle(this.decoding.received(frame.stream, false)) : []
      return frame.stream === 0 ? NOT_EVENT : this.give(MERGED, ...settled)
    }
    if (frame.type === 'GOAWAY') return this.goAway(frame, undefined, true, now(), number)
    const stream = frame.stream === 0 ? undefined : this.table.numbered(frame.stream)
    return stream ? this.answer(frame, stream, MERGED, now) : NOT_EVENT
  }

  private serverLine(text: string): LineResult {
    const from = /^http2: server connection from (\S+) on /.exec(text)
    if (from) this.table.accept(from[1]!)
    if (text.startsWith('http2: server encoding header ')) {
      const field = parseField(text, 30)
      if (field && this.serverFields.length < 256) this.serverFields.push(field)
      return MERGED
    }
    const frame = text.startsWith('http2: server read frame ') ? parseFrame(text.slice(25)) : undefined
    if (frame?.type === 'HEADERS') this.decoding.received(frame.stream, true)
    return frame?.stream ? MERGED : NOT_EVENT
  }

  private goAway(frame: Frame, framer: Framer | undefined, read: boolean, now: Moment | undefined, number: number): LineResult {
    const code = errorCode(frame)
    const { connection } = framer ?? {}
    const draft: Draft = { type: 'http2.frame', line: number, http2: { frame: 'GOAWAY', direction: read ? 'read' : 'write', length: frame.length, error_code: code } }
    if (connection?.server) draft.server = { ...connection.server }
    if (connection?.client) draft.client = { ...connection.client }
    if (connection?.host !== undefined) draft.hostname = connection.host.replace(/:\d+$/, '')
    if (framer?.server) draft.vantage = 'edge'
    putMoment(draft, now, 'point')
    if (code !== 'NO_ERROR') draft.error = { type: http2ErrorType(code, false), code, message: `GOAWAY ${code}` }
    const last = Number(/LastStreamID=(\d{1,10})/.exec(frame.tail)?.[1] ?? NaN)
    const failure: Failure = { type: 'connection_terminated', code, message: `GOAWAY before the request was looked at: ${code}` }
    const cut = read && !framer?.server && last === last ? this.table.above(framer, last) : []
    return { drafts: [draft, ...cut.map(stream => this.close(stream, now, failure))], self: 'event' }
  }

  private failure(words: string, number: number, now: Now): LineResult {
    const stream = this.table.failing(words)
    if (stream) return this.give(MERGED, this.close(stream, stream.abandoned ?? now(), failureOf(words, stream.hasStatus)))
    const id = Number(/\bstream ID (\d{1,10})\b/.exec(words)?.[1] ?? 0)
    if (this.table.failedBefore(failed => id === 0 || failed.id === id)) return MERGED
    const draft: Draft = { type: 'log.line', line: number, message: words, error: { ...causeError(words), message: words } }
    putMoment(draft, now(), 'point')
    return draft
  }

  /** A program's own line about a request: news only where the HTTP/2 code did not tell of it. */
  private clientError(text: string, number: number, outer?: Outer): LineResult | undefined {
    const { message, stamp } = peelLog(text)
    const error = stamp === undefined || message.startsWith('trace ') ? undefined : parseClientError(message)
    if (!error) return undefined
    if (this.table.failedBefore(failed => failed.url === error.url)) return MERGED
    const draft: Draft = { type: 'http.request', line: number, http: { request: { method: error.method } }, outcome: 'failure' }
    putUri(draft, error.url)
    putCause(draft, causeOf(error.words), error.words)
    putMoment(draft, momentOf(this.context, stamp, outer), 'end')
    return draft
  }

  end(): readonly Draft[] {
    const settled = this.settle(this.decoding.all())
    const rest = [...this.table.open].map(stream => stream.givenUp ? stream.finish(stream.abandoned, { type: 'client_abort', message: 'stream reset by us' }) : stream.unfinished())
    return [...settled, ...rest]
  }
}

const causeError = (words: string): { type?: string } => { const { type } = causeOf(words); return type === undefined ? {} : { type } }
