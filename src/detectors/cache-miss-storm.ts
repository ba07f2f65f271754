// A cache that suddenly asks its origin for far more than usual.
import { z } from 'zod'
import { answered, edgeLine, type EdgeLine } from '../detect-support/case-edges.js'
import { reportStorm, stormsOf } from '../detect-support/miss-report.js'
import { MissWatch } from '../detect-support/miss-watch.js'
import { caseEvents, repeat, type CaseDraft } from './case-events.js'
import { defineDetector, type Case } from './detector.js'

const OBJECTS = 12

/** Ordinary traffic of a name: twelve objects in turn, served from the cache; one fetch every four seconds. */
const ordinary = (from: number, to: number, perSecond = 4, host = 'www.example.com'): CaseDraft[] => repeat(Math.round((to - from) * perSecond), i => {
  const at = from + i / perSecond
  const fetched = i % (4 * perSecond) === perSecond
  return edgeLine({ at, host, path: fetched ? '/' : `/img/${i % OBJECTS}.png`, ms: fetched ? 20 : 1, cache: fetched ? 'expired' : 'hit', ...(fetched ? { origin: answered('198.51.100.20', 18) } : {}) })
})

const missed = (line: EdgeLine): CaseDraft => edgeLine({ ms: 20, cache: 'miss', origin: answered('198.51.100.20', 18), ...line })

const cases: readonly Case[] = [
  {
    name: 'a flood of random query strings goes past the cache',
    fires: true,
    expects: { severity: 'medium', cause: 'unique-query-flood', findings: 1, hostnames: ['www.example.com'], origin_ips: ['198.51.100.20'] },
    events: caseEvents([...ordinary(0, 40), ...repeat(130, i => missed({ at: 12 + i * 0.1, path: `/img/${i % OBJECTS}.png`, query: `cb=${(i * 7919).toString(16)}`, client: `192.0.2.${40 + i % 4}` }))]),
  },
  {
    name: 'the origin begins to send no-store: the same objects are fetched again and again',
    fires: true,
    expects: { severity: 'medium', cause: 'cache-disabled', findings: 1, hostnames: ['www.example.com'] },
    events: caseEvents([...ordinary(0, 14), ...repeat(90, i => missed({ at: 14 + i / 5, path: `/img/${i % OBJECTS}.png` })), ...ordinary(33, 44)]),
  },
  {
    name: 'one hot object expires and a hundred visitors fetch it at once',
    fires: true,
    expects: { cause: 'expiry-or-purge', findings: 1, count: 100 },
    events: caseEvents([...ordinary(0, 20), ...repeat(100, i => missed({ at: 20 + i * 0.01, path: '/img/3.png', ms: 1500, client: `192.0.2.${i + 1}`, origin: answered('198.51.100.20', 1490) })), ...ordinary(24, 40)]),
  },
  {
    name: 'a link goes viral and everything is served from the cache',
    fires: false,
    events: caseEvents([...ordinary(0, 40), ...repeat(400, i => edgeLine({ at: 10 + i * 0.03, path: `/img/${i % OBJECTS}.png`, ms: 1, cache: 'hit' }))]),
  },
  {
    name: 'an API that is never cached has its usual rate',
    fires: false,
    events: caseEvents(repeat(400, i => missed({ at: i * 0.1, host: 'api.example.com', path: '/v1/items', query: `id=${i}` }))),
  },
  {
    name: 'an API that is never cached becomes busier',
    fires: false,
    events: caseEvents([...repeat(40, i => missed({ at: i, host: 'api.example.com', path: `/v1/items/${i % 5}` })), ...repeat(150, i => missed({ at: 15 + i * 0.06, host: 'api.example.com', path: `/v1/items/${i % 5}` }))]),
  },
  {
    name: 'a small purge: fifteen objects are fetched once each and served from the cache again',
    fires: false,
    events: caseEvents([...ordinary(0, 40), ...repeat(OBJECTS, i => missed({ at: 20 + i * 0.1, path: `/img/${i}.png` }))]),
  },
  {
    name: 'a cold cache fills when the log begins',
    fires: false,
    events: caseEvents([...repeat(60, i => missed({ at: i * 0.05, path: `/page/${i}` })), ...repeat(120, i => edgeLine({ at: 3 + i * 0.3, path: `/page/${i % 60}`, ms: 1, cache: 'hit' }))]),
  },
  {
    name: 'the origin is down: failures are not cached and asked for again',
    fires: false,
    events: caseEvents([...ordinary(0, 15), ...repeat(100, i => edgeLine({ at: 15 + i * 0.15, path: `/img/${i % OBJECTS}.png`, status: 502, cache: 'miss', error: { type: 'connection_refused' } }))]),
  },
]

export default defineDetector({
  id: 'cache-miss-storm',
  name: 'Cache miss storm',
  version: '1',
  what: 'A cache asks its origin for far more objects of one name or path than it normally does: unique query strings, objects that are no longer kept, or objects that left the cache and are fetched many times over. A surge of hits is not one, nor is an API that is never cached.',
  why: 'The origin gets the traffic that the cache was there to take, and may fall over.',
  remedy: 'Find out why the cache asks: query strings in the cache key, headers that forbid caching, or an expiry that hits all objects at once.',
  reference: 'https://www.rfc-editor.org/rfc/rfc9211',
  needs: ['http.request'],
  thresholds: z.strictObject({
    window_s: z.number().positive().default(2).describe('Length of the windows whose counts are compared, seconds'),
    min_misses: z.int().positive().default(25).describe('Fetches from the origin that make a storm at least; a purge that fetches every object once needs four times as many'),
    min_z: z.number().positive().default(6).describe('How many robust standard deviations (median and MAD of the windows before, never less than a Poisson count would vary) the fetches must stand above normal'),
    min_factor: z.number().min(1).default(3).describe('How many times the normal number of fetches'),
    high_rate: z.number().positive().default(50).describe('Fetches a second from which a storm of 100 fetches or more is high'),
  }),
  open(thresholds, context) {
    const watch = new MissWatch(thresholds.window_s * 1000)
    if (context.baseline) {
      for (const session of context.baseline.sessions) watch.see(session)
      watch.learned()
    }
    return { session: session => watch.see(session), end: () => stormsOf(watch, thresholds).map(storm => reportStorm(storm, thresholds, watch)) }
  },
  cases,
})
