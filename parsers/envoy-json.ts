// Envoy with a JSON format: keys are chosen by whoever configures it, but mostly repeat the names of the operators.
import { defineParser } from '../src/read/define.js'
import { envoyJson } from '../src/read/envoy/format.js'
import { shareOfJson } from '../src/read/parser.js'

/** Only Envoy has these. */
const OWN = /^(?:response_flags|RESPONSE_FLAGS|responseFlags|response_code_details|RESPONSE_CODE_DETAILS|upstream_transport_failure_reason|x-envoy-.+|x_envoy_.+|upstream_service_time|(?:upstream|downstream)_(?:remote|local|direct_remote)_address|(?:UPSTREAM|DOWNSTREAM)_(?:REMOTE|LOCAL|DIRECT_REMOTE)_ADDRESS|downstream(?:Remote|Local)Address|upstream_cluster|UPSTREAM_CLUSTER|requested_server_name|REQUESTED_SERVER_NAME|:authority|DOWNSTREAM_TLS_VERSION|downstream_tls_version)$/

function isEnvoyObject(object: Record<string, unknown>): boolean {
  let own = 0
  for (const key in object) if (OWN.test(key)) own++
  return own >= 2
}

export default defineParser({
  id: 'envoy-json',
  title: 'Envoy access log (JSON: Istio\'s, or keys named after the operators)',
  reference: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage',
  dataset: 'envoy.access',
  types: ['http.request', 'net.connect', 'tls.handshake'],
  vantage: 'edge',
  limits: 'Keys are whatever the format says: the operators\' names in their common spellings are known. UF alone does not say whether the origin refused, timed out or failed in TLS: without details, one that took a second or more is read as a time-out.',
  detect: head => shareOfJson(head, isEnvoyObject),
  table: envoyJson(),
  samples: [{
    lines: [
      '{"start_time":"2026-01-05T09:14:07.371Z","method":"GET","path":"/a?x=1","protocol":"HTTP/2","response_code":503,"response_flags":"UF","response_code_details":"upstream_reset_before_response_started{connection_timeout}","bytes_received":0,"bytes_sent":91,"duration":5003,"upstream_service_time":null,"x_forwarded_for":"-","user_agent":"curl/8.5.0","request_id":"00000000-0000-4000-8000-000000000001","authority":"www.example.com","upstream_host":"198.51.100.10:8080","upstream_cluster":"web","downstream_local_address":"203.0.113.7:443","downstream_remote_address":"192.0.2.10:51544","requested_server_name":"www.example.com","route_name":"default"}',
      '{"start_time":"2026-01-05T09:14:08.100Z","method":"GET","x-envoy-origin-path":"/page","response_code":404,"user-agent":"ExampleAgent/1.0","downstream_remote_address":"192.0.2.13:40000",":authority":"shop.example.com"}',
      '{"start_time":"2026-01-05T09:14:08.100Z"',
    ],
    events: [
      {
        type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604452374, ts_basis: 'start', ts_res_ms: 1, duration_ms: 5003, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a', query: 'x=1' },
        http: { version: '2', request: { method: 'GET', id: '00000000-0000-4000-8000-000000000001', body: { bytes: 0 } }, response: { status_code: 503, body: { bytes: 91 } } },
        tls: { client: { server_name: 'www.example.com' } }, cdn: { result: 'UF', origin: { ip: '198.51.100.10', port: 8080, name: 'web' } },
        error: { type: 'connection_timeout', code: 'UF', message: 'upstream_reset_before_response_started{connection_timeout}' }, user_agent: { original: 'curl/8.5.0' },
      },
      {
        type: 'http.request', ts_ms: 1767604448100, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'shop.example.com',
        client: { ip: '192.0.2.13', port: 40000 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { domain: 'shop.example.com', path: '/page' },
        http: { request: { method: 'GET' }, response: { status_code: 404 } }, user_agent: { original: 'ExampleAgent/1.0' },
      },
    ],
    skipped: { 'invalid-json': 1 },
  }],
})
