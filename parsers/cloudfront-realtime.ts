// CloudFront real-time log: tab-separated, no header, the chosen fields in AWS's order. Only the choice of everything can be told by its width.
import { isIp } from '../src/address.js'
import { finishRealtime, REALTIME_ALSO, REALTIME_COLUMNS, REALTIME_FIELDS } from '../src/read/cdn/cloudfront.js'
import { defineParser } from '../src/read/define.js'
import { separated } from '../src/read/layouts/separated.js'
import { shareOf, type Parser } from '../src/read/parser.js'
import type { Layout, Table } from '../src/read/table.js'

/** How many fields there were to choose, with s-ip and before it came (2023). */
const WIDTHS = new Set([41, 43, 46, 64, 65, 66, 67, 68, 69])
const OLD_WIDTHS = new Set([40, 42, 44, 45, 63])
const OLD_COLUMNS = REALTIME_COLUMNS.filter(name => name !== 's-ip')

/** The columns of a line that has all fields of its time; undefined for any other line. */
function columnsOf(line: string): readonly string[] | undefined {
  if (!/^\d{9,11}(?:\.\d{1,6})?\t/.test(line)) return undefined
  const cells = line.split('\t')
  const columns = WIDTHS.has(cells.length) ? REALTIME_COLUMNS : OLD_WIDTHS.has(cells.length) ? OLD_COLUMNS : undefined
  if (!columns || !/^(?:\d{3}|-)$/.test(cells[columns.indexOf('sc-status')]!) || !/^[A-Z]+$/.test(cells[columns.indexOf('cs-method')]!)) return undefined
  return (columns === REALTIME_COLUMNS) === isIp(cells[2]!) || cells[2] === '-' ? columns.slice(0, cells.length) : undefined
}

const everything: Layout = {
  kind: 'separated',
  absent: ['-'],
  open(wanted, context) {
    const columns = context.head.lines.map(columnsOf).find(found => found !== undefined)
    return separated({ header: 'none', separator: '\t', ...(columns ? { columns } : {}) }).open(wanted, context)
  },
}

const table = (layout: Layout): Table => ({
  layout,
  constant: { type: 'http.request', cdn: { provider: 'cloudfront' } },
  also: REALTIME_ALSO,
  fields: REALTIME_FIELDS,
  reads: ['url'],
  finish: finishRealtime,
})

const parser: Parser = defineParser({
  id: 'cloudfront-realtime',
  title: 'Amazon CloudFront real-time log (tab-separated)',
  reference: 'https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html',
  dataset: 'aws.cloudfront_realtime',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'The lines do not say which fields were chosen: with a choice, state it (--as \'*.tsv=cloudfront-realtime:timestamp,c-ip,…\'). No SNI, no origin status; the sampling rate is not in the record.',
  detect: head => shareOf(head, line => columnsOf(line) !== undefined),
  table: table(everything),
  fromFormat: {
    prefix: 'cloudfront-realtime',
    compile: format => defineParser({
      id: parser.id, title: parser.title, reference: parser.reference, dataset: parser.dataset, types: parser.types, vantage: 'edge', detect: parser.detect, samples: parser.samples,
      table: table(separated({ header: 'none', separator: '\t', columns: format.split(/[\s,]+/).filter(name => name !== '') })),
    }),
  },
  samples: [
    {
      note: 'fields stated',
      format: 'timestamp,c-ip,time-to-first-byte,sc-status,sc-bytes,cs-method,cs-protocol,cs-host,cs-uri-stem,x-edge-location,x-edge-request-id,x-host-header,time-taken,x-edge-response-result-type,x-edge-result-type,x-edge-detailed-result-type,origin-fbl,origin-lbl,r-host',
      lines: [
        '1772619331.417\t203.0.113.24\t30.012\t504\t1033\tGET\thttps\twww.example.com\t/api/report?x=1\tFRA56-P4\tReqB==\td0000example.cloudfront.net\t30.012\tError\tError\tOriginDnsError\t-\t-\torigin.example.net',
        '1772619331.417\t203.0.113.24\t30.012',
      ],
      events: [{
        type: 'http.request', ts_ms: 1772619301405, ts_end_ms: 1772619331417, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
        client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
        http: { request: { method: 'GET', id: 'ReqB==' }, response: { status_code: 504, bytes: 1033 } },
        cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'error', raw: 'Error' }, result: 'OriginDnsError', ttfb_ms: 30012, origin: { name: 'origin.example.net' } },
        error: { type: 'dns_error', code: 'OriginDnsError' },
      }],
      skipped: { malformed: 1 },
    },
    {
      note: 'all 41 fields of 2023',
      lines: '1772619331.417\t203.0.113.24\t192.0.2.80\t0.002\t200\t1033\tGET\thttps\twww.example.com\t/app.js\t98\tFRA56-P4\tReqC==\td0000example.cloudfront.net\t0.004\tHTTP/2.0\tIPv4\tExampleAgent/1.0%20(test)\t-\t-\t-\tHit\t-\tTLSv1.3\tTLS_AES_128_GCM_SHA256\tHit\t-\t-\ttext/javascript\t900\t-\t-\t51514\tHit\tDE\tgzip\t*/*\t*\t-\t-\t7',
      events: [{
        type: 'http.request', ts_ms: 1772619331413, ts_end_ms: 1772619331417, ts_basis: 'derived', ts_res_ms: 1, duration_ms: 4, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '203.0.113.24', port: 51514, geo: { country_iso_code: 'DE' } }, server: { ip: '192.0.2.80' }, network: { type: 'ipv4', protocol: 'http' },
        url: { scheme: 'https', domain: 'www.example.com', path: '/app.js' },
        http: { version: '2', request: { method: 'GET', id: 'ReqC==', bytes: 98 }, response: { status_code: 200, bytes: 1033, mime_type: 'text/javascript' } },
        tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' }, cdn: { provider: 'cloudfront', pop: 'FRA56-P4', cache: { status: 'hit', raw: 'Hit' }, result: 'Hit', ttfb_ms: 2 },
        user_agent: { original: 'ExampleAgent/1.0 (test)' },
      }],
    },
  ],
})

export default parser
