/**
 * DNS in Suricata's EVE, all editions: version 1 (one event an answer record), 2 (one event a message) and 3 (questions in a list).
 * `type` is query/request or answer/response in any of them.
 */
import { HELD, MERGED, type Draft, type LineResult } from '../parser.js'
import { dnsTypeName, headerFlags, opcodeName, printableName, rcodeName } from '../vocabulary/dns.js'
import { OpenEvents } from '../wire/open-events.js'
import { answered, Transactions } from '../wire/transactions.js'
import { listOf, objectOf, textOf, type Bag } from './values.js'

type Dns = NonNullable<Draft['dns']>
type Answer = NonNullable<Dns['answers']>[number]

const typeOf = (raw: unknown): string | undefined => {
  const text = textOf(raw)
  return text === undefined || /^unknown$/i.test(text) ? undefined : /^\d{1,5}$/.test(text) ? dnsTypeName(Number(text)) : text.toUpperCase()
}

/** The data of a record: text, or the parts of the kinds that are logged in parts; SVCB, HTTPS, CAA and others have none. */
function dataOf(record: Bag): string | undefined {
  const data = textOf(record['rdata'])
  if (data !== undefined && data !== '') return data
  const srv = objectOf(record['srv'])
  if (srv) return [srv['priority'], srv['weight'], srv['port'], srv['name'] ?? srv['target']].map(textOf).filter(part => part !== undefined).join(' ')
  const sshfp = objectOf(record['sshfp'])
  return sshfp && [sshfp['algo'], sshfp['type'], sshfp['fingerprint']].map(textOf).filter(part => part !== undefined).join(' ')
}

function answerOf(record: Bag): Answer[] {
  const data = dataOf(record)
  if (data === undefined || data === '') return []
  const type = typeOf(record['rrtype'])
  const name = textOf(record['rrname'])
  const ttl = record['ttl']
  const answer: Answer = { data: type === 'A' || type === 'AAAA' || type === 'TXT' ? data : printableName(data) }
  if (name !== undefined && name !== '') answer.name = printableName(name)
  if (type !== undefined) answer.type = type
  if (typeof ttl === 'number' && Number.isInteger(ttl) && ttl >= 0) answer.ttl = ttl
  return [answer]
}

/** The grouped form tells types and data only; the aliases come first, as they do in a message. */
function groupedOf(grouped: Bag): Answer[] {
  const kinds = Object.keys(grouped).sort((a, b) => Number(b === 'CNAME') - Number(a === 'CNAME'))
  return kinds.flatMap(kind => listOf(grouped[kind]).flatMap(raw => answerOf(typeof raw === 'object' ? { ...objectOf(raw), rrtype: kind, [kind.toLowerCase()]: raw } : { rrtype: kind, rdata: raw })))
}

function flagsOf(dns: Bag): string[] {
  const word = textOf(dns['flags'])
  if (word !== undefined && /^[0-9a-fA-F]{1,4}$/.test(word)) return headerFlags(Number.parseInt(word, 16))
  return ['aa', 'tc', 'rd', 'ra'].filter(flag => dns[flag] === true).map(flag => flag.toUpperCase())
}

function rcodeOf(raw: unknown): string | undefined {
  const text = textOf(raw)
  return text === undefined ? undefined : /^\d{1,5}$/.test(text) ? rcodeName(Number(text)) : text.toUpperCase()
}

const DNS_PORTS = new Set([53, 853, 5353])

/** Who asked: the sender of a request and the receiver of a response, but where the event keeps the flow's direction the port tells. */
function turn(draft: Draft, isResponse: boolean, version: number): void {
  const { client, server } = draft
  const bySender = client?.port !== undefined && DNS_PORTS.has(client.port)
  const byReceiver = server?.port !== undefined && DNS_PORTS.has(server.port)
  const turned = bySender !== byReceiver ? bySender : isResponse && version >= 3
  if (turned) [draft.client, draft.server] = [server, client]
}

function questionOf(dns: Bag): Dns['question'] {
  const source = objectOf(listOf(dns['queries'])[0]) ?? dns
  const name = textOf(source['rrname'])
  const type = typeOf(source['rrtype'])
  if (name === undefined && type === undefined) return undefined
  const question: NonNullable<Dns['question']> = {}
  if (name) question.name = printableName(name)
  if (type !== undefined) question.type = type
  return question
}

