// Azure CDN from Microsoft (classic): Front Door's fields under a category of its own, first byte in milliseconds.
import { azureRecords, categoryOf, finishFrontDoor, FRONT_DOOR_ALSO, FRONT_DOOR_FIELDS } from '../src/read/cdn/azure.js'
import { defineParser } from '../src/read/define.js'
import { duration } from '../src/read/field.js'
import { shareOfJson, skip } from '../src/read/parser.js'

export default defineParser({
  id: 'azure-cdn',
  title: 'Azure CDN from Microsoft (classic), access log',
  reference: 'https://learn.microsoft.com/azure/cdn/monitoring-and-access-log',
  dataset: 'azure.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No origin status, address or phases. Two records for a request through the origin shield: the one that no client sent is tagged subrequest.',
  detect: head => shareOfJson(head, record => categoryOf(record) === 'azurecdnaccesslog'),
  table: {
    layout: azureRecords(record => categoryOf(record) === 'azurecdnaccesslog' ? undefined : skip('unsupported-record', categoryOf(record).slice(0, 60))),
    constant: { type: 'http.request', cdn: { provider: 'azure' } },
    also: FRONT_DOOR_ALSO,
    fields: { ...FRONT_DOOR_FIELDS, timeToFirstByte: duration('cdn.ttfb_ms', 'ms') },
    reads: ['url', 'http.response.status_code'],
    finish: finishFrontDoor,
  },
  samples: [
    {
      lines: [
        '{"time":"2026-03-04T10:15:31.0000000Z","resourceId":"/RESOURCE","category":"AzureCdnAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"BackendHostName":"origin.example.net","ClientIp":"203.0.113.24","ClientPort":"0","HttpMethod":"GET","HttpVersion":"1.1.0.0","HttpStatusCode":"404","HttpStatusDetails":"404","POP":"LON","CacheStatus":"TCP_MISS","RequestBytes":"1234","RequestUri":"https://www.example.com/a?b","ResponseBytes":"12345","RoutingRuleName":"default","SecurityProtocol":"TLS 1.3","isReceivedFromClient":true,"TimeTaken":"0.230","TrackingReference":"ref1","UserAgent":"ExampleAgent/1.0","ErrorInfo":"NoError","TimeToFirstByte":"42","Result":"N/A","SNI":"originshield|parentcache|https|tier2"}}',
        '{"time":"2026-03-04T10:15:31.0000000Z","category":"AuditEvent","properties":{}}',
      ],
      events: [{
        type: 'http.request', ts_ms: 1772619330770, ts_end_ms: 1772619331000, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 230, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'b' },
        http: { version: '1.1', request: { method: 'GET', id: 'ref1', bytes: 1234 }, response: { status_code: 404, bytes: 12345 } }, tls: { version: '1.3' },
        cdn: { provider: 'azure', pop: 'LON', cache: { status: 'miss', raw: 'TCP_MISS' }, ttfb_ms: 42, origin: { name: 'origin.example.net' } }, user_agent: { original: 'ExampleAgent/1.0' },
      }],
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
