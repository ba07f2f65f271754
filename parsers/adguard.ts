// AdGuard Home's querylog.json: the whole response message is in it, base64; also its text log, in which there is no query.
import { canonicalIp, splitHostPort } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { decodeMessage, fromBase64 } from '../src/read/dns/wire.js'
import { putTime } from '../src/read/field-kinds.js'
import { readObject } from '../src/read/layouts/json.js'
import { shareOf, shareOfJson, skip, type Draft, type LineResult, type ParserContext } from '../src/read/parser.js'
import { readIso, round3 } from '../src/read/time.js'

type Bag = Record<string, unknown>

/** The program's own log: Go's stamp with microseconds, perhaps process and goroutine, a level in brackets. */
const OWN_LOG = /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d\.\d{6} (?:\d+#\d+ )?\[(?:error|info|debug|fatal)\] /

// filtering.Reason, by number
const REASONS = ['NotFilteredNotFound', 'NotFilteredAllowList', 'NotFilteredError', 'FilteredBlockList', 'FilteredSafeBrowsing', 'FilteredParental', 'FilteredInvalid', 'FilteredSafeSearch', 'FilteredBlockedService', 'Rewritten', 'RewrittenAutoHosts', 'RewrittenRule']
const AUTO_HOSTS = 10
const TRANSPORT: Readonly<Record<string, 'tcp' | 'quic'>> = { doh: 'tcp', dot: 'tcp', doq: 'quic' }

const textOf = (value: unknown): string | undefined => typeof value === 'string' && value !== '' ? value : undefined

/** The upstream's address; it may be written as a URL, and with a name there is none. */
function upstreamIp(text: string | undefined): string | undefined {
  const parts = text === undefined ? undefined : splitHostPort(text.replace(/^[a-z0-9]+:\/\//, '').replace(/\/.*$/, ''))
  return parts && canonicalIp(parts.host)
}

function putResult(draft: Draft, record: Bag): void {
  const dns = draft.dns!
  const result = typeof record.Result === 'object' && record.Result !== null ? record.Result as Bag : {}
  const reason = typeof result.Reason === 'number' ? result.Reason : 0
  if (reason > 0) draft.labels = { policy: REASONS[reason] ?? `reason ${reason}` }
  if (reason === AUTO_HOSTS) dns.answered_from = 'hosts'
  else if (reason > 2) dns.answered_from = 'config'
  else if (record.Cached === true) dns.answered_from = 'cache'
  else if (textOf(record.Upstream)) dns.answered_from = 'upstream'
}

function readRecord(record: Bag, context: ParserContext): LineResult {
  const stamp = readIso(textOf(record.T) ?? '')
  if (!stamp) return skip('bad-time', 'T')
  const draft: Draft = { type: 'dns.response', dns: {}, client: { ip: textOf(record.IP) } }
  putTime(draft, stamp, 'end', context)
  if (typeof record.Elapsed === 'number' && record.Elapsed >= 0) draft.duration_ms = round3(record.Elapsed / 1e6)
  const bytes = fromBase64(textOf(record.Answer) ?? '')
  const message = bytes && decodeMessage(bytes)
  if (message) draft.dns = message.dns
  const dns = draft.dns!
  dns.question = { name: textOf(record.QH), type: textOf(record.QT), class: textOf(record.QC) }
  dns.upstream = upstreamIp(textOf(record.Upstream))
  dns.edns_subnet = textOf(record.ECS) ?? dns.edns_subnet
  const transport = TRANSPORT[textOf(record.CP) ?? '']
  if (transport) draft.network = { transport }
  putResult(draft, record)
  return draft
}

function readLine(text: string, context: ParserContext): LineResult {
  const read = readObject(text)
  if ('skip' in read) return OWN_LOG.test(text) ? skip('not-an-event') : read
  const { object } = read
  return 'QH' in object && 'T' in object ? readRecord(object, context) : skip('not-this-format', 'no QH')
}

export default defineParser({
  id: 'adguard',
  title: 'AdGuard Home query log (querylog.json)',
  reference: 'https://github.com/AdguardTeam/AdGuardHome/blob/master/internal/querylog/entry.go',
  dataset: 'adguard.querylog',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'No client port, and the client may be anonymised. The newest queries are in memory until a batch is written.',
  detect(head) {
    const share = shareOfJson(head, object => 'T' in object && 'QH' in object && 'QT' in object, true)
    if (share > 0) return share
    const words = head.lines.some(line => line.includes('/control/') || line.includes('auth: ') || line.includes('dnsproxy') || line.includes('AdGuard'))
    return words ? shareOf(head, line => OWN_LOG.test(line)) * 0.7 : 0
  },
  open: context => ({ line: text => readLine(text, context) }),
  samples: [
    {
      lines: [
        '{"T":"2026-01-05T04:14:07.955283-05:00","QH":"www.example.com","QT":"A","QC":"IN","CP":"doh","Upstream":"https://198.51.100.53/dns-query","Answer":"W2CBgAABAAIAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQABwAwABQABAAAAHgAVA3dlYgNjZG4HZXhhbXBsZQNuZXQAwC0AAQABAAAAFAAEywBxUA==","IP":"192.0.2.10","Result":{},"Elapsed":4468123}',
        '{"T":"2026-01-05T04:14:08-05:00","QH":"ads.example","QT":"AAAA","QC":"IN","CP":"","IP":"2001:db8::10","Result":{"IsFiltered":true,"Reason":3,"Rules":[{"Text":"||ads.example^","FilterListID":1}]},"Elapsed":81000,"Cached":false}',
        '{"T":"2026-01-05T04:14:09-05:00"}',
        '2026/01/05 04:14:09.233208 [info] auth: user "someone" successfully logged in from ip 192.0.2.10',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447950.815, ts_end_ms: 1767604447955.283, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 4.468, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10' },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
          dns: {
            type: 'answer', id: '23392', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answered_from: 'upstream', upstream: '198.51.100.53',
            answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
            resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          },
        },
        {
          type: 'dns.response', ts_ms: 1767604447999.919, ts_end_ms: 1767604448000, ts_basis: 'derived', ts_res_ms: 1000, duration_ms: 0.081, hostname: 'ads.example', client: { ip: '2001:db8::10' },
          network: { type: 'ipv6', protocol: 'dns' }, labels: { policy: 'FilteredBlockList' }, dns: { type: 'answer', question: { name: 'ads.example', type: 'AAAA', class: 'IN' }, answered_from: 'config' },
        },
      ],
      skipped: { 'not-this-format': 1, 'not-an-event': 1 },
    },
  ],
})
