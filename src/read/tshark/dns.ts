/**
 * DNS messages from a frame's flat lists. The lists of a response mix its sections: addresses of the additional section stand in `dns.a`
 * beside those that answer, and the OPT pseudo-record has a name and a type but no TTL. Only what surely answers is taken.
 */
import type { Draft } from '../parser.js'
import { dnsClassName, dnsTypeName, dnsTypeNumber, headerFlags, opcodeName, printableName, rcodeName } from '../vocabulary/dns.js'
import { end, sentByServer, type Ends } from './ends.js'
import { numberOf, type FieldKey, type Frame } from './fields.js'

type Dns = NonNullable<Draft['dns']>
type Answer = NonNullable<Dns['answers']>[number]

const [A, NS, CNAME, PTR, MX, AAAA, SRV, OPT, ANY] = [1, 2, 5, 12, 15, 28, 33, 41, 255]
/** Where the data of each type stands. */
const DATA: Readonly<Record<number, FieldKey>> = { [A]: 'dnsA', [NS]: 'dnsNs', [CNAME]: 'dnsCname', [PTR]: 'dnsPtr', [MX]: 'dnsMx', [AAAA]: 'dnsAaaa', [SRV]: 'dnsSrv' }
const FLAGS: readonly (readonly [FieldKey, string])[] = [['dnsAa', 'AA'], ['dnsTc', 'TC'], ['dnsRd', 'RD'], ['dnsRa', 'RA'], ['dnsAd', 'AD'], ['dnsCd', 'CD']]

/** Whether a frame holds DNS. */
export const hasDns = (frame: Frame): boolean => frame.first('dnsName') !== '' || frame.first('dnsId') !== '' || frame.first('dnsResponse') !== '' || frame.first('dnsRespName') !== ''

const nameOf = (text: string): string => text === '<Root>' ? '.' : printableName(text)

/** How many of the records are answers: as counted, or as long as owners hang together with the question by aliases. */
function answerCount(frame: Frame, types: readonly number[], names: readonly string[], question: string): number {
  const counted = numberOf(frame.first('dnsCount'))
  if (counted !== undefined) return Math.min(counted, types.length)
  if (names.length !== types.length || question === '') return types.every(type => type === A || type === AAAA || type === CNAME || type === OPT) ? types.length : 0
  const owners = new Set([question.toLowerCase()])
  const targets = frame.all('dnsCname')
  let aliases = 0
  let count = 0
  for (; count < types.length; count++) {
    if (types[count] === OPT || !owners.has(names[count]!.toLowerCase())) break
    if (types[count] === CNAME) owners.add((targets[aliases++] ?? '').toLowerCase())
  }
  return count
}

/** With the types of the records there, each takes the next value of its own list. */
function typedAnswers(frame: Frame, types: readonly number[], question: string): Answer[] {
  const names = frame.all('dnsRespName')
  const ttls = frame.all('dnsRespTtl')
  const count = answerCount(frame, types, names, question)
  const taken = new Map<number, number>()
  const answers: Answer[] = []
  for (let i = 0; i < count; i++) {
    const type = types[i]!
    const source = DATA[type]
    const at = taken.get(type) ?? 0
    taken.set(type, at + 1)
    const data = source === undefined ? undefined : frame.all(source)[at]
    if (data === undefined || data === '') continue
    const ttl = ttls.length >= count ? numberOf(ttls[i]!) : undefined
    const owner = names.length === types.length ? nameOf(names[i]!) : ''
    answers.push({ ...(owner === '' || owner === '.' ? {} : { name: owner }), type: dnsTypeName(type), ...(ttl === undefined ? {} : { ttl }), data: type === A || type === AAAA ? data : printableName(data) })
  }
  return answers
}

/** Without types the number of TTLs tells whether there are records of other kinds; if so, no address can be told to be an answer. */
function untypedAnswers(frame: Frame, asked: number | undefined, code: number | undefined): Answer[] {
  const lists = { [CNAME]: frame.all('dnsCname'), [A]: frame.all('dnsA'), [AAAA]: frame.all('dnsAaaa') }
  const ttls = frame.all('dnsRespTtl')
  const records = lists[CNAME]!.length + lists[A]!.length + lists[AAAA]!.length
  const isWhole = ttls.length === 0 || ttls.length === records
  const wanted = (asked === undefined || asked === ANY ? [A, AAAA] : [asked]).filter(type => type === A || type === AAAA)
  const kinds = [CNAME, ...(isWhole && !code ? wanted : [])]
  const taken = kinds.reduce((sum, kind) => sum + (lists[kind]?.length ?? 0), 0)
  const aligned = ttls.length === records && taken === records && wanted.length < 2
  const aliasesFirst = ttls.length >= records // the chain opens the answer section, and that is the first
  let at = 0
  return kinds.flatMap(kind => (lists[kind] ?? []).map(data => {
    const ttl = aligned || (aliasesFirst && kind === CNAME) ? numberOf(ttls[at++]!) : undefined
    return { type: dnsTypeName(kind), ...(ttl === undefined ? {} : { ttl }), data: kind === CNAME ? printableName(data) : data }
  }))
}

