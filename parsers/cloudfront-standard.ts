// CloudFront standard log, legacy W3C edition: tab-separated under `#Fields`, or headless with the columns of one of its editions.
import { CLOUDFRONT_COLUMNS, CLOUDFRONT_WIDTHS, finishStandard, STANDARD_ALSO, STANDARD_BRIEF, STANDARD_FIELDS } from '../src/read/cdn/cloudfront.js'
import { defineParser } from '../src/read/define.js'
import { separated } from '../src/read/layouts/separated.js'
import { shareOf, type Head } from '../src/read/parser.js'
import type { Layout } from '../src/read/table.js'

const RECORD = /^\d{4}-\d\d-\d\d\t\d\d:\d\d:\d\d\t[A-Z]{3}[\w-]*\t/

/** The edition of a headless file: the number of columns that most of its first lines have. */
function widthOf(head: Head): number | undefined {
  const votes = new Map<number, number>()
  for (const line of head.lines) {
    if (!RECORD.test(line)) continue
    const width = line.trimEnd().split('\t').length
    if (CLOUDFRONT_WIDTHS.includes(width)) votes.set(width, (votes.get(width) ?? 0) + 1)
  }
  return [...votes].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0]
}

/** The legacy log has tabs; v2 lets the user choose, so the separator is the one that cuts the first record into as many cells as there are names. */
function separatorOf(head: Head): string {
  const names = head.lines.find(line => line.startsWith('#Fields:'))?.slice(8).trim().split(/\s+/)
  const record = head.lines.find(line => line.trim() !== '' && !line.startsWith('#'))
  return ['\t', ' ', ',', '|', ';'].find(separator => record?.split(separator).length === names?.length) ?? '\t'
}

const layout: Layout = {
  kind: 'w3c',
  absent: ['-'],
  open: (wanted, { head, ...context }) => separated({ header: 'w3c', separator: separatorOf(head), surplus: true, columns: CLOUDFRONT_COLUMNS.slice(0, widthOf(head) ?? 33) }).open(wanted, { head, ...context }),
}

export default defineParser({
  id: 'cloudfront-standard',
  title: 'Amazon CloudFront standard log (W3C, tab-separated)',
  reference: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/standard-logs-reference.html',
  dataset: 'aws.cloudfront',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No SNI, no origin address, no origin status and no origin timing; times are the end of a request in whole seconds; every 4xx and 5xx is the result Error, whether it came from the cache or the origin.',
  detect(head) {
    const header = head.lines.find(line => /^#Fields:/i.test(line))
    // the logs of RTMP distributions have an event where a request's method would be
    if (header && /\bx-event\b/.test(header)) return 0
    if (header) return header.includes('x-edge-location') || header.includes('x-edge-request-id') ? 1 : 0
    return shareOf(head, line => RECORD.test(line) && CLOUDFRONT_WIDTHS.includes(line.trimEnd().split('\t').length))
  },
  table: {
    layout,
    constant: { type: 'http.request', cdn: { provider: 'cloudfront' } },
    also: STANDARD_ALSO,
    fields: STANDARD_FIELDS,
    reads: ['url'],
    brief: STANDARD_BRIEF,
    finish: finishStandard,
  },
  samples: [
    {
      lines: [
        '#Version: 1.0',
        '#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end',
        '2026-03-04\t10:15:02\tFRA56-P4\t5540\t203.0.113.24\tGET\td0000example.cloudfront.net\t/a%2520b/app.js\t200\thttps://www.example.com/\tExampleAgent/1.0%20(test)\tv=3\t-\tHit\tReqA==\tWWW.example.com\thttps\t241\t0.002\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\tHTTP/2.0\t-\t-\t51514\t0.002\tHit\tapplication/javascript\t5120\t-\t-\t',
        '2026-03-04\t10:15:31\tFRA56-P4\t1033\t2001:db8::24\tGET\td0000example.cloudfront.net\t/api/report\t504\t-\tExampleAgent/1.0%2520(test)\tx=1\t-\tError\tReqB==\twww.example.com\thttps\t198\t30.012\t198.51.100.77,%20192.0.2.7\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tError\tHTTP/3.0\t-\t-\t51520\t30.012\tOriginCommError\ttext/html\t1033\t-\t-',
        '2026-03-04\t10:15:33\tFRA56-P4\t0\t203.0.113.25\tGET\td0000example.cloudfront.net\t/big.iso\t000\t-\t-\t-\t-\tError\tReqC==\twww.example.com\thttps\t198\t2.500\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tMiss\tHTTP/1.1\t-\t-\t51521\t0.100\tClientCommError\t-\t-\t-\t-',
        '2026-03-04\t10:15:34\tFRA56-P4\t0',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301998, ts_end_ms: 1772619302000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 2, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/a%20b/app.js', query: 'v=3' },
          http: { version: '2', request: { method: 'GET', id: 'ReqA==', referrer: 'https://www.example.com/', bytes: 241 }, response: { status_code: 200, bytes: 5540, mime_type: 'application/javascript' } },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
          cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'hit', raw: 'Hit' }, result: 'Hit', ttfb_ms: 2 },
          user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619300988, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '2001:db8::24', port: 51520 }, network: { type: 'ipv6', protocol: 'http', forwarded_ip: '198.51.100.77' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { version: '3', request: { method: 'GET', id: 'ReqB==', bytes: 198 }, response: { status_code: 504, bytes: 1033, mime_type: 'text/html' } },
          tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
          cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'error', raw: 'Error' }, result: 'OriginCommError', ttfb_ms: 30012 },
          error: { type: 'http_response_timeout', code: 'OriginCommError' }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619330500, ts_end_ms: 1772619333000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 2500, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.25', port: 51521 }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/big.iso' },
          http: { version: '1.1', request: { method: 'GET', id: 'ReqC==', bytes: 198 }, response: { bytes: 0 } },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
          cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'miss', raw: 'Error' }, result: 'ClientCommError', ttfb_ms: 100 },
          error: { type: 'client_abort', code: 'ClientCommError' },
        },
      ],
      skipped: { header: 2, malformed: 1 },
    },
    {
      note: 'headless, edition of 24 columns; a WebSocket is always a Miss',
      lines: '2026-03-04\t10:15:02\tSEA19-C1\t5540\t203.0.113.24\tGET\td0000example.cloudfront.net\t/chat\t101\t-\t-\t-\t-\tMiss\tReqD==\twww.example.com\twss\t241\t1.000\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tMiss\tHTTP/1.1',
      events: [{
        type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619302000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 1000, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'wss', domain: 'www.example.com', path: '/chat' },
        http: { version: '1.1', request: { method: 'GET', id: 'ReqD==', bytes: 241 }, response: { status_code: 101, bytes: 5540 } },
        tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
        cdn: { provider: 'cloudfront', pop: 'SEA19-C1', cache: { status: 'bypass', raw: 'Miss' }, result: 'Miss' },
      }],
    },
    {
      note: 'headless, edition of 12 columns: the distribution is the only name',
      lines: '2013-05-05\t10:15:02\tSEA4\t5540\t203.0.113.24\tGET\td0000example.cloudfront.net\t/a.js\t200\t-\tExample%2520Agent\t-',
      events: [{
        type: 'http.request', ts_ms: 1367748902000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'd0000example.cloudfront.net',
        client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'd0000example.cloudfront.net', path: '/a.js' },
        http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 5540 } }, cdn: { provider: 'cloudfront', pop: 'SEA4' }, user_agent: { original: 'Example Agent' },
      }],
    },
  ],
})
