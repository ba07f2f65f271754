// Cisco Umbrella and Secure Access DNS logs: CSV without a header (or with one), and the JSON that pipelines make of it.
import { canonicalIp } from '../src/address.js'
import { jsonOrText } from '../src/read/cdn/cells.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { asUtc } from '../src/read/clock.js'
import { defineParser } from '../src/read/define.js'
import { host, ip, text, upper } from '../src/read/field.js'
import { putTime } from '../src/read/field-kinds.js'
import { csv, splitCsv } from '../src/read/layouts/csv.js'
import { dnsTypeNumber } from '../src/read/vocabulary/dns.js'
import { shareOf, shareOfJson, skip, type Draft, type ParserContext, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { readIso } from '../src/read/time.js'

// schema versions have 10 (v1), 13 (v5), 14, 15 (v8) and more columns, always added at the end
const COLUMNS = [
  'timestamp', 'identity', 'identities', 'internal ip', 'external ip', 'action', 'query type', 'response code', 'domain', 'categories', 'identity type', 'identity types', 'blocked categories',
  'rule id', 'destination countries', 'organization id', 'column 17', 'column 18', 'column 19', 'column 20',
]
const WIDTHS = COLUMNS.map((_, index) => index + 1).filter(width => width >= 10)

/** Names in the header row, and those of pipelines. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  'internal ip': ['internalIp', 'internal_ip'], 'external ip': ['externalIp', 'external_ip'], 'query type': ['queryType', 'query_type'], 'response code': ['responseCode', 'response_code', 'returncode'],
}

/** What a query type may look like: a row whose cells were cut elsewhere has another value in its place. */
const ASKED = /^(?:\d{1,5}(?: \([A-Za-z0-9-]+\))?|[A-Z0-9-]{1,12}|Other)$/

/** `1 (A)`, `65 (HTTPS)`, or the mnemonic alone; `Other` is no type. */
function typeOf(text: string | undefined): string | undefined {
  const match = /^(?:\d{1,5} )?\(?([A-Za-z0-9-]+)\)?$/.exec(text ?? '')
  return match && dnsTypeNumber(match[1]!) !== undefined ? match[1]!.toUpperCase() : undefined
}

function finish(draft: Draft, row: Row, context: ParserContext): Skip | void {
  const stamp = readIso(row.text('timestamp') ?? '')
  const time = stamp && asUtc(stamp)
  if (!time) return skip('bad-time', 'timestamp')
  const asked = row.text('query type')
  if (asked !== undefined && !ASKED.test(asked)) return skip('malformed', 'no query type where it belongs')
  putTime(draft, time, 'start', context)
  const question = ((draft.dns ??= {}).question ??= {})
  question.type = typeOf(asked)
  const outside = canonicalIp(row.text('external ip') ?? '')
  if (outside === undefined) return
  // the address of the user where a forwarder told it, else that of the network
  if (draft.client?.ip === undefined) (draft.client ??= {}).ip = outside
  else if (outside !== draft.client.ip) (draft.labels ??= {}).external_ip = outside
}

const STAMP = /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d/

export default defineParser({
  id: 'umbrella-dns',
  title: 'Cisco Umbrella DNS log',
  reference: 'https://docs.umbrella.com/deployment-umbrella/docs/dns-log-formats',
  dataset: 'cisco_umbrella.dns',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'Whole seconds, no port, no answer and no latency. The client is the internal address where a virtual appliance or the roaming client told it, else the network\'s address.',
  detect(head) {
    const json = shareOfJson(head, object => 'externalIp' in object && 'domain' in object && 'action' in object, true)
    if (json > 0) return json
    return shareOf(head, line => {
      const text = line.trimStart()
      const cells = text.includes(',') ? splitCsv(text) : undefined
      return cells !== undefined && cells.length >= 10 && ((STAMP.test(cells[0]!) && /^(?:\d{1,5} \([A-Z0-9-]+\)|Other)$/.test(cells[6]!)) || (/^timestamp$/i.test(cells[0]!) && /^query type$/i.test(cells[6]!)))
    })
  },
  table: {
    layout: jsonOrText(keyedJson({ aliases: ALIASES, accept: object => 'domain' in object && 'timestamp' in object ? undefined : skip('not-this-format', 'no domain') }), csv({ columns: COLUMNS, widths: WIDTHS, absent: [] })),
    constant: { type: 'dns.response' },
    also: ['timestamp', 'query type', 'external ip'],
    fields: {
      'internal ip': ip('client.ip'),
      action: text('labels.policy'),
      'response code': upper('dns.response_code'),
      domain: host('dns.question.name'),
      'blocked categories': text('labels.policy_categories'),
    },
    reads: ['client', 'dns', 'labels'],
    finish,
  },
  samples: [
    {
      lines: [
        '"2026-01-05 09:14:07","host-1","host-1,Site,Network","10.10.1.100","203.0.113.133","Allowed","1 (A)","NOERROR","www.example.com.","Photo Sharing","AD User","AD User,Site,Network",""',
        '"2026-01-05 09:14:08","Network","Network","","203.0.113.133","Blocked","65 (HTTPS)","NOERROR","bad.example.","Malware,Chat","Networks","Networks","Malware","12","US"',
        '"2026-01-05 09:14:08","Network"',
        '"2026-01-05 09:14:08","user", "user,Site", "10.10.1.101","203.0.113.133","Allowed","1 (A)", "NOERROR","www.example.com.", "Chat"',
        ' "2026-01-05 09:14:09","Network","Network","","203.0.113.134","Allowed","Other","NXDOMAIN","_ldap._tcp.example.com.","","Networks","Networks",""',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '10.10.1.100' }, network: { type: 'ipv4', protocol: 'dns' },
          labels: { policy: 'Allowed', external_ip: '203.0.113.133' }, dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'bad.example', client: { ip: '203.0.113.133' }, network: { type: 'ipv4', protocol: 'dns' },
          labels: { policy: 'Blocked', policy_categories: 'Malware' }, dns: { type: 'answer', question: { name: 'bad.example', type: 'HTTPS' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '10.10.1.101' }, network: { type: 'ipv4', protocol: 'dns' },
          labels: { policy: 'Allowed', external_ip: '203.0.113.133' }, dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR' },
        },
        {
          type: 'dns.response', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: '_ldap._tcp.example.com', client: { ip: '203.0.113.134' }, network: { type: 'ipv4', protocol: 'dns' },
          labels: { policy: 'Allowed' }, dns: { type: 'answer', question: { name: '_ldap._tcp.example.com' }, response_code: 'NXDOMAIN' },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'quoted only where a comma stands inside, with the date as ISO 8601 writes it',
      lines: '2026-01-05T09:14:07Z,host-1,"host-1,Site",10.10.1.100,203.0.113.133,Allowed,1 (A),NOERROR,www.example.com,Technology,User,User,,rule-1,US,org-1',
      events: [{
        type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '10.10.1.100' }, network: { type: 'ipv4', protocol: 'dns' },
        labels: { policy: 'Allowed', external_ip: '203.0.113.133' }, dns: { type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR' },
      }],
    },
    {
      note: 'as JSON',
      lines: '{"action":"Blocked","internalIp":"192.0.2.10","externalIp":"192.0.2.10","timestamp":"2026-01-05 09:14:07.000","responseCode":"NXDOMAIN","domain":"bad.example."}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', hostname: 'bad.example', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'dns' },
        labels: { policy: 'Blocked' }, dns: { type: 'answer', question: { name: 'bad.example' }, response_code: 'NXDOMAIN' },
      }],
    },
  ],
})
