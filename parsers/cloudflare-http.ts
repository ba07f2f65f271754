// Cloudflare Logpush, dataset http_requests: JSON lines or CSV, any choice of fields, three ways to write a time.
import { CLOUDFLARE_ALIASES, CLOUDFLARE_ALSO, CLOUDFLARE_FIELDS, finishCloudflare } from '../src/read/cdn/cloudflare.js'
import { jsonOrText } from '../src/read/cdn/cells.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { needsOneOf } from '../src/read/cdn/one-of.js'
import { defineParser } from '../src/read/define.js'
import { csv } from '../src/read/layouts/csv.js'
import { shareOfJson, type Head, type Parser } from '../src/read/parser.js'
import type { Layout, Table } from '../src/read/table.js'

type Bag = Record<string, unknown>

const KNOWN = /\b(?:ClientRequestHost|ClientRequestURI|EdgeResponseStatus|EdgeStartTimestamp|EdgeEndTimestamp|CacheCacheStatus)\b/

/** Fields of which a job has one at least, if its records are to tell a request. */
const OWN = ['RayID', 'EdgeStartTimestamp', 'EdgeEndTimestamp', 'EdgeResponseStatus', 'ClientRequestHost', 'ClientRequestURI', 'ClientRequestPath', 'ClientRequestMethod', 'CacheCacheStatus', 'OriginResponseStatus']

/** A record out of what a template of the job put around it: `{"info":{…}}`, `{"http":{…}}`. */
function unwrap(object: Bag): Bag {
  let record = object
  for (let depth = 0; depth < 3 && !('RayID' in record || 'EdgeStartTimestamp' in record || 'EdgeResponseStatus' in record); depth++) {
    const inner = Object.values(record).find(value => typeof value === 'object' && value !== null && !Array.isArray(value))
    if (inner === undefined) return object
    record = inner as Bag
  }
  return record
}

/** Firewall events share many names, and so do the site logs of Alibaba's ESA; neither is this dataset. */
function isRequest(object: Bag): boolean {
  const record = unwrap(object)
  if ('SiteName' in record || 'ClientRequestID' in record || ('Datetime' in record && 'Action' in record)) return false
  if ('RayID' in record) return 'ClientRequestHost' in record || 'ClientRequestURI' in record || 'CacheCacheStatus' in record || ('EdgeResponseStatus' in record && ('EdgeStartTimestamp' in record || 'EdgeEndTimestamp' in record))
  return ('EdgeStartTimestamp' in record || 'EdgeEndTimestamp' in record) && ('ClientRequestHost' in record || 'CacheCacheStatus' in record)
}

/** The separator of a CSV file whose first line names the fields; undefined for any other first line. */
function headerSeparator(head: Head): string | undefined {
  const first = head.lines.find(line => line.trim() !== '') ?? ''
  if (first.startsWith('{') || !KNOWN.test(first) || !/\bRayID\b|\bClientRequestHost\b|\bEdgeStartTimestamp\b/.test(first)) return undefined
  return ['\t', ',', ';', '|'].find(separator => first.split(separator).length > 3)
}

const csvUnderHeader: Layout = { kind: 'csv', absent: ['-'], open: (wanted, context) => csv({ header: true, separator: headerSeparator(context.head) ?? ',' }).open(wanted, context) }

const table = (text: Layout): Table => ({
  layout: jsonOrText(keyedJson({ unwrap, accept: needsOneOf(OWN), aliases: CLOUDFLARE_ALIASES, exact: ['EdgeStartTimestamp', 'EdgeEndTimestamp'] }), text),
  constant: { type: 'http.request', cdn: { provider: 'cloudflare' } },
  also: CLOUDFLARE_ALSO,
  fields: CLOUDFLARE_FIELDS,
  reads: ['cdn', 'http.response.status_code', 'url'],
  finish: finishCloudflare,
})

