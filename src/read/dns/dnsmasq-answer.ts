/** What the lines of a dnsmasq transaction add up to. */
import { canonicalIp } from '../../address.js'
import type { LogEvent } from '../../schema/event.js'
import type { Draft } from '../parser.js'
import { rcodeName } from '../vocabulary/dns.js'
import { edeCode, type DnsmasqBody } from './dnsmasq-line.js'
import { looksLikeIp } from './names.js'
import { endAt } from './pairing.js'

/** A question and what has been said of it so far. */
export interface Transaction {
  readonly draft: Draft
  readonly key: string
  readonly pid: string
  /** When it was asked, on the scale of the line's clock. */
  readonly asked: number
  /** The name whose `<CNAME>` was printed last; its target is the next line's name. */
  alias: string | undefined
  answered: boolean
}

/** The kind of record a value is, as far as the value tells: `A`, `AAAA`, `CNAME`, a type in brackets, or undefined. */
export function valueType(value: string): string | undefined {
  const first = value.charCodeAt(0)
  if (first === 60 && value.endsWith('>')) return value.startsWith('<type=') ? `TYPE${value.slice(6, -1)}` : value.slice(1, -1)
  if (value === 'NODATA-IPv4') return 'A'
  if (value === 'NODATA-IPv6') return 'AAAA'
  if (!looksLikeIp(value)) return undefined
  const ip = canonicalIp(value)
  return ip === undefined ? undefined : value.includes(':') ? 'AAAA' : 'A'
}

/** Lines about keys and signatures belong to the resolver's own lookups. */
export function isDnssecValue(value: string): boolean {
  return value.startsWith('DS ') || value.startsWith('DNSKEY ') || value.startsWith('BOGUS ') || value.startsWith('no DS')
}

type AnsweredFrom = NonNullable<NonNullable<LogEvent['dns']>['answered_from']>

const ANSWERED_FROM: Readonly<Record<string, AnsweredFrom>> = { reply: 'upstream', cached: 'cache', 'cached-stale': 'cache', config: 'config', auth: 'authority', DHCP: 'hosts' }

const RCODE_WORDS: Readonly<Record<string, string>> = { SERVFAIL: 'SERVFAIL', REFUSED: 'REFUSED', FORMERR: 'FORMERR', 'not implemented': 'NOTIMP' }

/** The response code that a value states, or undefined for a value that is data. */
export function valueRcode(value: string): string | undefined {
  if (value === 'NXDOMAIN') return 'NXDOMAIN'
  if (value.startsWith('NODATA')) return 'NOERROR'
  return RCODE_WORDS[value]
}

/** Puts an answer line on a transaction; its stamp, where it is known, is the answer's. */
export function putAnswer(transaction: Transaction, body: DnsmasqBody, ms: number | undefined): void {
  const { draft } = transaction
  const dns = (draft.dns ??= {})
  const { value, name, source } = body
  if (value === 'truncated') {
    dns.header_flags = ['TC']
    return
  }
  draft.type = 'dns.response'
  transaction.answered = true
  const answers = (dns.answers ??= [])
  if (transaction.alias !== undefined && name !== 'error') answers.push({ ...nameField(transaction.alias), type: 'CNAME', data: name })
  transaction.alias = undefined
  const from = ANSWERED_FROM[source]
  dns.answered_from = from ?? (source.startsWith('/') || source === '<unknown>' ? 'hosts' : 'config')
  // Pi-hole's reason for an answer it made up
  if (from === undefined && dns.answered_from === 'config') draft.labels = { ...draft.labels, policy: source }
  putEde(dns, body)
  const rcode = valueRcode(value) ?? (name === 'error' && /^\d{1,4}$/.test(value) ? rcodeName(Number(value)) : undefined)
  dns.response_code = rcode ?? dns.response_code ?? 'NOERROR'
  if (rcode === undefined) putData(transaction, body)
  endAt(draft, ms)
}

const nameField = (name: string): { name?: string } => name.includes('<') ? {} : { name }

function putEde(dns: NonNullable<Draft['dns']>, body: DnsmasqBody): void {
  const code = body.ede === undefined ? undefined : edeCode(body.ede)
  if (code !== undefined) dns.ede = [code]
}

function putData(transaction: Transaction, { name, value, source }: DnsmasqBody): void {
  const dns = transaction.draft.dns!
  const type = valueType(value)
  if (type === 'CNAME') {
    transaction.alias = name
    return
  }
  // of the other types in brackets the data are not logged
  if (value.charCodeAt(0) === 60 || value.startsWith('blocked ')) {
    if (value.startsWith('blocked ')) transaction.draft.labels = { ...transaction.draft.labels, policy: value }
    return
  }
  const asked = dns.question?.name
  if (looksLikeIp(name) && canonicalIp(name) !== undefined) dns.answers!.push({ ...(asked === undefined ? {} : { name: asked }), type: 'PTR', data: value })
  else if (type !== undefined) dns.answers!.push({ ...nameField(name), type, data: value })
  else if (source === 'reply' || source === 'cached' || source === 'config' || source === 'auth') dns.answers!.push({ ...nameField(name), type: 'TXT', data: value })
}

/** Puts the answer of one question on another that was waiting for the same. */
export function shareAnswer(transaction: Transaction, answered: Draft, ms: number | undefined): void {
  const { draft } = transaction
  const { question: _question, ...facts } = answered.dns ?? {}
  draft.type = answered.type
  draft.dns = { ...draft.dns, ...structuredClone(facts) }
  if (answered.labels) draft.labels = { ...answered.labels, ...draft.labels }
  if (answered.error) draft.error = { ...answered.error }
  transaction.answered = true
  endAt(draft, ms)
}

/** A validation that failed: the client gets SERVFAIL and no line says so. True where it ends the transaction. */
export function putValidation(transaction: Transaction, body: DnsmasqBody, ms: number | undefined): boolean {
  const { draft } = transaction
  const dns = (draft.dns ??= {})
  putEde(dns, body)
  if (body.value !== 'BOGUS') return false
  draft.type = 'dns.response'
  dns.response_code = 'SERVFAIL'
  draft.error = { type: 'dns_error', code: 'BOGUS', message: `validation ${body.name} is BOGUS` }
  transaction.answered = true
  endAt(draft, ms)
  return true
}
