/**
 * From failures per name to incidents: those without a cause take the cause of what they coincide with, and names that fail
 * at the same origin at the same time are one incident.
 */
import type { Incident } from './incidents.js'
import type { FailureKind } from './origin-verdict.js'
import type { CollectedKind, OriginWatch, Trouble } from './origin-watch.js'
import { densest } from './stats.js'

/** Trouble of one name, with its cause settled. */
export interface NameIncident {
  readonly kind: Exclude<FailureKind, 'unclear'>
  readonly name: string
  readonly first: number | undefined
  readonly last: number | undefined
  readonly count: number
  /** The failures themselves; several where unclear ones were added to named ones. */
  readonly parts: readonly Incident<Trouble>[]
  /** No line names the cause: it follows from time or from what fails beside it. */
  readonly inferred?: string
}

/** What fails together: one finding. */
export interface OriginIncident { readonly kind: NameIncident['kind'], readonly members: readonly NameIncident[], readonly first: number | undefined, readonly last: number | undefined }

/** Time limits that vendors set by default, seconds: the wait of a single failure at one of them is no chance. */
const VENDOR_LIMITS_S = [5, 10, 15, 19, 20, 30, 60, 100, 120, 240]
const AT_LIMIT = 0.03

/** Is a wait that of a well-known limit, or a little over it? */
export function atVendorLimit(ms: number): boolean {
  return VENDOR_LIMITS_S.some(limit => ms >= limit * 1000 * (1 - AT_LIMIT / 3) && ms <= limit * 1000 * (1 + AT_LIMIT) + 250)
}

/** The cause comes from error-log lines that name no client. */
export const FROM_ERROR_LOG = 'the error log names the cause'

/** HAProxy's SC. */
export const REFUSED = 'the log writes the same for a refused connection and a refused handshake'

interface Piece { kind: CollectedKind, incident: Incident<Trouble> }

const NAMED: readonly NameIncident['kind'][] = ['timeout', 'unreachable', 'tls']

function overlaps(a: Incident<Trouble>, b: Incident<Trouble>, slackMs: number): boolean {
  if (a.firstMs === undefined || b.firstMs === undefined) return true
  return a.firstMs <= b.lastMs! + slackMs && b.firstMs <= a.lastMs! + slackMs
}

/** Failures so few that their first and last tell nothing of when the trouble began and ended. */
const SPARSE = 5
const ENDS_MS = 5000

/** Does what is unclear begin and end with what is named? Where it is too sparse to tell, it must at least lie within. */
function isWithin(piece: Incident<Trouble>, named: readonly Incident<Trouble>[]): boolean {
  const dated = named.filter(one => one.firstMs !== undefined)
  if (piece.firstMs === undefined || dated.length === 0) return true
  const [first, last] = [Math.min(...dated.map(one => one.firstMs!)), Math.max(...dated.map(one => one.lastMs!))]
  const slackMs = Math.max(ENDS_MS, 0.25 * (last - first))
  if (piece.count < SPARSE) return piece.firstMs >= first - ENDS_MS && piece.lastMs! <= last + ENDS_MS
  return Math.abs(piece.firstMs - first) <= slackMs && Math.abs(piece.lastMs! - last) <= slackMs
}

/** What error-log lines about the same name or origin say of failures without a cause. */
function kindOfNotes({ incident }: Piece, watch: OriginWatch): { kind: NameIncident['kind'], inferred: string } | undefined {
  const [said] = watch.notes.about([incident.key, ...incident.state.ips], incident.firstMs, incident.lastMs)
  if (!said) return undefined
  for (const [type, count] of said.types) incident.state.types.add(type, count)
  return { kind: said.kind, inferred: FROM_ERROR_LOG }
}

/** A limit lies well above what answers take; failures that take no longer than those are answers of a slow origin. */
const ABOVE_USUAL = 1.5

