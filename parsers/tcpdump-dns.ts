// tcpdump's text for port 53, in all its time formats; a question and its answer, which does not repeat it, are one event.
import { canonicalIp } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { inheritTime } from '../src/read/table.js'
import { HELD, isSkip, MERGED, shareOf, skip, type Draft, type LineResult, type Outer, type ParserContext, type Released, type Skip } from '../src/read/parser.js'
import { readTcpdumpMessage } from '../src/read/tcpdump/message.js'
import { readEnds, readPacket, type Packet, type PacketEnd, type PacketStamp } from '../src/read/tcpdump/packet.js'
import { readEpoch, readIso, readTimeOfDay, round3 } from '../src/read/time.js'
import { joined, settleHeld } from '../src/read/wire/held-line.js'
import { withDrafts } from '../src/read/wire/open-events.js'
import { Transactions } from '../src/read/wire/transactions.js'

const DAY_MS = 86_400_000
const SERVICES: Readonly<Record<string, number>> = { domain: 53, mdns: 5353, hostmon: 5355 }
const DNS_PORTS = new Set([53, 5353])
const MAX_MOMENTS = 50_000

function portOf(text: string): number | undefined {
  return SERVICES[text] ?? (/^\d{1,5}$/.test(text) ? Number(text) || undefined : undefined)
}

function endOf(end: PacketEnd): NonNullable<Draft['client']> {
  const ip = canonicalIp(end.host)
  const port = portOf(end.port)
  return { ...(ip === undefined ? {} : { ip }), ...(port === undefined ? {} : { port }) }
}

