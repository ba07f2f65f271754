// Azure App Service, HTTP log: the server's own view of a request, in Azure's envelope under IIS names.
import { azureRecords, categoryOf } from '../src/read/cdn/azure.js'
import { defineParser } from '../src/read/define.js'
import { duration, host, httpVersion, int, ip, port, status, text, time, upper } from '../src/read/field.js'
import { shareOfJson, skip } from '../src/read/parser.js'

const isHttp = (record: Record<string, unknown>): boolean => categoryOf(record) === 'appservicehttplogs'

export default defineParser({
  id: 'azure-appservice-http',
  title: 'Azure App Service HTTP log',
  reference: 'https://learn.microsoft.com/azure/azure-monitor/reference/tables/appservicehttplogs',
  dataset: 'azure.appservice_http',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'The site behind a Front Door or gateway sees that one as its client. No SNI and no phases, only the whole time.',
  detect: head => shareOfJson(head, isHttp),
  table: {
    layout: azureRecords(record => isHttp(record) ? undefined : skip('unsupported-record', categoryOf(record).slice(0, 60))),
    constant: { type: 'http.request' },
    fields: {
      time: time('iso', 'end'),
      CIp: ip('client.ip'),
      CsHost: host('url.domain'),
      SPort: port('server.port'),
      CsMethod: upper('http.request.method'),
      CsUriStem: text('url.path'),
      CsUriQuery: text('url.query'),
      Protocol: httpVersion(),
      ScStatus: status('http.response.status_code'),
      TimeTaken: duration('duration_ms', 'ms'),
      CsBytes: int('http.request.bytes'),
      ScBytes: int('http.response.bytes'),
      UserAgent: text('user_agent.original'),
      Referer: text('http.request.referrer'),
    },
  },
  samples: [
    {
      lines: [
        '{"time":"2026-03-04T10:15:31.9893370Z","EventTime":"2026-03-04T10:15:31.9893370Z","resourceId":"/SITES/DEMO","properties":{"CsHost":"www.example.com","CIp":"203.0.113.24","SPort":"443","CsUriStem":"/api/test/","CsUriQuery":"foo=42","CsMethod":"GET","TimeTaken":420,"ScStatus":"200","Result":"Success","CsBytes":"4242","ScBytes":"42","UserAgent":"ExampleAgent/1.0","Cookie":"","CsUsername":"","Referer":"","Protocol":"HTTP/1.1"},"category":"AppServiceHTTPLogs","EventIpAddress":"10.50.0.34"}',
        '{"time":"2026-03-04T10:15:31Z","category":"AppServiceConsoleLogs","properties":{}}',
      ],
      events: [{
        type: 'http.request', ts_ms: 1772619331569.337, ts_end_ms: 1772619331989.337, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 420, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '203.0.113.24' }, server: { port: 443 }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/api/test/', query: 'foo=42' },
        http: { version: '1.1', request: { method: 'GET', bytes: 4242 }, response: { status_code: 200, bytes: 42 } }, user_agent: { original: 'ExampleAgent/1.0' },
      }],
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
