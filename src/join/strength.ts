/**
 * Keys and their strength. Two events agree when everything both know is equal; how strong the bond is follows from what both know.
 * Empty values never match.
 */
import type { Pair } from '../schema/session.js'

/** What both events know, as a set of bits. */
export const CLIENT = 1
export const PORT = 2
export const SERVER = 4
export const NAME = 8

/** Ranks from 0 (strongest), as SPEC section 4 orders them; undefined = no bond. */
export function rankOf(shared: number): number | undefined {
  if ((shared & (CLIENT | PORT)) === (CLIENT | PORT)) return 0
  switch (shared & (NAME | SERVER | CLIENT)) {
    case NAME | SERVER | CLIENT: return 1
    case NAME | SERVER: return 2
    case NAME | CLIENT: return 3
    case NAME: return 4
    case SERVER | CLIENT: return 5
    case SERVER: return 6
    default: return undefined
  }
}

/** How far a bond of each rank is to be believed, before distance and rivals are counted. */
const BASE = [1, 0.97, 0.85, 0.9, 0.6, 0.55, 0.35] as const

/**
 * Score of a pair, 0 to 1: the rank's base, less up to a fifth for distance as a share of the window, less for rivals that fitted as
 * well (one rival costs 5 %, many at most 40 %), and 30 % less for a DNS event after the handshake it explains.
 */
export function scoreOf(rank: number, gapMs: number, windowMs: number, rivals: number, later: boolean): number {
  const distance = windowMs > 0 ? 1 - 0.2 * Math.min(1, gapMs / windowMs) : 1
  const crowd = rank === 0 ? 1 : Math.max(0.6, 1 - 0.05 * rivals)
  return Math.round(BASE[rank]! * distance * crowd * (later ? 0.7 : 1) * 1000) / 1000
}

/** The names of the shared keys, as `join.pairs[].keys` prints them. */
export function keyNames(shared: number): Pair['keys'] {
  const names: Pair['keys'] = []
  if (shared & CLIENT) names.push('client.ip')
  if (shared & PORT) names.push('client.port')
  if (shared & SERVER) names.push('server.ip')
  if (shared & NAME) names.push('hostname')
  return names
}
