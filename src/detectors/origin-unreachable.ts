// The edge could not reach the origin at all: refused, no route, no address.
import { z } from 'zod'
import { CASE_START, answered, edgeLine } from '../detect-support/case-edges.js'
import { originThresholds, reportOrigin, type Sum, type Wording } from '../detect-support/origin-report.js'
import { watchOf } from '../detect-support/origin-watch.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case } from './detector.js'

function causeOf(sum: Sum): string {
  if (sum.phases.top(1)[0]?.[0] === 'dns') return 'origin-dns'
  const [type] = sum.types.top(1)
  if (type?.[0] === 'destination_ip_unroutable') return 'no-route'
  if (sum.types.count('connection_refused') > 0) return 'connection-refused'
  return sum.count > 0 && sum.consequences === sum.count ? 'no-live-origin' : 'connect-failed'
}

const HAPPENED: Readonly<Record<string, string>> = {
  'origin-dns': 'failed because the origin name did not resolve',
  'no-route': 'failed because no route leads to the origin',
  'connection-refused': 'failed because the connection was refused',
  'no-live-origin': 'failed because no server of the group was up',
  'connect-failed': 'failed without a connection to the origin',
}

const wording: Wording = {
  kind: 'unreachable',
  cause: causeOf,
  happened: sum => HAPPENED[causeOf(sum)]!,
  remedies: {
    'origin-dns': 'Resolve the origin host name from the edge: look for an expired zone, a deleted record or a resolver that is down.',
    'no-route': 'Look at routes, interfaces and link state between edge and origin.',
    'connection-refused': 'Nothing listens on the origin address and port: restart the service, or undo the port or address change.',
    'no-live-origin': 'All servers of the group are marked down: look at the health checks and at the first failure before this, then bring one back.',
    'connect-failed': 'Look at the edge error log for the cause (refused, no route, handshake); from the edge, connect to the origin address and port.',
  },
}

const cases: readonly Case[] = [
  {
    name: 'the origin refuses connections: 502 at once, then no live upstream; the error log says why',
    fires: true,
    expects: { severity: 'high', cause: 'connection-refused', count: 16, findings: 1, hostnames: ['www.example.com'], origin_ips: ['198.51.100.20'] },
    events: caseEvents([
      ...repeat(10, i => [
        edgeLine({ at: i * 2, path: `/n/${i}`, status: 502, ms: 1, origin: { ip: '198.51.100.20', port: 443, status_code: 502, duration_ms: 1 }, error: { code: '502' } }),
        { type: 'log.line' as const, dataset: 'nginx.error', in: 'error.log', ts_ms: CASE_START + i * 2000, ts_basis: 'point' as const, ts_res_ms: 1000, client: { ip: '192.0.2.24' }, url: { domain: 'www.example.com', path: `/n/${i}` }, error: { type: 'connection_refused', message: 'connect() failed (111: Connection refused) while connecting to upstream' } },
      ]),
      ...repeat(6, i => edgeLine({ at: 1 + i * 2, path: `/m/${i}`, status: 502, ms: 0, origin: { name: 'pool_a', status_code: 502, duration_ms: 0 }, error: { type: 'destination_unavailable', code: '502' } })),
    ]),
  },
  {
    name: 'the origin host name does not resolve at the edge',
    fires: true,
    expects: { severity: 'medium', cause: 'origin-dns', count: 5 },
    events: caseEvents(repeat(5, i => edgeLine({ at: i * 3, dataset: 'aws.cloudfront', path: `/n/${i}`, status: 502, ms: 40, cache: 'error', error: { type: 'dns_error', code: 'OriginDnsError' } }))),
  },
  {
    name: 'a cache in front answers 503 at once and names no reason, though its log names the origin of every answer',
    fires: true,
    expects: { severity: 'medium', cause: 'connect-failed', count: 4 },
    events: caseEvents([
      ...repeat(6, i => edgeLine({ at: i, dataset: 'varnish.access', path: `/a/${i}`, origin: { name: 'be1' } })),
      ...repeat(4, i => edgeLine({ at: 8 + i, dataset: 'varnish.access', path: `/b/${i}`, status: 503, ms: 2 })),
    ]),
  },
  {
    name: 'one request in a hundred fails, spread over all names and the whole time: one finding, and no name of its own',
    fires: true,
    expects: { severity: 'low', cause: 'connect-failed', count: 12, findings: 1 },
    events: caseEvents(repeat(1200, i => edgeLine({ at: i * 0.2, dataset: 'aws.cloudfront', host: `site${(i * 7 + 11 * Math.floor(i / 100)) % 60}.example.com`, path: `/n/${i}`, client: `192.0.2.${i % 200}`, ...(i % 100 === 50 ? { status: 502, ms: 2, cache: 'error' as const, error: { type: 'destination_unavailable', code: 'OriginConnectError' } } : {}) }))),
  },
  {
    name: 'one edge cannot connect to an origin, while TLS to another origin fails at another edge, from before and for longer',
    fires: true,
    expects: { severity: 'high', cause: 'connect-failed', count: 12, findings: 1 },
    events: caseEvents([
      ...repeat(12, i => edgeLine({ at: 40 + i * 2, dataset: 'aws.cloudfront', host: 'shop.example.net', path: `/n/${i}`, status: 502, ms: 3, cache: 'error', error: { type: 'destination_unavailable', code: 'OriginConnectError' } })),
      ...repeat(40, i => edgeLine({ at: i * 3, dataset: 'cloudflare.http', path: `/m/${i}`, status: 526, ms: 9, error: { type: 'tls_certificate_error', code: '526' } })),
    ]),
  },
  {
    name: 'the origin itself answers 503 in its maintenance window',
    fires: false,
    events: caseEvents(repeat(10, i => edgeLine({ at: i, path: `/n/${i}`, status: 503, origin: answered('198.51.100.20', 4, 503) }))),
  },
  {
    name: 'a Go proxy answers 404 and 410 for modules that do not exist',
    fires: false,
    events: caseEvents(repeat(10, i => edgeLine({ at: i, host: 'goproxy.example.com', path: `/mod.example.com/x${i}/@v/list`, status: i % 2 ? 404 : 410, origin: answered('198.51.100.40', 3, 404) }))),
  },
  {
    name: 'the edge limits a client and answers 503 itself',
    fires: false,
    events: caseEvents(repeat(10, i => edgeLine({ at: i, path: `/n/${i}`, status: 503, ms: 0, cache: 'none', error: { type: 'connection_limit_reached', code: 'PC' } }))),
  },
]

export default defineDetector({
  id: 'origin-unreachable',
  name: 'Origin unreachable',
  version: '1',
  what: 'The edge could not connect to the origin: refused, no route, the origin name did not resolve, or no server was left to try.',
  why: 'Everything that is not in the cache fails at once, for everybody behind that edge.',
  remedy: 'Check that the origin listens, that its address and name are right, and that the edge has a route to it.',
  reference: 'https://www.rfc-editor.org/rfc/rfc9209#section-2.3',
  needs: [['http.request', 'log.line']],
  thresholds: z.strictObject(originThresholds),
  open(thresholds, context) {
    const watch = watchOf(context, thresholds.gap_s * 1000)
    const isAlone = !context.types.has('http.request')
    return { event: event => watch.note(event, isAlone), session: session => watch.see(session), end: () => reportOrigin(watch, wording, thresholds) }
  },
  cases,
})
