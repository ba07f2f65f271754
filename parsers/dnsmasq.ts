// dnsmasq with log-queries (plain, extra or proto): question, forwarding and answer are several lines and become one event.
import { dnsmasqShare } from '../src/read/dns/dnsmasq-detect.js'
import { openDnsmasq } from '../src/read/dns/dnsmasq.js'
import { defineParser } from '../src/read/define.js'

export default defineParser({
  id: 'dnsmasq',
  title: 'dnsmasq query log',
  reference: 'https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html',
  dataset: 'dnsmasq.query',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'Whole seconds without a year or a zone, no TTL and no data but addresses, names and TXT; the latency only where it is two seconds or more. Without log-queries=extra a line is matched to its question by name only.',
  detect(head) {
    const { share, pihole } = dnsmasqShare(head)
    return pihole ? 0 : share
  },
  open: openDnsmasq,
  samples: [
    {
      note: 'log-queries=extra',
      lines: [
        'Jan  5 09:14:00 dnsmasq[412]: started, version 2.90 cachesize 150',
        'Jan  5 09:14:01 dnsmasq-dhcp[412]: DHCPREQUEST(eth0) 192.0.2.10 00:00:5e:00:53:01',
        'Jan  5 09:14:07 dnsmasq[412]: 15 192.0.2.10/35369 query[A] Www.example.com from 192.0.2.10',
        'Jan  5 09:14:07 dnsmasq[412]: 15 192.0.2.10/35369 forwarded Www.example.com to 198.51.100.53#5353',
        'Jan  5 09:14:07 dnsmasq[412]: 16 192.0.2.11/40000 query[AAAA] www.example.com from 192.0.2.11',
        'Jan  5 09:14:07 dnsmasq[412]: 15 192.0.2.10/35369 reply Www.example.com is <CNAME>',
        'Jan  5 09:14:07 dnsmasq[412]: 15 192.0.2.10/35369 reply web.cdn.example.net is 203.0.113.80',
        'Jan  5 09:14:07 dnsmasq[412]: 15 192.0.2.10/35369 reply web.cdn.example.net is 203.0.113.81',
        'Jan  5 09:14:10 dnsmasq[412]: 16 192.0.2.11/40000 reply www.example.com is NODATA-IPv6',
        'Jan  5 09:14:11 dnsmasq[413]: 17 192.0.2.10/35370 query[A] box.lan.example from 192.0.2.10',
        'Jan  5 09:14:11 dnsmasq[413]: 17 192.0.2.10/35370 /etc/hosts box.lan.example is 192.0.2.80',
        'Jan  5 09:14:12 dnsmasq[412]: 18 192.0.2.10/35371 query[type=65280] dead.example from 192.0.2.10',
        'Jan  5 09:14:12 vm sshd[99]: Accepted publickey',
      ],
      events: [
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 35369 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53',
            answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.80' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.81' }],
            resolved_ip: ['203.0.113.80', '203.0.113.81'],
          },
        },
        {
          type: 'dns.response', line: 5, ts_ms: 1767604447000, ts_end_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 3000, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.11', port: 40000 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, response_code: 'NOERROR', answered_from: 'upstream' },
        },
        {
          type: 'dns.response', line: 10, ts_ms: 1767604451000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'box.lan.example',
          client: { ip: '192.0.2.10', port: 35370 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'box.lan.example', type: 'A' }, response_code: 'NOERROR', answered_from: 'hosts',
            answers: [{ name: 'box.lan.example', type: 'A', data: '192.0.2.80' }], resolved_ip: ['192.0.2.80'],
          },
        },
        {
          type: 'dns.query', line: 12, ts_ms: 1767604452000, ts_basis: 'start', ts_res_ms: 1000, hostname: 'dead.example',
          client: { ip: '192.0.2.10', port: 35371 }, network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'query', question: { name: 'dead.example', type: 'TYPE65280' } },
        },
      ],
      merged: 6,
      skipped: { 'not-an-event': 2, 'not-this-format': 1 },
    },
    {
      note: 'log-queries: two questions of one name answered out of order, a failure, a reverse lookup; an answer whose question is not in the file',
      lines: [
        'Jan  5 09:14:07 dnsmasq[9]: query[A] dual.example from 2001:db8::10',
        'Jan  5 09:14:07 dnsmasq[9]: forwarded dual.example to 198.51.100.53',
        'Jan  5 09:14:07 dnsmasq[9]: query[AAAA] dual.example from 2001:db8::10',
        'Jan  5 09:14:07 dnsmasq[9]: forwarded dual.example to 198.51.100.53',
        'Jan  5 09:14:07 dnsmasq[9]: reply dual.example is <CNAME>',
        'Jan  5 09:14:07 dnsmasq[9]: reply edge.example.net is 2001:db8::80',
        'Jan  5 09:14:07 dnsmasq[9]: reply dual.example is <CNAME>',
        'Jan  5 09:14:07 dnsmasq[9]: reply edge.example.net is 203.0.113.80',
        'Jan  5 09:14:08 dnsmasq[9]: query[PTR] 80.113.0.203.in-addr.arpa from 192.0.2.10',
        'Jan  5 09:14:08 dnsmasq[9]: cached 203.0.113.80 is edge.example.net',
        'Jan  5 09:14:09 dnsmasq[9]: query[A] bad.example from 192.0.2.10',
        'Jan  5 09:14:09 dnsmasq[9]: forwarded bad.example to 198.51.100.53',
        'Jan  5 09:14:09 dnsmasq[9]: reply error is SERVFAIL (EDE: network error)',
        'Jan  5 09:14:10 dnsmasq[9]: reply late.example is NXDOMAIN',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'dual.example',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'dual.example', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53',
            answers: [{ name: 'dual.example', type: 'CNAME', data: 'edge.example.net' }, { name: 'edge.example.net', type: 'A', data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'],
          },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'dual.example',
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'dual.example', type: 'AAAA' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53',
            answers: [{ name: 'dual.example', type: 'CNAME', data: 'edge.example.net' }, { name: 'edge.example.net', type: 'AAAA', data: '2001:db8::80' }], resolved_ip: ['2001:db8::80'],
          },
        },
        {
          type: 'dns.response', line: 9, ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: '80.113.0.203.in-addr.arpa',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: '80.113.0.203.in-addr.arpa', type: 'PTR' }, response_code: 'NOERROR', answered_from: 'cache',
            answers: [{ name: '80.113.0.203.in-addr.arpa', type: 'PTR', data: 'edge.example.net' }],
          },
        },
        {
          type: 'dns.response', line: 11, ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'bad.example',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'bad.example', type: 'A' }, response_code: 'SERVFAIL', answered_from: 'upstream', upstream: '198.51.100.53', ede: [23] },
        },
        {
          type: 'dns.response', line: 14, ts_ms: 1767604450000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'late.example',
          network: { protocol: 'dns' }, dns: { type: 'answer', question: { name: 'late.example' }, response_code: 'NXDOMAIN', answered_from: 'upstream' },
        },
      ],
      merged: 9,
    },
  ],
})
