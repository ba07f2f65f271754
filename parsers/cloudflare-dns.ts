// Cloudflare Logpush datasets dns_logs (a zone's authoritative answers) and dns_firewall_logs (a caching proxy before one's own servers).
import { keyedJson } from '../src/read/cdn/keyed.js'
import { defineParser } from '../src/read/define.js'
import { putNumbers, putSubnet, wholeNumber } from '../src/read/dns/cloudflare.js'
import { duration, host, int, ip, text, time } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { rcodeName } from '../src/read/vocabulary/dns.js'

type Bag = Record<string, unknown>

/** True for a record of either dataset; the Gateway's has QueryName too. */
const isRecord = (object: Bag): boolean => 'QueryName' in object && 'QueryType' in object && ('ResponseCode' in object || 'ClientResponseCode' in object || 'ResponseCached' in object) && !('ResolverDecision' in object)

function finish(draft: Draft, row: Row): void {
  putNumbers(draft, row.get('QueryType'), row.get('ResponseCode') ?? row.get('ClientResponseCode'))
  putSubnet(draft, row)
  const dns = (draft.dns ??= {})
  const isFirewall = row.get('ClientResponseCode') !== undefined || row.get('ClusterID') !== undefined
  if (row.get('ResponseCached') === true) dns.answered_from = 'cache'
  else if (row.get('ResponseCached') === false) dns.answered_from = isFirewall ? 'upstream' : 'authority'
  const flags = [...(row.get('QueryRD') === true ? ['RD'] : []), ...(row.get('QueryDO') === true ? ['DO'] : [])]
  if (flags.length > 0) dns.header_flags = flags
  const tcp = row.get('QueryTCP')
  if (typeof tcp === 'boolean') (draft.network ??= {}).transport = tcp ? 'tcp' : 'udp'
  const reason = row.text('ResponseReason')
  if (reason !== undefined) putReason(draft, reason, wholeNumber(row.get('UpstreamResponseCode')))
}

/** Why the firewall answered as it did: an upstream's trouble is an error, a rule of its own a policy. */
function putReason(draft: Draft, reason: string, upstreamCode: number | undefined): void {
  if (reason.endsWith('success')) return
  const upstream = upstreamCode === undefined || upstreamCode === 0 ? undefined : rcodeName(upstreamCode)
  if (reason.startsWith('upstream_') || reason === 'unknown') draft.error = { type: 'dns_error', code: reason, ...(upstream ? { message: `upstream answered ${upstream}` } : {}) }
  else (draft.labels ??= {}).policy = reason
}

export default defineParser({
  id: 'cloudflare-dns',
  title: 'Cloudflare Logpush DNS logs (dns_logs, dns_firewall_logs)',
  reference: 'https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/zone/dns_logs/',
  dataset: 'cloudflare.dns_logs',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'The client is a resolver; no port and no answers. A zone\'s log has no transport and no latency, and of DNS Firewall only the upstream\'s time is told.',
  detect: head => shareOfJson(head, isRecord),
  table: {
    layout: keyedJson({ accept: object => isRecord(object) ? undefined : skip('not-this-format', 'no QueryName with a response'), exact: ['Timestamp'] }),
    constant: { type: 'dns.response' },
    also: ['QueryType', 'ResponseCode', 'ClientResponseCode', 'ClusterID', 'ResponseCached', 'QueryRD', 'QueryDO', 'QueryTCP', 'ResponseReason', 'UpstreamResponseCode', 'EDNSSubnet', 'EDNSSubnetLength'],
    fields: {
      Timestamp: time('any', 'start', { required: true }),
      QueryName: host('dns.question.name'),
      SourceIP: ip('client.ip'),
      QuerySize: int('client.bytes'),
      UpstreamIP: text('dns.upstream'),
      UpstreamResponseTimeMs: duration('cdn.origin.duration_ms', 'ms'),
      ColoCode: text('cdn.pop'),
    },
    reads: ['dns', 'labels', 'network'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"ColoCode":"FRA","EDNSSubnet":"203.0.113.0","EDNSSubnetLength":24,"QueryName":"www.example.com","QueryType":65,"ResponseCached":false,"ResponseCode":0,"SourceIP":"192.0.2.54","Timestamp":"2026-01-05T09:14:07Z"}',
        '{"ColoCode":"FRA","EDNSSubnet":"","EDNSSubnetLength":0,"QueryName":"nx.example.com","QueryType":28,"ResponseCached":true,"ResponseCode":3,"SourceIP":"2001:db8::54","Timestamp":1767604448000000000}',
        '{"ColoCode":"FRA"}',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.54' }, cdn: { pop: 'FRA' },
          network: { type: 'ipv4', protocol: 'dns' }, dns: { type: 'answer', question: { name: 'www.example.com', type: 'HTTPS' }, response_code: 'NOERROR', answered_from: 'authority', edns_subnet: '203.0.113.0/24' },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'nx.example.com', client: { ip: '2001:db8::54' }, cdn: { pop: 'FRA' },
          network: { type: 'ipv6', protocol: 'dns' }, dns: { type: 'answer', question: { name: 'nx.example.com', type: 'AAAA' }, response_code: 'NXDOMAIN', answered_from: 'cache' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'DNS Firewall',
      lines: '{"ClientResponseCode":2,"ClusterID":"c1","ColoCode":"IAD","EDNSSubnet":"","EDNSSubnetLength":0,"QueryDO":true,"QueryName":"slow.example.com","QueryRD":false,"QuerySize":41,"QueryTCP":true,"QueryType":1,"ResponseCached":false,"ResponseCachedStale":false,"ResponseReason":"upstream_servfail","SourceIP":"192.0.2.54","Timestamp":"2026-01-05T09:14:07.5Z","UpstreamIP":"198.51.100.53","UpstreamResponseCode":2,"UpstreamResponseTimeMs":312}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447500, ts_basis: 'start', ts_res_ms: 100, outcome: 'failure', hostname: 'slow.example.com', client: { ip: '192.0.2.54', bytes: 41 }, cdn: { pop: 'IAD', origin: { duration_ms: 312 } },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'answer', header_flags: ['DO'], question: { name: 'slow.example.com', type: 'A' }, response_code: 'SERVFAIL', answered_from: 'upstream', upstream: '198.51.100.53' },
        error: { type: 'dns_error', code: 'upstream_servfail', message: 'upstream answered SERVFAIL' },
      }],
    },
  ],
})
