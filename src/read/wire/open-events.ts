/**
 * Events that a later line may complete: DNS questions waiting for their answer, handshakes waiting for the rest. Kept for a minute of
 * log time and never more than a number of them, so memory follows the rate of the log and not its length.
 */
import { isOutcome, type Draft, type LineResult } from '../parser.js'

/** How long a line may wait for another, in log time. */
export const OPEN_MS = 60_000
/** How many may wait. */
export const OPEN_EVENTS = 50_000

const NONE: readonly Draft[] = []

/** What is kept of an event that was given out. */
const GIVEN: Draft = { type: 'log.line' }

/** One event under way. Once `given` its key stays known until its time is up, so that what belongs to it is not taken for something new. */
export interface OpenEvent { draft: Draft, readonly line: number, readonly ms: number | undefined, given: boolean }

/** Open events by key, oldest first. */
export class OpenEvents<Entry extends OpenEvent = OpenEvent> {
  private readonly entries = new Map<string, Entry>()
  /** The same in order of arrival, from `head` on; a Map would have to step over what was deleted at its front each time. */
  private queue: { readonly key: string, readonly entry: Entry }[] = []
  private head = 0
  private nowMs = Number.NEGATIVE_INFINITY

  /** @param limit how many may be open at once. */
  constructor(private readonly limit = OPEN_EVENTS) {}

  get(key: string): Entry | undefined { return this.entries.get(key) }

  /** Adds an event; one that stood under the key must have been taken before. */
  add(key: string, entry: Entry): void {
    this.entries.set(key, entry)
    this.queue.push({ key, entry })
    if (this.queue.length - this.head > 2 * this.limit + 1024) this.sweep()
  }

  /** Takes an event off; gives its draft, or nothing where it was given before. */
  take(key: string): Draft[] {
    const entry = this.entries.get(key)
    if (entry === undefined) return []
    this.entries.delete(key)
    return this.give(entry)
  }

  /** Takes an event off without giving it out, for one that goes on elsewhere; nothing where it was given before. */
  withdraw(key: string): Entry | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined || entry.given) return undefined
    this.entries.delete(key)
    return entry
  }

  /** The draft of an event that is complete; later lines still find it. */
  give(entry: Entry): Draft[] {
    if (entry.given) return []
    const { draft } = entry
    draft.line = entry.line
    entry.given = true
    entry.draft = GIVEN
    return [draft]
  }

  /** Drafts of those whose time is up at `nowMs`, or that are too many. A stamp out of order costs what is open then, not what comes after it. */
  expire(nowMs: number | undefined): readonly Draft[] {
    if (nowMs !== undefined) this.nowMs = nowMs
    let drafts: Draft[] | undefined
    for (let oldest = this.queue[this.head]; oldest !== undefined; oldest = this.queue[this.head]) {
      const { key, entry } = oldest
      if (this.entries.get(key) === entry) {
        if (!(entry.ms !== undefined && entry.ms < this.nowMs - OPEN_MS) && this.entries.size <= this.limit) break
        this.entries.delete(key)
        if (!entry.given) (drafts ??= []).push(...this.give(entry))
      }
      this.step()
    }
    return drafts ?? NONE
  }

  /** Everything that is left, oldest first. */
  drain(): Draft[] {
    const drafts = this.queue.slice(this.head).flatMap(({ key, entry }) => this.entries.get(key) === entry ? this.give(entry) : [])
    this.entries.clear()
    this.queue = []
    this.head = 0
    return drafts
  }

  /** Drops what was taken off behind an event that stays open. */
  private sweep(): void {
    this.queue = this.queue.slice(this.head).filter(({ key, entry }) => this.entries.get(key) === entry)
    this.head = 0
  }

  private step(): void {
    this.head++
    if (this.head < 4096 || this.head * 2 < this.queue.length) return
    this.queue = this.queue.slice(this.head)
    this.head = 0
  }
}

/** Adds drafts of earlier lines to what a line gave. */
export function withDrafts(drafts: readonly Draft[], result: LineResult): LineResult {
  if (drafts.length === 0) return result
  if (typeof result === 'symbol' || 'skip' in result) return { drafts, self: result }
  if (isOutcome(result)) return { ...result, drafts: [...drafts, ...result.drafts] }
  return { drafts: [...drafts, result], self: 'event' }
}
