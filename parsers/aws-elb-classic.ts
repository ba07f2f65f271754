// AWS classic load balancer, access log: HTTP listeners give requests, TCP and SSL listeners connections.
import { spaced } from '../src/read/cdn/cells.js'
import { BALANCER_ALSO, BALANCER_FIELDS, CLASSIC_COLUMNS, ELB_READS, finishBalancer } from '../src/read/cdn/elb.js'
import { defineParser } from '../src/read/define.js'
import { duration, time } from '../src/read/field.js'
import { shareOf, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

const LINE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z? \S+ \S+:\d+ (?:\S+:\d+|-) -?\d\S* -?\d\S* -?\d\S* (?:\d{3}|-) (?:\d{1,3}|-) \d+ \d+ "/

function finish(draft: Draft, row: Row): void {
  finishBalancer(draft, row)
  if (!row.text('request')?.startsWith('- ')) return
  // a TCP or SSL listener knows connections only
  draft.type = 'net.connect'
  const bytes = draft.http
  if (draft.client && bytes?.request?.bytes !== undefined) draft.client.bytes = bytes.request.bytes
  if (bytes?.response?.bytes !== undefined) draft.server = { bytes: bytes.response.bytes }
  draft.network = { transport: 'tcp' }
  draft.http = undefined
  if (draft.cdn) draft.cdn.ttfb_ms = undefined
}

export default defineParser({
  id: 'aws-elb-classic',
  title: 'AWS Classic Load Balancer access log',
  reference: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/access-log-collection.html',
  dataset: 'aws.elb',
  types: ['http.request', 'net.connect'],
  vantage: 'edge',
  limits: 'The time of the whole answer is not logged, only that until it began; no SNI; a 504 does not say whether connecting or answering timed out.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: spaced({ columns: CLASSIC_COLUMNS, atLeast: 12, open: true, fits: cells => cells[2]!.includes(':') && /^(?:-|TLS|SSL|$)/.test(cells[14] ?? '') }),
    constant: { type: 'http.request', cdn: { provider: 'aws-elb' } },
    also: BALANCER_ALSO,
    fields: { ...BALANCER_FIELDS, time: time('iso', 'start', { zone: 'UTC', required: true }), target_processing_time: duration('cdn.origin.wait_ms', 's') },
    reads: ELB_READS,
    finish,
  },
  samples: [
    {
      lines: [
        '2026-03-04T10:15:01.417123Z my-lb 203.0.113.24:51514 198.51.100.10:80 0.000073 0.001048 0.000057 200 200 0 29 "GET http://www.example.com:80/ HTTP/1.1"',
        '2026-03-04T10:15:02.000000Z my-lb 203.0.113.24:51515 - -1 -1 -1 503 0 0 0 "GET https://www.example.com:443/a HTTP/1.1" "curl/8.5.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2',
        '2026-03-04T10:15:03.000000Z my-lb 203.0.113.24:51516 198.51.100.10:80 0.001069 0.000028 0.000041 - - 82 305 "- - - " "-" ECDHE-ECDSA-AES128-GCM-SHA256 TLSv1.2',
        '2026-03-04T10:15:03.000000Z my-lb',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417.123, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'http', domain: 'www.example.com', port: 80, path: '/' }, http: { version: '1.1', request: { method: 'GET', bytes: 0 }, response: { status_code: 200, bytes: 29 } },
          cdn: { provider: 'aws-elb', ttfb_ms: 1.178, origin: { ip: '198.51.100.10', port: 80, status_code: 200, wait_ms: 1.048 } }, labels: { load_balancer: 'my-lb' },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'www.example.com', client: { ip: '203.0.113.24', port: 51515 }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/a' }, http: { version: '1.1', request: { method: 'GET', bytes: 0 }, response: { status_code: 503, bytes: 0 } },
          tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' }, cdn: { provider: 'aws-elb' }, error: { type: 'destination_unavailable', code: '503' },
          user_agent: { original: 'curl/8.5.0' }, labels: { load_balancer: 'my-lb' },
        },
        {
          type: 'net.connect', ts_ms: 1772619303000, ts_basis: 'start', ts_res_ms: 0.001, client: { ip: '203.0.113.24', port: 51516, bytes: 82 }, server: { bytes: 305 }, network: { transport: 'tcp', type: 'ipv4' },
          tls: { version: '1.2', cipher: 'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256' }, cdn: { provider: 'aws-elb', origin: { ip: '198.51.100.10', port: 80, wait_ms: 0.028 } }, labels: { load_balancer: 'my-lb' },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
