/** HAProxy's log variables as declared fields, for format strings and JSON lines. */
import { canonicalIp } from '../../address.js'
import { boolean, endpoint, httpVersion, int, ip, number, port, requestLine, status, text, time, tlsVersion, upper, uri, type Field } from '../field.js'
import { toNumber } from '../field-kinds.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Row, Table } from '../table.js'
import { putCodes } from './messages.js'
import { applyCaptures, applySession, putHost, unhash, unhashTarget } from './session.js'

type Fields = Record<string, Field>

/** What the values of a line are put to, by variable; those that take several values are read by `finishSession`. */
export const VARIABLES: Readonly<Fields> = {
  ci: ip('client.ip'), src: ip('client.ip'), fc_src: ip('client.ip'),
  cp: port('client.port'), src_port: port('client.port'),
  fi: ip('server.ip'), dst: ip('server.ip'), fp: port('server.port'), dst_port: port('server.port'),
  si: ip('cdn.origin.ip'), bc_dst: ip('cdn.origin.ip'), sp: port('cdn.origin.port'), bc_dst_port: port('cdn.origin.port'),
  tr: time('common_log', 'start'), t: time('common_log', 'start'), trg: time('common_log', 'start'), trl: time('common_log', 'start'),
  T: time('common_log', 'start'), Tl: time('common_log', 'start'), Ts: time('s', 'start'),
  'accept_date': time('auto', 'start'), 'request_date': time('auto', 'start'),
  ST: status('http.response.status_code'), status: status('http.response.status_code'), 'txn.status': status('http.response.status_code'),
  U: int('http.request.bytes'), 'req.bytes_in': int('http.request.bytes'),
  r: requestLine(), HM: upper('http.request.method'), method: upper('http.request.method'),
  HU: uri(), HP: uri(), HPO: uri(), path: uri(), pathq: uri(), url: uri(), HV: httpVersion(), 'req.ver': httpVersion(),
  ID: text('http.request.id'), 'unique-id': text('http.request.id'), uuid: text('http.request.id'),
  sslv: tlsVersion(), ssl_fc_protocol: tlsVersion(), sslc: text('tls.cipher'), ssl_fc_cipher: text('tls.cipher'),
  ssl_fc_alpn: text('tls.next_protocol'), ssl_fc_curve: text('tls.curve'), ssl_fc_is_resumed: boolean('tls.resumed'),
  fc_rtt: number('cdn.rtt_ms'),
  ssl_bc_protocol: tlsVersion('cdn.origin.tls_version'),
  // whole addresses, as JSON formats like to write them
  client: endpoint('client'), server_address: endpoint('cdn.origin'),
}

/** Captured headers printed one by one, in their order. */
export const CAPTURED = ['captured', 'captured2', 'captured3', 'captured4'] as const

/** Read together, by `finishSession`. */
export const ALSO = [
  'f', 'ft', 'fe_name', 'b', 'be_name', 's', 'srv_name', 'TR', 'Tq', 'Tw', 'Tc', 'Tr', 'Ta', 'Tt', 'Tu', 'B', 'ts', 'tsc', 'hr', 'hs', 'HQ', 'query', 'ssl_fc',
  'fc_err', 'fc_err_str', 'ssl_fc_err', 'ssl_fc_err_str', 'ssl_c_err', 'ssl_c_ca_err',
  'req.timer.hdr', 'req.timer.queue', 'bc.timer.connect', 'res.timer.hdr', 'txn.timer.total', 'fc.timer.total', 'res.bytes_in',
  'host', 'sni', 'user_agent', 'referer', 'forwarded', ...CAPTURED, 'ms', '@client', '@server', '@origin',
] as const

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/^(?:req\.)?(?:f?hdr|req\.f?hdr)(?:_ip)?\((?:host|:authority)(?:,-?\d+)?\)|^(?:base|hdr_host)$|^var\((?:txn|req|sess|proc)\.(?:\w*_)?host(?:name)?\)/i, 'host'],
  [/^(?:req\.)?f?hdr\(user-agent(?:,-?\d+)?\)|^var\(\w+\.(?:user_?agent|ua)\)/i, 'user_agent'],
  [/^(?:req\.)?f?hdr\(referer(?:,-?\d+)?\)|^var\(\w+\.referr?er\)/i, 'referer'],
  [/^(?:req\.)?f?hdr(?:_ip)?\(x-forwarded-for(?:,-?\d+)?\)/i, 'forwarded'],
  [/^(?:ssl_fc_sni|req[._]ssl_sni|ssl_fc_sni_end|ssl_fc_sni_reg)\b|^var\(\w+\.(?:\w*_)?sni\)/i, 'sni'],
  [/^capture\.req\.hdr\(\d+\)/, 'captured'],
]

