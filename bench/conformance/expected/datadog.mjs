/** Datadog pipeline tests: `[{ custom, message, timestamp }]`, one per line. */
import { flatten, pick } from '../fields.mjs'

const NAMES = {
  'network.client.ip': ['client.ip', 'ip'], 'network.client.port': ['client.port', 'count'], 'network.bytes_written': ['http.response.bytes', 'count'],
  'http.method': ['http.request.method', 'text'], 'http.status_code': ['http.response.status_code', 'count'], 'http.url_details.path': ['url.path', 'path'], 'http.url_details.host': ['url.domain', 'host'],
  'http.useragent': ['user_agent.original', 'text'], 'http.referer': ['http.request.referrer', 'text'], 'http.version': ['http.version', 'version'], 'http.request_id': ['http.request.id', 'text'],
  'object.conn.server_name': ['url.domain', 'host'], 'object.http.response.body_length': ['http.response.body.bytes', 'count'], bytes: ['http.response.body.bytes', 'count'],
  transferTimeMSec: ['timing.receive_ms', 'ms'], turnAroundTimeMSec: ['timing.wait_ms', 'ms'], reqEndTimeMSec: ['timing.send_ms', 'ms'], rspContentType: ['http.response.mime_type', 'text'], reqTimeSec: ['time', 'time'],
  duration: ['duration_ms', 'ns'],
}

export default {
  id: 'datadog',
  fits: data => Array.isArray(data) && data.length > 0 && data.every(entry => entry?.custom !== undefined),
  read: data => data.map((entry, index) => ({ line: index + 1, wants: pick(flatten(entry.custom), NAMES) })),
}
