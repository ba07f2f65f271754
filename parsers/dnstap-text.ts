// dnstap printed as text: dnstap-read (also -p and -x), dnstap-ldns -q, golang's dnstap -q, unbound-dnstap-socket.
import { defineParser } from '../src/read/define.js'
import { openTapText, readTapLine } from '../src/read/dns/dnstap-text.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'dnstap-text',
  title: 'dnstap as text (dnstap-read, dnstap-ldns, golang dnstap, unbound-dnstap-socket)',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#dnstap-read-print-dnstap-data-in-human-readable-form',
  dataset: 'dnstap.message',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'The short lines have no response code, no answers and no message id; only dnstap-read prints ports; golang prints the time of day without a date. Exchanges of a resolver with other servers carry labels.leg "origin".',
  detect(head) {
    let messages = 0
    const share = shareOf(head, line => {
      if (readTapLine(line)) messages++
      return readTapLine(line) !== undefined || /^\d\d-[A-Z][a-z]{2}-\d{4} [\d:.]+ [ARCFSTU][QR] /.test(line) || (messages > 0 && /^(?:;|[0-9A-F]{24,}$|identity: |\S+\.\s+\d+\s+IN\s)/.test(line))
    })
    return messages > 0 ? share : 0
  },
  open: openTapText,
  samples: [
    {
      note: 'dnstap-read: a response written before its query, an upstream exchange, a line that is cut',
      lines: [
        '05-Jan-2026 09:14:07.709 CR 192.0.2.10:47298 <- 198.51.100.53:53 UDP 137b www.example.com/IN/A',
        '05-Jan-2026 09:14:07.701 CQ 192.0.2.10:47298 -> 198.51.100.53:53 UDP 56b www.example.com/IN/A',
        '05-Jan-2026 09:14:07.702 RQ :::38865 -> 2001:db8::53:53 TCP 56b ./IN/NS',
        '05-Jan-2026 09:14:07.702 RQ 192.0.2.53:56306 -> 203.0.113.53:53 UDP ...',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447701, ts_end_ms: 1767604447709, ts_basis: 'start', ts_res_ms: 1, duration_ms: 8, hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 47298, bytes: 56 }, server: { ip: '198.51.100.53', port: 53, bytes: 137 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' } },
        },
        {
          type: 'dns.query', line: 3, ts_ms: 1767604447702, ts_basis: 'start', ts_res_ms: 1, server: { ip: '2001:db8::53', port: 53 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'query', question: { type: 'NS', class: 'IN' } }, labels: { leg: 'origin' },
        },
      ],
      merged: 1,
      skipped: { incomplete: 1 },
    },
    {
      note: 'dnstap-read -p',
      lines: [
        '05-Jan-2026 09:14:07.709 CR 192.0.2.10:47298 <- 198.51.100.53:53 UDP 137b www.example.com/IN/A',
        ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 23392',
        ';; flags: qr rd ra; QUERY: 1, ANSWER: 2, AUTHORITY: 0, ADDITIONAL: 1',
        '',
        ';; OPT PSEUDOSECTION:',
        '; EDNS: version: 0, flags:; udp: 1232',
        ';; QUESTION SECTION:',
        ';www.example.com.\t\tIN\tA',
        ';; ANSWER SECTION:',
        'www.example.com.\t30\tIN\tCNAME\tweb.cdn.example.net.',
        'web.cdn.example.net.\t20\tIN\tA\t203.0.113.80',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767604447709, ts_basis: 'end', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 47298 }, server: { ip: '198.51.100.53', port: 53, bytes: 137 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '23392', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR',
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
          resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
        },
      }],
      merged: 9,
      skipped: { blank: 1 },
    },
    {
      note: 'dnstap-ldns -q',
      lines: [
        '2026-01-05 09:14:07.709317 CQ 192.0.2.10 UDP 56b "www.example.com." IN A',
        '2026-01-05 09:14:07.711317 CR 192.0.2.10 UDP 137b "www.example.com." IN A',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1767604447709.317, ts_end_ms: 1767604447711.317, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 2, hostname: 'www.example.com',
        client: { ip: '192.0.2.10', bytes: 56 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' } },
      }],
      merged: 1,
    },
    {
      note: 'dnstap-read -x',
      lines: [
        '05-Jan-2026 09:14:07.701 AQ 192.0.2.54:47298 -> 198.51.100.53:53 UDP 29b www.example.com/IN/A',
        '5B6001000001000000000000037777770765786D706C6503636F6D0000010001',
      ],
      events: [{
        type: 'dns.query', line: 1, ts_ms: 1767604447701, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com', client: { ip: '192.0.2.54', port: 47298, bytes: 29 }, server: { ip: '198.51.100.53', port: 53 },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query', id: '23392', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'www.example.com', type: 'A', class: 'IN' } },
      }],
      merged: 1,
    },
  ],
})
