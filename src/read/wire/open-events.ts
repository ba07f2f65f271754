/**
 * Events that a later line may complete: DNS questions waiting for their answer, handshakes waiting for the rest. Kept for a minute of
 * log time and never more than a number of them, so memory follows the rate of the log and not its length.
 */
import type { Draft } from '../parser.js'

/** How long a line may wait for another, in log time. */
export const OPEN_MS = 60_000
/** How many may wait. */
export const OPEN_EVENTS = 50_000

const NONE: readonly Draft[] = []

/** One event under way. Once `given` it stays known until its time is up, so that what belongs to it is not taken for something new. */
export interface OpenEvent { draft: Draft, readonly line: number, readonly ms: number | undefined, given: boolean }

/** Open events by key, oldest first. */
export class OpenEvents<Entry extends OpenEvent = OpenEvent> {
  private readonly entries = new Map<string, Entry>()
  private nowMs = Number.NEGATIVE_INFINITY

  /** @param finish makes the draft that is given out when an event's time is up. */
  constructor(private readonly finish: (entry: Entry) => Draft = entry => entry.draft, private readonly limit = OPEN_EVENTS) {}

  get(key: string): Entry | undefined { return this.entries.get(key) }

  /** Adds an event; one that stood under the key must have been taken before. */
  add(key: string, entry: Entry): void { this.entries.set(key, entry) }

  /** Takes an event off; gives its draft, or nothing where it was given before. */
  take(key: string): Draft[] {
    const entry = this.entries.get(key)
    if (entry === undefined) return []
    this.entries.delete(key)
    return this.give(entry)
  }

  /** The draft of an event that is complete; later lines still find it. */
  give(entry: Entry): Draft[] {
    if (entry.given) return []
    entry.given = true
    const draft = this.finish(entry)
    draft.line = entry.line
    return [draft]
  }

  /** Drafts of those whose time is up at `nowMs`, or that are too many. A stamp out of order costs what is open then, not what comes after it. */
  expire(nowMs: number | undefined): readonly Draft[] {
    if (this.entries.size === 0) return NONE
    if (nowMs !== undefined) this.nowMs = nowMs
    let drafts: Draft[] | undefined
    for (const [key, entry] of this.entries) {
      const isOld = entry.ms !== undefined && entry.ms < this.nowMs - OPEN_MS
      if (!isOld && this.entries.size <= this.limit) break
      this.entries.delete(key)
      ;(drafts ??= []).push(...this.give(entry))
    }
    return drafts ?? NONE
  }

  /** Everything that is left, oldest first. */
  drain(): Draft[] {
    const drafts = [...this.entries.values()].flatMap(entry => this.give(entry))
    this.entries.clear()
    return drafts
  }
}
