// DNS-collector (dmachard/DNS-collector) in JSON, nested or flat: dnstap, sniffed and PowerDNS messages in one spelling.
import { defineParser } from '../src/read/define.js'
import { collectorMessage, isCollectorObject } from '../src/read/dns/collector.js'
import { TapPairs } from '../src/read/dns/dnstap.js'
import { readObject } from '../src/read/layouts/json.js'
import { shareOfJson, skip, type LineReader, type LineResult } from '../src/read/parser.js'

class CollectorReader implements LineReader {
  private readonly pairs = new TapPairs(true)

  line(text: string, number: number): LineResult {
    const read = readObject(text)
    if ('skip' in read) return read
    // a record that has its message is taken for what it is; only others are looked through
    if (!('dnstap' in read.object || 'dnstap.operation' in read.object) && !isCollectorObject(read.object)) return skip('not-this-format', 'no DNS-collector record')
    const message = collectorMessage(read.object)
    // a part without its message, or a message of which nothing is known
    if (!message) return skip('dnstap' in read.object || 'dnstap.operation' in read.object ? 'incomplete' : 'unsupported-record', 'no dnstap.operation')
    const { drafts, self } = this.pairs.put(message, number)
    return drafts.length === 0 ? self : { drafts, self }
  }

  end() { return this.pairs.end() }
}

export default defineParser({
  id: 'dns-collector-json',
  title: 'DNS-collector JSON',
  reference: 'https://github.com/dmachard/DNS-collector/blob/main/docs/dnsconversions.md',
  dataset: 'dnscollector.message',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'Names that transformers shorten or anonymise stay so. Exchanges of a resolver with other servers carry labels.leg "origin".',
  detect(head) {
    let messages = 0
    const share = shareOfJson(head, object => {
      const ours = isCollectorObject(object)
      if (ours && ('dnstap' in object || 'dnstap.operation' in object) && ('network' in object || 'network.query-ip' in object)) messages++
      return ours
    })
    return messages > 0 ? share : 0
  },
  open: () => new CollectorReader(),
  samples: [
    {
      note: 'nested',
      lines: [
        '{"network":{"family":"IPv4","protocol":"UDP","query-ip":"192.0.2.10","query-port":"47298","response-ip":"198.51.100.53","response-port":"53","ip-defragmented":false},"dns":{"id":23392,"length":56,"opcode":0,"rcode":"NOERROR","qname":"www.example.com","qtype":"A","qclass":"IN","flags":{"qr":false,"tc":false,"aa":false,"ra":false,"ad":false,"rd":true,"cd":false},"resource-records":{"an":[],"ns":[],"ar":[]},"malformed-packet":false},"edns":{"udp-size":1232,"rcode":0,"version":0,"dnssec-ok":1,"options":[{"code":8,"name":"CSUBNET","data":"203.0.113.0/24"}]},"dnstap":{"operation":"CLIENT_QUERY","identity":"ns1","version":"-","timestamp-rfc3339ns":"2026-01-05T09:14:07.709317798Z","latency":0,"policy-action":"-"}}',
        '{"network":{"family":"IPv4","protocol":"UDP","query-ip":"192.0.2.10","query-port":"47298","response-ip":"198.51.100.53","response-port":"53"},"dns":{"id":23392,"length":137,"opcode":0,"rcode":"NOERROR","qname":"www.example.com","qtype":"A","qclass":"IN","flags":{"qr":true,"tc":false,"aa":false,"ra":true,"ad":false,"rd":true,"cd":false},"resource-records":{"an":[{"name":"www.example.com","rdatatype":"CNAME","ttl":30,"rdata":"web.cdn.example.net","class":"IN"},{"name":"web.cdn.example.net","rdatatype":"A","ttl":20,"rdata":"203.0.113.80","class":"IN"}],"ns":[],"ar":[]}},"dnstap":{"operation":"CLIENT_RESPONSE","identity":"ns1","timestamp-rfc3339ns":"2026-01-05T09:14:07.712317798Z","latency":0.003},"geoip":{"country-isocode":"FR","as-number":"64500","as-owner":"Example"},"opentelemetry":{"trace-id":"27c3e94ad6284eec9a50cfc5bd7384d6"}}',
        '{"geoip":{"country-isocode":"FR"}}',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767604447709.317, ts_end_ms: 1767604447712.317, ts_sub_ns: 798, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 3, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 47298, bytes: 56, geo: { country_iso_code: 'FR' }, as: { number: 64500, organization: { name: 'Example' } } }, server: { ip: '198.51.100.53', port: 53, bytes: 137 },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, trace: { id: '27c3e94ad6284eec9a50cfc5bd7384d6' },
        dns: {
          type: 'answer', id: '23392', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', edns_subnet: '203.0.113.0/24',
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
          resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
        },
      }],
      merged: 1,
      skipped: { 'unsupported-record': 1 },
    },
    {
      note: 'flat, a response alone',
      lines: '{"dns.flags.aa":false,"dns.flags.qr":true,"dns.flags.ra":true,"dns.flags.tc":false,"dns.flags.rd":false,"dns.length":82,"dns.malformed-packet":false,"dns.id":34555,"dns.opcode":0,"dns.qname":"example.com","dns.qtype":"A","dns.rcode":"SERVFAIL","dns.qclass":"IN","dns.resource-records.an":"-","dnstap.identity":"ns1","dnstap.latency":0.25,"dnstap.operation":"CLIENT_RESPONSE","dnstap.timestamp-rfc3339ns":"2026-01-05T09:14:08Z","dnstap.policy-action":"DROP","edns.dnssec-ok":0,"edns.options.0.code":15,"edns.options.0.data":"22 No Reachable Authority -","edns.options.0.name":"ERRORS","network.family":"IPv6","network.protocol":"DOH","network.query-ip":"2001:db8::10","network.query-port":"36232","network.response-ip":"2001:db8::53","network.response-port":"443"}',
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767604447750, ts_end_ms: 1767604448000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 250, outcome: 'failure', hostname: 'example.com',
        client: { ip: '2001:db8::10', port: 36232 }, server: { ip: '2001:db8::53', port: 443, bytes: 82 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' }, labels: { policy: 'DROP' },
        dns: { type: 'answer', id: '34555', op_code: 'QUERY', header_flags: ['RA'], question: { name: 'example.com', type: 'A', class: 'IN' }, response_code: 'SERVFAIL', ede: [22] },
      }],
    },
  ],
})
