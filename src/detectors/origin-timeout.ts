// The edge gave up waiting for the origin, in whichever phase and whatever status it made of it.
import { z } from 'zod'
import { answered, edgeLine, silent } from '../detect-support/case-edges.js'
import { originThresholds, reportOrigin, typicalWait, type Sum, type Wording } from '../detect-support/origin-report.js'
import { watchOf } from '../detect-support/origin-watch.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case } from './detector.js'

const CAUSES: Readonly<Record<string, string>> = { dns: 'dns-timeout', connect: 'connect-timeout', tls: 'tls-timeout', send: 'send-timeout', wait: 'first-byte-timeout', receive: 'body-timeout' }

const WAITED_FOR: Readonly<Record<string, string>> = {
  'connect-timeout': 'without a connection', 'tls-timeout': 'in the TLS handshake', 'send-timeout': 'sending the request', 'first-byte-timeout': 'waiting for response headers', 'body-timeout': 'in the middle of the body',
}

/** The phase most failures hang in; a connect time-out may be a handshake's where only the error log tells them apart. */
function causeOf(sum: Sum): string {
  const [phase] = sum.phases.top(1)
  return CAUSES[phase?.[0] ?? 'wait'] ?? 'first-byte-timeout'
}

const wording: Wording = {
  kind: 'timeout',
  cause: causeOf,
  happened: sum => `were given up ${WAITED_FOR[causeOf(sum)] ?? ''}${typicalWait(sum) === undefined ? '' : ` after ${typicalWait(sum)}`}`,
  remedies: {
    'connect-timeout': 'From the edge, try to connect to the origin address and port (nc -vz). Packets vanish: look at firewall and security-group changes, routing and SYN backlog on the origin side; where only some POPs fail, at the path between them. Take the origin out of rotation meanwhile.',
    'tls-timeout': 'The connection opens and the handshake gets no answer: look at a TLS terminator that hangs, a path that drops large packets (MTU, PMTUD), or a firewall that drops payload. Take the origin out of rotation meanwhile.',
    'send-timeout': 'The origin stops reading the request: look at its accept queue and at upload limits.',
    'first-byte-timeout': 'The origin accepts and does not answer: look at its workers, its database and its queue at the first time given; where a healthy origin is named, take the failing one out of rotation; serve stale content while it lasts.',
    'body-timeout': 'The answer begins and stalls: look at streaming back ends, at disk or object storage behind the origin, and at packet loss.',
  },
}

const healthyElsewhere = repeat(20, i => edgeLine({ at: i * 1.5, host: 'shop.example.net', path: `/item/${i}`, origin: answered('203.0.113.9'), pop: 'POP-BJ', client: '192.0.2.30' }))

