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
import { caseEvents, type CaseDraft } from '../src/detectors/case-events.js'
import { BruteJoin, type Outline } from './join-brute.js'
import { eventsOf, traffic } from './join-traffic.js'

function outlineOf(session: Session, claim: Claim): Outline {
  const pairs = session.join.pairs.map(pair => `${pair.from} ${pair.to} ${pair.keys.join(',')} ${pair.bound} ${pair.delta_ms} ${pair.rivals}${pair.later ? ' later' : ''}${pair.leg ? ' origin' : ''}`)
  const members = session.members.map(member => `${member.event_id}${member.reused ? ' reused' : ''}${member.leg ? ' origin' : ''}`)
  return { claim: session.claim, id: session.id, of: claim.cluster.lead.id, start: session.ts_ms, members, pairs, score: session.join.score }
}

/** The join as it is, step by step. */
function joined(events: readonly LogEvent[], rules: JoinRules, traits: (path: string) => FileTraits, aliases: ReadonlyMap<string, string> | undefined, stepEvents: number): { sessions: Outline[], beyond: { tls: number, dns: number }, beforeEnd: number } {
  const stream = new JoinStream(rules, traits, stepEvents, aliases)
  const order = new SessionOrder<Outline>()
  const sessions: Outline[] = []
  const settle = ({ claims, settledMs }: Step): void => {
    for (const claim of claims) {
      const session = sessionOf(claim, rules)
      sessionSchema.parse(session)
      order.add(session.ts_ms, claim.cluster.lead, outlineOf(session, claim))
    }
    sessions.push(...order.take(settledMs))
  }
  for (const event of [...events].sort(compareEvents)) {
    stream.push(event)
    if (stream.isReady) settle(stream.step())
  }
  const beforeEnd = sessions.length
  settle(stream.end())
  return { sessions, beyond: stream.beyond, beforeEnd }
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
const FOUND = { includeErrorInReport: true, endOnFailure: process.env.LOGJOIN_ORACLE_QUICK !== undefined }

/** Joins both ways, and compares. */
function compare(events: readonly LogEvent[], rules: JoinRules, traits: (path: string) => FileTraits, aliases: ReadonlyMap<string, string> | undefined, stepEvents: number, early?: { state: number, window: number }): Outline[] {
  const brute = new BruteJoin(events, rules, traits, aliases)
  const expected = brute.sessions()
  const got = joined(events, rules, traits, aliases, stepEvents)
  assert.deepEqual(got.sessions, expected)
  assert.deepEqual(got.beyond, brute.beyond)
  if (early) early[rules.bound] += got.beforeEnd
  return expected
}

test('the sessions are those that a naive join over all events finds', () => {
  const early = { state: 0, window: 0 }
  fc.assert(fc.property(traffic, settings, (made, { hides, behind, hasAliases, knowsFiles, stepEvents, hasTls, ...rest }) => {
    const events = eventsOf(made)
    const rules: JoinRules = { ...rest, hasTls: hasTls && events.some(event => event.type === 'tls.handshake'), hasDns: true, ...(knowsFiles ? { files: filesOf(events) } : {}) }
    const traits = (path: string): FileTraits => path === hides ? { hidesClients: true, leg: 'client' } : path === behind ? { hidesClients: true, leg: 'origin' } : PLAIN
    const aliases = hasAliases ? new Map([['2001:db8::1', '192.0.2.1']]) : undefined
    compare(events, rules, traits, aliases, stepEvents, early)
  }), { ...FOUND, numRuns: runs })
  assert.ok(early.state > runs / 10 && early.window > runs, `sessions given before the end: ${JSON.stringify(early)}`)
})

const T0 = 1767604447000
const WINDOW: Omit<JoinRules, 'hasTls' | 'hasDns'> = { beforeMs: 5000, afterMs: 1000, match: 'best', bound: 'window', ttlSlackMs: 0 }

/** Whole microseconds as ms, as a stamp with so many digits is read. */
const stamp = (us: number): number => Math.round(us) / 1000

const edge = fc.record({ sideMs: fc.constantFrom(-5000, -5000, -250, 1000, 1000), tick: fc.constantFrom(undefined, 0.001, 1, 1000), off: fc.integer({ min: -2, max: 2 }), name: fc.constantFrom('a.example.com', 'a.example.com', undefined), lastsMs: fc.constantFrom(undefined, 0, 0.003, 12.345) })

test('at the bounds, a microsecond decides, whatever the fraction of the stamps', () => {
  const seen = { in: 0, out: 0 }
  fc.assert(fc.property(fc.integer({ min: 0, max: 999_999 }), fc.constantFrom(undefined, 0.001, 1, 1000), fc.array(edge, { minLength: 1, maxLength: 3 }), fc.constantFrom('best' as const, 'all' as const), (fraction, tick, edges, match) => {
    const at = T0 * 1000 + fraction
    const events = caseEvents([
      { type: 'tls.handshake', dataset: 'zeek.ssl', ts_ms: stamp(at), ts_res_ms: tick, tls: { client: { server_name: 'a.example.com' } }, server: { ip: '203.0.113.1' } },
      ...edges.map(({ sideMs, tick: theirs, off, name, lastsMs }): CaseDraft => ({
        type: 'dns.response', dataset: 'zeek.dns', ts_res_ms: theirs, duration_ms: lastsMs, ts_basis: 'start',
        ts_ms: stamp(at + sideMs * 1000 + off + (sideMs > 0 ? 1000 * (tick ?? 0) : -1000 * (theirs ?? 0)) - 1000 * (lastsMs ?? 0)),
        dns: { question: { name, type: 'A' }, response_code: 'NOERROR', answers: [{ type: 'A', data: '203.0.113.1', ttl: 1 }] },
      })),
      // two hops of one request lie within 20 ms, ticks allowed
      ...[0, 20_000 + 1000 * (tick ?? 0) + edges[0]!.off].map((us, hop): CaseDraft => ({ type: 'http.request', dataset: `hop${hop}.access`, in: `hop${hop}.log`, ts_ms: stamp(at + us), ts_res_ms: tick, client: { ip: '192.0.2.9' }, url: { domain: 'b.example.com', path: '/' } })),
    ])
    for (const session of compare(events, { ...WINDOW, match, hasTls: true, hasDns: true }, () => PLAIN, undefined, 1)) if (session.claim === 'tls.handshake') seen[session.pairs.length > 0 ? 'in' : 'out']++
  }), { ...FOUND, numRuns: 2 * runs })
  assert.ok(seen.in > runs / 10 && seen.out > runs / 10, JSON.stringify(seen))
})

test('a note reaches the request whose first line is not its lead, however late that is known', () => {
  const http = (at: number, ms: number, port: number | undefined, log: string, name = 'a.example.com'): CaseDraft => ({ type: 'http.request', dataset: `${log}.access`, in: `${log}.log`, ts_ms: T0 + at, ts_basis: 'start', ts_res_ms: 1, duration_ms: ms, client: { ip: '192.0.2.1', port }, url: { domain: name, path: '/' }, http: { request: { method: 'GET' } } })
  const events = caseEvents([
    http(0, 5000, undefined, 'inner'), http(3000, 5000, 50001, 'edge'), ...[8100, 12500, 13500, 14000, 30000].map(at => http(at, 1, 50002, 'edge', 'b.example.com')),
    { type: 'log.line', dataset: 'nginx.error', in: 'error.log', ts_ms: T0 + 100, ts_res_ms: 1, client: { ip: '192.0.2.1' }, url: { domain: 'a.example.com', path: '/' }, error: { type: 'http_response_timeout' }, message: 'upstream timed out' },
  ])
  const [first] = compare(events, { ...WINDOW, afterMs: 5000, hasTls: false, hasDns: false }, () => PLAIN, undefined, 1)
  assert.deepEqual(first!.members, ['inner.log:1', 'error.log:1', 'edge.log:1'])
})

test('sessions leave in the order of their beginnings, also one whose lead began long after its first line', () => {
  const http = (at: number, ms: number, log: string, name: string, more: Partial<CaseDraft> = {}): CaseDraft => ({ type: 'http.request', dataset: `${log}.access`, in: `${log}.log`, ts_ms: T0 + at, ts_basis: 'start', ts_res_ms: 1, duration_ms: ms, client: { ip: '192.0.2.1' }, url: { domain: name, path: '/' }, ...more })
  const events = caseEvents([
    http(0, 90_000, 'origin', 'a.example.com', { client: { ip: '198.51.100.5' }, network: { forwarded_ip: '192.0.2.1' }, labels: { leg: 'origin' } }), http(89_990, 20, 'edge', 'a.example.com'),
    http(89_980, 90_000, 'slow', 'b.example.com'), ...[100_000, 110_000, 120_000].map(at => http(at, 1, 'edge', 'c.example.com')),
    { type: 'dns.query', dataset: 'dnsmasq.queries', ts_ms: T0 + 60_000, ts_res_ms: 1, client: { ip: '192.0.2.2' }, dns: { question: { name: 'd.example.com', type: 'A' } } },
  ])
  const sessions = compare(events, { ...WINDOW, hasTls: false, hasDns: true }, () => PLAIN, undefined, 1)
  assert.deepEqual(sessions.slice(0, 2).map(session => session.of), ['edge.log:1', 'queries.log:1'])
})
