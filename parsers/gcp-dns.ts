// Google Cloud DNS query log: a LogEntry with the answers in one text, which is cut where it is long.
import { defineParser } from '../src/read/define.js'
import { readRecord } from '../src/read/dns/records.js'
import { duration, host, ip, text, time, upper, word } from '../src/read/field.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { shareOfJson, skip, type Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'

type Bag = Record<string, unknown>

const payloadOf = (object: Bag): Bag | undefined => typeof object.jsonPayload === 'object' && object.jsonPayload !== null ? object.jsonPayload as Bag : undefined

/** True for an entry of the query log. */
function isQuery(object: Bag): boolean {
  const payload = payloadOf(object)
  return payload !== undefined && 'queryName' in payload && ('queryType' in payload || 'responseCode' in payload)
}

/** The type, which stands before the last tab, in capitals. */
function withUpperType(line: string): string {
  const last = line.lastIndexOf('\t')
  const before = last < 1 ? -1 : line.lastIndexOf('\t', last - 1)
  const type = before === -1 ? '' : line.slice(before + 1, last)
  return /^[a-z0-9-]+$/.test(type) ? line.slice(0, before + 1) + type.toUpperCase() + line.slice(last) : line
}

function finish(draft: Draft, row: Row): void {
  const dns = (draft.dns ??= {})
  const rdata = row.text('jsonPayload.rdata')
  if (rdata !== undefined) {
    const lines = rdata.split('\n', 100)
    // a text that ends in dots was cut in its last record
    if (rdata.endsWith('...')) lines.pop()
    dns.answers = lines.flatMap(line => readRecord(withUpperType(line)) ?? [])
  }
  if (row.get('jsonPayload.authAnswer') === true) {
    dns.header_flags = ['AA']
    dns.answered_from = 'authority'
  }
  const egress = row.text('jsonPayload.egressError')
  if (egress !== undefined) draft.error = { type: 'dns_error', message: egress }
}

export default defineParser({
  id: 'gcp-dns',
  title: 'Google Cloud DNS query log',
  reference: 'https://cloud.google.com/dns/docs/monitoring',
  dataset: 'gcp.dns',
  types: ['dns.response'],
  vantage: 'resolver',
  limits: 'No client port. Long answers are cut by the service: the record it was cut in is left out, and so is what would follow.',
  detect: head => shareOfJson(head, isQuery),
  table: {
    layout: keyedJson({ accept: object => isQuery(object) ? undefined : skip(payloadOf(object) || 'logName' in object ? 'unsupported-record' : 'not-this-format', 'no jsonPayload.queryName') }),
    constant: { type: 'dns.response' },
    also: ['jsonPayload.rdata', 'jsonPayload.authAnswer', 'jsonPayload.egressError'],
    fields: {
      timestamp: time('iso', 'start', { required: true }),
      'jsonPayload.queryName': host('dns.question.name'),
      'jsonPayload.queryType': upper('dns.question.type'),
      'jsonPayload.responseCode': upper('dns.response_code'),
      'jsonPayload.sourceIP': ip('client.ip'),
      'jsonPayload.destinationIP': ip('server.ip'),
      'jsonPayload.protocol': word('network.transport', { udp: 'udp', tcp: 'tcp' }),
      'jsonPayload.serverLatency': duration('duration_ms', 'ms'),
      'resource.labels.location': text('labels.location'),
    },
    reads: ['dns'],
    finish,
  },
  samples: [
    {
      lines: '{"insertId":"1","jsonPayload":{"rdata":"www.example.com.\\t186\\tIN\\tcname\\tweb.cdn.example.net.\\nweb.cdn.example.net.\\t20\\tIN\\ta\\t203.0.113.80\\nweb.cdn.example.net.\\t20\\tIN\\ta\\t203...","responseCode":"NOERROR","queryName":"www.example.com.","sourceIP":"10.132.0.43","protocol":"UDP","queryType":"A","authAnswer":false,"serverLatency":4,"sourceNetwork":"default","vmInstanceId":2838092002611613700,"vmInstanceName":"1.vm"},"resource":{"type":"dns_query","labels":{"target_type":"external","location":"europe-west1","project_id":"example","source_type":"gce-vm"}},"timestamp":"2026-01-05T09:14:07.469213028Z","severity":"INFO","logName":"projects/example/logs/dns.googleapis.com%2Fdns_queries","receiveTimestamp":"2026-01-05T09:14:08.356561793Z"}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447469.213, ts_end_ms: 1767604447473.213, ts_sub_ns: 28, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 4, outcome: 'success', hostname: 'www.example.com', client: { ip: '10.132.0.43' },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, labels: { location: 'europe-west1' },
        dns: {
          type: 'answer', question: { name: 'www.example.com', type: 'A' }, response_code: 'NOERROR', resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 186, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
        },
      }],
    },
    {
      note: 'a public zone',
      lines: [
        '{"jsonPayload":{"authAnswer":true,"protocol":"TCP","queryName":"nx.example.com.","queryType":"AAAA","responseCode":"NXDOMAIN","serverLatency":0,"sourceIP":"2001:db8::54","destinationIP":"2001:db8::53","egressError":""},"resource":{"type":"dns_query","labels":{"location":"global"}},"timestamp":"2026-01-05T09:14:08Z"}',
        '{"jsonPayload":{"message":"other"},"logName":"projects/example/logs/other"}',
      ],
      events: [{
        type: 'dns.response', ts_ms: 1767604448000, ts_end_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 0, outcome: 'failure', hostname: 'nx.example.com', client: { ip: '2001:db8::54' }, server: { ip: '2001:db8::53' },
        network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' }, labels: { location: 'global' },
        dns: { type: 'answer', header_flags: ['AA'], question: { name: 'nx.example.com', type: 'AAAA' }, response_code: 'NXDOMAIN', answered_from: 'authority' },
      }],
      skipped: { 'unsupported-record': 1 },
    },
  ],
})
