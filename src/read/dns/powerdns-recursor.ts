/** PowerDNS Recursor with `quiet=no`: a question's line and its answer's become one event; a cache hit is a line of its own. */
import { splitHostPort } from '../../address.js'
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { inheritTime } from '../table.js'
import { readEpoch, readSyslog, round3, type LocalStamp, type Stamp } from '../time.js'
import { rcodeName } from '../vocabulary/dns.js'
import { QuestionPairs, wallMs } from './pairing.js'
import { pairsStart, readPairs, readTexts, type Fields } from './powerdns.js'

type Kind = 'question' | 'answer' | 'cached' | 'other'

/** A line in either spelling, structured or old. */
export interface RecursorLine { readonly kind: Kind, readonly draft: Draft, readonly key: string, readonly stamp: Stamp | LocalStamp | undefined }

const KINDS: Readonly<Record<string, Kind>> = { Question: 'question', Answer: 'answer', 'Question answered from packet cache': 'cached', 'TCP question answered from packet cache': 'cached' }

const countOf = (text: string | undefined): number | undefined => text !== undefined && /^\d{1,15}(?:\.\d+)?$/.test(text) ? Number(text) : undefined

function putClient(draft: Draft, remote: string | undefined): void {
  const client = remote === undefined ? undefined : splitHostPort(remote)
  if (client) draft.client = { ip: client.host, port: client.port || undefined }
}

function putResult(draft: Draft, fields: { rcode?: number, totms?: number, outqueries?: number, timeouts?: number }): void {
  const dns = draft.dns!
  if (fields.rcode !== undefined) dns.response_code = rcodeName(fields.rcode)
  if (fields.totms !== undefined) draft.duration_ms = round3(fields.totms)
  if (fields.outqueries !== undefined) dns.answered_from = fields.outqueries > 0 ? 'upstream' : 'cache'
  if (fields.rcode === 2 && fields.timeouts !== undefined && fields.timeouts > 0) draft.error = { type: 'dns_timeout', message: `${fields.timeouts} outgoing queries timed out` }
}

function structured(fields: Fields): RecursorLine {
  const get = (key: string): string | undefined => fields.get(key)
  const kind = KINDS[get('msg') ?? ''] ?? 'other'
  const dns: NonNullable<Draft['dns']> = { question: { name: get('qname'), type: get('qtype') } }
  const draft: Draft = { type: kind === 'question' ? 'dns.query' : 'dns.response', dns }
  putClient(draft, get('remote'))
  const proto = get('proto') ?? (get('msg')?.startsWith('TCP ') ? 'tcp' : undefined)
  if (proto === 'udp' || proto === 'tcp') draft.network = { transport: proto }
  const ecs = get('ecs')
  if (ecs) dns.edns_subnet = ecs
  if (kind === 'cached') dns.answered_from = 'cache'
  if (kind === 'answer') {
    dns.header_flags = [...(get('tc') === '1' ? ['TC'] : []), ...(get('rd') === '1' ? ['RD'] : [])]
    putResult(draft, { rcode: countOf(get('rcode')), totms: countOf(get('totms')), outqueries: countOf(get('outqueries')), timeouts: countOf(get('timeouts')) })
    if (get('validationState')?.includes('Bogus')) draft.error = { type: 'dns_error', code: get('validationState') }
  }
  const ts = get('ts')
  return { kind, draft, key: `${get('tid')} ${get('mtid')} ${get('remote')}`, stamp: ts === undefined ? undefined : readEpoch(ts, 's') }
}

const OLD_QUESTION = /^(\d+) \[(\d+\/\d+)\] (TCP )?question for '(.*)\|([A-Z0-9-]+)' from (\S+)$/
const OLD_ANSWER = /^(\d+) \[(\d+\/\d+)\] answer to (TCP )?question '(.*)\|([A-Z0-9-]+)': (.*)$/
const OLD_CACHED = /^\d+ (TCP )?question answered from packet cache(?: tag=\S+)? from (\S+)$/

function oldStyle(body: string, stamp: Stamp | LocalStamp | undefined): RecursorLine | undefined {
  const asked = OLD_QUESTION.exec(body)
  if (asked) {
    const draft: Draft = { type: 'dns.query', network: { transport: asked[3] ? 'tcp' : 'udp' }, dns: { question: { name: asked[4], type: asked[5] } } }
    putClient(draft, asked[6])
    return { kind: 'question', draft, key: `${asked[1]} ${asked[2]!.split('/')[0]} ${asked[4]}|${asked[5]}`, stamp }
  }
  const answered = OLD_ANSWER.exec(body)
  if (answered) {
    const draft: Draft = { type: 'dns.response', dns: { question: { name: answered[4], type: answered[5] } } }
    const figure = (pattern: RegExp): number | undefined => countOf(pattern.exec(answered[6]!)?.[1])
    putResult(draft, { rcode: figure(/ rcode=(\d+)/), totms: figure(/ ([\d.]+) tot ms/), outqueries: figure(/took (\d+) packets/), timeouts: figure(/ (\d+) timeouts/) })
    return { kind: 'answer', draft, key: `${answered[1]} ${answered[2]!.split('/')[0]} ${answered[4]}|${answered[5]}`, stamp }
  }
  const cached = OLD_CACHED.exec(body)
  if (!cached) return undefined
  // the oldest line of all: it does not even name what was asked
  const draft: Draft = { type: 'dns.response', network: { transport: cached[1] ? 'tcp' : 'udp' }, dns: { answered_from: 'cache' } }
  putClient(draft, cached[2])
  return { kind: 'cached', draft, key: '', stamp }
}

/** Reads a line of the recursor; undefined for any other text. */
export function readRecursor(text: string): RecursorLine | undefined {
  if (text.charCodeAt(0) === 123) {
    const fields = readTexts(text)
    return fields?.has('msg') && fields.has('subsystem') ? structured(fields) : undefined
  }
  const start = pairsStart(text)
  if (start !== -1) {
    const fields = readPairs(text, start)
    return fields?.has('subsystem') ? structured(fields) : undefined
  }
  const stamp = text.charCodeAt(3) === 32 ? readSyslog(text.slice(0, 15)) : undefined
  return oldStyle(stamp ? text.slice(16) : text, stamp)
}

class RecursorReader implements LineReader {
  private readonly pairs = new QuestionPairs()
  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const read = readRecursor(text)
    if (!read) return skip(pairsStart(text) === -1 ? 'not-this-format' : 'malformed', 'recursor line')
    if (read.kind === 'other') return skip('not-an-event')
    const { draft, key, stamp } = read
    const basis = read.kind === 'question' ? 'start' : read.kind === 'answer' ? 'end' : 'point'
    if (stamp) putTime(draft, stamp, basis, this.context, outer)
    else if (outer) inheritTime(draft, outer, basis)
    const now = stamp ? wallMs(stamp) : outer?.ms ?? 0
    if (read.kind === 'cached') return draft
    if (read.kind === 'answer') return this.pairs.answer(key, draft, now)
    draft.line = number
    return this.pairs.ask(key, draft, now)
  }

  end(): readonly Draft[] { return this.pairs.end() }
}

/** A reader for one log. */
export function openRecursor(context: ParserContext): LineReader {
  return new RecursorReader(context)
}
