// Zeek quic.log: one line a QUIC connection seen on the wire; TSV and JSON.
import { defineParser } from '../src/read/define.js'
import { host, list } from '../src/read/field.js'
import { zeekLog } from '../src/read/layouts/zeek.js'
import type { Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { detectZeek, settleTick, zeekConnection } from '../src/read/zeek/connection.js'

function finish(draft: Draft, row: Row): void {
  settleTick(draft, row)
  const tls = (draft.tls ??= {})
  tls.version = '1.3' // RFC 9001: QUIC carries TLS 1.3 or later, and there is no later
  tls.version_protocol = 'tls'
  // a client sends 1-RTT packets only when its handshake is complete; older editions do not note them
  if (row.text('history')?.includes('O')) tls.established = true
}

const FIELDS = 'ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tclient_initial_dcid\tclient_scid\tserver_scid\tserver_name\tclient_protocol\thistory'

export default defineParser({
  id: 'zeek-quic',
  title: 'Zeek quic.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/scripts/base/protocols/quic/main.zeek.html',
  dataset: 'zeek.quic',
  types: ['tls.handshake'],
  vantage: 'wire',
  limits: 'No certificate, cipher or alert (they are encrypted); only the first ALPN the client offered. A connection that was retried has two lines.',
  detect: head => detectZeek(head, 'quic', ['client_initial_dcid']),
  table: {
    layout: zeekLog(),
    constant: { type: 'tls.handshake', network: { transport: 'quic' } },
    also: ['ts', 'history'],
    fields: {
      ...zeekConnection,
      server_name: host('tls.client.server_name'),
      client_protocol: list('tls.client.alpn'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#path\tquic',
        `#fields\t${FIELDS}`,
        '1767604447.371204\tCqA1\t192.0.2.10\t34347\t203.0.113.7\t443\t1\t815d62c70884f4b5\te5ec6b26584229be\tc15d62c70884f4b5\twww.example.com\th3\tISishIHhHOoO',
        '1767604448.000000\tCqA2\t2001:db8::10\t34348\t2001:db8::7\t443\tquicv2\tfa603212c8688817\t(empty)\t-\tapi.example.com:443\t-\tISr',
        '1767604449.000000\tCqA3',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 34347 }, server: { ip: '203.0.113.7', port: 443 },
          network: { transport: 'quic', type: 'ipv4', protocol: 'tls', connection_id: 'CqA1' },
          tls: { version: '1.3', version_protocol: 'tls', established: true, client: { server_name: 'www.example.com', alpn: ['h3'] } },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'api.example.com',
          client: { ip: '2001:db8::10', port: 34348 }, server: { ip: '2001:db8::7', port: 443 },
          network: { transport: 'quic', type: 'ipv6', protocol: 'tls', connection_id: 'CqA2' },
          tls: { version: '1.3', version_protocol: 'tls', client: { server_name: 'api.example.com' } },
        },
      ],
      skipped: { header: 3, malformed: 1 },
    },
    {
      lines: '{"ts":1767604447.5,"uid":"CqB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"203.0.113.7","id.resp_p":443,"version":"1","client_initial_dcid":"00c14f2b","server_name":"static.example.com","client_protocol":"h3","history":"ISish"}',
      events: [{
        type: 'tls.handshake', ts_ms: 1767604447500, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'static.example.com',
        client: { ip: '192.0.2.11', port: 40001 }, server: { ip: '203.0.113.7', port: 443 },
        network: { transport: 'quic', type: 'ipv4', protocol: 'tls', connection_id: 'CqB1' },
        tls: { version: '1.3', version_protocol: 'tls', client: { server_name: 'static.example.com', alpn: ['h3'] } },
      }],
    },
  ],
})
