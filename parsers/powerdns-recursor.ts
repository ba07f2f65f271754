// PowerDNS Recursor with quiet=no: structured text, JSON or journal fields, and the old sentences.
import { defineParser } from '../src/read/define.js'
import { openRecursor, readRecursor } from '../src/read/dns/powerdns-recursor.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'powerdns-recursor',
  title: 'PowerDNS Recursor query log',
  reference: 'https://doc.powerdns.com/recursor/running.html#logging-details-of-queries-and-answers',
  dataset: 'powerdns.recursor',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No answer data and no TTL; an answer from the packet cache has no response code, in the old style not even a name.',
  detect(head) {
    let queries = 0
    const share = shareOf(head, line => {
      const read = readRecursor(line)
      if (read && read.kind !== 'other') queries++
      return read !== undefined
    })
    return queries > 0 ? share : 0
  },
  open: openRecursor,
  samples: [
    {
      lines: [
        'Jan 05 09:14:07 msg="Question" subsystem="syncres" level="0" prio="Info" tid="1" ts="1767604447.371" ecs="" mtid="1" proto="udp" qname="a\\\\032b.example.com" qtype="A" remote="192.0.2.10:40424"',
        'Jan 05 09:14:07 msg="Question" subsystem="syncres" level="0" prio="Info" tid="1" ts="1767604447.372" ecs="203.0.113.0/24" mtid="2" proto="tcp" qname="dead.example" qtype="HTTPS" remote="[2001:db8::10]:40425"',
        'Jan 05 09:14:07 msg="Answer" subsystem="syncres" level="0" prio="Info" tid="1" ts="1767604447.374" additional="1" answers="3" dotout="0" mtid="1" netms="1.669000" outqueries="7" proto="udp" qname="a\\\\032b.example.com" qtype="A" rcode="0" rd="1" remote="192.0.2.10:40424" tcpout="0" throttled="0" timeouts="0" totms="2.332000" validationState="Indeterminate"',
        'Jan 05 09:14:07 msg="Question answered from packet cache" subsystem="in" level="0" prio="Notice" tid="2" ts="1767604447.400" qname="www.example.com" qtype="AAAA" remote="192.0.2.11:40426" source="192.0.2.11:40426" tag="0"',
        'Jan 05 09:14:10 msg="Answer" subsystem="syncres" level="0" prio="Info" tid="1" ts="1767604450.372" answers="0" mtid="2" netms="2999.0" outqueries="3" proto="tcp" qname="dead.example" qtype="HTTPS" rcode="2" rd="1" remote="[2001:db8::10]:40425" timeouts="3" totms="3000.5"',
        'Jan 05 09:14:10 msg="Raised soft limit" subsystem="config" level="0" prio="Warning" tid="0" ts="1767604450.500" limit="6469"',
        'pdns_recursor: something else',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447371, ts_end_ms: 1767604447373.332, ts_basis: 'start', ts_res_ms: 1, duration_ms: 2.332, outcome: 'success', hostname: 'a\\032b.example.com',
          client: { ip: '192.0.2.10', port: 40424 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', header_flags: ['RD'], question: { name: 'a\\032b.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream' },
        },
        {
          type: 'dns.response', line: 2, ts_ms: 1767604447372, ts_end_ms: 1767604450372.5, ts_basis: 'start', ts_res_ms: 1, duration_ms: 3000.5, outcome: 'failure', hostname: 'dead.example',
          client: { ip: '2001:db8::10', port: 40425 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', header_flags: ['RD'], question: { name: 'dead.example', type: 'HTTPS' }, response_code: 'SERVFAIL', answered_from: 'upstream', edns_subnet: '203.0.113.0/24' },
          error: { type: 'dns_timeout', message: '3 outgoing queries timed out' },
        },
        {
          type: 'dns.response', line: 4, ts_ms: 1767604447400, ts_basis: 'point', ts_res_ms: 1, hostname: 'www.example.com', client: { ip: '192.0.2.11', port: 40426 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'AAAA' }, answered_from: 'cache' },
        },
      ],
      merged: 2,
      skipped: { 'not-an-event': 1, 'not-this-format': 1 },
    },
    {
      note: 'JSON backend and journal fields',
      lines: [
        '{"level": "0", "msg": "Answer", "subsystem": "syncres", "priority": "6", "tid": "3", "ts": "1767604447.371", "mtid": "9", "proto": "udp", "qname": "nx.example.com", "qtype": "A", "rcode": "3", "outqueries": "0", "rd": "1", "remote": "192.0.2.10:40424", "timeouts": "0", "totms": "1.000000", "validationState": "Secure"}',
        '{"MESSAGE": "Question", "SUBSYSTEM": "syncres", "LEVEL": "0", "PRIORITY": "6", "PDNS_TID": "3", "TIMESTAMP": "1767604448.000", "MTID": "10", "PROTO": "udp", "QNAME": "www.example.com", "QTYPE": "A", "REMOTE": "192.0.2.10:40430", "_PID": "77"}',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447370, ts_end_ms: 1767604447371, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 1, outcome: 'failure', hostname: 'nx.example.com',
          client: { ip: '192.0.2.10', port: 40424 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', header_flags: ['RD'], question: { name: 'nx.example.com', type: 'A' }, response_code: 'NXDOMAIN', answered_from: 'cache' },
        },
        {
          type: 'dns.query', line: 2, ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 40430 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query', question: { name: 'www.example.com', type: 'A' } },
        },
      ],
    },
    {
      note: 'structured-logging=no',
      lines: [
        "Jan 05 09:14:07 1 [1/1] question for 'www.example.com|A' from 192.0.2.10:55825",
        "Jan 05 09:14:07 1 [1/1] answer to question 'www.example.com|A': 3 answers, 1 additional, took 7 packets, 3.827 netw ms, 4.453 tot ms, 0 throttled, 0 timeouts, 0/0 tcp/dot connections, rcode=0",
        'Jan 05 09:14:08 1 question answered from packet cache tag=0 from 192.0.2.10:41273',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447000, ts_end_ms: 1767604447004.453, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 4.453, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 55825 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'upstream' },
        },
        {
          type: 'dns.response', line: 3, ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, client: { ip: '192.0.2.10', port: 41273 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'answer', answered_from: 'cache' },
        },
      ],
      merged: 1,
    },
  ],
})
