// what live input keeps: answers and connections as long as they live, no more than there is room for, and nothing that goes unsaid
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { correlate } from '../src/correlate.js'
import { libraryOptions } from '../src/cli/options.js'
import { caseEvents, type CaseDraft } from '../src/detectors/case-events.js'
import type { JoinRules } from '../src/join/claim.js'
import { compareEvents } from '../src/join/order.js'
import { sessionOf } from '../src/join/session.js'
import { JoinStream } from '../src/join/stream.js'
import { PLAIN } from '../src/join/traits.js'
import { Watermarks } from '../src/join/watermark.js'
import type { LogEvent } from '../src/schema/event.js'
import type { Session } from '../src/schema/session.js'
import { BruteJoin } from './join-brute.js'
import { dnsLog, edgeLog, joined, members, sessionWith, tlsLog, T0 as SECONDS } from './join-logs.js'
import { eventsOf, traffic } from './join-traffic.js'

const T0 = 1767604447000
const RULES: JoinRules = { beforeMs: 5000, afterMs: 5000, match: 'best', bound: 'window', ttlSlackMs: 60_000, hasTls: true, hasDns: true }

interface Live { readonly sessions: readonly Session[], readonly beforeEnd: number, readonly evicted: number }

/** Joins events as live input does: a step after every few of them. */
function live(events: readonly LogEvent[], rules: JoinRules, maxKept: number, every = 1): Live {
  const stream = new JoinStream(rules, () => PLAIN, 1, undefined, maxKept)
  const sessions: Session[] = []
  const sorted = [...events].sort(compareEvents)
  sorted.forEach((event, index) => {
    stream.push(event)
    if (index % every === 0) for (const claim of stream.step().claims) sessions.push(sessionOf(claim, rules))
  })
  const beforeEnd = sessions.length
  for (const claim of stream.end().claims) sessions.push(sessionOf(claim, rules))
  return { sessions, beforeEnd, evicted: stream.evicted }
}

/** Every event that can stand in a session stands in one. */
function assertNothingLost(events: readonly LogEvent[], sessions: readonly Session[]): void {
  const told = new Set(sessions.flatMap(session => session.members.map(member => member.event_id)))
  assert.deepEqual(events.filter(event => event.type !== 'net.connect' && event.type !== 'log.line' && !told.has(event.id)).map(event => event.id), [])
}

const flagged = (sessions: readonly Session[]): Session[] => sessions.filter(session => session.join.evicted)

// --- with room for everything -------------------------------------------------------------------------------------------

/** What was joined with what; which of several was first to use an answer is settled sooner on live input. */
const outline = (claim: string, id: string, members: readonly string[], pairs: readonly string[]): string => JSON.stringify([claim, id, members.map(member => member.split(' ')[0]), pairs])

test('with a state bound, live input gives the sessions that a naive join of all of it gives', () => {
  const seen = { ttl: 0, connection: 0, early: 0 }
  fc.assert(fc.property(traffic, fc.integer({ min: 1, max: 4 }), fc.constantFrom(0, 60_000), fc.constantFrom(250, 5000), fc.constantFrom('best' as const, 'all' as const), (made, every, ttlSlackMs, windowMs, match) => {
    const events = eventsOf({ ...made, gridMs: made.gridMs > 1000 ? 1000 : made.gridMs })
    const rules: JoinRules = { ...RULES, bound: 'state', ttlSlackMs, beforeMs: windowMs, afterMs: windowMs, match }
    const expected = new BruteJoin(events, rules, () => PLAIN).sessions()
    const got = live(events, rules, 1e6, every)
    assert.equal(got.evicted, 0)
    assert.equal(flagged(got.sessions).length, 0)
    const told = got.sessions.map(({ claim, id, members, join }) => outline(claim, id, members.map(member => member.event_id), join.pairs.map(pair => `${pair.from} ${pair.to} ${pair.bound}`)))
    assert.deepEqual(told.sort(), expected.map(({ claim, id, members, pairs }) => outline(claim, id, members, pairs.map(pair => pair.split(' ').filter((_, part) => part === 0 || part === 1 || part === pair.split(' ').findIndex(word => ['window', 'ttl', 'connection'].includes(word))).join(' ')))).sort())
    for (const session of got.sessions) for (const pair of session.join.pairs) if (pair.bound !== 'window') seen[pair.bound]++
    seen.early += got.beforeEnd
  }), { numRuns: Number(process.env.LOGJOIN_ORACLE_RUNS ?? 400), includeErrorInReport: true })
  assert.ok(seen.ttl > 5 && seen.connection > 5 && seen.early > 50, JSON.stringify(seen))
})

