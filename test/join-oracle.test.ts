// the whole session join against a naive one that looks at every event for every question
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Claim, JoinRules } from '../src/join/claim.js'
import { compareEvents } from '../src/join/order.js'
import { sessionOf } from '../src/join/session.js'
import { JoinStream, SessionOrder, type Step } from '../src/join/stream.js'
import { PLAIN, type FileTraits } from '../src/join/traits.js'
import type { LogEvent } from '../src/schema/event.js'
import { sessionSchema, type Session } from '../src/schema/session.js'
import { BruteJoin, type Outline } from './join-brute.js'
import { eventsOf, traffic } from './join-traffic.js'

function outlineOf(session: Session, claim: Claim): Outline {
  const pairs = session.join.pairs.map(pair => `${pair.from} ${pair.to} ${pair.keys.join(',')} ${pair.bound} ${pair.delta_ms} ${pair.rivals}${pair.later ? ' later' : ''}${pair.leg ? ' origin' : ''}`)
  const members = session.members.map(member => `${member.event_id}${member.reused ? ' reused' : ''}${member.leg ? ' origin' : ''}`)
  return { claim: session.claim, id: session.id, of: claim.cluster.lead.id, start: session.ts_ms, members, pairs, score: session.join.score }
}

/** The join as it is, step by step. */
function joined(events: readonly LogEvent[], rules: JoinRules, traits: (path: string) => FileTraits, aliases: ReadonlyMap<string, string> | undefined, stepEvents: number): { sessions: Outline[], beyond: { tls: number, dns: number } } {
  const stream = new JoinStream(rules, traits, stepEvents, aliases)
  const order = new SessionOrder<Outline & { ts_ms: number | undefined }>()
  const sessions: Outline[] = []
  const settle = ({ claims, settledMs }: Step): void => {
    order.add(claims.map(claim => {
      const session = sessionOf(claim, rules)
      sessionSchema.parse(session)
      return { ...outlineOf(session, claim), ts_ms: session.ts_ms }
    }))
    for (const { ts_ms: _, ...outline } of order.take(settledMs)) sessions.push(outline)
  }
  for (const event of [...events].sort(compareEvents)) {
    stream.push(event)
    if (stream.isReady) settle(stream.step())
  }
  settle(stream.end())
  return { sessions, beyond: stream.beyond }
}

/** How many files there are of each role, as a run would know. */
function filesOf(events: readonly LogEvent[]): JoinRules['files'] {
  const files = new Map<string, Set<string>>()
  for (const { type, vantage, log } of events) {
    const role = type === 'go.module' || vantage === 'client' ? 'attempt' : ({ 'http.request': 'request', 'tls.handshake': 'tls', 'net.connect': 'connect', 'log.line': 'note' } as Readonly<Record<string, string>>)[type] ?? 'dns'
    files.set(role, (files.get(role) ?? new Set()).add(log.file.path))
  }
  return Object.fromEntries(['request', 'attempt', 'tls', 'dns', 'connect', 'note'].map(role => [role, files.get(role)?.size ?? 0]))
}

const settings = fc.record({
  beforeMs: fc.constantFrom(0, 250, 1000, 5000),
  afterMs: fc.constantFrom(0, 250, 1000, 5000),
  match: fc.constantFrom('best' as const, 'best' as const, 'all' as const),
  bound: fc.constantFrom('window' as const, 'window' as const, 'state' as const),
  ttlSlackMs: fc.constantFrom(0, 60_000),
  hasTls: fc.boolean(),
  knowsFiles: fc.boolean(),
  hides: fc.constantFrom('', 'dns-0.log', 'tls-1.log', 'http-0.log'),
  behind: fc.constantFrom('', 'hop-1.log'),
  hasAliases: fc.boolean(),
  stepEvents: fc.constantFrom(1, 2, 5, 1000),
})

const runs = Number(process.env.LOGJOIN_ORACLE_RUNS ?? 1500)

test('the sessions are those that a naive join over all events finds', () => {
  fc.assert(fc.property(traffic, settings, (made, { hides, behind, hasAliases, knowsFiles, stepEvents, hasTls, ...rest }) => {
    const events = eventsOf(made)
    const rules: JoinRules = { ...rest, hasTls: hasTls && events.some(event => event.type === 'tls.handshake'), hasDns: true, ...(knowsFiles ? { files: filesOf(events) } : {}) }
    const traits = (path: string): FileTraits => path === hides ? { hidesClients: true, leg: 'client' } : path === behind ? { hidesClients: true, leg: 'origin' } : PLAIN
    const aliases = hasAliases ? new Map([['2001:db8::1', '192.0.2.1']]) : undefined
    const brute = new BruteJoin(events, rules, traits, aliases)
    const expected = brute.sessions()
    const got = joined(events, rules, traits, aliases, stepEvents)
    assert.deepEqual(got.sessions, expected)
    assert.deepEqual(got.beyond, brute.beyond)
  }), { numRuns: runs, includeErrorInReport: true, endOnFailure: process.env.LOGJOIN_ORACLE_QUICK !== undefined })
})
