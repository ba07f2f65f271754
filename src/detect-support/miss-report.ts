/** Judges the stretches in which a cache fetched far more than usual: is it a storm, of which cause, and how bad. */
import type { FindingDraft } from '../detectors/detector.js'
import { listed } from './incidents.js'
import type { Entity, Hot, MissWatch, Stretch } from './miss-watch.js'
import { seconds } from './origin-verdict.js'
import { countBetween, countFloor, median } from './stats.js'
import { ttlMeasured, ttlViewOf } from './ttl-view.js'

/** Why a cache asks its origin so often. */
export type StormCause = 'unique-query-flood' | 'unique-path-flood' | 'cache-disabled' | 'expiry-or-purge' | 'revalidation'

/** What makes a storm. */
export interface StormThresholds { readonly window_s: number, readonly min_misses: number, readonly min_z: number, readonly min_factor: number, readonly high_rate: number }

/** A stretch, measured against what was normal. */
export interface Storm { readonly entity: Entity, readonly hot: Hot, readonly cause: StormCause, readonly asked: number, readonly z: number, readonly normal: number, readonly seconds: number, readonly rate: number }

/** As many others of half its size make a stretch a habit of the name, not an incident. */
const HABIT = 3

const askedOf = ({ fetches, revalidated }: Stretch): number => fetches + revalidated

const servedShare = (hits: number, fetches: number): number => hits + fetches === 0 ? 0 : hits / (hits + fetches)

/** Median count of the windows outside all hot stretches; undefined where too few are left to tell. */
function normalOutside(entity: Entity, watch: MissWatch, windowMs: number): number | undefined {
  const { counts } = entity
  const all = counts.between(watch.firstMs, watch.lastMs)
  if (counts.widthMs !== windowMs) return (median(all) ?? 0) * windowMs / counts.widthMs
  const first = Math.floor(watch.firstMs / windowMs)
  const outside = all.filter((_, index) => !entity.hot.some(({ from, to }) => first + index >= from && first + index <= to))
  return outside.length >= 3 ? median(outside) : undefined
}

const STATIC = /\.(?:png|jpe?g|gif|webp|avif|svg|ico|css|m?js|woff2?|ttf|otf|mp[34]|m4[as]|webm|ts|pdf|zip|gz|wasm)$/i

/** Are these paths ones that a cache keeps: served from it at some time in the run, or files by their name? Searches and API calls are not. */
function cacheable(entity: Entity, stretch: Stretch, watch: MissWatch): boolean {
  let served = 0
  let files = 0
  for (const [path, count] of stretch.floodPaths.top()) {
    if (watch.paths.has(`${entity.name} ${path}`)) served += count
    if (STATIC.test(path)) files += count
  }
  return served >= 0.3 * stretch.newWithQuery || files >= 0.5 * stretch.newWithQuery
}

/** What kind of fetches make up a stretch; undefined where they are no trouble of the cache. */
function causeOf(entity: Entity, { stretch, hitsBefore, fetchesBefore }: Hot, watch: MissWatch, thresholds: StormThresholds): StormCause | undefined {
  const asked = askedOf(stretch)
  const wasServed = servedShare(hitsBefore, fetchesBefore) >= 0.3
  if (stretch.revalidated >= 0.5 * asked) return wasServed ? 'revalidation' : undefined
  if (stretch.newWithQuery >= 0.6 * asked) return cacheable(entity, stretch, watch) ? 'unique-query-flood' : undefined
  if (stretch.newPlain >= 0.6 * asked && stretch.notFound >= 0.5 * asked) return 'unique-path-flood'
  if (stretch.again + stretch.alongside + stretch.lost < 0.5 * asked) return undefined
  if (stretch.again >= 0.3 * asked && stretch.again >= stretch.alongside) return 'cache-disabled'
  if (stretch.alongside >= 0.3 * asked) return 'expiry-or-purge'
  // every object fetched once more and then served again is how a purge should go: only a large one is worth a word
  const share = 1 - servedShare(stretch.hits, asked)
  return asked >= 4 * thresholds.min_misses && share >= 0.6 ? 'expiry-or-purge' : undefined
}

function stormOf(entity: Entity, hot: Hot, watch: MissWatch, thresholds: StormThresholds): Storm | undefined {
  const windowMs = thresholds.window_s * 1000
  const asked = askedOf(hot.stretch)
  if (asked < thresholds.min_misses) return undefined
  const windows = hot.to - hot.from + 1
  const normal = Math.max(hot.normal, normalOutside(entity, watch, windowMs) ?? 0)
  const expected = normal * windows
  const z = (asked - expected) / (Math.max(hot.sigma, countFloor(normal)) * Math.sqrt(windows))
  if (z < thresholds.min_z || asked < thresholds.min_factor * expected) return undefined
  if (entity.hot.filter(other => other !== hot && askedOf(other.stretch) >= 0.5 * asked).length >= HABIT) return undefined
  const cause = causeOf(entity, hot, watch, thresholds)
  if (cause === undefined) return undefined
  const lasted = Math.max(1, (hot.stretch.lastMs - hot.stretch.firstMs) / 1000)
  return { entity, hot, cause, asked, z, normal, seconds: lasted, rate: asked / lasted }
}

