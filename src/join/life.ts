/** How long an answer lives. */
import type { Facts } from './facts.js'

/** What caches add to a TTL. 6.5 % of flows start more than a minute after it ran out (DNS-OARC 47), so more than nine in ten are within one. */
export const DEFAULT_TTL_SLACK_MS = 60_000
/** Nothing is remembered for longer. */
export const LONGEST_LIFE_MS = 86_400_000
/**
 * A connection that carried nothing for so long has been closed: Envoy, which waits longest of the common servers, does so after an hour unless told otherwise
 * (https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts, idle_timeout); browsers, Go and curl do after minutes.
 */
export const LONGEST_IDLE_MS = 3_600_000
/** Logs of questions alone carry no TTL; most published ones are shorter than this. */
const ASSUMED_TTL_MS = 600_000

/** How long an answer may be used, ms: its smallest TTL and what caches add to it. */
export function lifeMs(dns: Facts, slackMs: number): number {
  const ttl = dns.ttlSeconds
  return Math.min(LONGEST_LIFE_MS, (ttl === undefined ? ASSUMED_TTL_MS : ttl * 1000) + slackMs)
}
