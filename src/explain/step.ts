/** One question of the path an expert walks, and its answer. */
import type { TtlView } from '../detect-support/ttl-view.js'
import type { Finding } from '../schema/finding.js'
import type { Member, Session } from '../schema/session.js'

/** A line of a log. */
export interface Line { readonly file: string, readonly line: number, readonly note: string }

/** A question, its answer in a sentence, and the lines it rests on. */
export interface Step {
  readonly id: 'resolve' | 'connect' | 'tls' | 'cache' | 'origin'
  readonly question: string
  readonly answer: string
  /** `unknown` where no log tells. */
  readonly state: 'ok' | 'bad' | 'unknown'
  readonly evidence: readonly Line[]
}

/** What one resolver said of the name over the whole run. */
export interface ResolverView { readonly resolver: string, readonly addresses: readonly string[], readonly codes: readonly string[], readonly count: number, readonly evidence: Line }

/** What the steps are answered from. */
export interface Visit { readonly host: string, readonly session: Session, readonly resolvers: readonly ResolverView[], readonly findings: readonly Finding[], readonly ttl?: TtlView | undefined }

/** Lines of a session that are of these types, and (by default) of the client's leg. */
export function linesOf({ members }: Session, types: readonly string[], note: (member: Member) => string, leg?: 'origin'): Line[] {
  return members.filter(member => types.includes(member.type) && member.leg === leg).map(member => ({ file: member.file, line: member.line, note: `${note(member)}${member.reused ? ' (of an earlier request on this connection)' : ''}` }))
}

/** The error words that tell of the client's own connection: an edge's error tells of the leg behind it. */
export function ownError({ claim, error }: Session): string | undefined {
  return claim === 'http.request' ? undefined : error?.type
}

/** Did the visit go wrong, by any of its lines? A handshake that two logs tell of may have its end in the second. */
export const hasFailed = ({ outcome, claim, tls }: Session): boolean => outcome === 'failure' || (claim === 'tls.handshake' && tls?.established === false)

/** How long the visit itself took, ms: its request, without a look-up that another clock stamped in whole seconds. */
export function tookOf({ bottleneck, members, claim, ts_end_ms: end, duration_ms: span }: Session): number | undefined {
  if (bottleneck?.share !== undefined && bottleneck.share > 0.001) return bottleneck.ms / bottleneck.share
  if (claim !== 'http.request' || end === undefined) return span
  const starts = members.filter(member => member.type === 'http.request' && member.leg === undefined && member.ts_ms !== undefined).map(member => member.ts_ms!)
  return starts.length === 0 ? span : Math.max(0, end - Math.min(...starts))
}

/** Is the visit at an address (or, behind the edge, at an origin) that the finding is about, as far as both are known? */
function isThere({ server, cdn }: Session, { subject }: Finding): boolean {
  const fits = (known: string | undefined, listed: readonly string[] | undefined): boolean => known === undefined || listed === undefined || listed.length === 0 || listed.includes(known)
  return fits(server?.ip, subject.server_ips) && fits(cdn?.origin?.ip, subject.origin_ips)
}

/** Does a finding tell of this visit, and not only of others to the same host? */
export function concerns({ session }: Pick<Visit, 'session'>, finding: Finding): boolean {
  if (!isThere(session, finding)) return false
  const own = new Set(session.members.map(member => member.event_id))
  const isProof = finding.evidence.some(line => own.has(line.event_id))
  if (finding.ts_ms === undefined || session.ts_ms === undefined) return isProof
  const isMeanwhile = finding.ts_ms <= (session.ts_end_ms ?? session.ts_ms) && (finding.ts_end_ms ?? finding.ts_ms) >= session.ts_ms
  // healthy lines of other times stand among the proofs, for comparison
  const led = [session.server?.ip, ...session.dns?.resolved_ip ?? []]
  return isMeanwhile && (isProof || hasFailed(session) || (finding.subject.server_ips ?? []).some(ip => led.includes(ip)))
}

/** What the findings of some rules add to an answer: about this visit, or about others of the host. */
export interface Remark { readonly finding?: Finding, readonly isOwn: boolean, readonly text: string }

/** The most telling finding of these rules: one about this visit before one about others. */
export function remarkOf(visit: Visit, rules: readonly string[]): Remark {
  const all = visit.findings.filter(one => rules.includes(one.rule.id) && one.severity_id > 1)
  const own = all.find(one => concerns(visit, one))
  const finding = own ?? all[0]
  if (!finding) return { isOwn: false, text: '' }
  return { finding, isOwn: own !== undefined, text: own ? `. ${finding.message.charAt(0).toUpperCase()}${finding.message.slice(1)}` : `. Other visits: ${finding.message}` }
}

/** The phase's length, if it has one. */
export const phaseMs = ({ phases }: Session, name: string): number | undefined => phases.find(phase => phase.name === name)?.duration_ms

/** Milliseconds, briefly. */
export function briefly(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
}
