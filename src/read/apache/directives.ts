/** What each directive of Apache's `LogFormat` says: declared fields under names like `h`, `referer}i`, `ms}T`. */
import { duration, host, httpVersion, int, ip, number, port, requestLine, status, text, time, tlsVersion, upper, uri, url, type Field } from '../field.js'
import type { EventPath } from '../paths.js'

type Declared = Field | readonly Field[]
type Fields = Readonly<Record<string, Declared>>

/** Values that Apache prints for "none". */
const DASH = ['-', '(null)']

const dashed = (declared: Declared): readonly Field[] => [declared].flat().map(field => ({ ...field, absent: [...DASH, ...(field.absent ?? [])] }))

/** Directives without an argument, and those whose argument is one of a few words. */
const PLAIN: Fields = {
  a: ip('client.ip'),
  'c}a': text('labels.peer_ip'),
  A: ip('server.ip'),
  B: int('http.response.body.bytes'),
  b: int('http.response.body.bytes'),
  D: duration('duration_ms', 'us'),
  T: duration('duration_ms', 's', { absent: ['0'] }), // whole seconds, cut: 0 says only that it was less than one
  's}T': duration('duration_ms', 's'),
  'ms}T': duration('duration_ms', 'ms'),
  'us}T': duration('duration_ms', 'us'),
  '^FB': duration('cdn.ttfb_ms', 'us'),
  h: ip('client.ip'),
  'c}h': ip('client.ip'),
  H: httpVersion(),
  I: int('http.request.bytes'),
  k: text('labels.keepalive_requests'),
  L: text('labels.log_id'),
  m: upper('http.request.method'),
  O: int('http.response.bytes'),
  P: int('process.pid'),
  p: port('server.port'),
  'canonical}p': port('server.port'),
  'local}p': port('server.port'),
  'remote}p': port('client.port'),
  r: requestLine(),
  '<s': status('http.response.status_code'),
  s: status('http.response.status_code'),
  '>s': status('http.response.status_code'),
  U: uri(),
  '@uri': uri(),
  '@request': requestLine(),
  '@url': url(),
  v: host('url.domain'),
  V: host('url.domain'),
  '@vhost': host('url.domain'),
}

/** Stamps of one number or of the common format; those of several directives are put together in `format.ts`. */
const TIMES: Fields = {
  t: time('common_log', 'start'),
  'sec}t': time('s', 'start'),
  'msec}t': time('ms', 'start'),
  'usec}t': time('us', 'start'),
  'begin:sec}t': time('s', 'start'),
  'begin:msec}t': time('ms', 'start'),
  'begin:usec}t': time('us', 'start'),
  'end:sec}t': time('s', 'end'),
  'end:msec}t': time('ms', 'end'),
  'end:usec}t': time('us', 'end'),
}

const REQUEST_HEADERS: Fields = {
  host: host('url.domain'),
  referer: text('http.request.referrer'),
  'user-agent': text('user_agent.original'),
  'content-length': int('http.request.body.bytes'),
  'x-request-id': text('http.request.id'),
}

const RESPONSE_HEADERS: Fields = {
  'content-type': text('http.response.mime_type'),
  'content-length': int('http.response.body.bytes'),
  age: number('cdn.cache.age_s'),
}

/** Variables of mod_ssl, mod_unique_id and others, under `e` (environment) or `x` (extension). */
const VARIABLES: Fields = {
  unique_id: text('http.request.id'),
  request_id: text('http.request.id'),
  ssl_protocol: tlsVersion(),
  ssl_cipher: text('tls.cipher'),
  ssl_tls_sni: host('tls.client.server_name'),
  ssl_session_id: text('labels.ssl_session_id'),
  ssl_server_s_dn: text('tls.server.subject'),
  ssl_server_i_dn: text('tls.server.issuer'),
  ssl_client_s_dn: text('labels.ssl_client_s_dn'),
  ssl_client_verify: text('labels.ssl_client_verify', { absent: ['NONE'] }),
  http2: text('labels.http2'),
  https: text('labels.https'),
}

/** Names that `finishApache` reads. */
export const APACHE_ALSO: readonly string[] = [
  '@client', 'x-forwarded-for}i', 'x-real-ip}i', 'x-cache}o', 'cache-status}o', 'cache-status}e', 'cache-hit}e', 'cache-miss}e', 'cache-revalidate}e', 'balancer_worker_name}e', 'ssl_session_resumed}x', 'ssl_session_resumed}e',
  'q', 'X', 'c', 'traceparent}i', 'S',
]

const SECRET_COOKIE = /^(?:cookie|set-cookie)$/

/** The field of a directive, by name; undefined for one that says nothing this schema knows. */
export function apacheField(name: string): readonly Field[] | undefined {
  const plain = PLAIN[name] ?? TIMES[name]
  if (plain) return dashed(plain)
  const close = name.indexOf('}')
  if (close === -1) return undefined
  const argument = name.slice(0, close)
  const directive = name.slice(close + 1)
  if (directive === 'x' || directive === 'e') return VARIABLES[argument] && dashed(VARIABLES[argument])
  if (directive === 'c') return argument === 'version' ? dashed(tlsVersion()) : argument === 'cipher' ? dashed(text('tls.cipher')) : undefined
  if ((directive !== 'i' && directive !== 'o') || APACHE_ALSO.includes(name)) return undefined
  const known = directive === 'i' ? REQUEST_HEADERS[argument] : RESPONSE_HEADERS[argument]
  if (known) return dashed(known)
  if (!/^[a-z0-9-]+$/.test(argument) || SECRET_COOKIE.test(argument)) return undefined
  return dashed(text(`http.${directive === 'i' ? 'request' : 'response'}.headers.${argument}` as EventPath))
}

/** The order in which fields are read, where several fill the same path: the later one stands (`%>s` over `%s`, Host over the server's name, the finer of two times). */
export const ORDER: readonly string[] = [...Object.keys(TIMES), ...Object.keys(PLAIN).filter(name => name !== 'T'), 'host}i']
