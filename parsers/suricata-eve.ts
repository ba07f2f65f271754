// Suricata EVE JSON: the events dns, tls, quic and http of every edition; all others are known and tell of no transaction.
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { readObject } from '../src/read/layouts/json.js'
import { inheritTime } from '../src/read/table.js'
import { shareOfJson, skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { EveDns } from '../src/read/suricata/dns.js'
import { readHttp, readQuic, readTls } from '../src/read/suricata/protocols.js'
import { objectOf, textOf, type Bag } from '../src/read/suricata/values.js'
import { readIso } from '../src/read/time.js'
import { withDrafts } from '../src/read/wire/open-events.js'

const TRANSPORTS: Readonly<Record<string, 'tcp' | 'udp'>> = { TCP: 'tcp', UDP: 'udp' }

function endOf(event: Bag, ip: string, port: string): NonNullable<Draft['client']> {
  const side: NonNullable<Draft['client']> = {}
  const [address, number] = [textOf(event[ip]), event[port]]
  if (address !== undefined) side.ip = address
  if (typeof number === 'number' && number > 0) side.port = number
  return side
}

function envelope(event: Bag): Draft {
  const network: NonNullable<Draft['network']> = {}
  const transport = TRANSPORTS[textOf(event['proto'])?.toUpperCase() ?? '']
  const flow = textOf(event['flow_id'])
  const community = textOf(event['community_id'])
  if (transport !== undefined) network.transport = transport
  if (community !== undefined) network.community_id = community
  if (flow !== undefined) network.connection_id = flow
  return { type: 'log.line', client: endOf(event, 'src_ip', 'src_port'), server: endOf(event, 'dest_ip', 'dest_port'), network }
}

class EveReader {
  private readonly dns = new EveDns()

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    const read = readObject(text)
    if ('skip' in read) return read
    const event = read.object as Bag
    const kind = textOf(event['event_type'])
    if (kind === undefined) return skip('not-this-format', 'no event_type')
    const body = objectOf(event[kind === 'http2' ? 'http' : kind])
    if (!body || !['dns', 'tls', 'quic', 'http', 'http2'].includes(kind)) return skip('not-an-event')
    const draft = envelope(event)
    if (!this.putMoment(draft, textOf(event['timestamp']), outer)) return skip('bad-time')
    const nowMs = draft.ts_ms
    return withDrafts(this.dns.expire(nowMs), this.read(kind, draft, body, textOf(event['flow_id']) ?? '', number))
  }

  end() { return this.dns.drain() }

  private read(kind: string, draft: Draft, body: Bag, flow: string, line: number): LineResult {
    if (kind === 'dns') return this.dns.take(draft, body, flow, line) ?? skip('not-an-event')
    if (kind === 'tls') readTls(draft, body)
    else {
      const refusal = kind === 'quic' ? readQuic(draft, body) : readHttp(draft, body)
      if (refusal) return refusal
    }
    if (draft.ts_ms === undefined) delete draft.ts_basis
    return draft
  }

  private putMoment(draft: Draft, text: string | undefined, outer: Outer | undefined): boolean {
    if (text === undefined) {
      if (outer) inheritTime(draft, outer)
      return true
    }
    const stamp = readIso(text)
    if (stamp) putTime(draft, stamp, 'point', this.context, outer)
    return stamp !== undefined
  }
}

const event = (kind: string, rest: string, from = '"src_ip":"192.0.2.10","src_port":59459,"dest_ip":"198.51.100.53","dest_port":53,"proto":"UDP"', time = '09:14:07.371204'): string =>
  `{"timestamp":"2026-01-05T${time}+0000","flow_id":1402347811234567,"event_type":"${kind}",${from},${rest}}`
const TCP = '"src_ip":"2001:0db8:0000:0000:0000:0000:0000:0010","src_port":51544,"dest_ip":"2001:0db8:0000:0000:0000:0000:0000:0007","dest_port":443,"proto":"TCP"'

