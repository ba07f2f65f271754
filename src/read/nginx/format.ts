/** nginx's `log_format`: cut into literals and variables, and made into a parser whose event type follows from the variables. */
import { Problem } from '../../problem.js'
import { defineParser } from '../define.js'
import { text, type Field } from '../field.js'
import type { Segment } from '../layouts/pattern.js'
import { shareOf, type Parser } from '../parser.js'
import type { EventPath } from '../paths.js'
import { finishHttp, finishStream, HTTP_READS, STREAM_READS } from './finish.js'
import { formatted } from './layouts.js'
import { HTTP_ALSO, HTTP_FIELDS, LIST_VARIABLES, STREAM_ALSO, STREAM_FIELDS } from './variables.js'

/** Neighbours that only together can be cut out of a line: an IPv6 address holds the colon that separates it from its port, a path may hold blanks. */
const JOINED: readonly (readonly [RegExp, string])[] = [
  [/\$remote_addr:\$remote_port\b/g, '${@client}'],
  [/\$server_addr:\$server_port\b/g, '${@server}'],
  [/\$proxy_protocol_addr:\$proxy_protocol_port\b/g, '${@proxy_client}'],
  [/\$proxy_protocol_server_addr:\$proxy_protocol_server_port\b/g, '${@proxy_server}'],
  [/\$scheme:\/\/\$(?:http_)?host\$request_uri\b/g, '${@url}'],
  [/\$(?:http_)?host\$request_uri\b/g, '${@host_uri}'],
  [/\$request_method \$(?:request_uri|uri|document_uri)(?:\$is_args\$(?:args|query_string))? \$server_protocol\b/g, '${request}'],
  [/\$(?:uri|document_uri)\$is_args\$(?:args|query_string)\b/g, '${@uri}'],
]

const VARIABLE = /\$(?:\{([@\w]+)\}|(\w+))/g
const QUOTED = /'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/g

/** The string itself where a whole `log_format name escape=json '…' '…';` directive was pasted. */
function formatStringOf(format: string): string {
  const trimmed = format.trim()
  if (!/^log_format\s/.test(trimmed)) return format
  const pieces = [...trimmed.matchAll(QUOTED)].map(match => (match[1] ?? match[2]!).replace(/\\(["'\\])/g, '$1'))
  return pieces.join('')
}

/** The pieces of a format string. Refuses (Problem `bad-option`) one without a variable. */
export function segmentsOf(format: string): Segment[] {
  let joined = formatStringOf(format)
  for (const [neighbours, name] of JOINED) joined = joined.replace(neighbours, () => name)
  const segments: Segment[] = []
  let from = 0
  for (const match of joined.matchAll(VARIABLE)) {
    if (match.index > from) segments.push({ literal: joined.slice(from, match.index) })
    const name = match[1] ?? match[2]!
    segments.push(LIST_VARIABLES.has(name) ? { name, list: true } : { name })
    from = match.index + match[0].length
  }
  if (segments.length === 0) throw new Problem('bad-option', `format string: it names no nginx variable ($remote_addr, $status …)`)
  if (from < joined.length) segments.push({ literal: joined.slice(from) })
  return segments
}

/** Request and response headers by their own variable names. */
function headerField(name: string): Field | undefined {
  const [, where, header] = /^(http|sent_http|upstream_http)_(\w+)$/.exec(name) ?? []
  if (header === undefined) return undefined
  const spelled = header.replaceAll('_', '-')
  const path = where === 'http' ? `http.request.headers.${spelled}` : where === 'sent_http' ? `http.response.headers.${spelled}` : `labels.upstream_http_${header}`
  return text(path as EventPath, { absent: ['-'] })
}

/** Which variables only a stream log has. */
const STREAM_ONLY = /^(?:ssl_preread_\w+|session_time|protocol|upstream_session_time|upstream_first_byte_time|bytes_received)$/
const HTTP_ONLY = /^(?:request|request_\w+|http_\w+|sent_http_\w+|body_bytes_sent|host|uri|document_uri|server_protocol|scheme|args|query_string|upstream_status|upstream_header_time|upstream_response_time|upstream_cache_status|@uri|@url|@host_uri)$/

/** Reads a format string into a parser of http requests, TLS handshakes (`$ssl_preread_*`) or connections (a stream log without them). */
export function compileNginxFormat(format: string): Parser {
  const segments = segmentsOf(format)
  const names = segments.flatMap(segment => 'name' in segment ? [segment.name] : [])
  const isStream = !names.some(name => HTTP_ONLY.test(name)) && names.some(name => STREAM_ONLY.test(name))
  const type = !isStream ? 'http.request' : names.some(name => /^ssl_(?:preread_|server_name|protocol)/.test(name)) ? 'tls.handshake' : 'net.connect'
  const known = isStream ? STREAM_FIELDS : HTTP_FIELDS
  const also = isStream ? STREAM_ALSO : HTTP_ALSO
  const headers = isStream ? [] : names.filter(name => !(name in known) && !also.includes(name)).flatMap(name => { const field = headerField(name); return field ? [[name, field] as const] : [] })
  // declared order, not that of the string: of two stamps the finer one stands
  const fields = Object.fromEntries([...Object.entries(known).filter(([name]) => names.includes(name)), ...headers])
  const layout = formatted(segments)
  const reader = layout.open(names, { path: '', head: { path: '', lines: [], json: () => undefined } } as never)
  return defineParser({
    id: 'nginx-access',
    title: 'nginx log_format',
    reference: 'https://nginx.org/en/docs/http/ngx_http_log_module.html#log_format',
    dataset: isStream ? 'nginx.stream' : 'nginx.access',
    vantage: 'edge',
    types: isStream ? ['tls.handshake', 'net.connect'] : ['http.request'],
    detect: head => shareOf(head, line => { const cells = reader.read(line); return !('skip' in cells) }),
    table: { layout, fields, also: also.filter(name => names.includes(name)), constant: isStream && type === 'tls.handshake' ? { type, network: { transport: 'tcp' } } : { type }, finish: isStream ? finishStream : finishHttp, reads: isStream ? STREAM_READS : HTTP_READS },
    samples: [{ lines: '' }],
  })
}
