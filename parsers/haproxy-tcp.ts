// HAProxy `option tcplog`: one line a connection, written when it ends, stamped with its start.
import { defineParser } from '../src/read/define.js'
import { isTcpLine, readTcpLine } from '../src/read/haproxy/lines.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'haproxy-tcp',
  title: 'HAProxy TCP log (tcplog)',
  reference: 'https://docs.haproxy.org/3.2/configuration.html#8.2.2',
  dataset: 'haproxy.tcp',
  types: ['net.connect', 'tls.handshake'],
  group: 'haproxy',
  vantage: 'edge',
  limits: 'A connection passed through: no name (an SNI only where it was appended as sni:NAME or sni=NAME, or the log-format is given as haproxy:FORMAT), no server address, and times without a zone.',
  detect: head => shareOf(head, isTcpLine),
  open: context => ({ line: (text, _number, outer) => readTcpLine(text, context, outer) }),
  samples: [{
    lines: [
      '192.0.2.10:51544 [05/Jan/2026:09:14:07.371] fe_tls be_tls/s1 1/2/861 1485 -- 2/1/0/0/0 0/0',
      '2001:db8::10:51545 [05/Jan/2026:09:14:08.000] fe_tls be_tls/s2 0/-1/5004 0 sC 2/1/0/0/3 0/0',
      '192.0.2.10:51546 [05/Jan/2026:09:14:09.000] fe_tls be_tls/<NOSRV> -1/-1/1 0 SC 1/1/0/0/0 0/0',
      '192.0.2.10:51547 [05/Jan/2026:09:14:10.000] fe_tls be_tls/s1 1/2/861 1485 --',
    ],
    events: [
      {
        type: 'net.connect', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', client: { ip: '192.0.2.10', port: 51544 }, server: { bytes: 1485 },
        network: { transport: 'tcp', type: 'ipv4', duration_ms: 861 }, cdn: { origin: { name: 'be_tls/s1', connect_ms: 2 } },
      },
      {
        type: 'net.connect', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '2001:db8::10', port: 51545 }, server: { bytes: 0 },
        network: { transport: 'tcp', type: 'ipv6', duration_ms: 5004 }, cdn: { result: 'sC', origin: { name: 'be_tls/s2', connect_ms: 5004 } }, error: { type: 'connection_timeout', code: 'sC' },
      },
      {
        type: 'net.connect', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '192.0.2.10', port: 51546 }, server: { bytes: 0 },
        network: { transport: 'tcp', type: 'ipv4', duration_ms: 1 }, cdn: { result: 'SC', origin: { name: 'be_tls' } }, error: { type: 'destination_unavailable', code: 'SC' },
      },
    ],
    skipped: { incomplete: 1 },
  }, {
    note: 'an SNI that was appended under its name',
    lines: ['192.0.2.10:51544 [05/Jan/2026:09:14:07.371] fe_tls be_tls/s1 1/2/861 1485 -- 2/1/0/0/0 0/0 sni:www.example.com', '192.0.2.10:51545 [05/Jan/2026:09:14:08.371] fe_tls be_tls/s1 1/2/861 1485 -- 2/1/0/0/0 0/0 sni:-'],
    events: [
        {
          type: 'tls.handshake', line: 1, ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 51544 },
          server: { bytes: 1485 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', duration_ms: 861 }, tls: { client: { server_name: 'www.example.com' } },
          cdn: { origin: { name: 'be_tls/s1', connect_ms: 2 } },
        },
        {
          type: 'net.connect', line: 2, ts_ms: 1767604448371, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', client: { ip: '192.0.2.10', port: 51545 }, server: { bytes: 1485 },
          network: { transport: 'tcp', type: 'ipv4', duration_ms: 861 }, cdn: { origin: { name: 'be_tls/s1', connect_ms: 2 } },
        },
      ],
  }],
})
