/** One question of the path an expert walks, and its answer. */
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
export interface Visit { readonly host: string, readonly session: Session, readonly resolvers: readonly ResolverView[], readonly findings: readonly Finding[] }

/** Lines of a session that are of these types, and (by default) of the client's leg. */
export function linesOf({ members }: Session, types: readonly string[], note: (member: Member) => string, leg?: 'origin'): Line[] {
  return members.filter(member => types.includes(member.type) && member.leg === leg).map(member => ({ file: member.file, line: member.line, note: `${note(member)}${member.reused ? ' (of an earlier request on this connection)' : ''}` }))
}

/** The error words that tell of the client's own connection: an edge's error tells of the leg behind it. */
export function ownError({ claim, error }: Session): string | undefined {
  return claim === 'http.request' ? undefined : error?.type
}

/** A finding of one of these rules. */
export const findingOf = ({ findings }: Visit, rules: readonly string[]): Finding | undefined => findings.find(one => rules.includes(one.rule.id) && one.severity_id > 1)

/** The phase's length, if it has one. */
export const phaseMs = ({ phases }: Session, name: string): number | undefined => phases.find(phase => phase.name === name)?.duration_ms

/** Milliseconds, briefly. */
export function briefly(ms: number): string {
  return ms >= 1000 ? `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s` : `${ms < 10 ? Math.round(ms * 10) / 10 : Math.round(ms)} ms`
}
