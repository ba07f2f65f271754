// Unbound with log-queries and log-replies: a query line and its reply line are one event; names and codes, but no addresses in the answer.
import { defineParser } from '../src/read/define.js'
import { shareOf } from '../src/read/parser.js'
import { cutUnbound, isUnboundExchange, openUnbound } from '../src/read/dns/unbound.js'

export default defineParser({
  id: 'unbound',
  title: 'Unbound query and reply log',
  reference: 'https://unbound.docs.nlnetlabs.nl/en/latest/manpages/unbound.conf.html',
  dataset: 'unbound.query',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No answer data and no TTL, mostly no client port; whole seconds unless log-time-iso is on; unusual bytes in names are printed as "?", so such names are left out.',
  detect(head) {
    let exchanges = 0
    const share = shareOf(head, line => {
      const cut = cutUnbound(line)
      if (cut && isUnboundExchange(cut.body)) exchanges++
      return cut !== undefined
    })
    return exchanges > 0 ? share : 0
  },
  open: openUnbound,
  samples: [
    {
      lines: [
        '[1767604447] unbound[24045:0] info: start of service (unbound 1.17.1).',
        '[1767604447] unbound[24045:0] info: 192.0.2.10 wWw.Example.com. A IN',
        '[1767604447] unbound[24045:0] info: 192.0.2.11 nx.example.com. AAAA IN',
        '[1767604447] unbound[24045:0] info: 192.0.2.10 wWw.Example.com. A IN NOERROR 0.002228 0 109',
        '[1767604448] unbound[24045:0] info: 192.0.2.11 nx.example.com. AAAA IN NXDOMAIN 0.000000 1 94',
        '[1767604449] unbound[24045:0] info: 192.0.2.12 - - - FORMERR - - -',
        '[1767604450] unbound[24045:0] info: 192.0.2.10 slow.example. A IN',
        '[1767604450] unbound[24045:0] error: SERVFAIL <slow.example. A IN>: all servers for this domain failed, at zone slow.example. upstream server timeout',
        '[1767604450] unbound[24045:0] info: resolving slow.example. A IN',
        'GET / HTTP/1.1',
      ],
      events: [
        {
          type: 'dns.response', line: 2, ts_ms: 1767604447000, ts_end_ms: 1767604447002.228, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 2.228, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, server: { bytes: 109 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answered_from: 'upstream' },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604447000, ts_end_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'nx.example.com',
          client: { ip: '192.0.2.11' }, server: { bytes: 94 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nx.example.com', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN', answered_from: 'cache' },
        },
        {
          type: 'dns.response', line: 6, ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure',
          client: { ip: '192.0.2.12' }, network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'answer', response_code: 'FORMERR' },
        },
        {
          type: 'dns.query', line: 7, ts_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'slow.example',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', question: { name: 'slow.example', type: 'A', class: 'IN' } },
          error: { type: 'dns_timeout', message: 'all servers for this domain failed, at zone slow.example. upstream server timeout' },
        },
      ],
      merged: 2,
      skipped: { 'not-an-event': 3, 'not-this-format': 1 },
    },
    {
      note: 'log-time-ascii, log-tag-queryreply, log-destaddr; a reply without its query',
      lines: [
        'Jan  5 09:14:07 unbound[24047:0] reply: 2001:db8::10 www.example.com. A IN SERVFAIL 1.250000 0 33 on dot 2001:db8::53 853',
        'Jan  5 09:14:07 unbound[24047:0] query: 2001:db8::10 a?b.example.com. TYPE65280 IN',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604445750, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 1250, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '2001:db8::10' }, server: { ip: '2001:db8::53', port: 853, bytes: 33 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'SERVFAIL', answered_from: 'upstream' },
        },
        {
          type: 'dns.query', line: 2, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000,
          client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'dns' }, dns: { type: 'query', question: { type: 'TYPE65280', class: 'IN' } },
        },
      ],
    },
    {
      note: 'log-time-iso; a local zone that blocks a name',
      lines: [
        '2026-01-05T09:14:07.042-05:00 unbound[7:1] info: 192.0.2.10 x.blocked.example. A IN',
        '2026-01-05T09:14:07.043-05:00 unbound[7:1] info: blocked.example. always_nxdomain 192.0.2.10@42509 x.blocked.example. A IN',
        '2026-01-05T09:14:07.043-05:00 unbound[7:1] info: 192.0.2.10 x.blocked.example. A IN REFUSED 0.000000 1 44',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767622447042, ts_end_ms: 1767622447043, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', hostname: 'x.blocked.example',
        client: { ip: '192.0.2.10', port: 42509 }, server: { bytes: 44 }, network: { type: 'ipv4', protocol: 'dns' },
        dns: { type: 'answer', question: { name: 'x.blocked.example', type: 'A', class: 'IN' }, response_code: 'REFUSED' },
        labels: { policy: 'always_nxdomain', policy_zone: 'blocked.example' },
      }],
      merged: 2,
    },
  ],
})
