// The edge and the origin could not agree on TLS: certificate refused or handshake failed.
import { z } from 'zod'
import { CASE_START, answered, edgeLine } from '../detect-support/case-edges.js'
import { originThresholds, reportOrigin, type Sum, type Wording } from '../detect-support/origin-report.js'
import { watchOf } from '../detect-support/origin-watch.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case } from './detector.js'

const causeOf = (sum: Sum): string => sum.types.count('tls_certificate_error') > 0 || sum.words.top().some(([word]) => /certificate/i.test(word)) ? 'certificate-refused' : 'handshake-failed'

const wording: Wording = {
  kind: 'tls',
  cause: causeOf,
  happened: sum => causeOf(sum) === 'certificate-refused' ? 'failed because the edge refused the origin certificate' : 'failed in the TLS handshake with the origin',
  remedies: {
    'certificate-refused': 'Look at the certificate the origin shows (openssl s_client -connect ORIGIN:443 -servername NAME): expired, other name, or a chain the edge does not trust; renew it or add the CA at the edge. Do not switch verification off.',
    'handshake-failed': 'Compare protocol versions, ciphers and SNI of both sides (openssl s_client -connect ORIGIN:443 -servername NAME); look for a TLS change on the origin at the first time given.',
  },
}

const cases: readonly Case[] = [
  {
    name: 'the certificate of the origin has expired: the edge answers 526',
    fires: true,
    expects: { severity: 'medium', cause: 'certificate-refused', count: 6, origin_ips: ['198.51.100.20'] },
    events: caseEvents(repeat(6, i => edgeLine({ at: i * 2, dataset: 'cloudflare.http_requests', path: `/n/${i}`, status: 526, ms: 30, origin: { ip: '198.51.100.20' }, error: { type: 'tls_certificate_error', code: '526' } }))),
  },
  {
    name: 'nginx answers 502 and its error log says that verification failed; HAProxy logs SC for the same fault at the same time',
    fires: true,
    expects: { cause: 'certificate-refused', count: 5, findings: 2 },
    events: caseEvents([
      ...repeat(5, i => [
        edgeLine({ at: i * 2, path: `/n/${i}`, status: 502, ms: 6, origin: { ip: '198.51.100.20', port: 443, status_code: 502, duration_ms: 6 }, error: { code: '502' } }),
        { type: 'log.line' as const, dataset: 'nginx.error', in: 'error.log', ts_ms: CASE_START + i * 2000, ts_basis: 'point' as const, ts_res_ms: 1000, client: { ip: '192.0.2.24' }, url: { domain: 'www.example.com', path: `/n/${i}` }, error: { type: 'tls_certificate_error', message: 'upstream SSL certificate verify error: (20:unable to get local issuer certificate) while SSL handshaking to upstream' } },
      ]),
      ...repeat(4, i => edgeLine({ at: 1 + i * 2, host: 'pay.example.com', dataset: 'haproxy.http', log: 'haproxy.log', path: `/p/${i}`, status: 503, ms: 1003, origin: { name: 'be_pay/srv1', connect_ms: 1003 }, error: { type: 'connection_refused', code: 'SC' } })),
    ]),
  },
  {
    name: 'clients refuse the certificate of the edge',
    fires: false,
    events: caseEvents([
      ...repeat(6, i => ({ type: 'tls.handshake' as const, dataset: 'zeek.ssl', ts_ms: CASE_START + i * 1000, client: { ip: '192.0.2.24', port: 40_000 + i }, server: { ip: '203.0.113.10' }, tls: { established: false, alert: 'bad_certificate', alert_from: 'client' as const, client: { server_name: 'www.example.com' } } })),
      ...repeat(6, i => edgeLine({ at: i, path: `/n/${i}`, origin: answered('198.51.100.20') })),
    ]),
  },
  {
    name: 'the handshake with the origin hangs: that is a time-out',
    fires: false,
    events: caseEvents(repeat(5, i => edgeLine({ at: i * 3, path: `/n/${i}`, status: 504, ms: 3001, origin: { ip: '198.51.100.20', port: 443, duration_ms: 3001 }, error: { type: 'connection_timeout', message: 'upstream timed out (110: Connection timed out) while SSL handshaking to upstream' } }))),
  },
  {
    name: 'the connection to the origin is refused',
    fires: false,
    events: caseEvents(repeat(5, i => edgeLine({ at: i * 3, path: `/n/${i}`, status: 502, ms: 1, origin: { ip: '198.51.100.20', port: 443 }, error: { type: 'connection_refused' } }))),
  },
]

export default defineDetector({
  id: 'origin-tls-failure',
  name: 'TLS to the origin fails',
  version: '1',
  what: 'The edge refused the certificate of the origin, or the handshake between them failed.',
  why: 'Everything that is not in the cache fails, and switching verification off to heal it opens the leg to anyone.',
  remedy: 'Look at the certificate and protocol settings of the origin as the edge sees them.',
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
