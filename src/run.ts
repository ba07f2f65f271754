/** A run: an async iterable of records with a summary that is complete when the iteration ends. */
import type { InputProblem } from './inputs.js'
import type { JoinSummary } from './join/account.js'
import type { FileSummary } from './read/tally.js'

export type { JoinSummary, SourceCount as SourceJoin } from './join/account.js'

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
