// The naive join's idea of what belongs together and who is whose partner: everything is compared with everything, in whole microseconds.
import type { Facts } from '../src/join/facts.js'
import { CLIENT, NAME, PORT, rankOf, SERVER } from '../src/join/strength.js'

/** Whole microseconds of ms. */
export const us = (ms: number): number => Math.round(ms * 1000)

/** Lines about one thing, and what they know together. */
export interface Group { readonly lead: Facts, readonly members: readonly Facts[], taken: boolean, used: boolean, usedUs: number, opening?: { readonly dns: Bond | undefined, readonly others: readonly Bond[] } }

/** Who looks for a partner, or may be one. */
export interface Known { readonly group: Group | undefined, readonly lead: Facts, readonly client: string | undefined, readonly port: number | undefined, readonly servers: readonly string[], readonly names: readonly string[], readonly family: number }

/** A partner found. */
export interface Bond { readonly group: Group, readonly seeker: Known, readonly shared: number, readonly rank: number, readonly gapUs: number, readonly later: boolean, readonly rivals: number, bound: string, reused: boolean }

/** Lines as a group, the first of them the lead. */
export const groupOf = (members: readonly Facts[]): Group => ({ lead: members[0]!, members, taken: false, used: false, usedUs: 0 })

/** Groups by the place of their leads. */
export const inOrder = (a: { lead: Facts }, b: { lead: Facts }): number => a.lead.order - b.lead.order

// --- lines about one thing -------------------------------------------------------------------------------------------

/** When what a line tells of ends; no later than five minutes after its start. */
export const endUs = (one: Facts): number => Math.min(us(Math.max(one.at, one.end)), us(one.start) + 300_000_000)
/** GET where a line does not say. */
export const method = (one: Facts): string => one.event.http?.request?.method ?? 'GET'
/** Path and query. */
export const target = (one: Facts): string => `${one.event.url?.path ?? ''}?${one.event.url?.query ?? ''}`
const differ = (a: unknown, b: unknown): boolean => a !== undefined && b !== undefined && a !== b
const knows = (value: unknown): number => Number(value !== undefined)

interface Sameness { key(one: Facts): unknown[] | undefined, agree(a: Facts, b: Facts): boolean, whole?(group: readonly Facts[]): boolean, slackMs: number, first(a: Facts, b: Facts): number }

/** None of the hops that ask others can have got this answer. */
function isUnheard(status: number, hops: readonly Facts[]): boolean {
  const isWhole = (code: number): boolean => code === 200 || code === 206 || code === 304
  return hops.length > 0 && hops.every(({ event: { cdn, error } }) => {
    const told = [cdn?.origin?.status_code, ...(cdn?.origin?.attempts ?? []).map(one => one.status_code)].filter(code => code !== undefined)
    if (told.length > 0) return !told.includes(status) && !(isWhole(status) && told.some(isWhole))
    return (cdn?.cache?.status === 'hit' && !cdn.origin) || /^(dns_|destination_|connection_(timeout|refused)$|tls_)/.test(error?.type ?? '')
  })
}

/** When two lines tell of one request. */
export function requests(windowMs: number): Sameness {
  return {
    key: one => one.client === undefined || one.names.length === 0 || one.event.url?.path === undefined ? undefined : [one.client, one.names[0], method(one) === 'HEAD' ? 'GET' : method(one), target(one)],
    agree: (a, b) => (a.event.dataset !== b.event.dataset || !differ(a.event.http?.request?.id, b.event.http?.request?.id)) && (a.leg !== b.leg || (!differ(a.clientPort, b.clientPort) && method(a) === method(b))),
    slackMs: Math.min(20, windowMs),
    whole: group => !group.some(inner => inner.leg === 'origin' && inner.event.http?.response?.status_code !== undefined && isUnheard(inner.event.http.response.status_code, group.filter(one => one !== inner && (one.leg === 'client' || one.event.cdn?.origin || one.event.cdn?.cache)))),
    first: (a, b) => Number(b.leg === 'client') - Number(a.leg === 'client') || knows(b.clientPort) - knows(a.clientPort) || (b.event.duration_ms ?? -1) - (a.event.duration_ms ?? -1) || a.order - b.order,
  }
}

/** When two lines of a client tell of one attempt. */
export const attempts: Sameness = { key: one => one.names.length === 0 || one.event.url?.path === undefined ? undefined : [one.names[0], target(one)], agree: () => true, slackMs: 1000, first: (a, b) => a.order - b.order }

/** When two lines tell of one handshake, or of one connection. */
export const handshakes = (windowMs: number): Sameness => ({
  key: one => one.client === undefined || one.clientPort === undefined ? undefined : [one.client, one.clientPort],
  agree: (a, b) => !differ(a.servers[0], b.servers[0]) && !differ(a.names[0], b.names[0]),
  slackMs: windowMs,
  first: (a, b) => a.tick - b.tick || a.order - b.order,
})

/** When two lines tell of one look-up. */
export const queries = (windowMs: number): Sameness => ({
  key: one => one.client === undefined || one.names.length === 0 ? undefined : [one.client, one.event.dns?.question?.name, one.event.dns?.question?.type],
  agree: (a, b) => !differ(a.event.client?.port, b.event.client?.port),
  slackMs: Math.min(20, windowMs),
  first: (a, b) => Number(b.servers.length > 0) - Number(a.servers.length > 0) || a.tick - b.tick || a.order - b.order,
})

