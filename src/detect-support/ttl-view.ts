/**
 * A cache as its operator thinks of it: how long is an object meant to be kept, how long is it kept, how often is the origin asked, and what
 * meets the origin when the busiest object expires (requests that come while its fetch is on its way: the stampede of Vattani et al., VLDB 2015).
 */
import type { Finding } from '../schema/finding.js'
import type { Entity, MissWatch } from './miss-watch.js'

/** What the logs tell of one name; what they do not tell is absent. */
export interface TtlView {
  /** Time to live that the log itself states (a TTL left, with the age), seconds. */
  readonly policy_s?: number
  /** How long objects were kept that were fetched again: median; seconds. */
  readonly effective_s?: number
  /** Where none was fetched again: the longest time an object was served since its fetch; seconds. */
  readonly at_least_s?: number
  readonly requests_per_s: number
  readonly fetches_per_s: number
  /** How long the origin takes for a fetch, median; ms. */
  readonly wait_ms?: number
  /** The path asked for most of those that are cached. */
  readonly busiest?: string
  /** Requests for it that come while one fetch is on its way. */
  readonly at_expiry?: number
}

const requestsOf = ({ hits, fetches }: Entity): number => hits + fetches

/** Views a name over the whole run; undefined for one without a request that a cache took part in, and for a run shorter than a second. */
export function ttlViewOf(watch: MissWatch, name: string): TtlView | undefined {
  const entity = watch.names.get(name)
  const seconds = (watch.lastMs - watch.firstMs) / 1000
  if (!entity || requestsOf(entity) === 0 || !(seconds >= 1)) return undefined
  let busiest: Entity | undefined
  for (const path of watch.paths.values()) if (path.name === name && (busiest === undefined || requestsOf(path) > requestsOf(busiest))) busiest = path
  const [policy, lived, wait] = [entity.policy.median(), entity.lived.median(), (busiest?.waits.seen ? busiest : entity).waits.median()]
  return {
    ...(policy === undefined ? {} : { policy_s: policy }),
    ...(lived !== undefined ? { effective_s: lived / 1000 } : entity.heldMs > 0 ? { at_least_s: entity.heldMs / 1000 } : {}),
    requests_per_s: requestsOf(entity) / seconds, fetches_per_s: entity.fetches / seconds,
    ...(wait === undefined ? {} : { wait_ms: wait }),
    ...(busiest?.path === undefined ? {} : { busiest: busiest.path, ...(wait === undefined ? {} : { at_expiry: requestsOf(busiest) / seconds * wait / 1000 }) }),
  }
}

const brief = (value: number): string => value >= 10 ? String(Math.round(value)) : String(Number(value.toPrecision(2)))

/** The view in a sentence. */
export function ttlWords({ policy_s: policy, effective_s: effective, at_least_s: least, requests_per_s: requests, fetches_per_s: fetches, wait_ms: wait, busiest, at_expiry: meeting }: TtlView): string {
  const meant = policy === undefined ? 'no log states a TTL' : `meant to be kept ${brief(policy)} s`
  const kept = effective !== undefined ? `kept ${brief(effective)} s in effect` : least !== undefined ? `kept ${brief(least)} s at least` : 'nothing was served from the cache'
  const risk = meeting === undefined || wait === undefined ? '' : meeting >= 2
    ? `; when ${busiest} expires, about ${brief(meeting)} requests come while one fetch takes ${brief(wait)} ms: collapse them`
    : `; at an expiry hardly more than one request meets the origin (${brief(wait)} ms a fetch)`
  return `${meant}, ${kept}; ${brief(fetches)} fetches/s for ${brief(requests)} requests/s${risk}`
}

/** The view as measured values of a finding, besides what the finding says of TTLs itself. */
export function ttlMeasured(view: TtlView | undefined): Finding['measured'] {
  if (!view) return []
  return [
    ...(view.policy_s === undefined ? [] : [{ field: 'TTL that the log states, median', value: view.policy_s, unit: 's' }]),
    ...(view.at_expiry === undefined || view.at_expiry < 1 ? [] : [{ field: `requests that meet one fetch of the busiest object (${view.busiest!.slice(0, 120)})`, value: view.at_expiry, unit: 'requests' }]),
  ]
}
