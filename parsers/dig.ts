// dig: one event an answer (or a failure to get one), from all its shapes but +short, which names neither question nor server.
import { defineParser } from '../src/read/define.js'
import { DigReader } from '../src/read/dig/reader.js'
import { parseRecord } from '../src/read/dig/records.js'
import { YamlReader } from '../src/read/dig/yaml.js'
import type { Head, LineReader, LineResult, Outer, ParserContext } from '../src/read/parser.js'

const SURE = /^(?:; <<>> DiG |;; ->>HEADER<<- opcode: [A-Z0-9]+, status: |;; Query time: \d+ [mu]sec$|;; communications error to |;; no servers could be reached|;; connection timed out; no servers|;; Received \d+ bytes from \S+#\d+\(\S+\) in |\S+ from server \S+ in \d+ [mu]s\.$|- type: (?:MESSAGE|DIG_ERROR)$|;; Connection to \S+ for \S+ failed: |(?:\S*\/)?dig: couldn't get address)/
/** Lines of `host -v`, of kdig and of nslookup, which print parts of the same. */
const OTHERS = /^(?:Trying "|;; ->>HEADER<<- opcode: [A-Z0-9]+; |;; From \S+\([A-Z]+\) in |Server:\s|Using domain server:|\*\* server can't find|;; (?:WARNING|ERROR): )/

class AnyShape implements LineReader {
  private readonly text: DigReader
  private readonly yaml = new YamlReader()
  private inYaml = false
  constructor(context: ParserContext) { this.text = new DigReader(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    this.inYaml = text.startsWith('- type: ') || (this.inYaml && (text.startsWith(' ') || text === ''))
    return this.inYaml ? this.yaml.line(text, number, outer) : this.text.line(text, number, outer)
  }

  end() { return [...this.text.end(), ...this.yaml.end()] }
}

function detect(head: Head): number {
  const lines = head.lines.filter(line => line.trim() !== '')
  if (lines.length === 0 || lines.some(line => OTHERS.test(line))) return 0
  if (lines.some(line => SURE.test(line))) {
    const yaml = lines.some(line => /^ {4}(?:message_size|response_address|query_time): |^- type: DIG_ERROR/.test(line))
    const fits = (line: string): boolean => line.startsWith(';') || SURE.test(line) || parseRecord(line) !== undefined || (yaml && line.startsWith(' ')) || /^[\t ]+\S+ +; |^[\t ]+\)$/.test(line)
    return lines.some(line => line.startsWith('- type:')) && !yaml ? 0 : lines.filter(fits).length / lines.length
  }
  // +noall +answer leaves records only, as a zone file without relative names would
  const records = lines.filter(line => { const record = parseRecord(line); return record?.ttl !== undefined && record.class === 'IN' && record.name?.endsWith('.') === true })
  return records.length === lines.length ? 0.5 : 0
}

export default defineParser({
  id: 'dig',
  title: 'dig output (text, +yaml, +trace, +noall +answer)',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#dig-dns-lookup-utility',
  dataset: 'dig',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: '+short prints answers that cannot be dated or named. WHEN is in whole seconds, and its zone abbreviation is used only where --tz states the zone (UTC and GMT aside). Query time is of the answered try alone; tries that timed out before it are not in it. A fast dig does not clear the path of a program, which may ask the hosts file and caches first.',
  detect,
  open: context => new AnyShape(context),
  samples: [
    {
      note: 'an answer, a failure whose tries stand above its command, a server that is not found',
      lines: [
        '',
        '; <<>> DiG 9.18.49 <<>> @192.0.2.53 www.example.com',
        '; (1 server found)',
        ';; global options: +cmd',
        ';; Got answer:',
        ';; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 62701',
        ';; flags: qr rd ra ad; QUERY: 1, ANSWER: 3, AUTHORITY: 1, ADDITIONAL: 1',
        '',
        ';; OPT PSEUDOSECTION:',
        '; EDNS: version: 0, flags: do; udp: 1232',
        '; COOKIE: 46d100a61e3d5cbc (good)',
        '; CLIENT-SUBNET: 198.51.100.0/24/20',
        '; EDE: 3 (Stale Answer): (a b)',
        ';; QUESTION SECTION:',
        ';www.example.com.\t\tIN\tA',
        '',
        ';; ANSWER SECTION:',
        'www.example.com.\t60\tIN\tCNAME\tweb.cdn.example.net.',
        'web.cdn.example.net.\t30\tIN\tA\t203.0.113.80',
        'web.cdn.example.net.\t30\tIN\tA\t203.0.113.81',
        '',
        ';; AUTHORITY SECTION:',
        'cdn.example.net.\t300\tIN\tNS\tns1.example.net.',
        '',
        ';; Query time: 4 msec',
        ';; SERVER: 192.0.2.53#53(192.0.2.53) (UDP)',
        ';; WHEN: Mon Jan 05 09:14:07 UTC 2026',
        ';; MSG SIZE  rcvd: 151',
        '',
        ';; communications error to 192.0.2.54#53: timed out',
        ';; communications error to 192.0.2.54#53: timed out',
        '',
        '; <<>> DiG 9.18.49 <<>> @192.0.2.54 +timeout=1 +tries=2 api.example.com AAAA',
        '; (1 server found)',
        ';; global options: +cmd',
        ';; no servers could be reached',
        "dig: couldn't get address for 'nosuch.example.net': not found",
        'here are two more records',
      ],
      events: [
        {
          type: 'dns.response', line: 2, ts_ms: 1767604446996, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 4, outcome: 'success',
          hostname: 'www.example.com', server: { ip: '192.0.2.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '62701', op_code: 'QUERY', header_flags: ['RD', 'RA', 'AD', 'DO'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 60, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 30, data: '203.0.113.80' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 30, data: '203.0.113.81' }], resolved_ip: ['203.0.113.80', '203.0.113.81'], min_ttl_s: 30, edns_subnet: '198.51.100.0/24', ede: [3] },
        },
        {
          type: 'dns.query', line: 30, outcome: 'failure', hostname: 'api.example.com', server: { ip: '192.0.2.54', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'query', question: { name: 'api.example.com', type: 'AAAA', class: 'IN' } },
          error: { type: 'dns_timeout', message: 'communications error to 192.0.2.54#53: timed out; no servers could be reached' },
        },
        {
          type: 'dns.query', line: 37, outcome: 'failure', network: { protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'destination_not_found', message: "couldn't get address for 'nosuch.example.net': not found" },
        },
      ],
      merged: 27,
      skipped: { blank: 7, 'not-this-format': 1 },
    },
    {
      note: '+yaml',
      lines: [
        '- type: MESSAGE',
        '  message:',
        '    type: RECURSIVE_RESPONSE',
        '    query_time: !!timestamp 2026-01-05T09:14:07.100Z',
        '    response_time: !!timestamp 2026-01-05T09:14:07.104Z',
        '    message_size: 84b',
        '    socket_family: INET',
        '    socket_protocol: TCP',
        '    response_address: "192.0.2.53"',
        '    response_port: 53',
        '    query_address: "0.0.0.0"',
        '    query_port: 0',
        '    response_message_data:',
        '      opcode: QUERY',
        '      status: NXDOMAIN',
        '      id: 48338',
        '      flags: qr rd ra',
        '      QUESTION: 1',
        '      ANSWER: 0',
        '      AUTHORITY: 0',
        '      ADDITIONAL: 0',
        '      QUESTION_SECTION:',
        "        - 'nosuch.example.com. IN A'",
        '- type: DIG_ERROR',
        '  message: no servers could be reached',
      ],
      events: [
        {
          type: 'dns.response', line: 1, ts_ms: 1767604447100, ts_end_ms: 1767604447104, ts_basis: 'start', ts_res_ms: 1, duration_ms: 4, outcome: 'failure', hostname: 'nosuch.example.com',
          server: { ip: '192.0.2.53', port: 53 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '48338', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'nosuch.example.com', type: 'A', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        { type: 'dns.query', line: 24, outcome: 'failure', network: { protocol: 'dns' }, dns: { type: 'query' }, error: { type: 'dns_error', message: 'no servers could be reached' } },
      ],
      merged: 23,
    },
    {
      note: '+noall +answer, +short +identify',
      lines: [
        'www.example.com.\t60\tIN\tCNAME\tweb.cdn.example.net.',
        'web.cdn.example.net.\t30\tIN\tA\t203.0.113.80',
        'mail.example.com.\t300\tIN\tMX\t10 mx.example.com.',
        ';; communications error to 192.0.2.54#53: connection refused',
        ';; no servers could be reached',
        '203.0.113.80 from server 192.0.2.53 in 4 ms.',
      ],
      events: [
        {
          type: 'dns.response', line: 1, hostname: 'www.example.com', network: { protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 60, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 30, data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'], min_ttl_s: 30 },
        },
        {
          type: 'dns.response', line: 3, hostname: 'mail.example.com', network: { protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'mail.example.com', type: 'MX', class: 'IN' }, answers: [{ name: 'mail.example.com', type: 'MX', class: 'IN', ttl: 300, data: '10 mx.example.com.' }], min_ttl_s: 300 },
        },
        {
          type: 'dns.query', line: 4, outcome: 'failure', server: { ip: '192.0.2.54', port: 53 }, network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'query' },
          error: { type: 'connection_refused', message: 'communications error to 192.0.2.54#53: connection refused; no servers could be reached' },
        },
        {
          type: 'dns.response', line: 6, duration_ms: 4, server: { ip: '192.0.2.53' }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', answers: [{ type: 'A', data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'] },
        },
      ],
      merged: 2,
    },
    {
      note: '+trace',
      lines: [
        '',
        '; <<>> DiG 9.18.49 <<>> +trace www.example.com',
        ';; global options: +cmd',
        '.\t\t\t518400\tIN\tNS\ta.root.example.net.',
        ';; Received 239 bytes from 192.0.2.53#53(192.0.2.53) in 1 ms',
        '',
        'example.com.\t\t172800\tIN\tNS\tns1.example.net.',
        'example.com.\t\t172800\tIN\tNS\tns2.example.net.',
        ';; Received 811 bytes from 192.0.2.4#53(a.root.example.net) in 12 ms',
        '',
        'www.example.com.\t60\tIN\tA\t203.0.113.80',
        ';; Received 60 bytes from 198.51.100.4#53(ns1.example.net) in 24 ms',
        '',
      ],
      events: [
        {
          type: 'dns.response', line: 2, duration_ms: 1, server: { ip: '192.0.2.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { type: 'NS', class: 'IN' } },
        },
        {
          type: 'dns.response', line: 7, duration_ms: 12, hostname: 'www.example.com', server: { ip: '192.0.2.4', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' } },
        },
        {
          type: 'dns.response', line: 11, duration_ms: 24, hostname: 'www.example.com', server: { ip: '198.51.100.4', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, answers: [{ name: 'www.example.com', type: 'A', class: 'IN', ttl: 60, data: '203.0.113.80' }], resolved_ip: ['203.0.113.80'], min_ttl_s: 60 },
        },
      ],
      merged: 6,
      skipped: { blank: 4 },
    },
  ],
})
