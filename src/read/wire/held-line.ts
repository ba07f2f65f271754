/** Records over several lines: the first line is held until the last one tells what the record is. */
import { HELD, isOutcome, MERGED, type Draft, type LineResult, type Released, startingAt } from '../parser.js'

/**
 * What becomes of a held first line once its record was read: drafts get its number, a record that is no event or belongs to another
 * one releases it. `drafts` and `released` are added to.
 */
export function settleHeld(line: number, result: LineResult, drafts: Draft[], released: Released[]): void {
  if (result === HELD) return
  if (result === MERGED) released.push({ line, merged: true })
  else if (typeof result === 'symbol') return
  else if ('skip' in result) released.push({ ...result, line })
  else if (isOutcome(result)) {
    drafts.push(...result.drafts.map(draft => startingAt(draft, draft.line ?? line)))
    released.push(...result.released ?? [])
    if (result.self !== 'event') settleHeld(line, result.self, drafts, released)
  } else drafts.push(startingAt(result, line))
}

/** Two fates of one line: an event goes before all, then what is still open, then what belongs elsewhere. */
export function joined(a: LineResult, b: LineResult): LineResult {
  const parts = [a, b].map(part => typeof part === 'symbol' || 'skip' in part ? { drafts: [], released: [], self: part } : isOutcome(part) ? part : { drafts: [part], released: [], self: 'event' as const })
  const selves = parts.map(part => part.self)
  const self = selves.find(fate => fate === 'event') ?? selves.find(fate => fate === HELD) ?? selves.find(fate => typeof fate === 'object') ?? MERGED
  return { drafts: parts.flatMap(part => part.drafts), released: parts.flatMap(part => part.released ?? []), self: self as 'event' }
}