function typeNumber(text: string): number | undefined {
  return text === '' ? undefined : numberOf(text) ?? dnsTypeNumber(text)
}

function questionOf(frame: Frame): Dns['question'] {
  const name = frame.first('dnsName')
  const type = typeNumber(frame.first('dnsType'))
  const dnsClass = numberOf(frame.first('dnsClass'))
  if (name === '' && type === undefined) return undefined
  return { ...(name === '' ? {} : { name: nameOf(name) }), ...(type === undefined ? {} : { type: dnsTypeName(type) }), ...(dnsClass === undefined ? {} : { class: dnsClassName(dnsClass & 0x7fff || dnsClass) }) }
}

function subnetOf(frame: Frame): string | undefined {
  const address = frame.first('dnsSubnet')
  const bits = numberOf(frame.first('dnsSubnetBits'))
  return address === '' ? undefined : bits === undefined ? address : `${address}/${bits}`
}

/** What one message says, and how its question and its answer find each other. */
export interface Message { readonly draft: Draft, readonly isResponse: boolean, readonly key: string | undefined, readonly tookMs: number | undefined }

/** Reads the DNS message of a frame; `base` is its draft with the time only. */
export function readMessage(frame: Frame, ends: Ends, base: Draft): Message {
  const word = numberOf(frame.first('dnsFlags'))
  const code = word === undefined ? numberOf(frame.first('dnsRcode')) : word & 15
  const stated = numberOf(frame.first('dnsResponse')) ?? (word === undefined ? undefined : word >> 15)
  const isResponse = stated === undefined ? frame.first('dnsRcode') !== '' || frame.first('dnsTime') !== '' || frame.first('dnsRespTtl') !== '' || sentByServer(ends) === true : stated === 1
  const opcode = word === undefined ? numberOf(frame.first('dnsOpcode')) : (word >> 11) & 15
  const id = numberOf(frame.first('dnsId'))
  const isMulticast = ends.dstPort === 5353
  const [sender, receiver] = [end(ends.srcIp, ends.srcPort), end(ends.dstIp, ends.dstPort)]
  const question = questionOf(frame)
  const subnet = subnetOf(frame)
  const ede = frame.all('dnsEde').map(numberOf).filter(value => value !== undefined)
  const dns: Dns = {
    ...(id === undefined ? {} : { id: String(id) }),
    ...(opcode === undefined ? {} : { op_code: opcodeName(opcode) }),
    header_flags: word === undefined ? FLAGS.filter(([key]) => numberOf(frame.first(key)) === 1).map(([, name]) => name) : headerFlags(word),
    ...(question === undefined ? {} : { question }),
    ...(subnet === undefined ? {} : { edns_subnet: subnet }),
    ...(ede.length > 0 ? { ede } : {}),
  }
  const draft: Draft = {
    ...base, type: isResponse ? 'dns.response' : 'dns.query',
    client: isResponse ? receiver : sender, server: isResponse ? sender : receiver,
    network: { ...base.network, ...(ends.transport === undefined ? {} : { transport: ends.transport }) },
    dns,
  }
  if (isResponse && isMulticast) delete draft.client // answers to everybody
  if (draft.ts_ms !== undefined) draft.ts_basis = isResponse ? 'end' : 'start'
  if (isResponse) {
    if (code !== undefined) dns.response_code = rcodeName(code)
    const types = frame.all('dnsRespType').map(typeNumber)
    // several messages in one frame share the lists, and whose is whose cannot be told
    if (frame.all('dnsId').length < 2) dns.answers = types.length > 0 && types.every(type => type !== undefined) ? typedAnswers(frame, types as number[], frame.first('dnsName')) : untypedAnswers(frame, typeNumber(frame.first('dnsType')), code)
  }
  const seconds = Number(frame.first('dnsTime') || NaN)
  const named = `${question?.name?.toLowerCase() ?? ''}#${question?.type ?? ''}`
  return { draft, isResponse, key: isMulticast ? undefined : `${ends.pair}#${id ?? ''}#${named}`, tookMs: seconds >= 0 ? Math.round(seconds * 1e6) / 1000 : undefined }
}
