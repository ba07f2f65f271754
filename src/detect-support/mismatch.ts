/** Does a name belong at an address? The benign explanations come first; what is left must be shown by the server itself. */
import { ipFamily } from '../address.js'
import { namesCover, sameOwner } from './names.js'
import type { Pair, TlsView } from './tls-view.js'

/** What speaks against a name at an address. The first four are the server's own word, the others only make it likelier. */
export type Reason = 'certificate' | 'turned-away' | 'handshake-refused' | 'other-host' | 'unanswered' | 'own-answers'

/** Reasons that suffice to call it a mismatch. */
export const PROVING: ReadonlySet<Reason> = new Set(['certificate', 'turned-away', 'handshake-refused', 'other-host'])

/** A name at an address that is another's. */
export interface Mismatch {
  readonly pair: Pair
  /** Names that are at home at the address. */
  readonly owners: readonly string[]
  /** Addresses where the name is at home, as far as the run shows. */
  readonly homes: readonly string[]
  readonly reasons: readonly Reason[]
}

/** Handshakes of which so many followed a look-up of the very name were led there by DNS, even where the log hides the answer. */
const LED_BY_DNS = 0.8
/** Handshakes without a request that are needed before their lack says something, and requests of the neighbours. */
const ENOUGH = 3

/** Is the name served at the address, or does the server show a certificate for it that clients accept? */
export function isAtHome(pair: Pair | undefined): boolean {
  return pair !== undefined && (pair.served > 0 || (pair.covered > 0 && pair.refusals === 0 && pair.faults === 0))
}

/** No handshake for the name goes wrong there. */
function isSound(pair: Pair): boolean {
  return isAtHome(pair) || (pair.accepted > 0 && pair.refusals + pair.faults + pair.uncovered + pair.turnedAway + pair.refused === 0)
}

/** Names that are at home at an address besides one, the busiest first: those that DNS gave it for, and those it serves. */
export function ownersOf(view: TlsView, ip: string, besides: string): string[] {
  const pairs = view.pairsOfAddress.get(ip)
  const byDns = [...view.namesOf.get(ip) ?? []].filter(name => { const pair = pairs?.get(name); return pair === undefined || isSound(pair) })
  const served = [...pairs?.values() ?? []].filter(isAtHome).map(pair => pair.name)
  const handshakes = (name: string): number => pairs?.get(name)?.handshakes ?? 0
  return [...new Set([...byDns, ...served])].filter(name => name !== besides).sort((a, b) => handshakes(b) - handshakes(a) || (a < b ? -1 : 1))
}

/** Addresses where a name is at home: what DNS gave for it, what serves it, and what a healthy period showed. */
export function homesOf(view: TlsView, name: string): string[] {
  const served = [...view.pairsOfName.get(name)?.values() ?? []].filter(isAtHome).map(pair => pair.ip)
  return [...new Set([...view.asked.get(name)?.addresses.keys() ?? [], ...served, ...view.baseline ? homesOf(view.baseline, name) : []])].sort()
}

/** The answers of this name that the clients in question were given are all known, and none has the address. */
function answersExclude(view: TlsView, pair: Pair): boolean {
  const asked = view.asked.get(pair.name)
  if (!asked || asked.answers === 0 || pair.lookedUp > 0 || pair.resolvers.size === 0) return false
  const family = [...asked.addresses].filter(([ip]) => ipFamily(ip) === ipFamily(pair.ip))
  const answering = new Set(family.flatMap(([, answered]) => [...answered.resolvers]))
  return pair.resolvers.words().every(resolver => answering.has(resolver))
}

function reasonsOf(view: TlsView, pair: Pair): Reason[] {
  const reasons: Reason[] = []
  const neighbours = [...view.pairsOfAddress.get(pair.ip)?.values() ?? []].filter(other => other !== pair)
  // clients that only say "bad certificate" may mean the name; those that say expired or unknown CA do not
  const unnamed = pair.causes.count('refused') + pair.causes.count('hostname_mismatch')
  if (pair.uncovered > 0 || (unnamed > 0 && unnamed === pair.causes.total && neighbours.every(other => other.refusals === 0))) reasons.push('certificate')
  if (pair.refused > 0) reasons.push('turned-away')
  if (pair.turnedAway > 0) reasons.push('handshake-refused')
  if (pair.elsewhere > 0 && pair.elsewhere === pair.requests && !pair.hosts.words().some(host => sameOwner(host, pair.name)) && !pair.certificates.some(shown => pair.hosts.words().every(host => namesCover(shown.names, host)))) reasons.push('other-host')
  if (pair.requests === 0 && pair.handshakes >= ENOUGH && neighbours.reduce((sum, other) => sum + other.served, 0) >= ENOUGH) reasons.push('unanswered')
  if (answersExclude(view, pair)) reasons.push('own-answers')
  return reasons
}

/**
 * A name at an address where it does not belong; undefined where a benign explanation is left: DNS gave the address for the name or
 * for an alias of it, now or in a healthy period; the server serves it or has a certificate for it (answers cached by clients, pinned
 * names, shared addresses); clients asked DNS for the name just before; nobody else is at home there.
 */
export function mismatchOf(view: TlsView, pair: Pair, outerNames: ReadonlySet<string> = new Set()): Mismatch | undefined {
  const { name, ip } = pair
  if (view.asked.size === 0 || isAtHome(pair) || pair.covered > 0 || pair.handshakes === 0 || outerNames.has(name)) return undefined
  if (view.asked.get(name)?.addresses.has(ip) || view.baseline?.asked.get(name)?.addresses.has(ip) || isAtHome(view.baseline?.pairOf(name, ip))) return undefined
  if (pair.lookedUp >= LED_BY_DNS * pair.handshakes) return undefined
  const owners = ownersOf(view, ip, name)
  if (owners.length === 0) return undefined
  const reasons = reasonsOf(view, pair)
  return reasons.length === 0 ? undefined : { pair, owners, homes: homesOf(view, name).filter(home => home !== ip), reasons }
}
