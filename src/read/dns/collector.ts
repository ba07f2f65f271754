/** DNS-collector's records (dmachard/DNS-collector), nested or flat, as dnstap messages. */
import { round3, readIso, type Stamp } from '../time.js'
import { opcodeName } from '../vocabulary/dns.js'
import type { Draft } from '../parser.js'
import { newTapMessage, tapKind, type TapMessage } from './dnstap.js'
import { blanksEscaped } from './names.js'
import type { Answer } from './records.js'

type Bag = Record<string, unknown>

/** The parts that a record may have; each transformer adds one. */
const PARTS: ReadonlySet<string> = new Set(['network', 'dns', 'edns', 'dnstap', 'powerdns', 'opentelemetry', 'filtering', 'reducer', 'publicsuffix', 'geoip', 'atags', 'suspicious', 'extracted', 'ml'])
const MAX_ANSWERS = 100

/** True for an object all of whose keys are parts of a record. */
export function isCollectorObject(object: Bag): boolean {
  const keys = Object.keys(object)
  return keys.length > 0 && keys.every(key => {
    const dot = key.indexOf('.')
    return PARTS.has(dot === -1 ? key : key.slice(0, dot))
  })
}

/** Where a value stands: nested (`outer.inner.key`, the inner group mostly missing), or flat under the whole of it. */
interface Place { readonly outer: string, readonly inner: string | undefined, readonly key: string, readonly flat: string, readonly items: (readonly string[])[] }

/** A place by its group and key, made once: a key put together anew for every line has to be looked up by its letters. */
function place(group: string, key: string): Place {
  const dot = group.indexOf('.')
  return { outer: dot === -1 ? group : group.slice(0, dot), inner: dot === -1 ? undefined : group.slice(dot + 1), key, flat: `${group}.${key}`, items: [] }
}

/** The value at a place; a flat record spells group and key in one, a group within a group has a dot in its name. */
function get(object: Bag, { outer, inner, key, flat }: Place): unknown {
  const group = object[outer]
  if (typeof group !== 'object' || group === null) return object[flat]
  const innermost = inner === undefined ? group : (group as Bag)[inner]
  return typeof innermost === 'object' && innermost !== null ? (innermost as Bag)[key] : undefined
}

const textOf = (value: unknown): string | undefined => typeof value === 'string' && value !== '' && value !== '-' ? value : undefined

const textAt = (object: Bag, at: Place): string | undefined => textOf(get(object, at))

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined
}

const numberAt = (object: Bag, at: Place): number | undefined => numberOf(get(object, at))

function portAt(object: Bag, at: Place): number | undefined {
  const port = numberAt(object, at)
  return port !== undefined && port > 0 && port < 65536 ? port : undefined
}

const EDNS_DNSSEC_OK = place('edns', 'dnssec-ok')
const DNS_ID = place('dns', 'id')
const DNS_OPCODE = place('dns', 'opcode')
const DNS_QNAME = place('dns', 'qname')
const DNS_QTYPE = place('dns', 'qtype')
const DNS_QCLASS = place('dns', 'qclass')
const DNS_RCODE = place('dns', 'rcode')
const DNSTAP_POLICY_ACTION = place('dnstap', 'policy-action')
const GEOIP_COUNTRY_ISOCODE = place('geoip', 'country-isocode')
const GEOIP_AS_NUMBER = place('geoip', 'as-number')
const GEOIP_AS_OWNER = place('geoip', 'as-owner')
const OPENTELEMETRY_TRACE_ID = place('opentelemetry', 'trace-id')
const DNSTAP_OPERATION = place('dnstap', 'operation')
const DNSTAP_TIMESTAMP_RFC3339NS = place('dnstap', 'timestamp-rfc3339ns')
const NETWORK_QUERY_IP = place('network', 'query-ip')
const NETWORK_RESPONSE_IP = place('network', 'response-ip')
const NETWORK_PROTOCOL = place('network', 'protocol')
const DNS_LENGTH = place('dns', 'length')
const DNSTAP_LATENCY = place('dnstap', 'latency')
const DNS_RESOURCE_RECORDS_AN = place('dns.resource-records', 'an')
const EDNS_OPTIONS = place('edns', 'options')
const NETWORK_QUERY_PORT = place('network', 'query-port')
const NETWORK_RESPONSE_PORT = place('network', 'response-port')

