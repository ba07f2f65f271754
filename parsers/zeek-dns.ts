// Zeek dns.log: one line a DNS question and its reply seen on the wire; TSV and JSON.
import { defineParser } from '../src/read/define.js'
import { duration, text, word } from '../src/read/field.js'
import { zeekLog } from '../src/read/layouts/zeek.js'
import type { Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { dnsClassName, dnsTypeName, opcodeName, printableName, rcodeName } from '../src/read/vocabulary/dns.js'
import { detectZeek, settleTick, vectorOf, zeekConnection, zeekFills, zeekLines } from '../src/read/zeek/connection.js'
import { zipAnswers } from '../src/read/zeek/dns-answers.js'

const numberOf = (row: Row, name: string): number | undefined => {
  const raw = row.get(name)
  const value = typeof raw === 'string' ? Number(raw) : raw
  return typeof value === 'number' && value >= 0 && value <= 65535 && Number.isInteger(value) ? value : undefined
}

const FLAGS = ['AA', 'TC', 'RD', 'RA']

const isTrue = (row: Row, name: string): boolean => {
  const value = row.get(name)
  return value === true || value === 'T' || value === 'true'
}

/** NetBIOS reuses type numbers of DNS for its own types, so on its port the name counts. */
function questionType(row: Row, isNetbios: boolean): string | undefined {
  const code = numberOf(row, 'qtype')
  return code === undefined || isNetbios ? row.text('qtype_name') : dnsTypeName(code)
}

function flagsOf(row: Row): string[] {
  const flags = FLAGS.filter(flag => isTrue(row, flag))
  const reserved = numberOf(row, 'Z') ?? 0 // the three bits after RA, of which two are AD and CD
  if (reserved & 2) flags.push('AD')
  if (reserved & 1) flags.push('CD')
  return flags
}

/** A reply seen alone makes its sender the originator; between two ports 53 nothing tells who asked, and multicast answers nobody in particular. */
function settleEnds(draft: Draft): void {
  const { client, server } = draft
  if (client?.port === 5353 && server?.port === 5353) {
    draft.server = client
    draft.client = undefined
  } else if (client?.port === 53 && server?.port === 53) {
    draft.client = undefined
    draft.server = undefined
  } else if (client?.port === 53) {
    draft.client = server
    draft.server = client
  }
}

function finish(draft: Draft, row: Row): void {
  settleTick(draft, row)
  const dns = (draft.dns ??= {})
  const port = draft.server?.port
  const type = questionType(row, port === 137)
  const dnsClass = numberOf(row, 'qclass')
  const { question } = dns
  if (question?.name !== undefined) question.name = printableName(question.name)
  if (type !== undefined) (dns.question ??= {}).type = type
  // multicast DNS puts a flag of its own into the class
  if (dnsClass !== undefined) (dns.question ??= {}).class = dnsClassName(port === 5353 ? dnsClass & 0x7fff : dnsClass)
  const opcode = numberOf(row, 'opcode')
  if (opcode !== undefined) dns.op_code = opcodeName(opcode)
  dns.header_flags = flagsOf(row)
  const code = numberOf(row, 'rcode')
  const response = code === undefined ? row.text('rcode_name')?.toUpperCase() : rcodeName(code)
  if (response === undefined) return
  draft.type = 'dns.response'
  dns.response_code = response
  dns.answers = zipAnswers(vectorOf(row.get('answers')), vectorOf(row.get('TTLs')), type)
  if (type !== undefined) return
  // only the reply was seen: addresses of one family say what was asked for
  const families = new Set(dns.answers.map(answer => answer.type).filter(answer => answer === 'A' || answer === 'AAAA'))
  if (families.size === 1) (dns.question ??= {}).type = [...families][0]!
  settleEnds(draft)
  if (draft.ts_ms !== undefined && draft.duration_ms === undefined) draft.ts_basis = 'end' // the moment of a reply whose question was not seen
}

const FIELDS = 'ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\ttrans_id\trtt\tquery\tqclass\tqclass_name\tqtype\tqtype_name\trcode\trcode_name\tAA\tTC\tRD\tRA\tZ\tanswers\tTTLs\trejected\topcode\topcode_name'

export default defineParser({
  id: 'zeek-dns',
  title: 'Zeek dns.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/logs/dns.html',
  dataset: 'zeek.dns',
  types: ['dns.query', 'dns.response'],
  vantage: 'wire',
  limits: 'Answers carry no owner and no type: the type is worked out from the data. Data of HTTPS and SVCB records is not logged. Names are in lower case.',
  detect: head => detectZeek(head, 'dns', ['trans_id', 'proto']),
  table: {
    layout: zeekLog(),
    constant: { type: 'dns.query' },
    also: ['qclass', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'AA', 'TC', 'RD', 'RA', 'Z', 'answers', 'TTLs', 'opcode'],
    fields: {
      ...zeekConnection,
      proto: word('network.transport', { tcp: 'tcp', udp: 'udp' }),
      trans_id: text('dns.id'),
      rtt: duration('duration_ms', 's'),
      query: text('dns.question.name'),
    },
    reads: ['dns', 'client', 'server'],
    brief: {
      lines: zeekLines,
      time: { cells: ['ts'], marks: 'start' },
      seconds: 'rtt',
      ttls: { cell: 'TTLs', of: 'answers' },
      // without a type only the reply was seen, and who asked whom is then worked out from the ports
      needs: ['qtype'],
      who: 'id.orig_h',
      what: { cells: ['query', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'answers', 'id.resp_p'], gives: ['hostname', 'ts_basis', 'ts_res_ms', 'outcome', 'dns.question.name', 'dns.question.type', 'dns.response_code', 'dns.resolved_ip', 'dns.type'] },
      others: [
        { cells: ['id.resp_h'], gives: ['server.ip'] }, { cells: ['proto'], gives: ['network.transport', 'network.protocol'] }, { cells: ['AA', 'TC', 'RD', 'RA', 'Z'], gives: ['dns.header_flags'] },
        { cells: ['query', 'qtype', 'qtype_name', 'rcode', 'rcode_name', 'answers', 'id.resp_p', 'TTLs'], gives: ['dns.answers', 'dns.min_ttl_s'] }, { cells: ['opcode'], gives: ['dns.op_code'] }, { cells: ['qclass', 'id.resp_p'], gives: ['dns.question.class'] },
      ],
      texts: { uid: { path: 'network.connection_id' }, trans_id: { path: 'dns.id' }, 'id.orig_p': { path: 'client.port', upTo: 65535 }, 'id.resp_p': { path: 'server.port', upTo: 65535 } },
      ignored: ['community_id', 'qclass', 'AA', 'TC', 'RD', 'RA', 'Z', 'opcode'],
      fills: [...zeekFills, 'dns', 'outcome'],
    },
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#path\tdns',
        `#fields\t${FIELDS}`,
        '1767604447.371204\tCdA1\t192.0.2.10\t59459\t198.51.100.53\t53\tudp\t19346\t0.000782\twww.example.com\t1\tC_INTERNET\t1\tA\t0\tNOERROR\tF\tF\tT\tT\t0\tweb.cdn.example.net,203.0.113.7\t120.000000,60.000000\tF\t0\tquery',
        '1767604448.000000\tCdA2\t2001:db8::10\t59460\t2001:db8::53\t53\ttcp\t7\t-\ta b.example.com\t1\tC_INTERNET\t65\tHTTPS\t-\t-\tF\tF\tT\tF\t2\t-\t-\tF\t0\tquery',
        '1767604449.000000\tCdA3\t198.51.100.53\t53\t192.0.2.10\t41000\tudp\t8\t-\ttxt.example.com\t-\t-\t-\t-\t0\tNOERROR\tT\tF\tF\tF\t0\tTXT 9 one\\x2c two,RRSIG 16 example.com\t30.000000,-\tF\t0\tquery',
        '1767604450.000000\tCdA4\t192.0.2.10',
        '#close\t2026-01-05-09-15-00',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_end_ms: 1767604447371.986, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 0.782, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 59459 }, server: { ip: '198.51.100.53', port: 53 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: 'CdA1' },
          dns: {
            type: 'answer', id: '19346', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR',
            answers: [{ type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }, { type: 'A', ttl: 60, data: '203.0.113.7' }], resolved_ip: ['203.0.113.7'], min_ttl_s: 60,
          },
        },
        {
          type: 'dns.query', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'a\\032b.example.com',
          client: { ip: '2001:db8::10', port: 59460 }, server: { ip: '2001:db8::53', port: 53 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'dns', connection_id: 'CdA2' },
          dns: { type: 'query', id: '7', op_code: 'QUERY', header_flags: ['RD', 'AD'], question: { name: 'a\\032b.example.com', type: 'HTTPS', class: 'IN' } },
        },
        {
          type: 'dns.response', ts_ms: 1767604449000, ts_basis: 'end', ts_res_ms: 0.001, outcome: 'success', hostname: 'txt.example.com',
          client: { ip: '192.0.2.10', port: 41000 }, server: { ip: '198.51.100.53', port: 53 },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: 'CdA3' },
          dns: {
            type: 'answer', id: '8', op_code: 'QUERY', header_flags: ['AA'], question: { name: 'txt.example.com' }, response_code: 'NOERROR',
            answers: [{ type: 'TXT', ttl: 30, data: 'TXT 9 one, two' }, { type: 'RRSIG', data: 'RRSIG 16 example.com' }], min_ttl_s: 30,
          },
        },
      ],
      skipped: { header: 4, malformed: 1 },
    },
    {
      lines: '{"ts":"2026-01-05T09:14:07.371204Z","uid":"CdB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"198.51.100.53","id.resp_p":53,"proto":"udp","trans_id":9,"query":"nope.example.com","qclass":1,"qtype":28,"qtype_name":"AAAA","rcode":3,"rcode_name":"NXDOMAIN","AA":false,"RD":true,"RA":true,"Z":0,"rejected":false}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'nope.example.com',
        client: { ip: '192.0.2.11', port: 40001 }, server: { ip: '198.51.100.53', port: 53 },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns', connection_id: 'CdB1' },
        dns: { type: 'answer', id: '9', header_flags: ['RD', 'RA'], question: { name: 'nope.example.com', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN' },
      }],
    },
  ],
})
