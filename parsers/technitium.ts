// Technitium DNS Server: the query log in text (with answers, without TTLs) and the JSON lines of its Log Exporter app.
import { defineParser } from '../src/read/define.js'
import { cutTechnitium, isExported, isTechnitiumQuery, readTechnitium } from '../src/read/dns/technitium.js'
import { shareOf, shareOfJson } from '../src/read/parser.js'

export default defineParser({
  id: 'technitium',
  title: 'Technitium DNS Server query log',
  reference: 'https://github.com/TechnitiumSoftware/DnsServer',
  dataset: 'technitium.query',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'The text log has whole seconds, no TTL and no latency, and the owners of its answers are inferred; the exporter has TTLs, but no client port.',
  detect(head) {
    const json = shareOfJson(head, isExported, true)
    if (json > 0) return json
    let queries = 0
    const share = shareOf(head, line => {
      const cut = cutTechnitium(line)
      if (cut && isTechnitiumQuery(cut.message)) queries++
      return cut !== undefined || (queries > 0 && /^ +at \S/.test(line))
    })
    return queries > 0 || head.lines.some(line => line.includes('DnsServerCore')) ? share : 0
  },
  open: context => ({ line: text => readTechnitium(text, context) }),
  samples: [
    {
      lines: [
        '[2026-01-05 09:14:00 UTC] DNS Server (v13.2) was started successfully.',
        '[2026-01-05 09:14:07 UTC] [192.0.2.10:50051] [UDP] QNAME: www.example.com; QTYPE: A; QCLASS: IN; RCODE: NoError; ANSWER: [web.cdn.example.net, 203.0.113.80, 203.0.113.81]; ECS: 203.0.113.0/24',
        '[2026-01-05 09:14:08 UTC] [[2001:db8::10]:50052] [HTTPS] QNAME: nx.example.com; QTYPE: AAAA; QCLASS: IN; RCODE: NxDomain; ANSWER: []',
        '[2026-01-05 09:14:09 UTC] [192.0.2.11:50053] [TLS] QNAME: dead.example; QTYPE: TXT; QCLASS: IN; NO RESPONSE FROM SERVER!',
        '[2026-01-05 09:14:10 UTC] [192.0.2.11:50051] DnsServerCore.DnsWebServiceException: Invalid username or password for user: someone',
        '   at DnsServerCore.DnsWebService.Login()',
        '[2026-01-05 09:14:11 UTC] [192.0.2.11:50051] [UDP] QNAME: www.exam',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 50051 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', edns_subnet: '203.0.113.0/24', resolved_ip: ['203.0.113.80', '203.0.113.81'],
            answers: [{ name: 'www.example.com', type: 'CNAME', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.80' }, { name: 'web.cdn.example.net', type: 'A', data: '203.0.113.81' }],
          },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', hostname: 'nx.example.com', client: { ip: '2001:db8::10', port: 50052 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nx.example.com', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.query', ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, hostname: 'dead.example', client: { ip: '192.0.2.11', port: 50053 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', question: { name: 'dead.example', type: 'TXT', class: 'IN' } },
        },
      ],
      skipped: { 'not-an-event': 3, incomplete: 1 },
    },
    {
      note: 'Log Exporter',
      lines: '{"answers":[{"dnssecStatus":"Disabled","name":"www.example.com","recordClass":"IN","recordData":"203.0.113.80","recordTtl":20,"recordType":"A"}],"clientIp":"192.0.2.10","edns":[],"protocol":"Udp","question":{"questionClass":"IN","questionName":"www.example.com","questionType":"A"},"responseCode":"NoError","responseRtt":12.3,"responseType":"Cached","timestamp":"2026-01-05T09:14:07.123Z"}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447123, ts_basis: 'end', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10' }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answered_from: 'cache', resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          answers: [{ name: 'www.example.com', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
        },
      }],
    },
  ],
})
