/**
 * What a run takes for granted so that it need not read everything before it gives anything: that no line stands further from its place than
 * so much, and which addresses belong to one host. A run that finds an assumption wrong says so and is done again with what it learned; what
 * it gave until then must not have been seen by anybody.
 */
import { OutOfOrder } from './join/merge.js'
import type { Source } from './event/source.js'

/** What a run starts from. `slackMs` undefined: nothing is assumed of the order, everything is sorted first. */
export interface Assumptions {
  readonly slackMs: number | undefined
  readonly aliases: ReadonlyMap<string, string>
  /** False: the logs hold what cannot be joined as columns. */
  readonly inColumns?: boolean
}

/** The logs hold what cannot be joined as columns (`src/columns`), as was found out on the way. */
export class NotInColumns extends Error {}

/** The run learned that addresses belong together, which it should have known from its start. */
export class OtherAliases extends Error {
  constructor(readonly aliases: ReadonlyMap<string, string>) { super('addresses of one host were learned too late') }
}

/** Read ahead at the least: stamps of whole seconds, and lines written by several workers. */
const LEAST_SLACK_MS = 10_000
/** Beyond this, reading ahead is no better than sorting everything. */
const MOST_SLACK_MS = 900_000
/** How much more than the first lines show is allowed for. */
const CAUTION = 4
/** Runs that may turn out to be wrong before one is made that assumes nothing. */
const MOST_RUNS = 3

export const NOTHING_ASSUMED: Assumptions = { slackMs: undefined, aliases: new Map() }

/** What a first run assumes: as much disorder as the first lines of each input suggest, and no host with two addresses. */
export const HOPEFUL: Assumptions = { slackMs: 0, aliases: new Map() }

/** How far lines stand from their place among a file's first ones, ms. */
function disorderOf(source: Source): number {
  let newest = -Infinity
  let most = 0
  for (const { ts_ms: stamp, ts_basis: basis, duration_ms: span } of source.headDrafts) {
    if (stamp === undefined) continue
    const at = basis === 'end' && span !== undefined ? stamp - span : stamp
    if (at > newest) newest = at
    else if (newest - at > most) most = newest - at
  }
  return most
}

/** How far ahead to read, judged by the first lines of every input. */
export function slackFor(sources: readonly Source[]): number {
  return sources.reduce((most, source) => Math.max(most, CAUTION * disorderOf(source)), LEAST_SLACK_MS)
}

/** What to assume after a run was wrong; undefined where the error is another. */
function learned(error: unknown, before: Assumptions): Assumptions | undefined {
  if (error instanceof NotInColumns) return { ...before, inColumns: false }
  if (error instanceof OtherAliases) return { ...before, aliases: error.aliases }
  if (!(error instanceof OutOfOrder)) return undefined
  const needed = 1.5 * error.neededMs
  return { ...before, slackMs: needed <= MOST_SLACK_MS ? needed : undefined }
}

/**
 * Makes runs until one is right.
 * @param run is given what to assume, and its number from 0; fails with OutOfOrder or OtherAliases when that was wrong.
 */
export async function untilRight<T>(first: Assumptions, run: (assumptions: Assumptions, number: number) => Promise<T>): Promise<T> {
  let assumptions = first
  for (let number = 0; ; number++) {
    try {
      return await run(assumptions, number)
    } catch (error) {
      const next = learned(error, assumptions)
      if (!next) throw error
      assumptions = number + 1 >= MOST_RUNS ? { ...next, slackMs: undefined } : next
    }
  }
}
