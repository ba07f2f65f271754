/** JSON lines that people make of HAProxy's variables: the names of keys that are common for each. */
import { keyedJson } from '../cdn/keyed.js'
import { needsOneOf } from '../cdn/one-of.js'
import { time } from '../field.js'
import type { Table } from '../table.js'
import { tableOf } from './fields.js'

/** Variables and the keys they go by, the likelier first. A variable's own name is always a key too. */
export const KEYS: Readonly<Record<string, readonly string[]>> = {
  tr: ['request_date', 'time_local', '@timestamp', 'timestamp', 'date_time', 'datetime', 'accept_date', 'time', 'date', 't', 'Ts'],
  ci: ['client_ip', 'clientip', 'remote_addr', 'src_ip', 'source_ip', 'client_addr', 'remote_ip', 'srcip'],
  cp: ['client_port', 'remote_port', 'source_port', 'srcport'],
  client: ['client_address'],
  fi: ['frontend_ip', 'frontend_addr', 'dst_ip'],
  fp: ['frontend_port'],
  si: ['server_ip', 'upstream_addr', 'server_addr', 'srv_ip'],
  sp: ['server_port', 'srv_port'],
  ft: ['frontend_name', 'frontend', 'haproxy_frontend_name', 'frontend_name_transport', 'fe_name', 'f'],
  b: ['backend_name', 'backend', 'haproxy_backend_name', 'be_name'],
  s: ['server_name', 'haproxy_server_name', 'srv_name', 'server'],
  TR: ['time_request', 'time_client_request', 'time_client_req', 'time_receive', 'haproxy_client_request_send_time', 'Tq'],
  Tw: ['time_queue', 'time_wait', 'queue_time', 'queue_wait_time', 'haproxy_queue_wait_time', 'time_backend_queue'],
  Tc: ['time_connect', 'time_backend_connect', 'time_server_connect', 'connect_time', 'upstream_connect_time', 'server_connect_time', 'backend_connect_time', 'haproxy_server_wait_time'],
  Tr: ['time_response', 'time_backend_response', 'time_server_response', 'upstream_response_time', 'server_response_time', 'backend_response_time', 'haproxy_server_response_send_time'],
  Ta: ['time_active', 'time_duration', 'time_total', 'total_time', 'active_time', 'session_duration', 'duration_ms', 'duration', 'Tt'],
  ST: ['status_code', 'http_status_code', 'http_status', 'status', 'response_code'],
  B: ['bytes_read', 'response_size', 'bytes_sent', 'bytes_out'],
  U: ['bytes_uploaded', 'request_size', 'bytes_received', 'bytes_in'],
  tsc: ['termination_state', 'request_termination_state', 'session_termination_state', 'term_state', 'termination'],
  r: ['http_request', 'request', 'request_line', 'http_request_line'],
  HM: ['http_method', 'request_method', 'method', 'verb'],
  HU: ['http_uri', 'request_uri', 'uri', 'url', 'http_path', 'request_path', 'path', 'HP', 'HPO'],
  HQ: ['http_query', 'query_string', 'query'],
  HV: ['http_version', 'http_protocol'],
  ID: ['unique_id', 'unique-id', 'request_id', 'uniqueid', 'x_request_id'],
  sslv: ['ssl_version', 'tls_version', 'ssl_protocol', 'frontend_ssl_version', 'ssl_fc_protocol'],
  sslc: ['ssl_cipher', 'tls_cipher', 'ssl_ciphers', 'frontend_ssl_ciphers', 'ssl_fc_cipher'],
  sni: ['ssl_sni', 'ssl_fc_sni', 'tls_sni'],
  host: ['http_host', 'request_host', 'req_host', 'host_header', 'vhost'],
  user_agent: ['http_user_agent', 'useragent', 'user-agent', 'ua'],
  referer: ['http_referer', 'referrer'],
  forwarded: ['x_forwarded_for', 'x-forwarded-for', 'http_x_forwarded_for', 'xff'],
  hr: ['captured_request_headers', 'request_headers'],
}

/** Only HAProxy has these. */
const STATES = new Set(['tsc', ...KEYS.tsc!])
const COUNTERS = new Set(['beconn', 'feconn', 'actconn', 'srv_conn', 'srvconn', 'srv_queue', 'backend_queue', 'retries'])
const SERVERS = new Set(['b', 's', 'ft', ...KEYS.b!, ...KEYS.s!, ...KEYS.ft!])

/** True for an object that names a backend or frontend, and a termination state or HAProxy's counters. */
export function isHaproxyObject(object: Record<string, unknown>): boolean {
  let own = 0
  let server = false
  for (const key in object) {
    if (STATES.has(key)) own += 2
    else if (COUNTERS.has(key) || key.startsWith('haproxy_')) own++
    if (SERVERS.has(key)) server = true
  }
  return server && own >= 2
}

/** The table of JSON lines under any of those keys. */
export function jsonTable(): Table {
  const table = tableOf(keyedJson({ aliases: KEYS, absent: ['-', ''], accept: needsOneOf(['tsc', 'ft', 'b', 'r', 'HM', 'HU', 'ST'], KEYS) }), Object.keys(KEYS))
  return { ...table, fields: { ...table.fields, tr: time('any', 'start') } }
}
