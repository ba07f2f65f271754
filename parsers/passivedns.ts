// passivedns: one line a DNS record and its last sighting, fields between ||, or JSON.
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { readObject } from '../src/read/layouts/json.js'
import { shareOf, skip, type Draft, type Head, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { readEpoch, readIso, type LocalStamp, type Stamp } from '../src/read/time.js'
import { dnsTypeNumber, printableName } from '../src/read/vocabulary/dns.js'

/** The words an error record has for its answer. */
const RCODES = new Set(['FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'NOTIMPL', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE'])
const CLASSES: Readonly<Record<string, string>> = { IN: 'IN', CH: 'CH', HS: 'HS', CS: 'CLASS2', 'NONE': 'NONE', ANY: 'ANY' }
const FIELDS = /^(\d{9,11}\.\d{6})\|\|([^|]*)\|\|([^|]*)\|\|([A-Z]{2,4})\|\|(.*)$/

interface Sighting { readonly stamp: Stamp | LocalStamp, readonly client: string, readonly server: string, readonly class: string, readonly query: string, readonly type: string, readonly answer: string, readonly ttl: string, readonly transport?: 'tcp' | 'udp' }

function draftOf(sighting: Sighting, context: ParserContext, outer: Outer | undefined): Draft | undefined {
  const { type, answer } = sighting
  if (dnsTypeNumber(type) === undefined || sighting.query === '') return undefined
  const code = RCODES.has(answer.toUpperCase()) ? answer.toUpperCase().replace('NOTIMPL', 'NOTIMP') : undefined
  const ttl = /^\d{1,10}$/.test(sighting.ttl) ? Number(sighting.ttl) : undefined
  const name = printableName(sighting.query)
  const isName = type === 'CNAME' || type === 'PTR' || type === 'NS' || type === 'MX'
  const draft: Draft = {
    type: 'dns.response', client: { ip: sighting.client }, server: { ip: sighting.server, port: 53 },
    ...(sighting.transport === undefined ? {} : { network: { transport: sighting.transport } }),
    dns: {
      // a record's type; what was asked for is another one where the answer is an alias
      question: { name, ...(type === 'CNAME' ? {} : { type }), class: CLASSES[sighting.class] ?? sighting.class },
      response_code: code ?? 'NOERROR',
      answers: code !== undefined || answer === '' ? [] : [{ name, type, ...(ttl === undefined ? {} : { ttl }), data: isName ? printableName(answer).replace(/(?<=.)\.$/, '') : answer }],
    },
  }
  putTime(draft, sighting.stamp, 'point', context, outer)
  return draft
}

/** Answers may hold anything, also the separator, so the two numbers behind them are taken from the end. */
function readText(text: string): Sighting | undefined {
  const match = FIELDS.exec(text)
  const stamp = match ? readEpoch(match[1]!, 's') : undefined
  if (!match || !stamp) return undefined
  const parts = match[5]!.split('||')
  if (parts.length < 5) return undefined
  return { stamp, client: match[2]!, server: match[3]!, class: match[4]!, query: parts[0]!, type: parts[1]!, answer: parts.slice(2, -2).join('||'), ttl: parts.at(-2)! }
}

/** `timestamp_ms` holds microseconds, whatever its name says. */
function readJson(object: Record<string, unknown>): Sighting | undefined {
  const word = (key: string): string => typeof object[key] === 'string' || typeof object[key] === 'number' ? String(object[key]) : ''
  const seconds = word('timestamp_s')
  const stamp = seconds === '' ? readIso(word('timestamp')) : readEpoch(/^\d{1,6}$/.test(word('timestamp_ms')) ? `${seconds}.${word('timestamp_ms').padStart(6, '0')}` : seconds, 's')
  if (!stamp || word('answer') === '' && word('query') === '') return undefined
  const proto = word('proto').toLowerCase()
  return { stamp, client: word('client'), server: word('server'), class: word('class'), query: word('query'), type: word('type'), answer: word('answer'), ttl: word('ttl'), ...(proto === 'tcp' || proto === 'udp' ? { transport: proto } : {}) }
}

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const json = text.startsWith('{') ? readObject(text) : undefined
  if (json && 'skip' in json) return json
  const sighting = json ? readJson(json.object) : readText(text)
  if (!sighting) return json || text.includes('||') ? skip('malformed') : skip('not-this-format')
  return draftOf(sighting, context, outer) ?? skip('malformed', 'record type')
}

