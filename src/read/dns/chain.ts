/** Answers that a log lists without their owners: they go along the chain of CNAMEs. */
import { canonicalIp } from '../../address.js'
import type { Answer } from './records.js'

/** A record whose owner is not told. */
export interface Ownerless { readonly type: string | undefined, readonly data: string, readonly class?: string | undefined, readonly ttl?: number | undefined }

/** Gives records their owners: the question first, then each CNAME's target. */
export function withOwners(question: string | undefined, records: readonly Ownerless[]): Answer[] {
  let owner = question
  return records.map(record => {
    const answer: Answer = { data: record.data }
    if (owner !== undefined) answer.name = owner
    if (record.type) answer.type = record.type
    if (record.class) answer.class = record.class
    if (record.ttl !== undefined) answer.ttl = record.ttl
    if (record.type === 'CNAME') owner = record.data
    return answer
  })
}

/** The type of a record of which only the data is told, by the question's type: an address, or a link of the chain to one. */
export function guessType(asked: string | undefined, data: string): string | undefined {
  if (canonicalIp(data) !== undefined) return data.includes(':') ? 'AAAA' : 'A'
  return asked === 'A' || asked === 'AAAA' ? 'CNAME' : asked
}
