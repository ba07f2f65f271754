// Azure Application Gateway, access log, v1 and v2; firewall records become notes about their request.
import { azureRecords, categoryOf, noRequest, putPeers } from '../src/read/cdn/azure.js'
import { fail, putOrigin } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, httpVersion, int, port, status, text, time, tlsVersion, upper } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import { putUri } from '../src/read/request.js'
import type { Row } from '../src/read/table.js'
import { round3 } from '../src/read/time.js'
import { ianaCipherName } from '../src/read/vocabulary/tls.js'
import type { ErrorType } from '../src/schema/error-types.js'

function accept(record: Record<string, unknown>) {
  const category = categoryOf(record)
  if (category === 'applicationgatewayaccesslog' || category === 'applicationgatewayfirewalllog') return undefined
  return category.startsWith('applicationgateway') ? noRequest(category) : skip('unsupported-record', category.slice(0, 60))
}

const ERRORS: readonly (readonly [RegExp, ErrorType])[] = [
  [/CLIENT_(?:CLOSED|TIMED_OUT)/, 'client_abort'], [/CLIENT_INVALID/, 'http_request_error'], [/UPSTREAM_TIMED_OUT/, 'http_response_timeout'], [/UPSTREAM_NO_LIVE/, 'destination_unavailable'],
  [/UPSTREAM_CLOSED/, 'connection_terminated'], [/UPSTREAM.*CERT/, 'tls_certificate_error'], [/UPSTREAM.*SSL/, 'tls_protocol_error'], [/INVALID_HEADER/, 'http_protocol_error'],
]

/** v1 hides the server in the query it made up: `…&SERVER-ROUTED=10.0.0.4&…&SERVER-STATUS=200`. */
function putServer(draft: Draft, row: Row): void {
  const query = row.text('requestQuery') ?? ''
  const hidden = /SERVER-ROUTED=([^&]+)/.exec(query)?.[1]
  putOrigin(draft, row.text('serverRouted') ?? hidden)
  const code = Number(/SERVER-STATUS=([1-9]\d\d)(?:&|$)/.exec(query)?.[1] ?? NaN)
  if (code > 0) ((draft.cdn ??= {}).origin ??= {}).status_code ??= code
}

function putTarget(draft: Draft, row: Row): void {
  const original = row.text('originalRequestUriWithArgs')
  const path = row.text('requestUri')
  const query = row.text('requestQuery')
  if (original !== undefined) putUri(draft, original)
  else if (path !== undefined) {
    putUri(draft, path)
    if (query !== undefined && !query.includes('SERVER-ROUTED=') && draft.url) draft.url.query ??= query
  }
  const url = (draft.url ??= {})
  const sentHost = row.text('host')
  if (sentHost !== undefined) url.domain ??= sentHost.split(':', 1)[0]!
  const encrypted = row.text('sslEnabled')
  if (encrypted !== undefined) url.scheme ??= encrypted === 'on' ? 'https' : 'http'
}

