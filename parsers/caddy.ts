// Caddy 2: JSON access records with the TLS group, and the error and debug records of the same requests.
import { caddyDraft } from '../src/read/caddy/record.js'
import { caddyTime, durationUnit } from '../src/read/caddy/units.js'
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { readObject } from '../src/read/layouts/json.js'
import { isSkip, shareOf, shareOfJson, skip, type LineReader, type ParserContext } from '../src/read/parser.js'
import { inheritTime } from '../src/read/table.js'

type Bag = Record<string, unknown>

const LOGGERS = /^(?:http|tls|admin|caddy|pki|events|docker-proxy|layer4)(?:\.|$)/

/** The console encoder puts time, level, logger and message before the JSON. */
const CONSOLE = /^([^\t]{8,40})\t([A-Z]{4,6})\t(?:([\w.-]+)\t)?([^\t{]{1,500})\t(\{.*\})$/

function recordOf(line: string): { object: Bag } | ReturnType<typeof skip> {
  if (line.charCodeAt(0) === 123) return readObject(line)
  const console = CONSOLE.exec(line)
  if (!console) return readObject(line)
  const read = readObject(console[5]!)
  return 'skip' in read ? read : { object: { level: console[2]!.toLowerCase(), ts: console[1]!, logger: console[3], msg: console[4], ...read.object } }
}

function open(context: ParserContext): LineReader {
  const unit = durationUnit(context.head)
  return {
    line(text, _number, outer) {
      const read = recordOf(text)
      if ('skip' in read) return read
      const { object } = read
      if (typeof object.msg !== 'string' && !('request' in object)) return skip('not-this-format', 'no message and no request')
      const draft = caddyDraft(object, unit)
      if (isSkip(draft)) return draft
      const stamp = caddyTime(object.ts)
      const basis = draft.type === 'http.request' ? 'end' : 'point'
      if (stamp) putTime(draft, stamp, basis, context, outer)
      else if (object.ts !== undefined) return skip('bad-time')
      else if (outer) inheritTime(draft, outer, basis)
      return draft
    },
  }
}

const isRecord = (object: Bag): boolean => {
  const { logger, request } = object
  const requested = typeof request === 'object' && request !== null && 'uri' in request && ('remote_ip' in request || 'remote_addr' in request)
  if (requested) return true
  return 'level' in object && 'ts' in object && typeof object.msg === 'string' && (typeof logger === 'string' ? LOGGERS.test(logger) : /^(?:using (?:config|provided)|maxprocs:|GOMEMLIMIT|adapted config|autosaved config|serving initial|Caddyfile input)/.test(object.msg))
}

export default defineParser({
  id: 'caddy',
  title: 'Caddy 2 JSON log',
  reference: 'https://caddyserver.com/docs/logging',
  dataset: 'caddy.access',
  vantage: 'edge',
  types: ['http.request', 'log.line', 'tls.handshake'],
  limits: 'An access record names no upstream (log_append can add it); the cause of a 502 or 504 is in the error record of the same request, with which it shares no id. There is no cache.',
  detect: head => Math.max(shareOfJson(head, isRecord), shareOf(head, line => CONSOLE.test(line)) === 1 ? 0.9 : 0),
  open,
  samples: [
    {
      note: 'an access record and the error record of the same request',
      lines: [
        '{"level":"error","ts":1767604477.371,"logger":"http.log.error.log0","msg":"dial tcp 198.51.100.10:443: i/o timeout","request":{"remote_ip":"192.0.2.10","remote_port":"51514","client_ip":"192.0.2.10","proto":"HTTP/2.0","method":"GET","host":"www.example.com:8443","uri":"/api?x=1","headers":{"User-Agent":["ExampleAgent/1.0"]}},"duration":3.0001,"status":504,"err_id":"abc"}',
        '{"level":"error","ts":1767604477.371537,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"192.0.2.10","remote_port":"51514","client_ip":"203.0.113.99","proto":"HTTP/2.0","method":"GET","host":"www.example.com:8443","uri":"/api?x=1","headers":{"User-Agent":["ExampleAgent/1.0"],"Cookie":["REDACTED"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"www.example.com","ech":false}},"bytes_read":0,"user_id":"","duration":3.000371537,"size":0,"status":504,"resp_headers":{"Server":["Caddy"],"Cache-Status":["Souin; fwd=uri-miss; stored"]}}',
        '{"level":"info","ts":1767604478,"logger":"admin","msg":"admin endpoint started","address":"localhost:2019"}',
        '{"level":"info","ts":17676044',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604477371, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.com', message: 'dial tcp 198.51.100.10:443: i/o timeout',
          client: { ip: '192.0.2.10', port: 51514 }, network: { type: 'ipv4' }, url: { domain: 'www.example.com', port: 8443, path: '/api', query: 'x=1' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 504 } }, cdn: { origin: { ip: '198.51.100.10', port: 443 } },
          error: { type: 'connection_timeout', code: '504', message: 'dial tcp 198.51.100.10:443: i/o timeout' }, user_agent: { original: 'ExampleAgent/1.0' }, log: { level: 'error' },
        },
        {
          type: 'http.request', ts_ms: 1767604474371.165, ts_end_ms: 1767604477371.537, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 3000.372, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 51514 }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '203.0.113.99' }, url: { scheme: 'https', domain: 'www.example.com', port: 8443, path: '/api', query: 'x=1' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 504, body: { bytes: 0 } } },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256', resumed: false, next_protocol: 'h2', client: { server_name: 'www.example.com' } },
          cdn: { cache: { status: 'miss', raw: 'Souin; fwd=uri-miss; stored', fwd: 'uri-miss' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
      skipped: { 'not-an-event': 1, 'invalid-json': 1 },
    },
    {
      note: 'a failed handshake, a round trip, and Go durations',
      lines: [
        '{"level":"debug","ts":1767604447.5,"logger":"http.stdlib","msg":"http: TLS handshake error from 192.0.2.10:51514: remote error: tls: unknown certificate authority"}',
        '{"level":"debug","ts":1767604448.5,"logger":"http.handlers.reverse_proxy","msg":"upstream roundtrip","upstream":"198.51.100.10:8080","duration":"1m2.05s","request":{"remote_ip":"2001:db8::10","remote_port":"40000","proto":"HTTP/1.1","method":"GET","host":"www.example.com","uri":"/"},"status":200}',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447500, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', client: { ip: '192.0.2.10', port: 51514 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
          tls: { established: false, alert: 'unknown_ca', alert_from: 'client' }, error: { type: 'tls_alert_received', message: 'remote error: tls: unknown certificate authority' }, log: { level: 'debug' },
        },
        {
          type: 'log.line', ts_ms: 1767604448500, ts_basis: 'point', ts_res_ms: 1, hostname: 'www.example.com', message: 'upstream roundtrip', client: { ip: '2001:db8::10', port: 40000 }, network: { type: 'ipv6' },
          url: { domain: 'www.example.com', path: '/' }, http: { version: '1.1', request: { method: 'GET' } }, cdn: { origin: { ip: '198.51.100.10', port: 8080, duration_ms: 62050, status_code: 200 } }, log: { level: 'debug' },
        },
      ],
    },
  ],
})