/** The name under which an item of a format string is declared: an alias as it is, an expression without its converters and arguments. */
export function variableName(item: string): string {
  const known = NAMES.find(([shape]) => shape.test(item))
  if (known) return known[1]
  const head = /^[\w.-]+/.exec(item)?.[0] ?? item
  return head === 'accept_date' || head === 'request_date' || head in VARIABLES ? head : item.includes('(') ? item : item.split(',')[0]!
}

const millis = (row: Row, ...names: string[]): number | undefined => {
  for (const name of names) {
    const value = toNumber(row.get(name))
    if (value !== undefined) return value
  }
  return undefined
}

const first = (row: Row, ...names: string[]): string | undefined => {
  for (const name of names) {
    const value = row.text(name)
    if (value !== undefined) return value
  }
  return undefined
}

/** `address:port`, cut at the last colon. */
function addressOf(text: string | undefined): { ip: string, port?: number } | undefined {
  const colon = text?.lastIndexOf(':') ?? -1
  const ip = text?.slice(0, colon)
  if (ip === undefined || colon < 1 || canonicalIp(ip) === undefined) return undefined
  const port = Number(text!.slice(colon + 1))
  return port > 0 && port < 65536 ? { ip, port } : { ip }
}

function putAddresses(draft: Draft, row: Row): void {
  const client = addressOf(row.text('@client'))
  if (client) draft.client = client
  else if (row.text('@client')?.startsWith('unix:')) draft.network = { transport: 'unix' }
  const server = addressOf(row.text('@server'))
  if (server) draft.server = server
  const origin = addressOf(row.text('@origin'))
  if (origin) draft.cdn = { origin }
}

