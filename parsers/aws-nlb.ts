// AWS network load balancer, access log: TLS listeners only, one line a connection, written when it ends.
import { spaced } from '../src/read/cdn/cells.js'
import { fail } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, endpoint, host, int, text, time, tlsVersion } from '../src/read/field.js'
import { shareOf, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { asUtc } from '../src/read/clock.js'
import { readIso, round3 } from '../src/read/time.js'
import { alertName, ianaCipherName } from '../src/read/vocabulary/tls.js'

const COLUMNS = `type version time elb listener client destination connection_time tls_handshake_time received_bytes sent_bytes incoming_tls_alert chosen_cert_arn chosen_cert_serial
tls_cipher tls_protocol_version tls_named_group domain_name alpn_fe_protocol alpn_be_protocol alpn_client_preference_list tls_connection_creation_time`.split(/\s+/)

/** `h2","http/1.1` (the outer quotes are gone), or with the quotes escaped. */
function alpnOf(printed: string | undefined): string[] | undefined {
  const names = printed?.split(',').map(name => name.replace(/[\\"]/g, '').trim()).filter(name => name !== '' && name !== '-')
  return names && names.length > 0 ? names : undefined
}

/** The stamp marks the end of the connection; its start is written in newer lines, and follows from its length in older ones. */
function putStart(draft: Draft, row: Row): void {
  const created = row.text('tls_connection_creation_time')
  const stamp = created === undefined ? undefined : readIso(created)
  const start = stamp && asUtc(stamp)
  const life = draft.network?.duration_ms
  if (start) {
    draft.ts_ms = start.ms
    draft.ts_basis = 'start'
  } else if (draft.ts_ms !== undefined && life !== undefined) {
    draft.ts_ms = round3(draft.ts_ms - life)
    draft.ts_basis = 'derived'
    if (draft.duration_ms !== undefined) draft.ts_end_ms = round3(draft.ts_ms + draft.duration_ms)
  }
}

function finish(draft: Draft, row: Row): void {
  putStart(draft, row)
  const tls = (draft.tls ??= {})
  tls.established = draft.duration_ms !== undefined && row.text('tls_protocol_version') !== undefined
  const cipher = row.text('tls_cipher')
  if (cipher !== undefined) tls.cipher = ianaCipherName(cipher)
  const alpn = alpnOf(row.text('alpn_client_preference_list'))
  if (alpn) (tls.client ??= {}).alpn = alpn
  const number = row.text('incoming_tls_alert')
  const alert = number === undefined ? undefined : alertName(Number(number))
  if (alert !== undefined) {
    tls.alert = alert
    tls.alert_from = 'client'
  }
  if (!tls.established) fail(draft, alert === undefined ? 'tls_protocol_error' : 'tls_alert_received', number, alert)
}

export default defineParser({
  id: 'aws-nlb',
  title: 'AWS Network Load Balancer access log (TLS listeners)',
  reference: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-access-logs.html',
  dataset: 'aws.nlb',
  types: ['tls.handshake'],
  vantage: 'edge',
  limits: 'A failed handshake has neither name nor version nor cipher, only client, time and the alert the client sent; delivery is best effort; TCP and UDP listeners are not logged.',
  detect: head => shareOf(head, line => /^tls [12]\.\d \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S* \S+ \S+ \S+:\d+ \S+:\d+ /.test(line)),
  table: {
    layout: spaced({ columns: COLUMNS, atLeast: 17, open: true, fits: cells => cells[0] === 'tls' }),
    constant: { type: 'tls.handshake', network: { transport: 'tcp' } },
    also: ['tls_cipher', 'incoming_tls_alert', 'alpn_client_preference_list', 'tls_connection_creation_time', 'tls_protocol_version'],
    fields: {
      time: time('iso', 'end', { zone: 'UTC' }),
      elb: text('labels.load_balancer'),
      client: endpoint('client'),
      destination: endpoint('server'),
      connection_time: duration('network.duration_ms', 'ms'),
      tls_handshake_time: duration('duration_ms', 'ms'),
      received_bytes: int('client.bytes'),
      sent_bytes: int('server.bytes'),
      tls_protocol_version: tlsVersion(),
      tls_named_group: text('tls.curve'),
      domain_name: host('tls.client.server_name'),
      alpn_fe_protocol: text('tls.next_protocol'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        'tls 2.0 2026-03-04T10:15:20 net/my-nlb/0123456789abcdef 0fedcba987654321 203.0.113.24:43890 192.0.2.80:443 2005 21 98 246 - arn:aws:acm:us-east-1:111122223333:certificate/0example - ECDHE-RSA-AES128-GCM-SHA256 tlsv12 secp256r1 www.example.com h2 h2 "h2","http/1.1" 2026-03-04T10:15:18',
        'tls 2.0 2026-03-04T10:15:21 net/my-nlb/0123456789abcdef 0fedcba987654321 203.0.113.25:43891 192.0.2.80:443 36 - 0 0 48 - - - - - - - - - 2026-03-04T10:15:21',
        'tls 1.0 2026-03-04T10:15:22 net/my-nlb/0123456789abcdef 0fedcba987654321 203.0.113.26:43892 192.0.2.80:443 1500 20 98 246 - arn:aws:acm:us-east-1:111122223333:certificate/0example - TLS_AES_128_GCM_SHA256 tlsv13 - api.example.com',
        'tls 1.0 2026-03-04T10:15:22 net/my-nlb',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1772619318000, ts_end_ms: 1772619318021, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 21, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 43890, bytes: 98 }, server: { ip: '192.0.2.80', port: 443, bytes: 246 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 2005 },
          tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', curve: 'secp256r1', established: true, next_protocol: 'h2', client: { server_name: 'www.example.com', alpn: ['h2', 'http/1.1'] } },
          labels: { load_balancer: 'net/my-nlb/0123456789abcdef' },
        },
        {
          type: 'tls.handshake', ts_ms: 1772619321000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', client: { ip: '203.0.113.25', port: 43891, bytes: 0 }, server: { ip: '192.0.2.80', port: 443, bytes: 0 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 36 }, tls: { established: false, alert: 'unknown_ca', alert_from: 'client' },
          error: { type: 'tls_alert_received', code: '48', message: 'unknown_ca' }, labels: { load_balancer: 'net/my-nlb/0123456789abcdef' },
        },
        {
          type: 'tls.handshake', ts_ms: 1772619320500, ts_end_ms: 1772619320520, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 20, outcome: 'success', hostname: 'api.example.com',
          client: { ip: '203.0.113.26', port: 43892, bytes: 98 }, server: { ip: '192.0.2.80', port: 443, bytes: 246 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 1500 },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256', established: true, client: { server_name: 'api.example.com' } }, labels: { load_balancer: 'net/my-nlb/0123456789abcdef' },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
