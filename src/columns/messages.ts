/** What the joining thread and a thread that reads by briefs say to each other. */
import type { InputProblem } from '../inputs.js'
import type { FileTraits } from '../join/traits.js'
import type { FileSummary } from '../read/tally.js'
import type { PlainOptions } from '../threads/messages.js'
import type { Block } from './block.js'
import type { Learned } from './sightings.js'

/** What such a thread is started with. */
export interface BriefAssignment {
  readonly options: PlainOptions
  /** The logs of this thread by their number among all, with the file that defines their format, and the one kind of event they tell of. */
  readonly logs: readonly { readonly number: number, readonly path: string, readonly parser: string, readonly role: 'request' | 'tls' | 'dns' }[]
  readonly referenceMs: number | undefined
  readonly traits: ReadonlyMap<string, FileTraits>
  readonly wanted: readonly string[]
  readonly keepsRejects: boolean
  /** How far from its place a row may stand, ms. */
  readonly slackMs: number
}

/** What it answers when it is asked for more of a log. After `end` nothing more comes of it. */
export interface BriefAnswer {
  readonly log: number
  readonly blocks: readonly Block[]
  readonly rejects: readonly object[]
  readonly end?: { readonly files: readonly FileSummary[], readonly notes: readonly string[], readonly problems: readonly InputProblem[], readonly learned: Learned }
  readonly unsuited?: string
  /** A row stands further from its place than was assumed: by so much, ms. */
  readonly slackMs?: number
  readonly failure?: string
}
