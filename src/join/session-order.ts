import type { Facts } from './facts.js'
import { compareFacts } from './order.js'

interface Waiting<T> { readonly startMs: number, readonly lead: Facts, readonly session: T }

/** Sorts sessions into their final order as steps settle: by when they begin, then in the order of the events that claim them. */
export class SessionOrder<T> {
  private waiting: Waiting<T>[] = []

  /** @param startMs epoch ms; undefined comes last. @param lead the event that claims the session. */
  add(startMs: number | undefined, lead: Facts, session: T): void { this.waiting.push({ startMs: startMs ?? Infinity, lead, session }) }

  /** Sessions that begin before `settledMs`, in order. */
  take(settledMs: number): T[] {
    this.waiting.sort((a, b) => a.startMs === b.startMs ? compareFacts(a.lead, b.lead) : a.startMs < b.startMs ? -1 : 1)
    const ready = settledMs === Infinity ? this.waiting.length : this.waiting.findIndex(({ startMs }) => startMs >= settledMs)
    return this.waiting.splice(0, ready === -1 ? this.waiting.length : ready).map(({ session }) => session)
  }
}
