/**
 * A name that is led somewhere else. No single sign tells a hijack from a migration, a load balancer or a broken server: the signs
 * form a ladder (new address, TLS that fails or shows another certificate, resolvers that disagree, …) and only their sum speaks.
 */
import { ipFamily } from '../address.js'
import { differs } from './certificates.js'
import { isAtHome, ownersOf } from './mismatch.js'
import type { Pair, TlsView } from './tls-view.js'

/** A rung of the ladder. */
export type Sign = 'new-address' | 'answer-in-dns' | 'certificate-refused' | 'foreign-certificate' | 'other-certificate' | 'handshakes-fail' | 'resolvers-disagree' | 'nothing-served' | 'several-names' | 'went-back'

/** What each rung weighs. */
const POINTS: Readonly<Record<Sign, number>> = {
  'new-address': 1, 'answer-in-dns': 1, 'certificate-refused': 2, 'foreign-certificate': 2, 'other-certificate': 1, 'handshakes-fail': 1,
  'resolvers-disagree': 1, 'nothing-served': 1, 'several-names': 1, 'went-back': 1,
}
/** An address that serves other names is more likely a mistake in the zone than an attacker's. */
const SHARED_PENALTY = 2
/** Rungs without which the others are a migration: something about TLS, or a change that is taken back while resolvers disagree. */
const TLS_SIGNS: readonly Sign[] = ['certificate-refused', 'foreign-certificate', 'handshakes-fail']

/** A name at an address outside its known set, and how suspicious that is. */
export interface Hijack {
  readonly pair: Pair
  readonly homes: readonly Pair[]
  /** Addresses known from DNS answers or a healthy period alone. */
  readonly known: readonly string[]
  readonly signs: readonly Sign[]
  readonly score: number
  /** Resolvers that led there, and those that led elsewhere meanwhile. */
  readonly resolvers: readonly string[]
  readonly faithful: readonly string[]
}

/** Something is wrong with TLS for the name there: refused, not covered, vouching for itself, or mostly failing. */
export function isUnsound(pair: Pair): boolean {
  return pair.refusals + pair.uncovered + pair.faults > 0 || pair.failed * 2 > pair.handshakes
}

/** Accepted, with no more wrong than a client or two bring along: one that distrusts what everybody accepts does not make a home unsafe. */
function isMostlySound(pair: Pair): boolean {
  const wrong = pair.refusals + pair.uncovered + pair.faults
  return pair.accepted > 0 && (isUnsound(pair) ? wrong * 10 <= pair.accepted && pair.failed * 2 <= pair.handshakes : true)
}

/** Addresses of the same family where a name worked at some time of the run: served, or accepted with nothing wrong. */
function soundHomes(view: TlsView, pair: Pair): Pair[] {
  return [...view.pairsOfName.get(pair.name)?.values() ?? []].filter(other => other !== pair && ipFamily(other.ip) === ipFamily(pair.ip) && (isAtHome(other) || isMostlySound(other)))
}

/** Resolvers whose clients went to the known addresses while others were led away. */
function faithfulResolvers(view: TlsView, pair: Pair, homes: readonly Pair[]): string[] {
  const { firstMs, lastMs } = pair
  if (firstMs === undefined || lastMs === undefined) return []
  const during = new Set<string>()
  for (const home of homes) for (const [resolver, span] of home.spans) if (span.firstMs <= lastMs && span.lastMs >= firstMs) during.add(resolver)
  for (const [ip, answered] of view.asked.get(pair.name)?.addresses ?? []) {
    if (ip === pair.ip || ipFamily(ip) !== ipFamily(pair.ip) || answered.lastMs === undefined || answered.firstMs === undefined || answered.firstMs > lastMs || answered.lastMs < firstMs) continue
    for (const resolver of answered.resolvers) during.add(resolver)
  }
  const led = new Set([...pair.resolvers.words(), ...view.asked.get(pair.name)?.addresses.get(pair.ip)?.resolvers ?? []])
  return [...during].filter(resolver => !led.has(resolver)).sort()
}

/** Known addresses were used before the foreign one and again after it. */
function wentBack(pair: Pair, homes: readonly Pair[]): boolean {
  const { firstMs, lastMs } = pair
  if (firstMs === undefined || lastMs === undefined) return false
  return homes.some(home => (home.firstMs ?? Infinity) < firstMs) && homes.some(home => (home.lastMs ?? -Infinity) > lastMs)
}

