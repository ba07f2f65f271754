// Windows DNS Server debug log (dns.log): dates in the server's own order, flags with swapped bytes, names with lengths.
import { defineParser } from '../src/read/define.js'
import { cutWindowsPacket, isWindowsHeader, openWindows } from '../src/read/dns/windows.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'windows-dns-debug',
  title: 'Windows DNS Server debug log',
  reference: 'https://learn.microsoft.com/en-us/previous-versions/windows/it-pro/windows-server-2012-r2-and-2012/dn800669(v=ws.11)',
  dataset: 'windows.dns_debug',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'Whole seconds of local time, whose order of day and month only the data tell; client port, answers and TTLs only with the option "Details". An exchange with another server is told on the query it serves; alone it carries labels.leg "origin".',
  detect(head) {
    if (head.lines.some(isWindowsHeader)) return 1
    let packets = 0
    const share = shareOf(head, line => {
      const isPacket = cutWindowsPacket(line) !== undefined
      if (isPacket) packets++
      return isPacket || (packets > 0 && /^\s/.test(line))
    })
    return packets > 0 ? share : 0
  },
  open: openWindows,
  samples: [
    {
      lines: [
        'DNS Server log file creation at 1/5/2026 9:00:00 AM',
        'Message logging key (for packets - other items use a subset of these fields):',
        '\tField #  Information         Values',
        '1/5/2026 9:14:07 AM 0FE0 PACKET  000002C53117D990 UDP Rcv 192.0.2.10      4b92   Q [0001   D   NOERROR] A      (3)wWw(7)example(3)com(0)',
        '1/5/2026 9:14:07 AM 0FE0 PACKET  000002C53117E110 UDP Snd 198.51.100.53   90aa   Q [0001   D   NOERROR] A      (3)wWw(7)example(3)com(0)',
        '1/5/2026 9:14:10 AM 0FE0 PACKET  000002C53117E110 UDP Rcv 198.51.100.53   90aa R Q [8081   DR  NOERROR] A      (3)wWw(7)example(3)com(0)',
        '1/5/2026 9:14:10 AM 0FE0 PACKET  000002C53117D990 UDP Snd 192.0.2.10      4b92 R Q [8081   DR  NOERROR] A      (3)wWw(7)example(3)com(0)',
        '1/5/2026 9:14:11 AM 0FE0 EVENT   The DNS server has started.',
        '1/5/2026 9:14:12 PM 0FE0 PACKET  000002C53117D990 TCP Snd 2001:db8::10    0001 R Q [8385 A DR NXDOMAIN] AAAA   (2)nx(7)example(0)',
        '1/5/2026 9:14:13 PM 0FE0 PACKET  000002C53117D990 UDP Snd 203.0.113.53    0002   Q [0000       NOERROR] NS     (0)',
        '1/5/2026 9:14:13 PM 0FE0 PACKET  000002C53117D990 UDP Rcv 192.0',
      ],
      events: [
        {
          type: 'dns.response', line: 4, ts_ms: 1767604447000, ts_end_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 3000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10' },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53' },
        },
        {
          type: 'dns.response', line: 9, ts_ms: 1767647652000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', hostname: 'nx.example', client: { ip: '2001:db8::10' }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', id: '1', op_code: 'QUERY', header_flags: ['AA', 'RD', 'RA'], question: { name: 'nx.example', type: 'AAAA' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.query', line: 10, ts_ms: 1767647653000, ts_basis: 'start', ts_res_ms: 1000, server: { ip: '203.0.113.53' }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, labels: { leg: 'origin' },
          dns: { type: 'query', id: '2', op_code: 'QUERY', question: { type: 'NS' } },
        },
      ],
      merged: 3,
      skipped: { header: 3, 'not-an-event': 1, malformed: 1 },
    },
    {
      note: 'day first, with details',
      lines: [
        '22/01/2026 09:14:07 0FE0 PACKET  000002C53117D990 UDP Rcv 192.0.2.10      4b92   Q [0001   D   NOERROR] A      (3)www(7)example(3)com(0)',
        'UDP question info at 000002C53117D990',
        '  Socket = 884',
        '  Remote addr 192.0.2.10, port 54159',
        '  Message:',
        '22/01/2026 09:14:07 0FE0 PACKET  000002C53117D990 UDP Snd 192.0.2.10      4b92 R Q [8081   DR  NOERROR] A      (3)www(7)example(3)com(0)',
        'UDP response info at 000002C53117D990',
        '    ANSWER SECTION:',
        '    Offset = 0x0021, RR count = 0',
        '    Name      "[C00C](3)www(7)example(3)com(0)"',
        '      TYPE   CNAME  (5)',
        '      CLASS  1',
        '      TTL    30',
        '      DLEN   21',
        '      DATA   (3)web(3)cdn(7)example(3)net(0)',
        '    Name      "[C02D](3)web(3)cdn(7)example(3)net(0)"',
        '      TYPE   A  (1)',
        '      CLASS  1',
        '      TTL    20',
        '      DLEN   4',
        '      DATA   203.0.113.80',
        '    AUTHORITY SECTION:',
        '      empty',
      ],
      events: [{
        type: 'dns.response', line: 1, ts_ms: 1769073247000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 54159 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
        },
      }],
      merged: 22,
    },
    {
      note: 'year first',
      lines: '2026-01-05 09:14:07 0FE0 PACKET  000002C53117D990 UDP Rcv 192.0.2.10      4b92   Q [0001   D   NOERROR] TYPE65 (3)a b(7)exa.ple(0)',
      events: [{
        type: 'dns.query', line: 1, ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, hostname: 'a\\032b.exa\\.ple', client: { ip: '192.0.2.10' }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'query', id: '19346', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'a\\032b.exa\\.ple', type: 'TYPE65' } },
      }],
    },
  ],
})
