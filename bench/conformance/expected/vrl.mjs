/** Unit tests of Vector's remap functions: `[{ test, input, want }]`, one per line, `want.error` where the line must be refused. */
import { pick } from '../fields.mjs'

const COMMON = {
  timestamp: ['time', 'time'], client: ['client.ip', 'ip'], method: ['http.request.method', 'text'], path: ['url.target', 'target'], request: ['http.request.line', 'request'], protocol: ['http.version', 'version'],
  status: ['http.response.status_code', 'count'], size: ['http.response.body.bytes', 'count'], referer: ['http.request.referrer', 'text'], referrer: ['http.request.referrer', 'text'], agent: ['user_agent.original', 'text'],
  severity: ['log.level', 'word'], pid: ['process.pid', 'count'], message: ['message', 'text'],
}
// in an access line `message` is the request line again
const ACCESS = { ...COMMON, host: ['client.ip', 'ip'], message: ['http.request.line', 'request'] }
const ERROR = { ...COMMON, host: ['url.domain', 'host'], cid: ['network.connection_id', 'text'] }
const ALB = {
  timestamp: ['time', 'time'], client_host: ['client', 'endpoint'], target_host: ['cdn.origin', 'endpoint'], elb_status_code: ['http.response.status_code', 'count'], target_status_code: ['cdn.origin.status_code', 'count'],
  received_bytes: ['http.request.bytes', 'count'], sent_bytes: ['http.response.bytes', 'count'], request_method: ['http.request.method', 'text'], request_url: ['url.full', 'url'], request_protocol: ['http.version', 'version'],
  user_agent: ['user_agent.original', 'text'], ssl_cipher: ['tls.cipher', 'cipher'], ssl_protocol: ['tls.version', 'tls'], domain_name: ['tls.client.server_name', 'word'], target_processing_time: ['cdn.origin.wait_ms', 'seconds'],
}

const namesFor = want => 'elb_status_code' in want ? ALB : 'severity' in want ? ERROR : ACCESS

export default {
  id: 'vrl',
  fits: data => Array.isArray(data) && data.length > 0 && data.every(entry => typeof entry?.input === 'string' && entry.want !== undefined),
  read: data => data.map((entry, index) => ({ line: index + 1, wants: entry.want.error !== undefined || entry.want.unconverted !== undefined ? [] : pick(entry.want, namesFor(entry.want)) })),
}
