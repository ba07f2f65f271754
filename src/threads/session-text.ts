/**
 * Writes the wanted fields of sessions straight from what the join knows and the values that came with the events: no session is built
 * and none is taken apart. For the same fields it gives the same text as a session that is made whole and then picked from.
 */
import type { Facts } from '../join/facts.js'
import { DNS_GROUPS, joinOf, membersOf, sessionId, sessionScore, TLS_GROUPS } from '../join/session.js'
import type { Claim, JoinRules } from '../join/claim.js'
import { round3, toRfc3339 } from '../read/time.js'
import { PROTOCOL_GROUPS } from '../schema/event.js'
import { pathKind } from '../schema/path-kind.js'
import { sessionSchema } from '../schema/session.js'
import type { RowFacts } from './row-facts.js'

/** A claim on its way to text; what several fields need is worked out once. */
export interface Draft { readonly claim: Claim, readonly span: { start: number, end: number } | undefined, join?: object }

/** JSON of one field; undefined when it is absent. */
type Field = (draft: Draft) => string | undefined

/** Where a wanted value comes from: a place among the values of the events. */
type Place = (path: string) => number

const own = (facts: Facts, place: number): string | undefined => (facts as RowFacts).block.value((facts as RowFacts).row, place)

/** Values of the line that claims the session. */
const OF_LEAD = ['outcome', 'hostname', 'message', 'ts_basis', 'ts_res_ms'] as const

/** Fields that need whole events, or are merged in ways of their own. */
const WHOLE = new Set(['phases', 'bottleneck', 'hops'])
const NEVER: Field = () => undefined

const of = (value: unknown, keys: readonly string[]): string | undefined => {
  let at = value
  for (const key of keys) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at === undefined ? undefined : JSON.stringify(at)
}

function scoreText(claim: Claim, rules: JoinRules): string | undefined {
  const score = sessionScore(claim, rules)
  return score === undefined ? undefined : String(score)
}

function sessionField(path: string, rules: JoinRules, place: Place): Field | undefined {
  const [first, ...rest] = path.split('.') as [string, ...string[]]
  if (path === 'join.score') return ({ claim }) => scoreText(claim, rules)
  if (first === 'join') return draft => of(draft.join ??= joinOf(draft.claim, rules), rest)
  if (rest.length > 0) return undefined
  switch (first) {
    case 'type': return () => '"session"'
    case 'id': return ({ claim }) => `"${sessionId(claim.cluster.lead.id)}"`
    case 'time': return ({ span }) => span && `"${toRfc3339(span.start)}"`
    case 'ts_ms': return ({ span }) => span && String(round3(span.start))
    case 'v': return () => '1'
    case 'ts_end_ms': return ({ span }) => span && String(round3(span.end))
    case 'claim': return ({ claim }) => `"${claim.kind}"`
    case 'members': return ({ claim }) => JSON.stringify(membersOf(claim))
    case 'duration_ms': {
      const at = place('duration_ms')
      return ({ claim, span }) => span ? String(round3(span.end - span.start)) : own(claim.cluster.lead, at)
    }
    default: {
      if (!(OF_LEAD as readonly string[]).includes(first)) return undefined
      const at = place(first)
      return ({ claim }) => own(claim.cluster.lead, at)
    }
  }
}

/** A value of a group: the claiming line's, else the handshake's, else the answer's, as far as each may add to the group. */
function groupField(path: string, place: Place): Field | undefined {
  const [group, ...rest] = path.split('.') as [string, ...string[]]
  if (rest.length === 0 || !(PROTOCOL_GROUPS as readonly string[]).includes(group)) return undefined
  const at = place(path)
  const fromTls = (TLS_GROUPS as readonly string[]).includes(group)
  const fromDns = (DNS_GROUPS as readonly string[]).includes(group)
  return ({ claim }) => {
    const value = own(claim.cluster.lead, at)
    if (value !== undefined) return value
    const tls = fromTls && claim.tls ? own(claim.tls.cluster.lead, at) : undefined
    return tls ?? (fromDns && claim.dns ? own(claim.dns.cluster.lead, at) : undefined)
  }
}

/** Fields nested as they are printed, in the order they were named. */
interface Node { readonly name: string, readonly field?: Field, readonly inner: Node[] }

function put(nodes: Node[], keys: readonly string[], field: Field): void {
  const [name, ...rest] = keys as [string, ...string[]]
  let node = nodes.find(one => one.name === name)
  if (!node) nodes.push(node = rest.length === 0 ? { name, field, inner: [] } : { name, inner: [] })
  if (rest.length > 0) put(node.inner, rest, field)
}

/** Text of an object with those of its fields that are there; empty when none is. */
function textOf(nodes: readonly Node[], draft: Draft): string {
  let text = ''
  for (const { name, field, inner } of nodes) {
    const value = field ? field(draft) : textOf(inner, draft)
    if (value !== undefined && value !== '') text += text === '' ? `{"${name}":${value}` : `,"${name}":${value}`
  }
  return text === '' ? '' : `${text}}`
}

/** Writes sessions as lines of JSON with the fields that were asked for. */
export class SessionText {
  /** Paths of the values that have to come with every event. */
  readonly wanted: readonly string[]
  private readonly nodes: readonly Node[]

  private constructor(nodes: Node[], wanted: string[]) {
    this.nodes = nodes
    this.wanted = wanted
  }

  /**
   * @returns undefined when the fields cannot be written without whole sessions: groups, phases, and a field inside another.
   */
  static of(fields: readonly string[], rules: JoinRules): SessionText | undefined {
    const nodes: Node[] = []
    const wanted: string[] = []
    const place: Place = path => wanted.includes(path) ? wanted.indexOf(path) : wanted.push(path) - 1
    for (const path of new Set(fields)) {
      const [first] = path.split('.') as [string]
      if (!/^\w+(?:\.\w+)*$/.test(path) || WHOLE.has(first) || fields.some(other => other !== path && other.startsWith(`${path}.`))) return undefined
      const kind = pathKind(sessionSchema, path)
      const field = kind === 'none' ? NEVER : sessionField(path, rules, place) ?? (kind === 'leaf' ? groupField(path, place) : undefined)
      if (!field) return undefined
      put(nodes, path.split('.'), field)
    }
    return new SessionText(nodes, wanted)
  }

  /** A line with its end. */
  line(draft: Draft): string {
    const text = textOf(this.nodes, draft)
    return text === '' ? '{}\n' : `${text}\n`
  }
}
