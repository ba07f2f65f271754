// the join against brute force: random keys, equal times, duplicates, one-row sides, empty keys, boundaries to 0.001 ms
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { factsOf, type Facts } from '../src/join/facts.js'
import { joinEvents, rulesFor } from '../src/join/join-events.js'
import { gapOf, PartnerIndex, type SeekRules } from '../src/join/partner-index.js'
import { CLIENT, NAME, PORT, rankOf, SERVER } from '../src/join/strength.js'
import { PLAIN } from '../src/join/traits.js'
import { windowJoin, type JoinedPair } from '../src/join/window-join.js'
import { sessionSchema } from '../src/schema/session.js'
import { caseEvents, type CaseDraft } from '../src/detectors/case-events.js'
import type { LogEvent } from '../src/schema/event.js'

const T0 = 1767604447000

// --- windowJoin -------------------------------------------------------------------------------------------------

interface Row { readonly at: number, readonly key: string, readonly n: number }
type Pairs = { left: number | undefined, right: number | undefined }[]

const rows = fc.array(fc.record({ at: fc.integer({ min: 0, max: 40 }).map(step => step * 0.5), key: fc.constantFrom('', 'a', 'b', 'c') }), { maxLength: 25 })
  .map(list => list.sort((a, b) => a.at - b.at).map((row, n): Row => ({ ...row, n })))

function bruteForce(left: readonly Row[], right: readonly Row[], before: number, after: number, match: 'best' | 'all', type: string): Pairs {
  const used = new Set<number>()
  const pairs: Pairs = []
  for (const row of left) {
    const fitting = right.filter(other => other.key !== '' && other.key === row.key && other.at - row.at >= -before && other.at - row.at <= after)
    const earlier = fitting.filter(other => other.at <= row.at).sort((a, b) => b.at - a.at || a.n - b.n)
    const later = fitting.filter(other => other.at > row.at).sort((a, b) => a.at - b.at || a.n - b.n)
    const chosen = match === 'all' ? fitting : [earlier[0] ?? later[0]].filter(one => one !== undefined)
    if (chosen.length === 0 && type !== 'inner') pairs.push({ left: row.n, right: undefined })
    for (const other of chosen) {
      used.add(other.n)
      if (type !== 'anti') pairs.push({ left: row.n, right: other.n })
    }
  }
  if (type === 'full') for (const row of right) if (!used.has(row.n)) pairs.push({ left: undefined, right: row.n })
  return pairs
}

const sorted = (pairs: Pairs): string[] => pairs.map(pair => `${pair.left} ${pair.right}`).sort()

test('windowJoin equals brute force', async () => {
  await fc.assert(fc.asyncProperty(rows, rows, fc.constantFrom(0, 0.5, 1, 3), fc.constantFrom(0, 0.5, 2), fc.constantFrom('best' as const, 'all' as const), fc.constantFrom('inner' as const, 'left' as const, 'full' as const, 'anti' as const), async (left, right, beforeMs, afterMs, match, type) => {
    const got: Pairs = []
    const time = (row: Row): number => row.at
    const key = (row: Row): string => row.key
    for await (const pair of windowJoin(left, right, { leftTime: time, rightTime: time, leftKey: key, rightKey: key, beforeMs, afterMs, match, type }) as AsyncIterable<JoinedPair<Row, Row>>) got.push({ left: pair.left?.n, right: pair.right?.n })
    assert.deepEqual(sorted(got), sorted(bruteForce(left, right, beforeMs, afterMs, match, type)))
  }), { numRuns: 2000 })
})

test('windowJoin takes a partner at the very bound and none 0.001 ms beyond it', async () => {
  const one = async (at: number): Promise<number> => {
    let count = 0
    const options = { leftTime: (row: number) => row, rightTime: (row: number) => row, leftKey: () => 'k', rightKey: () => 'k', beforeMs: 5000, afterMs: 0 }
    for await (const pair of windowJoin([5000], [at], options)) count += pair.right === undefined ? 0 : 1
    return count
  }
  assert.equal(await one(0), 1)
  assert.equal(await one(-0.001), 0)
  assert.equal(await one(5000), 1)
  assert.equal(await one(5000.001), 0)
})