function readAnswers(dns: Bag): Answer[] {
  const records = listOf(dns['answers'])
  if (records.length > 0) return records.flatMap(record => answerOf(objectOf(record) ?? {}))
  const grouped = objectOf(dns['grouped'])
  return grouped ? groupedOf(grouped) : []
}

function readDns(raw: Bag, isResponse: boolean): Dns {
  const dns: Dns = { header_flags: flagsOf(raw) }
  const id = textOf(raw['id'])
  const opcode = raw['opcode']
  const question = questionOf(raw)
  if (id !== undefined) dns.id = id
  if (typeof opcode === 'number') dns.op_code = opcodeName(opcode)
  if (question !== undefined) dns.question = question
  if (!isResponse) return dns
  const rcode = rcodeOf(raw['rcode'])
  if (rcode !== undefined) dns.response_code = rcode
  dns.answers = readAnswers(raw)
  return dns
}

/** Pairs questions with answers by flow, number and question; gathers the records of version 1. */
export class EveDns {
  private readonly transactions = new Transactions()
  /** Version 1 answers by flow and number: the first record's draft, to which the records that follow are added. */
  private readonly records = new OpenEvents()

  /** @param draft has the envelope: times, ends and network. Nothing for an event that is neither question nor answer. */
  take(draft: Draft, dns: Bag, flow: string, line: number): LineResult | undefined {
    const kind = textOf(dns['type'])
    const isResponse = kind === 'answer' || kind === 'response'
    if (!isResponse && kind !== 'query' && kind !== 'request') return undefined
    const version = typeof dns['version'] === 'number' ? dns['version'] : 1
    draft.type = isResponse ? 'dns.response' : 'dns.query'
    turn(draft, isResponse, version)
    if (draft.ts_ms !== undefined) draft.ts_basis = isResponse ? 'end' : 'start'
    draft.dns = readDns(dns, isResponse)
    const { id, question } = draft.dns
    const key = flow === '' || id === undefined ? undefined : `${flow}#${id}`
    if (isResponse && version === 1 && key !== undefined && dns['answers'] === undefined && dns['grouped'] === undefined) return this.record(key, draft, dns, line)
    const named = key === undefined ? undefined : keyWith(key, question?.name, question?.type)
    return isResponse ? this.transactions.answer(named, draft) : this.transactions.ask(named, draft, line)
  }

  expire(nowMs: number | undefined): readonly Draft[] {
    const [transactions, records] = [this.transactions.expire(nowMs), this.records.expire(nowMs)]
    return records.length === 0 ? transactions : [...transactions, ...records]
  }

  drain(): Draft[] { return [...this.transactions.drain(), ...this.records.drain()] }

  /** One record of a version 1 answer: the first one's owner is the name asked for, later ones hang on to its aliases. */
  private record(key: string, draft: Draft, dns: Bag, line: number): LineResult {
    const answers = answerOf(dns)
    const known = this.records.get(key)
    if (known && !known.given && Math.abs((known.ms ?? 0) - (draft.ts_ms ?? 0)) < 5000) {
      const gathered = known.draft.dns!
      ;(gathered.answers ??= []).push(...answers)
      // an address at the end of a chain of aliases says what was asked for
      const address = answers.find(answer => answer.type === 'A' || answer.type === 'AAAA')
      if (address?.type !== undefined && gathered.question && gathered.question.type === undefined) gathered.question.type = address.type
      return MERGED
    }
    const drafts = known ? this.records.take(key) : []
    const own = draft.dns!
    const { name, type } = own.question ?? {}
    own.answers = answers
    // a record says its own type; when it is an alias, what was asked for is not known from it
    if (type === 'CNAME') own.question = name === undefined ? {} : { name }
    const asked = [type, 'A', 'AAAA'].map(kind => this.transactions.withdraw(keyWith(key, name, kind))).find(question => question !== undefined)
    this.records.add(key, { draft: asked ? answered(asked.draft, { ...draft, dns: { ...own, question: asked.draft.dns?.question } }) : draft, line: asked?.line ?? line, ms: draft.ts_ms, given: false })
    const self = asked ? MERGED : HELD
    return drafts.length === 0 ? self : { drafts, self }
  }
}

const keyWith = (key: string, name: string | undefined, type: string | undefined): string => `${key}#${name?.toLowerCase() ?? ''}#${type ?? ''}`
