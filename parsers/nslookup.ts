// nslookup of BIND, Windows and busybox.
import { defineParser } from '../src/read/define.js'
import { CANNOT, NslookupReader } from '../src/read/dig/nslookup.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^(?:Server:\s|Address(?:es)?(?: \d+)?:\s|Name:\s|Aliases:\s|Non-authoritative answer:|Authoritative answers can be found from:|\S+\s+(?:canonical name|nameserver|mail exchanger|name|text|service) = |;; |DNS request timed out|\s+timeout was |\s+[0-9a-fA-F:.]{3,45}$|-{12,13}$)/

export default defineParser({
  id: 'nslookup',
  title: 'nslookup output',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#nslookup-query-internet-name-servers-interactively',
  dataset: 'nslookup',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'No time, no TTL and no latency; a time-out does not repeat its name.',
  detect: head => {
    const sure = head.lines.some(line => CANNOT.test(line.trim()) || /^\S+\t(?:canonical name|name) = /.test(line)) || (head.lines.some(line => /^Server:\s+\S/.test(line)) && head.lines.some(line => /^Address:?\s/.test(line)))
    return sure ? shareOf(head, line => LINE.test(line) || CANNOT.test(line.trim())) : 0
  },
  open: () => new NslookupReader(),
  samples: [
    {
      lines: [
        'Server:\t\t192.0.2.53',
        'Address:\t192.0.2.53#53',
        '',
        'Non-authoritative answer:',
        'www.example.com\tcanonical name = web.cdn.example.net.',
        'Name:\tweb.cdn.example.net',
        'Address: 203.0.113.80',
        'Name:\tweb.cdn.example.net',
        'Address: 203.0.113.81',
        'Name:\tweb.cdn.example.net',
        'Address: 2001:db8::80',
        '',
        "** server can't find nosuch.example.com: NXDOMAIN",
        '80.113.0.203.in-addr.arpa\tname = www.example.com.',
        ';; communications error to 192.0.2.53#53: timed out',
        ';; no servers could be reached',
        'no line of nslookup',
      ],
      events: [
        {
          type: 'dns.response', line: 5, outcome: 'success', hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.80' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.81' }], resolved_ip: ['203.0.113.80', '203.0.113.81'] },
        },
        {
          type: 'dns.response', line: 11, outcome: 'success', hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'AAAA', data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'] },
        },
        {
          type: 'dns.response', line: 13, outcome: 'failure', hostname: 'nosuch.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nosuch.example.com', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', line: 14, outcome: 'success', hostname: '80.113.0.203.in-addr.arpa', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: '80.113.0.203.in-addr.arpa', type: 'PTR' }, response_code: 'NOERROR', answers: [{ name: '80.113.0.203.in-addr.arpa', type: 'PTR', data: 'www.example.com.' }] },
        },
        {
          type: 'dns.query', line: 16, outcome: 'failure', server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'dns_timeout', message: 'communications error to 192.0.2.53#53: timed out; no servers could be reached' },
        },
      ],
      merged: 5,
      skipped: { 'not-an-event': 4, blank: 2, 'not-this-format': 1 },
    },
    {
      note: 'Windows',
      lines: [
        'Server:  dns.example.net',
        'Address:  198.51.100.53',
        '',
        'Non-authoritative answer:',
        'Name:    web.cdn.example.net',
        'Addresses:  2001:db8::80',
        '\t  203.0.113.80',
        'Aliases:  www.example.com',
        '',
        'DNS request timed out.',
        '    timeout was 2 seconds.',
        "*** UnKnown can't find nosuch.example.com: Non-existent domain",
      ],
      events: [
        {
          type: 'dns.response', line: 6, outcome: 'success', hostname: 'www.example.com', server: { ip: '198.51.100.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'AAAA', data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'] },
        },
        {
          type: 'dns.response', line: 7, outcome: 'success', hostname: 'www.example.com', server: { ip: '198.51.100.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'] },
        },
        {
          type: 'dns.response', line: 12, outcome: 'failure', hostname: 'nosuch.example.com', server: { ip: '198.51.100.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nosuch.example.com', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
      ],
      merged: 1,
      skipped: { 'not-an-event': 6, blank: 2 },
    },
    {
      note: 'busybox',
      lines: [
        'Server:    198.51.100.53',
        'Address 1: 198.51.100.53 dns.example.net',
        '',
        'Name:      www.example.com',
        'Address 1: 203.0.113.80',
        'Address 2: 2001:db8::80 www6.example.com',
      ],
      events: [
        {
          type: 'dns.response', line: 5, outcome: 'success', hostname: 'www.example.com', server: { ip: '198.51.100.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'A', data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'] },
        },
        {
          type: 'dns.response', line: 6, outcome: 'success', hostname: 'www.example.com', server: { ip: '198.51.100.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'AAAA', data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'] },
        },
      ],
      skipped: { 'not-an-event': 3, blank: 1 },
    },
  ],
})
