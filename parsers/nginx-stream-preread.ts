// nginx stream logs with ssl_preread: one line a TCP session, written at its end, with what the client's hello said.
import { defineParser } from '../src/read/define.js'
import { finishStream, STREAM_READS } from '../src/read/nginx/finish.js'
import { isSession, sessions } from '../src/read/nginx/session-line.js'
import { STREAM_ALSO, STREAM_FIELDS } from '../src/read/nginx/variables.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'nginx-stream-preread',
  title: 'nginx stream log (ssl_preread, or plain sessions)',
  reference: 'https://nginx.org/en/docs/stream/ngx_stream_ssl_preread_module.html',
  dataset: 'nginx.stream',
  vantage: 'edge',
  types: ['tls.handshake', 'net.connect'],
  limits: 'What the client offered, not what was agreed: no negotiated version, cipher, certificate or alert, and the outer name under ECH. The line is written when the session ends, which may be long after the handshake.',
  detect: head => shareOf(head, isSession) * 0.95,
  table: { layout: sessions(), fields: STREAM_FIELDS, also: STREAM_ALSO, constant: { type: 'tls.handshake' }, finish: finishStream, reads: STREAM_READS },
  samples: [
    {
      note: 'named values',
      lines: [
        '192.0.2.10:51544 [2026-01-05T09:14:12+00:00] 1767604452.371 TCP sni="www.example.com" alpn="h2,http/1.1" ver=TLSv1.3 vip=203.0.113.7:443 up=198.51.100.10:8443 status=200 in=401 out=3544 st=5.000',
        '2001:db8::10:51545 [2026-01-05T09:14:13+00:00] 1767604453.000 TCP sni="" alpn="" ver= vip=2001:db8::7:443 up=198.51.100.10:8443 status=502 in=20 out=0 st=0.001',
        '192.0.2.10:51546 [2026-01-05T09:14:12+00:00] 17676',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371, ts_end_ms: 1767604452371, ts_basis: 'derived', ts_res_ms: 1, hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 51544, bytes: 401 }, server: { ip: '203.0.113.7', port: 443, bytes: 3544 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 5000 },
          tls: { client: { server_name: 'www.example.com', alpn: ['h2', 'http/1.1'] } },
          cdn: { origin: { ip: '198.51.100.10', port: 8443 } }, labels: { tls_offered_version: '1.3' },
        },
        {
          type: 'net.connect', ts_ms: 1767604452999, ts_end_ms: 1767604453000, ts_basis: 'derived', ts_res_ms: 1, outcome: 'failure',
          client: { ip: '2001:db8::10', port: 51545, bytes: 20 }, server: { ip: '2001:db8::7', port: 443, bytes: 0 },
          network: { transport: 'tcp', type: 'ipv6', duration_ms: 1 }, cdn: { origin: { ip: '198.51.100.10', port: 8443 } },
          error: { type: 'destination_unavailable', code: '502' },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'the manual\'s own format, with the name appended',
      lines: [
        '192.0.2.10 [05/Jan/2026:09:14:12 +0000] TCP 200 3544 401 5.000 "198.51.100.10:8443" "401" "3544" "0.001" "www.example.com"',
        '192.0.2.10 [05/Jan/2026:09:14:12 +0000] UDP 200 100 50 0.010',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447000, ts_end_ms: 1767604452000, ts_basis: 'derived', ts_res_ms: 1000, hostname: 'www.example.com',
          client: { ip: '192.0.2.10', bytes: 401 }, server: { bytes: 3544 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 5000 },
          tls: { client: { server_name: 'www.example.com' } }, cdn: { origin: { ip: '198.51.100.10', port: 8443, bytes: 3544, connect_ms: 1 } },
        },
        {
          type: 'net.connect', ts_ms: 1767604451990, ts_end_ms: 1767604452000, ts_basis: 'derived', ts_res_ms: 1000,
          client: { ip: '192.0.2.10', bytes: 50 }, server: { bytes: 100 }, network: { transport: 'udp', type: 'ipv4', duration_ms: 10 },
        },
      ],
    },
  ],
})
