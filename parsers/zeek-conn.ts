// Zeek conn.log: one line a connection (or UDP exchange) seen on the wire; TSV and JSON.
import { defineParser } from '../src/read/define.js'
import { duration, int, word } from '../src/read/field.js'
import { zeekLog } from '../src/read/layouts/zeek.js'
import { skip, type Draft, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import type { ErrorType } from '../src/schema/error-types.js'
import { detectZeek, settleTick, zeekConnection } from '../src/read/zeek/connection.js'

/** States in which the other side was never reached, or hung up before it answered. The rest either worked or cannot be told. */
const FAILED: Readonly<Record<string, ErrorType>> = { S0: 'connection_timeout', REJ: 'connection_refused', RSTRH: 'connection_terminated' }
/** States in which both sides shook hands; how they parted is no failure of the connection. */
const ESTABLISHED = new Set(['S1', 'SF', 'S2', 'S3', 'RSTO', 'RSTR'])

/** Zeek's analyzers by their protocol's usual name; of several the first is the outer one. */
function protocolOf(services: string | undefined): string | undefined {
  const names = services?.split(',') ?? []
  if (names.includes('quic')) return 'quic'
  return names[0] === 'ssl' ? 'tls' : names[0]?.replace(/^-/, '') // a minus marks an analyzer that gave up
}

function finish(draft: Draft, row: Row): void | Skip {
  settleTick(draft, row)
  const network = (draft.network ??= {})
  const isTcp = network.transport === 'tcp'
  if (network.transport === undefined) return skip('not-an-event', 'neither TCP nor UDP') // the ports of ICMP are type and code
  const protocol = protocolOf(row.text('service'))
  if (protocol !== undefined) network.protocol = protocol
  if (protocol === 'quic') network.transport = 'quic'
  const state = row.text('conn_state')
  if (state === undefined || !isTcp) return
  const failure = FAILED[state]
  if (failure !== undefined) draft.error = { type: failure, code: state }
  else if (ESTABLISHED.has(state)) draft.outcome = 'success'
}

const FIELDS = 'ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\torig_bytes\tresp_bytes\tconn_state\tlocal_orig\tlocal_resp\tmissed_bytes\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\ttunnel_parents\tip_proto'

export default defineParser({
  id: 'zeek-conn',
  title: 'Zeek conn.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/logs/conn.html',
  dataset: 'zeek.conn',
  types: ['net.connect'],
  vantage: 'wire',
  limits: 'No names, and one duration for the whole connection: how long connecting took is not logged. A line is written when the connection ends.',
  detect: head => detectZeek(head, 'conn', ['conn_state', 'proto']),
  table: {
    layout: zeekLog(),
    constant: { type: 'net.connect' },
    also: ['ts', 'service', 'conn_state'],
    fields: {
      ...zeekConnection,
      proto: word('network.transport', { tcp: 'tcp', udp: 'udp' }),
      duration: duration('network.duration_ms', 's'),
      orig_bytes: int('client.bytes'),
      resp_bytes: int('server.bytes'),
    },
    reads: ['network'],
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#path\tconn',
        `#fields\t${FIELDS}`,
        '1767604447.371204\tCcA1\t192.0.2.10\t51544\t203.0.113.7\t443\ttcp\tssl\t5.250000\t517\t4096\tSF\t-\t-\t0\tShADadFf\t11\t670\t10\t9945\t-\t6',
        '1767604448.000000\tCcA2\t2001:db8::10\t51545\t2001:db8::7\t443\ttcp\t-\t-\t-\t-\tREJ\t-\t-\t0\tSr\t1\t60\t1\t40\t-\t6',
        '1767604449.000000\tCcA3\t192.0.2.10\t51546\t203.0.113.8\t443\ttcp\t-\t3.000000\t0\t0\tS0\t-\t-\t0\tS\t3\t180\t0\t0\t-\t6',
        '1767604450.000000\tCcA4\t192.0.2.10\t51547\t203.0.113.7\t443\tudp\tquic,ssl\t0.100000\t1200\t2400\tSF\t-\t-\t0\tDd\t2\t1256\t2\t2456\t-\t17',
        '1767604451.000000\tCcA5\t192.0.2.10\t8\t203.0.113.7\t0\ticmp\t-\t0.100000\t56\t56\tOTH\t-\t-\t0\t-\t1\t84\t1\t84\t-\t1',
      ],
      events: [
        {
          type: 'net.connect', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success',
          client: { ip: '192.0.2.10', port: 51544, bytes: 517 }, server: { ip: '203.0.113.7', port: 443, bytes: 4096 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: 'CcA1', duration_ms: 5250 },
        },
        {
          type: 'net.connect', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure',
          client: { ip: '2001:db8::10', port: 51545 }, server: { ip: '2001:db8::7', port: 443 },
          network: { transport: 'tcp', type: 'ipv6', connection_id: 'CcA2' }, error: { type: 'connection_refused', code: 'REJ' },
        },
        {
          type: 'net.connect', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure',
          client: { ip: '192.0.2.10', port: 51546, bytes: 0 }, server: { ip: '203.0.113.8', port: 443, bytes: 0 },
          network: { transport: 'tcp', type: 'ipv4', connection_id: 'CcA3', duration_ms: 3000 }, error: { type: 'connection_timeout', code: 'S0' },
        },
        {
          type: 'net.connect', ts_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 0.001,
          client: { ip: '192.0.2.10', port: 51547, bytes: 1200 }, server: { ip: '203.0.113.7', port: 443, bytes: 2400 },
          network: { transport: 'quic', type: 'ipv4', protocol: 'quic', connection_id: 'CcA4', duration_ms: 100 },
        },
      ],
      skipped: { header: 3, 'not-an-event': 1 },
    },
    {
      lines: '{"ts":1767604447371,"uid":"CcB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"203.0.113.7","id.resp_p":80,"proto":"tcp","service":"http","duration":0.25,"orig_bytes":77,"resp_bytes":295,"conn_state":"RSTR","missed_bytes":0,"history":"ShADadr","orig_pkts":6,"resp_pkts":4}',
      events: [{
        type: 'net.connect', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, outcome: 'success',
        client: { ip: '192.0.2.11', port: 40001, bytes: 77 }, server: { ip: '203.0.113.7', port: 80, bytes: 295 },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'http', connection_id: 'CcB1', duration_ms: 250 },
      }],
      note: 'json_timestamps = JSON::TS_MILLIS',
    },
    {
      note: 'a capture whose times count from its beginning stays undated',
      lines: [
        '#separator \\t',
        '#path\tconn',
        `#fields\t${FIELDS}`,
        '0.669020\tCcA6\t192.0.2.10\t42834\t203.0.113.7\t443\tudp\tquic\t0.112400\t4039\t11996\tSF\t-\t-\t0\tDd\t10\t4319\t12\t12332\t-\t17',
      ],
      events: [
        {
          type: 'net.connect', line: 4, client: { ip: '192.0.2.10', port: 42834, bytes: 4039 }, server: { ip: '203.0.113.7', port: 443, bytes: 11996 },
          network: { transport: 'quic', type: 'ipv4', protocol: 'quic', connection_id: 'CcA6', duration_ms: 112.4 },
        },
      ],
      skipped: { header: 3 },
    },
    {
      note: '… and is placed by --anchor',
      clock: { anchorMs: 1767604447000 },
      lines: [
        '#separator \\x09',
        '#path\tconn',
        `#fields\t${FIELDS}`,
        '0.669020\tCcA6\t192.0.2.10\t42834\t203.0.113.7\t443\tudp\tquic\t0.112400\t4039\t11996\tSF\t-\t-\t0\tDd\t10\t4319\t12\t12332\t-\t17',
      ],
      events: [
        {
          type: 'net.connect', line: 4, ts_ms: 1767604447669.02, ts_basis: 'start', ts_res_ms: 0.001, client: { ip: '192.0.2.10', port: 42834, bytes: 4039 }, server: { ip: '203.0.113.7', port: 443, bytes: 11996 },
          network: { transport: 'quic', type: 'ipv4', protocol: 'quic', connection_id: 'CcA6', duration_ms: 112.4 },
        },
      ],
      skipped: { header: 3 },
    },
  ],
})