const about = {
  id: 'cloudflare-http',
  title: 'Cloudflare Logpush HTTP requests (JSON lines, CSV)',
  reference: 'https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/http_requests/',
  dataset: 'cloudflare.http_requests',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No SNI, and only the fields the job was asked for: without ClientRequestSource a 504 may be a harmless cache look-up; a sampled job does not say so; a CSV job writes no header unless told to.',
  detect: (head: Head) => headerSeparator(head) === undefined ? shareOfJson(head, isRequest) : 1,
} as const satisfies Partial<Parser>

const parser: Parser = defineParser({
  ...about,
  types: ['http.request'],
  table: table(csvUnderHeader),
  // a CSV job without a header: the user states the fields in the job's order
  fromFormat: {
    prefix: 'cloudflare-http',
    compile: format => defineParser({
      ...about, types: ['http.request'], samples: parser.samples,
      table: table(csv({ columns: format.split(/[\s,]+/).filter(name => name !== ''), separator: format.includes('\t') ? '\t' : ',' })),
    }),
  },
  samples: [
    {
      lines: [
        '{"RayID":"8a1b2c3d4e5f6a7b","EdgeStartTimestamp":1772619301417123456,"EdgeEndTimestamp":1772619421455000000,"ClientIP":"203.0.113.24","ClientSrcPort":51514,"ClientASN":64500,"ClientCountry":"de","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/api/report?x=1","ClientRequestProtocol":"HTTP/2","ClientRequestScheme":"https","ClientRequestSource":"eyeball","ClientSSLProtocol":"TLSv1.3","ClientSSLCipher":"AEAD-AES128-GCM-SHA256","EdgeColoCode":"FRA","EdgeResponseStatus":524,"EdgeResponseBytes":7012,"EdgeTimeToFirstByteMs":120037,"CacheCacheStatus":"dynamic","OriginIP":"198.51.100.10","OriginResponseStatus":0,"OriginResponseDurationMs":120020,"OriginDNSResponseTimeMs":2,"OriginTCPHandshakeDurationMs":11,"OriginTLSHandshakeDurationMs":24,"OriginRequestHeaderSendDurationMs":0,"OriginResponseHeaderReceiveDurationMs":0,"OriginSSLProtocol":"TLSv1.3"}',
        '{"RayID":"8a1b2c3d4e5f6a7c","EdgeStartTimestamp":"2026-03-04T10:15:01Z","EdgeEndTimestamp":"2026-03-04T10:15:01Z","ClientIP":"2001:db8::24","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/app.js","EdgeColoCode":"LHR","EdgeResponseStatus":200,"CacheCacheStatus":"hit","EdgeServerIP":"","OriginIP":"","OriginResponseStatus":0,"OriginResponseDurationMs":0,"OriginTCPHandshakeDurationMs":0,"OriginSSLProtocol":"unknown","ClientRequestSource":"eyeball"}',
        '{"RayID":"8a1b2c3d4e5f6a7d","ParentRayID":"8a1b2c3d4e5f6a7a","WorkerSubrequest":true,"ClientRequestSource":"edgeWorkerCacheAPI","EdgeStartTimestamp":1772619302,"ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/app.js","EdgeResponseStatus":504,"OriginResponseStatus":0,"OriginIP":""}',
        '{"RayID":"8a1b2c3d4e5f6a7e","EdgeStartTimestamp":1772619303,"EdgeEndTimestamp":1772619306,"ClientRequestHost":"www.example.com","ClientRequestMethod":"POST","ClientRequestURI":"/form","EdgeResponseStatus":503,"CacheCacheStatus":"bypass","OriginIP":"198.51.100.10","OriginResponseStatus":503,"OriginResponseDurationMs":41,"OriginTCPHandshakeDurationMs":0,"OriginTLSHandshakeDurationMs":0,"OriginResponseHeaderReceiveDurationMs":40}',
        '{"RayID":"8a1b',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417.123, ts_sub_ns: 456, ts_end_ms: 1772619421455, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 120037.877, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514, as: { number: 64500 }, geo: { country_iso_code: 'DE' } }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', id: '8a1b2c3d4e5f6a7b' }, response: { status_code: 524, bytes: 7012 } },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
          cdn: {
            provider: 'cloudflare', pop: 'FRA', cache: { status: 'dynamic', raw: 'dynamic' }, ttfb_ms: 120037,
            origin: { ip: '198.51.100.10', tls_version: '1.3', reused: false, dns_ms: 2, connect_ms: 11, tls_ms: 24, duration_ms: 120020 },
          },
          error: { type: 'http_response_timeout', code: '524' },
        },
        {
          type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619301000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '2001:db8::24' }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET', id: '8a1b2c3d4e5f6a7c' }, response: { status_code: 200 } }, cdn: { provider: 'cloudflare', pop: 'LHR', cache: { status: 'hit', raw: 'hit' } },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'unknown', hostname: 'www.example.com', network: { protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { request: { method: 'GET', id: '8a1b2c3d4e5f6a7d' }, response: { status_code: 504 } }, cdn: { provider: 'cloudflare' },
          tags: ['subrequest'], labels: { parent_request_id: '8a1b2c3d4e5f6a7a', request_source: 'edgeWorkerCacheAPI' },
        },
        {
          type: 'http.request', ts_ms: 1772619303000, ts_end_ms: 1772619306000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 3000, outcome: 'failure', hostname: 'www.example.com', network: { protocol: 'http' },
          url: { domain: 'www.example.com', path: '/form' }, http: { request: { method: 'POST', id: '8a1b2c3d4e5f6a7e' }, response: { status_code: 503 } },
          cdn: { provider: 'cloudflare', cache: { status: 'bypass', raw: 'bypass' }, origin: { ip: '198.51.100.10', status_code: 503, reused: true, wait_ms: 40, duration_ms: 41 } },
        },
      ],
      skipped: { 'invalid-json': 1 },
    },
    {
      note: 'CSV under a header; a template around a JSON record',
      lines: [
        '"RayID","EdgeStartTimestamp","ClientIP","ClientRequestHost","ClientRequestMethod","ClientRequestURI","EdgeResponseStatus","CacheCacheStatus"',
        '"8a1b2c3d4e5f6a7b",1772619301417000000,"203.0.113.24","www.example.com","GET","/a,b?q=""x""",522,"miss"',
        '{"info":{"RayID":"8a1b2c3d4e5f6a7c","EdgeStartTimestamp":"2026-03-04T10:15:01Z","ClientRequestHost":"www.example.com","EdgeResponseStatus":526}}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'www.example.com', client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' },
          url: { domain: 'www.example.com', path: '/a,b', query: 'q="x"' }, http: { request: { method: 'GET', id: '8a1b2c3d4e5f6a7b' }, response: { status_code: 522 } },
          cdn: { provider: 'cloudflare', cache: { status: 'miss', raw: 'miss' } }, error: { type: 'connection_timeout', code: '522' },
        },
        {
          type: 'http.request', ts_ms: 1772619301000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com', network: { protocol: 'http' }, url: { domain: 'www.example.com' },
          http: { request: { id: '8a1b2c3d4e5f6a7c' }, response: { status_code: 526 } }, cdn: { provider: 'cloudflare' }, error: { type: 'tls_certificate_error', code: '526' },
        },
      ],
      skipped: { header: 1 },
    },
    {
      note: 'CSV without a header, fields stated',
      format: 'RayID,EdgeStartTimestamp,ClientRequestHost,EdgeResponseStatus,OriginResponseStatus',
      lines: '"8a1b2c3d4e5f6a7b",1772619301,"www.example.com",200,200',
      events: [{
        type: 'http.request', ts_ms: 1772619301000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', network: { protocol: 'http' }, url: { domain: 'www.example.com' },
        http: { request: { id: '8a1b2c3d4e5f6a7b' }, response: { status_code: 200 } }, cdn: { provider: 'cloudflare', origin: { status_code: 200 } },
      }],
    },
  ],
})

export default parser
