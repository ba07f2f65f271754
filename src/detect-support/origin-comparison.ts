/** What localises an incident at an origin: comparable origins, POPs, regions and paths that were healthy at the same time. */
import { isIP } from 'node:net'
import { listed } from './incidents.js'
import type { Sum } from './origin-report.js'
import type { Dimension, OriginWatch } from './origin-watch.js'
import { countBetween } from './stats.js'

/** Fewer healthy requests than this say nothing about an origin. */
const ENOUGH = 3

interface Member { readonly word: string, readonly healthy: number, readonly failed: number }

/** Traffic of every member of a dimension while the incident lasted. */
function during(watch: OriginWatch, dimension: Dimension, firstMs: number, lastMs: number): Member[] {
  const prefix = `${dimension} `
  return [...watch.tracked].filter(([key]) => key.startsWith(prefix)).map(([key, { healthy, failed }]) => ({
    word: key.slice(prefix.length), healthy: countBetween(healthy, firstMs, lastMs), failed: countBetween(failed, firstMs, lastMs),
  }))
}

const isHealthy = ({ healthy, failed }: Member): boolean => healthy >= ENOUGH && failed <= 0.02 * healthy

function told(members: readonly Member[]): string {
  const most = [...members].sort((a, b) => b.healthy - a.healthy || (a.word < b.word ? -1 : 1))
  return listed(most.map(({ word, healthy, failed }) => `${word} (${failed} of ${healthy + failed} failed)`))
}

/** 198.51.100.0/24 where all of several IPv4 origins are in it. */
function networkOf(ips: readonly string[]): string | undefined {
  if (ips.length < 2 || ips.some(ip => isIP(ip) !== 4)) return undefined
  const prefixes = new Set(ips.map(ip => ip.slice(0, ip.lastIndexOf('.'))))
  return prefixes.size === 1 ? `${[...prefixes][0]}.0/24` : undefined
}

/** A sentence about what is healthy; undefined where there is nothing to compare with. */
export function comparisonOf(sum: Sum, watch: OriginWatch): string | undefined {
  const { first, last } = sum.incident
  const parts: string[] = []
  if (first !== undefined && last !== undefined) {
    const ours = new Set([...sum.origins.map(origin => `origin ${origin}`), ...sum.pops.map(pop => `pop ${pop}`), ...sum.regions.map(region => `region ${region}`)])
    const routes = during(watch, 'route', first, last).filter(isHealthy)
    const elsewhere = routes.filter(({ word }) => sum.origins.some(origin => word.startsWith(`${origin} behind `)))
    if (elsewhere.length > 0) parts.push(`the same origin answers elsewhere: ${told(elsewhere)}`)
    const others = routes.length > 0 ? routes.filter(route => !elsewhere.includes(route)) : during(watch, 'origin', first, last).filter(one => isHealthy(one) && !ours.has(`origin ${one.word}`))
    const network = networkOf(sum.origin_ips)
    if (others.length > 0) parts.push(`healthy at the same time: ${told(others)}${network !== undefined && !others.some(({ word }) => word.startsWith(network.slice(0, -4))) ? `; all failing origins are in ${network}` : ''}`)
    if (routes.length === 0) for (const dimension of ['pop', 'region'] as const) {
      const healthy = during(watch, dimension, first, last).filter(one => isHealthy(one) && !ours.has(`${dimension} ${one.word}`))
      if (healthy.length > 0) parts.push(`healthy ${dimension}s: ${told(healthy)}`)
    }
  }
  const [path] = sum.paths.top(1)
  if (path && sum.paths.total >= 1 && path[1] >= 0.9 * sum.paths.total && sum.asked > sum.count && sum.names.length === 1) parts.push(`only ${path[0]} fails; other paths of the name were answered (${sum.asked - sum.count})`)
  return parts.length > 0 ? parts.join('; ') : undefined
}
