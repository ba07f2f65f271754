/** Columns of a vendor's own table by their names: nekrassov01's access-log-parser and the like, `[{ c_ip, cs_method, … }]`. */
import { pick } from '../fields.mjs'

const decoded = value => typeof value === 'string' && value.includes('%20') ? decodeURIComponent(value) : value
const NAMES = {
  c_ip: ['client.ip', 'ip'], c_port: ['client.port', 'count'], cs_method: ['http.request.method', 'text'], x_host_header: ['url.domain', 'host'], cs_uri_stem: ['url.path', 'path'], cs_uri_query: ['url.query', 'text'], sc_status: ['http.response.status_code', 'count'],
  sc_bytes: ['http.response.bytes', 'count'], cs_bytes: ['http.request.bytes', 'count'], cs_referer: ['http.request.referrer', 'text'], cs_user_agent: ['user_agent.original', 'text'], time_taken: ['duration_ms', 'seconds'], time_to_first_byte: ['cdn.ttfb_ms', 'seconds'],
  ssl_protocol: ['tls.version', 'tls'], ssl_cipher: ['tls.cipher', 'cipher'], x_edge_request_id: ['http.request.id', 'text'], x_edge_location: ['cdn.pop', 'text'], x_edge_result_type: ['cdn.cache.raw', 'text'], cs_protocol: ['url.scheme', 'text'], cs_protocol_version: ['http.version', 'version'], sc_content_type: ['http.response.mime_type', 'text'], stamp: ['time', 'time'],
  client_ip: ['client.ip', 'ip'], elb_status_code: ['http.response.status_code', 'count'], target_status_code: ['cdn.origin.status_code', 'count'], method: ['http.request.method', 'text'], user_agent: ['user_agent.original', 'text'], time: ['time', 'time'],
}

export default {
  id: 'columns',
  fits: data => Array.isArray(data) && data.length > 0 && data.every(entry => entry !== null && typeof entry === 'object' && ('c_ip' in entry || 'cs_method' in entry || 'elb_status_code' in entry)),
  read: data => data.map((row, order) => ({ order, wants: pick({ ...row, cs_user_agent: decoded(row.cs_user_agent), ...('date' in row ? { stamp: `${row.date}T${row.time}Z`, time: undefined } : {}) }, NAMES) })),
}