function signsOf(view: TlsView, pair: Pair, homes: readonly Pair[], faithful: readonly string[]): Sign[] {
  const signs: Sign[] = ['new-address']
  const known = homes.flatMap(home => home.certificates)
  if (view.asked.get(pair.name)?.addresses.has(pair.ip)) signs.push('answer-in-dns')
  if (pair.refusals > 0) signs.push('certificate-refused')
  if (pair.uncovered + pair.faults > 0) signs.push('foreign-certificate')
  else if (known.length > 0 && pair.certificates.length > 0 && pair.certificates.every(shown => known.every(one => differs(one, shown)))) signs.push('other-certificate')
  if (pair.refusals === 0 && pair.failed > 1 && pair.failed * 2 > pair.handshakes) signs.push('handshakes-fail')
  if (faithful.length > 0) signs.push('resolvers-disagree')
  if (pair.served === 0 && homes.some(home => home.served > 0)) signs.push('nothing-served')
  const others = [...view.pairsOfAddress.get(pair.ip)?.values() ?? []].filter(other => other !== pair && isUnsound(other) && !isAtHome(other) && soundHomes(view, other).length > 0)
  if (others.length > 0) signs.push('several-names')
  if (wentBack(pair, homes)) signs.push('went-back')
  return signs
}

/** DNS gives the address for the name, or most handshakes there follow a look-up of the name. */
const isLedByDns = (view: TlsView, pair: Pair): boolean => view.asked.get(pair.name)?.addresses.has(pair.ip) === true || pair.lookedUp * 2 >= pair.handshakes

/** Judges a name at an address; undefined where the name is served there, or no other address of it is known, or nothing about TLS speaks against it. */
export function hijackOf(view: TlsView, pair: Pair): Hijack | undefined {
  const { name, ip } = pair
  if (pair.handshakes === 0 || isAtHome(pair)) return undefined
  const before = view.baseline
  if (before && (before.asked.get(name)?.addresses.has(ip) || isAtHome(before.pairOf(name, ip)))) return undefined
  const homes = soundHomes(view, pair)
  const known = [...new Set([...before?.asked.get(name)?.addresses.keys() ?? [], ...before?.pairsOfName.get(name)?.keys() ?? []])].filter(one => ipFamily(one) === ipFamily(ip)).sort()
  if (homes.length === 0 && known.length === 0) return undefined
  const isShared = ownersOf(view, ip, name).some(owner => isAtHome(view.pairOf(owner, ip)))
  if (isShared && !isLedByDns(view, pair)) return undefined
  const faithful = faithfulResolvers(view, pair, homes)
  const signs = signsOf(view, pair, homes, faithful)
  if (!TLS_SIGNS.some(sign => signs.includes(sign)) && !(signs.includes('other-certificate') && signs.includes('resolvers-disagree') && signs.includes('went-back'))) return undefined
  // what a single client refuses may be that client's own trouble
  const alone = signs.includes('certificate-refused') && !signs.includes('foreign-certificate') && pair.clients.size < 2 ? 1 : 0
  if (isShared && alone > 0) return undefined
  const score = signs.reduce((sum, sign) => sum + POINTS[sign], 0) - (isShared ? SHARED_PENALTY : 0) - alone
  const resolvers = [...new Set([...pair.resolvers.words(), ...view.asked.get(name)?.addresses.get(ip)?.resolvers ?? []])].sort()
  return { pair, homes, known, signs, score, resolvers, faithful }
}

/** Score from which a name counts as led away. */
export const HIJACK_SCORE = 4

/**
 * All names that are led away. Where one is, others at the same address are judged with it: a name of which no other address is known in
 * the run is led away too, if clients refuse what they find there and nobody is at home.
 */
export function findHijacks(view: TlsView, minScore = HIJACK_SCORE): Map<Pair, Hijack> {
  const found = new Map<Pair, Hijack>()
  for (const pair of view.pairs()) {
    const hijack = hijackOf(view, pair)
    if (hijack && hijack.score >= minScore) found.set(pair, hijack)
  }
  for (const ip of new Set([...found.keys()].map(pair => pair.ip))) {
    const pairs = [...view.pairsOfAddress.get(ip)?.values() ?? []]
    if (pairs.some(isAtHome)) continue
    for (const pair of pairs) if (!found.has(pair) && isUnsound(pair)) found.set(pair, byAssociation(pair, minScore))
  }
  return found
}

function byAssociation(pair: Pair, minScore: number): Hijack {
  const signs: Sign[] = [...(pair.refusals > 0 ? ['certificate-refused' as const] : []), ...(pair.uncovered + pair.faults > 0 ? ['foreign-certificate' as const] : []), 'several-names']
  const score = Math.max(minScore, signs.reduce((sum, sign) => sum + POINTS[sign], 0))
  return { pair, homes: [], known: [], signs, score, resolvers: pair.resolvers.words(), faithful: [] }
}
