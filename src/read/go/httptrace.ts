/** Lines that name the hooks of net/http/httptrace, one request an id: the client-side phases of a Go program, each by itself. */
import { splitHostPort, canonicalIp } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { putUri } from '../request.js'
import { readSlash, round3 } from '../time.js'
import { toHttpVersion, toTlsVersion } from '../versions.js'
import { causeOf } from './cause.js'
import { goDuration, momentOf, peelLog, putMoment } from './moment.js'
import { putCause } from './verdict-draft.js'

const LINE = /^trace id=(\S{1,60}) (start|done|error after|[A-Z][A-Za-z0-9]{3,40})(?: (.*))?$/
const HOOKS = new Set(['GetConn', 'GotConn', 'PutIdleConn', 'GotFirstResponseByte', 'Got100Continue', 'Got1xxResponse', 'DNSStart', 'DNSDone', 'ConnectStart', 'ConnectDone', 'TLSHandshakeStart', 'TLSHandshakeDone', 'WroteHeaderField', 'WroteHeaders', 'Wait100Continue', 'WroteRequest', 'start', 'done', 'error after'])
const MAX_OPEN = 10_000

/** A line about a hook; undefined for any other. */
export function hookOf(message: string): { id: string, hook: string, rest: string } | undefined {
  const match = LINE.exec(message)
  return match && HOOKS.has(match[2]!) ? { id: match[1]!, hook: match[2]!, rest: match[3] ?? '' } : undefined
}

function valueOf(rest: string, key: string): string | undefined {
  const match = new RegExp(`(?:^| )${key}=("[^"]{0,300}"|\\S{1,300})`).exec(rest)?.[1]
  return match === undefined || match === '<nil>' || match === '""' ? undefined : match.replace(/^"|"$/g, '')
}

/** The error of a hook, which is the rest of its line. */
function errorOf(rest: string): string | undefined {
  const at = rest.indexOf('err=')
  const words = at === -1 ? '' : rest.slice(at + 4)
  return words === '' || words === '<nil>' ? undefined : words
}

function endOf(text: string | undefined): { ip: string, port?: number } | undefined {
  const parts = text === undefined ? undefined : splitHostPort(text)
  return parts && canonicalIp(parts.host) !== undefined ? { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) } : undefined
}

/** Wall-clock milliseconds of a line on its program's own clock, for differences only. */
function ownMs(stamp: string | undefined, wrapper: number | undefined): number | undefined {
  const local = stamp === undefined ? undefined : readSlash(stamp)
  return local && local.res_ms < 1000 ? Date.UTC(2000, local.month - 1, local.day, local.hour, local.minute, local.second) + local.fraction_ms : wrapper
}

class TracedRequest {
  readonly draft: Draft
  private readonly at = new Map<string, number>()
  constructor(line: number) { this.draft = { type: 'http.request', line, network: { transport: 'tcp' } } }

  mark(hook: string, ms: number | undefined): void {
    if (ms !== undefined && !this.at.has(hook)) this.at.set(hook, ms)
  }

  private span(from: string, to: string): number | undefined {
    const begun = this.at.get(from)
    const ended = this.at.get(to)
    return begun === undefined || ended === undefined || ended < begun ? undefined : round3(ended - begun)
  }

  finish(): Draft {
    const phases = { dns_ms: this.span('DNSStart', 'DNSDone'), connect_ms: this.span('ConnectStart', 'ConnectDone'), tls_ms: this.span('TLSHandshakeStart', 'TLSHandshakeDone'), send_ms: this.span('GotConn', 'WroteRequest'), wait_ms: this.span('WroteRequest', 'GotFirstResponseByte'), receive_ms: this.span('GotFirstResponseByte', 'done') }
    const known = Object.fromEntries(Object.entries(phases).filter(([, value]) => value !== undefined))
    if (Object.keys(known).length > 0) this.draft.timing = known
    return this.draft
  }
}

