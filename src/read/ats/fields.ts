/** Traffic Server's field codes in JSON lines, and the names people give them. */
import { canonicalIp } from '../../address.js'
import { putForwarded } from '../cdn/text.js'
import { keyedJson } from '../cdn/keyed.js'
import { needsOneOf } from '../cdn/one-of.js'
import { boolean, duration, host, httpVersion, int, ip, port, status, text, time, tlsVersion, upper, type Field } from '../field.js'
import { toNumber } from '../field-kinds.js'
import type { CellReader, Cells, Layout, Row, Table } from '../table.js'
import type { Draft, Head, ParserContext, Skip } from '../parser.js'
import { peerOf } from '../squid/line.js'
import { applyOutcome } from './results.js'
import { hostOf, isPristine, putUrl } from './url.js'

/** Aliases, by field code; a header's code has the header's name in braces. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  cqtq: ['ts', 'timestamp', 'time', 'start', 'cqts', 'cqtn'],
  ttms: ['elapsed', 'elapsed_ms', 'duration_ms', 'time_ms'],
  chi: ['client_ip', 'client', 'rchi', 'chiv'],
  chp: ['client_port', 'rchp'],
  cqhm: ['method', 'http_method', 'cqtx_method'],
  cquuc: ['client_url', 'unmapped_url'],
  url: ['pquc', 'cquc', 'pqu', 'cqu', 'cauc'],
  cquuh: [],
  'Host': ['host', '{Host}cqh', 'cqh_host', 'http_host', 'host_header'],
  cqpv: ['ver', 'cqhv', 'version', 'http_version', 'protocol'],
  pssc: ['status', 'status_code', 'http_status'],
  psql: ['bytes', 'bytes_sent', 'size'],
  crc: ['cache_result', 'cache_code', 'cache_result_code'],
  phr: ['route', 'hierarchy'],
  shi: ['origin_ip', 'server_ip', 'nhi'],
  shn: ['origin_host', 'server_host'],
  sssc: ['origin_status', 'server_status'],
  stms: ['origin_ms', 'server_ms'],
  cqssv: ['tls', 'tls_version', 'ssl_version'],
  cqssc: ['cipher', 'tls_cipher', 'ssl_cipher'],
  cssn: ['sni'],
  cruuid: ['uuid', 'request_id', 'crid'],
  psct: ['content_type'],
  'User-Agent': ['ua', 'user_agent', '{User-Agent}cqh', '{User-agent}cqh', 'agent'],
  Referer: ['referer', '{Referer}cqh'],
  'X-Forwarded-For': ['xff', '{X-Forwarded-For}cqh', 'x_forwarded_for'],
}

const CODES: Readonly<Record<string, Field>> = {
  cqtq: time('any', 'start'),
  ttms: duration('duration_ms', 'ms'),
  chi: ip('client.ip'),
  chp: port('client.port'),
  hii: ip('server.ip'),
  cqhm: upper('http.request.method'),
  cqpv: httpVersion(),
  pssc: status('http.response.status_code'),
  psql: int('http.response.bytes'),
  pscl: int('http.response.body.bytes'),
  cqql: int('http.request.bytes'),
  cqcl: int('http.request.body.bytes'),
  ssql: int('cdn.origin.bytes', { absent: ['0'] }),
  psct: text('http.response.mime_type'),
  sssc: status('cdn.origin.status_code'),
  stms: duration('cdn.origin.duration_ms', 'ms'),
  nhp: port('cdn.origin.port'),
  cqssv: tlsVersion(),
  cqssc: text('tls.cipher'),
  cqssu: text('tls.curve'),
  cqssg: text('tls.curve'),
  cqssa: text('tls.next_protocol'),
  cqssr: boolean('tls.resumed'),
  cssn: host('tls.client.server_name'),
  cruuid: text('http.request.id'),
  ccid: text('network.connection_id'),
  'User-Agent': text('user_agent.original'),
  Referer: text('http.request.referrer'),
}

const ALSO = ['cquuc', 'url', 'cquuh', 'Host', 'crc', 'phr', 'shi', 'shn', 'cfsc', 'pfsc', 'tts', 'ttmsf', 'cqssl', 'sstc', 'X-Forwarded-For']

const DISTINCT = new Set(['crc', 'pssc', 'psql', 'chi', 'cqtq', 'cqhm', 'cquc', 'cquuc', 'pquc', 'pqu', 'cqu', 'phr', 'shn', 'shi', 'sssc', 'ttms', 'stms', 'caun', 'psct', 'sshv', 'cqpv', 'cqhv', 'pqsi', 'cfsc', 'pfsc', 'sscl', 'pscl', 'chm', 'crsc'])

/** An object of which nothing but a time, a client or a header has a known key is a line of another program. */
const OWN_KEYS = needsOneOf(['cqhm', 'cquuc', 'url', 'cquuh', 'pssc', 'crc'], ALIASES)
const isRequest = (object: Record<string, unknown>): Skip | undefined => {
  for (const key in object) if (DISTINCT.has(key) || (key in CODES && !key.includes('-') && key !== 'Referer')) return undefined
  return OWN_KEYS(object)
}