// --- without ------------------------------------------------------------------------------------------------------------

/** Visits one after the other: a look-up, a handshake on it, and a request on that much later. */
function visits(count: number, everyMs: number, laterMs: number): LogEvent[] {
  return caseEvents(Array.from({ length: count }, (_, index): CaseDraft[] => {
    const client = { ip: `192.0.2.${1 + index % 200}`, port: 40_000 + index }
    const [at, name] = [T0 + index * everyMs, `site${index}.example.com`]
    return [
      { type: 'dns.response', dataset: 'zeek.dns', ts_ms: at, ts_res_ms: 1, client: { ip: client.ip }, dns: { question: { name, type: 'A' }, response_code: 'NOERROR', answers: [{ type: 'A', data: '203.0.113.1', ttl: 3600 }] } },
      { type: 'tls.handshake', dataset: 'zeek.ssl', ts_ms: at + laterMs / 2, ts_res_ms: 1, client, server: { ip: '203.0.113.1' }, tls: { client: { server_name: name } } },
      { type: 'http.request', dataset: 'nginx.access', ts_ms: at + laterMs, ts_res_ms: 1, ts_basis: 'start', duration_ms: 1, client, url: { domain: name, path: '/' } },
    ]
  }).flat())
}

const whole = (sessions: readonly Session[]): Session[] => sessions.filter(session => session.join.missing.length === 0 && session.claim === 'http.request')

test('with a state bound, what there is no room for is dropped, counted and said; the rest is joined', () => {
  const events = visits(1500, 100, 60_000) // 600 visits are under way at a time
  const rules: JoinRules = { ...RULES, bound: 'state' }
  const all = live(events, rules, 10_000, 20)
  assert.equal(whole(all.sessions).length, 1500)
  assert.equal(all.evicted + flagged(all.sessions).length, 0)
  assert.ok(all.beforeEnd > 300, `${all.beforeEnd} sessions before the end`)
  const some = live(events, rules, 1000, 20)
  assertNothingLost(events, some.sessions)
  assert.ok(some.evicted > 500, `${some.evicted} evicted`)
  for (const session of some.sessions) if (session.claim === 'http.request') assert.equal(session.join.evicted ?? false, session.join.missing.length > 0, session.id)
  assert.ok(flagged(some.sessions).some(session => session.claim === 'tls.handshake'), 'what was dropped unclaimed says so, too')
})

test('inside the window too, and then what waits is joined sooner', () => {
  const events = visits(3000, 1, 1500) // all of it within two windows
  const all = live(events, RULES, 20_000, 20)
  assert.equal(whole(all.sessions).length, 3000)
  assert.equal(flagged(all.sessions).length, 0)
  const some = live(events, RULES, 1500, 20)
  assertNothingLost(events, some.sessions)
  assert.ok(some.evicted > 0 && flagged(some.sessions).length > 0)
  for (const session of some.sessions) if (session.join.missing.length > 0) assert.equal(session.join.evicted, true, session.id)
  const calm = [...events, ...caseEvents([{ type: 'http.request', dataset: 'nginx.access', in: 'calm.log', ts_ms: T0 + 3_600_000, client: { ip: '192.0.2.1', port: 1 }, url: { domain: 'site1.example.com', path: '/' } }])]
  const last = live(calm, RULES, 1500, 20).sessions.at(-1)
  assert.deepEqual([last?.claim, last?.join.evicted, last?.join.missing.length], ['http.request', undefined, 2], 'an hour later nothing that was dropped could have been its partner')
})

