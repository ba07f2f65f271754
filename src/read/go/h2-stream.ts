/** One HTTP/2 stream of an http2debug trace, from its header block to its end, as one request. */
import { splitHostPort } from '../../address.js'
import { putResponseHeader } from '../curl/response-headers.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import { round3 } from '../time.js'
import type { Cause } from './cause.js'
import { between, putMoment, type Moment } from './moment.js'
import { putCause } from './verdict-draft.js'

/** A connection: the client's own name for it, its ends, and what runs over it. */
export interface Connection {
  readonly pointer: string
  readonly server?: { ip: string, port?: number } | undefined
  readonly client?: { ip: string, port?: number } | undefined
  /** host:port asked for, where only one was. */
  readonly host?: string | undefined
  framer?: string
  /** Id of the next stream, where ids must be counted (level 1). */
  next: number
  readonly streams: Map<number, Stream>
}

export class Stream {
  readonly draft: Draft = { type: 'http.request', network: { transport: 'tcp' }, http: { version: '2' } }
  id = 0
  connection: Connection | undefined
  /** The request's headers went out, and its last byte did; the response's headers came, and its last byte did. */
  sent: Moment | undefined
  answered: Moment | undefined
  hasStatus = false
  /** We gave the stream up (wrote RST_STREAM) and a line that says why may follow. */
  abandoned: Moment | undefined
  givenUp = false
  /** END_STREAM stood on a HEADERS frame whose fields are still to come. */
  ending = false
  private bytes = 0
  private readonly pseudo = new Set<string>()
  private mixed = false

  constructor(readonly line: number, readonly begun: Moment | undefined, readonly level: 1 | 2) {
    this.draft.line = line
    putMoment(this.draft, begun, 'start')
  }

  /** True once the four pseudo headers (or the three of CONNECT) are there. */
  get complete(): boolean { return this.pseudo.has(':path') || this.pseudo.size > 3 }

  /** Another block began before this one was complete: which path belongs to which can no longer be told. */
  mix(): void { this.mixed = true }

  requestField(name: string, value: string): void {
    if (name.charCodeAt(0) === 58) {
      if (this.pseudo.has(name)) return
      this.pseudo.add(name)
    }
    const { draft } = this
    switch (name) {
      case ':authority': this.authority(value); break
      case ':method': draft.http = { ...draft.http, request: { ...draft.http?.request, method: value } }; break
      case ':scheme': draft.url = { ...draft.url, scheme: value }; break
      case ':path':
        if (!this.mixed) putUri(draft, value)
        break
      case 'user-agent': draft.user_agent = { original: value }; break
      case 'referer': draft.http = { ...draft.http, request: { ...draft.http?.request, referrer: value } }; break
      default: // authorization, cookies and the rest are not kept
    }
  }

  private authority(value: string): void {
    const parts = splitHostPort(value)
    if (parts) this.draft.url = { ...this.draft.url, domain: parts.host, ...(parts.port ? { port: parts.port } : {}) }
  }

  responseField(name: string, value: string): void {
    if (name === ':status') {
      const status = Number(value)
      if (!(status >= 200 && status <= 999)) return // 1xx: the real one follows
      this.draft.http = { ...this.draft.http, response: { ...this.draft.http?.response, status_code: status } }
      this.hasStatus = true
    } else if (name.charCodeAt(0) !== 58) putResponseHeader(this.draft, name, value)
  }

  data(length: number): void { this.bytes += length }

  /** The draft of a stream that ended; with a cause where it failed. */
  finish(now: Moment | undefined, cause?: Cause & { message: string }): Draft {
    const { draft } = this
    if (this.connection?.server) draft.server = { ...this.connection.server }
    if (this.connection?.client) draft.client = { ...this.connection.client }
    if (this.bytes > 0) draft.http = { ...draft.http, response: { ...draft.http?.response, body: { bytes: this.bytes } } }
    this.times(now, cause === undefined)
    if (cause) {
      putCause(draft, { ...cause, beforeRequest: undefined }, cause.message)
      draft.outcome = 'failure'
    }
    return draft
  }

  private times(now: Moment | undefined, whole: boolean): void {
    const { draft } = this
    const total = between(this.begun, now)
    const wait = between(this.sent ?? this.begun, this.answered)
    const receive = whole ? between(this.answered, now) : undefined
    if (total !== undefined) draft.duration_ms = round3(total)
    if (wait === undefined && receive === undefined) return
    draft.timing = { ...(wait === undefined ? {} : { wait_ms: wait }), ...(receive === undefined ? {} : { receive_ms: receive }) }
  }

  /** The draft of a stream that had not ended where the trace ends: the stall, if there is one. */
  unfinished(): Draft {
    const draft = this.finish(undefined)
    draft.outcome = 'unknown'
    draft.message = this.hasStatus ? 'the response body had not ended where the trace ends' : 'no response headers where the trace ends'
    return draft
  }
}
