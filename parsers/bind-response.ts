// BIND 9 logs with more than queries in them: responses (9.20.3 and later), query-errors, security, rpz, lame-servers and resolver.
import { bindShares } from '../src/read/dns/bind-detect.js'
import { openBind } from '../src/read/dns/bind-reader.js'
import { defineParser } from '../src/read/define.js'

export default defineParser({
  id: 'bind-response',
  title: 'BIND 9 response, query-errors, security and resolver log (and the response log of Infoblox NIOS)',
  reference: 'https://bind9.readthedocs.io/en/stable/reference.html#namedconf-statement-category',
  dataset: 'bind.response',
  types: ['dns.query', 'dns.response', 'log.line'],
  group: 'bind',
  vantage: 'resolver',
  limits: 'No answer data and no TTL (Infoblox prints both); a latency only where the query was logged too and took longer than the clock steps. Errors of the resolver towards other servers are log.line events without a client.',
  detect(head) {
    const { remarks, share } = bindShares(head)
    return remarks > 0 ? share : 0
  },
  open: openBind,
  samples: [
    {
      note: 'a query and its response are one event, also with a failure in between',
      lines: [
        '2026-01-05T09:14:07.371Z queries: info: client @0x7f0000001000 192.0.2.10#35821 (www.example.com): query: www.example.com IN A +E(0)K (198.51.100.53#53)',
        '2026-01-05T09:14:07.375Z responses: info: client @0x7f0000001000 192.0.2.10#35821 (www.example.com): response: www.example.com IN A NOERROR 3 0 1 +E(0)K (198.51.100.53)',
        '2026-01-05T09:14:08.000Z queries: info: client @0x7f0000001000 2001:db8::10#40000 (loop.example): query: loop.example IN AAAA +E(0) (198.51.100.53#53)',
        '2026-01-05T09:14:08.100Z query-errors: info: client @0x7f0000001000 2001:db8::10#40000 (loop.example): query failed (failure) for loop.example/IN/AAAA at query.c:7916',
        '2026-01-05T09:14:08.101Z responses: info: client @0x7f0000001000 2001:db8::10#40000 (loop.example): response: loop.example IN AAAA SERVFAIL 0 0 1 +E(0) (198.51.100.53)',
        '2026-01-05T09:14:09.000Z queries: info: client @0x7f0000001000 192.0.2.11#40001 (dead.example): query: dead.example IN A +E(0) (198.51.100.53#53)',
        '2026-01-05T09:14:09.001Z responses: info: client @0x7f0000001000 192.0.2.12#40002 (old.example): response: old.example IN A NXDOMAIN 0 1 1 -T (198.51.100.53) [ECS 203.0.113.0/24/0]',
        'Traceback (most recent call last):',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447371, ts_end_ms: 1767604447375, ts_basis: 'start', ts_res_ms: 1, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 35821 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604448000, ts_end_ms: 1767604448101, ts_basis: 'start', ts_res_ms: 1, duration_ms: 101, outcome: 'failure', hostname: 'loop.example',
          client: { ip: '2001:db8::10', port: 40000 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'loop.example', type: 'AAAA', class: 'IN' }, response_code: 'SERVFAIL' },
          error: { type: 'dns_error', code: 'failure' },
        },
        {
          type: 'dns.query', line: 6, ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1, hostname: 'dead.example',
          client: { ip: '192.0.2.11', port: 40001 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'dead.example', type: 'A', class: 'IN' } },
        },
        {
          type: 'dns.response', line: 7, ts_ms: 1767604449001, ts_basis: 'end', ts_res_ms: 1, outcome: 'failure', hostname: 'old.example',
          client: { ip: '192.0.2.12', port: 40002 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', op_code: 'QUERY', question: { name: 'old.example', type: 'A', class: 'IN' }, response_code: 'NXDOMAIN', edns_subnet: '203.0.113.0/24' },
        },
      ],
      merged: 3,
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'security, query-errors, lame-servers and resolver lines, and a packet printed over several lines',
      lines: [
        "05-Jan-2026 09:14:07.000 security: info: client @0x7f65100ee4d8 192.0.2.10#3076 (example.com): query (cache) 'example.com/ANY/IN' denied (allow-query-cache did not match)",
        '05-Jan-2026 09:14:07.000 query-errors: info: client @0x7f65100ee4d8 192.0.2.10#3076 (example.com): query failed (REFUSED) for example.com/IN/ANY at query.c:5708',
        "05-Jan-2026 09:14:07.500 client 192.0.2.10#3077 (example.com): zone transfer 'example.com/AXFR/IN' denied",
        "05-Jan-2026 09:14:08.000 lame-servers: info: SERVFAIL unexpected RCODE resolving 'www.example.net/A/IN': 203.0.113.53#53",
        "05-Jan-2026 09:14:08.100 lame-servers: info: lame server resolving 'example.net' (in 'example.net'?): 203.0.113.53#53",
        "05-Jan-2026 09:14:08.200 error (network unreachable) resolving 'www.example.net/AAAA/IN': 2001:db8::53#53",
        '05-Jan-2026 09:14:08.300 resolver: debug 1: fetch completed at resolver.c:4269 for dead.example/A in 10.004000: timed out/success [domain:example,referral:0,restart:3,qrysent:5,timeout:5]',
        '05-Jan-2026 09:14:08.400 resolver: debug 10: received packet from 203.0.113.53#53',
        ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 1',
        '',
        '05-Jan-2026 09:14:09.000 general: info: managed-keys-zone: loaded serial 3',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1, outcome: 'failure', hostname: 'example.com',
          client: { ip: '192.0.2.10', port: 3076 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'example.com', type: 'ANY', class: 'IN' }, response_code: 'REFUSED' },
          error: { code: 'denied', message: "query (cache) 'example.com/ANY/IN' denied (allow-query-cache did not match)" },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447500, ts_basis: 'end', ts_res_ms: 1, outcome: 'failure', hostname: 'example.com',
          client: { ip: '192.0.2.10', port: 3077 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'example.com', type: 'AXFR', class: 'IN' }, response_code: 'REFUSED' },
          error: { code: 'denied', message: "zone transfer 'example.com/AXFR/IN' denied" },
        },
        {
          type: 'log.line', line: 4, ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.net', message: "SERVFAIL unexpected RCODE resolving 'www.example.net/A/IN': 203.0.113.53#53",
          server: { ip: '203.0.113.53', port: 53 }, network: { type: 'ipv4' }, log: { level: 'info' },
          dns: { type: 'query', question: { name: 'www.example.net', type: 'A', class: 'IN' }, response_code: 'SERVFAIL' }, error: { type: 'dns_error', code: 'SERVFAIL' },
        },
        {
          type: 'log.line', line: 5, ts_ms: 1767604448100, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'example.net', message: "lame server resolving 'example.net' (in 'example.net'?): 203.0.113.53#53",
          server: { ip: '203.0.113.53', port: 53 }, network: { type: 'ipv4' }, log: { level: 'info' },
          dns: { type: 'query', question: { name: 'example.net' } }, error: { type: 'dns_error', code: 'lame server' },
        },
        {
          type: 'log.line', line: 6, ts_ms: 1767604448200, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.net', message: "error (network unreachable) resolving 'www.example.net/AAAA/IN': 2001:db8::53#53",
          server: { ip: '2001:db8::53', port: 53 }, network: { type: 'ipv6' },
          dns: { type: 'query', question: { name: 'www.example.net', type: 'AAAA', class: 'IN' } }, error: { type: 'destination_ip_unroutable', code: 'network unreachable' },
        },
        {
          type: 'log.line', line: 7, ts_ms: 1767604438296, ts_end_ms: 1767604448300, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 10004, outcome: 'failure', hostname: 'dead.example',
          message: 'fetch completed at resolver.c:4269 for dead.example/A in 10.004000: timed out/success [domain:example,referral:0,restart:3,qrysent:5,timeout:5]',
          log: { level: 'debug 1' }, dns: { type: 'query', question: { name: 'dead.example', type: 'A' } }, error: { type: 'dns_timeout', code: 'timed out' },
        },
      ],
      merged: 1,
      skipped: { 'not-an-event': 3, blank: 1 },
    },
    {
      note: 'Infoblox NIOS, with the records; bare sentences of the resolver, where print-time and print-category are off',
      lines: [
        '05-Jan-2026 09:14:07.371 client 192.0.2.10#57398: UDP: query: www.example.com IN A response: NOERROR +A www.example.com. 300 IN CNAME web.example.net.; web.example.net. 60 IN A 203.0.113.80;',
        '05-Jan-2026 09:14:07.400 client 2001:db8::10#57399 TCP: query: nx.example.com IN TXT response: NXDOMAIN -E',
        'infoblox-responses: 05-Jan-2026 09:14:07.500 client 192.0.2.10#57400: UDP: query: www.example.com IN A response: REFUSED -',
        "timed out resolving 'www.example.net/AAAA/IN': 2001:db8::53#53",
        'Jan went to example.com',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447371, ts_basis: 'end', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 57398 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', header_flags: ['RD', 'AA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR',
            answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 300, data: 'web.example.net' }, { name: 'web.example.net', type: 'A', class: 'IN', ttl: 60, data: '203.0.113.80' }],
            resolved_ip: ['203.0.113.80'], min_ttl_s: 60,
          },
        },
        {
          type: 'dns.response', line: 2, ts_ms: 1767604447400, ts_basis: 'end', ts_res_ms: 1, outcome: 'failure', hostname: 'nx.example.com',
          client: { ip: '2001:db8::10', port: 57399 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nx.example.com', type: 'TXT', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447500, ts_basis: 'end', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 57400 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'REFUSED' },
        },
        {
          type: 'log.line', line: 4, outcome: 'failure', hostname: 'www.example.net', message: "timed out resolving 'www.example.net/AAAA/IN': 2001:db8::53#53",
          server: { ip: '2001:db8::53', port: 53 }, network: { type: 'ipv6' },
          dns: { type: 'query', question: { name: 'www.example.net', type: 'AAAA', class: 'IN' } }, error: { type: 'dns_timeout', code: 'timed out' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
  ],
})
