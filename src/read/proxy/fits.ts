/** Does a file fit a stated format string? A pattern alone would also fit lines with an envelope around them, whose first value then swallows it. */
import { Clock } from '../clock.js'
import { isOutcome, isSkip, shareOf, type Head, type LineReader, type ParserContext } from '../parser.js'

/** What a line must give where the format prints it. */
export interface Needs { readonly client: boolean, readonly time: boolean }

/** Share of the head's lines that read as events with the client (an address, or a socket) and the time that the format prints. */
export function shareThatReads(head: Head, open: (context: ParserContext) => LineReader, needs: Needs): number {
  const reader = open({ path: head.path, clock: new Clock({ zone: 'UTC', year: 2000 }), head })
  return shareOf(head, (line, index) => {
    const result = reader.line(line, index + 1)
    if (typeof result === 'symbol' || isSkip(result) || isOutcome(result)) return false
    const named = result.client?.ip !== undefined || result.server?.ip !== undefined || result.network?.transport === 'unix'
    return (!needs.client || named) && (!needs.time || result.ts_ms !== undefined)
  })
}
