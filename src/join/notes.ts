/** What a run says of its clocks and hosts. */
import type { Skew } from './skew-sample.js'

const apart = (skew: Skew, digits: number): string => `${(Math.abs(skew.offset_ms) / 1000).toFixed(digits)} s ${skew.offset_ms > 0 ? 'ahead of' : 'behind'} the others`

const gain = ({ drift }: Skew): string => drift === undefined ? '' : ` and ${drift.ppm > 0 ? 'gains' : 'loses'} ${(Math.abs(drift.ppm) * 3.6).toFixed(0)} ms an hour`

/** Addresses that were joined as one host's. */
export function aliasNote(aliases: ReadonlyMap<string, string>): string {
  const some = [...aliases].sort().slice(0, 2).map(([a, b]) => `${a} with ${b}`).join(', ')
  return `${aliases.size} clients ask over one address family and connect over the other; joined as one (${some}${aliases.size > 2 ? ', …' : ''})`
}

/** A clock that is off and was not corrected. */
export const skewNote = (path: string, skew: Skew): string => `${path}: its clock seems ${apart(skew, 1)}${gain(skew)} (${skew.support} matches); --skew auto corrects it`

/** A clock that was corrected. */
export const correctedNote = (path: string, skew: Skew): string => `${path}: its clock is ${apart(skew, 3)}${gain(skew)} (${skew.support} matches agree, confidence ${skew.confidence}); corrected`
