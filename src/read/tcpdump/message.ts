/** The DNS message in a tcpdump line: `19346+ [1au] A? www.example.com. (56)`, `19346 2/0/1 CNAME web.example.net., A 192.0.2.80 (137)`. */
import { intern } from '../../address.js'
import type { Draft } from '../parser.js'
import { dnsTypeName, dnsTypeNumber, printableName } from '../vocabulary/dns.js'

type Dns = NonNullable<Draft['dns']>
type Answer = NonNullable<Dns['answers']>[number]

const RCODES: Readonly<Record<string, string>> = {
  FormErr: 'FORMERR', ServFail: 'SERVFAIL', NXDomain: 'NXDOMAIN', NotImp: 'NOTIMP', Refused: 'REFUSED', YXDomain: 'YXDOMAIN', YXRRSet: 'YXRRSET', NXRRSet: 'NXRRSET', NotAuth: 'NOTAUTH', NotZone: 'NOTZONE', NoChange: 'RCODE15',
}
const OPCODES: Readonly<Record<string, string>> = { inv_q: 'IQUERY', stat: 'STATUS', notify: 'NOTIFY', update: 'UPDATE' }
const OPERATION = '(?: (inv_q|stat|notify|update|op\\d{1,2}))?'
const RESPONSE = new RegExp(`^(\\d{1,5})${OPERATION}(?: (FormErr|ServFail|NXDomain|NotImp|Refused|YXDomain|YXRRSet|NXRRSet|NotAuth|NotZone|NoChange|Resp\\d{1,2}))?([*|$-]{0,4})((?: \\[[^\\]]{1,40}\\]){0,4})(?: q: (.{1,1100}?))? (\\d{1,5})/(\\d{1,5})/(\\d{1,5})(?: (.*))?$`)
const QUERY = new RegExp(`^(\\d{1,5})${OPERATION}([+%$|]{0,4})((?: \\[[^\\]]{1,40}\\]){0,4}) (.*)$`)
const QUESTION = /^(?:([A-Z][A-Z0-9-]{0,14}|Type\d{1,5})) ?(?:\((?:QM|QU)\) ?)?(?:(CHAOS|HESIOD|NONE|ANY|CLASS\d+) ?)?(?:\((?:QM|QU)\) ?)?\? (.*)$/
const CHECKSUM = /^\[(?:udp sum ok|(?:bad )?udp cksum [^\]]{1,40}|no cksum)\] /
const OVER_TCP = /^Flags \[[^\]]{0,10}\](?:, seq (\d{1,10}):(\d{1,10}))?.{0,400}?, length (\d{1,11})(?::? ?(.*))?$/
const CLASSES: Readonly<Record<string, string>> = { CHAOS: 'CH', HESIOD: 'HS' }
const NAMES = new Set(['CNAME', 'NS', 'PTR', 'DNAME', 'MX', 'SRV'])
const UNITS: Readonly<Record<string, number>> = { w: 604800, d: 86400, h: 3600, m: 60, s: 1 }

/** A message, or undefined for what is none; `isResponse` tells the two kinds apart. */
export interface TcpdumpMessage { readonly dns: Dns, readonly isResponse: boolean, readonly overTcp: boolean }

function typeOf(word: string): string {
  const numbered = /^Type(\d{1,5})$/.exec(word)
  return numbered ? dnsTypeName(Number(numbered[1])) : word
}

const opcodeOf = (word: string | undefined): string => word === undefined ? 'QUERY' : OPCODES[word] ?? `OPCODE${word.slice(2)}`

/** Names keep their raw blanks; what follows in verbose lines begins with a section mark, and the size stands in brackets at the end. */
function questionOf(text: string): Dns['question'] {
  const match = QUESTION.exec(text)
  if (!match) return undefined
  let name = match[3]!.replace(/ ?\(\d{1,6}\)$/, '').replace(/ \[\|domain\]$/, '')
  for (const mark of [' ar: ', ' ns: ', '., ']) {
    const at = name.indexOf(mark)
    if (at !== -1) name = name.slice(0, at)
  }
  const next = name.search(/ [A-Z][A-Z0-9-]{0,14}(?: \(Q[MU]\))?\? /) // a second question
  if (next !== -1) name = name.slice(0, next)
  const kind = CLASSES[match[2] ?? ''] ?? match[2]
  return { ...(name === '' ? {} : { name: intern(printableName(name)) }), type: typeOf(match[1]!), ...(kind === undefined ? {} : { class: kind }) }
}

/** Where the data of a record ends: texts in quotes may hold commas. */
function endOfData(text: string): number {
  const end = text.startsWith('"') ? text.indexOf('", ') + 1 || -1 : text.indexOf(', ')
  return end <= 0 ? text.length : end
}

