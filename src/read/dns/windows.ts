/**
 * The debug log of the Windows DNS Server: a line a packet, four of them where a query is forwarded, and with the option "Details" a
 * dump after each. What is received from and sent to a client is one event; what goes to another server adds to it.
 */
import { canonicalIp } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { readIso, readWindowsDns, type LocalStamp, type Stamp } from '../time.js'
import { opcodeName, rcodeName } from '../vocabulary/dns.js'
import { endAt, WaitingList, wallMs, type Waiting } from './pairing.js'
import { WindowsDetails, windowsName } from './windows-details.js'

type Order = 'mdy' | 'dmy'

const PACKET = /^(.{10,24}?) ([0-9A-Fa-f]{3,5}) PACKET +(?:([0-9A-Fa-f]{8,16}) )?(UDP|TCP) (Rcv|Snd) (\S+) +([0-9a-fA-F]{4}) ([ R]) ([QNU?])? ?\[([0-9a-fA-F]{4}) ([ATDR ]*?) *([A-Z0-9]+)\] (\S+) +(\S.*)$/
const OTHER = /^(\d[\d/.: -]{9,20}(?: ?[APap]\.?[Mm]\.?)?) ([0-9A-Fa-f]{3,5}) ([A-Z]{3,10}|Note:)/
const HEADER = /^(?:DNS Server log file creation at|Log file wrap at|Message logging key)/

/** A packet line, cut. */
export interface WindowsPacket { readonly time: string, readonly transport: 'udp' | 'tcp', readonly received: boolean, readonly ip: string, readonly xid: string, readonly isResponse: boolean, readonly flags: number, readonly opcode: string, readonly type: string, readonly name: string }

/** Cuts a packet line; undefined for any other. The flags are printed with their bytes swapped. */
export function cutWindowsPacket(text: string): WindowsPacket | undefined {
  const match = PACKET.exec(text)
  if (!match) return undefined
  const raw = Number.parseInt(match[10]!, 16)
  return {
    time: match[1]!, transport: match[4] === 'UDP' ? 'udp' : 'tcp', received: match[5] === 'Rcv', ip: match[6]!, xid: match[7]!.toLowerCase(), isResponse: match[8] === 'R',
    flags: ((raw & 255) << 8) | (raw >> 8), opcode: match[9] ?? 'Q', type: match[13]!, name: match[14]!.trimEnd(),
  }
}

/** True for the lines at the top of a file. */
export const isWindowsHeader = (text: string): boolean => HEADER.test(text)

