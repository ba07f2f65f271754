/** DNS questions and their answers made into one event each: the answer's facts, the question's line and time. */
import { HELD, MERGED, type Draft, type LineResult } from '../parser.js'
import { round3 } from '../time.js'
import { OpenEvents, type OpenEvent } from './open-events.js'

/** A question that is waiting, or was answered a while ago. */
interface Question extends OpenEvent { readonly asked: Draft }

/** An answer that took as long as this is no answer to the question with the same number before it. */
const LONGEST_MS = 60_000

/** An answer's draft on the time of its question. */
export function answered(question: Draft, answer: Draft, tookMs?: number): Draft {
  const start = question.ts_ms
  const end = answer.ts_ms
  const span = tookMs ?? (start !== undefined && end !== undefined && end >= start ? round3(end - start) : undefined)
  const dns = { ...answer.dns, ...(question.dns?.edns_subnet === undefined ? {} : { edns_subnet: question.dns.edns_subnet }), question: answer.dns?.question ?? question.dns?.question }
  return {
    ...answer, dns,
    client: question.client ?? answer.client, server: question.server ?? answer.server,
    ...(start === undefined ? {} : { ts_ms: start, ts_basis: 'start' as const, ts_res_ms: question.ts_res_ms, ts_sub_ns: question.ts_sub_ns }),
    ...(end === undefined || start === undefined ? {} : { ts_end_ms: end }),
    ...(span === undefined ? {} : { duration_ms: span }),
  }
}

/** Pairs questions and answers by a key that both have. */
export class Transactions {
  private readonly open = new OpenEvents<Question>()

  /** A question: held for its answer. Asked again with the same number, it is the same question still. */
  ask(key: string | undefined, draft: Draft, line: number): LineResult {
    if (key === undefined) return draft
    const known = this.open.get(key)
    if (known && !known.given && isNear(known.asked, draft)) return MERGED
    const drafts = known ? this.open.take(key) : []
    this.open.add(key, { draft, asked: draft, line, ms: draft.ts_ms, given: false })
    return drafts.length === 0 ? HELD : { drafts, self: HELD }
  }

  /** An answer: completes its question; one whose question was not seen stands by itself, and one that came twice is the same answer. */
  answer(key: string | undefined, draft: Draft, tookMs?: number): LineResult {
    const known = key === undefined ? undefined : this.open.get(key)
    if (!known || !isNear(known.asked, draft)) return withSpan(draft, tookMs)
    if (known.given) return MERGED
    known.draft = answered(known.asked, draft, tookMs)
    return { drafts: this.open.give(known), self: MERGED }
  }

  /** Takes a waiting question off, for an answer that comes in several lines. */
  withdraw(key: string): { readonly asked: Draft, readonly line: number, readonly ms: number | undefined } | undefined { return this.open.withdraw(key) }

  expire(nowMs: number | undefined): readonly Draft[] { return this.open.expire(nowMs) }
  drain(): Draft[] { return this.open.drain() }
}

function isNear(asked: Draft, later: Draft): boolean {
  return asked.ts_ms === undefined || later.ts_ms === undefined || Math.abs(later.ts_ms - asked.ts_ms) <= LONGEST_MS
}

/** The tool knows how long the answer took although its question is not in this file. */
function withSpan(draft: Draft, tookMs: number | undefined): Draft {
  return tookMs === undefined ? draft : { ...draft, duration_ms: tookMs }
}
