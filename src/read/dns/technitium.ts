/** Technitium DNS Server: its query log in text, and the JSON of its Log Exporter app. */
import { splitHostPort } from '../../address.js'
import { asUtc } from '../clock.js'
import { putTime } from '../field-kinds.js'
import { readObject } from '../layouts/json.js'
import { skip, type Draft, type LineResult, type ParserContext } from '../parser.js'
import { readIso, type LocalStamp, type Stamp } from '../time.js'
import { dnsTypeNumber } from '../vocabulary/dns.js'
import { guessType, withOwners } from './chain.js'
import type { Answer } from './records.js'

const MAX_ANSWERS = 100

/** The names of .NET's enumeration of response codes, in ours. */
const RCODES: Readonly<Record<string, string>> = {
  NoError: 'NOERROR', FormatError: 'FORMERR', ServerFailure: 'SERVFAIL', NxDomain: 'NXDOMAIN', NameError: 'NXDOMAIN', NotImplemented: 'NOTIMP', Refused: 'REFUSED', YXDomain: 'YXDOMAIN', YXRRSet: 'YXRRSET', NXRRSet: 'NXRRSET',
  NotAuth: 'NOTAUTH', NotAuthorized: 'NOTAUTH', NotZone: 'NOTZONE', BADVERS: 'BADVERS', BADCOOKIE: 'BADCOOKIE',
}
const TRANSPORT: Readonly<Record<string, 'tcp' | 'udp' | 'quic'>> = { UDP: 'udp', TCP: 'tcp', TLS: 'tcp', HTTPS: 'tcp', QUIC: 'quic', UDPPROXY: 'udp', TCPPROXY: 'tcp' }

/** A line after its stamp; `message` is what the server wrote. */
export interface TechnitiumLine { readonly stamp: Stamp | LocalStamp, readonly client: string | undefined, readonly protocol: string | undefined, readonly message: string }

const HEAD = /^\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (UTC|Local)\] (?:\[(\[?[0-9a-fA-F.:%\w]+\]?:\d{1,5})\] )?(?:\[([A-Z]{2,10})\] )?/

/** Cuts `[stamp UTC] [IP:PORT] [PROTO] ` off; undefined for any other line. */
export function cutTechnitium(text: string): TechnitiumLine | undefined {
  const head = text.charCodeAt(0) === 91 ? HEAD.exec(text) : null
  const read = head && readIso(head[1]!)
  const stamp = read ? (head[2] === 'UTC' ? asUtc(read) : read) : undefined
  return head && stamp ? { stamp, client: head[3], protocol: head[4], message: text.slice(head[0].length) } : undefined
}

/** True for a message that tells of a query. */
export const isTechnitiumQuery = (message: string): boolean => message.startsWith('QNAME: ') || message.startsWith('MISSING QUESTION!')

const typeName = (type: string): string => /^\d+$/.test(type) ? `TYPE${type}` : type.toUpperCase()

/** `[web.cdn.example.net, 203.0.113.80]`: the data only; of types other than addresses and names the list cannot be cut. */
function answersOf(list: string, name: string | undefined, type: string): Answer[] {
  const inner = list.slice(1, -1)
  if (inner === '' || inner === 'TRUNCATED' || inner === 'ZONE TRANSFER') return []
  const cuttable = type === 'A' || type === 'AAAA' || type === 'CNAME' || type === 'PTR' || type === 'NS'
  const data = cuttable ? inner.split(', ', MAX_ANSWERS) : [inner.slice(0, 1024)]
  return withOwners(name, data.map(text => ({ type: guessType(type, text), data: text })))
}

function putQuery(draft: Draft, message: string): boolean {
  const dns = draft.dns!
  const fields = /^QNAME: (.*?); QTYPE: ([A-Za-z0-9-]+); QCLASS: ([A-Za-z0-9]+)/.exec(message)
  if (fields) dns.question = { name: fields[1] === '' ? '.' : fields[1], type: typeName(fields[2]!), class: fields[3] }
  else if (!message.startsWith('MISSING QUESTION!')) return false
  const rest = fields ? message.slice(fields[0].length) : message.slice(17)
  if (rest.includes('; NO RESPONSE FROM SERVER!')) {
    draft.type = 'dns.query'
    return true
  }
  const code = /; RCODE: (\w+)/.exec(rest)
  if (!code) return false
  dns.response_code = RCODES[code[1]!] ?? code[1]!.toUpperCase()
  const start = rest.indexOf('; ANSWER: [')
  if (start === -1) return true
  const ecs = /; ECS: ([0-9a-fA-F.:]+\/\d+)$/.exec(rest)
  if (ecs) dns.edns_subnet = ecs[1]
  const tail = rest.slice(start + 10, ecs ? ecs.index : rest.length)
  const more = tail.indexOf(']; ADDITIONAL: [')
  const list = more === -1 ? tail : tail.slice(0, more + 1)
  if (!list.endsWith(']')) return false
  const answers = answersOf(list, dns.question?.name, dns.question?.type ?? '')
  if (answers.length > 0) dns.answers = answers
  if (list === '[TRUNCATED]') dns.header_flags = ['TC']
  return true
}