const ITEM_FIELDS = ['name', 'rdata', 'rdatatype', 'ttl', 'class', 'data', 'code'] as const

/** The keys of an item's fields in a flat record, `dns.resource-records.an.0.name` first; made once, for the reason that places are. */
const itemKeys = (at: Place, index: number): readonly string[] => at.items[index] ??= ITEM_FIELDS.map(field => `${at.flat}.${index}.${field}`)

/** Items of a list, which a flat record spells out by number. */
function itemsOf(object: Bag, at: Place): readonly Bag[] {
  const nested = get(object, at)
  if (Array.isArray(nested)) return nested.slice(0, MAX_ANSWERS).filter((item): item is Bag => typeof item === 'object' && item !== null)
  const items: Bag[] = []
  for (let i = 0; i < MAX_ANSWERS; i++) {
    const keys = itemKeys(at, i)
    if (!Object.hasOwn(object, keys[0]!)) break
    const item: Bag = {}
    for (let field = 0; field < ITEM_FIELDS.length; field++) item[ITEM_FIELDS[field]!] = object[keys[field]!]
    items.push(item)
  }
  return items
}

function answersOf(object: Bag): Answer[] {
  const answers: Answer[] = []
  for (const item of itemsOf(object, DNS_RESOURCE_RECORDS_AN)) {
    const data = textOf(item.rdata)
    if (data === undefined) continue
    const ttl = numberOf(item.ttl)
    const recordClass = textOf(item.class)
    answers.push({ name: textOf(item.name), type: textOf(item.rdatatype), ...(recordClass ? { class: recordClass } : {}), ...(ttl === undefined ? {} : { ttl }), data })
  }
  return answers
}

const FLAGS = ['aa', 'tc', 'rd', 'ra', 'ad', 'cd'].map((flag): [Place, string] => [place('dns.flags', flag), flag.toUpperCase()])

function putEdns(object: Bag, dns: NonNullable<Draft['dns']>, flags: string[]): void {
  if (numberAt(object, EDNS_DNSSEC_OK) === 1) flags.push('DO')
  const errors: number[] = []
  for (const option of itemsOf(object, EDNS_OPTIONS)) {
    const data = textOf(option.data)
    if (option.name === 'CSUBNET' && data) dns.edns_subnet = data.replace(/[[\]]/g, '')
    const code = option.name === 'ERRORS' ? /^(\d{1,5})\b/.exec(data ?? '')?.[1] : undefined
    if (code) errors.push(Number(code))
  }
  if (errors.length > 0) dns.ede = errors
}

function dnsOf(object: Bag): NonNullable<Draft['dns']> {
  const flags: string[] = []
  for (const [at, name] of FLAGS) if (get(object, at) === true) flags.push(name)
  const id = numberAt(object, DNS_ID)
  const opcode = numberAt(object, DNS_OPCODE)
  const answers = answersOf(object)
  const dns: NonNullable<Draft['dns']> = {
    question: { name: blanksEscaped(textAt(object, DNS_QNAME)), type: textAt(object, DNS_QTYPE), class: textAt(object, DNS_QCLASS) },
    response_code: textAt(object, DNS_RCODE),
    header_flags: flags,
  }
  if (id !== undefined) dns.id = String(id)
  if (opcode !== undefined) dns.op_code = opcodeName(opcode)
  if (answers.length > 0) dns.answers = answers
  putEdns(object, dns, flags)
  return dns
}

const hasExtras = (object: Bag): boolean => textAt(object, DNSTAP_POLICY_ACTION) !== undefined || 'geoip' in object || 'geoip.as-number' in object || 'geoip.country-isocode' in object || 'opentelemetry' in object || 'opentelemetry.trace-id' in object

function decorate(object: Bag, draft: Draft): void {
  const country = textAt(object, GEOIP_COUNTRY_ISOCODE)
  const asNumber = Number(textAt(object, GEOIP_AS_NUMBER)?.replace(/^AS/i, ''))
  const owner = textAt(object, GEOIP_AS_OWNER)
  if (country) (draft.client ??= {}).geo = { country_iso_code: country }
  if (asNumber > 0 || owner) (draft.client ??= {}).as = { ...(asNumber > 0 ? { number: asNumber } : {}), ...(owner ? { organization: { name: owner } } : {}) }
  const policy = textAt(object, DNSTAP_POLICY_ACTION)
  if (policy) (draft.labels ??= {}).policy = policy
  const trace = textAt(object, OPENTELEMETRY_TRACE_ID)
  if (trace) draft.trace = { id: trace }
}