function fits(head: Head, line: string, index: number): boolean {
  if (!line.startsWith('{')) return FIELDS.test(line)
  const object = head.json(index)
  return object !== undefined && 'query' in object && 'answer' in object && 'timestamp_s' in object
}

export default defineParser({
  id: 'passivedns',
  title: 'passivedns (fields or JSON)',
  reference: 'https://github.com/gamelinux/passivedns',
  dataset: 'passivedns.log',
  types: ['dns.response'],
  vantage: 'wire',
  limits: 'A record and when it was last seen: one line may stand for many answers, and only the last client is named. Along a chain of aliases each link is a line of its own. The separator must be the default one and the fields the default set.',
  detect: head => shareOf(head, (line, index) => fits(head, line, index), true) >= 0.5 ? 1 : 0,
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      lines: [
        '1767604447.371204||192.0.2.10||198.51.100.53||IN||www.Example.com.||CNAME||web.cdn.example.net.||120||5',
        '1767604447.371204||2001:db8::10||2001:db8::53||IN||web.cdn.example.net.||AAAA||2001:db8::7||60||1',
        '1767604448.000000||192.0.2.10||198.51.100.53||IN||nope.example.com.||A||NXDOMAIN||0||1',
        '1767604449.000000||192.0.2.10||198.51.100.53||IN||txt.example.com.||TXT||a||b||60||1',
        '1767604450.000000||192.0.2.10||198.51.100.53||IN||cut.example.com.||A',
      ],
      events: [
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10' }, server: { ip: '198.51.100.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'www.example.com', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'CNAME', ttl: 120, data: 'web.cdn.example.net' }], min_ttl_s: 120 },
        },
        {
          type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'success', hostname: 'web.cdn.example.net',
          client: { ip: '2001:db8::10' }, server: { ip: '2001:db8::53', port: 53 }, network: { type: 'ipv6', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'web.cdn.example.net', type: 'AAAA', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'web.cdn.example.net', type: 'AAAA', ttl: 60, data: '2001:db8::7' }], resolved_ip: ['2001:db8::7'], min_ttl_s: 60 },
        },
        {
          type: 'dns.response', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'failure', hostname: 'nope.example.com',
          client: { ip: '192.0.2.10' }, server: { ip: '198.51.100.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'nope.example.com', type: 'A', class: 'IN' }, response_code: 'NXDOMAIN' },
        },
        {
          type: 'dns.response', ts_ms: 1767604449000, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'success', hostname: 'txt.example.com',
          client: { ip: '192.0.2.10' }, server: { ip: '198.51.100.53', port: 53 }, network: { type: 'ipv4', protocol: 'dns' },
          dns: { type: 'answer', question: { name: 'txt.example.com', type: 'TXT', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'txt.example.com', type: 'TXT', ttl: 60, data: 'a||b' }], min_ttl_s: 60 },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      lines: '{"timestamp_s":1767604447,"timestamp_ms":371204,"hostname":"sensor","client":"192.0.2.10","server":"198.51.100.53","proto":"udp","class":"IN","query":"www.example.com.","query_len":16,"type":"A","answer":"203.0.113.7","answer_len":11,"ttl":60,"count":1}',
      events: [{
        type: 'dns.response', ts_ms: 1767604447371.204, ts_basis: 'point', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10' }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'answer', question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', answers: [{ name: 'www.example.com', type: 'A', ttl: 60, data: '203.0.113.7' }], resolved_ip: ['203.0.113.7'], min_ttl_s: 60 },
      }],
    },
  ],
})