/** Day or month first? A number over twelve tells; else an American clock does. */
export function dateOrder(lines: readonly string[]): Order {
  for (const line of lines) {
    const date = /(\d{1,2})\/(\d{1,2})\/\d{4} \d{1,2}:\d\d:\d\d/.exec(line)
    if (date && Number(date[1]) > 12) return 'dmy'
    if (date && Number(date[2]) > 12) return 'mdy'
  }
  const clock = lines.map(line => /\d{1,2}([/.-])\d{1,2}[/.-]\d{4} \d{1,2}:\d\d:\d\d([ \u202f][AP]M)?/i.exec(line)).find(found => found !== null)
  return clock?.[1] === '/' && clock[2] !== undefined ? 'mdy' : 'dmy'
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [[0x0400, 'AA'], [0x0200, 'TC'], [0x0100, 'RD'], [0x0080, 'RA'], [0x0020, 'AD'], [0x0010, 'CD']]
const OPCODES: Readonly<Record<string, string>> = { Q: opcodeName(0), N: opcodeName(4), U: opcodeName(5) }

class WindowsReader implements LineReader {
  private readonly clients = new WaitingList<Draft>()
  private readonly upstreams = new WaitingList<Draft>()
  /** Client queries by what they ask, for the exchange with another server that serves them. */
  private readonly byName = new WaitingList<Draft>()
  /** An event that is complete but for the dump after its last line. */
  private closing: Draft | undefined
  private details: WindowsDetails | undefined
  private order: Order
  private begun = false

  constructor(private readonly context: ParserContext) { this.order = dateOrder(context.head.lines) }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const packet = cutWindowsPacket(text)
    if (packet) return this.packet(packet, number, outer)
    if (isWindowsHeader(text)) {
      this.begun = false
      return this.after(skip('header'))
    }
    if (OTHER.test(text)) return this.after(text.includes(' PACKET ') ? skip('malformed', 'packet') : skip('not-an-event'))
    if (!this.begun && /^\s/.test(text)) return skip('header')
    if (!this.details || !(/^\s/.test(text) || /^(?:UDP|TCP) (?:question|response) info at /.test(text))) return skip('not-this-format')
    this.details.line(text)
    return MERGED
  }

  end(): readonly Draft[] {
    return [...(this.closing ? [this.closing] : []), ...this.clients.drain(), ...this.upstreams.drain()]
  }

  private after(self: ReturnType<typeof skip>): LineResult {
    this.begun ||= self.skip !== 'header'
    const { closing } = this
    this.closing = undefined
    this.details = undefined
    return closing ? { drafts: [closing], self } : self
  }

  private packet(packet: WindowsPacket, number: number, outer: Outer | undefined): LineResult {
    this.begun = true
    const stamp = this.stampOf(packet.time)
    if (!stamp) return this.after(skip('bad-time'))
    const time = this.context.clock.resolve(stamp, outer)
    const now = wallMs(stamp)
    const drafts: Draft[] = this.closing ? [this.closing] : []
    this.closing = undefined
    for (const list of [this.clients, this.upstreams]) drafts.push(...list.lapsed(now))
    this.byName.lapsed(now)
    const self = this.place(packet, number, time, now)
    return drafts.length === 0 ? self : { drafts, self }
  }

  private stampOf(text: string): Stamp | LocalStamp | undefined {
    if (text.charCodeAt(4) === 45) return readIso(text)
    const stamp = readWindowsDns(text, this.order)
    if (stamp) return stamp
    // the first lines did not tell, this one does
    const other: Order = this.order === 'mdy' ? 'dmy' : 'mdy'
    const turned = readWindowsDns(text, other)
    if (turned) this.order = other
    return turned
  }

  private place(packet: WindowsPacket, number: number, time: Stamp | undefined, now: number): typeof HELD | typeof MERGED {
    const name = windowsName(packet.name)
    const asked = `${name.toLowerCase()} ${packet.type}`
    const key = `${packet.ip} ${packet.xid} ${asked}`
    const ofClient = packet.received !== packet.isResponse
    const draft = this.draftOf(packet, name, number, time, ofClient)
    if (!ofClient) {
      const served = this.servedBy(asked)
      if (served) {
        served.dns!.upstream = packet.ip
        served.dns!.answered_from = 'upstream'
        this.details = undefined
        return MERGED
      }
    }
    const list = ofClient ? this.clients : this.upstreams
    this.details = new WindowsDetails(draft, ofClient && packet.received)
    if (!packet.isResponse) {
      list.add(key, draft, now)
      if (ofClient) this.byName.add(asked, draft, now)
      return HELD
    }
    const question = list.first(key)
    if (!question) {
      this.closing = draft
      return HELD
    }
    list.remove(question)
    const open = question.value
    open.type = 'dns.response'
    open.dns = { ...open.dns, ...draft.dns, question: open.dns?.question }
    endAt(open, time?.ms)
    this.closing = open
    this.details = new WindowsDetails(open, false)
    return MERGED
  }

  /** The client's query that an exchange with another server is for. */
  private servedBy(asked: string): Draft | undefined {
    let entry: Waiting<Draft> | undefined = this.byName.last(asked)
    while (entry?.value.type === 'dns.response') entry = entry.before
    return entry?.value
  }

  private draftOf(packet: WindowsPacket, name: string, line: number, time: Stamp | undefined, ofClient: boolean): Draft {
    const { flags, isResponse } = packet
    const ip = canonicalIp(packet.ip)
    const dns: NonNullable<Draft['dns']> = {
      id: String(Number.parseInt(packet.xid, 16)), op_code: OPCODES[packet.opcode], header_flags: FLAG_NAMES.filter(([bit]) => (flags & bit) !== 0).map(([, flag]) => flag),
      question: { name, type: packet.type },
    }
    if (isResponse) dns.response_code = rcodeName(flags & 15)
    const draft: Draft = { type: isResponse ? 'dns.response' : 'dns.query', line, network: { transport: packet.transport }, dns }
    if (time) Object.assign(draft, { ts_ms: time.ms, ts_basis: isResponse ? 'end' : 'start', ts_res_ms: time.res_ms })
    if (ofClient) draft.client = { ip }
    else {
      draft.server = { ip }
      draft.labels = { leg: 'origin' }
    }
    return draft
  }
}

/** A reader for one log. */
export function openWindows(context: ParserContext): LineReader {
  return new WindowsReader(context)
}
