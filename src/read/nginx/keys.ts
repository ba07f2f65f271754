/**
 * The names under which people log nginx variables, in `key=value` tails and in JSON. A key names one variable; where the same key is in use
 * for several (`port`, `ua`, `time`), the value decides, and a value that does not fit is not read at all.
 */
import { intern } from '../../address.js'

const NAMES = `
remote_addr: ip client_ip clientip client remote_ip remote remote_host client_addr client_address src src_ip source_ip
remote_port: client_port src_port source_port
server_addr: vip server_ip local_addr
server_port: vip_port listen_port
host: http_host vhost domain site request_host req_host authority
server_name:
request: req request_line
request_method: method verb http_method req_method
request_uri: uri url path request_path req_uri
document_uri:
args: query query_string querystring
scheme: proto_scheme request_scheme
https:
server_protocol: proto protocol http_version request_protocol http_protocol
status: code status_code http_status response_code response_status http_code
body_bytes_sent: bytes body_bytes size response_size bytes_out_body
bytes_sent: response_bytes bytes_out
request_length: req_len reqlen request_size req_size bytes_in rl
content_length: request_body_length
request_time: rt reqtime req_time response_time
request_id: reqid req_id rid x_request_id trace_request_id
http_referer: ref referer referrer http_referrer
http_user_agent: useragent user_agent agent http_ua
http_x_forwarded_for: xff x_forwarded_for forwarded_for http_xff
connection: conn connection_id
connection_requests: conn_req conn_reqs conn_requests
upstream_addr: ups uaddr upstream upstream_ip upstream_host backend backend_addr upstream_server
upstream_status: us ustatus upstream_code upstream_http_status
upstream_connect_time: uct upstream_connect ups_connect_time
upstream_header_time: uht upstream_header ups_header_time
upstream_response_time: urt upstream_time upstream_response ups_time upstream_resp_time
upstream_response_length: ul upstream_length upstream_resp_length
upstream_bytes_received: ubr
upstream_bytes_sent: ubs
upstream_cache_status: cs cache cache_status ucs upstream_cache x_cache
ssl_server_name: sni ssl_sni tls_sni server_name_indication tls_server_name
ssl_protocol: tls tls_version tls_protocol ssl_version
ssl_cipher: cipher tls_cipher
ssl_session_reused: tls_reused ssl_reused session_reused
ssl_alpn_protocol: alpn
ssl_curve: curve
geoip_country_code: country country_code geoip2_data_country_code geoip2_country_code
pid:
msec: epoch
time_iso8601:
time_local:
ttfb:
?port: port
?ua: ua
?stamp: time timestamp ts t date datetime @timestamp time_stamp
?seconds: total duration total_time elapsed
`

const squash = (key: string): string => key.toLowerCase().replace(/[_.$-]/g, '')

const BY_KEY = new Map<string, string>()
for (const line of NAMES.trim().split('\n')) {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon)
  for (const key of [name, ...line.slice(colon + 1).trim().split(/\s+/)]) if (key !== '') BY_KEY.set(squash(key), name)
}

const known = new Map<string, string>()

/** The variable that a key names, `?…` where the value decides, '' where the key is not known. */
export function variableOf(key: string): string {
  if (key.length > 64) return ''
  let name = known.get(key)
  if (name === undefined) {
    name = BY_KEY.get(squash(key)) ?? ''
    if (known.size < 2000) known.set(intern(key), name)
  }
  return name
}

const SERVICE_PORTS = new Set([80, 443, 3000, 5000, 8000, 8008, 8080, 8081, 8088, 8443, 8888, 9000, 9090, 9443])
const ADDRESSES = /^(?:\[?[0-9a-fA-F.:]+\]?(?::\d+)?|unix:\S+)(?:(?:, | : )|$)/
/** Seconds as nginx prints them, or with more decimals. */
const SECONDS = /^\d{1,6}\.\d{1,9}$/

/** The variable that an ambiguous key (`?port` …) means with this value, or undefined. */
export function settleKey(name: string, value: string): string | undefined {
  switch (name) {
    case '?port': {
      const port = Number(value)
      // a client's port is ephemeral, a server's is one that services use
      return port >= 1024 && !SERVICE_PORTS.has(port) ? 'remote_port' : 'server_port'
    }
    case '?ua': return /\d/.test(value) && ADDRESSES.test(value) ? 'upstream_addr' : 'http_user_agent'
    case '?stamp': return /^\d{9,19}(?:\.\d+)?$/.test(value) ? 'epoch' : /^\d.{9,39}$/.test(value) && /[-/]/.test(value) ? 'stamp' : undefined
    case '?seconds': return SECONDS.test(value) ? 'request_time' : undefined
    default: return undefined
  }
}
