// Akamai DataStream 2: JSON with every value a text, or values in the order of the stream's field list, which the user states.
import { keyedJson } from '../src/read/cdn/keyed.js'
import { fail, formDecode, markSubrequest, percentDecode, putForwarded } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, int, ip, port, status, text, time, tlsVersion, upper } from '../src/read/field.js'
import { needsOneOf } from '../src/read/cdn/one-of.js'
import { separated } from '../src/read/layouts/separated.js'
import { shareOfJson, type Draft, type Parser } from '../src/read/parser.js'
import type { Layout, Row, Table } from '../src/read/table.js'
import { toHttpVersion } from '../src/read/versions.js'
import type { ErrorType } from '../src/schema/error-types.js'

const ABSENT = ['-', '^', 'null']

const ERRORS: Readonly<Record<string, ErrorType>> = {
  ERR_READ_TIMEOUT: 'http_response_timeout', ERR_CONNECT_TIMEOUT: 'connection_timeout', ERR_CONNECT_FAIL: 'connection_refused', ERR_FIRST_BYTE_TIMEOUT: 'http_response_timeout',
  ERR_DNS_TIMEOUT: 'dns_timeout', ERR_DNS_FAIL: 'dns_error', ERR_DNS_IN_REGION: 'dns_error', ERR_SUREROUTE_DNS_FAIL: 'dns_error', ERR_NO_GOOD_FWD_IP: 'destination_unavailable',
  ERR_FWD_SSL_HANDSHAKE: 'tls_protocol_error', ERR_READ_ERROR: 'connection_terminated', ERR_WRITE_ERROR: 'connection_terminated', ERR_ZERO_SIZE_OBJECT: 'http_response_incomplete',
  ERR_CLIENT_ABORT: 'client_abort', ERR_ACCESS_DENIED: 'http_request_denied', ERR_REFERER_DENIED: 'http_request_denied', ERR_INVALID_URL: 'http_request_error',
}

/** 1 is the edge's own cache; 0 came from a parent or the origin, unless it could not be cached at all. */
function putCache(draft: Draft, row: Row): void {
  const printed = row.text('cacheStatus')
  if (printed === undefined) return
  const cacheable = row.text('cacheable')
  const status = printed === '1' ? 'hit' : printed === '0' ? (cacheable === '0' ? 'bypass' : 'miss') : 'unknown'
  ;(draft.cdn ??= {}).cache = { status, raw: printed }
}

/** The address of the hop `c=o` in `//BC/[a=…,c=g,…],[a=…,c=o]`: that the origin was asked. */
function putOriginHop(draft: Draft, breadcrumbs: string | undefined): void {
  if (breadcrumbs === undefined) return
  for (const hop of percentDecode(breadcrumbs).split('[')) {
    const parts = hop.split(/[,\]]/)
    const address = parts.find(part => part.startsWith('a='))?.slice(2)
    if (parts.includes('c=o') && address !== undefined) ((draft.cdn ??= {}).origin ??= {}).ip = address
  }
}

function putSums(draft: Draft): void {
  const timing = draft.timing
  if (timing?.send_ms === undefined || timing.wait_ms === undefined) return
  ;(draft.cdn ??= {}).ttfb_ms ??= timing.send_ms + timing.wait_ms
  if (timing.receive_ms !== undefined) draft.duration_ms = timing.send_ms + timing.wait_ms + timing.receive_ms
}

function finish(draft: Draft, row: Row): void {
  const protocol = row.text('proto')
  const url = (draft.url ??= {})
  if (protocol !== undefined) {
    if (/^https?$/i.test(protocol)) url.scheme = protocol.toLowerCase()
    else (draft.http ??= {}).version = toHttpVersion(protocol) as '1.1'
  }
  const path = row.text('reqPath')
  if (path !== undefined) url.path = path.startsWith('/') ? path : `/${path}`
  const agent = row.text('UA')
  if (agent !== undefined) draft.user_agent = { original: formDecode(agent) }
  const referrer = row.text('referer')
  if (referrer !== undefined) ((draft.http ??= {}).request ??= {}).referrer = percentDecode(referrer)
  const type = row.text('rspContentType')
  if (type !== undefined) ((draft.http ??= {}).response ??= {}).mime_type = percentDecode(type)
  putForwarded(draft, row.text('xForwardedFor'))
  putCache(draft, row)
  putOriginHop(draft, row.text('breadcrumbs'))
  putSums(draft)
  const code = row.text('errorCode')
  if (code !== undefined) fail(draft, ERRORS[code.split('|')[0]!], code)
  if (row.text('isMidgress') === '1') markSubrequest(draft)
}

const table = (layout: Layout): Table => ({
  layout,
  constant: { type: 'http.request', cdn: { provider: 'akamai' } },
  also: ['proto', 'reqPath', 'UA', 'referer', 'rspContentType', 'xForwardedFor', 'cacheStatus', 'cacheable', 'breadcrumbs', 'errorCode', 'isMidgress'],
  fields: {
    reqTimeSec: time('s', 'start'),
    reqId: text('http.request.id'),
    cliIP: ip('client.ip'),
    statusCode: status('http.response.status_code'),
    reqHost: host('url.domain'),
    reqPort: port('url.port'),
    reqMethod: upper('http.request.method'),
    queryStr: text('url.query'),
    bytes: int('http.response.body.bytes'),
    totalBytes: int('http.response.bytes'),
    tlsVersion: tlsVersion(),
    tlsOverheadTimeMSec: duration('timing.tls_ms', 'ms', { absent: ['0'] }),
    reqEndTimeMSec: duration('timing.send_ms', 'ms'),
    turnAroundTimeMSec: duration('timing.wait_ms', 'ms'),
    transferTimeMSec: duration('timing.receive_ms', 'ms'),
    timeToFirstByte: duration('cdn.ttfb_ms', 'ms'),
    dnsLookupTimeMSec: duration('cdn.origin.dns_ms', 'ms', { absent: ['0'] }),
    edgeIP: ip('server.ip'),
    asn: int('client.as.number', { absent: ['0'] }),
    country: upper('client.geo.country_iso_code'),
    serverCountry: text('cdn.region'),
  },
  reads: ['timing'],
  finish,
})

