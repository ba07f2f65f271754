// Tencent Cloud CDN: offline files (values by place), the real-time log and EdgeOne (JSON).
import { jsonOrText, spaced } from '../src/read/cdn/cells.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { finishTencent, TENCENT_ABSENT, TENCENT_ALSO, TENCENT_COLUMNS, TENCENT_FIELDS, tencentCells } from '../src/read/cdn/tencent.js'
import { defineParser } from '../src/read/define.js'
import { shareOf, shareOfJson, skip } from '../src/read/parser.js'

type Bag = Record<string, unknown>

const isRealtime = (record: Bag): boolean => 'app_id' in record && 'hit' in record && ('rsp_size' in record || 'http_code' in record)
const isEdgeOne = (record: Bag): boolean => 'RequestID' in record && ('EdgeCacheStatus' in record || 'EdgeResponseStatusCode' in record || 'EdgeServerID' in record)

/** A line with 15 or 16 values whose time, status, duration and method are at their places. */
function fits(cells: readonly string[]): boolean {
  return /^(?:\d{14}|\d{9,10}|\d{1,2}\/[A-Z][a-z]{2}\/\d{4}:.*)$/.test(cells[0]!) && /^\d{1,3}$/.test(cells[7]!) && /^\d+$/.test(cells[9]!) && /^[A-Z]+$/.test(cells[12]!)
}

export default defineParser({
  id: 'tencent-cdn',
  title: 'Tencent Cloud CDN (offline and real-time log) and EdgeOne',
  reference: 'https://www.tencentcloud.com/document/product/228/6316',
  dataset: 'tencent.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Offline and real-time logs have no origin fields, and a hit may be the parent\'s; the offline time is taken for Beijing time, as the vendor does not say. EdgeOne\'s older exports lack the origin phases.',
  detect: head => Math.max(
    shareOf(head, line => { const cells = line.startsWith('{') ? undefined : tencentCells(line); return cells !== undefined && (cells.length === 15 || cells.length === 16) && fits(cells) }),
    shareOfJson(head, record => isRealtime(record) || isEdgeOne(record)),
  ),
  table: {
    layout: jsonOrText(
      keyedJson({ absent: TENCENT_ABSENT, accept: record => isRealtime(record) || isEdgeOne(record) ? undefined : skip('unsupported-record') }),
      spaced({ columns: TENCENT_COLUMNS, atLeast: 15, cut: tencentCells, fits, absent: TENCENT_ABSENT }),
    ),
    constant: { type: 'http.request', cdn: { provider: 'tencent' } },
    also: TENCENT_ALSO,
    fields: TENCENT_FIELDS,
    reads: ['http.response.status_code', 'cdn', 'url'],
    finish: finishTencent,
  },
  samples: [
    {
      lines: [
        '20260304181501 203.0.113.24 www.example.com /api/report?x=1 562 22 2 504 - 30012 "ExampleAgent/1.0 (test)" "(null)" GET HTTPS miss 51514',
        '20260304181502\t203.0.113.25\twww.example.com\t/app.js\t5120\t22\t-1\t200\thttps://www.example.com/\t3\t"Example Agent"\t-\tGET\tHTTP/3\thit',
        '20260304181561 203.0.113.24 www.example.com /a 562 22 2 200 - 3 "-" - GET HTTP/1.1 hit -',
        '20260304181501 203.0.113.24 www.example.com /a 562',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619331012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 30012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { request: { method: 'GET' }, response: { status_code: 504, bytes: 562 } }, cdn: { provider: 'tencent', cache: { status: 'miss', raw: 'miss' } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1772619302000, ts_end_ms: 1772619302003, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 3, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.25' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js' },
          http: { version: '3', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 5120 } }, cdn: { provider: 'tencent', cache: { status: 'hit', raw: 'hit' } },
          user_agent: { original: 'Example Agent' },
        },
      ],
      skipped: { 'bad-time': 1, malformed: 1 },
    },
    {
      note: 'real-time and EdgeOne',
      lines: [
        '{"app_id":"1250000000","client_ip":"203.0.113.24","file_size":"5120","hit":"hit","host":"www.example.com","http_code":"200","isp":"-","method":"GET","param":"x=1","proto":"HTTP/2","prov":"-","referer":"NULL","request_time":"12","request_port":"51514","rsp_size":"5400","time":"1772619301","ua":"ExampleAgent/1.0","url":"/app.js","uuid":"u1"}',
        '{"RequestID":"e1","ParentRequestID":"e0","EdgeFunctionSubrequest":1,"ClientIP":"2001:db8::24","ClientRegion":"de","RequestTime":"2026-03-04T10:15:01Z","RequestStatus":2,"RequestHost":"www.example.com","RequestMethod":"GET","RequestUrl":"/api","RequestUrlQueryString":"-","RequestProtocol":"HTTP/2.0","RemotePort":443,"EdgeCacheStatus":"dynamic","EdgeResponseStatusCode":502,"EdgeResponseBytes":-1,"EdgeResponseTime":5012,"EdgeInternalTime":5011,"EdgeServerIP":"192.0.2.8","OriginIP":"198.51.100.10","OriginResponseStatusCode":-1,"OriginTCPHandshakeDuration":0,"OriginTLSHandshakeDuration":0,"OriginResponseHeaderDuration":-1,"SecurityAction":"-"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619301012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 12, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/app.js', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', id: 'u1' }, response: { status_code: 200, bytes: 5400 } }, cdn: { provider: 'tencent', cache: { status: 'hit', raw: 'hit' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1772619301000, ts_end_ms: 1772619306012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 5012, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '2001:db8::24', geo: { country_iso_code: 'DE' } }, server: { ip: '192.0.2.8' }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api' },
          http: { version: '2', request: { method: 'GET', id: 'e1' }, response: { status_code: 502 } },
          cdn: { provider: 'tencent', cache: { status: 'dynamic', raw: 'dynamic' }, result: 'abnormal', ttfb_ms: 5011, origin: { ip: '198.51.100.10', reused: true } }, tags: ['subrequest'], labels: { parent_request_id: 'e0' },
        },
      ],
    },
  ],
})