/** Each line goes to the first group that it fits, in order; a log has one line in a group at the most. */
export function grouped(lines: readonly Facts[], same: Sameness): Group[] {
  const groups: Facts[][] = []
  for (const line of lines) {
    const key = same.key(line)
    const fits = (group: readonly Facts[]): boolean => {
      const theirs = same.key(group[0]!)
      if (key === undefined || theirs === undefined || JSON.stringify(key) !== JSON.stringify(theirs)) return false
      if (us(line.start) - Math.max(...group.map(one => endUs(one) + us(one.tick))) > us(same.slackMs)) return false
      return group.every(one => (one.path !== line.path || one.dataset !== line.dataset) && same.agree(one, line)) && (same.whole?.([...group, line]) ?? true)
    }
    const group = groups.find(fits)
    if (group) group.push(line)
    else groups.push([line])
  }
  return groups.map(group => groupOf([...group].sort(same.first))).sort(inOrder)
}

/** What the lines of a group know together. */
export function known(group: Group): Known {
  const { lead, members } = group
  const isDns = lead.role === 'dns'
  const all = [...new Set(members.flatMap(one => one.servers))]
  return {
    group, lead,
    client: members.find(one => one.client !== undefined)?.client,
    port: members.find(one => one.clientPort !== undefined)?.clientPort,
    servers: isDns ? all : all.slice(0, 1),
    names: isDns ? [...new Set(members.flatMap(one => one.names))] : members.find(one => one.names.length > 0)?.names ?? [],
    family: members.find(one => one.family !== 0)?.family ?? 0,
  }
}

// --- agreement, strength, distance -----------------------------------------------------------------------------------

interface Wants { readonly beforeMs: number, readonly afterMs: number, readonly nameMayDiffer?: boolean, readonly laterLast?: boolean, readonly oneName?: boolean, readonly causesOnly?: boolean, readonly lives?: (group: Group) => number }

const sameFamily = (a: Known, b: Known): boolean => (a.client === undefined) === (b.client === undefined) && (a.client === undefined || a.client.includes(':') === b.client!.includes(':'))

/** What both know and share; undefined where they disagree in anything both know. */
function sharedOf(seeker: Known, other: Known, nameMayDiffer: boolean): number | undefined {
  if (seeker.family !== 0 && other.family !== 0 && seeker.family !== other.family) return undefined
  let shared = 0
  if (sameFamily(seeker, other)) {
    if (differ(seeker.client, other.client) || differ(seeker.port, other.port)) return undefined
    if (seeker.client !== undefined) shared |= CLIENT
    if (seeker.port !== undefined && other.port !== undefined) shared |= PORT
  }
  if (seeker.servers.length > 0 && other.servers.length > 0) {
    if (!other.servers.includes(seeker.servers[0]!)) return undefined
    shared |= SERVER
  }
  const isOneConnection = nameMayDiffer && (shared & (CLIENT | PORT)) === (CLIENT | PORT)
  if (!isOneConnection && seeker.names.length > 0 && other.names.length > 0) {
    if (!other.names.includes(seeker.names[0]!)) return undefined
    shared |= NAME
  }
  return shared
}

const isLater = (a: Facts, b: Facts): boolean => us(b.at) > us(a.at) && us(b.at) >= us(a.at) + us(a.tick)
/** The gap between two stamps, each of which covers its clock's tick. */
export const gapUs = (a: Facts, b: Facts): number => Math.max(0, us(b.at) > us(a.at) ? us(b.at) - us(a.at) - us(a.tick) : us(a.at) - us(b.at) - us(b.tick))

/** Every candidate that agrees and lies in the window, best first. */
export function fitting(seeker: Known, candidates: readonly Group[], wants: Wants): Bond[] {
  const bonds: Bond[] = []
  for (const group of candidates) {
    const other = known(group)
    if (wants.causesOnly && !(group.lead.isCause && group.lead.leadsSomewhere)) continue
    const shared = sharedOf(seeker, other, wants.nameMayDiffer ?? false)
    const rank = shared === undefined ? undefined : rankOf(shared)
    const later = isLater(seeker.lead, group.lead)
    const gap = gapUs(seeker.lead, group.lead)
    if (rank === undefined || (later && wants.lives) || gap > us(later ? wants.afterMs : wants.beforeMs) || (wants.lives && gap > us(wants.lives(group)))) continue
    bonds.push({ group, seeker, shared: shared!, rank, gapUs: gap, later, rivals: 0, bound: 'window', reused: false })
  }
  const begun = (bond: Bond): boolean => us(bond.group.lead.at) <= us(seeker.lead.at)
  const distance = (a: Bond, b: Bond): number => (begun(b) ? 1 : 0) - (begun(a) ? 1 : 0) || (begun(a) ? us(b.group.lead.at) - us(a.group.lead.at) : us(a.group.lead.at) - us(b.group.lead.at)) || inOrder(a.group, b.group)
  return bonds.sort((a, b) => (wants.laterLast ? Number(a.later) - Number(b.later) : 0) || a.rank - b.rank || Number(a.later) - Number(b.later) || a.gapUs - b.gapUs || distance(a, b))
}

/** The one to be taken, with the number of those that fitted by the same keys. */
export function bestOf(seeker: Known, candidates: readonly Group[], wants: Wants): Bond | undefined {
  const bonds = fitting(seeker, candidates, wants)
  const [best] = bonds
  if (!best) return undefined
  const equals = bonds.filter(bond => bond.shared === best.shared)
  // nothing but an address ties them: then it must have served one name
  if (wants.oneName && (best.shared & NAME) === 0 && new Set(equals.filter(bond => best.later || !bond.later).map(bond => known(bond.group).names[0])).size > 1) return undefined
  return { ...best, rivals: equals.length - 1 }
}

