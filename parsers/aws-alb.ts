// AWS application load balancer, access log: one line a request, values in order, newer editions longer.
import { spaced } from '../src/read/cdn/cells.js'
import { ALB_ALSO, ALB_COLUMNS, ALB_FIELDS, ELB_READS, finishAlb } from '../src/read/cdn/elb.js'
import { defineParser } from '../src/read/define.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^(?:https?|h2|grpcs?|wss?) \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.?\d*Z? \S+ \S+ \S+ -?[\d.]+ -?[\d.]+ -?[\d.]+ /

export default defineParser({
  id: 'aws-alb',
  title: 'AWS Application Load Balancer access log',
  reference: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html',
  dataset: 'aws.alb',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Connect and TLS time to the target are not split off, so a 504 does not say whether it was the connection or the answer that timed out, nor a 502 why the target gave none.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: spaced({ columns: ALB_COLUMNS, atLeast: 17, open: true, fits: cells => /^(?:https?|h2|grpcs?|wss?)$/.test(cells[0]!) && /^(?:-|TLS|SSL)/.test(cells[15]!) }),
    constant: { type: 'http.request', cdn: { provider: 'aws-alb' } },
    also: ALB_ALSO,
    fields: ALB_FIELDS,
    reads: ELB_READS,
    finish: finishAlb,
  },
  samples: [
    {
      lines: [
        'h2 2026-03-04T10:15:01.417123Z app/edge/50dc6c495c0c9188 203.0.113.24:51514 198.51.100.10:8080 0.001 0.048 0.000 200 200 341 5366 "GET https://www.example.com:443/app.js?v=3 HTTP/2.0" "ExampleAgent/1.0 (a \\"b\\")" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:111122223333:certificate/0example" 1 2026-03-04T10:15:01.364000Z "waf,forward" "-" "-" "198.51.100.10:8080" "200" "-" "-" TID_0123456789abcdef',
        'https 2026-03-04T10:16:01.500000Z app/edge/50dc6c495c0c9188 203.0.113.24:51514 198.51.100.10:8080 0.000 -1 -1 504 - 341 272 "GET https://www.example.com:443/slow HTTP/1.1" "-" TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577260" "www.example.com" "-" 1 2026-03-04T10:15:01.480000Z "forward" "-" "-" "198.51.100.10:8080" "-" "-" "-" TID_0123456789abcdef',
        'http 2026-03-04T10:16:02.500000Z app/edge/50dc6c495c0c9188 203.0.113.25:51515 - -1 -1 -1 400 - 0 272 "- http://edge.example.com:80- -" "-" - - - "-" "-" "-" - 2026-03-04T10:16:02.480000Z "-" "-" "-" "-" "-" "Severe" "BadURI"',
        'https 2026-03-04T10:16:01.500000Z app/edge/50dc6c495c0c9188 203.0.113.24:51514 198.51.100.10:8080 0.000 "open',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301364, ts_end_ms: 1772619301417.123, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 53.123, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http', connection_id: 'TID_0123456789abcdef' },
          url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/app.js', query: 'v=3' }, http: { version: '2', request: { method: 'GET', bytes: 341 }, response: { status_code: 200, bytes: 5366 } },
          tls: { version: '1.2', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', client: { server_name: 'www.example.com' } },
          cdn: { provider: 'aws-alb', result: 'waf,forward', ttfb_ms: 49, origin: { ip: '198.51.100.10', port: 8080, name: 'web', status_code: 200, wait_ms: 48 } },
          trace: { id: '1-58337281-1d84f3d73c47ec4e58577259' }, user_agent: { original: 'ExampleAgent/1.0 (a \\"b\\")' }, labels: { load_balancer: 'app/edge/50dc6c495c0c9188' },
        },
        {
          type: 'http.request', ts_ms: 1772619301480, ts_end_ms: 1772619361500, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 60020, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '203.0.113.24', port: 51514 }, network: { type: 'ipv4', protocol: 'http', connection_id: 'TID_0123456789abcdef' },
          url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/slow' }, http: { version: '1.1', request: { method: 'GET', bytes: 341 }, response: { status_code: 504, bytes: 272 } },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256', client: { server_name: 'www.example.com' } }, cdn: { provider: 'aws-alb', result: 'forward', origin: { ip: '198.51.100.10', port: 8080, name: 'web' } },
          error: { type: 'http_response_timeout', code: '504' }, trace: { id: '1-58337281-1d84f3d73c47ec4e58577260' }, labels: { load_balancer: 'app/edge/50dc6c495c0c9188' },
        },
        {
          type: 'http.request', ts_ms: 1772619362480, ts_end_ms: 1772619362500, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 20, outcome: 'success', client: { ip: '203.0.113.25', port: 51515 },
          network: { type: 'ipv4', protocol: 'http' }, http: { request: { bytes: 0 }, response: { status_code: 400, bytes: 272 } }, cdn: { provider: 'aws-alb' }, labels: { load_balancer: 'app/edge/50dc6c495c0c9188' },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'edition of 2016, without a creation time',
      lines: 'https 2026-03-04T10:15:01.100000Z app/edge/50dc6c495c0c9188 203.0.113.24:51514 198.51.100.10:80 0.010 0.048 0.002 200 200 34 366 "GET https://www.example.com:443/ HTTP/1.1" "curl/8.5.0" - - arn:aws:elasticloadbalancing:us-east-2:111122223333:targetgroup/web/73e2d6bc24d8a067 "Root=1-58337262-36d228ad5d99923122bbe354"',
      events: [{
        type: 'http.request', ts_ms: 1772619301040, ts_end_ms: 1772619301100, ts_basis: 'derived', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.24', port: 51514 },
        network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', port: 443, path: '/' },
        http: { version: '1.1', request: { method: 'GET', bytes: 34 }, response: { status_code: 200, bytes: 366 } },
        cdn: { provider: 'aws-alb', ttfb_ms: 60, origin: { ip: '198.51.100.10', port: 80, name: 'web', status_code: 200, wait_ms: 48 } },
        trace: { id: '1-58337262-36d228ad5d99923122bbe354' }, user_agent: { original: 'curl/8.5.0' }, labels: { load_balancer: 'app/edge/50dc6c495c0c9188' },
      }],
    },
  ],
})
