/**
 * Interception: a gateway, a scanner or an attacker that signs in the place of servers shows itself by one issuer under which names of many owners stand,
 * for the clients behind it alone. The proof is the comparison of O'Neill et al. (IMC 2016): the certificate that a client gets against the one that others get.
 *
 * Not it: CAs of the public (they sign for everybody, everywhere), one owner's CA for its own names, one certificate for many names, a CA whose
 * certificates everybody gets, a certificate that replaced another, names that are private.
 */
import { isInterceptor, areStrangers, isPublicIssuer, type Issuer } from './issuers.js'
import type { Collected, Signed } from './interception-watch.js'
import { registeredDomain } from './names.js'
import { isPrivateAddress, networkOf } from './networks.js'

/** Thresholds; what they mean is said where they are settable. */
export interface InterceptionRules { readonly minNames: number, readonly minNamesAlone: number, readonly knownIssuers: readonly string[], readonly bits4: number, readonly bits6: number }

/** Names of one owner, as far as domains and shared certificates tell. */
export interface Owned {
  readonly signed: readonly Signed[]
  /** The same names signed by others, for clients that the issuer never shows itself to. */
  readonly elsewhere: readonly Signed[]
  /** `network`: other networks see other issuers; `neighbour`: other clients of the same networks do. */
  readonly seenBy: 'network' | 'neighbour' | undefined
  /** Others see another certificate at the very same server (or its network). */
  readonly isSameServer: boolean
}

/** An issuer under suspicion. */
export interface Interception {
  readonly issuer: Issuer
  readonly owners: readonly Owned[]
  readonly networks: readonly string[]
  readonly clients: ReadonlySet<string>
  readonly refusing: ReadonlySet<string>
  readonly handshakes: number
  /** Unrelated names that others see signed by somebody else; of them at the same servers. */
  readonly contradicted: number
  readonly sameServer: number
  /** Share of the unrelated names that these networks saw. */
  readonly share: number
  readonly serverNetworks: number
  readonly isProduct: boolean
  /** `contradicted`: others see other issuers; `confined`: only these networks see it; `alone`: nothing to compare with. */
  readonly grade: 'contradicted' | 'confined' | 'alone'
  readonly unseen: number
}

function push(map: Map<string, Signed[]>, key: string, one: Signed): void {
  const list = map.get(key)
  if (list) list.push(one)
  else map.set(key, [one])
}

/** Puts names together that share a registered domain or a certificate. */
function ownersOf(signed: readonly Signed[]): Signed[][] {
  const parent = new Map<string, string>()
  const rootOf = (word: string): string => {
    let at = word
    for (let up = parent.get(at); up !== undefined && up !== at; up = parent.get(at)) at = up
    return at
  }
  const tie = (a: string, b: string): void => {
    for (const one of [a, b]) if (!parent.has(one)) parent.set(one, one)
    parent.set(rootOf(a), rootOf(b))
  }
  for (const one of signed) {
    const domain = `d ${registeredDomain(one.name)}`
    tie(domain, domain)
    for (const name of one.alternatives) tie(domain, `d ${registeredDomain(name.replace(/^\*\./, ''))}`)
    for (const certificate of one.certificates) tie(domain, `c ${certificate}`)
  }
  const groups = new Map<string, Signed[]>()
  for (const one of signed) {
    const root = rootOf(`d ${registeredDomain(one.name)}`)
    push(groups, root, one)
  }
  return [...groups.values()]
}

interface Run { readonly byName: ReadonlyMap<string, readonly Signed[]>, readonly networksOf: ReadonlyMap<string, ReadonlySet<string>>, readonly clientsOf: ReadonlyMap<string, ReadonlySet<string>>, readonly rules: InterceptionRules }

function index(signed: readonly Signed[], rules: InterceptionRules): Run {
  const byName = new Map<string, Signed[]>()
  const [networksOf, clientsOf] = [new Map<string, Set<string>>(), new Map<string, Set<string>>()]
  const grow = (map: Map<string, Set<string>>, key: string, words: Iterable<string>): void => {
    const set = map.get(key) ?? new Set()
    for (const word of words) set.add(word)
    map.set(key, set)
  }
  for (const one of signed) {
    push(byName, one.name, one)
    grow(networksOf, one.issuer.key, [one.network])
    grow(clientsOf, one.issuer.key, one.clients)
  }
  return { byName, networksOf, clientsOf, rules }
}

/** Of two issuers that nobody knows, the one that more networks see (then more clients) is the name's own. */
function isUsual(other: Issuer, suspect: Issuer, { networksOf, clientsOf, rules }: Run): boolean {
  if (isPublicIssuer(other, rules.knownIssuers)) return true
  const count = (map: Run['networksOf'], issuer: Issuer): number => map.get(issuer.key)?.size ?? 0
  const networks = count(networksOf, other) - count(networksOf, suspect)
  return networks === 0 ? count(clientsOf, other) > count(clientsOf, suspect) : networks > 0
}