function putClient(draft: Draft, address: string | undefined): void {
  const client = address === undefined ? undefined : splitHostPort(address)
  if (client) draft.client = client.port ? { ip: client.host, port: client.port } : { ip: client.host }
}

type Bag = Record<string, unknown>
const textOf = (value: unknown): string | undefined => typeof value === 'string' && value !== '' ? value : undefined

const SOURCES: Readonly<Record<string, NonNullable<NonNullable<Draft['dns']>['answered_from']>>> = { Authoritative: 'authority', Recursive: 'upstream', Cached: 'cache', Blocked: 'config', UpstreamBlocked: 'upstream', UpstreamBlockedCached: 'cache', CacheBlocked: 'cache' }

/** True for an object of the Log Exporter app. */
export const isExported = (object: Bag): boolean => 'clientIp' in object && 'responseCode' in object && 'timestamp' in object && 'responseType' in object

function exportedAnswer(value: unknown): Answer[] {
  const bag = value as Bag | null
  const data = typeof bag === 'object' && bag !== null ? textOf(bag.recordData) : undefined
  if (data === undefined) return []
  const ttl = typeof bag!.recordTtl === 'number' && bag!.recordTtl >= 0 ? bag!.recordTtl : undefined
  const type = textOf(bag!.recordType)
  return [{ name: textOf(bag!.name), ...(type && dnsTypeNumber(type) !== undefined ? { type: type.toUpperCase() } : {}), ...(textOf(bag!.recordClass) ? { class: textOf(bag!.recordClass) } : {}), ...(ttl === undefined ? {} : { ttl }), data }]
}

/** The exporter's round trip is that to the upstream, not that of the client. */
function readExported(object: Bag, context: ParserContext): LineResult {
  const stamp = readIso(textOf(object.timestamp) ?? '')
  if (!stamp) return skip('bad-time', 'timestamp')
  const question = typeof object.question === 'object' && object.question !== null ? object.question as Bag : {}
  const source = textOf(object.responseType) ?? ''
  const draft: Draft = {
    type: 'dns.response', client: { ip: textOf(object.clientIp) },
    dns: {
      question: { name: textOf(question.questionName), type: typeName(textOf(question.questionType) ?? ''), class: textOf(question.questionClass) },
      response_code: RCODES[textOf(object.responseCode) ?? ''] ?? textOf(object.responseCode)?.toUpperCase(),
      answers: Array.isArray(object.answers) ? object.answers.slice(0, MAX_ANSWERS).flatMap(exportedAnswer) : [],
    },
  }
  putTime(draft, stamp, 'end', context)
  if (source in SOURCES) draft.dns!.answered_from = SOURCES[source]
  if (source.includes('Blocked') || source === 'Dropped') draft.labels = { policy: source }
  const transport = TRANSPORT[textOf(object.protocol)?.toUpperCase() ?? '']
  if (transport) draft.network = { transport }
  return draft
}

/** One line in either form. */
export function readTechnitium(text: string, context: ParserContext): LineResult {
  if (text.trim() === '') return skip('blank')
  if (text.charCodeAt(0) === 123) {
    const read = readObject(text)
    if ('skip' in read) return read
    return isExported(read.object) ? readExported(read.object, context) : skip('not-this-format', 'no clientIp and responseType')
  }
  const cut = cutTechnitium(text)
  // stack traces go on over several lines
  if (!cut) return /^ +at \S|^ *--- ?(?:>|End of)/.test(text) ? skip('not-an-event') : skip('not-this-format', 'no "[stamp UTC]"')
  if (!isTechnitiumQuery(cut.message)) return skip('not-an-event')
  const draft: Draft = { type: 'dns.response', dns: {} }
  if (!putQuery(draft, cut.message)) return skip('incomplete', 'query')
  putTime(draft, cut.stamp, 'end', context)
  putClient(draft, cut.client)
  const transport = TRANSPORT[cut.protocol ?? '']
  if (transport) draft.network = { transport }
  return draft
}
