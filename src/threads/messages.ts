/** What the joining thread and a reading thread say to each other. Plain data, so that it can be handed over. */
import type { InputProblem } from '../inputs.js'
import type { ParseOptions } from '../options.js'
import type { FileTraits } from '../join/traits.js'
import type { FileSummary } from '../read/tally.js'
import type { EventType } from '../schema/event.js'
import type { BlockParts } from './block.js'

/** Options that can be handed over: all but functions and signals. */
export type PlainOptions = Omit<ParseOptions, 'parsers' | 'onReject' | 'signal'>

/** What a reading thread is started with. */
export interface Assignment {
  readonly hashSeed: number
  readonly options: PlainOptions
  /** Files of the parsers that the logs need. */
  readonly parsers: readonly string[]
  /** The logs of this thread, by their number among all. */
  readonly logs: readonly { readonly number: number, readonly paths: readonly string[] }[]
  readonly referenceMs: number | undefined
  readonly traits: ReadonlyMap<string, FileTraits>
  readonly aliases: ReadonlyMap<string, string>
  /** The kinds of events that each file may tell of, as its first lines do. */
  readonly kinds: ReadonlyMap<string, ReadonlySet<string>>
  /** Paths of the values that are wanted of every event. */
  readonly wanted: readonly string[]
  readonly keepsRejects: boolean
}

/** What counts as one kind: a question and its answer do. */
export const kindOf = (type: EventType): string => type === 'dns.query' || type === 'dns.response' ? 'dns' : type

/** A reading thread is asked for more of a log. `spent` are buffers that it may use again: new ones would have to be collected, and until then they pile up. */
export interface Ask { readonly log: number, readonly spent?: readonly ArrayBuffer[] }

/** What it answers. After `end` nothing more comes of that log. */
export interface Answer {
  readonly log: number
  readonly blocks: readonly BlockParts[]
  readonly rejects: readonly object[]
  readonly end?: { readonly files: readonly FileSummary[], readonly notes: readonly string[], readonly problems: readonly InputProblem[] }
  /** Why this log cannot be read in this way. */
  readonly unsuited?: string
  /** What went wrong that is no trouble with an input. */
  readonly failure?: string
}
