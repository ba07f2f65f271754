// dnstap as JSON lines (golang dnstap -j): the DNS message itself is a dig-like text inside.
import { defineParser } from '../src/read/define.js'
import { newTapMessage, tapKind, TapPairs, type TapMessage } from '../src/read/dns/dnstap.js'
import { DumpReader } from '../src/read/dns/records.js'
import { readObject } from '../src/read/layouts/json.js'
import { shareOfJson, skip, type LineReader, type LineResult } from '../src/read/parser.js'
import { readIso, type Stamp } from '../src/read/time.js'

/** Lines of a message's text that are read. */
const MAX_LINES = 5000

type Bag = Record<string, unknown>

const bagOf = (value: unknown): Bag | undefined => typeof value === 'object' && value !== null && !Array.isArray(value) ? value as Bag : undefined
const textOf = (value: unknown): string | undefined => typeof value === 'string' && value !== '' ? value : undefined
const portOf = (value: unknown): number | undefined => typeof value === 'number' && value > 0 && value < 65536 ? value : undefined

function stampOf(value: unknown): Stamp | undefined {
  const stamp = typeof value === 'string' ? readIso(value) : undefined
  return stamp && 'ms' in stamp ? stamp : undefined
}

function messageOf(bag: Bag): TapMessage | undefined {
  const kind = tapKind(textOf(bag.type) ?? '')
  if (!kind) return undefined
  const message = newTapMessage(kind)
  message.queryTime = stampOf(bag.query_time)
  message.responseTime = stampOf(bag.response_time)
  message.client = { ip: textOf(bag.query_address), port: portOf(bag.query_port) }
  message.server = { ip: textOf(bag.response_address), port: portOf(bag.response_port) }
  message.protocol = textOf(bag.socket_protocol)
  const dump = textOf(kind.isQuery ? bag.query_message : bag.response_message)
  if (dump !== undefined && !dump.startsWith('parse failed')) {
    const reader = new DumpReader(message.dns)
    for (const line of dump.split('\n', MAX_LINES)) reader.line(line)
  }
  return message
}

class TapJsonReader implements LineReader {
  private readonly pairs = new TapPairs(true)

  line(text: string, number: number): LineResult {
    const read = readObject(text)
    if ('skip' in read) return read
    const bag = bagOf(read.object.message)
    if (!bag || read.object.type !== 'MESSAGE') return skip('not-this-format', 'no dnstap message')
    const message = messageOf(bag)
    if (!message) return skip('unsupported-record', textOf(bag.type)?.slice(0, 40))
    const { drafts, self } = this.pairs.put(message, number)
    return drafts.length === 0 ? self : { drafts, self }
  }

  end() { return this.pairs.end() }
}

export default defineParser({
  id: 'dnstap-json',
  title: 'dnstap as JSON (golang dnstap -j)',
  reference: 'https://github.com/dnstap/golang-dnstap',
  dataset: 'dnstap.message',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'The DNS message is printed text; a message that could not be parsed has no question. Exchanges of a resolver with other servers carry labels.leg "origin".',
  detect: head => shareOfJson(head, object => object.type === 'MESSAGE' && tapKind(textOf(bagOf(object.message)?.type) ?? '') !== undefined),
  open: () => new TapJsonReader(),
  samples: [
    {
      lines: [
        '{"type":"MESSAGE","identity":"ns1","version":"BIND 9.18","message":{"type":"CLIENT_QUERY","query_time":"2026-01-05T09:14:07.709317798Z","socket_family":"INET","socket_protocol":"UDP","query_address":"192.0.2.10","response_address":"198.51.100.53","query_port":47298,"response_port":53,"query_message":";; opcode: QUERY, status: NOERROR, id: 23392\\n;; flags: rd; QUERY: 1, ANSWER: 0, AUTHORITY: 0, ADDITIONAL: 1\\n\\n;; OPT PSEUDOSECTION:\\n; EDNS: version 0; flags: do; udp: 1232\\n; SUBNET: 203.0.113.0/24/0\\n\\n;; QUESTION SECTION:\\n;www.example.com.\\tIN\\t A\\n"}}',
        '{"type":"MESSAGE","message":{"type":"CLIENT_RESPONSE","response_time":"2026-01-05T09:14:07.712317798Z","socket_family":"INET","socket_protocol":"UDP","query_address":"192.0.2.10","response_address":"198.51.100.53","query_port":47298,"response_port":53,"response_message":";; opcode: QUERY, status: NOERROR, id: 23392\\n;; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 0\\n\\n;; QUESTION SECTION:\\n;www.example.com.\\tIN\\t A\\n\\n;; ANSWER SECTION:\\nwww.example.com.\\t30\\tIN\\tCNAME\\tweb.cdn.example.net.\\nweb.cdn.example.net.\\t20\\tIN\\tA\\t203.0.113.80\\n"}}',
        '{"type":"MESSAGE","message":{"type":"AUTH_RESPONSE","response_time":"2026-01-05T09:14:08Z","socket_protocol":"DOQ","query_address":"2001:db8::54","query_port":5000,"response_message":"parse failed: dns: overflow"}}',
        '{"type":"MESSAGE","message":{"type":"FUTURE_QUERY"}}',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447709.317, ts_end_ms: 1767604447712.317, ts_sub_ns: 798, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 3, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 47298 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', id: '23392', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', edns_subnet: '203.0.113.0/24',
            answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
            resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          },
        },
        { type: 'dns.response', line: 3, ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, client: { ip: '2001:db8::54', port: 5000 }, network: { transport: 'quic', type: 'ipv6', protocol: 'dns' }, dns: { type: 'answer' } },
      ],
      merged: 1,
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
