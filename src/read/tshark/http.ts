/** HTTP requests from frames that could be read: clear text, or decrypted with a key log. A request and its reply are one event. */
import { canonicalIp, intern, splitHostPort } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineResult } from '../parser.js'
import { putUri } from '../request.js'
import { round3 } from '../time.js'
import { toHttpVersion } from '../versions.js'
import { OpenEvents } from '../wire/open-events.js'
import { end, type Ends } from './ends.js'
import { numberOf, type Frame } from './fields.js'

/** Whether a frame begins or answers a request. */
export const hasHttp = (frame: Frame): boolean => frame.first('httpMethod') !== '' || frame.first('httpStatus') !== ''

const lengthOf = (frame: Frame): number | undefined => numberOf(frame.first('httpLength'))

function isTls(frame: Frame): boolean { return frame.first('tlsContent') !== '' || frame.first('tlsOpaque') !== '' }

function versionOf(frame: Frame): string | undefined {
  if (frame.first('http2Headers') !== '') return '2'
  return frame.first('quic') !== '' ? '3' : toHttpVersion(frame.first('httpVersion'))
}

function readRequest(frame: Frame, ends: Ends, base: Draft): Draft {
  const draft: Draft = { ...base, type: 'http.request', client: end(ends.srcIp, ends.srcPort), server: end(ends.dstIp, ends.dstPort) }
  const method = intern(frame.first('httpMethod'))
  const version = versionOf(frame)
  const body = lengthOf(frame)
  const [host, referer, agent] = [splitHostPort(intern(frame.first('httpHost'))), intern(frame.first('httpReferer')), intern(frame.first('httpAgent'))]
  putUri(draft, intern(frame.first('httpUri') || frame.first('httpFull')))
  const full = /^(https?):\/\//i.exec(frame.first('httpFull'))?.[1]?.toLowerCase()
  const url = (draft.url ??= {})
  const scheme = url.scheme ?? full ?? (isTls(frame) ? 'https' : undefined)
  if (scheme !== undefined) url.scheme = scheme
  if (host) url.domain = host.host
  if (host?.port) url.port = host.port
  draft.http = {
    ...(version === undefined ? {} : { version: version as '2' }),
    request: { method, ...(referer === '' ? {} : { referrer: referer }), ...(body === undefined ? {} : { body: { bytes: body } }) },
  }
  if (agent !== '') draft.user_agent = { original: agent }
  const forwarded = canonicalIp(frame.first('httpForwarded').trim())
  if (forwarded !== undefined) (draft.network ??= {}).forwarded_ip = forwarded
  if (draft.ts_ms !== undefined) draft.ts_basis = 'start'
  return draft
}

function readResponse(frame: Frame): NonNullable<NonNullable<Draft['http']>['response']> {
  const code = numberOf(frame.first('httpStatus'))
  const body = lengthOf(frame)
  const mime = frame.first('httpType').split(';')[0]!.trim()
  return { ...(code !== undefined && code >= 100 && code <= 999 ? { status_code: code } : {}), ...(body === undefined ? {} : { body: { bytes: body } }), ...(mime === '' ? {} : { mime_type: mime }) }
}

/** Pairs requests with their replies: by HTTP/2 stream, by the frame that tshark says asked, or by connection. */
export class Requests {
  private readonly open = new OpenEvents()

  /** Takes a frame with HTTP in it; `base` is its draft with the time only. */
  take(frame: Frame, ends: Ends, base: Draft, line: number): LineResult {
    if (frame.all('httpMethod').length > 1 || frame.all('httpStatus').length > 1) return skip('unsupported-record', 'several requests in one frame')
    const network = { ...base.network, ...(ends.transport === undefined ? {} : { transport: ends.transport === 'udp' ? 'quic' as const : ends.transport }) }
    return frame.first('httpMethod') !== '' ? this.ask(frame, ends, { ...base, network }, line) : this.answer(frame, ends, { ...base, network })
  }

  expire(nowMs: number | undefined): readonly Draft[] { return this.open.expire(nowMs) }
  drain(): Draft[] { return this.open.drain() }

  private ask(frame: Frame, ends: Ends, base: Draft, line: number): LineResult {
    const draft = readRequest(frame, ends, base)
    const key = keyOf(frame, ends)
    const drafts = this.open.take(key)
    this.open.add(key, { draft, line, ms: draft.ts_ms, given: false })
    return drafts.length === 0 ? HELD : { drafts, self: HELD }
  }

  private answer(frame: Frame, ends: Ends, base: Draft): LineResult {
    const response = readResponse(frame)
    if (response.status_code !== undefined && response.status_code < 200) return MERGED // an interim answer; the real one follows
    const known = this.open.get(keyOf(frame, ends))
    const seconds = Number(frame.first('httpTime') || NaN)
    if (!known || known.given) {
      const version = versionOf(frame)
      return { ...base, type: 'http.request', client: end(ends.dstIp, ends.dstPort), server: end(ends.srcIp, ends.srcPort), http: { ...(version === undefined ? {} : { version: version as '2' }), response }, ...(base.ts_ms === undefined ? {} : { ts_basis: 'end' as const }), ...(seconds >= 0 ? { duration_ms: round3(seconds * 1000) } : {}) }
    }
    const { draft } = known
    ;(draft.http ??= {}).response = response
    const span = seconds >= 0 ? seconds * 1000 : base.ts_ms !== undefined && draft.ts_ms !== undefined ? base.ts_ms - draft.ts_ms : NaN
    if (span >= 0) draft.duration_ms = round3(span)
    return { drafts: this.open.give(known), self: MERGED }
  }
}

function keyOf(frame: Frame, ends: Ends): string {
  const streams = frame.all('http2Stream').map(numberOf).filter(id => id !== undefined && id > 0) // 0 is the connection itself
  return `${frame.first('tcpStream')}#${ends.pair}#${streams.at(-1) ?? ''}`
}