test('windowJoin refuses a stream that is out of order and negative bounds', async () => {
  const options = { leftTime: (row: number) => row, rightTime: (row: number) => row, leftKey: () => 'k', rightKey: () => 'k' }
  const drain = async (pairs: AsyncIterable<unknown>): Promise<void> => { for await (const pair of pairs) void pair }
  await assert.rejects(drain(windowJoin([2, 1], [1], { ...options, beforeMs: 1 })), RangeError)
  await assert.rejects(drain(windowJoin([1], [1], { ...options, beforeMs: -1 })), RangeError)
})

// --- the partner index -------------------------------------------------------------------------------------------

const clients = [undefined, '192.0.2.1', '192.0.2.2', '2001:db8::1']
const servers = [undefined, '203.0.113.1', '203.0.113.2', '2001:db8::80']
const names = [undefined, 'a.example.com', 'b.example.com']

const handshake = fc.record({ step: fc.integer({ min: 0, max: 60 }), client: fc.constantFrom(...clients), port: fc.constantFrom(undefined, 1, 2), server: fc.constantFrom(...servers), name: fc.constantFrom(...names), tick: fc.constantFrom(0.001, 1000), file: fc.constantFrom<string>('x.log', 'y.log') })
type Shape = typeof handshake extends fc.Arbitrary<infer T> ? T : never

function tlsEvents(shapes: readonly Shape[]): LogEvent[] {
  return caseEvents(shapes.map((shape): CaseDraft => ({
    type: 'tls.handshake', dataset: 'zeek.ssl', in: shape.file, ts_ms: T0 + shape.step * 250, ts_res_ms: shape.tick, ts_basis: 'start',
    ...(shape.client || shape.port ? { client: { ip: shape.client, port: shape.port } } : {}),
    ...(shape.server ? { server: { ip: shape.server } } : {}),
    ...(shape.name ? { tls: { client: { server_name: shape.name } } } : {}),
  })))
}

function sharedOf(a: Facts, b: Facts, nameMayDiffer: boolean): number | undefined {
  if (a.family !== 0 && b.family !== 0 && a.family !== b.family) return undefined
  let shared = 0
  const sameFamily = a.client !== undefined && b.client !== undefined && a.client.includes(':') === b.client.includes(':')
  if (sameFamily) {
    if (a.client !== b.client) return undefined
    shared |= CLIENT
  }
  // a port without its address says nothing across families
  if (a.clientPort !== undefined && b.clientPort !== undefined && (sameFamily || (a.client === undefined && b.client === undefined))) {
    if (a.clientPort !== b.clientPort) return undefined
    shared |= PORT
  }
  if (a.servers.length > 0 && b.servers.length > 0) {
    if (!b.servers.includes(a.servers[0]!)) return undefined
    shared |= SERVER
  }
  const mayDiffer = nameMayDiffer && (shared & (CLIENT | PORT)) === (CLIENT | PORT)
  if (a.names.length > 0 && b.names.length > 0 && !mayDiffer) {
    if (!b.names.includes(a.names[0]!)) return undefined
    shared |= NAME
  }
  return shared
}

const isLater = (a: Facts, b: Facts): boolean => b.at > a.at && b.at >= a.at + a.tick

function bruteBest(seeker: Facts, candidates: readonly Facts[], rules: SeekRules): Facts | undefined {
  const fitting = candidates.flatMap(candidate => {
    const shared = sharedOf(seeker, candidate, rules.nameMayDiffer ?? false)
    const rank = shared === undefined ? undefined : rankOf(shared)
    const gap = gapOf(seeker, candidate)
    const later = isLater(seeker, candidate)
    return rank === undefined || gap > (later ? rules.afterMs : rules.beforeMs) ? [] : [{ candidate, rank, gap, later }]
  })
  fitting.sort((a, b) => (rules.laterLast ? Number(a.later) - Number(b.later) : 0) || a.rank - b.rank || Number(a.later) - Number(b.later) || a.gap - b.gap || tieBreak(a.candidate, b.candidate, seeker))
  return fitting[0]?.candidate
}

/** Of overlapping ones (gap 0) the one that began last but not after the seeker, then the first that began in the seeker's tick. */
function tieBreak(a: Facts, b: Facts, seeker: Facts): number {
  const begunA = a.at <= seeker.at
  const begunB = b.at <= seeker.at
  if (begunA !== begunB) return begunA ? -1 : 1
  return begunA ? b.at - a.at || a.order - b.order : a.at - b.at || a.order - b.order
}

