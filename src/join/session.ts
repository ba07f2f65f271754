/** Writes the session of a claim: values merged, phases, why it was joined, and every line it rests on. */
import { hash } from 'node:crypto'
import { round3, toRfc3339 } from '../read/time.js'
import { PROTOCOL_GROUPS, type LogEvent } from '../schema/event.js'
import type { Member, Pair, Session } from '../schema/session.js'
import type { Cluster } from './cluster.js'
import type { Facts } from './facts.js'
import { bottleneckOf, phasesOf } from './phases.js'
import { foundOf, type Claim, type Found, type JoinRules } from './claim.js'
import { keyNames, scoreOf } from './strength.js'

type Bag = Record<string, unknown>

const isBag = (value: unknown): value is Bag => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Fills what `target` lacks from `source`, group by group; lists are taken whole. */
function fillGaps(target: Bag, source: Bag): void {
  for (const key in source) {
    const theirs = source[key]
    const ours = target[key]
    if (theirs === undefined) continue
    if (ours === undefined) target[key] = isBag(theirs) ? structuredCopy(theirs) : theirs
    else if (isBag(ours) && isBag(theirs)) fillGaps(ours, theirs)
  }
}

function structuredCopy(source: Bag): Bag {
  const copy: Bag = {}
  fillGaps(copy, source)
  return copy
}

/** Fills gaps from the named groups of an event; no bag of groups is made in between (that was about half as dear as the copying). */
function fillGroups(target: Bag, event: LogEvent, groups: readonly (keyof LogEvent)[]): void {
  for (const group of groups) {
    const theirs = event[group]
    if (theirs === undefined) continue
    const ours = target[group]
    if (ours === undefined) target[group] = isBag(theirs) ? structuredCopy(theirs) : theirs
    else if (isBag(ours) && isBag(theirs)) fillGaps(ours, theirs)
  }
}

/** What a second hop may add: not its own idea of scheme, port and address, which are those of an inner leg. */
const HOP_GROUPS = ['http', 'tls', 'timing', 'cdn', 'go', 'error', 'trace', 'span', 'user_agent', 'process'] as const

/** What a handshake and an answer may add to a session. */
export const TLS_GROUPS = ['tls', 'client', 'server', 'network'] as const
export const DNS_GROUPS = ['dns'] as const

/** `haproxy` of `haproxy.http`: two lines of one program are one hop. */
const programOf = (facts: Facts): string => facts.event.dataset.split('.', 1)[0]!

/** What the outermost hop calls its origin is the next hop of our own; the innermost one knows the origin, or that none answered. */
function putOriginBehind(values: Bag, { lead, members }: Cluster): void {
  const inner = members.filter(member => member.role === 'request' && member.leg === 'client' && member.event.cdn !== undefined).at(-1)
  if (!inner || programOf(inner) === programOf(lead) || !isBag(values.cdn)) return
  const origin = inner.event.cdn?.origin
  if (origin) values.cdn.origin = structuredCopy(origin)
  else delete values.cdn.origin
}

/** Puts the merged groups of a claim on a record. */
function fillFromClaim(values: Bag, claim: Claim): void {
  const { lead, members } = claim.cluster
  fillGroups(values, lead.event, PROTOCOL_GROUPS)
  for (const member of members) {
    if (member === lead) continue
    const sameClient = member.leg === lead.leg && member.client === lead.client
    fillGroups(values, member.event, sameClient ? ['client', ...HOP_GROUPS] : HOP_GROUPS)
    if (member.role === 'attempt') fillGroups(values, member.event, ['server'])
  }
  putOriginBehind(values, claim.cluster)
  for (const note of claim.notes) fillGroups(values, note.event, ['error', 'cdn'])
  for (const member of claim.tls?.cluster.members ?? []) fillGroups(values, member.event, TLS_GROUPS)
  for (const member of claim.dns?.cluster.members ?? []) fillGroups(values, member.event, DNS_GROUPS)
}

function pairOf(found: Found, leg?: 'origin'): Pair {
  const { match, seeker } = found
  return {
    from: seeker.id,
    to: match.partner.id,
    keys: keyNames(match.shared),
    bound: found.bound,
    delta_ms: round3(match.partner.at - seeker.at),
    rivals: match.rivals,
    ...(match.later && match.partner.role === 'dns' ? { later: true } : {}),
    ...(leg ? { leg } : {}),
  }
}

const windowOf = (match: Found['match'], rules: JoinRules): number => match.later ? rules.afterMs : rules.beforeMs

/** The lines of one part of a session. */
export interface Part { readonly facts: readonly Facts[], readonly reused: boolean, readonly leg?: 'origin' }

/** Every line a claim rests on, part by part. */
export function partsOf(claim: Claim): Part[] {
  const parts: Part[] = [{ facts: claim.cluster.members, reused: false }, { facts: claim.notes, reused: false }]
  const add = (found: Found | undefined, leg?: 'origin'): void => { if (found) parts.push({ facts: found.cluster.members, reused: found.reused, ...(leg ? { leg } : {}) }) }
  add(claim.tls)
  add(claim.dns)
  add(claim.connect)
  add(claim.originTls, 'origin')
  add(claim.originDns, 'origin')
  for (const found of claim.others) add(found)
  return parts
}

function memberOf(facts: Facts, part: Part): Member {
  const leg = part.leg ?? (facts.leg === 'origin' ? 'origin' : undefined)
  const member: Member = { event_id: facts.id, type: facts.type, dataset: facts.dataset, file: facts.path, line: facts.line, ts_ms: facts.isDated ? facts.start : undefined }
  if (part.reused) member.reused = true
  if (leg) member.leg = leg
  return member
}

