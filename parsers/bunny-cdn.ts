// Bunny CDN, logging API v1: values between bars, no quoting, so the agent is what is left between the fixed ends.
import { canonicalIp } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { int, status, text, time, url } from '../src/read/field.js'
import { shareOf, skip, type Draft, type Skip } from '../src/read/parser.js'
import type { CellReader, Cells, Layout, Row } from '../src/read/table.js'

const LINE = /^(?:[A-Z]+|-)\|\d{3}\|\d{10,13}\|\d+\|\d+\|/
const NAMES = ['cache', 'status', 'time', 'bytes', 'zone', 'client_ip', 'referer', 'url', 'location', 'user_agent', 'request_id', 'country', 'body_bytes', 'range', 'authorization']
const LEFT = 9

class BunnyCells implements CellReader {
  readonly names = NAMES
  read(line: string): Cells | Skip {
    if (line.trim() === '') return skip('blank')
    if (!LINE.test(line)) return skip('not-this-format')
    const parts = line.trim().split('|')
    // behind the agent stand the request's id and country, and three more values in an extended log
    const at = parts.findLastIndex((part, index) => index > LEFT && /^[0-9a-f]{32}$/.test(part))
    const id = at === -1 ? parts.length - 2 : at
    if (id <= LEFT) return skip('malformed', `${parts.length} values`)
    return [...parts.slice(0, LEFT), parts.slice(LEFT, id).join('|'), ...parts.slice(id, id + 5)]
  }
}

const layout: Layout = { kind: 'bars', absent: ['-'], open: () => new BunnyCells() }

const CACHE: Readonly<Record<string, string>> = { HIT: 'hit', MISS: 'miss', BYPASS: 'bypass', REVALIDATED: 'revalidated', STALE: 'stale', UPDATING: 'updating' }

/** Addresses are cut to their network unless the owner asked otherwise; a network is no client. */
function finish(draft: Draft, row: Row): void {
  const printed = row.text('client_ip')
  const address = printed === undefined ? undefined : canonicalIp(printed)
  if (address !== undefined && address !== '0.0.0.0' && address !== '::') {
    if (address.endsWith('.0')) (draft.labels ??= {}).client_network = `${address}/24`
    else if (address.endsWith('::')) (draft.labels ??= {}).client_network = `${address}/64`
    else (draft.client ??= {}).ip = address
  }
  const printedCache = row.text('cache')
  ;(draft.cdn ??= {}).cache = { status: (printedCache === undefined ? 'none' : CACHE[printedCache] ?? 'unknown') as 'hit', ...(printedCache === undefined ? {} : { raw: printedCache }) }
}

export default defineParser({
  id: 'bunny-cdn',
  title: 'Bunny CDN log (logging API v1)',
  reference: 'https://docs.bunny.net/docs/cdn-logging',
  dataset: 'bunny.cdn',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'No method, no durations and no origin fields; client addresses are cut to their network by default (kept as the label client_network), so requests are joined by name only. Lines come newest first.',
  detect: head => shareOf(head, line => LINE.test(line) && line.split('|').length >= 11),
  table: {
    layout,
    constant: { type: 'http.request', cdn: { provider: 'bunny' } },
    also: ['client_ip', 'cache'],
    fields: {
      status: status('http.response.status_code'),
      time: time('auto', 'point', { required: true }),
      bytes: int('http.response.bytes'),
      referer: text('http.request.referrer'),
      url: url(),
      location: text('cdn.pop'),
      user_agent: text('user_agent.original'),
      request_id: text('http.request.id'),
      country: text('client.geo.country_iso_code'),
      body_bytes: int('http.response.body.bytes'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        'MISS|504|1772619331425|562|123456|203.0.113.0|-|https://www.example.com/api/report?x=1|DE|ExampleAgent/1.0 (a|b)|0123456789abcdef0123456789abcdef|DE',
        '-|200|1772619331990|5120|123456|2001:db8::24|https://www.example.com/|https://www.example.com/app.js|WA|ExampleAgent/1.0|abcdef0123456789abcdef0123456789|DE|5000|bytes=0-4999|Bearer example',
        'HIT|200|1772619331990|5120|123456|203.0',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619331425, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.com', client: { geo: { country_iso_code: 'DE' } }, network: { protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/api/report', query: 'x=1' }, http: { request: { id: '0123456789abcdef0123456789abcdef' }, response: { status_code: 504, bytes: 562 } },
          cdn: { provider: 'bunny', pop: 'DE', cache: { status: 'miss', raw: 'MISS' } }, user_agent: { original: 'ExampleAgent/1.0 (a|b)' }, labels: { client_network: '203.0.113.0/24' },
        },
        {
          type: 'http.request', ts_ms: 1772619331990, ts_basis: 'point', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '2001:db8::24', geo: { country_iso_code: 'DE' } },
          network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/app.js' },
          http: { request: { id: 'abcdef0123456789abcdef0123456789', referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 5120, body: { bytes: 5000 } } },
          cdn: { provider: 'bunny', pop: 'WA', cache: { status: 'none' } }, user_agent: { original: 'ExampleAgent/1.0' },
        },
      ],
      skipped: { malformed: 1 },
    },
  ],
})