function ttlOf(text: string): number | undefined {
  let sum = 0
  for (const [, count, unit] of text.matchAll(/(\d{1,9})([wdhms])/g)) sum += Number(count) * UNITS[unit!]!
  return /^(?:\d{1,9}[wdhms]){1,5}$/.test(text) ? sum : undefined
}

/** Up to `count` records: `[owner. ][[ttl] ][class ]TYPE[ data]`, owner and TTL in verbose lines only. Stops at what it does not know. */
function answersOf(text: string, count: number): Answer[] {
  const answers: Answer[] = []
  let rest = text
  for (let i = 0; i < count && rest !== ''; i++) {
    const match = /^(?:(\S{1,1020}\.|\.) )?(?:\(Cache flush\) )?(?:\[([0-9a-z]{1,30})\] )?(?:(?:CHAOS|HESIOD|ANY) )?([A-Z][A-Z0-9-]{0,14}|Type\d{1,5})(?=[ ,]|$) ?/.exec(rest)
    if (!match || (!match[3]!.startsWith('Type') && dnsTypeNumber(match[3]!) === undefined)) break
    const body = rest.slice(match[0].length)
    const isBare = body.startsWith(', ') || rest.slice(match[0].length - 1).startsWith(', ')
    const end = isBare ? 0 : endOfData(body)
    const type = typeOf(match[3]!)
    const data = type === 'MX' || type === 'SRV' ? body.slice(0, end).split(/[ :]/)[0]! : body.slice(0, end)
    const ttl = match[2] === undefined ? undefined : ttlOf(match[2])
    if (data !== '') answers.push({ ...(match[1] === undefined || match[1] === '.' ? {} : { name: printableName(match[1]) }), type, ...(ttl === undefined ? {} : { ttl }), data: NAMES.has(type) ? printableName(data).replace(/(?<=.)\.$/, '') : data })
    rest = body.slice(end).replace(/^, /, '')
  }
  return answers
}

function flagsOf(marks: string, isResponse: boolean): string[] {
  return isResponse
    ? [...(marks.includes('*') ? ['AA'] : []), ...(marks.includes('|') ? ['TC'] : []), ...(marks.includes('-') ? [] : ['RA']), ...(marks.includes('$') ? ['AD'] : [])]
    : [...(marks.includes('+') ? ['RD'] : []), ...(marks.includes('%') ? ['CD'] : [])]
}

function subnetOf(text: string): string | undefined {
  return /\[ECS ([0-9a-fA-F.:]{2,45}\/\d{1,3})/.exec(text)?.[1]
}

function readResponse(text: string): Dns | undefined {
  const match = RESPONSE.exec(text)
  if (!match) return undefined
  const [, id, operation, code, marks, , asked, count, , , records] = match
  const question = asked === undefined ? undefined : questionOf(asked)
  const sections = (records ?? '').replace(/ ?\(\d{1,6}\)$/, '')
  const cut = [' ns: ', ' ar: '].map(mark => sections.indexOf(mark)).filter(at => at !== -1)
  const subnet = subnetOf(sections)
  return {
    id: id!, op_code: opcodeOf(operation), header_flags: flagsOf(marks!, true), ...(question === undefined ? {} : { question }),
    response_code: code === undefined ? 'NOERROR' : RCODES[code] ?? `RCODE${code.slice(4)}`,
    answers: answersOf(cut.length > 0 ? sections.slice(0, Math.min(...cut)) : sections.replace(/^(?:ns|ar): .*$/, ''), Number(count)),
    ...(subnet === undefined ? {} : { edns_subnet: subnet }),
  }
}

function readQuery(text: string): Dns | undefined {
  const match = QUERY.exec(text)
  const question = match ? questionOf(match[5]!) : undefined
  if (!match || !question) return undefined
  const subnet = subnetOf(match[5]!)
  return { id: match[1]!, op_code: opcodeOf(match[2]), header_flags: flagsOf(match[3]!, false), question, ...(subnet === undefined ? {} : { edns_subnet: subnet }) }
}

/** Behind TCP's own words; releases before 4.99 set the message's number right behind the length, so the sequence numbers tell where that ends. */
function payloadOf(text: string): string {
  const match = OVER_TCP.exec(text)
  if (!match) return ''
  const [, from, to, digits, rest] = match
  const length = from === undefined ? '' : String(Number(to) - Number(from))
  return length !== '' && digits! !== length && digits!.startsWith(length) ? `${digits!.slice(length.length)}${rest ?? ''}` : rest ?? ''
}

/** Reads what follows the ends of a packet to or from a DNS port. */
export function readTcpdumpMessage(text: string): TcpdumpMessage | undefined {
  if (text.length > 70_000) return undefined
  const overTcp = text.startsWith('Flags [')
  const body = overTcp ? payloadOf(text) : text.replace(CHECKSUM, '')
  const response = readResponse(body)
  const dns = response ?? readQuery(body)
  return dns && { dns, isResponse: response !== undefined, overTcp }
}