/** Every line of a session, in order. */
export function membersOf(claim: Claim): Member[] {
  const seen = new Set<Facts>()
  const members: { order: number, member: Member }[] = []
  for (const part of partsOf(claim)) for (const facts of part.facts) {
    if (seen.has(facts)) continue
    seen.add(facts)
    members.push({ order: facts.order, member: memberOf(facts, part) })
  }
  return members.sort((a, b) => a.order - b.order).map(({ member }) => member)
}

/** The lines of a claim that tell of a request. */
export const requestsOf = (cluster: Cluster): readonly Facts[] => cluster.members.filter(member => member.role === 'request' || member.role === 'attempt')

function hopsOf(cluster: Cluster): Session['hops'] {
  const requests = requestsOf(cluster)
  if (requests.length < 2) return undefined
  return requests.map(({ event }) => ({
    event_id: event.id,
    dataset: event.dataset,
    duration_ms: event.duration_ms,
    status_code: event.http?.response?.status_code,
    cache: event.cdn?.cache?.status,
    server_ip: event.server?.ip,
  }))
}

/** Starts and ends of what belongs to this visit: not of a connection or an answer that an earlier one paid for. */
export function spanOf(claim: Claim): { start: number, end: number } | undefined {
  if (!claim.cluster.lead.isDated) return undefined
  let start = Infinity
  let end = -Infinity
  const see = (members: readonly Facts[]): void => {
    for (const facts of members) {
      if (facts.start < start) start = facts.start
      if (facts.end > end) end = facts.end
    }
  }
  see(claim.cluster.members)
  for (const found of [claim.tls, claim.dns, claim.connect]) if (found && !found.reused && !found.match.later && found.bound === 'window') see(found.cluster.members)
  return { start, end }
}

function missingOf(claim: Claim, rules: JoinRules): string[] {
  const missing: string[] = []
  const overTls = !claim.cluster.lead.isPlain
  if (claim.kind !== 'dns' && claim.kind !== 'tls.handshake' && rules.hasTls && overTls && !claim.tls) missing.push('tls')
  if (claim.kind !== 'dns' && rules.hasDns && !claim.dns) missing.push('dns')
  return missing
}

/** A session's id hashes its claiming event only, so adding a log does not rename it. */
export function sessionId(eventId: string): string {
  return `ses:${hash('sha256', eventId, 'hex').slice(0, 16)}`
}

/** The score of the weakest pair; undefined when there is none. */
export function sessionScore(claim: Claim, rules: JoinRules): number | undefined {
  let least: number | undefined
  for (const { match, bound } of foundOf(claim)) {
    const score = scoreOf(match.rank, bound === 'window' ? match.gapMs : 0, windowOf(match, rules), match.rivals, match.later && match.partner.role === 'dns')
    if (least === undefined || score < least) least = score
  }
  return least
}

/** Score and pairs of a claim, and what it lacks. */
export function joinOf(claim: Claim, rules: JoinRules, skews?: Readonly<Record<string, number>>): Session['join'] {
  const found = [claim.tls, claim.dns, claim.connect].filter(one => one !== undefined)
  const originFound = [claim.originTls, claim.originDns].filter(one => one !== undefined)
  const score = sessionScore(claim, rules)
  return {
    ...(score === undefined ? {} : { score }),
    window_ms: { before: rules.beforeMs, after: rules.afterMs },
    ...(skews && Object.keys(skews).length > 0 ? { skew_ms: skews } : {}),
    missing: missingOf(claim, rules),
    pairs: [...[...found, ...claim.others].map(one => pairOf(one)), ...originFound.map(one => pairOf(one, 'origin'))],
    ...(claim.isEvicted ? { evicted: true } : {}),
  }
}

/** Makes the session record of a claim. `skews` are the clock corrections applied, ms per input path. */
export function sessionOf(claim: Claim, rules: JoinRules, skews?: Readonly<Record<string, number>>): Session {
  const { lead } = claim.cluster
  const { event } = lead
  const span = spanOf(claim)
  const phases = phasesOf(claim, span?.start)
  const bottleneck = bottleneckOf(phases, claim)
  const hops = hopsOf(claim.cluster)
  // assigned one by one, in the order of the schema: spreading optional pieces makes and copies an object for each of them
  const session = { type: 'session', id: sessionId(event.id) } as Session
  if (span) {
    session.time = toRfc3339(span.start)
    session.ts_ms = round3(span.start)
  }
  session.v = 1
  if (span) session.ts_end_ms = round3(span.end)
  if (event.ts_basis) session.ts_basis = event.ts_basis
  if (event.ts_res_ms !== undefined) session.ts_res_ms = event.ts_res_ms
  session.claim = claim.kind
  if (span) session.duration_ms = round3(span.end - span.start)
  else if (event.duration_ms !== undefined) session.duration_ms = event.duration_ms
  if (event.outcome) session.outcome = event.outcome
  if (event.hostname !== undefined) session.hostname = event.hostname
  if (event.message !== undefined) session.message = event.message
  fillFromClaim(session as unknown as Bag, claim)
  session.phases = phases
  if (bottleneck) session.bottleneck = bottleneck
  session.join = joinOf(claim, rules, skews)
  session.members = membersOf(claim)
  if (hops) session.hops = hops
  return session
}
