// Azure CDN in China (21Vianet), raw log: CSV without a header, American dates.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { duration, httpVersion, int, ip, status, text, upper, uri, word } from '../src/read/field.js'
import { csv } from '../src/read/layouts/csv.js'
import { shareOf, skip, type Draft, type ParserContext, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { readIso } from '../src/read/time.js'

const STAMP = /^(\d{1,2})\/(\d{1,2})\/(\d{4}) (\d{1,2}):(\d\d):(\d\d) ([AP])M ([+-]\d\d:\d\d)$/
const LINE = /^[\da-fA-F.:]+,"?\d{1,2}\/\d{1,2}\/\d{4} \d{1,2}:\d\d:\d\d [AP]M [+-]\d\d:\d\d"?,[A-Z]+,/

/** `3/4/2026 10:15:01 AM +00:00` as ISO 8601. */
function isoOf(printed: string): string | undefined {
  const match = STAMP.exec(printed)
  if (!match) return undefined
  const [, month, day, year, hour, minute, second, half, zone] = match
  const hours = (Number(hour) % 12) + (half === 'P' ? 12 : 0)
  const two = (value: string | number): string => String(value).padStart(2, '0')
  return Number(hour) < 1 || Number(hour) > 12 ? undefined : `${year}-${two(month!)}-${two(day!)}T${two(hours)}:${minute}:${second}${zone}`
}

function finish(draft: Draft, row: Row, context: ParserContext): void | Skip {
  const iso = isoOf(row.text('timestamp') ?? '')
  const stamp = iso === undefined ? undefined : readIso(iso)
  if (!stamp) return skip('bad-time')
  putTime(draft, stamp, 'point', context)
}

export default defineParser({
  id: 'azure-china-cdn',
  title: 'Azure CDN in China (21Vianet), raw log',
  reference: 'https://docs.azure.cn/en-us/cdn/cdn-log-download',
  dataset: 'azure.china_cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No host name (the file is one domain\'s), no origin fields, hit or miss only; whether the time is the start or the end is not documented.',
  detect: head => shareOf(head, line => LINE.test(line)),
  table: {
    layout: csv({ header: false, columns: ['c-ip', 'timestamp', 'cs-method', 'cs-uri-stem', 'http-ver', 'sc-status', 'sc-bytes', 'c-referer', 'c-user-agent', 'rs-duration', 'hit-miss', 's-ip'] }),
    constant: { type: 'http.request', cdn: { provider: 'azure-china' } },
    also: ['timestamp'],
    fields: {
      'c-ip': ip('client.ip', { required: true }),
      'cs-method': upper('http.request.method'),
      'cs-uri-stem': uri(),
      'http-ver': httpVersion(),
      'sc-status': status('http.response.status_code'),
      'sc-bytes': int('http.response.bytes'),
      'c-referer': text('http.request.referrer'),
      'c-user-agent': text('user_agent.original'),
      'rs-duration': duration('duration_ms', 'ms'),
      'hit-miss': [word('cdn.cache.status', CACHE_WORDS, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      's-ip': ip('server.ip'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        '203.0.113.24,3/4/2026 10:15:01 AM +00:00,GET,"/app.js?a=1,2",HTTP/1.1,200,5120,"https://www.example.com/","ExampleAgent/1.0, test",7,HIT,192.0.2.8',
        '203.0.113.24,3/4/2026 12:15:01 PM +08:00,GET,"/b",HTTP/1.1,504,0,"-","-",30007,MISS,192.0.2.8',
        '203.0.113.24,13/4/2026 10:15:01 AM +00:00,GET,"/app.js",HTTP/1.1,200,5120,"-","-",7,HIT,192.0.2.8',
        '203.0.113.24,3/4/2026 10:15:01 AM +00:00,GET,"/app',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301000, ts_basis: 'point', ts_res_ms: 1000, duration_ms: 7, outcome: 'success', client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/app.js', query: 'a=1,2' }, http: { version: '1.1', request: { method: 'GET', referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 5120 } },
          cdn: { provider: 'azure-china', cache: { status: 'hit', raw: 'HIT' } }, user_agent: { original: 'ExampleAgent/1.0, test' },
        },
        {
          type: 'http.request', ts_ms: 1772597701000, ts_basis: 'point', ts_res_ms: 1000, duration_ms: 30007, outcome: 'failure', client: { ip: '203.0.113.24' }, server: { ip: '192.0.2.8' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/b' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 504, bytes: 0 } }, cdn: { provider: 'azure-china', cache: { status: 'miss', raw: 'MISS' } },
        },
      ],
      skipped: { 'bad-time': 1, malformed: 1 },
    },
  ],
})
