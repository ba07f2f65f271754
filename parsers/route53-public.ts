// Amazon Route 53 query log of a public hosted zone: the client is a resolver; ECS hints at whom it asked for.
import { defineParser } from '../src/read/define.js'
import { host, ip, text, time, upper, word } from '../src/read/field.js'
import { separated } from '../src/read/layouts/separated.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^1\.\d \d{4}-\d\d-\d\dT\S+Z Z\w+ \S+ [A-Z0-9-]+ [A-Z]+ (?:UDP|TCP|-) [A-Z0-9-]+ [0-9a-fA-F.:]+ \S+$/

export default defineParser({
  id: 'route53-public',
  title: 'Amazon Route 53 public hosted zone query log',
  reference: 'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/query-logs.html',
  dataset: 'aws.route53_public',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'The client is a resolver, never the user; no port, no answer and no latency.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: separated({ header: 'none', separator: ' ', columns: ['version', 'timestamp', 'zone', 'name', 'type', 'rcode', 'protocol', 'edge', 'resolver', 'ecs'] }),
    constant: { type: 'dns.response', dns: { answered_from: 'authority' } },
    fields: {
      timestamp: time('iso', 'start', { required: true }),
      zone: text('labels.zone'),
      name: host('dns.question.name', { required: true }),
      type: upper('dns.question.type'),
      rcode: upper('dns.response_code'),
      protocol: word('network.transport', { udp: 'udp', tcp: 'tcp' }),
      edge: text('cdn.pop'),
      resolver: ip('client.ip'),
      ecs: text('dns.edns_subnet'),
    },
  },
  samples: [{
    lines: [
      '1.0 2026-01-05T09:14:07.955Z Z0EXAMPLE www.example.com A NOERROR UDP FRA6 192.0.2.54 203.0.113.0/24',
      '1.0 2026-01-05T09:14:08.001Z Z0EXAMPLE nx.example.com AAAA NXDOMAIN TCP IAD12 2001:db8::54 -',
      '1.0 2026-01-05T09:14:08.001Z Z0EXAMPLE nx.exam',
    ],
    events: [
      {
        type: 'dns.response', ts_ms: 1767604447955, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.54' }, cdn: { pop: 'FRA6' }, labels: { zone: 'Z0EXAMPLE' },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'authority', edns_subnet: '203.0.113.0/24' },
      },
      {
        type: 'dns.response', ts_ms: 1767604448001, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', hostname: 'nx.example.com', client: { ip: '2001:db8::54' }, cdn: { pop: 'IAD12' }, labels: { zone: 'Z0EXAMPLE' },
        network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' }, dns: { type: 'answer', question: { name: 'nx.example.com', type: 'AAAA' }, response_code: 'NXDOMAIN', answered_from: 'authority' },
      },
    ],
    skipped: { malformed: 1 },
  }],
})
