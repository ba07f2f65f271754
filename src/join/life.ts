/** How long an answer lives. */
import type { Facts } from './facts.js'

/** What caches add to a TTL. 6.5 % of flows start more than a minute after it ran out (DNS-OARC 47), so more than nine in ten are within one. */
export const DEFAULT_TTL_SLACK_MS = 60_000
/** Nothing is remembered for longer. */
export const LONGEST_LIFE_MS = 86_400_000
/** Logs of questions alone carry no TTL; most published ones are shorter than this. */
const ASSUMED_TTL_MS = 600_000

/** How long an answer may be used, ms: its smallest TTL and what caches add to it. */
export function lifeMs(dns: Facts, slackMs: number): number {
  const ttl = dns.ttlSeconds
  return Math.min(LONGEST_LIFE_MS, (ttl === undefined ? ASSUMED_TTL_MS : ttl * 1000) + slackMs)
}
