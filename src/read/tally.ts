/** Accounts for every line of a file: lines = events + merged + skipped by reason. */
import { NO_LOSS } from './parser.js'

/** What became of a file's lines, as the summary prints it. */
export interface FileSummary {
  path: string
  format: string | undefined
  lines: number
  /** Lines that became an event (or the first line of one). */
  events: number
  /** Events beyond the first that one line gave. */
  extra_events?: number
  /** Lines that belong to another line's event. */
  merged: number
  skipped: Record<string, number>
  /** Events without a time. */
  undated?: number
}

/** A mutable account of one file. */
export class Tally {
  lines = 0
  events = 0
  extra = 0
  merged = 0
  held = 0
  undated = 0
  readonly skipped = new Map<string, number>()

  skip(reason: string): void { this.skipped.set(reason, (this.skipped.get(reason) ?? 0) + 1) }

  /** Lines refused: those whose skip loses something. */
  get refused(): number {
    let sum = 0
    for (const [reason, lines] of this.skipped) if (!NO_LOSS.has(reason)) sum += lines
    return sum
  }

  /** True when every line is accounted for. */
  get balanced(): boolean {
    let sum = this.events + this.merged + this.held
    for (const lines of this.skipped.values()) sum += lines
    return sum === this.lines && this.held === 0
  }

  summary(path: string, format: string | undefined): FileSummary {
    return {
      path,
      format,
      lines: this.lines,
      events: this.events,
      ...(this.extra > 0 ? { extra_events: this.extra } : {}),
      merged: this.merged,
      skipped: Object.fromEntries([...this.skipped].sort(([a], [b]) => a < b ? -1 : 1)),
      ...(this.undated > 0 ? { undated: this.undated } : {}),
    }
  }
}
