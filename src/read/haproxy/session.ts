/** What HAProxy's timers, termination state and server name say of a session; the same whichever log format printed them. */
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'
import { round3 } from '../time.js'

/** The values of a line. Timers are in ms, and -1 where the phase was never reached. */
export interface SessionValues {
  readonly frontend?: string | undefined
  readonly backend?: string | undefined
  readonly server?: string | undefined
  /** TR, Tw, Tc, Tr and Ta (Tt in TCP mode). */
  readonly request?: number | undefined
  readonly queue?: number | undefined
  readonly connect?: number | undefined
  readonly response?: number | undefined
  readonly total?: number | undefined
  readonly status?: number | undefined
  /** Two letters in TCP mode, four in HTTP mode. */
  readonly state?: string | undefined
  /** The request line was refused as malformed. */
  readonly badRequest?: boolean
}

/** Both letters first, then the first one alone; what ends normally or is answered locally is not here. */
const BY_STATE: Readonly<Record<string, ErrorType>> = {
  sC: 'connection_timeout', SC: 'connection_refused',
  sQ: 'connection_limit_reached', PC: 'connection_limit_reached', RC: 'connection_limit_reached',
  sH: 'http_response_timeout', SH: 'connection_terminated',
  sD: 'connection_read_timeout', sL: 'connection_read_timeout', SD: 'connection_terminated', SL: 'connection_terminated',
  PH: 'http_protocol_error', PR: 'http_request_denied', PT: 'http_request_denied', PD: 'http_request_denied',
}
const BY_CAUSE: Readonly<Record<string, ErrorType>> = {
  C: 'client_abort', c: 'client_abort', D: 'destination_unavailable', U: 'proxy_internal_error', K: 'proxy_internal_error', I: 'proxy_internal_error',
}

function errorOf({ state = '', server, badRequest }: SessionValues): ErrorType | undefined {
  const flags = state.slice(0, 2)
  // with no server to try the connection was not refused: none was up
  if (flags === 'SC' && server === '<NOSRV>') return 'destination_unavailable'
  if (flags === 'PR' && badRequest) return 'http_request_error'
  return BY_STATE[flags] ?? BY_CAUSE[flags[0] ?? '']
}

/** `<NOSRV>` counts as the origin only where one was wanted; other names in angle brackets are HAProxy's own applets. */
function originName({ backend, server, state = '' }: SessionValues): string | undefined {
  if (backend === undefined || backend === '-' || backend === '<NOSRV>' || server === undefined) return undefined
  if (!server.startsWith('<') && server !== '-') return `${backend}/${server}`
  return server === '<NOSRV>' && (/^[SsDU]/.test(state) || state[1] === 'C' || state[1] === 'Q') ? backend : undefined
}

const reached = (timer: number | undefined): number => timer !== undefined && timer > 0 ? timer : 0

/** The phase that a session ended in has no timer of its own: it took what the others leave of the total. */
function originTimes(origin: NonNullable<NonNullable<Draft['cdn']>['origin']>, values: SessionValues): void {
  const { connect = -1, response = -1, total = -1, state = '' } = values
  const before = reached(values.request) + reached(values.queue)
  if (connect >= 0) origin.connect_ms = connect
  else if (state[1] === 'C' && total >= before && values.server !== '<NOSRV>') origin.connect_ms = round3(total - before)
  if (response >= 0) origin.wait_ms = response
  else if (state[1] === 'H' && connect >= 0 && total >= before + connect) origin.wait_ms = round3(total - before - connect)
}

/** Puts origin, cache, time to the first byte and failure on a draft. */
export function applySession(draft: Draft, values: SessionValues): void {
  const { request = -1, queue = -1, connect = -1, response = -1, status, state = '', server } = values
  const flags = state.slice(0, 2)
  const name = originName(values)
  if (name !== undefined) {
    const origin = ((draft.cdn ??= {}).origin ??= {})
    origin.name = name
    originTimes(origin, values)
    // a status that came with response headers is the server's, unless HAProxy then refused or replaced them
    if (response >= 0 && status !== undefined && status >= 100 && flags[0] !== 'P' && flags[0] !== 'L') origin.status_code = status
  }
  if (request >= 0 && queue >= 0 && connect >= 0 && response >= 0 && name !== undefined) (draft.cdn ??= {}).ttfb_ms = round3(request + queue + connect + response)
  if (server === '<CACHE>') (draft.cdn ??= {}).cache = { status: 'hit', raw: server }
  if (flags === '' || flags === '--') return
  ;(draft.cdn ??= {}).result = state
  const type = errorOf(values)
  if (type !== undefined) Object.assign(draft.error ??= {}, { type, code: flags })
}

const HOST = /^[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_-]{1,63}){1,10}\.?(?::\d{1,5})?$/i
const PRODUCT = /^[\w.!+-]{1,60}\/v?\d/

/** Captured headers have no names: what looks like a host name is the Host, what begins with `product/1` is the User-Agent, a URL the Referer; anything else stays untold. */
export function applyCaptures(draft: Draft, captures: readonly string[]): void {
  for (const captured of captures) {
    const value = unhash(captured)
    if (value.includes('.') && HOST.test(value) && /[a-z]/i.test(value.slice(value.lastIndexOf('.')))) putHost(draft, value)
    else if (value.includes('://') && !value.includes(' ')) ((draft.http ??= {}).request ??= {}).referrer ??= value
    else if (PRODUCT.test(value)) draft.user_agent ??= { original: value }
  }
}

/** Puts a Host header where the request line did not say the name. */
export function putHost(draft: Draft, value: string): void {
  const url = (draft.url ??= {})
  if (url.domain !== undefined) return
  const colon = value.indexOf(':')
  url.domain = colon === -1 ? value : value.slice(0, colon)
  if (colon !== -1) url.port = Number(value.slice(colon + 1)) || undefined
}

/** Undoes `#XX`, HAProxy's escape for what is no printable ASCII and for `"#{|}`; control characters stay escaped. */
export function unhash(text: string): string {
  if (!text.includes('#')) return text
  const bytes = text.replace(/#([0-9A-Fa-f]{2})/g, (whole, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code < 32 || code === 127 ? whole : String.fromCharCode(code)
  })
  if (!/[\x80-\xff]/.test(bytes)) return bytes
  const utf8 = Buffer.from(bytes, 'latin1').toString('utf8')
  return utf8.includes('\uFFFD') ? text : utf8
}

/** The same for a request line, where a raw byte is best told in percent-encoding. */
export function unhashTarget(text: string): string {
  if (!text.includes('#')) return text
  return text.replace(/#([0-9A-Fa-f]{2})/g, (_, hex: string) => {
    const code = Number.parseInt(hex, 16)
    return code > 32 && code < 127 ? String.fromCharCode(code) : `%${hex.toUpperCase()}`
  })
}