test('the same input drops the same, and what is kept stays within bounds', () => {
  const events = visits(1500, 100, 60_000)
  const rules: JoinRules = { ...RULES, bound: 'state' }
  const once = live(events, rules, 700, 20)
  assert.deepEqual(live(events, rules, 700, 20), once)
  const stream = new JoinStream(rules, () => PLAIN, 1, undefined, 700)
  let told = 0
  let most = 0
  events.sort(compareEvents).forEach((event, index) => {
    stream.push(event)
    if (index % 20 === 0) told += stream.step().claims.length
    most = Math.max(most, index + 1 - told)
  })
  assert.ok(most < 4 * 700, `${most} events had not been told of`)
})

test('events without a time are told of at once, not at the end', () => {
  const events = visits(50, 100, 1000)
  const [undated] = caseEvents([{ type: 'http.request', dataset: 'nginx.access', in: 'undated.log', url: { domain: 'www.example.com', path: '/' } }])
  const stream = new JoinStream(RULES, () => PLAIN, 1, undefined, 1000)
  for (const event of events.slice(0, 10)) stream.push(event)
  stream.push(undated!)
  assert.deepEqual(stream.step().claims.map(claim => claim.cluster.lead.id), ['undated.log:1'])
})

test('what is held back for the sake of order is bounded, too: the oldest goes first, and what comes before it is late', () => {
  const marks = new Watermarks(30_000, 10_000, 100)
  const events = visits(100, 10, 1000).sort(compareEvents)
  marks.open('a', 0)
  marks.open('b', 0)
  for (const event of events.slice(1, 90)) marks.push('a', event, 0)
  assert.equal(marks.release(0).length, 0, 'b has said nothing yet')
  for (const event of events.slice(90)) marks.push('a', event, 0)
  const given = marks.release(0)
  assert.deepEqual(given.map(event => event.id), events.slice(1, 1 + given.length).map(event => event.id))
  assert.equal(given.length, 299 - 100 + 25)
  assert.equal(marks.push('b', events[0]!, 0), false)
  assert.equal(marks.late, 1)
  assert.equal(marks.drain().length, 75)
})

// --- followed files ------------------------------------------------------------------------------------------------------

