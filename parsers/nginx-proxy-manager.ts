// Nginx Proxy Manager and NPMplus: log formats of their own, which their users cannot change; one file may hold several of them.
import { defineParser } from '../src/read/define.js'
import { compileNginxFormat } from '../src/read/nginx/format.js'
import { shareOf, skip, type LineReader, type ParserContext } from '../src/read/parser.js'

const COMMON = '- $request_method $scheme $host "$request_uri" [Client $remote_addr] [Length $body_bytes_sent] [Gzip $gzip_ratio]'
// `$server` there is the host that the request is passed to
const PROXY = compileNginxFormat(`[$time_local] $upstream_cache_status $upstream_status $status ${COMMON} [Sent-to $upstream_addr] "$http_user_agent" "$http_referer"`)
const ONWARD = compileNginxFormat(`[$time_local] $status ${COMMON} [Sent-to $upstream_addr] "$http_user_agent" "$http_referer"`)
const STANDARD = compileNginxFormat(`[$time_local] $status ${COMMON} "$http_user_agent" "$http_referer"`)
const PLUS = compileNginxFormat('[$time_local] $http_host $remote_addr $request_time "$request" $status $body_bytes_sent $bytes_sent $http_referer $http_user_agent')

const DATE = /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] /
const MANAGER = /^\[[^\]]{26}\] (\S+ (?:\d{3}|-)(?:(?:,| :) (?:\d{3}|-))* )?\d{3} - [A-Z-]+ https? \S+ "/
const MANAGER_PLUS = /^\[[^\]]{26}\] \S+ [0-9a-fA-F:.]{3,45} \d+\.\d{3} "/

/** Which of the formats a line is in; undefined for any other line. */
function formatOf(text: string): 'proxy' | 'onward' | 'standard' | 'plus' | undefined {
  if (text.charCodeAt(0) !== 91 || !DATE.test(text)) return undefined
  const manager = text.includes('" [Client ') ? MANAGER.exec(text) : null
  if (manager) return !text.includes('] [Sent-to ') ? 'standard' : manager[1] === undefined ? 'onward' : 'proxy'
  return MANAGER_PLUS.test(text) ? 'plus' : undefined
}

function open(context: ParserContext): LineReader {
  const readers = { proxy: PROXY.open(context), onward: ONWARD.open(context), standard: STANDARD.open(context), plus: PLUS.open(context) }
  return {
    line(text, number, outer) {
      const format = formatOf(text)
      if (format !== undefined) return readers[format].line(text, number, outer)
      return text.trim() === '' ? skip('blank') : skip('not-this-format', 'no line of Nginx Proxy Manager')
    },
    end: () => [],
  }
}

export default defineParser({
  id: 'nginx-proxy-manager',
  title: 'Nginx Proxy Manager access log (proxy and standard; NPMplus)',
  reference: 'https://github.com/NginxProxyManager/nginx-proxy-manager/blob/develop/docker/rootfs/etc/nginx/conf.d/include/log-proxy.conf',
  dataset: 'nginx_proxy_manager.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No HTTP version and no time the request took (NPMplus has both); "Sent-to" is the configured host, not the address that was connected to.',
  detect: head => shareOf(head, line => formatOf(line) !== undefined),
  open,
  samples: [
    {
      lines: [
        '[05/Jan/2026:09:14:07 +0000] HIT 200 200 - GET https www.example.com "/a.js?x=1" [Client 192.0.2.10] [Length 1543] [Gzip 2.45] [Sent-to 198.51.100.10:8080] "ExampleAgent/1.0" "https://www.example.com/"',
        '[05/Jan/2026:09:14:08 +0000] - 502, 504 504 - GET https www.example.com "/b" [Client 2001:db8::10] [Length 0] [Gzip -] [Sent-to app] "ExampleAgent/1.0" "-"',
        '[05/Jan/2026:09:14:09 +0000] 404 - GET http 203.0.113.80 "/.env" [Client 192.0.2.11] [Length 150] [Gzip -] "-" "-"',
        '[05/Jan/2026:09:14:09 +0000] 404 - GET http',
      ],
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10' },
          network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a.js', query: 'x=1' },
          http: { request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, body: { bytes: 1543 } } },
          cdn: { cache: { status: 'hit', raw: 'HIT' }, origin: { ip: '198.51.100.10', port: 8080, status_code: 200 } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', line: 2, ts_ms: 1767604448000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com', client: { ip: '2001:db8::10' },
          network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/b' },
          http: { request: { method: 'GET' }, response: { status_code: 504, body: { bytes: 0 } } }, cdn: { origin: { name: 'app' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
        {
          type: 'http.request', line: 3, ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.11' }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'http', domain: '203.0.113.80', path: '/.env' }, http: { request: { method: 'GET' }, response: { status_code: 404, body: { bytes: 150 } } },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'NPMplus',
      lines: [
        '[05/Jan/2026:09:14:07 +0000] www.example.com 192.0.2.10 0.227 "GET /a HTTP/2.0" 207 125 440 - ExampleAgent/1.0 (a b)',
        '[05/Jan/2026:09:14:08 +0000] _ 192.0.2.11 0.811 "\\x16\\x03\\x02 \\x01" 400 122 282 - -',
      ],
      events: [
        {
          type: 'http.request', line: 1, ts_ms: 1767604446773, ts_end_ms: 1767604447000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 227, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { domain: 'www.example.com', path: '/a' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 207, bytes: 440, body: { bytes: 125 } } }, user_agent: { original: 'ExampleAgent/1.0 (a b)' },
        },
        {
          type: 'http.request', line: 2, ts_ms: 1767604447189, ts_end_ms: 1767604448000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 811, outcome: 'success', client: { ip: '192.0.2.11' },
          network: { type: 'ipv4', protocol: 'http' }, url: { original: '\\x16\\x03\\x02 \\x01' }, http: { response: { status_code: 400, bytes: 282, body: { bytes: 122 } } },
        },
      ],
    },
  ],
})