const meets = (a: Storm, b: Storm): boolean => a.entity.name === b.entity.name && a.hot.stretch.firstMs <= b.hot.stretch.lastMs && b.hot.stretch.firstMs <= a.hot.stretch.lastMs

/** Storms of the run: of names, and of single paths whose name as a whole does not stand out. */
export function stormsOf(watch: MissWatch, thresholds: StormThresholds): Storm[] {
  const all = watch.entities().flatMap(entity => entity.hot.map(hot => stormOf(entity, hot, watch, thresholds)).filter(storm => storm !== undefined))
  const chosen: Storm[] = []
  const bySize = (a: Storm, b: Storm): number => Number(a.entity.path !== undefined) - Number(b.entity.path !== undefined) || b.asked - a.asked
  for (const storm of [...all].sort(bySize)) if (!chosen.some(other => meets(storm, other))) chosen.push(storm)
  return chosen
}

/** How much slower the origin answers than before the storm. */
function slowdown({ hot }: Storm): number {
  const during = hot.stretch.waits.median()
  return during === undefined || hot.waitBefore === undefined || during < 50 ? 1 : during / Math.max(1, hot.waitBefore)
}

function severityOf(storm: Storm, thresholds: StormThresholds): FindingDraft['severity'] {
  const { stretch } = storm.hot
  if (stretch.failures >= 0.05 * storm.asked && storm.asked >= 200) return 'critical'
  if (storm.asked >= 100 && (storm.rate >= thresholds.high_rate || slowdown(storm) >= 3)) return 'high'
  if (storm.asked < 2 * thresholds.min_misses || storm.rate < 2 || storm.cause === 'revalidation' || storm.cause === 'unique-path-flood') return 'low'
  return storm.cause === 'expiry-or-purge' && stretch.alongside < 0.1 * storm.asked && slowdown(storm) < 2 ? 'low' : 'medium'
}

const collapseOf = ({ hot, asked }: Storm): number => asked / Math.max(1, hot.stretch.keys.count)

function why(storm: Storm): string {
  const { stretch } = storm.hot
  const keys = stretch.keys.count === 1 ? '1 object' : `${stretch.keys.count} objects`
  const were = stretch.keys.count === 1 ? ['was', 'is'] : ['were', 'are']
  switch (storm.cause) {
    case 'unique-query-flood': {
      const parameters = stretch.parameters.top(2).map(([word]) => word)
      return `${stretch.newWithQuery} of them carry a query string nobody used before${parameters.length > 0 ? ` (${listed(parameters)})` : ''}, on ${stretch.floodPaths.size} ${stretch.floodPaths.size === 1 ? 'path' : 'paths'} that ${stretch.floodPaths.size === 1 ? 'is' : 'are'} cached without it`
    }
    case 'unique-path-flood': return `${stretch.notFound} of them are for paths that do not exist, each another one`
    case 'cache-disabled': return `${stretch.again} of them fetch again what had just been fetched: ${keys} that used to be cached ${were[1]} no longer kept`
    case 'expiry-or-purge': return stretch.alongside >= 0.3 * storm.asked ? `${stretch.alongside} of them fetch what was already on its way: ${keys} left the cache and the fetches were not collapsed` : `${keys} that ${were[0]} in the cache had to be fetched again`
    case 'revalidation': return `${stretch.revalidated} of them only ask whether ${keys} ${were[1]} still good`
  }
}

const REMEDIES: Readonly<Record<StormCause, string>> = {
  'unique-query-flood': 'Leave query parameters that do not change the answer out of the cache key (or allow only known ones), and limit the clients that send them.',
  'unique-path-flood': 'Cache negative answers for a short time, and limit the clients that send the requests.',
  'cache-disabled': 'Compare the Cache-Control and Set-Cookie headers that the origin sends now with those from before the first time given, and undo the change; meanwhile set a minimum TTL at the edge.',
  'expiry-or-purge': 'Collapse concurrent fetches of one object (proxy_cache_lock, request coalescing, origin shield), serve stale while revalidating, spread TTLs, and purge in steps.',
  revalidation: 'Give the objects a TTL that is longer than the time between requests, or stale-while-revalidate; look for max-age=0 or no-cache at the first time given.',
}