class TcpdumpReader {
  private readonly transactions = new Transactions()
  /** The first line of a verbose IPv4 packet; its ends and its message stand on the second. */
  private opened: { readonly stamp: PacketStamp, readonly line: number } | undefined
  /** Times of day of questions, for files without dates: they give durations all the same. */
  private readonly moments = new Map<string, number>()
  private days = 0
  private lastOfDay = 0

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    const { opened } = this
    this.opened = undefined
    if (opened && /^\s/.test(text)) {
      const ends = readEnds(text.trimStart())
      if (ends) return this.second(opened, ends, outer)
    }
    const result = this.first(text, number, outer)
    return opened ? joined({ drafts: [], released: [{ ...skip('not-an-event'), line: opened.line }], self: MERGED }, result) : result
  }

  end(): (Draft | (Skip & { line: number }))[] {
    return [...this.transactions.drain(), ...(this.opened ? [{ ...skip('incomplete'), line: this.opened.line }] : [])]
  }

  private first(text: string, number: number, outer: Outer | undefined): LineResult {
    if (text.trim() === '') return skip('blank')
    const packet = readPacket(text)
    if (packet?.ends) return this.packet(packet.stamp, packet.ends, number, outer)
    if (packet) {
      this.opened = { stamp: packet.stamp, line: number }
      return HELD
    }
    // what -v, -X and the start of tcpdump print around packets
    return /^(?:\s|tcpdump: |listening on |reading from file |dropped privs|\d+ packets? )/.test(text) ? skip('not-an-event') : skip('not-this-format')
  }

  private second(opened: { readonly stamp: PacketStamp, readonly line: number }, ends: NonNullable<Packet['ends']>, outer: Outer | undefined): LineResult {
    const result = this.packet(opened.stamp, ends, opened.line, outer)
    const drafts: Draft[] = []
    const released: Released[] = []
    settleHeld(opened.line, result, drafts, released)
    return { drafts, released, self: typeof result === 'object' && isSkip(result) ? result : MERGED }
  }

  private packet(stamp: PacketStamp, ends: NonNullable<Packet['ends']>, line: number, outer: Outer | undefined): LineResult {
    const [src, dst] = [endOf(ends.src), endOf(ends.dst)]
    if (!DNS_PORTS.has(src.port ?? 0) && !DNS_PORTS.has(dst.port ?? 0)) return skip('not-an-event')
    const message = readTcpdumpMessage(ends.rest)
    if (!message) return ends.rest.startsWith('Flags [') || ends.rest.startsWith('UDP') ? skip('not-an-event') : skip('malformed', 'message')
    const { isResponse, dns } = message
    const draft: Draft = { type: isResponse ? 'dns.response' : 'dns.query', client: isResponse ? dst : src, server: isResponse ? src : dst, network: { transport: message.overTcp ? 'tcp' : 'udp' }, dns }
    const isMulticast = dst.port === 5353
    if (isMulticast && isResponse) delete draft.client
    const momentMs = this.putMoment(draft, stamp, outer, isResponse ? 'end' : 'start')
    if (momentMs === undefined) return skip('bad-time')
    const pair = `${ends.src.host} ${ends.src.port}`
    const other = `${ends.dst.host} ${ends.dst.port}`
    const key = isMulticast ? undefined : `${pair < other ? `${pair} ${other}` : `${other} ${pair}`} ${dns.id}`
    const result = isResponse ? this.transactions.answer(key, draft, this.spanOf(key, draft, momentMs)) : this.transactions.ask(key, draft, line)
    if (!isResponse && key !== undefined && draft.ts_ms === undefined) this.remember(key, momentMs)
    return withDrafts(this.transactions.expire(draft.ts_ms), result)
  }

  /** How long an answer took where the lines carry no date. */
  private spanOf(key: string | undefined, draft: Draft, momentMs: number): number | undefined {
    const asked = key === undefined || draft.ts_ms !== undefined ? undefined : this.moments.get(key)
    if (asked === undefined) return undefined
    this.moments.delete(key!)
    return momentMs >= asked ? round3(momentMs - asked) : undefined
  }

  private remember(key: string, momentMs: number): void {
    if (Number.isNaN(momentMs)) return
    if (this.moments.size >= MAX_MOMENTS) this.moments.clear()
    this.moments.set(key, momentMs)
  }

  /** Dates the draft if the stamp has a date; gives milliseconds on the file's own clock (NaN where it has none), or nothing for a bad stamp. */
  private putMoment(draft: Draft, stamp: PacketStamp, outer: Outer | undefined, basis: 'start' | 'end'): number | undefined {
    if (stamp.kind === 'none' || stamp.kind === 'distance') {
      if (outer) inheritTime(draft, outer, basis)
      return NaN
    }
    if (stamp.kind === 'time') return this.putTimeOfDay(draft, stamp.text, outer, basis)
    const read = stamp.kind === 'epoch' ? readEpoch(stamp.text, 's') : readIso(stamp.text)
    if (!read) return undefined
    putTime(draft, read, basis, this.context, outer)
    return draft.ts_ms ?? NaN
  }

  /** A time of day is placed by the anchor, as the time since the midnight before the capture. */
  private putTimeOfDay(draft: Draft, text: string, outer: Outer | undefined, basis: 'start' | 'end'): number | undefined {
    const ms = readTimeOfDay(text)
    if (ms === undefined) return undefined
    if (ms < this.lastOfDay - DAY_MS / 2) this.days++
    this.lastOfDay = ms
    const placed = this.context.clock.relative(this.days * DAY_MS + ms, 0.001)
    if (placed) putTime(draft, placed, basis, this.context)
    else if (outer) inheritTime(draft, outer, basis)
    return this.days * DAY_MS + ms
  }
}

/** A packet to or from a DNS port, on one line or on the second of two. */
function isDns(line: string, index: number, lines: readonly string[]): boolean {
  const ends = readPacket(line)?.ends ?? (line.startsWith('    ') && readPacket(lines[index - 1] ?? '') ? readEnds(line.trimStart()) : undefined)
  return ends !== undefined && (DNS_PORTS.has(portOf(ends.src.port) ?? 0) || DNS_PORTS.has(portOf(ends.dst.port) ?? 0))
}

