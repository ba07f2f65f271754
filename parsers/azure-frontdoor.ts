// Azure Front Door (Standard, Premium and classic): access log records; firewall records become notes about their request.
import { azureRecords, categoryOf, finishFrontDoor, FRONT_DOOR_ALSO, FRONT_DOOR_FIELDS, hasKeys, noRequest } from '../src/read/cdn/azure.js'
import { defineParser } from '../src/read/define.js'
import { duration, text } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

type Bag = Record<string, unknown>

const isFrontDoor = (record: Bag): boolean => {
  const category = categoryOf(record)
  return category === '' ? hasKeys(record, 'trackingReference', 'httpStatusCode') : category.startsWith('frontdoor')
}

function accept(record: Bag) {
  const category = categoryOf(record)
  if (/^frontdoor(?:accesslog|webapplicationfirewalllog)$/.test(category) || (category === '' && hasKeys(record, 'trackingReference'))) return undefined
  return category.startsWith('frontdoor') ? noRequest(category) : skip('unsupported-record', category.slice(0, 60))
}

function finish(draft: Draft, row: Row): void {
  finishFrontDoor(draft, row)
  if (!/firewall/i.test(row.text('category') ?? '')) return
  // the access log tells of the same request: this line only says what a rule did
  draft.type = 'log.line'
  draft.dataset = 'azure.frontdoor_waf'
  draft.message = ['firewall', draft.cdn?.action, draft.cdn?.rule_id].filter(part => part !== undefined).join(' ')
  const domain = row.text('host')
  if (domain !== undefined) (draft.url ??= {}).domain ??= domain
}

export default defineParser({
  id: 'azure-frontdoor',
  title: 'Azure Front Door access log (Standard, Premium, classic)',
  reference: 'https://learn.microsoft.com/azure/frontdoor/monitor-front-door',
  dataset: 'azure.frontdoor',
  types: ['http.request', 'log.line'],
  vantage: 'edge',
  limits: 'No origin status and no origin phases; the status of a timed-out origin may be 0, 503 or 504, so the cause is errorInfo. Classic Front Door writes two records for a request through the origin shield. Probes are left out.',
  detect: head => shareOfJson(head, isFrontDoor),
  table: {
    layout: azureRecords(accept),
    constant: { type: 'http.request', cdn: { provider: 'azure' } },
    also: [...FRONT_DOOR_ALSO, 'category', 'host'],
    fields: { ...FRONT_DOOR_FIELDS, timeToFirstByte: duration('cdn.ttfb_ms', 's'), action: text('cdn.action'), ruleName: text('cdn.rule_id') },
    reads: ['url', 'http.response.status_code', 'cdn'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"time":"2026-03-04T10:15:31.4251239Z","resourceId":"/SUBSCRIPTIONS/0/PROVIDERS/MICROSOFT.CDN/PROFILES/AFD1","category":"FrontDoorAccessLog","operationName":"Microsoft.Cdn/Profiles/AccessLog/Write","properties":{"trackingReference":"20260304T101501Z-example0001","httpMethod":"GET","httpVersion":"2.0.0.0","requestUri":"https://www.example.com:443/api/report?x=1","sni":"www.example.com","requestBytes":"712","responseBytes":"0","userAgent":"ExampleAgent/1.0","clientIp":"198.51.100.77","socketIp":"203.0.113.24","clientPort":"51514","timeToFirstByte":"30.004","timeTaken":"30.004","requestProtocol":"HTTPS","securityProtocol":"TLSv1.3","endpoint":"ep1-example.z01.azurefd.net","routeName":"r1","httpStatusCode":"504","pop":"FRA","cacheStatus":"MISS","ErrorInfo":"OriginTimeout","hostName":"www.example.com","originUrl":"https://origin.example.net:443/api/report?x=1","originIp":"198.51.100.10:443","originName":"origin.example.net","referer":"","clientCountry":"Germany"}}',
        '{"time":"2026-03-04T10:15:32.0000000Z","category":"FrontdoorAccessLog","properties":{"trackingReference":"0r2","httpMethod":"GET","httpVersion":"1.1.0.0","requestUri":"https://www.example.com:443/app.js","clientIp":"203.0.113.24","socketIp":"203.0.113.24","timeTaken":"0.010","timeToFirstByte":"0.009","httpStatusCode":"200","POP":"LON","cacheStatus":"CONFIG_NOCACHE","errorInfo":"NoError","isReceivedFromClient":false,"originIp":"N/A","originName":"N/A","securityProtocol":""}}',
        '{"time":"2026-03-04T10:15:33.0000000Z","category":"FrontdoorWebApplicationFirewallLog","properties":{"trackingReference":"0r3","clientIP":"203.0.113.24","clientPort":"0","socketIP":"203.0.113.24","requestUri":"https://www.example.com/","host":"www.example.com","ruleName":"BlockSqli","action":"Block"}}',
        '{"time":"2026-03-04T10:15:34.0000000Z","category":"FrontDoorHealthProbeLog","properties":{"result":"OriginError","originIP":"198.51.100.10:443"}}',
        '{"time":"soon","category":"FrontDoorAccessLog","properties":{}}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301421.123, ts_end_ms: 1772619331425.123, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 30004, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.77' },
          url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/api/report', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', id: '20260304T101501Z-example0001', bytes: 712 }, response: { status_code: 504, bytes: 0 } },
          tls: { version: '1.3', client: { server_name: 'www.example.com' } },
          cdn: { provider: 'azure', pop: 'FRA', cache: { status: 'miss', raw: 'MISS' }, ttfb_ms: 30004, origin: { ip: '198.51.100.10', port: 443, name: 'origin.example.net' } },
          error: { type: 'http_response_timeout', code: 'OriginTimeout' }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', ts_ms: 1772619331990, ts_end_ms: 1772619332000, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 10, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/app.js' },
          http: { version: '1.1', request: { method: 'GET', id: '0r2' }, response: { status_code: 200 } },
          cdn: { provider: 'azure', pop: 'LON', cache: { status: 'bypass', raw: 'CONFIG_NOCACHE', tier: 'shield' }, ttfb_ms: 9 }, tags: ['subrequest'],
        },
        {
          type: 'log.line', ts_ms: 1772619333000, ts_basis: 'end', ts_res_ms: 0.001, hostname: 'www.example.com', message: 'firewall Block BlockSqli', client: { ip: '203.0.113.24' }, network: { type: 'ipv4' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/' }, http: { request: { id: '0r3' } }, cdn: { provider: 'azure', action: 'Block', rule_id: 'BlockSqli' },
        },
      ],
      skipped: { 'not-an-event': 1, 'bad-time': 1 },
    },
  ],
})
