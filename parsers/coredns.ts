// CoreDNS: the log plugin's common and combined formats, and the errors plugin, whose line tells why the line before it has no answer.
import { canonicalIp, splitHostPort } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { readCoreDnsError, readCoreDnsLog, readCoreDnsPrefix, type CoreDnsPrefix } from '../src/read/dns/coredns.js'
import { completed } from '../src/read/dns/pairing.js'
import { putTime } from '../src/read/field-kinds.js'
import { HELD, MERGED, shareOf, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { inheritTime } from '../src/read/table.js'

/** An errors line follows its log line closely, but other queries may be answered in between. */
const MAX_HELD = 64

/** `read udp 10.0.0.1:5->192.0.2.53:53: i/o timeout`, `dial tcp 192.0.2.53:53: connect: connection refused`. */
function upstreamIn(text: string): string | undefined {
  const match = /->(\S+?): |dial (?:tcp|udp) (\S+?): /.exec(text)
  const parts = match ? splitHostPort(match[1] ?? match[2]!) : undefined
  return parts && canonicalIp(parts.host)
}

class CoreDnsReader implements LineReader {
  private held: Draft[] = []
  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const prefix = readCoreDnsPrefix(text)
    if (!prefix) return /^(?:CoreDNS-|\S+:\d+(?: on \S+)?$|\w+\/\w+, go1\.|maxprocs: )/.test(text) ? skip('not-an-event') : skip('not-this-format', 'no "[LEVEL]"')
    const error = readCoreDnsError(prefix.body)
    if (error) return this.error(error, prefix.stamp, outer)
    if (!prefix.body.includes(' "')) return skip('not-an-event')
    const draft = readCoreDnsLog(prefix.body)
    if (!draft) return /^\[?[0-9a-fA-F.:]+\]?:\d+ - /.test(prefix.body) ? skip('malformed', 'log line') : skip('not-an-event')
    if (draft.ts_ms === undefined) this.date(draft, prefix.stamp, outer)
    if (draft.dns?.response_code !== undefined) return draft
    // nothing was written: the server itself answers for the plugins, and the errors plugin says with what
    draft.line = number
    this.held.push(draft)
    const lapsed = this.held.length > MAX_HELD ? this.held.splice(0, 1) : []
    return completed(lapsed, HELD)
  }

  end(): readonly Draft[] { return this.held }

  private date(draft: Draft, stamp: CoreDnsPrefix['stamp'], outer: Outer | undefined): void {
    if (stamp) putTime(draft, stamp, 'end', this.context, outer)
    else if (outer) inheritTime(draft, outer, 'end')
  }

  private error(draft: Draft, stamp: CoreDnsPrefix['stamp'], outer: Outer | undefined): LineResult {
    const upstream = upstreamIn(draft.error?.message ?? '')
    if (upstream) draft.dns!.upstream = upstream
    const { name, type } = draft.dns!.question!
    const at = this.held.findIndex(({ dns }) => dns?.question?.name === name && dns?.question?.type === type)
    if (at === -1) {
      this.date(draft, stamp, outer)
      return draft
    }
    const [open] = this.held.splice(at, 1) as [Draft]
    open.type = 'dns.response'
    open.dns = Object.assign(draft.dns!, open.dns, { response_code: draft.dns!.response_code })
    open.error = draft.error
    return { drafts: [open], self: MERGED }
  }
}

export default defineParser({
  id: 'coredns',
  title: 'CoreDNS log and errors plugins',
  reference: 'https://coredns.io/plugins/log/',
  dataset: 'coredns.log',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'No time of its own (the container runtime or journal gives one), no answers and no TTL; formats other than {common} and {combined} are not read.',
  detect(head) {
    let queries = 0
    const share = shareOf(head, line => {
      const prefix = readCoreDnsPrefix(line)
      if (!prefix) return false
      if (readCoreDnsError(prefix.body) || readCoreDnsLog(prefix.body)) queries++
      return true
    })
    return queries > 0 ? share : 0
  },
  open: context => new CoreDnsReader(context),
  samples: [
    {
      lines: [
        '[INFO] 192.0.2.10:50759 - 29008 "A IN www.example.com. udp 56 false 1232" NOERROR qr,rd,ra 137 0.002228515s',
        '[INFO] [2001:db8::10]:50760 - 29009 "AAAA IN a\\032b.example. tcp 41 true 4096" NXDOMAIN  68 0.037990251s "0"',
        '[INFO] 192.0.2.10:50761 - 7 "A IN dead.example. udp 30 false 512" - - 0 2.000123s',
        '[ERROR] plugin/errors: 2 dead.example. A: read udp 192.0.2.53:41000->198.51.100.53:53: i/o timeout',
        '[INFO] plugin/reload: Running configuration SHA512 = abc',
        '[ERROR] plugin/errors: 2 late.example. HTTPS: dial tcp 198.51.100.53:53: connect: connection refused',
        'panic: runtime error',
      ],
      events: [
        {
          type: 'dns.response', duration_ms: 2.229, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 50759, bytes: 56 }, server: { bytes: 137 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '29008', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.response', duration_ms: 37.99, outcome: 'failure', hostname: 'a\\032b.example', client: { ip: '2001:db8::10', port: 50760, bytes: 41 }, server: { bytes: 68 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', id: '29009', op_code: 'QUERY', header_flags: ['DO'], question: { name: 'a\\032b.example', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', line: 3, duration_ms: 2000.123, outcome: 'failure', hostname: 'dead.example', client: { ip: '192.0.2.10', port: 50761, bytes: 30 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '7', question: { name: 'dead.example', type: 'A', class: 'IN' }, response_code: 'SERVFAIL', upstream: '198.51.100.53' },
          error: { type: 'dns_timeout', message: 'read udp 192.0.2.53:41000->198.51.100.53:53: i/o timeout' },
        },
        {
          type: 'dns.response', outcome: 'failure', hostname: 'late.example', network: { protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'late.example', type: 'HTTPS' }, response_code: 'SERVFAIL', upstream: '198.51.100.53' },
          error: { type: 'connection_refused', message: 'dial tcp 198.51.100.53:53: connect: connection refused' },
        },
      ],
      merged: 1,
      skipped: { 'not-an-event': 1, 'not-this-format': 1 },
    },
    {
      note: 'an old release with a stamp of its own',
      lines: '192.0.2.10 - [05/Jan/2026:09:14:07 +0000] "A IN www.example.com. udp 41 false 4096" REFUSED qr,rd 41 350.5µs',
      events: [{
        type: 'dns.response', ts_ms: 1767604446999.649, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 0.351, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', bytes: 41 }, server: { bytes: 41 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'answer', header_flags: ['RD'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'REFUSED' },
      }],
    },
  ],
})
