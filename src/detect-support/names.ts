/** Host names: what a certificate's names cover, and which names belong together. */

import { canonicalIp } from '../address.js'

/** Second-level labels under which registries give out names, so that `example.co.uk` and `other.co.uk` are strangers. */
const REGISTRY_LABELS = new Set(['ac', 'co', 'com', 'edu', 'gob', 'gov', 'ltd', 'mil', 'ne', 'net', 'nom', 'or', 'org', 'sch'])

/** Does one name of a certificate cover a host? A wildcard stands for exactly one left-most label (RFC 9525, 6.3). Both in lower case, A-labels. */
export function nameCovers(pattern: string, host: string): boolean {
  const wanted = pattern.toLowerCase().replace(/\.$/, '')
  if (wanted === host) return true
  if (!wanted.startsWith('*.')) return false
  const dot = host.indexOf('.')
  return dot > 0 && host.slice(dot + 1) === wanted.slice(2) && wanted.indexOf('.', 2) !== -1
}

/** Does any of a certificate's names cover a host? */
export function namesCover(names: readonly string[], host: string): boolean {
  return names.some(name => nameCovers(name, host))
}

/** The domain a name was registered as, as far as its shape tells: the last two labels, three under `co.uk` and its like. */
export function registeredDomain(name: string): string {
  const labels = name.split('.')
  const length = labels.length > 2 && labels.at(-1)!.length === 2 && REGISTRY_LABELS.has(labels.at(-2)!) ? 3 : 2
  return labels.slice(-length).join('.')
}

/** Are two names of one owner, as far as their shape tells? */
export function sameOwner(a: string, b: string): boolean {
  return registeredDomain(a) === registeredDomain(b)
}

/** Addresses that a blocking resolver answers with, and that lead nowhere. */
export function isSinkhole(ip: string): boolean {
  return ip === '0.0.0.0' || ip === '::' || ip === '::1' || ip.startsWith('127.')
}

/** Those of some words that are addresses, for a finding's subject; a client that is only known by its log is none. */
export function addressesOf(words: Iterable<string>, limit = 16): string[] {
  return [...words].filter(word => canonicalIp(word) !== undefined).sort().slice(0, limit)
}