function timeToLive({ entity, cause }: Storm): FindingDraft['measured'][number][] {
  const before = entity.lived.median()
  const during = cause === 'cache-disabled' ? [{ field: 'effective TTL during', value: 0, unit: 's' }] : []
  if (before !== undefined) return [{ field: 'effective TTL before, median', value: before / 1000, unit: 's' }, ...during]
  return entity.heldMs > 0 ? [{ field: 'effective TTL before, at least', value: entity.heldMs / 1000, unit: 's' }, ...during] : during
}

function measuredOf(storm: Storm, thresholds: StormThresholds, watch: MissWatch): FindingDraft['measured'] {
  const { hot, asked } = storm
  const { stretch } = hot
  const windowS = thresholds.window_s
  const during = stretch.waits.median()
  return [
    { field: 'fetches from the origin', value: asked, op: '>=', threshold: thresholds.min_misses, unit: 'requests' },
    { field: 'robust z of the fetches', value: storm.z, op: '>=', threshold: thresholds.min_z },
    { field: 'fetch rate', value: storm.rate, unit: 'requests/s' },
    { field: 'fetch rate, normal', value: storm.normal / windowS, unit: 'requests/s' },
    { field: 'collapse factor (fetches per object)', value: collapseOf(storm) },
    { field: 'hit share before', value: servedShare(hot.hitsBefore, hot.fetchesBefore) },
    { field: 'hit share during', value: servedShare(stretch.hits, asked) },
    { field: 'load on the origin', value: stretch.originMs / storm.seconds, unit: 'ms/s' },
    ...(during === undefined ? [] : [{ field: 'origin time per fetch, median', value: during, unit: 'ms' }]),
    ...(hot.waitBefore === undefined ? [] : [{ field: 'origin time per fetch before, median', value: hot.waitBefore, unit: 'ms' }]),
    ...timeToLive(storm),
    ...ttlMeasured(ttlViewOf(watch, storm.entity.name)),
    ...(stretch.failures > 0 ? [{ field: 'failed meanwhile', value: stretch.failures, unit: 'requests' }] : []),
  ]
}

const rateText = (rate: number): string => rate >= 10 ? String(Math.round(rate)) : String(Number(rate.toPrecision(2)))

/** What the other names do meanwhile: is it this name, or the cache as a whole? */
function comparisonOf({ entity, hot }: Storm, { min_factor: factor }: StormThresholds, watch: MissWatch): string {
  const { firstMs, lastMs } = hot.stretch
  const calm: string[] = []
  const busy: string[] = []
  for (const other of watch.names.values()) {
    if (other.name === entity.name || other.hits + other.fetches < 10) continue
    const during = countBetween(other.counts, firstMs, lastMs)
    const windows = Math.max(1, (lastMs - firstMs) / other.counts.widthMs)
    const normal = (median(other.counts.between(watch.firstMs, watch.lastMs)) ?? 0) * windows
    const words = `${other.name} (${during} fetches, normally ${rateText(normal)})`
    if (during >= 10 && during > factor * normal + 2 * countFloor(normal)) busy.push(words)
    else calm.push(words)
  }
  if (calm.length + busy.length === 0) return 'no other name goes through these caches'
  return [...(busy.length > 0 ? [`also busy meanwhile: ${listed(busy.sort())}`] : []), ...(calm.length > 0 ? [`as usual meanwhile: ${listed(calm.sort())}`] : [])].join('; ')
}

/** A storm as a finding. */
export function reportStorm(storm: Storm, thresholds: StormThresholds, watch: MissWatch): FindingDraft {
  const { entity, hot, asked } = storm
  const { stretch } = hot
  const what = `${entity.name === '' ? 'the site' : entity.name}${entity.path ?? ''}`
  const clients = stretch.clients.size
  const load = `${rateText(storm.rate)} fetches/s, ${Math.round(stretch.originMs / storm.seconds)} ms of origin time a second`
  return {
    severity: severityOf(storm, thresholds),
    confidence: storm.z >= 3 * thresholds.min_z && asked >= 2 * thresholds.min_misses ? 'high' : 'medium',
    subject: { hostnames: entity.name === '' ? [] : [entity.name], origin_ips: [...stretch.ips].sort(), pops: stretch.pops.words() },
    hostname: entity.name === '' ? undefined : entity.name,
    count: asked, ts_ms: stretch.firstMs, ts_end_ms: stretch.lastMs,
    measured: measuredOf(storm, thresholds, watch),
    evidence: stretch.evidence.pick(),
    message: `${what}: the cache asked the origin ${asked} times in ${seconds(storm.seconds * 1000)} (normal: ${rateText(storm.normal / thresholds.window_s * storm.seconds)}); ${why(storm)}; ${load}, from ${clients} ${clients === 1 ? 'client' : 'clients'}`,
    cause: storm.cause,
    comparison: comparisonOf(storm, thresholds, watch),
    remediation: REMEDIES[storm.cause],
    key: [entity.name, entity.path ?? '', storm.cause],
  }
}
