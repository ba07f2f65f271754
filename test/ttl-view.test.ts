// a cache as its operator thinks of it: what is meant, what happens, what an expiry costs
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MissWatch } from '../src/detect-support/miss-watch.js'
import { ttlMeasured, ttlViewOf, ttlWords } from '../src/detect-support/ttl-view.js'
import { caseEvents, repeat, type CaseDraft } from '../src/detectors/case-events.js'
import { joinEvents, rulesFor } from '../src/join/join-events.js'

const START = Date.parse('2026-03-10T08:00:00Z')

/** One request at `at` seconds; `left` is the TTL that the log states. */
const asked = (at: number, status: 'hit' | 'miss' | 'expired', left?: number, waitMs = 1): CaseDraft => ({
  dataset: 'fastly.log', in: 'edge.log', type: 'http.request', vantage: 'edge', ts_ms: START + at * 1000, ts_basis: 'start', duration_ms: status === 'hit' ? 1 : waitMs, client: { ip: '192.0.2.10' },
  url: { scheme: 'https', domain: 'www.example.com', path: '/a.css' }, http: { request: { method: 'GET' }, response: { status_code: 200 } },
  cdn: { cache: { status, ...(left === undefined ? {} : { ttl_s: left }) }, ...(status === 'hit' ? {} : { origin: { ip: '198.51.100.20', wait_ms: waitMs, status_code: 200 } }) },
})

function watch(drafts: readonly CaseDraft[]): MissWatch {
  const events = caseEvents(drafts)
  const seen = new MissWatch(2000)
  for (const session of joinEvents(events, rulesFor(events, 5000))) seen.see(session)
  return seen
}

test('what the log states, what is kept in effect, and how often the origin is asked', () => {
  const view = ttlViewOf(watch(repeat(60, i => asked(i, i % 20 === 0 ? i === 0 ? 'miss' : 'expired' : 'hit', i % 20 === 0 ? 20 : undefined, 40))), 'www.example.com')
  assert.ok(view)
  assert.equal(view.policy_s, 20)
  assert.ok(view.effective_s !== undefined && view.effective_s > 18 && view.effective_s <= 20, String(view.effective_s))
  assert.ok(Math.abs(view.fetches_per_s - 3 / 59) < 0.001)
  assert.equal(view.busiest, '/a.css')
  assert.ok(view.at_expiry! < 0.1)
  assert.match(ttlWords(view), /meant to be kept 20 s, kept (19|20) s in effect; .* hardly more than one request meets the origin/)
})

test('a busy object before a slow origin is a stampede in waiting', () => {
  const view = ttlViewOf(watch(repeat(600, i => asked(i / 20, i === 0 ? 'miss' : i === 300 ? 'expired' : 'hit', undefined, 900))), 'www.example.com')
  assert.ok(view && view.at_expiry! > 15 && view.at_expiry! < 20, JSON.stringify(view))
  assert.match(ttlWords(view), /when \/a\.css expires, about 18 requests come while one fetch takes 900 ms: collapse them/)
  assert.ok(ttlMeasured(view).some(one => one.unit === 'requests'))
})

test('nothing is said of a name without a cache, nor of a run too short for a rate', () => {
  assert.equal(ttlViewOf(watch([asked(0, 'hit')]), 'www.example.com'), undefined)
  assert.equal(ttlViewOf(watch(repeat(5, i => asked(i, 'hit'))), 'www.example.net'), undefined)
  assert.deepEqual(ttlMeasured(undefined), [])
})
