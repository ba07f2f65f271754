/**
 * Failures that are many names' and no name's: a few each, as many as chance gives at the rate at which requests fail in this run anyway.
 * Told name by name they would be as many alarms as there are names; they are one thing, either a background or something that struck all at once.
 */
import type { Sum } from './origin-report.js'
import type { OriginWatch } from './origin-watch.js'
import { chanceOfAtLeast, quantile } from './stats.js'

/** So many incidents make a background. */
const ENOUGH = 5
/** More failures of one name than this are its own, and do not make the background against which it is held. */
const FEW = 5
/** How often chance may give such a name in the whole run before it says nothing. */
const BY_CHANCE = 0.05
/** The middle four fifths of a background lie over so much of the run; what is denser began and ended. */
const EVEN = 0.5

/** Incidents that tell of no one name; `even`: they lie over the whole run. */
export interface Scatter { readonly sums: readonly Sum[], readonly even: boolean, readonly names: number, readonly count: number, readonly asked: number }

function asked(watch: OriginWatch): { healthy: number, firstMs: number, lastMs: number } {
  const all = { healthy: 0, firstMs: Infinity, lastMs: -Infinity }
  for (const traffic of watch.names.values()) {
    all.healthy += traffic.healthy
    all.firstMs = Math.min(all.firstMs, traffic.firstMs)
    all.lastMs = Math.max(all.lastMs, traffic.lastMs)
  }
  return all
}

/** Those of the incidents that chance explains; undefined where they are too few to be more than themselves. */
export function scatterOf(sums: readonly Sum[], watch: OriginWatch): Scatter | undefined {
  const few = sums.filter(sum => sum.count <= FEW)
  if (few.length < ENOUGH) return undefined
  const { healthy, firstMs, lastMs } = asked(watch)
  const failures = few.reduce((total, sum) => total + sum.count, 0)
  const rate = failures / (failures + healthy)
  const isChance = (sum: Sum): boolean => {
    const requests = sum.names.reduce((total, name) => { const traffic = watch.names.get(name); return total + (traffic ? traffic.healthy + traffic.failed : 0) }, 0)
    return chanceOfAtLeast(sum.count, rate * requests) * watch.names.size >= BY_CHANCE
  }
  const chosen = few.filter(isChance)
  if (chosen.length < ENOUGH) return undefined
  const times = chosen.flatMap(sum => sum.incident.first ?? [])
  const [from, to] = [quantile(times, 0.1), quantile(times, 0.9)]
  const count = chosen.reduce((total, sum) => total + sum.count, 0)
  const even = from === undefined || to === undefined || to - from >= EVEN * (lastMs - firstMs)
  return { sums: chosen, even, names: new Set(chosen.flatMap(sum => sum.names)).size, count, asked: count + healthy }
}
