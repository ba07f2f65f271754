/** dnsdist: the lines of LogAction and LogResponseAction, and the verbose lines about what was relayed. */
import { splitHostPort } from '../../address.js'
import { MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { inheritTime } from '../table.js'
import { readDnsdistEpoch, readSyslog, round3, type LocalStamp, type Stamp } from '../time.js'
import { putTime } from '../field-kinds.js'
import { rcodeName } from '../vocabulary/dns.js'
import { endAt, QuestionPairs, WaitingList, wallMs } from './pairing.js'

type Kind = 'packet' | 'answer' | 'query' | 'relayed' | 'refused' | 'timeout'

/** A line in its parts. */
export interface DnsdistLine {
  readonly kind: Kind
  readonly stamp: Stamp | LocalStamp | undefined
  readonly client: string
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly id?: string | undefined
  /** Phrase of the response code, or the backend's address, or the reason of a refusal. */
  readonly detail?: string | undefined
  readonly durationUs?: number | undefined
  readonly protocol?: string | undefined
}

// phrases of RCode::to_s, by code
const PHRASES = [
  'No Error', 'Form Error', 'Server Failure', 'Non-Existent domain', 'Not Implemented', 'Query Refused', 'Name Exists when it should not', 'RR Set Exists when it should not',
  'RR Set that should exist does not', 'Server Not Authoritative for zone / Not Authorized', 'Name not contained in zone',
]

/** The response code of a phrase, or of `Err#11`. */
export function phraseCode(phrase: string): string | undefined {
  const code = PHRASES.indexOf(phrase)
  if (code !== -1) return rcodeName(code)
  const number = /^Err#(\d{1,4})$/.exec(phrase)
  return number ? rcodeName(Number(number[1])) : undefined
}

const PACKET = /^Packet from (\S+) for (\S+) (\S+) with id (\d+)$/
const ANSWER = /^Answer to (\S+) for (\S+) (\S+) \((.+)\) with id (\d+)$/
const QUERY = /^Got query for (\S+)\|(\S+) from (\S+)(?: \((.*?)\))?, relayed to (.+)$/
const RELAYED = /^Got answer from (\S+), (?:NOT )?relayed to (\S+)(?: \((.*?)\))?(?: since that frontend is muted)?, took ([\d.]+) us(?:ec)?$/
const TIMEOUT = /^Had a downstream timeout from (\S+)(?: \(.*?\))? for query for (\S+)\|(\S+) from (\S+)$/
const REFUSED = /^(Dropped|ServFailed) query for (\S+)\|(\S+) from (\S+), (.+)$/

/** Reads a line; undefined for any other text. */
export function readDnsdist(text: string): DnsdistLine | undefined {
  const close = text.charCodeAt(0) === 91 ? text.indexOf('] ') : -1
  let stamp: Stamp | LocalStamp | undefined
  let body = text
  if (close > 0 && close < 24) {
    stamp = readDnsdistEpoch(text.slice(1, close))
    if (!stamp) return undefined
    body = text.slice(close + 2)
  } else if (text.charCodeAt(3) === 32) {
    stamp = readSyslog(text.slice(0, 15))
    if (stamp) body = text.slice(16)
  }
  switch (body.charCodeAt(0)) {
    case 80: { const m = PACKET.exec(body); return m ? { kind: 'packet', stamp, client: m[1]!, name: m[2], type: m[3], id: m[4] } : undefined }
    case 65: { const m = ANSWER.exec(body); return m ? { kind: 'answer', stamp, client: m[1]!, name: m[2], type: m[3], detail: m[4], id: m[5] } : undefined }
    case 71: {
      const asked = QUERY.exec(body)
      if (asked) return { kind: 'query', stamp, client: asked[3]!, name: asked[1], type: asked[2], protocol: asked[4], detail: asked[5]!.replace(/ \(xsk\)$/, '') }
      const m = RELAYED.exec(body)
      return m ? { kind: 'relayed', stamp, client: m[2]!, detail: m[1], protocol: m[3], durationUs: Number(m[4]) } : undefined
    }
    case 68: case 83: { const m = REFUSED.exec(body); return m ? { kind: 'refused', stamp, client: m[4]!, name: m[2], type: m[3], detail: `${m[1]}: ${m[5]}` } : undefined }
    case 72: { const m = TIMEOUT.exec(body); return m ? { kind: 'timeout', stamp, client: m[4]!, name: m[2], type: m[3], detail: m[1] } : undefined }
    default: return undefined
  }
}

/** `name (192.0.2.54:53)` or `192.0.2.54:53`. */
function backendIp(text: string | undefined): string | undefined {
  const bracket = /\(([^()]+)\)$/.exec(text ?? '')
  return splitHostPort(bracket?.[1] ?? text ?? '')?.host
}

function transportOf(protocol: string | undefined): 'tcp' | 'udp' | 'quic' | undefined {
  const word = protocol?.split(/[ ,]/)[0]?.toLowerCase()
  if (word === undefined || word === '') return undefined
  if (word.includes('udp')) return 'udp'
  return word.includes('quic') || word === 'doq' || word === 'doh3' ? 'quic' : 'tcp'
}

class DnsdistReader implements LineReader {
  private readonly pairs = new QuestionPairs()
  /** Relayed queries by client, since the line about a relayed answer names nothing else. */
  private readonly relayed = new WaitingList<{ readonly key: string, readonly draft: Draft }>()

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const read = readDnsdist(text)
    if (!read) return /^(?:\[[\d.]+\] )?(?:Packet from|Answer to|Got query for|Got answer from) /.test(text) ? skip('malformed', 'dnsdist line') : outer?.program === 'dnsdist' ? skip('not-an-event') : skip('not-this-format')
    const now = read.stamp ? wallMs(read.stamp) : outer?.ms ?? 0
    this.relayed.lapsed(now)
    const draft = this.draftOf(read, outer)
    const key = `${read.client} ${read.name?.toLowerCase()} ${read.type}`
    switch (read.kind) {
      case 'packet': return this.ask(key, draft, number, now)
      case 'query': return this.query(key, draft, read, number, now)
      case 'answer': return this.answer(key, draft, read, now)
      case 'relayed': return this.relay(draft, read, now)
      case 'timeout': return this.timeout(key, draft, read, now)
      default: return this.refuse(key, draft, read, now)
    }
  }

  end(): readonly Draft[] { return this.pairs.end() }

  private draftOf(read: DnsdistLine, outer: Outer | undefined): Draft {
    const client = splitHostPort(read.client)
    const draft: Draft = { type: 'dns.query', dns: read.name === undefined ? {} : { question: { name: read.name, type: read.type } } }
    if (client) draft.client = { ip: client.host, port: client.port || undefined }
    const transport = transportOf(read.protocol)
    if (transport) draft.network = { transport }
    // LogAction and LogResponseAction both print when the query came
    const basis = read.kind === 'relayed' || read.kind === 'refused' || read.kind === 'timeout' ? 'end' : read.kind === 'answer' && !(read.stamp && 'ms' in read.stamp) ? 'end' : 'start'
    if (read.stamp) putTime(draft, read.stamp, basis, this.context, outer)
    else if (outer) inheritTime(draft, outer, basis)
    return draft
  }

  private ask(key: string, draft: Draft, number: number, now: number): LineResult {
    draft.line = number
    return this.pairs.ask(key, draft, now)
  }

  private query(key: string, draft: Draft, read: DnsdistLine, number: number, now: number): LineResult {
    const known = this.pairs.newest(key)
    const open = known && known.dns?.upstream === undefined && this.pairs.isFresh(key, now) ? known : draft
    open.dns!.upstream = backendIp(read.detail)
    if (draft.network) open.network = draft.network
    this.relayed.add(read.client, { key, draft: open }, now)
    return open === known ? MERGED : this.ask(key, draft, number, now)
  }

  private answer(key: string, draft: Draft, read: DnsdistLine, now: number): LineResult {
    const asked = this.pairs.take(key, now)
    const open = asked ?? draft
    open.type = 'dns.response'
    open.dns!.response_code = phraseCode(read.detail ?? '')
    open.dns!.id = read.id
    if (asked && draft.ts_basis === 'end') endAt(asked, draft.ts_ms)
    return this.pairs.settle(open, asked !== undefined, now)
  }

  private relay(draft: Draft, read: DnsdistLine, now: number): LineResult {
    const entry = this.relayed.first(read.client)
    if (!entry) {
      draft.type = 'dns.response'
      draft.dns = { upstream: backendIp(read.detail), answered_from: 'upstream' }
      draft.duration_ms = round3((read.durationUs ?? 0) / 1000)
      return draft
    }
    this.relayed.remove(entry)
    const { key, draft: open } = entry.value
    if (open.type === 'dns.response') return MERGED
    open.type = 'dns.response'
    open.dns!.answered_from = 'upstream'
    open.duration_ms = round3((read.durationUs ?? 0) / 1000)
    return this.pairs.withdraw(key, open) ? this.pairs.settle(open, true, now) : MERGED
  }

  /** The backend did not answer, and dnsdist answers nothing itself. */
  private timeout(key: string, draft: Draft, read: DnsdistLine, now: number): LineResult {
    const asked = this.pairs.take(key, now)
    const open = asked ?? draft
    open.dns!.upstream = backendIp(read.detail)
    open.error = { type: 'dns_timeout', message: 'downstream timeout', code: 'timeout' }
    return this.pairs.settle(open, asked !== undefined, now)
  }

  private refuse(key: string, draft: Draft, read: DnsdistLine, now: number): LineResult {
    const asked = this.pairs.take(key, now)
    const open = asked ?? draft
    const failed = read.detail!.startsWith('ServFailed')
    if (failed) {
      open.type = 'dns.response'
      open.dns!.response_code = 'SERVFAIL'
    }
    open.error = { type: 'destination_unavailable', message: read.detail!.slice(read.detail!.indexOf(': ') + 2), code: failed ? 'ServFailed' : 'Dropped' }
    return this.pairs.settle(open, asked !== undefined, now)
  }
}

/** A reader for one log. */
export function openDnsdist(context: ParserContext): LineReader {
  return new DnsdistReader(context)
}
