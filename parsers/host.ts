// host: sentences about records; with -v the blocks of dig.
import { defineParser } from '../src/read/define.js'
import { HostReader, NAMESERVER, NO_RECORD, NOT_FOUND, sentence } from '../src/read/dig/host.js'
import { shareOf } from '../src/read/parser.js'

const AROUND = /^(?:Using domain server:|Name: \S|Address: \S+#\d+|Aliases: ?|Trying ".*"|Received \d+ bytes from \S+#\d+ in \d+ ms)$/

export default defineParser({
  id: 'host',
  title: 'host output (text, -v, -C)',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#host-dns-lookup-utility',
  dataset: 'host',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'No time, no TTL and no latency (but with -v); the server only where one was named.',
  detect: head => {
    const verbose = head.lines.some(line => line.startsWith('Trying "'))
    const said = (line: string): boolean => sentence(line) !== undefined || NOT_FOUND.test(line) || NO_RECORD.test(line)
    if (!verbose && !head.lines.some(line => said(line.trim()))) return 0
    return shareOf(head, line => said(line.trim()) || AROUND.test(line.trimEnd()) || NAMESERVER.test(line.trim()) || line.trim() === 'Aliases:' || (verbose && /^;|\sIN\s/.test(line)))
  },
  open: context => new HostReader(context),
  samples: [
    {
      lines: [
        'Using domain server:',
        'Name: 192.0.2.53',
        'Address: 192.0.2.53#53',
        'Aliases: ',
        '',
        'www.example.com is an alias for web.cdn.example.net.',
        'web.cdn.example.net has address 203.0.113.80',
        'web.cdn.example.net has address 203.0.113.81',
        'web.cdn.example.net has IPv6 address 2001:db8::80',
        'web.cdn.example.net mail is handled by 10 mx.example.com.',
        'Host nosuch.example.com not found: 3(NXDOMAIN)',
        '80.113.0.203.in-addr.arpa domain name pointer www.example.com.',
        'mail.example.com has no AAAA record',
        ';; communications error to 192.0.2.53#53: timed out',
        ';; communications error to 192.0.2.53#53: timed out',
        ';; no servers could be reached',
      ],
      events: [
        {
          type: 'dns.response', line: 6, outcome: 'success', hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.80' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.81' }], resolved_ip: ['203.0.113.80', '203.0.113.81'] },
        },
        {
          type: 'dns.response', line: 9, outcome: 'success', hostname: 'web.cdn.example.net', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'web.cdn.example.net', type: 'AAAA' }, response_code: 'NOERROR', answers: [{ name: 'web.cdn.example.net', type: 'AAAA', data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'] },
        },
        {
          type: 'dns.response', line: 10, outcome: 'success', hostname: 'web.cdn.example.net', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'web.cdn.example.net', type: 'MX' }, response_code: 'NOERROR', answers: [{ name: 'web.cdn.example.net', type: 'MX', data: '10 mx.example.com.' }] },
        },
        {
          type: 'dns.response', line: 11, outcome: 'failure', hostname: 'nosuch.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nosuch.example.com', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', line: 12, outcome: 'success', hostname: '80.113.0.203.in-addr.arpa', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: '80.113.0.203.in-addr.arpa', type: 'PTR' }, response_code: 'NOERROR', answers: [{ name: '80.113.0.203.in-addr.arpa', type: 'PTR', data: 'www.example.com.' }] },
        },
        {
          type: 'dns.response', line: 13, outcome: 'success', hostname: 'mail.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'mail.example.com', type: 'AAAA', class: 'IN' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.query', line: 14, outcome: 'failure', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'dns_timeout', message: 'communications error to 192.0.2.53#53: timed out; no servers could be reached' },
        },
      ],
      merged: 4,
      skipped: { 'not-an-event': 4, blank: 1 },
    },
    {
      note: '-v',
      lines: [
        'Trying "www.example.com"',
        ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 51601',
        ';; flags: qr rd ra; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 0',
        '',
        ';; QUESTION SECTION:',
        ';www.example.com.\t\tIN\tA',
        '',
        ';; ANSWER SECTION:',
        'www.example.com.\t60\tIN\tA\t203.0.113.80',
        '',
        'Received 49 bytes from 192.0.2.53#53 in 4 ms',
        'x y',
      ],
      events: [
        {
          type: 'dns.response', line: 2, duration_ms: 4, outcome: 'success', hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '51601', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'A', class: 'IN', ttl: 60, data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'], min_ttl_s: 60 },
        },
      ],
      merged: 6,
      skipped: { 'not-an-event': 1, blank: 3, 'not-this-format': 1 },
    },
    {
      note: '-C: the SOA record of every name server',
      lines: [
        'Nameserver 192.0.2.53:',
        '\texample.com has SOA record ns1.example.com. hostmaster.example.com. 2026010501 7200 3600 1209600 300',
        'Nameserver 2001:db8::53:',
        '\texample.com has SOA record ns1.example.com. hostmaster.example.com. 2026010500 7200 3600 1209600 300',
      ],
      events: [
        {
          type: 'dns.response', line: 2, outcome: 'success', hostname: 'example.com', server: { ip: '192.0.2.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'example.com', type: 'SOA' }, response_code: 'NOERROR', answers: [{ name: 'example.com', type: 'SOA', data: 'ns1.example.com. hostmaster.example.com. 2026010501 7200 3600 1209600 300' }] },
        },
        {
          type: 'dns.response', line: 4, outcome: 'success', hostname: 'example.com', server: { ip: '2001:db8::53' }, network: { type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'example.com', type: 'SOA' }, response_code: 'NOERROR', answers: [{ name: 'example.com', type: 'SOA', data: 'ns1.example.com. hostmaster.example.com. 2026010500 7200 3600 1209600 300' }] },
        },
      ],
      skipped: { 'not-an-event': 2 },
    },
  ],
})
