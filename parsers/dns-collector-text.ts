// DNS-collector's text mode in its default columns, with any of its separators.
import { defineParser } from '../src/read/define.js'
import { collectorTextMessage } from '../src/read/dns/collector.js'
import { TapPairs } from '../src/read/dns/dnstap.js'
import { shareOf, skip, type LineReader, type LineResult } from '../src/read/parser.js'

class CollectorTextReader implements LineReader {
  private readonly pairs = new TapPairs(false)

  line(text: string, number: number): LineResult {
    if (text.trim() === '') return skip('blank')
    const message = collectorTextMessage(text)
    if (!message) return /\b(?:CLIENT|AUTH|RESOLVER|FORWARDER|STUB|TOOL|UPDATE)_(?:QUERY|RESPONSE)\b/.test(text) ? skip('malformed', 'other columns than the default ones') : skip('not-this-format')
    const { drafts, self } = this.pairs.put(message, number)
    return drafts.length === 0 ? self : { drafts, self }
  }

  end() { return this.pairs.end() }
}

export default defineParser({
  id: 'dns-collector-text',
  title: 'DNS-collector text',
  reference: 'https://github.com/dmachard/DNS-collector/blob/main/docs/dnsconversions.md#text-format-inline',
  dataset: 'dnscollector.message',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'The default columns only: no server, no message id and no answers. For anything more use the JSON mode.',
  detect: head => shareOf(head, line => collectorTextMessage(line) !== undefined),
  open: () => new CollectorTextReader(),
  samples: [
    {
      lines: [
        '2026-01-05T09:14:07.709317Z ns1 CLIENT_QUERY NOERROR 192.0.2.10 39028 IPv4 UDP 50b www.example.com A 0.000000000',
        '2026-01-05T09:14:07.712317Z ns1 CLIENT_RESPONSE NXDOMAIN 192.0.2.10 39028 IPv4 UDP 54b www.example.com A 0.003000000',
        '2026-01-05T09:14:08Z ns1 R FORWARDER_RESPONSE NOERROR 0.0.0.0 20817 IPv4 UDP 54b "odd name.example" AAAA 0.010000000 300',
        '-;ns1;CLIENT_QUERY;NOERROR;2001:db8::10;1234;IPv6;TCP;0b;example.com;HTTPS;0.000000000',
        '2026-01-05T09:14:09Z ns1 CLIENT_QUERY example.com A',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447709.317, ts_end_ms: 1767604447712.317, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 3, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 39028, bytes: 50 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447990, ts_end_ms: 1767604448000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 10, outcome: 'success', hostname: 'odd\\032name.example', network: { transport: 'udp', protocol: 'dns' }, labels: { leg: 'origin' },
          dns: { type: 'answer', question: { name: 'odd\\032name.example', type: 'AAAA' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.query', line: 4, hostname: 'example.com', client: { ip: '2001:db8::10', port: 1234 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'query', question: { name: 'example.com', type: 'HTTPS' } },
        },
      ],
      merged: 1,
      skipped: { malformed: 1 },
    },
  ],
})