function finish(draft: Draft, row: Row): void {
  putPeers(draft, row.text('clientIP'), undefined)
  putTarget(draft, row)
  putServer(draft, row)
  const cipher = row.text('sslCipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  // v2 counts seconds and names the server's share of them; v1 counted milliseconds
  const taken = Number(row.text('timeTaken') ?? NaN)
  const isV2 = row.get('serverResponseLatency') !== undefined || row.get('transactionId') !== undefined || row.get('clientResponseTime') !== undefined
  if (taken >= 0) draft.duration_ms = round3(isV2 ? taken * 1000 : taken)
  const info = row.text('error_info')?.slice(0, 80)
  if (info !== undefined && info !== 'ERRORINFO_NO_ERROR') fail(draft, ERRORS.find(([pattern]) => pattern.test(info))?.[1], info)
  else if (draft.http?.response?.status_code === 499) fail(draft, 'client_abort', '499')
  if (!/firewall/i.test(row.text('category') ?? '')) return
  draft.type = 'log.line'
  draft.dataset = 'azure.appgw_waf'
  draft.message = row.text('message') ?? ['firewall', draft.cdn?.action, draft.cdn?.rule_id].filter(part => part !== undefined).join(' ')
}

export default defineParser({
  id: 'azure-appgw',
  title: 'Azure Application Gateway access log',
  reference: 'https://learn.microsoft.com/azure/application-gateway/application-gateway-diagnostics',
  dataset: 'azure.appgw',
  types: ['http.request', 'log.line'],
  vantage: 'edge',
  limits: 'No SNI and no connect phase; v1 counts time in milliseconds and names the server only inside a made-up query; without error_info a 502 or 504 does not tell its cause.',
  detect: head => shareOfJson(head, record => categoryOf(record).startsWith('applicationgateway')),
  table: {
    layout: azureRecords(accept),
    constant: { type: 'http.request', cdn: { provider: 'azure-appgw' } },
    also: ['clientIP', 'originalRequestUriWithArgs', 'requestUri', 'requestQuery', 'host', 'sslEnabled', 'sslCipher', 'serverRouted', 'serverResponseLatency', 'transactionId', 'clientResponseTime', 'timeTaken', 'error_info', 'category', 'message'],
    fields: {
      time: time('iso', 'end'),
      transactionId: text('http.request.id'),
      clientPort: port('client.port'),
      httpMethod: upper('http.request.method'),
      originalHost: host('url.domain'),
      userAgent: text('user_agent.original'),
      httpStatus: status('http.response.status_code'),
      httpVersion: httpVersion(),
      receivedBytes: int('http.request.bytes'),
      sentBytes: int('http.response.bytes'),
      sslProtocol: tlsVersion(),
      contentType: text('http.response.mime_type'),
      serverStatus: status('cdn.origin.status_code'),
      serverResponseLatency: duration('cdn.origin.duration_ms', 's'),
      backendPoolName: text('cdn.origin.name'),
      action: text('cdn.action'),
      ruleId: text('cdn.rule_id'),
    },
    reads: ['url', 'http.response.status_code', 'cdn'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"timeStamp":"2026-03-04T10:15:31+00:00","resourceId":"/R","listenerName":"l","backendPoolName":"pool1","operationName":"ApplicationGatewayAccess","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"appgw_2","clientIP":"203.0.113.24","clientPort":45057,"httpMethod":"GET","originalRequestUriWithArgs":"/a?b=1","requestUri":"/rewritten","requestQuery":"b=1","userAgent":"ExampleAgent/1.0","httpStatus":504,"httpVersion":"HTTP/1.1","receivedBytes":184,"sentBytes":466,"clientResponseTime":0,"timeTaken":20.034,"transactionId":"592d","sslEnabled":"on","sslCipher":"ECDHE-RSA-AES256-GCM-SHA384","sslProtocol":"TLSv1.2","serverRouted":"198.51.100.10:443","serverStatus":"504","serverResponseLatency":"20.028","originalHost":"www.example.com","host":"origin.example.net","error_info":"ERRORINFO_UPSTREAM_TIMED_OUT"}}',
        '{"time":"2026-03-04T10:15:32Z","category":"ApplicationGatewayAccessLog","properties":{"instanceId":"ApplicationGatewayRole_IN_0","clientIP":"203.0.113.24","clientPort":46886,"httpMethod":"GET","requestUri":"/phpmyadmin/","requestQuery":"X-AzureApplicationGateway-CACHE-HIT=0&SERVER-ROUTED=198.51.100.10&SERVER-STATUS=404","userAgent":"-","httpStatus":404,"httpVersion":"HTTP/1.0","receivedBytes":65,"sentBytes":553,"timeTaken":205,"sslEnabled":"off","host":"www.example.com"}}',
        '{"time":"2026-03-04T10:15:33Z","category":"ApplicationGatewayPerformanceLog","properties":{"throughput":0}}',
        '{"time":"2026-03-04T10:15:33Z","category":"AuditEvent"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619310966, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 20034, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 45057 }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'b=1' },
          http: { version: '1.1', request: { method: 'GET', id: '592d', bytes: 184 }, response: { status_code: 504, bytes: 466 } }, tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384' },
          cdn: { provider: 'azure-appgw', origin: { ip: '198.51.100.10', port: 443, name: 'pool1', status_code: 504, duration_ms: 20028 } }, error: { type: 'http_response_timeout', code: 'ERRORINFO_UPSTREAM_TIMED_OUT' },
          user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1772619331795, ts_end_ms: 1772619332000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 205, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 46886 }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'http', domain: 'www.example.com', path: '/phpmyadmin/' },
          http: { version: '1.0', request: { method: 'GET', bytes: 65 }, response: { status_code: 404, bytes: 553 } }, cdn: { provider: 'azure-appgw', origin: { ip: '198.51.100.10', status_code: 404 } },
        },
      ],
      skipped: { 'not-an-event': 1, 'unsupported-record': 1 },
    },
  ],
})