export default defineParser({
  id: 'suricata-eve',
  title: 'Suricata EVE JSON (dns, tls, quic, http)',
  reference: 'https://docs.suricata.io/en/latest/output/eve/eve-json-format.html',
  dataset: 'suricata.eve',
  types: ['dns.query', 'dns.response', 'tls.handshake', 'http.request'],
  vantage: 'wire',
  limits: 'TLS events carry no alert and do not say whether the handshake worked; one that failed before a certificate came has no event. Data of HTTPS, SVCB and CAA records is not logged. HTTP events are stamped at their end and carry no duration.',
  detect: head => shareOfJson(head, object => typeof object['event_type'] === 'string' && typeof object['timestamp'] === 'string' && ('flow_id' in object || 'stats' in object || 'pcap_cnt' in object || ('src_ip' in object && 'dest_ip' in object)), true) >= 0.5 ? 1 : 0,
  open: context => new EveReader(context),
  samples: [
    {
      lines: [
        event('dns', '"dns":{"version":3,"type":"request","tx_id":0,"id":19346,"flags":"100","rd":true,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"www.example.com","rrtype":"A"}]}'),
        event('dns', '"dns":{"version":3,"type":"response","tx_id":1,"id":19346,"flags":"8180","qr":true,"rd":true,"ra":true,"opcode":0,"rcode":"NOERROR","queries":[{"rrname":"www.example.com","rrtype":"A"}],"answers":[{"rrname":"www.example.com","rrtype":"CNAME","ttl":120,"rdata":"web.cdn.example.net"},{"rrname":"web.cdn.example.net","rrtype":"A","ttl":60,"rdata":"203.0.113.7"}]}',
          '"src_ip":"198.51.100.53","src_port":53,"dest_ip":"192.0.2.10","dest_port":59459,"proto":"UDP"', '09:14:07.372204'),
        event('dns', '"dns":{"version":2,"type":"answer","id":7,"flags":"8183","qr":true,"rd":true,"ra":true,"rrname":"nope.example.com","rrtype":"AAAA","rcode":"NXDOMAIN","authorities":[{"rrname":"example.com","rrtype":"SOA","ttl":1000}]}'),
        event('flow', '"flow":{"pkts_toserver":1}'),
        event('dns', '"dns":{"type":"answer","id":8,"rcode":"NOERROR","rrname":"old.example.com","rrtype":"CNAME","ttl":30,"rdata":"new.example.com"}'),
        event('dns', '"dns":{"type":"answer","id":8,"rcode":"NOERROR","rrname":"new.example.com","rrtype":"A","ttl":20,"rdata":"203.0.113.8"}'),
        '{"timestamp":"2026-01-05T09:14:07.371204+0000","flow_id":1,"event_',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447372.204, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: '1402347811234567' },
          dns: {
            type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR',
            answers: [{ name: 'www.example.com', type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', ttl: 60, data: '203.0.113.7' }], resolved_ip: ['203.0.113.7'], min_ttl_s: 60,
          },
        },
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'failure', hostname: 'nope.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: '1402347811234567' },
          dns: { type: 'answer', id: '7', header_flags: ['RD', 'RA'], question: { name: 'nope.example.com', type: 'AAAA' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success', hostname: 'old.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: '1402347811234567' },
          dns: {
            type: 'answer', id: '8', question: { name: 'old.example.com', type: 'A' }, response_code: 'NOERROR',
            answers: [{ name: 'old.example.com', type: 'CNAME', ttl: 30, data: 'new.example.com' }, { name: 'new.example.com', type: 'A', ttl: 20, data: '203.0.113.8' }], resolved_ip: ['203.0.113.8'], min_ttl_s: 20,
          },
        },
      ],
      merged: 2,
      skipped: { 'not-an-event': 1, 'invalid-json': 1 },
      note: 'DNS in its three editions',
    },
    {
      lines: [
        event('tls', '"tls":{"subject":"C=US, O=Example, CN=www.example.com","issuerdn":"C=US, O=Example, CN=Example CA","serial":"0C:00:99","fingerprint":"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33","sni":"www.example.com","version":"TLS 1.2","notbefore":"2026-01-01T00:00:00","notafter":"2026-04-01T00:00:00","subjectaltname":["www.example.com"],"ja3":{"hash":"00112233445566778899aabbccddeeff","string":"771"},"client_alpns":["h2","http/1.1"],"server_alpns":["h2"]}', TCP),
        event('quic', '"quic":{"version":"1","sni":"api.example.com","ja4":"q13d0310h3_55b375c5d22e_06cda9e17597"}', '"src_ip":"192.0.2.10","src_port":59460,"dest_ip":"203.0.113.7","dest_port":443,"proto":"UDP"'),
        event('quic', '"quic":{"version":"1"}'),
        event('http', '"tx_id":0,"http":{"hostname":"www.example.com","url":"/a?b=1","http_user_agent":"curl/8.5.0","http_content_type":"text/html","http_method":"GET","protocol":"HTTP/1.1","status":200,"length":178}', TCP),
        event('dns', '"dns":{"type":"query","id":9,"rrname":"lost.example.com","rrtype":"HTTPS","tx_id":0,"opcode":0}'),
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'point', ts_res_ms: 0.001, hostname: 'www.example.com',
          client: { ip: '2001:db8::10', port: 51544 }, server: { ip: '2001:db8::7', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'tls', connection_id: '1402347811234567' },
          tls: {
            version: '1.2', version_protocol: 'tls', next_protocol: 'h2', client: { server_name: 'www.example.com', ja3: '00112233445566778899aabbccddeeff', alpn: ['h2', 'http/1.1'] },
            server: {
              subject: 'C=US, O=Example, CN=www.example.com', issuer: 'C=US, O=Example, CN=Example CA', not_before: '2026-01-01T00:00:00.000000Z', not_after: '2026-04-01T00:00:00.000000Z',
              hash: { sha1: '00112233445566778899aabbccddeeff00112233' }, x509: { alternative_names: ['www.example.com'], serial_number: '0C0099' },
            },
          },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'api.example.com',
          client: { ip: '192.0.2.10', port: 59460 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'quic', type: 'ipv4', protocol: 'tls', connection_id: '1402347811234567' },
          tls: { version: '1.3', version_protocol: 'tls', client: { server_name: 'api.example.com', ja4: 'q13d0310h3_55b375c5d22e_06cda9e17597' } },
        },
        {
          type: 'http.request', ts_ms: 1767604447371.204, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::10', port: 51544 }, server: { ip: '2001:db8::7', port: 443 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'http', connection_id: '1402347811234567' },
          url: { domain: 'www.example.com', path: '/a', query: 'b=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 178 }, mime_type: 'text/html' } },
          user_agent: { original: 'curl/8.5.0' },
        },
        {
          type: 'dns.query', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'lost.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: '1402347811234567' },
          dns: { type: 'query', id: '9', op_code: 'QUERY', question: { name: 'lost.example.com', type: 'HTTPS' } },
        },
      ],
      skipped: { 'not-an-event': 1 },
    },
  ],
})
