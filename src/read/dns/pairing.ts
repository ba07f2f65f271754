/**
 * Questions that wait for their answers, for logs that write the two as two lines. First in, first out under one key, bounded
 * in number and in age, and every operation takes constant time however hot a key is.
 */
import { HELD, MERGED, type Draft, type LineResult, type Skip } from '../parser.js'
import { dayNumber, round3, type LocalStamp, type Stamp } from '../time.js'

/** How long an answer may take to come. */
export const PAIR_WINDOW_MS = 30_000
/** How many questions may wait; a flood of unanswered ones gives up its oldest first. */
const MAX_WAITING = 20_000

/** A place in the queue. Entries are linked twice: all of them by age, and those of one key among themselves. */
export interface Waiting<T> {
  readonly key: string
  readonly value: T
  readonly ms: number
  older: Waiting<T> | undefined
  newer: Waiting<T> | undefined
  before: Waiting<T> | undefined
  after: Waiting<T> | undefined
}

/** A bounded queue of waiting things. Times are of one monotone scale of the caller's; they need not be epoch times. */
export class WaitingList<T> {
  private readonly firsts = new Map<string, Waiting<T>>()
  private readonly lasts = new Map<string, Waiting<T>>()
  private oldest: Waiting<T> | undefined
  private newest: Waiting<T> | undefined
  private size = 0

  constructor(private readonly windowMs = PAIR_WINDOW_MS, private readonly limit = MAX_WAITING) {}

  /** Puts a thing at the end of the queue. */
  add(key: string, value: T, ms: number): Waiting<T> {
    const before = this.lasts.get(key)
    const entry: Waiting<T> = { key, value, ms, older: this.newest, newer: undefined, before, after: undefined }
    if (before) before.after = entry
    else this.firsts.set(key, entry)
    this.lasts.set(key, entry)
    if (this.newest) this.newest.newer = entry
    else this.oldest = entry
    this.newest = entry
    this.size++
    return entry
  }

  /** The oldest under a key; the others are reached through `after`. */
  first(key: string): Waiting<T> | undefined { return this.firsts.get(key) }

  /** The newest under a key. */
  last(key: string): Waiting<T> | undefined { return this.lasts.get(key) }

  /** Takes an entry out; its links are gone then. */
  remove(entry: Waiting<T>): void {
    const { key, before, after, older, newer } = entry
    if (before) before.after = after
    else if (after) this.firsts.set(key, after)
    else this.firsts.delete(key)
    if (after) after.before = before
    else if (before) this.lasts.set(key, before)
    else this.lasts.delete(key)
    if (older) older.newer = newer
    else this.oldest = newer
    if (newer) newer.older = older
    else this.newest = older
    // an entry that has grown old keeps alive, until old objects are collected, whatever it points to: without this, all that came after it
    entry.older = entry.newer = entry.before = entry.after = undefined
    this.size--
  }

  /** Takes out everything that has waited too long at `now`, or is more than the list may hold. */
  lapsed(now: number): readonly T[] {
    let entry = this.oldest
    if (!entry || (now - entry.ms <= this.windowMs && this.size <= this.limit)) return NONE
    const gone: T[] = []
    while (entry && (now - entry.ms > this.windowMs || this.size > this.limit)) {
      gone.push(entry.value)
      this.remove(entry)
      entry = this.oldest
    }
    return gone
  }

  /** Takes out everything, oldest first. */
  drain(): readonly T[] {
    const all: T[] = []
    for (let entry = this.oldest; entry; entry = entry.newer) {
        all.push(entry.value)
    }
    this.firsts.clear()
    this.lasts.clear()
    this.oldest = this.newest = undefined
    this.size = 0
    return all
  }
}

const NONE: readonly never[] = []

/** A time to measure waiting by: epoch ms, or for a stamp without zone or year its wall clock, which runs as fast. */
export function wallMs(stamp: Stamp | LocalStamp | undefined): number {
  if (stamp === undefined) return 0
  if ('ms' in stamp) return stamp.ms
  return dayNumber(stamp.year ?? 2000, stamp.month, stamp.day) * 86_400_000 + (stamp.hour * 3600 + stamp.minute * 60 + stamp.second) * 1000 + stamp.fraction_ms
}

