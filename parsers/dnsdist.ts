// dnsdist: LogAction/LogResponseAction in text, whose nanoseconds lack their leading zeros, and the verbose lines of relayed queries.
import { defineParser } from '../src/read/define.js'
import { openDnsdist, readDnsdist } from '../src/read/dns/dnsdist.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'dnsdist',
  title: 'dnsdist query and response log',
  reference: 'https://dnsdist.org/reference/actions.html#LogAction',
  dataset: 'dnsdist.log',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No answers and no TTL. LogResponseAction prints when the query came, so it tells no latency; the verbose lines do, but no response code.',
  detect: head => shareOf(head, line => readDnsdist(line) !== undefined),
  open: openDnsdist,
  samples: [
    {
      lines: [
        '[1767604447.94635080] Packet from 192.0.2.10:36997 for wWw.example.com. A with id 38450',
        '[1767604447.94635080] Answer to 192.0.2.10:36997 for wWw.example.com. A (No Error) with id 38450',
        '[1767604448.500000000] Packet from [2001:db8::10]:36998 for nx.example.com. HTTPS with id 7',
        '[1767604449.1] Answer to 192.0.2.11:5353 for nx.example.com. AAAA (Non-Existent domain) with id 9',
        '[1767604449.1] Answer to 192.0.2.11',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447094.635, ts_sub_ns: 80, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 36997 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '38450', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.query', line: 3, ts_ms: 1767604448500, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'nx.example.com',
          client: { ip: '2001:db8::10', port: 36998 }, network: { type: 'ipv6', protocol: 'dns' }, dns: { type: 'query', question: { name: 'nx.example.com', type: 'HTTPS' } },
        },
        {
          type: 'dns.response', line: 4, ts_ms: 1767604449000, ts_sub_ns: 1, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'nx.example.com',
          client: { ip: '192.0.2.11', port: 5353 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '9', question: { name: 'nx.example.com', type: 'AAAA' }, response_code: 'NXDOMAIN' },
        },
      ],
      merged: 1,
      skipped: { malformed: 1 },
    },
    {
      note: 'verbose output',
      lines: [
        'Got query for www.example.com|A from 192.0.2.10:36997, relayed to 192.0.2.54:53',
        'Got query for www.example.com|AAAA from 192.0.2.10:36998 (DoT, 41 bytes), relayed to east (192.0.2.55:53)',
        'Got answer from 192.0.2.54:53, relayed to 192.0.2.10:36997, took 3113.81 usec',
        'Got answer from 192.0.2.55:53, relayed to 192.0.2.10:36998 (DoT, 77 bytes), took 20 us',
        'ServFailed query for dead.example|A from 192.0.2.10:36999, no downstream server available',
        'Had a downstream timeout from [2001:db8::53]:8053 (worker6) for query for slow.example|AAAA from 192.0.2.10:37000',
      ],
      events: [
        {
          type: 'dns.response', line: 1, duration_ms: 3.114, hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 36997 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, answered_from: 'upstream', upstream: '192.0.2.54' },
        },
        {
          type: 'dns.response', line: 2, duration_ms: 0.02, hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 36998 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, answered_from: 'upstream', upstream: '192.0.2.55' },
        },
        {
          type: 'dns.response', line: 5, outcome: 'failure', hostname: 'dead.example', client: { ip: '192.0.2.10', port: 36999 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'dead.example', type: 'A' }, response_code: 'SERVFAIL' },
          error: { type: 'destination_unavailable', message: 'no downstream server available', code: 'ServFailed' },
        },
        {
          type: 'dns.query', line: 6, outcome: 'failure', hostname: 'slow.example', client: { ip: '192.0.2.10', port: 37000 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', question: { name: 'slow.example', type: 'AAAA' }, upstream: '2001:db8::53' }, error: { type: 'dns_timeout', message: 'downstream timeout', code: 'timeout' },
        },
      ],
      merged: 2,
    },
  ],
})