function compare(signed: readonly Signed[], suspect: Issuer, run: Run): Owned {
  const [networks, clients] = [run.networksOf.get(suspect.key)!, run.clientsOf.get(suspect.key)!]
  // an issuer that was no longer in use when this one came was only replaced by it
  const firsts = new Map<string, number>()
  for (const { name, firstMs = -Infinity } of signed) firsts.set(name, Math.min(firsts.get(name) ?? firstMs, firstMs))
  const elsewhere = [...firsts].flatMap(([name, firstMs]) => (run.byName.get(name) ?? []).filter(other => !isInterceptor(other.issuer) && areStrangers(other.issuer, suspect) && (other.lastMs ?? Infinity) >= firstMs && isUsual(other.issuer, suspect, run)))
  const outside = elsewhere.filter(other => !networks.has(other.network))
  const beside = elsewhere.filter(other => [...other.clients].some(client => !clients.has(client)))
  const servers = new Set(signed.flatMap(one => [...one.servers]).map(ip => networkOf(ip, run.rules.bits4, run.rules.bits6)))
  const told = outside.length > 0 ? outside : beside
  return { signed, elsewhere: told, seenBy: outside.length > 0 ? 'network' : beside.length > 0 ? 'neighbour' : undefined, isSameServer: told.some(other => [...other.servers].some(ip => servers.has(networkOf(ip, run.rules.bits4, run.rules.bits6)))) }
}

const union = (signed: readonly Signed[], of: (one: Signed) => ReadonlySet<string>): Set<string> => new Set(signed.flatMap(one => [...of(one)]))

/** Does a suspicion without any comparison hold? Only its own networks see the issuer, and hardly anything else; other networks see plenty without it. */
function gradeAlone(suspect: Issuer, owners: readonly Owned[], share: number, serverNetworks: number, all: readonly Signed[], run: Run): Interception['grade'] | undefined {
  const { minNames, minNamesAlone } = run.rules
  if (isInterceptor(suspect) && owners.length >= minNames) return 'confined'
  const networks = run.networksOf.get(suspect.key)!
  const everywhere = new Set(all.map(one => one.network))
  if (owners.length < minNamesAlone || serverNetworks < minNames || (everywhere.size > 1 && networks.size * 2 > everywhere.size)) return undefined
  const others = all.filter(one => !networks.has(one.network))
  if (share >= 0.8 && ownersOf(others).length >= minNamesAlone) return 'confined'
  // the only issuer of a run may as well be the run's own CA
  return all.some(one => areStrangers(one.issuer, suspect)) ? 'alone' : undefined
}

function judge(suspect: Issuer, signed: readonly Signed[], all: readonly Signed[], collected: Collected, run: Run): Interception | undefined {
  const owners = ownersOf(signed).map(group => compare(group, suspect, run))
  if (owners.length < run.rules.minNames) return undefined
  const networks = run.networksOf.get(suspect.key)!
  const contradicted = owners.filter(one => one.seenBy !== undefined)
  const mine = all.filter(one => networks.has(one.network))
  const share = owners.length / Math.max(1, ownersOf(mine).length)
  const servers = [...union(signed, one => one.servers)].filter(ip => !isPrivateAddress(ip))
  const serverNetworks = new Set(servers.map(ip => networkOf(ip, run.rules.bits4, run.rules.bits6))).size
  const grade = contradicted.length >= run.rules.minNames ? 'contradicted' : gradeAlone(suspect, owners, share, serverNetworks, all, run)
  if (grade === undefined) return undefined
  return {
    issuer: suspect, owners, networks: [...networks].sort(), clients: union(signed, one => one.clients), refusing: union(signed, one => one.refusing), handshakes: signed.reduce((sum, one) => sum + one.handshakes, 0),
    contradicted: contradicted.length, sameServer: contradicted.filter(one => one.isSameServer && one.seenBy === 'network').length, share: Math.min(1, share), serverNetworks, isProduct: isInterceptor(suspect), grade,
    unseen: [...networks].reduce((sum, network) => sum + (collected.unseen.get(network) ?? 0), 0),
  }
}

/** Every issuer that is suspected to sign in the place of servers, those with most names first. */
export function findInterceptions(collected: Collected, rules: InterceptionRules): Interception[] {
  const all = collected.signed
  const run = index(all, rules)
  const byIssuer = new Map<string, Signed[]>()
  for (const one of all) if (!isPublicIssuer(one.issuer, rules.knownIssuers)) push(byIssuer, one.issuer.key, one)
  return [...byIssuer.values()].map(signed => judge(signed[0]!.issuer, signed, all, collected, run)).filter(found => found !== undefined)
    .sort((a, b) => b.owners.length - a.owners.length || (a.issuer.key < b.issuer.key ? -1 : 1))
}