export default defineParser({
  id: 'tcpdump-dns',
  title: 'tcpdump text, DNS packets',
  reference: 'https://www.tcpdump.org/manpages/tcpdump.1.html',
  dataset: 'tcpdump.dns',
  types: ['dns.query', 'dns.response'],
  vantage: 'wire',
  limits: 'By default lines carry a time of day and no date: use -tt or -tttt, or place midnight with --anchor. An answer does not repeat its question: without the question’s line its name is not known. TTLs only with -vvv; of HTTPS records no data. Names need -n to be addresses.',
  detect: head => head.lines.some(isDns) ? shareOf(head, line => /^\s/.test(line) || readPacket(line) !== undefined) * 0.95 : 0,
  open: context => new TcpdumpReader(context),
  samples: [
    {
      lines: [
        '1767604447.371204 IP 192.0.2.10.59459 > 198.51.100.53.53: 19346+ [1au] A? www.Example.com. (56)',
        '1767604447.371300 IP 192.0.2.10.59459 > 198.51.100.53.53: 19347+ Type65? www.example.com. (44)',
        '1767604447.372204 IP 198.51.100.53.53 > 192.0.2.10.59459: 19346 3/0/1 CNAME web.cdn.example.net., A 203.0.113.7, A 203.0.113.8 (137)',
        '1767604447.373300 IP 198.51.100.53.53 > 192.0.2.10.59459: 19347 NXDomain*- 0/1/0 (122)',
        '1767604447.380000 IP 192.0.2.10.51544 > 203.0.113.7.443: Flags [S], seq 1, win 64240, length 0',
        '1767604447.390000 IP6 2001:db8::10.56129 > 2001:db8::53.53: Flags [P.], seq 1:45, ack 1, win 502, options [nop,nop,TS val 1 ecr 2], length 44 7+ TXT CHAOS? version.bind. (42)',
        '1767604447.400000 IP 192.0.2.10.40000 > 198.51.100.53.53: 8+ [|domain]',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447372.204, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR',
            answers: [{ type: 'CNAME', data: 'web.cdn.example.net' }, { type: 'A', data: '203.0.113.7' }, { type: 'A', data: '203.0.113.8' }], resolved_ip: ['203.0.113.7', '203.0.113.8'],
          },
        },
        {
          type: 'dns.response', ts_ms: 1767604447371.3, ts_end_ms: 1767604447373.3, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 2, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', id: '19347', op_code: 'QUERY', header_flags: ['AA'], question: { name: 'www.example.com', type: 'HTTPS' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.query', ts_ms: 1767604447390, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'version.bind',
          client: { ip: '2001:db8::10', port: 56129 }, server: { ip: '2001:db8::53', port: 53 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'query', id: '7', op_code: 'QUERY', header_flags: ['RD'], question: { name: 'version.bind', type: 'TXT', class: 'CH' } },
        },
      ],
      merged: 2,
      skipped: { 'not-an-event': 1, malformed: 1 },
      note: '-tt -n',
    },
    {
      lines: [
        '2026-01-05 09:14:07.371204 eth0  Out IP (tos 0x0, ttl 64, id 4242, offset 0, flags [none], proto UDP (17), length 84)',
        '    192.0.2.10.59459 > 198.51.100.53.53: [udp sum ok] 19346+ [1au] A? www.example.com. ar: . OPT UDPsize=4096 [ECS 192.0.2.0/24/0] (56)',
        '2026-01-05 09:14:07.372204 eth0  In  IP (tos 0x0, ttl 63, id 4243, offset 0, flags [none], proto UDP (17), length 165)',
        '    198.51.100.53.53 > 192.0.2.10.59459: [udp sum ok] 19346* q: A? www.example.com. 2/0/1 www.example.com. [2m] CNAME web.cdn.example.net., web.cdn.example.net. [1m30s] A 203.0.113.7 ar: . OPT UDPsize=1232 (137)',
        '2026-01-05 09:14:08.000000 eth0  Out IP (tos 0x0, ttl 64, id 4244, offset 0, flags [DF], proto TCP (6), length 60)',
        '    192.0.2.10.51544 > 203.0.113.7.443: Flags [S], cksum 0x1234 (correct), seq 1, win 64240, length 0',
        '3 packets captured',
      ],
      events: [{
        type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447372.204, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 1, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['AA', 'RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', edns_subnet: '192.0.2.0/24',
          answers: [{ name: 'www.example.com', type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', ttl: 90, data: '203.0.113.7' }], resolved_ip: ['203.0.113.7'], min_ttl_s: 90,
        },
      }],
      merged: 3,
      skipped: { 'not-an-event': 3 },
      note: '-tttt -vvv -i any',
    },
    {
      lines: [
        '23:59:59.999000 IP 192.0.2.10.59459 > ns1.example.domain: 5+ A? www.example.com. (33)',
        '00:00:00.001000 IP ns1.example.domain > 192.0.2.10.59459: 5 1/0/0 A 203.0.113.7 (49)',
      ],
      events: [{
        type: 'dns.response', ts_ms: 1767657599999, ts_end_ms: 1767657600001, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 2, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 59459 }, server: { port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '5', op_code: 'QUERY', header_flags: ['RA'], question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR',
          answers: [{ type: 'A', data: '203.0.113.7' }], resolved_ip: ['203.0.113.7'],
        },
      }],
      merged: 1,
      clock: { anchorMs: 1767571200000 },
      note: 'times of day, placed by --anchor at midnight',
    },
  ],
})
