// systemd-resolved at debug level, through the journal or syslog: one transaction, several lines, one event.
import { defineParser } from '../src/read/define.js'
import { isResolvedLine, isTransactionLine, openResolved } from '../src/read/dns/resolved.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'systemd-resolved',
  title: 'systemd-resolved debug log',
  reference: 'https://www.freedesktop.org/software/systemd/man/latest/systemd-resolved.service.html',
  dataset: 'systemd.resolved',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No client (it is always the machine itself) and no addresses in the answer; of TTLs only the least. Each try of an EDNS fallback may be a transaction of its own.',
  detect(head) {
    let transactions = 0
    const share = shareOf(head, line => {
      if (isTransactionLine(line)) transactions++
      return head.program === 'systemd-resolved' || isResolvedLine(line) || line.startsWith('systemd-resolved')
    })
    return transactions > 0 ? share : 0
  },
  open: openResolved,
  samples: [
    {
      lines: [
        'Got DNS stub UDP query packet for id 17367',
        'Looking up RR for www.example.com IN A.',
        'Cache miss for www.example.com IN A',
        'Firing regular transaction 39239 for <www.example.com IN A> scope dns on */* (validate=yes).',
        'Using feature level UDP+EDNS0 for transaction 39239.',
        'Using DNS server 198.51.100.53 for transaction 39239.',
        'Sending query packet with id 39239 of size 50.',
        'Processing incoming packet of size 109 on transaction 39239 (rcode=SUCCESS).',
        'Added positive unauthenticated non-confidential cache entry for www.example.com IN CNAME 120s on */INET/198.51.100.53',
        'Added positive unauthenticated non-confidential cache entry for web.cdn.example.net IN A 19s on */INET/198.51.100.53',
        'Regular transaction 39239 for <www.example.com IN A> on scope dns on */* now complete with <success> from network (unsigned; non-confidential).',
        'NXDOMAIN cache hit for nx.example.com IN A',
        'Regular transaction 40000 for <nx.example.com IN A> on scope dns on */* now complete with <rcode-failure> from cache (unsigned; non-confidential).',
        'Firing regular transaction 40001 for <dead.example IN AAAA> scope dns on eth0/* (validate=yes).',
        'Regular transaction 40001 for <dead.example IN AAAA> on scope dns on eth0/* now complete with <attempts-max-reached> from none (unsigned; non-confidential).',
        'GET / HTTP/1.1',
      ],
      events: [
        {
          type: 'dns.response', line: 4, outcome: 'success', hostname: 'www.example.com', network: { transport: 'udp', protocol: 'dns' },
          dns: { type: 'answer', id: '39239', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', min_ttl_s: 19, answered_from: 'upstream', upstream: '198.51.100.53' },
        },
        {
          type: 'dns.response', line: 13, outcome: 'failure', hostname: 'nx.example.com', network: { protocol: 'dns' },
          dns: { type: 'answer', id: '40000', question: { name: 'nx.example.com', type: 'A', class: 'IN' }, response_code: 'NXDOMAIN', answered_from: 'cache' },
        },
        {
          type: 'dns.response', line: 14, outcome: 'failure', hostname: 'dead.example', network: { protocol: 'dns' },
          dns: { type: 'answer', id: '40001', question: { name: 'dead.example', type: 'AAAA', class: 'IN' } }, error: { type: 'dns_timeout', code: 'attempts-max-reached' },
        },
      ],
      merged: 7,
      skipped: { 'not-an-event': 5, 'not-this-format': 1 },
    },
  ],
})
