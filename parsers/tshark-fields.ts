// tshark -T fields with a header: any list of fields, tabs or commas, quoted or not.
import { Problem } from '../src/problem.js'
import { defineParser } from '../src/read/define.js'
import { skip, type LineResult, type Outer, type Parser, type ParserContext, type Sample } from '../src/read/parser.js'
import { cellsOf, columnsFrom, readColumns, RowFrame, withSeparatorOf, type Columns } from '../src/read/tshark/rows.js'
import { Frames } from '../src/read/tshark/frames.js'
import { withDrafts } from '../src/read/wire/open-events.js'

class FieldsReader {
  private columns: Columns | undefined
  private readonly frames: Frames

  /** @param stated the columns of rows without a header. */
  constructor(context: ParserContext, private stated?: Columns) { this.frames = new Frames(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const header = this.columns === undefined || text.startsWith(this.columns.names[0]!) ? readColumns(text) : undefined
    if (header) {
      this.columns = header
      return withDrafts(this.frames.drain(), skip('header')) // another capture: its streams are numbered anew
    }
    this.columns ??= this.stated && withSeparatorOf(this.stated, text)
    if (this.columns === undefined) return skip('not-this-format', 'no header names the fields')
    const cells = cellsOf(text, this.columns)
    if (typeof cells === 'number') return skip('malformed', `${cells} cells under ${this.columns.names.length} fields`)
    return this.frames.take(new RowFrame(cells, this.columns), number, outer)
  }

  end() { return this.frames.drain() }
}

const about = {
  id: 'tshark-fields',
  title: 'tshark -T fields -E header=y (tabs or CSV)',
  reference: 'https://www.wireshark.org/docs/man-pages/tshark.html',
  dataset: 'tshark.fields',
  types: ['dns.query', 'dns.response', 'tls.handshake', 'http.request'],
  vantage: 'wire',
  limits: 'As much as the fields that were asked for; rows without a header need them named, as in --as "*.tsv=tshark:frame.time_epoch ip.src …". Without dns.count.answers or dns.resp.type, addresses of other sections cannot always be told from answers and are then left out; of a certificate chain only what is surely the server’s own is taken, which tls.handshake.certificate makes whole. Under TLS 1.3 certificates are encrypted.',
} as const

/** The parser of rows without a header. Refuses (Problem `bad-option`) what are no field names. */
function compile(format: string): Parser {
  const columns = columnsFrom(format.trim().split(/[\s,]+/))
  if (!columns) throw new Problem('bad-option', 'tshark: wants two field names or more, as after -e, one of them of dns, tls, quic or http')
  return defineParser({ ...about, detect: () => 0, open: context => new FieldsReader(context, columns), samples: [SAMPLE_OF_ROWS] })
}

const HELLO = 'frame.time_epoch\tip.src\tip.dst\tipv6.src\tipv6.dst\ttcp.srcport\ttcp.dstport\ttcp.stream\ttls.record.content_type\ttls.handshake.type\ttls.handshake.extensions_server_name\ttls.handshake.version\ttls.handshake.extensions.supported_version\ttls.handshake.ciphersuite\ttls.handshake.extensions_alpn_str\tx509sat.uTF8String\tx509ce.dNSName\tx509af.utcTime\ttls.alert_message.level\ttls.alert_message.desc'

const NAMES = 'frame.time_epoch ip.src ip.dst tcp.srcport tcp.dstport tls.handshake.type tls.handshake.extensions_server_name'

const SAMPLE_OF_ROWS: Sample = {
  format: NAMES,
  lines: '1767604447.371204000|192.0.2.10|203.0.113.7|51544|443|1|www.example.com',
  events: [{
    type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'www.example.com',
    client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
    tls: { client: { server_name: 'www.example.com' } },
  }],
  note: 'no header: the fields are named by the user',
}

export default defineParser({
  ...about,
  detect: head => {
    const first = head.lines.find(line => line.trim() !== '')
    return first !== undefined && readColumns(first) ? 1 : 0
  },
  open: context => new FieldsReader(context),
  fromFormat: { prefix: 'tshark', compile },
  samples: [
    {
      lines: [
        HELLO,
        '1767604447.371204000\t192.0.2.10\t203.0.113.7\t\t\t51544\t443\t0\t22\t1\tWWW.example.com\t0x0303\t0x0304,0x0303\t0x1301,0xc02f\th2,http/1.1\t\t\t\t\t',
        '1767604447.381204000\t203.0.113.7\t192.0.2.10\t\t\t443\t51544\t0\t22,22,22,22\t2,11,12,14\t\t0x0303\t\t0xc02f\th2\tExample CA,Example\\, Inc,www.example.com,Example Root,Example CA\twww.example.com,example.com\t2026-01-01 00:00:00 (UTC),2026-04-01 00:00:00 (UTC),2020-01-01 00:00:00 (UTC),2030-01-01 00:00:00 (UTC)\t\t',
        '1767604447.500000000\t\t\t2001:db8::10\t2001:db8::7\t51545\t443\t1\t22\t1\tapi.example.com\t0x0303\t0x0304\t0x1301,0x1302\t\t\t\t\t\t',
        '1767604447.510000000\t\t\t2001:db8::7\t2001:db8::10\t443\t51545\t1\t22,20\t2\t\t0x0303\t0x0304\t0x1302\t\t\t\t\t\t',
        '1767604447.511000000\t\t\t2001:db8::10\t2001:db8::7\t51545\t443\t1\t21\t\t\t\t\t\t\t\t\t\t2\t48',
        '1767604447.520000000\t192.0.2.10\t203.0.113.7\t\t\t51544\t443\t0\t21\t\t\t\t\t\t\t\t\t\t\t',
        '1767604447.530000000\t192.0.2.10\t203.0.113.7\t\t\t51544\t443\t9\t23\t\t\t\t\t\t\t\t\t\t\t',
        '1767604447.540000000\t192.0.2.10',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
          tls: {
            version: '1.2', version_protocol: 'tls', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', established: true, resumed: false, next_protocol: 'h2',
            client: { server_name: 'www.example.com', alpn: ['h2', 'http/1.1'] },
            server: { subject: 'CN=www.example.com', not_before: '2026-01-01T00:00:00.000000Z', not_after: '2026-04-01T00:00:00.000000Z', x509: { alternative_names: ['www.example.com', 'example.com'] } },
          },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604447500, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'api.example.com',
          client: { ip: '2001:db8::10', port: 51545 }, server: { ip: '2001:db8::7', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'tls' },
          tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_256_GCM_SHA384', established: false, alert: 'unknown_ca', alert_from: 'client', client: { server_name: 'api.example.com' } },
          error: { type: 'tls_alert_received', code: '48', message: 'unknown_ca' },
        },
      ],
      merged: 4,
      skipped: { header: 1, 'not-an-event': 1, malformed: 1 },
      note: 'two handshakes, one refused by the client',
    },
    {
      lines: [
        '"frame.time","ip.src","ip.dst","udp.srcport","udp.dstport","dns.id","dns.flags.response","dns.qry.name","dns.qry.type","dns.flags.rcode","dns.cname","dns.a","dns.resp.ttl","dns.time"',
        '"Jan  5, 2026 09:14:07.371204000 UTC","192.0.2.10","198.51.100.53","46942","53","0xae8e","0","www.example.com","1",,,,,',
        '"Jan  5, 2026 09:14:07.372204000 UTC","198.51.100.53","192.0.2.10","53","46942","0xae8e","1","www.example.com","1","0","web.cdn.example.net","203.0.113.7,203.0.113.8","120,20,20","0.001000000"',
        '"Jan  5, 2026 09:14:08.000000000 UTC","198.51.100.53","192.0.2.10","53","46943","0x0001","True","mail.example.com","28","0",,"203.0.113.9","60,60",',
        '"Jan  5, 2026 09:14:09.000000000 UTC","192.0.2.10","198.51.100.53","46944","53","0x0002","0","lost.example.com","65",,,,,',
        '"soon","192.0.2.10","198.51.100.53","46944","53","0x0003","0","bad.example.com","1",,,,,',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447372.204, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 46942 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', id: '44686', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR',
            answers: [{ type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }, { type: 'A', ttl: 20, data: '203.0.113.7' }, { type: 'A', ttl: 20, data: '203.0.113.8' }],
            resolved_ip: ['203.0.113.7', '203.0.113.8'], min_ttl_s: 20,
          },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success', hostname: 'mail.example.com',
          client: { ip: '192.0.2.10', port: 46943 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '1', question: { name: 'mail.example.com', type: 'AAAA' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.query', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'lost.example.com',
          client: { ip: '192.0.2.10', port: 46944 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', id: '2', question: { name: 'lost.example.com', type: 'HTTPS' } },
        },
      ],
      merged: 1,
      skipped: { header: 1, 'bad-time': 1 },
      note: 'CSV: a question and its answer are one event',
    },
    {
      lines: [
        'frame.time_epoch,ip.src,ip.dst,tcp.srcport,tcp.dstport,tcp.stream,http.request.method,http.host,http.request.uri,http.request.full_uri,http.request.version,http.user_agent,http.response.code,http.content_type,http.time'.replaceAll(',', ';'),
        '1767604447.100000000;192.0.2.10;203.0.113.7;40000;80;0;GET;www.example.com;/a,b?x=1;http://www.example.com/a,b?x=1;HTTP/1.1;curl/8.5.0;;;',
        '1767604447.150000000;203.0.113.7;192.0.2.10;80;40000;0;;;;;;;503;text/html;0.050000000',
        '1767604447.160000000;203.0.113.7;192.0.2.10;80;40001;1;;;;;;;302;;',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447100, ts_end_ms: 1767604447150, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 50, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 40000 }, server: { ip: '203.0.113.7', port: 80 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          url: { scheme: 'http', domain: 'www.example.com', path: '/a,b', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 503, mime_type: 'text/html' } }, user_agent: { original: 'curl/8.5.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604447160, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success',
          client: { ip: '192.0.2.10', port: 40001 }, server: { ip: '203.0.113.7', port: 80 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' },
          http: { response: { status_code: 302 } },
        },
      ],
      merged: 1,
      skipped: { header: 1 },
      note: 'HTTP, -E separator=;',
    },
    SAMPLE_OF_ROWS,
  ],
})
