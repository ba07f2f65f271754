// The origin itself fails: it answers 5xx, cuts the connection or sends what is no HTTP.
import { z } from 'zod'
import { answered, edgeLine } from '../detect-support/case-edges.js'
import { originThresholds, reportOrigin, type Sum, type Wording } from '../detect-support/origin-report.js'
import { watchOf } from '../detect-support/origin-watch.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case } from './detector.js'

function causeOf(sum: Sum): string {
  const [type] = sum.types.top(1)
  switch (type?.[0]) {
    case 'connection_terminated': return 'connection-reset'
    case 'http_response_incomplete': return 'answer-cut-short'
    case 'http_protocol_error': return 'bad-response'
    default: return 'origin-5xx'
  }
}

const HAPPENED: Readonly<Record<string, string>> = {
  'connection-reset': 'failed because the origin closed the connection before it answered',
  'answer-cut-short': 'got an answer that broke off',
  'bad-response': 'got something that is no valid answer',
}

const wording = (least: number): Wording => ({
  kind: 'error',
  cause: causeOf,
  happened: sum => HAPPENED[causeOf(sum)] ?? `were answered with an error by the origin itself (${sum.words.top(2).map(([word]) => word).join(', ')})`,
  remedies: {
    'connection-reset': 'The origin accepts and hangs up: look for crashing workers, keep-alive limits shorter than the edge expects, and memory kills at the first time given.',
    'answer-cut-short': 'Look for crashing workers or limits on response size on the origin.',
    'bad-response': 'Ask the origin directly and look at the raw answer: header size, protocol, port.',
    'origin-5xx': 'The network is fine, the application fails: look at its log at the first time given, and at what was deployed before.',
  },
  least,
})

const cases: readonly Case[] = [
  {
    name: 'the application answers 500 to half of the requests after a deployment',
    fires: true,
    expects: { severity: 'high', cause: 'origin-5xx', count: 15, findings: 1, hostnames: ['www.example.com'], origin_ips: ['198.51.100.20'] },
    events: caseEvents([
      ...repeat(20, i => edgeLine({ at: i, path: `/a/${i}`, origin: answered('198.51.100.20') })),
      ...repeat(30, i => edgeLine({ at: 20 + i, path: `/a/${i}`, status: i % 2 ? 200 : 500, origin: answered('198.51.100.20', 20, i % 2 ? 200 : 500) })),
    ]),
  },
  {
    name: 'the origin hangs up before it answers',
    fires: true,
    expects: { severity: 'medium', cause: 'connection-reset', count: 6 },
    events: caseEvents(repeat(6, i => edgeLine({ at: i * 2, path: `/a/${i}`, status: 502, ms: 30, origin: { ip: '198.51.100.20', connect_ms: 1 }, error: { type: 'connection_terminated', code: 'SH' } }))),
  },
  {
    name: 'one 500 among many answers',
    fires: false,
    events: caseEvents([
      ...repeat(60, i => edgeLine({ at: i, path: `/a/${i}`, origin: answered('198.51.100.20') })),
      edgeLine({ at: 30.5, path: '/a/bad', status: 500, origin: answered('198.51.100.20', 9, 500) }),
    ]),
  },
  {
    name: 'an inner cache of our own answers 503 for an origin that hangs: the proxy in front passes it on',
    fires: false,
    events: caseEvents(repeat(6, i => [
      edgeLine({ at: i * 3, dataset: 'haproxy.http', log: 'haproxy.log', path: `/a/${i}`, status: 503, ms: 5008, cache: undefined, origin: { name: 'be_cache/cache1', status_code: 503, connect_ms: 0, wait_ms: 5007 } }),
      edgeLine({ at: i * 3 + 0.001, dataset: 'varnish.access', log: 'varnish.log', path: `/a/${i}`, status: 503, ms: 5005 }),
    ])),
  },
  {
    name: 'visitors ask for pages that do not exist',
    fires: false,
    events: caseEvents(repeat(40, i => edgeLine({ at: i, path: `/missing/${i}`, status: 404, origin: answered('198.51.100.20', 5, 404) }))),
  },
]

export default defineDetector({
  id: 'origin-errors',
  name: 'Origin answers with errors',
  version: '1',
  what: 'The origin itself answers 5xx, hangs up before it answers, or sends what is no valid answer; a 5xx that an inner hop of our own made is not counted.',
  why: 'The edge and the network are fine, so only a change at the application helps.',
  remedy: 'Look at the application log of the origin at the first time given.',
  reference: 'https://www.rfc-editor.org/rfc/rfc9110#section-15.6',
  needs: [['http.request', 'log.line']],
  thresholds: z.strictObject({
    ...originThresholds,
    min_requests: z.int().positive().default(3).describe('Errors below which the finding is informational'),
    min_share: z.number().min(0).max(1).default(0.05).describe('Share of the requests a name sent to its origin that must fail; below it the finding is informational'),
  }),
  open(thresholds, context) {
    const watch = watchOf(context, thresholds.gap_s * 1000)
    const isAlone = !context.types.has('http.request')
    return { event: event => watch.note(event, isAlone), session: session => watch.see(session), end: () => reportOrigin(watch, wording(thresholds.min_requests), thresholds) }
  },
  cases,
})