/** The latency that DNS-collector worked out; it prints 0 where it has none. */
export function latencyMs(seconds: number | undefined): number | undefined {
  return seconds !== undefined && seconds > 0 ? round3(seconds * 1000) : undefined
}

/** A record as a message; undefined where it names no operation. */
export function collectorMessage(object: Bag): TapMessage | undefined {
  const kind = tapKind(textAt(object, DNSTAP_OPERATION) ?? '')
  if (!kind) return undefined
  const message = newTapMessage(kind)
  const text = textAt(object, DNSTAP_TIMESTAMP_RFC3339NS)
  const stamp = text === undefined ? undefined : readIso(text)
  const time: Stamp | undefined = stamp && 'ms' in stamp ? stamp : undefined
  if (kind.isQuery) message.queryTime = time
  else message.responseTime = time
  message.client = { ip: textAt(object, NETWORK_QUERY_IP), port: portAt(object, NETWORK_QUERY_PORT) }
  message.server = { ip: textAt(object, NETWORK_RESPONSE_IP), port: portAt(object, NETWORK_RESPONSE_PORT) }
  message.protocol = textAt(object, NETWORK_PROTOCOL)
  message.bytes = numberAt(object, DNS_LENGTH)
  message.dns = dnsOf(object)
  message.latencyMs = latencyMs(numberAt(object, DNSTAP_LATENCY))
  if (hasExtras(object)) message.decorate = draft => decorate(object, draft)
  return message
}

// the default order of columns, in which newer releases put `qr` before the operation and `ttl` last
const COLUMNS = ['operation', 'rcode', 'queryip', 'queryport', 'family', 'protocol', 'length', 'qname', 'qtype', 'latency', 'ttl'] as const

/** Cuts a text line at a separator; a cell with the separator in it is quoted, and quotes in it have a backslash. */
function cut(text: string, separator: string): string[] {
  const cells: string[] = []
  let at = 0
  while (at <= text.length && cells.length < 20) {
    let end = at
    if (text.charCodeAt(at) === 34) {
      end = text.indexOf('"', at + 1)
      while (end !== -1 && text.charCodeAt(end - 1) === 92) end = text.indexOf('"', end + 1)
      if (end === -1) return []
      cells.push(text.slice(at + 1, end).replaceAll('\\"', '"'))
      at = end + 1 + separator.length
      continue
    }
    end = text.indexOf(separator, at)
    if (end === -1) end = text.length
    cells.push(text.slice(at, end))
    at = end + separator.length
  }
  return cells
}

/** A line of the text mode in its default columns as a message; undefined for any other line. */
export function collectorTextMessage(text: string): TapMessage | undefined {
  for (const separator of [' ', ';', ',', '\t']) {
    const cells = cut(text, separator)
    const start = tapKind(cells[2] ?? '') ? 2 : tapKind(cells[3] ?? '') ? 3 : -1
    if (start === -1 || cells.length < start + 10 || cells.length > start + COLUMNS.length) continue
    const get = (column: typeof COLUMNS[number]): string | undefined => {
      const cell = cells[start + COLUMNS.indexOf(column)]
      return cell === undefined || cell === '-' || cell === '' ? undefined : cell
    }
    const kind = tapKind(cells[start]!)!
    const message = newTapMessage(kind)
    const stamp = readIso(cells[0]!)
    const time = stamp && 'ms' in stamp ? stamp : undefined
    if (cells[0] !== '-' && !time) return undefined
    if (kind.isQuery) message.queryTime = time
    else message.responseTime = time
    message.client = { ip: get('queryip'), port: Number(get('queryport')) || undefined }
    message.protocol = get('protocol')
    message.bytes = Number.parseInt(get('length') ?? '', 10) || undefined
    message.dns = { question: { name: blanksEscaped(get('qname')), type: get('qtype') }, response_code: get('rcode') }
    const latency = get('latency')
    if (latency === undefined || !/^\d+\.\d+$/.test(latency)) return undefined
    message.latencyMs = latencyMs(Number(latency))
    return message
  }
  return undefined
}
