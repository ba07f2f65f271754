/**
 * DNS messages from a frame's flat lists. The lists of a response mix its sections: addresses of the additional section stand in `dns.a`
 * beside those that answer, and the OPT pseudo-record has a name and a type but no TTL. Only what surely answers is taken.
 */
import { intern } from '../../address.js'
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

/** Fields that only an answer fills, for captures without the flag. */
const ANSWER_SIGNS: readonly FieldKey[] = ['dnsRcode', 'dnsTime', 'dnsRespTtl', 'dnsA', 'dnsAaaa', 'dnsCname']

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

function answerOf(owner: string, type: number, ttl: number | undefined, raw: string): Answer {
  const answer: Answer = { type: dnsTypeName(type), data: type === A || type === AAAA ? raw : printableName(raw) }
  if (owner !== '') answer.name = owner
  if (ttl !== undefined) answer.ttl = ttl
  return answer
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
    answers.push(answerOf(owner === '.' ? '' : owner, type, ttl, data))
  }
  return answers
}

/** Without types the number of TTLs tells whether there are records of other kinds; if so, no address can be told to be an answer. */
function untypedAnswers(frame: Frame, asked: number | undefined, code: number | undefined): Answer[] {
  const [aliases, v4, v6, ttls] = [frame.all('dnsCname'), frame.all('dnsA'), frame.all('dnsAaaa'), frame.all('dnsRespTtl')]
  const records = aliases.length + v4.length + v6.length
  const isAny = asked === undefined || asked === ANY
  const isWhole = !code && (ttls.length === 0 || ttls.length === records)
  const answers = aliases.map((data, at) => answerOf('', CNAME, ttls.length >= records ? ttlAt(ttls, at) : undefined, data)) // the chain opens the answer section, and that is the first
  if (!isWhole) return answers
  const aligned = ttls.length === records && !isAny && (asked === A ? v6 : v4).length === 0
  if (isAny || asked === A) v4.forEach((data, at) => answers.push(answerOf('', A, aligned ? ttlAt(ttls, aliases.length + at) : undefined, data)))
  if (isAny || asked === AAAA) v6.forEach((data, at) => answers.push(answerOf('', AAAA, aligned ? ttlAt(ttls, aliases.length + at) : undefined, data)))
  return answers
}

const ttlAt = (ttls: readonly string[], at: number): number | undefined => ttls[at] === undefined ? undefined : numberOf(ttls[at])

function typeNumber(text: string): number | undefined {
  return text === '' ? undefined : numberOf(text) ?? dnsTypeNumber(text)
}

function questionOf(frame: Frame): Dns['question'] {
  const name = frame.first('dnsName')
  const type = typeNumber(frame.first('dnsType'))
  const dnsClass = numberOf(frame.first('dnsClass'))
  if (name === '' && type === undefined) return undefined
  const question: NonNullable<Dns['question']> = {}
  if (name !== '') question.name = intern(nameOf(name)) // a copy: the question may wait for its answer
  if (type !== undefined) question.type = dnsTypeName(type)
  if (dnsClass !== undefined) question.class = dnsClassName(dnsClass & 0x7fff || dnsClass)
  return question
}

function subnetOf(frame: Frame): string | undefined {
  const address = frame.first('dnsSubnet')
  const bits = numberOf(frame.first('dnsSubnetBits'))
  return address === '' ? undefined : bits === undefined ? address : `${address}/${bits}`
}

/** What one message says, and how its question and its answer find each other. */
export interface Message { readonly draft: Draft, readonly isResponse: boolean, readonly key: string | undefined, readonly tookMs: number | undefined }

function flagsOf(frame: Frame, word: number | undefined): string[] {
  if (word !== undefined) return headerFlags(word)
  const flags: string[] = []
  for (const [key, name] of FLAGS) if (numberOf(frame.first(key)) === 1) flags.push(name)
  return flags
}

function isAnswer(frame: Frame, ends: Ends, word: number | undefined): boolean {
  const stated = numberOf(frame.first('dnsResponse')) ?? (word === undefined ? undefined : word >> 15)
  if (stated !== undefined) return stated === 1
  return ANSWER_SIGNS.some(key => frame.first(key) !== '') || sentByServer(ends) === true
}

function readAnswers(frame: Frame, code: number | undefined): Answer[] | undefined {
  if (frame.all('dnsId').length > 1) return undefined // several messages in one frame share the lists, and whose is whose cannot be told
  const types = frame.all('dnsRespType').map(typeNumber)
  return types.length > 0 && !types.includes(undefined) ? typedAnswers(frame, types as number[], frame.first('dnsName')) : untypedAnswers(frame, typeNumber(frame.first('dnsType')), code)
}

/** Reads the DNS message of a frame into `draft`, which has the time only. */
export function readMessage(frame: Frame, ends: Ends, draft: Draft): Message {
  const flags = frame.first('dnsFlags')
  const word = flags === '' ? undefined : numberOf(flags)
  const isResponse = isAnswer(frame, ends, word)
  const isMulticast = ends.dstPort === 5353
  const [sender, receiver] = [end(ends.srcIp, ends.srcPort), end(ends.dstIp, ends.dstPort)]
  draft.type = isResponse ? 'dns.response' : 'dns.query'
  if (!(isResponse && isMulticast)) draft.client = isResponse ? receiver : sender // multicast answers to everybody
  draft.server = isResponse ? sender : receiver
  if (ends.transport !== undefined) (draft.network ??= {}).transport = ends.transport
  if (draft.ts_ms !== undefined) draft.ts_basis = isResponse ? 'end' : 'start'
  const dns: Dns = (draft.dns = {})
  const id = numberOf(frame.first('dnsId'))
  const opcode = word === undefined ? numberOf(frame.first('dnsOpcode')) : (word >> 11) & 15
  const question = questionOf(frame)
  const subnet = subnetOf(frame)
  const ede = frame.all('dnsEde')
  if (id !== undefined) dns.id = String(id)
  if (opcode !== undefined) dns.op_code = opcodeName(opcode)
  dns.header_flags = flagsOf(frame, word)
  if (question !== undefined) dns.question = question
  if (subnet !== undefined) dns.edns_subnet = subnet
  if (ede.length > 0) dns.ede = ede.map(numberOf).filter(value => value !== undefined)
  if (isResponse) {
    const code = word === undefined ? numberOf(frame.first('dnsRcode')) : word & 15
    if (code !== undefined) dns.response_code = rcodeName(code)
    const answers = readAnswers(frame, code)
    if (answers) dns.answers = answers
  }
  const time = frame.first('dnsTime')
  const seconds = time === '' ? NaN : Number(time)
  return { draft, isResponse, key: isMulticast ? undefined : `${ends.pair}#${id ?? ''}#${question?.name?.toLowerCase() ?? ''}#${question?.type ?? ''}`, tookMs: seconds >= 0 ? Math.round(seconds * 1e6) / 1000 : undefined }
}
