// AWS application load balancer, connection log: one line a TLS handshake (or a plain connection), joined to the access log by its last value.
import { spaced } from '../src/read/cdn/cells.js'
import { fail } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, ip, port, text, time, tlsVersion } from '../src/read/field.js'
import { shareOf, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { ianaCipherName } from '../src/read/vocabulary/tls.js'

const COLUMNS = `time client_ip client_port listener_port tls_protocol tls_cipher tls_handshake_latency leaf_client_cert_subject leaf_client_cert_validity leaf_client_cert_serial_number
tls_verify_status conn_trace_id`.split(/\s+/)

function finish(draft: Draft, row: Row): void {
  const verified = row.text('tls_verify_status')
  if (verified === undefined && row.text('tls_protocol') === undefined) {
    draft.type = 'net.connect' // a listener without TLS
    return
  }
  const tls = (draft.tls ??= {})
  const cipher = row.text('tls_cipher')
  if (cipher !== undefined) tls.cipher = ianaCipherName(cipher)
  tls.established = verified === undefined || !verified.startsWith('Failed')
  // what failed is the check of the client's certificate, not of the server's
  if (!tls.established) fail(draft, 'tls_protocol_error', verified!.slice(7) || undefined)
}

export default defineParser({
  id: 'aws-alb-connection',
  title: 'AWS Application Load Balancer connection log',
  reference: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-connection-logs.html',
  dataset: 'aws.alb_connection',
  types: ['tls.handshake', 'net.connect'],
  vantage: 'edge',
  limits: 'No SNI and no server address: the name comes from the access log, by the connection\'s TID. Every failure that is not about a client certificate is UnmappedConnectionError.',
  detect: head => shareOf(head, line => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z? [\da-fA-F.:]+ \d+ \d+ (?:TLSv1\S*|-) \S+ (?:[\d.]+|-) /.test(line)),
  table: {
    layout: spaced({ columns: COLUMNS, atLeast: 11, open: true }),
    constant: { type: 'tls.handshake', network: { transport: 'tcp' } },
    also: ['tls_cipher', 'tls_verify_status', 'tls_protocol'],
    fields: {
      time: time('iso', 'end', { zone: 'UTC', required: true }),
      client_ip: ip('client.ip', { required: true }),
      client_port: port('client.port'),
      listener_port: port('server.port'),
      tls_protocol: tlsVersion(),
      tls_handshake_latency: duration('duration_ms', 's'),
      conn_trace_id: text('network.connection_id'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        '2026-03-04T10:15:18.514108Z 203.0.113.24 36280 443 TLSv1.3 TLS_AES_128_GCM_SHA256 0.036 "-" - - Success TID_0123456789abcdef',
        '2026-03-04T10:15:18.600000Z 2001:db8::24 36281 443 TLSv1.2 ECDHE-RSA-AES128-GCM-SHA256 - "CN=client.example,O=Example" NotBefore=2026-01-01T00:00:00Z;NotAfter=2026-12-31T00:00:00Z FEF257372D5C14D4 "Failed:ClientCertUntrusted" TID_0123456789abcde0',
        '2026-03-04T10:15:18.700000Z 203.0.113.25 36282 80 - - - "-" - - - TID_0123456789abcde1',
        '2026-03-04T10:15:18.800000Z 203.0.113.25 36283 443 - - - "-" - - Failed:UnmappedConnectionError TID_0123456789abcde2',
        '2026-03-04T10:15:18.900000Z 203.0.113.25 36282 80',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1772619318478.108, ts_end_ms: 1772619318514.108, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 36, outcome: 'success', client: { ip: '203.0.113.24', port: 36280 }, server: { port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: 'TID_0123456789abcdef' }, tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256', established: true },
        },
        {
          type: 'tls.handshake', ts_ms: 1772619318600, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'failure', client: { ip: '2001:db8::24', port: 36281 }, server: { port: 443 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'tls', connection_id: 'TID_0123456789abcde0' }, tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', established: false },
          error: { type: 'tls_protocol_error', code: 'ClientCertUntrusted' },
        },
        {
          type: 'net.connect', ts_ms: 1772619318700, ts_basis: 'end', ts_res_ms: 0.001, client: { ip: '203.0.113.25', port: 36282 }, server: { port: 80 },
          network: { transport: 'tcp', type: 'ipv4', connection_id: 'TID_0123456789abcde1' },
        },
        {
          type: 'tls.handshake', ts_ms: 1772619318800, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'failure', client: { ip: '203.0.113.25', port: 36283 }, server: { port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: 'TID_0123456789abcde2' }, tls: { established: false }, error: { type: 'tls_protocol_error', code: 'UnmappedConnectionError' },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
