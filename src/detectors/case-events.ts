/** Builds the events of detector cases through the real seam, so that a case cannot hold what a parser could not give. */
import { makeSeam, type Seam } from '../event/seam.js'
import type { Draft } from '../read/parser.js'
import type { LogEvent } from '../schema/event.js'

/** A draft and the log it stands in; `log` defaults to the dataset's last label + `.log`. */
export type CaseDraft = Draft & { readonly dataset: string, readonly in?: string }

/** Turns drafts into events, numbering the lines of each log from 1. Refuses (throws TypeError) a draft that the schema does not take. */
export function caseEvents(drafts: readonly CaseDraft[]): LogEvent[] {
  const seams = new Map<string, { seam: Seam, line: number }>()
  return drafts.map(({ in: log, ...draft }) => {
    const path = log ?? `${draft.dataset.split('.').at(-1)}.log`
    let at = seams.get(path)
    if (!at) seams.set(path, at = { seam: makeSeam({ path, dataset: draft.dataset, redact: true }), line: 0 })
    const event = at.seam(structuredClone(draft), ++at.line, 1)
    if ('skip' in event) throw new TypeError(`case event ${path}:${at.line} is refused: ${event.skip} ${event.detail ?? ''}`)
    return event
  })
}

/** `count` drafts, one every `everyMs`, made by index. */
export function repeat(count: number, make: (index: number) => CaseDraft | readonly CaseDraft[]): CaseDraft[] {
  return Array.from({ length: count }, (_, index) => make(index)).flat() as CaseDraft[]
}
