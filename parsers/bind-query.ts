// BIND 9 query log (category `queries`): one line a question; it carries no answer, no result and no latency.
import { bindShares } from '../src/read/dns/bind-detect.js'
import { cutBind, putBindQuery, readBindClient } from '../src/read/dns/bind.js'
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { inheritTime } from '../src/read/table.js'

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const cut = cutBind(text)
  if (!cut) return skip('bad-time')
  const client = readBindClient(cut.rest)
  // whatever else BIND writes is read by the parser of its group
  if (!client) return cut.rest.startsWith('client ') && cut.rest.includes(': query: ') ? skip('malformed', 'client') : skip('not-this-format', 'no "client … query:"')
  if (!client.message.startsWith('query: ')) return skip('not-this-format', 'not a query')
  const draft: Draft = { type: 'dns.query', client: { ip: client.ip, port: client.port } }
  if (!putBindQuery(draft, client.message.slice(7))) return skip('malformed', 'query')
  if (cut.stamp) putTime(draft, cut.stamp, 'start', context, outer)
  else if (outer) inheritTime(draft, outer, 'start')
  return draft
}

export default defineParser({
  id: 'bind-query',
  title: 'BIND 9 query log',
  reference: 'https://bind9.readthedocs.io/en/stable/reference.html#namedconf-statement-category',
  dataset: 'bind.query',
  types: ['dns.query'],
  group: 'bind',
  vantage: 'resolver',
  limits: 'No answer, no response code and no latency: a handshake can be joined to the question, not to the address given. Times carry no zone unless print-time is iso8601-utc.',
  detect(head) {
    const { queries, remarks, share } = bindShares(head)
    return queries > 0 && remarks === 0 ? share : 0
  },
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      lines: [
        '05-Jan-2026 09:14:07.371 queries: info: client @0x7f82dcd19098 192.0.2.10#35821 (wWw.Example.com): query: wWw.Example.com IN A +E(0)K (198.51.100.53)',
        '05-Jan-2026 09:14:07.375 queries: info: client @0x7f82dcd19098 192.0.2.10#35821 (a\\032b.example.com): query: a\\032b.example.com IN AAAA -E(0)DCV (198.51.100.53)',
      ],
      events: [
        {
          type: 'dns.query', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 35821 }, server: { ip: '198.51.100.53', port: 53 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'www.example.com', type: 'A', class: 'IN' } },
        },
        {
          type: 'dns.query', ts_ms: 1767604447375, ts_basis: 'start', ts_res_ms: 1, hostname: 'a\\032b.example.com',
          client: { ip: '192.0.2.10', port: 35821 }, server: { ip: '198.51.100.53', port: 53 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', header_flags: ['DO', 'CD'], question: { name: 'a\\032b.example.com', type: 'AAAA', class: 'IN' } },
        },
      ],
    },
    {
      lines: [
        '2026-01-05T09:14:07.371Z queries: info: client @0x7f638dae3098 2001:db8::10#50156/key k1.example (www.example.com): view internal: query: www.example.com IN HTTPS +SE(0)TD (2001:db8::53#53) [ECS 192.0.2.0/24/0]',
        '05-Jan-2026 09:14:07.400 general: info: zone example.com/IN: loaded serial 7',
        'GET / HTTP/1.1',
      ],
      events: [{
        type: 'dns.query', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com',
        client: { ip: '2001:db8::10', port: 50156 }, server: { ip: '2001:db8::53', port: 53 },
        network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
        dns: { type: 'query', op_code: 'QUERY', header_flags: ['RD', 'DO'], question: { name: 'www.example.com', type: 'HTTPS', class: 'IN' }, edns_subnet: '192.0.2.0/24' },
      }],
      skipped: { 'not-an-event': 1, 'not-this-format': 1 },
    },
    {
      note: 'print-time no, 9.10 without @0x, 9.8 without the name, and a line without flags',
      lines: ['client 192.0.2.10#1035 (www.example.com): query: www.example.com IN A + (198.51.100.53)', 'client 192.0.2.10#1036: view inside: query: example.com CH TXT -', 'client 192.0.2.10#1037: query: example.com IN TYPE65 (198.51.100.53)'],
      events: [
        {
          type: 'dns.query', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 1035 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'www.example.com', type: 'A', class: 'IN' } },
        },
        {
          type: 'dns.query', hostname: 'example.com', client: { ip: '192.0.2.10', port: 1036 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', question: { name: 'example.com', type: 'TXT', class: 'CH' } },
        },
        {
          type: 'dns.query', hostname: 'example.com', client: { ip: '192.0.2.10', port: 1037 }, server: { ip: '198.51.100.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', question: { name: 'example.com', type: 'TYPE65', class: 'IN' } },
        },
      ],
    },
  ],
})
