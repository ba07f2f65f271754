/** Sorts sessions into their final order as steps settle: by ts_ms, then id. */
export class SessionOrder<T extends { ts_ms?: number | undefined, id: string }> {
  private waiting: T[] = []
  add(sessions: Iterable<T>): void { for (const session of sessions) this.waiting.push(session) }

  /** Sessions that begin before `settledMs`, in order. */
  take(settledMs: number): T[] {
    this.waiting.sort((a, b) => (a.ts_ms ?? Infinity) - (b.ts_ms ?? Infinity) || (a.id < b.id ? -1 : 1))
    const ready = settledMs === Infinity ? this.waiting.length : this.waiting.findIndex(session => (session.ts_ms ?? Infinity) >= settledMs)
    return this.waiting.splice(0, ready === -1 ? this.waiting.length : ready)
  }
}
