/** CrowdSec hub `parser.assert`, converted: `{ parser: [{ success, Parsed, Meta }] }`, the line itself in `Parsed.message`. */
import { flatten, pick } from '../fields.mjs'

const HTTP = {
  'Parsed.remote_addr': ['client.ip', 'ip'], 'Parsed.client_ip': ['client.ip', 'ip'], 'Parsed.source_ip': ['client.ip', 'ip'], 'Meta.source_ip': ['client.ip', 'ip'],
  'Parsed.remote_port': ['client.port', 'count'], 'Parsed.client_port': ['client.port', 'count'], 'Parsed.source_port': ['client.port', 'count'],
  'Parsed.verb': ['http.request.method', 'text'], 'Parsed.http_verb': ['http.request.method', 'text'], 'Parsed.http_method': ['http.request.method', 'text'], 'Meta.http_verb': ['http.request.method', 'text'],
  'Parsed.request': ['url.target', 'target'], 'Meta.http_path': ['url.target', 'target'],
  'Parsed.status': ['http.response.status_code', 'count'], 'Meta.http_status': ['http.response.status_code', 'count'],
  'Parsed.http_version': ['http.version', 'version'],
  'Parsed.http_user_agent': ['user_agent.original', 'text'], 'Meta.http_user_agent': ['user_agent.original', 'text'],
  'Parsed.http_referer': ['http.request.referrer', 'text'],
  'Parsed.body_bytes_sent': ['http.response.body.bytes', 'count'],
  'Parsed.time_local': ['time', 'time'], 'Parsed.accept_date': ['time', 'time'], 'Parsed.fastly_timestamp': ['time', 'time'],
  'Meta.target_fqdn': ['url.domain', 'host'], 'Meta.http_host': ['url.domain', 'host'],
}
const MORE = {
  haproxy: { 'Parsed.bytes_read': ['http.response.bytes', 'count'], 'Parsed.time_duration': ['duration_ms', 'ms'], 'Parsed.time_backend_connect': ['cdn.origin.connect_ms', 'ms'], 'Parsed.time_backend_response': ['cdn.origin.wait_ms', 'ms'], 'Parsed.backend_name': ['cdn.origin.name', 'origin'] },
  aws: {
    'Parsed.time': ['time', 'time'], 'Parsed.elb_status_code': ['http.response.status_code', 'count'], 'Parsed.target_status_code': ['cdn.origin.status_code', 'count'], 'Parsed.target_addr': ['cdn.origin.ip', 'ip'], 'Parsed.target_port': ['cdn.origin.port', 'count'],
    'Parsed.target_processing_time': ['cdn.origin.wait_ms', 'seconds'], 'Parsed.ssl_cipher': ['tls.cipher', 'cipher'], 'Parsed.ssl_protocol': ['tls.version', 'tls'], 'Parsed.domain_name': ['tls.client.server_name', 'word'],
    'Parsed.received_bytes': ['http.request.bytes', 'count'], 'Parsed.sent_bytes': ['http.response.bytes', 'count'], 'Parsed.port': ['url.port', 'count'], 'Parsed.protocol': ['url.scheme', 'text'],
  },
  traefik: { 'Parsed.service_addr': ['cdn.origin.ip', 'ip'], 'Parsed.request_duration_in_ms': ['duration_ms', 'ms'], nanoseconds: ['duration_ms', 'ns'] },
}

/** The flat record; what they call milliseconds is Traefik's Duration in nanoseconds where the line is JSON. */
function flatOf({ Parsed, Meta }) {
  const flat = flatten({ Parsed, Meta })
  if (!String(Parsed?.message).startsWith('{')) return flat
  return { ...flat, nanoseconds: Parsed.request_duration_in_ms, 'Parsed.request_duration_in_ms': undefined }
}

export default {
  id: 'crowdsec',
  fits: data => data !== null && typeof data === 'object' && !Array.isArray(data) && Object.values(data).length > 0 && Object.values(data).every(list => Array.isArray(list) && list.every(entry => typeof entry?.success === 'boolean')),
  read(data, { lines }) {
    const used = new Set()
    const filled = lines.flatMap((text, index) => text.trim() === '' ? [] : [index])
    return Object.entries(data).flatMap(([parser, list]) => {
      const more = Object.entries(MORE).find(([word]) => parser.includes(word))?.[1]
      return list.map((entry, position) => {
        if (!entry.success) return { wants: [] }
        const message = entry.Parsed?.message
        const line = message === undefined ? -1 : lines.findIndex((text, index) => !used.has(index) && (text === message || text.includes(message) || text.includes(JSON.stringify(message).slice(1, -1))))
        used.add(line)
        // a message that is no part of a line (escapes undone) leaves the position, where there is an entry for every line
        const index = line !== -1 ? line : filled.length === list.length ? filled[position] : undefined
        return { line: index === undefined ? undefined : index + 1, wants: pick(flatOf(entry), { ...more, ...HTTP }) }
      })
    })
  },
}
