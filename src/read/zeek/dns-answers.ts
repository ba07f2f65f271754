/** The answers of Zeek's dns.log: data only, in order, no owner and no type; the type follows from the data and the question. */
import { canonicalIp, ipFamily } from '../../address.js'
import type { Draft } from '../parser.js'
import { dnsTypeNumber } from '../vocabulary/dns.js'

type Answer = NonNullable<NonNullable<Draft['dns']>['answers']>[number]

/** Questions that a name can answer only by being an alias. */
const ALIASED = new Set(['A', 'AAAA', 'HTTPS', 'SVCB', 'CNAME'])

/** `RRSIG 5 example.com`, `TXT 127 k=rsa`, `SSHFP: 00ff`: records that Zeek prints with their type in front. */
function statedType(data: string): string | undefined {
  const word = /^([A-Z][A-Z0-9]{1,9}):? /.exec(data)?.[1]
  return word !== undefined && dnsTypeNumber(word) !== undefined ? word : undefined
}

function typeOf(data: string, question: string | undefined, beforeAddress: boolean): string | undefined {
  const stated = statedType(data)
  if (stated !== undefined) return stated
  if (beforeAddress || (question !== undefined && ALIASED.has(question))) return 'CNAME'
  return question === 'ANY' ? undefined : question
}

/**
 * Zips the two vectors of a line.
 * @param data texts of the answer section, undefined where unset. @param ttls seconds, as text, parallel to them.
 * @param question the mnemonic asked for, undefined where only the reply was seen.
 */
export function zipAnswers(data: readonly (string | undefined)[], ttls: readonly (string | undefined)[], question: string | undefined): Answer[] {
  const addresses = data.map(item => item === undefined ? undefined : canonicalIp(item))
  const lastAddress = addresses.findLastIndex(address => address !== undefined)
  const answers: Answer[] = []
  for (let at = 0; at < data.length; at++) {
    const item = data[at]
    if (item === undefined) continue
    // a reverse name delegated without classes answers with an alias first: 1.0-25.2.0.192.in-addr.arpa
    const alias = at < lastAddress || (question === 'PTR' && at < data.length - 1 && /\.arpa\.?$/i.test(item))
    const address = addresses[at]
    const type = address === undefined ? typeOf(item, question, alias) : ipFamily(address) === 4 ? 'A' : 'AAAA'
    const ttl = ttls[at] === undefined ? NaN : Math.round(Number(ttls[at]))
    const answer: Answer = { data: item }
    if (type !== undefined) answer.type = type
    if (ttl >= 0) answer.ttl = ttl
    answers.push(answer)
  }
  return answers
}
