// Cloudflare Gateway DNS (Logpush gateway_dns): answers are whole resource records in wire form, base64.
import { keyedJson } from '../src/read/cdn/keyed.js'
import { defineParser } from '../src/read/define.js'
import { guessType, withOwners } from '../src/read/dns/chain.js'
import { putNumbers, wholeNumber } from '../src/read/dns/cloudflare.js'
import type { Answer } from '../src/read/dns/records.js'
import { decodeRecord, fromBase64 } from '../src/read/dns/wire.js'
import { canonicalIp } from '../src/address.js'
import { duration, host, int, ip, port, text, time, upper, word } from '../src/read/field.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

type Bag = Record<string, unknown>

const MAX_ANSWERS = 100

const isRecord = (object: Bag): boolean => 'QueryName' in object && ('ResolverDecision' in object || 'RCode' in object || 'RData' in object || 'ResolvedIPs' in object)

/** The records in `RData`, each `{type, data}`; undefined where the job does not have the field. */
function recordsOf(value: unknown): Answer[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.slice(0, MAX_ANSWERS).flatMap((item: unknown) => {
    const data = typeof item === 'object' && item !== null ? (item as Bag).data : undefined
    const bytes = typeof data === 'string' ? fromBase64(data) : undefined
    return (bytes && decodeRecord(bytes)) ?? []
  })
}

const texts = (value: unknown): string[] => Array.isArray(value) ? value.slice(0, MAX_ANSWERS).filter((item): item is string => typeof item === 'string' && item !== '') : []

function finish(draft: Draft, row: Row): void {
  putNumbers(draft, row.get('QueryType'), row.get('RCode'))
  const dns = draft.dns!
  const answers = recordsOf(row.get('RData')) ?? recordsOf(row.get('ResourceRecords'))
  if (answers?.length) dns.answers = answers
  else {
    const links = [...texts(row.get('CNAMEs')), ...texts(row.get('ResolvedIPs'))]
    if (links.length > 0) dns.answers = withOwners(dns.question?.name, links.map(data => ({ type: guessType('A', data), data })))
  }
  const decision = row.text('ResolverDecision')
  if (decision !== undefined) (draft.labels ??= {}).policy = decision
  if (decision !== undefined && /^(?:blocked|override)/i.test(decision)) dns.answered_from = 'config'
  else if (row.get('IsResponseCached') === true) dns.answered_from = 'cache'
  else if (row.get('IsResponseCached') === false) dns.answered_from = 'upstream'
  const upstream = row.text('CustomResolverAddress')
  if (upstream !== undefined) dns.upstream = canonicalIp(upstream)
  const errors = row.get('EDEErrors')
  if (Array.isArray(errors)) dns.ede = errors.slice(0, 16).map(wholeNumber).filter(code => code !== undefined)
}

export default defineParser({
  id: 'cloudflare-gateway-dns',
  title: 'Cloudflare Gateway DNS (Logpush gateway_dns)',
  reference: 'https://developers.cloudflare.com/logs/logpush/logpush-job/datasets/account/gateway_dns/',
  dataset: 'cloudflare.gateway_dns',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'Only the fields the job was asked for. For DoH the client is the address after translation; whole seconds unless the job writes nanoseconds.',
  detect: head => shareOfJson(head, isRecord),
  table: {
    layout: keyedJson({ accept: object => isRecord(object) ? undefined : skip('not-this-format', 'no QueryName with a decision'), exact: ['Datetime'] }),
    constant: { type: 'dns.response' },
    also: ['QueryType', 'RCode', 'RData', 'ResourceRecords', 'CNAMEs', 'ResolvedIPs', 'ResolverDecision', 'IsResponseCached', 'CustomResolverAddress', 'EDEErrors'],
    fields: {
      Datetime: time('any', 'start', { required: true }),
      QueryName: host('dns.question.name'),
      QueryTypeName: upper('dns.question.type'),
      QuerySize: int('client.bytes'),
      SrcIP: ip('client.ip'),
      SrcPort: port('client.port'),
      SrcIPCountryCode: upper('client.geo.country_iso_code'),
      DstIP: ip('server.ip'),
      DstPort: port('server.port'),
      Protocol: word('network.transport', { udp: 'udp', tcp: 'tcp', tls: 'tcp', https: 'tcp', http3: 'quic', quic: 'quic' }),
      ColoCode: text('cdn.pop'),
      ResponseTimeMs: duration('duration_ms', 'ms'),
      PolicyName: text('labels.policy_name'),
    },
    reads: ['dns', 'labels'],
    finish,
  },
  samples: [
    {
      lines: '{"ColoCode":"ORD","Datetime":"2026-01-05T09:14:07Z","DstIP":"198.51.100.53","DstPort":443,"IsResponseCached":true,"PolicyName":"","Protocol":"https","QueryName":"www.example.com","QuerySize":56,"QueryType":1,"QueryTypeName":"A","RCode":0,"RData":[{"type":"5","data":"A3d3dwdleGFtcGxlA2NvbQAABQABAAAAHgAVA3dlYgNjZG4HZXhhbXBsZQNuZXQA"},{"type":"1","data":"A3dlYgNjZG4HZXhhbXBsZQNuZXQAAAEAAQAAABQABMsAcVA="}],"ResolverDecision":"allowedOnNoPolicyMatch","SrcIP":"192.0.2.10","SrcPort":0}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', bytes: 56 }, server: { ip: '198.51.100.53', port: 443 },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'dns' }, cdn: { pop: 'ORD' }, labels: { policy: 'allowedOnNoPolicyMatch' },
        dns: {
          type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', answered_from: 'cache', resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
        },
      }],
    },
    {
      note: 'a job with other fields, times in nanoseconds',
      lines: [
        '{"Datetime":1767604448955283447,"QueryName":"bad.example","QueryType":28,"RCode":5,"CNAMEs":[],"ResolvedIPs":[],"ResolverDecision":"blockedByCategory","PolicyName":"No ads","Protocol":"udp","SrcIP":"2001:db8::10","SrcPort":53211,"EDEErrors":[17]}',
        '{"QueryName":"bad.example"}',
      ],
      events: [{
        type: 'dns.response', ts_ms: 1767604448955.283, ts_sub_ns: 447, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'bad.example', client: { ip: '2001:db8::10', port: 53211 },
        network: { transport: 'udp', type: 'ipv6', protocol: 'dns' }, labels: { policy: 'blockedByCategory', policy_name: 'No ads' },
        dns: { type: 'answer', question: { name: 'bad.example', type: 'AAAA' }, response_code: 'REFUSED', answered_from: 'config', ede: [17] },
      }],
      skipped: { 'not-this-format': 1 },
    },
  ],
})