export class TraceReader implements LineReader {
  private readonly open = new Map<string, TracedRequest>()
  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const { message, stamp } = peelLog(text.trimEnd())
    const found = hookOf(message)
    if (!found) return skip('not-this-format')
    const { id, hook, rest } = found
    const known = hook === 'start' ? undefined : this.open.get(id)
    const request = known ?? new TracedRequest(number)
    const drafts: Draft[] = []
    if (!known) {
      const before = this.open.get(id)
      if (before) drafts.push(this.unfinished(before))
      if (this.open.size >= MAX_OPEN) return skip('unsupported-record', 'too many open requests')
      this.open.set(id, request)
      putMoment(request.draft, momentOf(this.context, stamp, outer), 'start')
    }
    request.mark(hook, ownMs(stamp, stamp === undefined ? outer?.ms : undefined))
    if (this.put(request, hook, rest)) {
      this.open.delete(id)
      drafts.push(request.finish())
    }
    const self = known ? MERGED : HELD
    return drafts.length === 0 ? self : { drafts, self }
  }

  /** Puts what a hook tells; true where it ends the request. */
  private put(request: TracedRequest, hook: string, rest: string): boolean {
    const { draft } = request
    const error = errorOf(rest)
    switch (hook) {
      case 'start': {
        const blank = rest.indexOf(' ')
        if (blank > 0) draft.http = { ...draft.http, request: { method: rest.slice(0, blank).toUpperCase() } }
        putUri(draft, rest.slice(blank + 1))
        return false
      }
      case 'GotConn':
        Object.assign(draft, { client: endOf(valueOf(rest, 'local')) ?? draft.client, server: endOf(valueOf(rest, 'remote')) ?? draft.server })
        return false
      case 'ConnectDone':
        if (error === undefined) draft.server ??= endOf(valueOf(rest, 'addr'))
        return false
      case 'TLSHandshakeDone':
        this.putTls(draft, rest, error)
        return false
      case 'done': return this.done(draft, rest, error)
      case 'error after': return this.failed(draft, rest)
      default: return false
    }
  }

  private putTls(draft: Draft, rest: string, error: string | undefined): void {
    const version = toTlsVersion(valueOf(rest, 'version') ?? '')
    const name = valueOf(rest, 'sni')
    const protocol = valueOf(rest, 'proto')
    const resumed = valueOf(rest, 'resumed')
    draft.tls = {
      ...(version === undefined ? {} : { version: version as '1.3', version_protocol: 'tls' as const }), established: error === undefined, ...(resumed === undefined ? {} : { resumed: resumed === 'true' }),
      ...(protocol === undefined ? {} : { next_protocol: protocol }), ...(name === undefined ? {} : { client: { server_name: name } }),
    }
  }

  private done(draft: Draft, rest: string, error: string | undefined): boolean {
    const status = Number(valueOf(rest, 'status'))
    const version = toHttpVersion(valueOf(rest, 'proto') ?? '')
    const bytes = Number(valueOf(rest, 'bytes'))
    const duration = goDuration(valueOf(rest, 'dur') ?? '')
    draft.http = { ...draft.http, ...(version === undefined ? {} : { version: version as '2' }) }
    if (status >= 100 && status <= 999) draft.http.response = { status_code: status, ...(bytes > 0 ? { body: { bytes } } : {}) }
    if (duration !== undefined) draft.duration_ms = duration
    if (error !== undefined) putCause(draft, causeOf(error), error)
    return true
  }

  private failed(draft: Draft, rest: string): boolean {
    const colon = rest.indexOf(': ')
    const duration = goDuration(colon === -1 ? rest : rest.slice(0, colon))
    const words = colon === -1 ? rest : rest.slice(colon + 2)
    if (duration !== undefined) draft.duration_ms = duration
    const cause = causeOf(words)
    // a time limit that ran out on a connection that was ready, and not in its making: the server did not answer
    const waited = cause.type === 'timeout' && draft.client !== undefined
    const { established } = draft.tls ?? {}
    putCause(draft, waited ? { ...cause, type: 'http_response_timeout' } : cause, words)
    if (established !== undefined && draft.tls) draft.tls.established = established
    draft.outcome = 'failure'
    return true
  }

  private unfinished(request: TracedRequest): Draft {
    return { ...request.finish(), outcome: 'unknown', message: 'not ended where the trace ends' }
  }

  end(): Draft[] {
    return [...this.open.values()].map(request => this.unfinished(request))
  }
}
