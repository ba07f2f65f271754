// kdig of Knot DNS: like dig, with semicolons in its header and the server and time in one line; +json prints an object an answer.
import { defineParser } from '../src/read/define.js'
import { kdigDraft, type KdigObject } from '../src/read/dig/kdig-json.js'
import { DigReader } from '../src/read/dig/reader.js'
import { parseRecord } from '../src/read/dig/records.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from '../src/read/parser.js'
import { ObjectCollector } from '../src/read/text/pretty-json.js'

const SURE = /^(?:;; ->>HEADER<<- opcode: [A-Z0-9]+; status: |;; From \S+@\d+\([A-Z]+\) in |;; WARNING: response timeout for |;; ERROR: failed to query server | {2}"(?:dateSeconds|QNAME|RCODE|QTYPEname)": )/

class KdigReader implements LineReader {
  private readonly text: DigReader
  private object: ObjectCollector<KdigObject> | undefined
  private readonly lost: (Skip & { line: number })[] = []
  constructor(context: ParserContext) { this.text = new DigReader(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trimEnd()
    if (!this.object) {
      if (line !== '{') return this.text.line(text, number, outer)
      this.object = new ObjectCollector(number)
      return HELD
    }
    const { object } = this
    if (object.add(line) && line !== '}') return MERGED
    this.object = undefined
    const parsed = line === '}' ? object.parse() : undefined
    const draft = parsed && kdigDraft(parsed, object.line)
    if (draft) return { drafts: [draft], self: MERGED }
    this.lost.push({ ...(parsed ? skip('not-an-event') : skip('incomplete', 'the object does not end')), line: object.line })
    return MERGED
  }

  end(): readonly (Draft | (Skip & { line: number }))[] {
    if (this.object) this.lost.push({ ...skip('incomplete', 'the object does not end'), line: this.object.line })
    return [...this.text.end(), ...this.lost]
  }
}

export default defineParser({
  id: 'kdig',
  title: 'kdig output (text, +json)',
  reference: 'https://www.knot-dns.cz/docs/latest/html/man_kdig.html',
  dataset: 'kdig',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'Whole seconds; +json names neither the server nor how long it took, and a failed query does not repeat its name.',
  detect: head => {
    const lines = head.lines.filter(line => line.trim() !== '')
    if (!lines.some(line => SURE.test(line))) return 0
    return lines.filter(line => line.startsWith(';; ') || SURE.test(line) || parseRecord(line) !== undefined || /^[ {}]|^\t/.test(line)).length / lines.length
  },
  open: context => new KdigReader(context),
  samples: [
    {
      lines: [
        ';; ->>HEADER<<- opcode: QUERY; status: NOERROR; id: 18569',
        ';; Flags: qr rd ra; QUERY: 1; ANSWER: 2; AUTHORITY: 0; ADDITIONAL: 1',
        '',
        ';; EDNS PSEUDOSECTION:',
        ';; Version: 0; flags: do ; UDP size: 1232 B; ext-rcode: NOERROR',
        ';; Client subnet: 198.51.100.0/24/24',
        '',
        ';; QUESTION SECTION:',
        ';; www.example.com.    \t\tIN\tA',
        '',
        ';; ANSWER SECTION:',
        'www.example.com.    \t60\tIN\tCNAME\tweb.cdn.example.net.',
        'web.cdn.example.net.\t30\tIN\tA\t203.0.113.80',
        '',
        ';; Received 151 B',
        ';; Time 2026-01-05 09:14:07 UTC',
        ';; From 192.0.2.53@53(UDP) in 2.6 ms',
        '',
        ';; WARNING: response timeout for 192.0.2.54@53(UDP)',
        ';; ERROR: failed to query server 192.0.2.54@53(UDP)',
        ';; WARNING: TLS, handshake failed (An unexpected TLS packet was received.)',
        ';; ERROR: failed to query server 192.0.2.54@853(TCP)',
        'not of kdig',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604446997.4, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 2.6, outcome: 'success',
          hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '18569', op_code: 'QUERY', header_flags: ['RD', 'RA', 'DO'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 60, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 30, data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'], min_ttl_s: 30, edns_subnet: '198.51.100.0/24' },
        },
        {
          type: 'dns.query', line: 19, outcome: 'failure', server: { ip: '192.0.2.54', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'dns_timeout', message: 'WARNING: response timeout for 192.0.2.54@53(UDP); ERROR: failed to query server 192.0.2.54@53(UDP)' },
        },
        {
          type: 'dns.query', line: 21, outcome: 'failure', server: { ip: '192.0.2.54', port: 853 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'tls_protocol_error', message: 'WARNING: TLS, handshake failed (An unexpected TLS packet was received.); ERROR: failed to query server 192.0.2.54@853(TCP)' },
        },
      ],
      merged: 14,
      skipped: { blank: 5, 'not-this-format': 1 },
    },
    {
      note: '+json',
      lines: [
        '{',
        '  "dateString": "2026-01-05T09:14:08+0000",',
        '  "dateSeconds": 1767604448,',
        '  "msgLength": 84,',
        '  "ID": 16219,',
        '  "QR": 1,',
        '  "Opcode": 0,',
        '  "AA": 0,',
        '  "TC": 0,',
        '  "RD": 1,',
        '  "RA": 1,',
        '  "AD": 0,',
        '  "CD": 0,',
        '  "RCODE": 0,',
        '  "QDCOUNT": 1,',
        '  "ANCOUNT": 1,',
        '  "QNAME": "www.example.com.",',
        '  "QTYPE": 28,',
        '  "QTYPEname": "AAAA",',
        '  "QCLASS": 1,',
        '  "QCLASSname": "IN",',
        '  "answerRRs": [',
        '    {',
        '      "NAME": "www.example.com.",',
        '      "TYPE": 28,',
        '      "TYPEname": "AAAA",',
        '      "CLASS": 1,',
        '      "CLASSname": "IN",',
        '      "TTL": 60,',
        '      "rdataAAAA": "2001:db8::80",',
        '      "RDLENGTH": 16',
        '    }',
        '  ]',
        '}',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', network: { protocol: 'dns' },
          dns: { type: 'answer', id: '16219', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'AAAA', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'AAAA', class: 'IN', ttl: 60, data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'], min_ttl_s: 60 },
        },
      ],
      merged: 33,
    },
  ],
})