const folder = mkdtempSync(join(tmpdir(), 'logjoin-state-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms))

/**
 * Follows a request log, a TLS log and a DNS log whose requests come a minute after their handshakes, which come two after their look-ups.
 * A last line of the slower logs says that their clocks go on.
 */
async function followed(name: string, maxStateBytes: number | undefined): Promise<{ sessions: Session[], beforeStop: number, evicted: number }> {
  const hosts = Array.from({ length: 40 }, (_, index) => ({ at: index, name: `site${index}.example.com`, client: `192.0.2.${index + 1}`, port: 40_000 + index }))
  const paths = ['dns.log', 'tls.log', 'cdn.log'].map(log => join(folder, `${name}-${log}`))
  const logs = [
    dnsLog('dns.log', hosts.map(({ at, name: asked, client }) => ({ at, name: asked, client, ttl: 300 })).concat({ at: 400, name: 'last.example.net', client: '192.0.2.99', ttl: 1 })).lines,
    tlsLog('tls.log', hosts.map(({ at, name: sni, client, port }) => ({ at: at + 120, sni, client, port })).concat({ at: 400, sni: 'last.example.org', client: '192.0.2.98', port: 1 })).lines,
    hosts.map(({ at, name: host, client, port }) => JSON.stringify({ time: new Date((SECONDS + at + 180) * 1000).toISOString(), client_ip: client, client_port: port, host, method: 'GET', uri: '/', status: 200, duration_ms: 3, cdn_cache_hit: 'HIT' })),
  ]
  paths.forEach((path, log) => writeFileSync(path, `${logs[log]!.slice(0, 30).join('\n')}\n`))
  const stop = new AbortController()
  let waits = 0
  const run = correlate(paths, { bound: 'state', unmatched: true, maxStateBytes, live: { now: () => Date.now(), stop: stop.signal, latenessMs: 100, idleMs: 60_000, wait: ms => { waits++; return pause(Math.min(ms, 5)) } } })
  const sessions: Session[] = []
  const reading = (async () => { for await (const session of run) sessions.push(session) })()
  const allRead = async (from = waits): Promise<void> => { while (waits - from < 60) await pause(10) } // oxlint-disable-line no-unmodified-loop-condition
  await allRead()
  paths.forEach((path, log) => appendFileSync(path, `${logs[log]!.slice(30).join('\n')}\n`))
  await allRead()
  const beforeStop = sessions.length
  stop.abort()
  await reading
  return { sessions, beforeStop, evicted: run.summary.join!.evicted }
}

test('followed files are joined by what lives, request by request, before the end', async () => {
  const { sessions, beforeStop, evicted } = await followed('all', undefined)
  const requests = sessions.filter(session => session.claim === 'http.request')
  assert.deepEqual([sessions.length, requests.length], [42, 40])
  assert.ok(beforeStop >= 20, `${beforeStop} sessions before the stop`)
  assert.deepEqual([...new Set(requests.map(session => `${session.claim} ${session.join.pairs.map(pair => pair.bound).join(' ')}`))], ['http.request connection ttl'])
  assert.equal(evicted, 0)
})

test('the cap of the command line is that of the join, and a size', async () => {
  const { sessions, evicted } = await followed('some', libraryOptions({ 'max-state': '128k' }).maxStateBytes)
  assert.ok(evicted > 0, `${evicted} evicted`)
  assert.ok(sessions.some(session => session.join.evicted))
  for (const size of ['much', '0', '-1', '']) assert.throws(() => libraryOptions({ 'max-state': size }), /max-state/)
})

// --- finite input --------------------------------------------------------------------------------------------------------

test('a connection is open until nothing has come on it for an hour, and keeps the answer that it was opened by', async () => {
  const at = [0.1, 3500, 7000, 10_601]
  const logs = [
    dnsLog('dns.log', [{ at: 0, name: 'www.example.com', ttl: 5, answers: ['203.0.113.10'] }, { at: 3499, name: 'www.example.com', ttl: 5, answers: ['203.0.113.10'] }]),
    tlsLog('tls.log', [{ at: 0.05, port: 41000, sni: 'www.example.com' }]),
    edgeLog('edge.log', at.map(one => ({ at: one, tookMs: 500, port: 41000 }))),
  ]
  const { sessions } = await joined(logs, { bound: 'state' })
  assert.deepEqual(at.map((_, index) => members(sessionWith(sessions, `edge.log:${index + 1}`))), [...[1, 2, 3].map(line => ['dns.log:1', `edge.log:${line}`, 'tls.log:1']), ['edge.log:4']])
})

test('finite input is capped where that is asked for: counted, said, in order, nothing lost', async () => {
  const hosts = Array.from({ length: 400 }, (_, index) => ({ at: index * 0.5, name: `site${index}.example.com`, client: `192.0.2.${index % 200 + 1}`, port: 40_000 + index }))
  const logs = [
    dnsLog('dns.log', hosts.map(({ at, name, client }) => ({ at, name, client, ttl: 300, answers: ['203.0.113.10'] }))),
    tlsLog('tls.log', hosts.map(({ at, name, client, port }) => ({ at: at + 60, sni: name, client, port }))),
    edgeLog('edge.log', hosts.map(({ at, name, client, port }) => ({ at: at + 120, host: name, client, port }))),
  ]
  const lone = async (maxStateBytes?: number): Promise<{ sessions: Session[], evicted: number }> => {
    const run = correlate(logs, { bound: 'state', unmatched: true, maxStateBytes })
    const sessions: Session[] = []
    for await (const session of run) sessions.push(session)
    return { sessions, evicted: run.summary.join!.evicted }
  }
  const exact = await lone()
  assert.deepEqual([exact.evicted, exact.sessions.length, exact.sessions.filter(session => session.join.missing.length > 0).length], [0, 400, 0])
  const capped = await lone(2048 * 150)
  assert.ok(capped.evicted > 0 && capped.sessions.some(session => session.join.evicted), `${capped.evicted} evicted`)
  for (const session of capped.sessions) if (session.claim === 'http.request' && session.join.missing.length > 0) assert.equal(session.join.evicted, true, session.id)
  assert.equal(new Set(capped.sessions.flatMap(session => session.members.map(member => member.event_id))).size, 1200)
  assert.deepEqual(capped.sessions.map(session => session.ts_ms), capped.sessions.map(session => session.ts_ms!).sort((a, b) => a - b))
})