/** What slow failures without a cause are: a pile at one duration, or a wait at a vendor's limit, is a time-out. */
function kindOfSlow(piece: Piece, watch: OriginWatch): { kind: NameIncident['kind'], inferred: string } {
  const waits = piece.incident.state.waits.kept()
  const pile = densest(waits)
  const usual = watch.names.get(piece.incident.key)?.usual
  if (pile && usual && usual.seen >= 3 && pile.value < ABOVE_USUAL * usual.median()!) return { kind: 'error', inferred: 'the log does not say why; answers of this origin take as long' }
  if (pile && ((pile.count >= 3 && pile.share >= 0.5) || (pile.count >= 2 && pile.share === 1))) return { kind: 'timeout', inferred: 'failures pile up at one duration' }
  if (waits.every(atVendorLimit)) return { kind: 'timeout', inferred: 'the wait is that of a common time limit' }
  return { kind: 'error', inferred: 'the log does not say why' }
}

const logsOf = ({ incident }: Piece): string[] => incident.state.evidence.pick().map(({ event }) => event.log.file.path)

/** Does anything tie a trouble to another but time: the log that tells of it best, which is its edge's, or an origin? */
function haveCommon(one: Piece, other: Piece): boolean {
  const [log] = logsOf(one)
  const origins = new Set(one.incident.state.origins.words())
  return logsOf(other).some(path => path === log) || other.incident.state.origins.words().some(origin => origins.has(origin))
}

/** What quick failures without a cause are: what else fails at that time, if it is one thing, else a connection that failed. */
function kindOfFast(piece: Piece, named: readonly Piece[]): { kind: NameIncident['kind'], inferred: string } {
  const beside = new Set<NameIncident['kind']>()
  for (const kind of NAMED) {
    // a quick failure is taken for a time-out only where the same edge or origin has one: its servers are marked down
    const those = named.filter(other => other.kind === kind && (kind !== 'timeout' || haveCommon(piece, other))).map(other => other.incident)
    if (those.length > 0 && isWithin(piece.incident, those)) beside.add(kind)
  }
  // a connection that was refused is no time-out, whatever happens elsewhere; but HAProxy writes SC for a refused handshake, too
  const refused = piece.incident.state.types.count('connection_refused') > 0
  if (refused) beside.delete('timeout')
  const [only] = beside
  if (refused && beside.size === 1 && only === 'tls') return { kind: only, inferred: 'the log writes the same for a refused connection and a refused handshake, and handshakes with origins fail elsewhere at the same time' }
  if (refused) return { kind: 'unreachable', inferred: REFUSED }
  if (beside.size === 1 && only !== undefined && only !== 'unreachable') return { kind: only, inferred: 'the log does not say why; other names fail so at the same time' }
  return { kind: 'unreachable', inferred: 'the log does not say why; the failure came at once' }
}

const isNamed = (kind: CollectedKind): kind is NameIncident['kind'] => !kind.startsWith('unclear')

function nameIncident(name: string, kind: NameIncident['kind'], parts: readonly Incident<Trouble>[], inferred?: string): NameIncident {
  const firsts = parts.map(part => part.firstMs).filter(ms => ms !== undefined)
  const lasts = parts.map(part => part.lastMs).filter(ms => ms !== undefined)
  return {
    kind, name, parts,
    first: firsts.length > 0 ? Math.min(...firsts) : undefined,
    last: lasts.length > 0 ? Math.max(...lasts) : undefined,
    count: parts.reduce((sum, part) => sum + part.count, 0),
    ...(inferred === undefined ? {} : { inferred }),
  }
}

