/** DNS questions and their answers made into one event each: the answer's facts, the question's line and time. */
import { HELD, MERGED, type Draft, type LineResult } from '../parser.js'
import { round3 } from '../time.js'
import { OpenEvents } from './open-events.js'

/** An answer that took as long as this is no answer to the question with the same number before it. */
const LONGEST_MS = 60_000

/** Puts an answer's draft on the time and the ends of its question. */
export function answered(question: Draft, answer: Draft, tookMs?: number): Draft {
  const [start, end] = [question.ts_ms, answer.ts_ms]
  const span = tookMs ?? (start !== undefined && end !== undefined && end >= start ? round3(end - start) : undefined)
  const dns = (answer.dns ??= {})
  dns.question ??= question.dns?.question
  if (question.dns?.edns_subnet !== undefined) dns.edns_subnet = question.dns.edns_subnet
  answer.client = question.client ?? answer.client
  answer.server = question.server ?? answer.server
  if (span !== undefined) answer.duration_ms = span
  if (start === undefined) return answer
  if (end !== undefined) answer.ts_end_ms = end
  answer.ts_ms = start
  answer.ts_basis = 'start'
  answer.ts_res_ms = question.ts_res_ms
  answer.ts_sub_ns = question.ts_sub_ns
  return answer
}

/** Pairs questions and answers by a key that both have. */
export class Transactions {
  private readonly open = new OpenEvents()

  /** A question: held for its answer. Asked again with the same number, it is the same question still. */
  ask(key: string | undefined, draft: Draft, line: number): LineResult {
    if (key === undefined) return draft
    const known = this.open.get(key)
    if (known && !known.given && isNear(known.ms, draft)) return MERGED
    const drafts = known ? this.open.take(key) : []
    this.open.add(key, { draft, line, ms: draft.ts_ms, given: false })
    return drafts.length === 0 ? HELD : { drafts, self: HELD }
  }

  /** An answer: completes its question; one whose question was not seen stands by itself, and one that came twice is the same answer. */
  answer(key: string | undefined, draft: Draft, tookMs?: number): LineResult {
    const known = key === undefined ? undefined : this.open.get(key)
    if (!known || !isNear(known.ms, draft)) return withSpan(draft, tookMs)
    if (known.given) return MERGED
    known.draft = answered(known.draft, draft, tookMs)
    return { drafts: this.open.give(known), self: MERGED }
  }

  /** Takes a waiting question off, for an answer that comes in several lines. */
  withdraw(key: string): { readonly draft: Draft, readonly line: number } | undefined { return this.open.withdraw(key) }

  expire(nowMs: number | undefined): readonly Draft[] { return this.open.expire(nowMs) }
  drain(): Draft[] { return this.open.drain() }
}

function isNear(askedMs: number | undefined, later: Draft): boolean {
  return askedMs === undefined || later.ts_ms === undefined || Math.abs(later.ts_ms - askedMs) <= LONGEST_MS
}

/** The tool knows how long the answer took although its question is not in this file. */
function withSpan(draft: Draft, tookMs: number | undefined): Draft {
  if (tookMs !== undefined) draft.duration_ms = tookMs
  return draft
}
