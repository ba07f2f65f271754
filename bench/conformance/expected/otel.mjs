/** OpenTelemetry log records (pdata as YAML or JSON, or flattened): `resourceLogs[].scopeLogs[].logRecords[]`, in any order. */
import { pick } from '../fields.mjs'

const NAMES = {
  'client.address': ['client.ip', 'ip'], 'client.port': ['client.port', 'count'], 'network.peer.address': ['client.ip', 'ip'],
  'http.request.method': ['http.request.method', 'text'], 'http.response.status_code': ['http.response.status_code', 'count'], 'url.full': ['url.full', 'url'], 'url.path': ['url.path', 'path'], 'url.query': ['url.query', 'text'], 'url.domain': ['url.domain', 'host'],
  'user_agent.original': ['user_agent.original', 'text'], 'network.protocol.version': ['http.version', 'version'], 'tls.protocol.version': ['tls.version', 'tls'],
  'http.request.header.referer': ['http.request.referrer', 'text'], 'http.request.size': ['http.request.bytes', 'count'], 'http.response.size': ['http.response.bytes', 'count'], 'http.request.body.size': ['http.request.bytes', 'count'], 'http.response.body.size': ['http.response.bytes', 'count'],
  'http.server.request.duration': ['duration_ms', 'seconds'], 'properties.POP': ['cdn.pop', 'text'], 'properties.BackendHostName': ['cdn.origin.name', 'text'], 'properties.TimeTaken': ['duration_ms', 'seconds'], 'properties.TimeToFirstByte': ['cdn.ttfb_ms', 'ms'], 'az.service_request_id': ['http.request.id', 'text'],
  ClientIP: ['client.ip', 'ip'], ClientRequestMethod: ['http.request.method', 'text'], ClientRequestHost: ['url.domain', 'host'], ClientRequestURI: ['url.target', 'target'], EdgeResponseStatus: ['http.response.status_code', 'count'], EdgeResponseBytes: ['http.response.bytes', 'count'], RayID: ['http.request.id', 'text'], EdgeStartTimestamp: ['time', 'time'],
  'dns.question.name': ['dns.question.name', 'word'], 'dns.response_code': ['dns.response_code', 'word'], 'gcp.dns.query.name': ['dns.question.name', 'word'], 'gcp.dns.query.type': ['dns.question.type', 'rrtype'], 'gcp.dns.response.code': ['dns.response_code', 'word'],
  timeUnixNano: ['time', 'time'],
}

const valueOf = value => {
  if (value === null || typeof value !== 'object') return value
  if ('kvlistValue' in value) return mapOf(value.kvlistValue?.values)
  if ('arrayValue' in value) return (value.arrayValue?.values ?? []).map(valueOf)
  return Object.values(value)[0]
}
const mapOf = (list = [], prefix = '') => Object.fromEntries((list ?? []).flatMap(({ key, value }) => {
  const inner = valueOf(value)
  return inner !== null && typeof inner === 'object' && !Array.isArray(inner) ? Object.entries(inner).map(([name, deep]) => [`${prefix}${key}.${name}`, deep]) : [[prefix + key, inner]]
}))

export default {
  id: 'otel',
  isUnordered: true, // their tests ignore the order of records
  fits: data => Array.isArray(data?.resourceLogs),
  read(data) {
    const records = data.resourceLogs.flatMap(resource => resource.scopeLogs ?? []).flatMap(scope => scope.logRecords ?? [])
    return records.map((record, order) => {
      const body = record.body?.kvlistValue ? valueOf(record.body) : {}
      return { order, wants: pick({ timeUnixNano: record.timeUnixNano, ...mapOf(record.attributes), ...body }, NAMES) }
    })
  },
}
