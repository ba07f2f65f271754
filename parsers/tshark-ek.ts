// tshark -T ek: newline-delimited JSON for Elasticsearch, an index line before every frame; whole layers or the fields of -e.
import { defineParser } from '../src/read/define.js'
import { skip, type Head, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { Frames } from '../src/read/tshark/frames.js'
import { collectValues, EK_KEYS, ValuesFrame, type Values } from '../src/read/tshark/json-values.js'

const INDEX = '{"index":{"_index":"packets-'
const MAX_LINE = 4 * 1024 * 1024

class EkReader {
  private readonly frames: Frames

  constructor(context: ParserContext) { this.frames = new Frames(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    if (text.startsWith('{"index":')) return skip('not-an-event') // tells Elasticsearch where the next line goes
    if (!text.startsWith('{"timestamp":')) return text.startsWith('{') && text.includes('"layers"') ? this.frame(text, number, outer) : skip('not-this-format')
    return this.frame(text, number, outer)
  }

  end() { return this.frames.drain() }

  private frame(text: string, number: number, outer: Outer | undefined): LineResult {
    if (text.length > MAX_LINE) return skip('malformed', 'a frame of more than 4 MiB')
    const values: Values = new Map()
    if (!collectValues(text, EK_KEYS, values)) return skip('invalid-json')
    const frame = new ValuesFrame(values)
    return this.frames.take(frame, number, outer, frame.stamp)
  }
}

function detect(head: Head): number {
  const pairs = head.lines.filter(line => line.startsWith(INDEX) || (line.startsWith('{"timestamp":"') && line.includes('"layers":{'))).length
  const filled = head.lines.filter(line => line.trim() !== '').length
  return pairs > 0 && pairs / filled >= 0.5 ? 1 : 0
}

const index = '{"index":{"_index":"packets-2026-01-05","_type":"doc"}}'

export default defineParser({
  id: 'tshark-ek',
  title: 'tshark -T ek (newline-delimited JSON)',
  reference: 'https://www.wireshark.org/docs/man-pages/tshark.html',
  dataset: 'tshark.ek',
  types: ['dns.query', 'dns.response', 'tls.handshake', 'http.request'],
  vantage: 'wire',
  limits: 'Layers left out by -j or -J are stubs and say nothing. Of records other than A, AAAA, CNAME, NS, PTR, MX and SRV the data is not read. Under TLS 1.3 certificates are encrypted.',
  detect,
  open: context => new EkReader(context),
  samples: [
    {
      lines: [
        index,
        '{"timestamp":"1767604447371","layers":{"frame_time_epoch":["1767604447.371204000"],"ipv6_src":["2001:db8::10"],"ipv6_dst":["2001:db8::7"],"tcp_srcport":["51544"],"tcp_dstport":["443"],"tcp_stream":["0"],"tls_handshake_extensions_server_name":["www.example.com"],"tls_handshake_version":["0x0303"],"tls_handshake_extensions_alpn_str":["h2","http/1.1"],"tls_handshake_ja3":["00112233445566778899aabbccddeeff"]}}',
        index,
        '{"timestamp":"1767604447400","layers":{"tcp_srcport":["51544"],"tcp_dstport":["443"],"tcp_stream":["0"]}}',
        index,
        '{"timestamp":"1767604447500","layers":{"tcp_srcport":["51',
      ],
      events: [{
        type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'www.example.com',
        client: { ip: '2001:db8::10', port: 51544 }, server: { ip: '2001:db8::7', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'tls' },
        tls: { client: { server_name: 'www.example.com', ja3: '00112233445566778899aabbccddeeff', alpn: ['h2', 'http/1.1'] } },
      }],
      skipped: { 'not-an-event': 4, 'invalid-json': 1 },
      note: 'with -e',
    },
    {
      lines: [
        index,
        '{"timestamp":"1767604447371","layers":{"frame":{"frame_frame_time":"2026-01-05T09:14:07.371204000Z","frame_frame_time_epoch":"1767604447.371204000","frame_frame_number":"1"},"eth":{"filtered":"eth"},"ip":{"ip_ip_src":"192.0.2.10","ip_ip_addr":["192.0.2.10","198.51.100.53"],"ip_ip_dst":"198.51.100.53"},"udp":{"udp_udp_srcport":"59465","udp_udp_dstport":"53","text":"Timestamps"},"dns":{"dns_dns_id":"0x8295","dns_dns_flags":"0x0120","dns_dns_flags_response":false,"dns_dns_count_queries":"1","dns_dns_count_answers":"0","text":["Queries","Additional records"],"text":["www.example.com: type A, class IN"],"dns_dns_qry_name":"www.example.com","dns_dns_qry_type":"1","dns_dns_qry_class":"0x0001"}}}',
        index,
        '{"timestamp":"1767604447381","layers":{"frame":{"frame_frame_time_epoch":"1767604447.381204000"},"ip":{"ip_ip_src":"198.51.100.53","ip_ip_dst":"192.0.2.10"},"udp":{"udp_udp_srcport":"53","udp_udp_dstport":"59465"},"dns":{"dns_dns_id":"0x8295","dns_dns_flags":"0x8180","dns_dns_flags_response":true,"dns_dns_count_answers":"2","dns_dns_qry_name":"www.example.com","dns_dns_qry_type":"1","dns_dns_qry_class":"0x0001","dns_dns_resp_name":["www.example.com","web.cdn.example.net","ns1.example.net","<Root>"],"dns_dns_resp_type":["5","1","1","41"],"dns_dns_resp_ttl":["120","60","3600"],"dns_dns_cname":"web.cdn.example.net","dns_dns_a":["203.0.113.7","198.51.100.99"],"dns_dns_time":"0.010000000"}}}',
      ],
      events: [{
        type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447381.204, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 10, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 59465 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '33429', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR',
          answers: [{ name: 'www.example.com', type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', ttl: 60, data: '203.0.113.7' }],
          resolved_ip: ['203.0.113.7'], min_ttl_s: 60,
        },
      }],
      merged: 1,
      skipped: { 'not-an-event': 2 },
      note: 'whole layers; the address of the additional section is no answer',
    },
  ],
})
