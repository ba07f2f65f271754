/** HAProxy's own line shapes: `option httplog`, `option httpslog` and `option tcplog`. */
import { canonicalIp } from '../../address.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext, type Skip } from '../parser.js'
import { putRequestLine } from '../request.js'
import { readCommonLog } from '../time.js'
import { toTlsVersion } from '../versions.js'
import { applyCaptures, applySession, unhashTarget } from './session.js'

/** What every line begins with: `client:port [date] `. `at` is where the rest begins. */
export interface LineHead { readonly client: string, readonly port: number, readonly date: string, readonly at: number }

/** Reads `client:port [date] `; undefined for any other text. The client is an address, `unix` or `-`. */
export function headOf(text: string): LineHead | undefined {
  let start = 0
  while (start < 2 && text.charCodeAt(start) === 32) start++
  const open = text.indexOf(' [', start)
  if (open === -1 || open - start > 60) return undefined
  const close = text.indexOf(']', open)
  if (close === -1 || close - open > 40 || text.charCodeAt(close + 1) !== 32) return undefined
  const colon = text.lastIndexOf(':', open)
  if (colon <= start) return undefined
  const client = text.slice(start, colon)
  const port = Number(text.slice(colon + 1, open))
  if (!(port >= 0) && client !== '-') return undefined
  if (client !== 'unix' && client !== '-' && canonicalIp(client) === undefined) return undefined
  return { client, port, date: text.slice(open + 2, close), at: close + 2 }
}

/** Puts client and accept date on a draft. The date has no zone, so the wrapper's counts. False for a date that cannot be read. */
export function putHead(draft: Draft, head: LineHead, context: ParserContext, outer?: Outer): boolean {
  if (head.client === 'unix') draft.network = { transport: 'unix' }
  else if (head.client !== '-') {
    draft.client = head.port > 0 && head.port < 65536 ? { ip: head.client, port: head.port } : { ip: head.client }
    draft.network = { transport: 'tcp' }
  }
  const stamp = readCommonLog(head.date)
  if (!stamp) return false
  putTime(draft, stamp, 'start', context, outer)
  return true
}

/** The cells between the date and the captures: frontend, backend/server, timers, and so on, cut at blanks. */
interface Cut { readonly cells: readonly string[], readonly timers: readonly string[], readonly end: number }

function cut(text: string, head: LineHead, wanted: number): Cut | undefined {
  const cells = text.slice(head.at).split(' ', wanted)
  const timers = cells[2]?.split('/') ?? []
  if (cells[1] === undefined || !cells[1].includes('/') || timers.length < 3) return undefined
  let end = head.at + cells.length
  for (const cell of cells) end += cell.length
  return { cells, timers, end }
}

const HTTP_CELLS = 10
const STATE = /^[A-Za-z-]{4}$/
const CONNECTIONS = /^\d+\/\d+\/\d+\/\d+\/\+?\d+$/
const NUMBER = /^\+?-?\d+$/

/** A captured cookie may hold blanks; the termination state and the counters behind it show where it ends. */
function recut(text: string, head: LineHead, first: Cut): Cut | undefined {
  const found = / ([A-Za-z-]{4}) (\d+\/\d+\/\d+\/\d+\/\+?\d+) (\d+\/\d+) /.exec(text.slice(head.at))
  if (!found) return undefined
  const [frontend = '', server = '', , status = '', bytes = ''] = first.cells
  const cells = [frontend, server, '', status, bytes, '-', '-', found[1]!, found[2]!, found[3]!]
  return { cells, timers: first.timers, end: head.at + found.index + found[0].length }
}