/** What a line gives that also completed the events of earlier lines. */
export function completed(drafts: readonly Draft[], self: Draft | Skip | typeof HELD | typeof MERGED): LineResult {
  if (drafts.length === 0) return self
  return typeof self === 'object' && !('skip' in self) ? { drafts: [...drafts, self], self: 'event' } : { drafts, self }
}

/**
 * Puts an answer's facts on its question's draft. The question keeps its stamp. Where the log states no duration, the two stamps
 * give one, but only if their clock is fine enough to tell it from nothing.
 */
export function fillAnswer(question: Draft, answer: Draft): void {
  question.type = 'dns.response'
  question.dns = { ...question.dns, ...answer.dns, ...(question.dns?.question ? { question: question.dns.question } : {}) }
  if (answer.server) question.server = { ...question.server, ...answer.server }
  if (answer.client) question.client = { ...question.client, ...answer.client }
  if (answer.network) question.network = { ...question.network, ...answer.network }
  if (answer.labels) question.labels = { ...question.labels, ...answer.labels }
  if (answer.error) question.error = answer.error
  if (answer.duration_ms !== undefined) question.duration_ms = answer.duration_ms
  else endAt(question, answer.ts_ms)
}

/** Ends a draft at a stamp of the clock that began it. */
export function endAt(draft: Draft, endMs: number | undefined): void {
  if (endMs === undefined || draft.ts_ms === undefined || endMs <= draft.ts_ms) return
  const span = round3(endMs - draft.ts_ms)
  draft.ts_end_ms = endMs
  if (span >= 2 * (draft.ts_res_ms ?? 1)) draft.duration_ms = span
}

/**
 * Pairs questions with answers where both lines become one event: the question's draft, held until its answer fills it.
 * A question without an answer comes out as it is, when it has waited too long or at the end of the file.
 */
export class QuestionPairs {
  private readonly waiting: WaitingList<Draft>
  constructor(private readonly windowMs = PAIR_WINDOW_MS) { this.waiting = new WaitingList(windowMs) }

  /** Holds a question's draft, whose `line` must be set. */
  ask(key: string, draft: Draft, now: number): LineResult {
    const lapsed = this.waiting.lapsed(now)
    this.waiting.add(key, draft, now)
    return completed(lapsed, HELD)
  }

  /** Takes a certain question out; false when it waits no more. */
  withdraw(key: string, draft: Draft): boolean {
    let entry = this.waiting.last(key)
    while (entry && entry.value !== draft) entry = entry.before
    if (!entry) return false
    this.waiting.remove(entry)
    return true
  }

  /** The newest question under a key that still waits, for lines that add to it. */
  newest(key: string): Draft | undefined { return this.waiting.last(key)?.value }

  /** True where the newest question under a key has not waited too long. */
  isFresh(key: string, now: number): boolean {
    const entry = this.waiting.last(key)
    return entry !== undefined && now - entry.ms <= this.windowMs
  }

  /** Takes out the oldest question under a key that still waits at `now`, for its answer. */
  take(key: string, now: number): Draft | undefined {
    const entry = this.waiting.first(key)
    if (!entry || now - entry.ms > this.windowMs) return undefined
    this.waiting.remove(entry)
    return entry.value
  }

  /** What an answer's line gives: the question it completed, or itself, and whatever has waited too long by then. */
  settle(draft: Draft, wasAsked: boolean, now: number): LineResult {
    const lapsed = this.waiting.lapsed(now)
    if (!wasAsked) return completed(lapsed, draft)
    return { drafts: lapsed.length === 0 ? [draft] : [...lapsed, draft], self: MERGED }
  }

  /** Fills the oldest waiting question under a key with an answer's draft, or lets the answer stand alone. */
  answer(key: string, answer: Draft, now: number): LineResult {
    const question = this.take(key, now)
    if (question) fillAnswer(question, answer)
    return this.settle(question ?? answer, question !== undefined, now)
  }

  /** Questions that nobody answered. */
  end(): readonly Draft[] { return this.waiting.drain() }
}
