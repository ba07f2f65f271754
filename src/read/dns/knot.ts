/** Knot Resolver's debug log: all lines of one request id, dumps of packets included, are one event. */
import { splitHostPort } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer } from '../parser.js'
import { completed, endAt, WaitingList } from './pairing.js'
import { DumpReader } from './records.js'

/** `[reqdbg][group ][request.query] text`; the request is 00000 where a new one is planned. */
export interface KnotLine { readonly group: string, readonly request: string, readonly query: string, readonly body: string }

const LINE = /^(?:\[reqdbg\])?\[([a-z]{2,8}) *\]\[(\d{1,10})\.(\d{1,3})\] +(.*)$/
const PLAN = /^plan '(.*)' type '([A-Z0-9-]+)' +uid \[(\d{1,10})\.(\d{1,3})\]$/

/** Cuts a line; undefined for any other text. */
export function cutKnot(text: string): KnotLine | undefined {
  const match = text.charCodeAt(0) === 91 ? LINE.exec(text) : null
  return match ? { group: match[1]!, request: match[2]!, query: match[3]!, body: match[4]! } : undefined
}

interface Request { readonly draft: Draft, readonly request: string }

type Dump = { readonly reader: DumpReader, readonly dns: NonNullable<Draft['dns']>, readonly request: Request | undefined, readonly isAnswer: boolean }

class KnotReader implements LineReader {
  private readonly requests = new WaitingList<Request>(60_000, 5000)
  private dump: Dump | undefined

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const cut = cutKnot(text)
    if (!cut) {
      if (this.dump && text.charCodeAt(0) !== 91) {
        this.dump.reader.line(text)
        return MERGED
      }
      return /^\[[a-z]{2,8} *\] /.test(text) ? skip('not-an-event') : skip('not-this-format', 'no "[group][request]"')
    }
    this.endDump()
    const lapsed = this.requests.lapsed(outer?.ms ?? 0).map(request => request.draft)
    const plan = cut.group === 'plan' ? PLAN.exec(cut.body) : null
    if (plan && Number(cut.request) === 0 && Number(plan[4]) === 0) return completed(lapsed, this.begin(plan, number, outer))
    const entry = this.requests.first(cut.request)
    if (!entry) return completed(lapsed, skip('not-an-event'))
    const { draft } = entry.value
    this.tell(entry.value, cut)
    if (!cut.body.startsWith('finished in state: ')) return completed(lapsed, MERGED)
    this.requests.remove(entry)
    endAt(draft, outer?.ms)
    return { drafts: [...lapsed, draft], self: MERGED }
  }

  end(): readonly Draft[] {
    this.endDump()
    return this.requests.drain().map(request => request.draft)
  }

  private begin(plan: RegExpExecArray, number: number, outer: Outer | undefined): typeof HELD {
    const draft: Draft = {
      type: 'dns.query', line: number, dns: { question: { name: plan[1], type: plan[2] } },
      ...(outer?.ms === undefined ? {} : { ts_ms: outer.ms, ts_basis: 'start' as const, ts_res_ms: outer.res_ms ?? 1 }),
    }
    this.requests.add(plan[3]!, { draft, request: plan[3]! }, outer?.ms ?? 0)
    return HELD
  }

  private tell(request: Request, { body, query }: KnotLine): void {
    const { draft } = request
    const dns = draft.dns!
    if (body.startsWith('finished in state: ')) return finish(draft, body)
    if (body.startsWith('=> id: ')) {
      dns.upstream = /'@'([^'#]+)#/.exec(body)?.[1]
      dns.answered_from = 'upstream'
    } else if (body.startsWith('=> satisfied by ')) {
      dns.answered_from ??= 'cache'
      if (Number(query) === 0 && body.includes(`exact ${dns.question?.type}:`)) dns.response_code ??= 'NOERROR'
    } else if (body.startsWith('<= rcode: ')) dns.response_code = body.slice(10).trim()
    else if (body.startsWith('<= answer received:') || body.startsWith('answer packet:') || body.startsWith('request packet:')) this.beginDump(request, body.startsWith('answer packet:'))
    else if (body.startsWith('request packet arrived ')) putArrival(draft, body)
    else if (body.includes('timeout') && body.includes('limit')) draft.error = { type: 'dns_timeout', message: body }
  }

  private beginDump(request: Request | undefined, isAnswer: boolean): void {
    const dns: NonNullable<Draft['dns']> = {}
    this.dump = { reader: new DumpReader(dns), dns, request, isAnswer }
  }

  /** An upstream's answer counts if it is to the very question; the answer packet, where it is printed, always. */
  private endDump(): void {
    const { dump } = this
    this.dump = undefined
    const dns = dump?.request?.draft.dns
    if (!dump || !dns || !dump.dns.response_code) return
    const same = dump.dns.question?.name?.toLowerCase() === dns.question?.name?.toLowerCase() && dump.dns.question?.type === dns.question?.type
    if (!dump.isAnswer && !same) return
    const { response_code: rcode, answers, header_flags: flags, id } = dump.dns
    dns.response_code = rcode
    if (answers) dns.answers = answers
    if (dump.isAnswer) Object.assign(dns, { header_flags: flags, id })
    dump.request!.draft.type = 'dns.response'
  }
}

function putArrival(draft: Draft, body: string): void {
  const match = /^request packet arrived from (\S+)#(\d{1,5}) to (\S+)#(\d{1,5}) \(([A-Z]+)(.*)\)$/.exec(body)
  if (!match) {
    if (body.endsWith('internally')) draft.tags = ['internal']
    return
  }
  draft.client = { ip: match[1], port: Number(match[2]) || undefined }
  const server = splitHostPort(`${match[3]}#${Number(match[4])}`)
  if (server) draft.server = { ip: server.host, port: server.port || undefined }
  draft.network = { transport: match[5] === 'TCP' ? 'tcp' : 'udp' }
}

function finish(draft: Draft, body: string): void {
  const state = Number(/^finished in state: (\d+)/.exec(body)?.[1])
  const dns = draft.dns!
  // 4 is done, 8 is failed: whatever had been found, the client gets SERVFAIL
  if ((state & 8) !== 0) {
    dns.response_code = dns.response_code === undefined || dns.response_code === 'NOERROR' || dns.response_code === 'NXDOMAIN' ? 'SERVFAIL' : dns.response_code
    draft.error ??= { type: 'dns_error', code: `state ${state}` }
  }
  draft.type = 'dns.response'
}

/** A reader for one log. */
export function openKnot(): LineReader {
  return new KnotReader()
}