function httpCut(text: string, head: LineHead): Cut | Skip {
  const first = cut(text, head, HTTP_CELLS)
  if (!first || first.timers.length !== 5) return first && first.cells.length <= 3 ? skip('incomplete') : skip('not-this-format', 'no five timers')
  const whole = first.cells.length === HTTP_CELLS && STATE.test(first.cells[7]!) && CONNECTIONS.test(first.cells[8]!) ? first : recut(text, head, first)
  if (!whole) return first.cells.length < HTTP_CELLS ? skip('incomplete') : skip('malformed', 'no termination state')
  if (!NUMBER.test(whole.cells[3]!) || !NUMBER.test(whole.cells[4]!)) return skip('malformed', 'status or bytes')
  return whole
}

/** True for the lines of `option httplog`, cut short or not. */
export function isHttpLine(text: string): boolean {
  const head = headOf(text)
  return head !== undefined && !('skip' in httpCut(text, head))
}

/** HAProxy cuts a log line at 1024 bytes, some syslog daemons a little earlier: a request without its closing quote in a line much shorter was cut by something else. */
const CUT_LENGTH = 900

interface Quoted { readonly line: string, readonly open: boolean, readonly end: number }

/** The request in quotes; some syslog daemons write `\"` for `"`. No quote can stand inside, since it would be `#22`. */
function quotedAt(text: string, at: number): Quoted | undefined {
  const from = text.charCodeAt(at) === 92 ? at + 1 : at
  if (text.charCodeAt(from) !== 34) return undefined
  const close = text.indexOf('"', from + 1)
  if (close === -1) return { line: text.slice(from + 1), open: true, end: text.length }
  return { line: text.slice(from + 1, text.charCodeAt(close - 1) === 92 && from > at ? close - 1 : close), open: false, end: close + 1 }
}