/** True for an object with three of Traffic Server's field codes as its keys, or one code that is printed as it would be. */
export function isAtsObject(object: Record<string, unknown>): boolean {
  let codes = 0
  for (const key in object) if (DISTINCT.has(key)) codes++
  if (codes >= 3) return true
  return codes > 0 && typeof object.crc === 'string' && /^(?:TCP|ERR)_[A-Z_]+$/.test(object.crc)
}

/** `%<pssc>` has three digits, so without quotes it is no JSON number where nothing was answered: `"pssc":000`. */
const LEADING_ZEROS = /(?<!\\)":\s?0(\d\d)(?=\s?[,}])/g

/** The JSON object that a line was meant to be; only that defect is undone. */
export function repairStatus(line: string): string | undefined {
  const repaired = line.replace(LEADING_ZEROS, (_, digits: string) => `":${Number(digits)}`)
  return repaired === line ? undefined : repaired
}

/** Keyed JSON that also reads lines with such a status. */
export function atsJson(): Layout {
  const inner = keyedJson({ aliases: ALIASES, absent: ['-'], accept: isRequest })
  return {
    ...inner,
    open(wanted, context): CellReader {
      const reader = inner.open(wanted, context)
      return {
        get names() { return reader.names },
        read(line: string): Cells | Skip {
          const cells = reader.read(line)
          if (!('skip' in cells) || cells.skip !== 'invalid-json') return cells
          const repaired = repairStatus(line)
          return repaired === undefined ? cells : reader.read(repaired)
        },
      }
    },
  }
}

function putOrigin(draft: Draft, row: Row, route: string | undefined): void {
  const address = row.text('shi')
  const name = row.text('shn')
  // on a hit nobody was asked, whatever the object's address once was
  if (route === 'NONE' || (route === undefined && row.text('sssc') === '000')) {
    if (draft.cdn?.origin) draft.cdn.origin = undefined
    return
  }
  const origin = draft.cdn?.origin ?? {}
  if (address !== undefined && canonicalIp(address) !== undefined) origin.ip = address
  if (name !== undefined && name !== '0') {
    const peer = peerOf(name)
    if (peer.name !== undefined) origin.name = peer.name
    else origin.ip ??= peer.ip
    if (peer.port !== undefined) origin.port = peer.port
  }
  const reuse = toNumber(row.get('sstc'))
  if (reuse !== undefined && origin.ip !== undefined) origin.reused = reuse > 0
  ;(draft.cdn ??= {}).origin = origin // pruned where it stayed empty
}

function putNames(draft: Draft, row: Row, route: string | undefined): void {
  const contacted = route !== 'NONE'
  const pristine = row.text('cquuc')
  const other = row.text('url')
  if (pristine !== undefined) putUrl(draft, pristine, true, contacted)
  else if (other !== undefined) putUrl(draft, other, isPristine(other, row.text('shn') ?? row.text('shi')) ?? hostOf(other) === row.text('Host'), contacted)
  const named = row.text('cquuh') ?? row.text('Host')
  if (named !== undefined && draft.url?.domain === undefined && /^[\w.:[\]-]+$/.test(named)) {
    const target = peerOf(named)
    const url = (draft.url ??= {})
    if (target.name ?? target.ip) url.domain = target.name ?? target.ip!
    if (target.port) url.port = target.port
  }
}

const fine = new WeakMap<Head, boolean>()

/** A JSON number loses `.000`: that a file counts milliseconds is seen in its other lines. */
function settleTick(draft: Draft, { head }: ParserContext): void {
  if (draft.ts_res_ms !== 1000) return
  if (!fine.has(head)) fine.set(head, head.lines.some(line => /":\s?"?\d{10}\.\d{3}\b/.test(line)))
  if (fine.get(head)) draft.ts_res_ms = 1
}

function finish(draft: Draft, row: Row, context: ParserContext): void {
  settleTick(draft, context)
  const route = row.text('phr')
  putOrigin(draft, row, route)
  putNames(draft, row, route)
  const { tls } = draft
  if (tls?.version !== undefined) {
    tls.version_protocol = tls.version.startsWith('ssl') ? 'ssl' : 'tls'
    tls.established = true
  }
  if (draft.url?.path !== undefined && draft.url.scheme === undefined && (tls?.version !== undefined || row.text('cqssl') === '1')) draft.url.scheme = 'https'
  putForwarded(draft, row.text('X-Forwarded-For'))
  const seconds = toNumber(row.get('ttmsf')) ?? toNumber(row.get('tts'))
  if (draft.duration_ms === undefined && seconds !== undefined && seconds > 0) draft.duration_ms = Math.round(seconds * 1000)
  if (draft.client?.port !== undefined) (draft.network ??= {}).transport = draft.http?.version === '3' ? 'quic' : 'tcp'
  const origin = row.get('sssc')
  applyOutcome(draft, {
    crc: row.text('crc'), route, status: draft.http?.response?.status_code, originStatus: origin === undefined ? undefined : toNumber(origin) ?? 0,
    durationMs: draft.duration_ms, clientFinish: row.text('cfsc'), originFinish: row.text('pfsc'),
  })
}

/** The table of JSON lines made of field codes. */
export function atsTable(): Table {
  return { layout: atsJson(), constant: { type: 'http.request' }, fields: CODES, also: ALSO, finish }
}