const parser: Parser = defineParser({
  id: 'akamai-datastream2',
  title: 'Akamai DataStream 2 (JSON; structured with a stated field list)',
  reference: 'https://techdocs.akamai.com/datastream2/docs/data-set-parameters',
  dataset: 'akamai.datastream2',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No SNI, no origin status and no POP; the cache is a yes or no, so stale, revalidated and expired are not told apart; the origin shows only in breadcrumbs and errorCode. Structured logs name no fields: state the stream\'s list (akamai-datastream2:version,cp,…).',
  detect: head => shareOfJson(head, record => 'reqTimeSec' in record && ('cliIP' in record || 'statusCode' in record || 'cp' in record)),
  table: table(keyedJson({ absent: ABSENT, accept: needsOneOf(['reqTimeSec', 'reqId', 'cliIP', 'statusCode', 'reqHost', 'cp']) })),
  fromFormat: {
    prefix: 'akamai-datastream2',
    compile: format => defineParser({
      id: parser.id, title: parser.title, reference: parser.reference, dataset: parser.dataset, types: parser.types, vantage: 'edge', detect: parser.detect, samples: parser.samples,
      table: table(separated({ header: 'none', separator: ' ', columns: format.split(/[\s,]+/).filter(name => name !== ''), absent: ABSENT })),
    }),
  },
  samples: [
    {
      lines: [
        '{"version":"1","cp":"123456","reqId":"1ce83c0a","reqTimeSec":"1772619301.417","bytes":"0","cliIP":"203.0.113.24","statusCode":"504","proto":"HTTPS","reqHost":"www.example.com","reqMethod":"GET","reqPath":"api/report","queryStr":"x=1","reqPort":"443","UA":"ExampleAgent%2F1.0+%28test%29","tlsVersion":"TLSv1.3","tlsOverheadTimeMSec":"0","reqEndTimeMSec":"3","turnAroundTimeMSec":"20004","transferTimeMSec":"1","dnsLookupTimeMSec":"2","cacheStatus":"0","cacheable":"1","errorCode":"ERR_READ_TIMEOUT|example","edgeIP":"192.0.2.8","country":"DE","serverCountry":"DE","breadcrumbs":"//BC/%5Ba=192.0.2.8,c=g,k=3,l=20004%5D,%5Ba=198.51.100.10,c=o%5D","overheadBytes":"^"}',
        '{"reqTimeSec":"1772619302","cliIP":"2001:db8::24","statusCode":"200","proto":"HTTP/1.1","reqHost":"www.example.com","reqMethod":"GET","reqPath":"app.js","queryStr":"-","referer":"https%3A%2F%2Fwww.example.com%2F","cacheStatus":"0","cacheable":"0","errorCode":"-","xForwardedFor":"-"}',
        '{"reqTimeSec":"soon","cliIP":"2001:db8::24"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417, ts_end_ms: 1772619321425, ts_basis: 'start', ts_res_ms: 1, duration_ms: 20008, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', geo: { country_iso_code: 'DE' } }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET', id: '1ce83c0a' }, response: { status_code: 504, body: { bytes: 0 } } }, tls: { version: '1.3' }, timing: { send_ms: 3, wait_ms: 20004, receive_ms: 1 },
          cdn: { provider: 'akamai', region: 'DE', cache: { status: 'miss', raw: '0' }, ttfb_ms: 20007, origin: { ip: '198.51.100.10', dns_ms: 2 } },
          error: { type: 'http_response_timeout', code: 'ERR_READ_TIMEOUT|example' }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '2001:db8::24' }, network: { type: 'ipv6', protocol: 'http' },
          url: { domain: 'www.example.com', path: '/app.js' }, http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200 } },
          cdn: { provider: 'akamai', cache: { status: 'bypass', raw: '0' } },
        },
      ],
      skipped: { 'bad-time': 1 },
    },
    {
      note: 'structured, fields stated',
      format: 'version cp reqId reqTimeSec bytes cliIP statusCode proto reqHost reqMethod reqPath reqPort UA errorCode cacheStatus turnAroundTimeMSec',
      lines: '1 123456 1ce83c0b 1772619302.020 5120 2001:db8::24 200 HTTPS www.example.com GET app.js 443 ExampleAgent%2F1.0+%28test%29 - 1 4',
      events: [{
        type: 'http.request', ts_ms: 1772619302020, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '2001:db8::24' }, network: { type: 'ipv6', protocol: 'http' },
        url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/app.js' }, http: { request: { method: 'GET', id: '1ce83c0b' }, response: { status_code: 200, body: { bytes: 5120 } } },
        timing: { wait_ms: 4 }, cdn: { provider: 'akamai', cache: { status: 'hit', raw: '1' } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
      }],
    },
  ],
})

export default parser