/** A target that was cut off is kept as text only: half a path is a wrong path. */
function putCutRequest(draft: Draft, line: string): void {
  const blank = line.indexOf(' ')
  if (blank > 0) ((draft.http ??= {}).request ??= {}).method = line.slice(0, blank)
  const target = line.slice(blank + 1)
  const authority = /^([a-z]{4,5}):\/\/([^/?#]+)[/?#]/.exec(target)
  draft.url = authority ? { scheme: authority[1]!, domain: authority[2]!.replace(/:\d+$/, ''), original: target } : { original: target }
}

/** What `option httpslog` adds: `fc_err/ssl_fc_err/ssl_c_err/ssl_c_ca_err/resumed sni/version/cipher`. */
function putTlsTail(draft: Draft, tail: string): void {
  const [codes = '', session = ''] = tail.split(' ', 2)
  const flags = codes.split('/')
  const cipherAt = session.lastIndexOf('/')
  const versionAt = session.lastIndexOf('/', cipherAt - 1)
  if (flags.length !== 5 || versionAt === -1) return
  const version = toTlsVersion(session.slice(versionAt + 1, cipherAt))
  if (version === undefined) return
  const name = session.slice(0, versionAt)
  draft.tls = {
    version: version as NonNullable<NonNullable<Draft['tls']>['version']>, version_protocol: version.startsWith('ssl') ? 'ssl' : 'tls',
    cipher: session.slice(cipherAt + 1), established: true, resumed: flags[4] === '1',
    ...(name === '-' ? {} : { client: { server_name: name } }),
  }
}

/** Reads a line of `option httplog` or `option httpslog`. */
export function readHttpLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  const head = headOf(text)
  if (!head) return text.trim() === '' ? skip('blank') : skip('not-this-format', 'no "client:port [date]"')
  const found = httpCut(text, head)
  if ('skip' in found) return found
  const draft: Draft = { type: 'http.request' }
  if (!putHead(draft, head, context, outer)) return skip('bad-time')
  return finishHttp(draft, text, found)
}

function finishHttp(draft: Draft, text: string, { cells, timers, end }: Cut): LineResult {
  let at = end
  let captures: string[] | undefined
  while (text.charCodeAt(at) === 123) {
    const close = text.indexOf('}', at)
    if (close === -1) return skip('incomplete', 'captured headers')
    captures ??= text.slice(at + 1, close).split('|')
    at = text.charCodeAt(close + 1) === 32 ? close + 2 : close + 1
  }
  const request = quotedAt(text, at)
  if (!request || (request.open && text.length < CUT_LENGTH)) return skip('incomplete', 'request')
  const badRequest = request.line === '<BADREQ>'
  if (request.open) putCutRequest(draft, unhashTarget(request.line))
  else if (!badRequest) putRequestLine(draft, unhashTarget(request.line))
  const [frontend = '', path = ''] = cells
  const slash = path.indexOf('/')
  const status = Number(cells[3])
  // with `option logasap` a `+` stands before what was not yet complete
  const partial = timers[4]!.startsWith('+')
  const total = partial ? -1 : Number(timers[4])
  if (total >= 0) draft.duration_ms = total
  const bytes = cells[4]!.startsWith('+') ? -1 : Number(cells[4])
  const response: { status_code?: number, bytes?: number } = {}
  if (status >= 100) response.status_code = status
  if (bytes >= 0) response.bytes = bytes
  ;(draft.http ??= {}).response = response
  if (frontend.endsWith('~')) (draft.url ??= {}).scheme = 'https'
  applySession(draft, {
    frontend, backend: path.slice(0, slash), server: path.slice(slash + 1), status, state: cells[7], badRequest,
    request: Number(timers[0]), queue: Number(timers[1]), connect: Number(timers[2]), response: Number(timers[3]), total,
  })
  if (captures) applyCaptures(draft, captures)
  if (text.length > request.end + 1) putTlsTail(draft, text.slice(request.end + 1))
  return draft
}

const TCP_CELLS = 7

function tcpCut(text: string, head: LineHead): Cut | Skip {
  const found = cut(text, head, TCP_CELLS)
  if (!found || found.timers.length !== 3) return skip('not-this-format', 'no three timers')
  const { cells } = found
  if (cells.length < TCP_CELLS) return skip('incomplete')
  return NUMBER.test(cells[3]!) && /^[A-Za-z-]{2}$/.test(cells[4]!) && CONNECTIONS.test(cells[5]!) && /^\d+\/\d+$/.test(cells[6]!) ? found : skip('malformed', 'termination state or counters')
}

/** True for the lines of `option tcplog`. */
export function isTcpLine(text: string): boolean {
  const head = headOf(text)
  return head !== undefined && !('skip' in tcpCut(text, head))
}

const STATED_SNI = /[ "{|](?:req_?)?(?:ssl_)?sni[:=] ?"?([\w-]{1,63}(?:\.[\w-]{1,63}){1,10})(?=["}| ,]|$)/i

/** A name that somebody appended under its own name (`sni:NAME`, `sni=NAME`) makes the connection a handshake; a name without one may be anything. */
function putStatedSni(draft: Draft, text: string): void {
  const name = text.includes('sni') || text.includes('SNI') ? STATED_SNI.exec(text)?.[1] : undefined
  if (name === undefined) return
  draft.type = 'tls.handshake'
  draft.tls = { client: { server_name: name } }
}

/** Reads a line of `option tcplog`. */
export function readTcpLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  const head = headOf(text)
  if (!head) return text.trim() === '' ? skip('blank') : skip('not-this-format', 'no "client:port [date]"')
  const found = tcpCut(text, head)
  if ('skip' in found) return found
  const { cells, timers } = found
  const draft: Draft = { type: 'net.connect' }
  if (!putHead(draft, head, context, outer)) return skip('bad-time')
  const [, path = ''] = cells
  const slash = path.indexOf('/')
  const total = timers[2]!.startsWith('+') ? -1 : Number(timers[2])
  if (total >= 0) (draft.network ??= {}).duration_ms = total
  if (!cells[3]!.startsWith('+')) draft.server = { bytes: Number(cells[3]) }
  applySession(draft, { frontend: cells[0], backend: path.slice(0, slash), server: path.slice(slash + 1), state: cells[4], queue: Number(timers[0]), connect: Number(timers[1]), total })
  if (cells[4] === '--') draft.outcome = 'success'
  putStatedSni(draft, text)
  return draft
}
