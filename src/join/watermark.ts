/**
 * Order for live input: each source has a watermark (its newest time less the lateness allowed), events are released up to the lowest of
 * them, and a source that falls silent does not hold the others back for ever.
 */
import type { LogEvent } from '../schema/event.js'
import { compareEvents } from './order.js'

interface Source { newest: number, heardAt: number, isEnded: boolean }

/** Takes events of several sources as they come, and gives them back in time order. Its clock is the caller's. */
export class Watermarks {
  private readonly sources = new Map<string, Source>()
  private waiting: LogEvent[] = []
  private released = -Infinity
  /** Events that came after their time had been given out. */
  late = 0

  /**
   * @param latenessMs how far out of order a source may be.
   * @param idleMs silence after which a source is no longer waited for, in the caller's time.
   * @param mostWaiting events held back at the most; the oldest are given out sooner where there are more, and what comes before them is late.
   */
  constructor(private readonly latenessMs: number, private readonly idleMs: number, private readonly mostWaiting = Infinity) {}

  /** A source that will give events; until it has, nothing is released, unless it stays silent. */
  open(source: string, now: number): void { this.sources.set(source, { newest: -Infinity, heardAt: now, isEnded: false }) }

  close(source: string): void {
    const known = this.sources.get(source)
    if (known) known.isEnded = true
  }

  /** Takes an event; false when it is too late. Undated events are for the caller to handle. */
  push(source: string, event: LogEvent, now: number): boolean {
    const known = this.sources.get(source)!
    const at = event.ts_ms!
    known.heardAt = now
    if (at > known.newest) known.newest = at
    if (at < this.released) {
      this.late++
      return false
    }
    this.waiting.push(event)
    return true
  }

  /** A source gave something without a time: it is alive. */
  touch(source: string, now: number): void {
    const known = this.sources.get(source)
    if (known) known.heardAt = now
  }

  /** Events whose time has come, in order. */
  release(now: number): LogEvent[] {
    let mark = Infinity
    let any = false
    for (const source of this.sources.values()) {
      if (source.isEnded || now - source.heardAt >= this.idleMs) continue
      any = true
      mark = Math.min(mark, source.newest - this.latenessMs)
    }
    // all are silent or ended: what waits is released up to the newest time heard
    if (!any) mark = Infinity
    const tooMany = this.waiting.length - this.mostWaiting
    if ((mark === -Infinity && tooMany <= 0) || this.waiting.length === 0) return []
    this.waiting.sort(compareEvents)
    // a quarter more than is needed, so that it is not done for every line
    let count = tooMany > 0 ? Math.min(this.waiting.length, Math.ceil(tooMany + this.mostWaiting / 4)) : 0
    while (count < this.waiting.length && this.waiting[count]!.ts_ms! <= mark) count++
    const ready = this.waiting.splice(0, count)
    if (ready.length > 0) this.released = Math.max(this.released, ready.at(-1)!.ts_ms!)
    return ready
  }

  /** Everything that still waits. */
  drain(): LogEvent[] {
    const rest = this.waiting.sort(compareEvents)
    this.waiting = []
    return rest
  }
}