function putClient(draft: Draft, row: Row): void {
  const host = row.text('host')
  if (host !== undefined && /^[\w.:[\]-]+$/.test(host)) putHost(draft, host)
  const captures = row.text('hr')
  if (captures !== undefined) applyCaptures(draft, captures.replace(/^\{|\}$/g, '').split('|'))
  for (const name of CAPTURED) {
    const captured = row.text(name)
    if (captured !== undefined) applyCaptures(draft, [captured])
  }
  const agent = row.text('user_agent')
  if (agent !== undefined) draft.user_agent = { original: unhash(agent) }
  const referer = row.text('referer')
  if (referer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = unhash(referer)
  const forwarded = row.text('forwarded')?.split(',')[0]?.trim()
  if (forwarded !== undefined && canonicalIp(forwarded) !== undefined) (draft.network ??= {}).forwarded_ip = forwarded
}

function putTls(draft: Draft, row: Row, frontend: string | undefined): void {
  const name = row.text('sni')
  if (name !== undefined) (draft.tls ??= {}).client = { server_name: name }
  const { tls } = draft
  if (tls?.cipher === '(NONE)') tls.cipher = undefined
  if (tls?.version !== undefined) tls.version_protocol = tls.version.startsWith('ssl') ? 'ssl' : 'tls'
  if (tls?.version !== undefined && draft.type === 'http.request') tls.established = true
  const secure = frontend?.endsWith('~') || (tls?.version !== undefined) || ['1', 'true'].includes(row.text('ssl_fc') ?? '')
  if (secure && draft.type === 'http.request') (draft.url ??= {}).scheme = 'https'
}

/** The query goes with the path where the format prints them apart. */
function putQuery(draft: Draft, row: Row): void {
  const query = first(row, 'HQ', 'query')
  if (query !== undefined && draft.url && draft.url.query === undefined) draft.url.query = unhashTarget(query.startsWith('?') ? query.slice(1) : query)
}

function putBytes(draft: Draft, row: Row): void {
  const bytes = toNumber(first(row, 'B', 'res.bytes_in'))
  if (bytes === undefined || bytes < 0) return
  if (draft.type === 'http.request') ((draft.http ??= {}).response ??= {}).bytes = bytes
  else (draft.server ??= {}).bytes = bytes
}

/** `%ms` is the part of a second that the dates in whole seconds leave out. */
function putMilliseconds(draft: Draft, row: Row): void {
  const ms = toNumber(row.get('ms'))
  if (ms === undefined || ms > 999 || draft.ts_ms === undefined || draft.ts_res_ms !== 1000 || first(row, 'trg', 'trl') !== undefined) return
  draft.ts_ms += ms
  draft.ts_res_ms = 1
}

/** Facts that several values tell together: the session's fate, its timers, names and TLS. */
export function finishSession(draft: Draft, row: Row): void {
  const frontend = first(row, 'ft', 'f', 'fe_name')
  const request = row.text('r')
  if (request === '<BADREQ>') draft.url = undefined
  putAddresses(draft, row)
  putMilliseconds(draft, row)
  const target = request?.split(' ')[1] ?? first(row, 'HU', 'HP', 'HPO', 'path', 'pathq', 'url')
  if (target?.includes('#')) putUri(draft, unhashTarget(target))
  putQuery(draft, row)
  putClient(draft, row)
  putTls(draft, row, frontend)
  putBytes(draft, row)
  if (draft.client?.ip !== undefined) (draft.network ??= {}).transport ??= 'tcp'
  const total = millis(row, 'Ta', 'txn.timer.total', 'Tu', 'Tt', 'fc.timer.total')
  if (draft.type === 'tls.handshake') return putFailure(draft, row)
  if (total !== undefined && total >= 0) {
    if (draft.type === 'http.request') draft.duration_ms = total
    else (draft.network ??= {}).duration_ms = total
  }
  const state = first(row, 'tsc', 'ts')
  applySession(draft, {
    frontend, backend: first(row, 'b', 'be_name'), server: first(row, 's', 'srv_name'), state, total, status: draft.http?.response?.status_code,
    request: millis(row, 'TR', 'req.timer.hdr', 'Tq'), queue: millis(row, 'Tw', 'req.timer.queue'), connect: millis(row, 'Tc', 'bc.timer.connect'), response: millis(row, 'Tr', 'res.timer.hdr'),
    badRequest: request === '<BADREQ>',
  })
  if (draft.type === 'net.connect' && state?.startsWith('--')) draft.outcome = 'success'
}

/** `error-log-format`: numbers, their texts, or both. */
function putFailure(draft: Draft, row: Row): void {
  const hex = row.text('ssl_fc_err') ?? '0'
  const packed = /^\d+$/.test(hex) && !hex.startsWith('0') && Number(hex) > 0xffffff ? Number(hex).toString(16) : hex
  putCodes(draft, toNumber(row.get('fc_err')) ?? 0, packed, (toNumber(row.get('ssl_c_err')) ?? 0) || (toNumber(row.get('ssl_c_ca_err')) ?? 0))
  const message = first(row, 'ssl_fc_err_str', 'fc_err_str')
  if (message !== undefined) (draft.error ??= {}).message = message
}

const HTTP_ONLY = new Set(['r', 'HM', 'HP', 'HPO', 'HQ', 'HU', 'HV', 'ST', 'status', 'txn.status', 'TR', 'Ta', 'Tr', 'Tq', 'tr', 'trg', 'trl', 'method', 'path', 'pathq', 'url', 'query', 'host', 'user_agent', 'CC', 'CS'])

/** What kind of event a format tells of: a request, a failed handshake (`error-log-format`), or a connection. */
export function eventTypeOf(names: readonly string[]): 'http.request' | 'tls.handshake' | 'net.connect' {
  const failed = names.some(name => name === 'fc_err' || name === 'fc_err_str' || name === 'ssl_fc_err' || name === 'ssl_fc_err_str')
  if (failed && !names.some(name => name === 'ST' || name === 'r' || name === 'status')) return 'tls.handshake'
  return names.some(name => HTTP_ONLY.has(name)) ? 'http.request' : 'net.connect'
}

/** The table of a format that prints these variables. */
export function tableOf(layout: Table['layout'], names: readonly string[]): Table {
  const fields: Fields = {}
  for (const name of names) if (VARIABLES[name]) fields[name] = VARIABLES[name]
  return { layout, constant: { type: eventTypeOf(names) }, also: ALSO, fields, finish: finishSession }
}
