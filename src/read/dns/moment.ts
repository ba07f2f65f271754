/** When a line was written: by its own stamp, else by that of what it was wrapped in. */
import type { Outer, ParserContext } from '../parser.js'
import type { LocalStamp, Stamp } from '../time.js'

/** The instant of a line, or undefined where nothing tells it. */
export function momentOf(context: ParserContext, stamp: Stamp | LocalStamp | undefined, outer: Outer | undefined): Stamp | undefined {
  if (stamp) return context.clock.resolve(stamp, outer)
  const ms = outer?.ms
  return ms === undefined ? undefined : { ms, res_ms: outer!.res_ms ?? 1 }
}
