// W3C extended logs of web servers and proxies under a `#Fields` line (IIS with its default fields also without): IIS, Azure App Service, http.sys, Blue Coat, Oracle Web Cache. CloudFront has its own parser.
import { defineParser } from '../src/read/define.js'
import { shareOf, skip, type Head } from '../src/read/parser.js'
import { iisFieldsOf, w3cExtended } from '../src/read/w3c/cells.js'
import { finishW3c, W3C_ALSO, W3C_FIELDS } from '../src/read/w3c/record.js'

const WEB = new Set(['c-ip', 'cs-method', 'cs-uri', 'cs-uri-stem', 'sc-status', 'cs(user-agent)', 'cs-host', 'cs(host)', 's-ip'])
/** Names of CloudFront, and of IIS's FTP service, which is no web server. */
const OTHERS = /(?:^|\s)(?:x-edge-\S+|x-host-header|distribution-tenant-id|x-session|x-fullpath)(?:\s|$)/i

function detect(head: Head): number {
  const line = head.lines.find(text => /^#Fields:\s/i.test(text))
  if (line === undefined) return shareOf(head, text => iisFieldsOf(text) !== undefined) * 0.9
  if (OTHERS.test(line)) return 0
  const names = line.slice(8).trim().toLowerCase().split(/\s+/)
  return names.filter(name => WEB.has(name)).length >= 2 ? 0.95 : 0
}

export default defineParser({
  id: 'w3c-extended',
  title: 'W3C extended log (IIS, Azure App Service, http.sys, Blue Coat)',
  reference: 'https://learn.microsoft.com/en-us/windows/win32/http/w3c-logging',
  dataset: 'w3c.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'Host, forwarded address and protocol are there only where they were switched on. Blanks are written as +, so a plus and a blank look alike. A whole time-taken is milliseconds for Microsoft\'s servers and of unknown unit, hence absent, for others.',
  detect,
  table: {
    layout: w3cExtended(), fields: W3C_FIELDS, also: W3C_ALSO, constant: { type: 'http.request' },
    reads: ['http', 'tls', 'url', 'user_agent', 'labels'],
    finish(draft, row) {
      if (row.text('s-reason')?.startsWith('Timer_') && draft.http?.request?.method === undefined) return skip('not-an-event')
      finishW3c(draft, row)
      return undefined
    },
  },
  samples: [
    {
      note: 'IIS',
      lines: [
        '#Software: Microsoft Internet Information Services 10.0',
        '#Version: 1.0',
        '#Date: 2026-01-05 09:14:00',
        '#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken X-Forwarded-For',
        '2026-01-05 09:14:37 203.0.113.7 GET /api/report x=1 443 - 192.0.2.10 HTTP/2.0 ExampleAgent/1.0+(test;++https://bot.example) - www.example.com 502 3 12002 1405 242 30003 198.51.100.77,+192.0.2.7',
        '2026-01-05 09:14:38 203.0.113.7 GET /big - 443 - 2001:db8::10 HTTP/1.1 - https://www.example.com/ www.example.com:8443 200 0 64 900 90 15 -',
        '2026-01-05 09:14:38 203.0.113.7 GET /cut',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604446997, ts_end_ms: 1767604477000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 30003, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, server: { ip: '203.0.113.7', port: 443 }, network: { type: 'ipv4', protocol: 'http', forwarded_ip: '198.51.100.77' }, url: { domain: 'www.example.com', path: '/api/report', query: 'x=1' },
          http: { version: '2', request: { method: 'GET', bytes: 242 }, response: { status_code: 502, bytes: 1405 } }, error: { type: 'http_response_timeout', code: '12002' },
          user_agent: { original: 'ExampleAgent/1.0 (test; +https://bot.example)' }, labels: { substatus: '3' },
        },
        {
          type: 'http.request', ts_ms: 1767604477985, ts_end_ms: 1767604478000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 15, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '2001:db8::10' }, server: { ip: '203.0.113.7', port: 443 }, network: { type: 'ipv6', protocol: 'http' }, url: { domain: 'www.example.com', port: 8443, path: '/big' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/', bytes: 90 }, response: { status_code: 200, bytes: 900 } }, error: { type: 'client_abort', code: '64' },
        },
      ],
      skipped: { header: 4, malformed: 1 },
    },
    {
      note: 'quoted values, several blanks, and a stated offset',
      lines: [
        '#Version: 1.0',
        '#GMT-Offset: -0800',
        '#Fields:  c-ip  date  time  cs-method  cs-uri  sc-status  bytes  time-taken  cs(User-Agent)',
        '192.0.2.10   2026-01-05   01:14:07   GET   /a.gif?b   200   350   0.250   "ExampleAgent/1.0 (test)"',
      ],
      events: [{
        type: 'http.request', ts_ms: 1767604446750, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 250, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
        url: { path: '/a.gif', query: 'b' }, http: { request: { method: 'GET' }, response: { status_code: 200, bytes: 350 } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
      }],
      skipped: { header: 3 },
    },
    {
      note: 'Imperva: the target is site and path; and a stem with its query',
      lines: [
        '#Software: Incapsula LOGS API',
        '#Fields: date time c-ip s-computername cs-uri s-ip s-port cs-method cs-uri-query sc-status cs-bytes',
        '"2026-01-05" "09:14:37" "192.0.2.10" "www.example.com" "www.example.com/a.php" "203.0.113.7" "443" "GET" "x=1" "200" "10117"',
        '#Fields: date time c-ip cs-method cs-uri-stem sc-status',
        '2026-01-05 09:14:38 192.0.2.10 GET /b?y=2 200',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604477000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10' }, server: { ip: '203.0.113.7', port: 443 }, network: { type: 'ipv4', protocol: 'http' },
          url: { domain: 'www.example.com', path: '/a.php', query: 'x=1' }, http: { request: { method: 'GET' }, response: { status_code: 200 } },
        },
        {
          type: 'http.request', ts_ms: 1767604478000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/b', query: 'y=2' }, http: { request: { method: 'GET' }, response: { status_code: 200 } },
        },
      ],
      skipped: { header: 3 },
    },
    {
      note: 'IIS with its default fields, without a header: of version 8 and later, and of 7',
      lines: [
        '2026-01-05 09:14:37 203.0.113.7 GET /a x=1 443 - 192.0.2.10 ExampleAgent/1.0+(test) https://www.example.com/ 200 0 0 18',
        '2026-01-05 09:14:38 2001:db8::7 POST /b - 80 - 2001:db8::10 - 500 0 64 352',
        '2026-01-05 09:14:38 203.0.113.7 GET /cut x=1 443',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604476982, ts_end_ms: 1767604477000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 18, outcome: 'success', client: { ip: '192.0.2.10' }, server: { ip: '203.0.113.7', port: 443 },
          network: { type: 'ipv4', protocol: 'http' }, url: { path: '/a', query: 'x=1' }, http: { request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200 } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1767604477648, ts_end_ms: 1767604478000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 352, outcome: 'failure', client: { ip: '2001:db8::10' }, server: { ip: '2001:db8::7', port: 80 },
          network: { type: 'ipv6', protocol: 'http' }, url: { path: '/b' }, http: { request: { method: 'POST' }, response: { status_code: 500 } }, error: { type: 'client_abort', code: '64' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
  ],
})
