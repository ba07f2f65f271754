// Amazon Route 53 Resolver query log (VPC): one object a query, with answers but without TTLs and without their owners.
import { defineParser } from '../src/read/define.js'
import { asUtc } from '../src/read/clock.js'
import { withOwners, type Ownerless } from '../src/read/dns/chain.js'
import { host, ip, lower, port, text, upper, word } from '../src/read/field.js'
import { putTime } from '../src/read/field-kinds.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { shareOfJson, skip, type Draft, type ParserContext, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { readIso } from '../src/read/time.js'

type Bag = Record<string, unknown>

const MAX_ANSWERS = 100

function recordOf(value: unknown): Ownerless[] {
  const bag = value as Bag | null
  const data = typeof bag === 'object' && bag !== null ? bag.Rdata ?? bag.rdata : undefined
  if (typeof data !== 'string' || data === '') return []
  const field = (name: unknown): string | undefined => typeof name === 'string' && name !== '' ? name : undefined
  return [{ type: field(bag!.Type ?? bag!.type), class: field(bag!.Class ?? bag!.class), data }]
}

function finish(draft: Draft, row: Row, context: ParserContext): Skip | void {
  const stamp = readIso(row.text('query_timestamp') ?? '')
  const time = stamp && asUtc(stamp)
  if (!time) return skip('bad-time', 'query_timestamp')
  putTime(draft, time, 'start', context)
  // some pipelines unwrap a list of one
  const answers = row.get('answers')
  const records = (Array.isArray(answers) ? answers.slice(0, MAX_ANSWERS) : [answers]).flatMap(recordOf)
  if (records.length > 0) (draft.dns ??= {}).answers = withOwners(draft.dns.question?.name, records)
}

export default defineParser({
  id: 'route53-resolver',
  title: 'Amazon Route 53 Resolver query log',
  reference: 'https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html',
  dataset: 'aws.route53_resolver',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'Whole seconds, no TTL and no latency; the owners of answers are inferred along the chain of CNAMEs. An answer from the cache of the same instance may not be logged.',
  detect: head => shareOfJson(head, object => 'query_timestamp' in object && 'srcaddr' in object && 'query_name' in object),
  table: {
    layout: keyedJson({ accept: object => 'query_timestamp' in object && 'query_name' in object ? undefined : skip('not-this-format', 'no query_timestamp') }),
    constant: { type: 'dns.response' },
    also: ['query_timestamp', 'answers'],
    fields: {
      query_name: host('dns.question.name'),
      query_type: upper('dns.question.type'),
      query_class: upper('dns.question.class'),
      rcode: upper('dns.response_code'),
      srcaddr: ip('client.ip'),
      srcport: port('client.port'),
      transport: word('network.transport', { udp: 'udp', tcp: 'tcp', doh: 'tcp', dot: 'tcp', 'doh-fips': 'tcp' }),
      firewall_rule_action: lower('labels.policy'),
      vpc_id: text('labels.vpc'),
    },
    reads: ['dns'],
    finish,
  },
  samples: [
    {
      lines: '{"version":"1.100000","account_id":"111122223333","region":"us-east-1","vpc_id":"vpc-0example","query_timestamp":"2026-01-05T09:14:07Z","query_name":"www.example.com.","query_type":"A","query_class":"IN","rcode":"NOERROR","answers":[{"Rdata":"web.cdn.example.net.","Type":"CNAME","Class":"IN"},{"Rdata":"203.0.113.80","Type":"A","Class":"IN"}],"srcaddr":"192.0.2.10","srcport":"48701","transport":"UDP","srcids":{"instance":"i-0example"}}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 48701 },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, labels: { vpc: 'vpc-0example' },
        dns: {
          type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', resolved_ip: ['203.0.113.80'],
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', data: '203.0.113.80' }],
        },
      }],
    },
    {
      note: 'blocked by DNS Firewall; a time without T and zone, as pipelines rewrite it',
      lines: '{"version":"1.100000","vpc_id":"vpc-0example","query_timestamp":"2026-01-05 09:14:08","query_name":"bad.example","query_type":"AAAA","query_class":"IN","rcode":"NXDOMAIN","srcaddr":"2001:db8::10","srcport":"0","transport":"TCP","srcids":{},"firewall_rule_group_id":"rslvr-frg-1","firewall_rule_action":"BLOCK"}',
      events: [{
        type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'failure', hostname: 'bad.example', client: { ip: '2001:db8::10' },
        network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' }, labels: { policy: 'block', vpc: 'vpc-0example' },
        dns: { type: 'answer', question: { name: 'bad.example', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN' },
      }],
    },
  ],
})
