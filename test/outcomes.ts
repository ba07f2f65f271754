// what a run through the library gives, as text; for tests of faster ways
import { correlate } from '../src/correlate.js'
import type { CorrelateOptions } from '../src/options.js'
import { makePicker } from '../src/output/fields.js'
import { withTime } from '../src/output/writers.js'
import type { Summary } from '../src/run.js'

/** Lines of JSON, the account, and the refused lines. */
export interface Outcome { readonly text: string, readonly summary: Summary, readonly rejects: readonly string[] }

/** Refused lines of several files come in the order in which the files are read, which is nobody's business. */
export const sorted = (rejects: readonly object[]): string[] => rejects.map(reject => JSON.stringify(reject)).sort()

/** So do notes about single files. */
export const inNoOrder = (summary: Summary): Summary => ({ ...summary, notes: [...summary.notes].sort() })

/** The plain path. */
export async function plainly(paths: readonly string[], fields: readonly string[], options: CorrelateOptions): Promise<Outcome> {
  const rejects: object[] = []
  const run = correlate(paths, { ...options, onReject: reject => { rejects.push(reject) } })
  const pick = makePicker(fields)
  let text = ''
  for await (const session of run) text += `${JSON.stringify(pick(withTime(session)))}\n`
  return { text, summary: run.summary, rejects: sorted(rejects) }
}
