/** Kubernetes container runtime files: `2026-11-22T07:47:27.388683123Z stdout F line`. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import { readIso } from '../time.js'
import type { Peeler, PeelResult, Wrapper } from '../wrappers.js'
import { BLANK, headOf, isoEnd, NOT_WRAPPED, PieceJoiner, StampedOuter, zoneText } from './common.js'

class CriPeeler implements Peeler {
  private readonly pieces = new PieceJoiner()

  constructor(private readonly clock: Clock) {}

  line(text: string, number: number, around?: Outer): PeelResult {
    const stampEnd = isoEnd(text, 0)
    if (stampEnd < 0) return text.trim() === '' ? BLANK : NOT_WRAPPED
    const stream = text.startsWith(' stdout ', stampEnd) ? 'stdout' : text.startsWith(' stderr ', stampEnd) ? 'stderr' : undefined
    if (stream === undefined) return NOT_WRAPPED
    const tag = stampEnd + 8
    const kind = text.charCodeAt(tag)
    if (kind !== 70 && kind !== 80) return NOT_WRAPPED
    const tagEnd = endOfTags(text, tag + 1)
    if (tagEnd < 0) return NOT_WRAPPED
    const stamp = text.slice(0, stampEnd)
    const outer = new StampedOuter(this.clock, stamp, readIso, { zone: zoneText(stamp) }, around)
    return this.pieces.add(stream, text.slice(tagEnd + 1), kind === 80, number, outer)
  }

  end() { return this.pieces.end() }
}

/** Tags are separated by colons; only the first, F or P, is defined so far. */
function endOfTags(text: string, at: number): number {
  const code = text.charCodeAt(at)
  if (code === 32 || at === text.length) return at
  if (code !== 58) return -1
  const blank = text.indexOf(' ', at)
  return blank < 0 ? text.length : blank
}

const open = (clock: Clock): Peeler => new CriPeeler(clock)

/** Lines tagged F are whole, those tagged P continue in the next line of their stream. */
export const criWrapper: Wrapper = { id: 'cri', title: 'Kubernetes container log (CRI)', peelHead: lines => headOf(open, lines), open }
