// Knot Resolver (kresd) debug log: the lines and packet dumps of one request become one event; times come from the journal.
import { defineParser } from '../src/read/define.js'
import { cutKnot, openKnot } from '../src/read/dns/knot.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'knot-resolver',
  title: 'Knot Resolver debug log',
  reference: 'https://www.knot-resolver.cz/documentation/latest/config-logging.html',
  dataset: 'knot.resolver',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No time of its own and, without the policy IPTRACE, no client. Priming and prefetch look like requests of a client. The dnstap module is the better source.',
  detect(head) {
    let requests = 0
    const share = shareOf(head, line => {
      if (cutKnot(line)) requests++
      // half of the lines are dumps of packets
      return cutKnot(line) !== undefined || (requests > 0 && (line.startsWith(';;') || /^\S+\s+(?:\d+\s+)?[A-Z]/.test(line)))
    })
    return requests > 0 ? share : 0
  },
  open: openKnot,
  samples: [
    {
      lines: [
        "[plan  ][00000.00] plan 'www.example.com.' type 'A' uid [16119.00]",
        '[reqdbg][policy][16119.00] request packet arrived from 2001:db8::10#37931 to 2001:db8::53#00853 (TCP + TLS)',
        "[iterat][16119.00]   'www.example.com.' type 'A' new uid was assigned .01, parent uid .00",
        "[resolv][16119.01]   => id: '00469' querying: 'ns.example.com.'@'198.51.100.53#00053' zone cut: 'example.com.' qname: 'www.example.com.' qtype: 'A' proto: 'udp'",
        '[iterat][16119.01]   <= answer received:',
        ';; ->>HEADER<<- opcode: QUERY; status: NOERROR; id: 469',
        ';; Flags: qr aa  QUERY: 1; ANSWER: 2; AUTHORITY: 0; ADDITIONAL: 1',
        '',
        ';; QUESTION SECTION',
        'www.example.com.\t\tA',
        '',
        ';; ANSWER SECTION',
        'www.example.com.    \t30\tCNAME\tweb.cdn.example.net.',
        'web.cdn.example.net.\t20\tA\t203.0.113.80',
        '',
        "[plan  ][00000.00] plan 'dead.example.' type 'AAAA' uid [16120.00]",
        '[iterat][16119.01]   <= rcode: NOERROR',
        '[resolv][16119.01]   finished in state: 4, queries: 1, mempool: 81952 B',
        '[resolv][16120.00]   finished in state: 8, queries: 4, mempool: 81952 B',
        '[system] quitting',
        'Nov 22 something else',
      ],
      events: [
        {
          type: 'dns.response', line: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '2001:db8::10', port: 37931 }, server: { ip: '2001:db8::53', port: 853 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53', min_ttl_s: 20, resolved_ip: ['203.0.113.80'],
            answers: [{ name: 'www.example.com', type: 'CNAME', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', ttl: 20, data: '203.0.113.80' }],
          },
        },
        {
          type: 'dns.response', line: 16, outcome: 'failure', hostname: 'dead.example', network: { protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'dead.example', type: 'AAAA' }, response_code: 'SERVFAIL' }, error: { type: 'dns_error', code: 'state 8' },
        },
      ],
      merged: 14,
      skipped: { blank: 3, 'not-an-event': 1, 'not-this-format': 1 },
    },
  ],
})
