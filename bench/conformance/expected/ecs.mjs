/** Filebeat's `-expected.json`: Elastic Common Schema documents with dotted keys, placed by `log.offset`, the byte the line begins at. */
import { pick } from '../fields.mjs'

const NAMES = {
  '@timestamp': ['time', 'time'], 'source.ip': ['client.ip', 'ip'], 'source.address': ['client.ip', 'ip'], 'source.port': ['client.port', 'count'], 'destination.ip': ['server.ip', 'ip'], 'destination.port': ['server.port', 'count'],
  'http.request.method': ['http.request.method', 'word'], 'url.original': ['url.target', 'target'], 'url.domain': ['url.domain', 'host'], 'http.version': ['http.version', 'version'],
  'http.response.status_code': ['http.response.status_code', 'count'], 'http.response.body.bytes': ['http.response.body.bytes', 'count'], 'http.response.bytes': ['http.response.bytes', 'count'],
  'http.request.referrer': ['http.request.referrer', 'text'], 'user_agent.original': ['user_agent.original', 'text'],
  'event.duration': ['duration_ms', 'ns'], 'log.level': ['log.level', 'word'], message: ['message', 'text'], 'process.pid': ['process.pid', 'count'],
  'apache.access.ssl.protocol': ['tls.version', 'tls'], 'apache.access.ssl.cipher': ['tls.cipher', 'cipher'],
  'haproxy.http.request.raw_request_line': ['http.request.line', 'request'], 'haproxy.backend_name': ['cdn.origin.name', 'origin'], 'haproxy.bytes_read': ['http.response.bytes', 'count'],
  'dns.question.name': ['dns.question.name', 'word'], 'dns.question.type': ['dns.question.type', 'rrtype'], 'dns.response_code': ['dns.response_code', 'word'], 'dns.id': ['dns.id', 'text'],
  'tls.version': ['tls.version', 'tls'], 'tls.cipher': ['tls.cipher', 'text'], 'tls.client.server_name': ['tls.client.server_name', 'word'],
}

export default {
  id: 'ecs',
  fits: data => Array.isArray(data) && data.length > 0 && data.every(entry => entry !== null && typeof entry === 'object' && ('log.offset' in entry || 'event.dataset' in entry)),
  read(data, { offsets }) {
    return data.map(entry => ({ line: offsets.get(entry['log.offset']), wants: pick(entry, NAMES) }))
  },
}