/** Settles the kind of every incident of every name. Unclear failures beside named ones of the same name belong to them. */
export function settle(watch: OriginWatch): NameIncident[] {
  const pieces: Piece[] = [...watch.books].flatMap(([kind, book]) => book.all().map(incident => ({ kind, incident })))
  const named = pieces.filter(piece => isNamed(piece.kind))
  const merged = new Map<Piece, Incident<Trouble>[]>(named.map(piece => [piece, [piece.incident]]))
  const alone: { piece: Piece, kind: NameIncident['kind'], inferred: string }[] = []
  const byName = new Map<string, Piece[]>()
  for (const piece of named) byName.set(piece.incident.key, [...(byName.get(piece.incident.key) ?? []), piece])
  const hostOf = (piece: Piece): Piece | undefined => (byName.get(piece.incident.key) ?? [])
    .filter(other => NAMED.includes(other.kind as NameIncident['kind']) && overlaps(piece.incident, other.incident, watch.gapMs))
    .sort((a, b) => b.incident.count - a.incident.count)[0]
  // slow ones first: as time-outs they explain the quick ones of the same name
  for (const piece of pieces.filter(one => one.kind === 'unclear-slow')) {
    const host = hostOf(piece)
    if (host) merged.get(host)!.push(piece.incident)
    else {
      const settled = kindOfNotes(piece, watch) ?? kindOfSlow(piece, watch)
      alone.push({ piece, ...settled })
      if (settled.kind !== 'timeout') continue
      const known: Piece = { kind: 'timeout', incident: piece.incident }
      byName.set(piece.incident.key, [...(byName.get(piece.incident.key) ?? []), known])
      merged.set(known, [])
    }
  }
  for (const piece of pieces.filter(one => one.kind === 'unclear-fast')) {
    const host = hostOf(piece)
    if (host) merged.get(host)!.push(piece.incident)
    else alone.push({ piece, ...(kindOfNotes(piece, watch) ?? kindOfFast(piece, named)) })
  }
  const late = new Map([...merged].filter(([piece]) => !named.includes(piece)).map(([piece, parts]) => [piece.incident, parts]))
  return [
    ...named.map(piece => nameIncident(piece.incident.key, piece.kind as NameIncident['kind'], merged.get(piece)!)),
    ...alone.map(({ piece, kind, inferred }) => nameIncident(piece.incident.key, kind, [piece.incident, ...(late.get(piece.incident) ?? [])], inferred)),
  ].sort((a, b) => (a.first ?? Infinity) - (b.first ?? Infinity) || (a.name < b.name ? -1 : a.name > b.name ? 1 : a.kind < b.kind ? -1 : 1))
}

/** Origins at which an incident of a name failed. */
export function originsOf(one: NameIncident): string[] {
  return [...new Set(one.parts.flatMap(part => part.state.origins.words()))]
}

/** The one or two origins that answer for a name when it is well. */
export function usualOrigins(watch: OriginWatch, name: string): string[] {
  const origins = watch.names.get(name)?.origins
  return origins && origins.size <= 2 ? origins.words() : []
}

/** Puts names together that fail at the same origin at the same time. */
export function together(incidents: readonly NameIncident[], watch: OriginWatch, slackMs: number): OriginIncident[] {
  const groups: { members: NameIncident[], origins: Set<string>, first: number | undefined, last: number | undefined }[] = []
  for (const one of incidents) {
    const failing = originsOf(one)
    const origins = failing.length > 0 ? failing : usualOrigins(watch, one.name).map(origin => `usual ${origin}`)
    const fitting = groups.filter(group => group.members[0]!.kind === one.kind && origins.some(origin => group.origins.has(origin)) && near(group, one, slackMs))
    const home = fitting[0] ?? { members: [], origins: new Set<string>(), first: undefined, last: undefined }
    if (fitting.length === 0) groups.push(home)
    // an incident that failed at two origins ties their groups together
    for (const other of fitting.slice(1)) {
      for (const member of other.members) join(home, member, other.origins)
      groups.splice(groups.indexOf(other), 1)
    }
    join(home, one, origins)
  }
  return groups.map(({ members, first, last }) => ({ kind: members[0]!.kind, members, first, last }))
}

function near(group: { first: number | undefined, last: number | undefined }, one: NameIncident, slackMs: number): boolean {
  if (group.first === undefined || one.first === undefined) return true
  return one.first <= group.last! + slackMs && group.first <= one.last! + slackMs
}

function join(group: { members: NameIncident[], origins: Set<string>, first: number | undefined, last: number | undefined }, one: NameIncident, origins: Iterable<string>): void {
  group.members.push(one)
  for (const origin of origins) group.origins.add(origin)
  if (one.first !== undefined) group.first = Math.min(group.first ?? Infinity, one.first)
  if (one.last !== undefined) group.last = Math.max(group.last ?? -Infinity, one.last)
}