test('the best partner is the one that brute force finds', () => {
  fc.assert(fc.property(fc.array(handshake, { maxLength: 14 }), handshake, fc.boolean(), fc.boolean(), fc.constantFrom(0, 250, 1000, 5000), fc.integer({ min: 1, max: 15 }), fc.constantFrom(500, 5000, Infinity), (shapes, seekerShape, nameMayDiffer, laterLast, windowMs, every, spanMs) => {
    const facts = tlsEvents([...shapes, { ...seekerShape, file: 'z.log' }]).map((event, order) => factsOf(event, order, PLAIN))
    const seeker = facts.at(-1)!
    const index = new PartnerIndex(spanMs)
    facts.slice(0, -1).forEach((candidate, i) => {
      index.add(candidate)
      if ((i + 1) % every === 0) index.seal()
    })
    index.seal()
    const rules = { beforeMs: windowMs, afterMs: windowMs, nameMayDiffer, laterLast }
    const expected = bruteBest(seeker, facts.slice(0, -1), rules)
    const got = index.best(seeker, rules)?.partner
    assert.equal(got?.event.id, expected?.event.id)
  }), { numRuns: 3000 })
})

// --- the whole join -----------------------------------------------------------------------------------------------

const visit = fc.record({ step: fc.integer({ min: 0, max: 1500 }), client: fc.constantFrom('192.0.2.1', '192.0.2.2', '2001:db8::1'), port: fc.integer({ min: 1, max: 5 }), name: fc.constantFrom('a.example.com', 'b.example.com', 'c.example.com'), kind: fc.constantFrom('dns', 'tls', 'http', 'hop'), path: fc.constantFrom('/', '/x') })

function trafficOf(visits: readonly { step: number, client: string, port: number, name: string, kind: string, path: string }[]): LogEvent[] {
  return caseEvents(visits.map((one): CaseDraft => {
    const base = { ts_ms: T0 + one.step * 137, ts_basis: 'start' as const }
    const client = { ip: one.client, port: one.port }
    switch (one.kind) {
      case 'dns': return { ...base, type: 'dns.response', dataset: 'zeek.dns', ts_res_ms: 0.001, duration_ms: 3, client: { ip: one.client }, dns: { question: { name: one.name, type: one.client.includes(':') ? 'AAAA' : 'A' }, response_code: 'NOERROR' } }
      case 'tls': return { ...base, type: 'tls.handshake', dataset: 'zeek.ssl', ts_res_ms: 0.001, client, tls: { client: { server_name: one.name } } }
      default: return { ...base, type: 'http.request', dataset: one.kind === 'http' ? 'nginx.access' : 'varnish.ncsa', ts_res_ms: one.kind === 'http' ? 1 : 1000, duration_ms: 20, client: one.kind === 'http' ? client : { ip: one.client }, url: { domain: one.name, path: one.path }, http: { request: { method: 'GET' } } }
    }
  }))
}

const shuffle = <T>(list: readonly T[], seed: number): T[] => list.map((value, i) => ({ value, key: Math.sin(seed * 1000 + i * 7919) })).sort((a, b) => a.key - b.key).map(({ value }) => value)

test('the order of events and the size of slices change nothing', () => {
  fc.assert(fc.property(fc.array(visit, { maxLength: 300, size: 'max' }), fc.integer({ min: 1, max: 20 }), fc.integer(), (visits, sliceEvents, seed) => {
    const events = trafficOf(visits)
    const rules = rulesFor(events, 5000)
    const whole = JSON.stringify(joinEvents(events, rules))
    assert.equal(JSON.stringify(joinEvents(shuffle(events, seed), rules, sliceEvents)), whole)
  }), { numRuns: 400 })
})

test('every event that can be joined is in exactly one session of its own or serves others', () => {
  fc.assert(fc.property(fc.array(visit, { maxLength: 40 }), visits => {
    const events = trafficOf(visits)
    const sessions = joinEvents(events, rulesFor(events, 5000))
    const seen = new Map<string, number>()
    for (const session of sessions) {
      sessionSchema.parse(session)
      for (const member of session.members) seen.set(member.event_id, (seen.get(member.event_id) ?? 0) + 1)
    }
    for (const event of events) {
      const times = seen.get(event.id) ?? 0
      assert.ok(event.type === 'http.request' ? times === 1 : times >= 1, `${event.id} ${event.type} stands in ${times} sessions`)
    }
  }), { numRuns: 300 })
})