const cases: readonly Case[] = [
  {
    name: 'an origin behind one POP answers nothing for 25 s: every miss waits 15 s and gets a 504, while the same edge serves another origin',
    fires: true,
    expects: { severity: 'high', cause: 'first-byte-timeout', count: 12, findings: 1, hostnames: ['api.example.com', 'www.example.com'], origin_ips: ['198.51.100.20'] },
    events: caseEvents([
      ...healthyElsewhere,
      ...repeat(6, i => edgeLine({ at: 3 + i * 4, path: `/news/${i}`, pop: 'POP-SH', status: 504, ms: 15_001, origin: silent('198.51.100.20', 15_000), error: { type: 'http_response_timeout', code: '504' } })),
      ...repeat(6, i => edgeLine({ at: 4 + i * 4, host: 'api.example.com', path: `/v1/${i}`, pop: 'POP-SH', status: 504, ms: 15_002, origin: silent('198.51.100.20', 15_001), error: { type: 'http_response_timeout', code: '504' } })),
    ]),
  },
  {
    name: 'a back end answers 503 without a reason, but all failures take 5 s',
    fires: true,
    expects: { severity: 'medium', cause: 'first-byte-timeout', count: 5, findings: 1 },
    events: caseEvents([
      ...repeat(8, i => edgeLine({ at: i, dataset: 'varnish.access', path: `/a/${i}` })),
      ...repeat(5, i => edgeLine({ at: 10 + i * 2, dataset: 'varnish.access', path: `/b/${i}`, status: 503, ms: 5003 + i, origin: undefined })),
    ]),
  },
  {
    name: 'one module zip hangs at the origin of a Go proxy: a single 504 with its cause is a finding, though a small one',
    fires: true,
    expects: { severity: 'low', cause: 'first-byte-timeout', count: 1 },
    events: caseEvents([
      ...repeat(10, i => edgeLine({ at: i, host: 'goproxy.example.com', path: `/mod.example.com/lib/a/@v/v1.0.${i}.info`, cache: 'miss', origin: answered('198.51.100.40') })),
      edgeLine({ at: 5, host: 'goproxy.example.com', path: '/mod.example.com/lib/b/@v/v1.0.0.zip', status: 504, ms: 6002, origin: silent('198.51.100.40', 6002), error: { type: 'http_response_timeout', code: '504' } }),
    ]),
  },
  {
    name: 'the connection attempts to a black-holed origin time out and a second origin answers: masked, so low',
    fires: true,
    expects: { severity: 'low', cause: 'connect-timeout', count: 4, origin_ips: ['198.51.100.20'] },
    events: caseEvents(repeat(4, i => edgeLine({
      at: i * 5, path: `/x/${i}`, ms: 3010,
      origin: { ip: '198.51.100.21', status_code: 200, duration_ms: 3008, attempts: [{ ip: '198.51.100.20', status_code: 504, duration_ms: 3001 }, { ip: '198.51.100.21', status_code: 200, connect_ms: 1, wait_ms: 6, duration_ms: 7 }] },
    }))),
  },
  {
    name: 'a download takes 3 s and succeeds',
    fires: false,
    events: caseEvents(repeat(10, i => edgeLine({ at: i * 4, path: '/slow/file', ms: 3004, origin: answered('198.51.100.20', 3001) }))),
  },
  {
    name: 'clients give up after 2 s on an origin that answers everybody else',
    fires: false,
    events: caseEvents([
      ...repeat(20, i => edgeLine({ at: i, path: `/q/${i}`, origin: answered('198.51.100.20', 900) })),
      ...repeat(4, i => edgeLine({ at: i * 5, path: `/q/x${i}`, status: 499, ms: 2000, origin: silent('198.51.100.20', 2000), error: { type: 'client_abort', code: '499' } })),
    ]),
  },
  {
    name: 'an edge answers 504 at once for a look-up in a neighbour cache that has nothing',
    fires: false,
    events: caseEvents(repeat(10, i => ({ ...edgeLine({ at: i, status: 504, ms: 1, cache: 'unknown' }), outcome: 'unknown' as const }))),
  },
  {
    name: 'one request in thousands times out on a busy healthy origin',
    fires: false,
    events: caseEvents([
      ...repeat(400, i => edgeLine({ at: i * 0.1, path: `/p/${i}`, origin: answered('198.51.100.20') })),
      edgeLine({ at: 20.05, path: '/p/odd', status: 504, ms: 10_000, origin: silent('198.51.100.20', 10_000), error: { type: 'http_response_timeout' } }),
    ]),
    thresholds: { min_share: 0.02 },
  },
]

export default defineDetector({
  id: 'origin-timeout',
  name: 'Origin times out',
  version: '1',
  what: 'The edge gave up waiting for the origin: the log names a time-out in any phase, or failures pile up at one duration of a second or more; stale copies and retries that hid it are counted apart.',
  why: 'Every visitor whose object is not in the cache waits for the whole time limit and then sees an error.',
  remedy: 'Take the origin out of rotation or serve stale content, then find out on the origin why it does not answer in time.',
  reference: 'https://www.rfc-editor.org/rfc/rfc9209#section-2.3',
  needs: [['http.request', 'go.module', 'log.line']],
  thresholds: z.strictObject(originThresholds),
  open(thresholds, context) {
    const watch = watchOf(context, thresholds.gap_s * 1000)
    const isAlone = !context.types.has('http.request')
    return { event: event => watch.note(event, isAlone), session: session => watch.see(session), end: () => reportOrigin(watch, wording, thresholds) }
  },
  cases,
})
