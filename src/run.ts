/** A run: an async iterable of records with a summary that is complete when the iteration ends. */
import type { InputProblem } from './inputs.js'
import type { FileSummary } from './read/tally.js'

/** How many events of one input were joined. */
export interface SourceJoin { readonly path: string, readonly kind: string, readonly events: number, readonly matched: number, readonly unmatched: number }

/** What the join came to. */
export interface JoinSummary {
  readonly window_ms: { readonly before: number, readonly after: number }
  readonly sessions: number
  /** Sessions with more than one kind of event. */
  readonly joined: number
  readonly sources: readonly SourceJoin[]
  /** Pairs that `--bound state` would have found and the window did not. */
  readonly beyond_window?: { readonly tls: number, readonly dns: number }
  readonly late: number
  readonly evicted: number
}

/** The account of a run. */
export interface Summary {
  readonly files: readonly FileSummary[]
  readonly join?: JoinSummary
  readonly findings?: Readonly<Record<string, number>>
  readonly notes: readonly string[]
  readonly problems: readonly InputProblem[]
}

/** Records as they come, and the account of the run. Iterate once. */
export interface Run<T> extends AsyncIterable<T> {
  /** Complete when the iteration has ended; what is known so far before that. */
  readonly summary: Summary
}

/** Wraps a generator and its account as a run. */
export function makeRun<T>(records: () => AsyncGenerator<T>, summary: () => Summary): Run<T> {
  return { [Symbol.asyncIterator]: records, get summary() { return summary() } }
}
