// captures: what belongs together over several lines, within bounds
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Clock } from '../src/read/clock.js'
import { makeHead } from '../src/read/detect.js'
import { HELD, isOutcome, MERGED, type Draft, type LineReader, type LineResult, type Parser } from '../src/read/parser.js'
import { unescapeHex } from '../src/read/layouts/separated.js'
import { OPEN_MS, OpenEvents } from '../src/read/wire/open-events.js'
import { readChain } from '../src/read/wire/certificate.js'
import { splitRow } from '../src/read/tshark/rows.js'
import tcpdump from '../parsers/tcpdump-dns.js'
import tsharkFields from '../parsers/tshark-fields.js'
import tsharkJson from '../parsers/tshark-json.js'
import suricata from '../parsers/suricata-eve.js'

const open = (parser: Parser): LineReader => parser.open({ path: 'capture', clock: new Clock({}), head: makeHead('capture', []) })
const drafts = (result: LineResult): readonly Draft[] => typeof result === 'symbol' || 'skip' in result ? [] : isOutcome(result) ? result.drafts : [result]

/** All drafts of some lines, those still open at the end last. */
function readAll(parser: Parser, lines: readonly string[]): Draft[] {
  const reader = open(parser)
  const given = lines.flatMap((line, at) => drafts(reader.line(line, at + 1)))
  return [...given, ...(reader.end?.() ?? []).filter((left): left is Draft => !('skip' in left))]
}

const COLUMNS = ['frame.time_epoch', 'ip.src', 'ip.dst', 'tcp.srcport', 'tcp.dstport', 'tcp.stream', 'tls.handshake.type', 'tls.handshake.extensions_server_name', 'tls.handshake.ciphersuite', 'tls.handshake.session_id', 'tls.handshake.version', 'tls.handshake.certificate', 'tls.alert_message.level', 'tls.alert_message.desc'] as const
type Row = Partial<Record<typeof COLUMNS[number], string>>
const HEADER = COLUMNS.join('\t')
const row = (values: Row): string => COLUMNS.map(name => values[name] ?? '').join('\t')
const up: Row = { 'ip.src': '192.0.2.10', 'ip.dst': '203.0.113.7', 'tcp.srcport': '40000', 'tcp.dstport': '443' }
const down: Row = { 'ip.src': '203.0.113.7', 'ip.dst': '192.0.2.10', 'tcp.srcport': '443', 'tcp.dstport': '40000' }
const at = (second: number): string => `${1767604447 + second}.000000000`
const hello = (second: number, more: Row = {}): string => row({ ...up, 'frame.time_epoch': at(second), 'tls.handshake.type': '1', 'tls.handshake.extensions_server_name': 'www.example.com', ...more })

// a self-signed certificate of www.example.com, made for this test
const CERTIFICATE = 'MIIBqzCCAVGgAwIBAgIUTPVxB85e+LZcIHuZ39dlbDscqL8wCgYIKoZIzj0EAwIwGjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29tMB4XDTI2MTEyNDA3MjMzOFoXDTI3MDIyMjA3MjMzOFowGjEYMBYGA1UEAwwPd3d3LmV4YW1wbGUuY29t' +
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0nr6KyaYHn+SYXJjK4OFQbuu9ndQnlZOBELrEuIYLj9QMJoAtSJddg4d65QFe1w8aC3zfOhb92JNBoky/cdCV6N1MHMwHQYDVR0OBBYEFL1d9oqD9otMD2G1YEslMKfEjIk9MB8GA1UdIwQY' +
  'MBaAFL1d9oqD9otMD2G1YEslMKfEjIk9MA8GA1UdEwEB/wQFMAMBAf8wIAYDVR0RBBkwF4IPd3d3LmV4YW1wbGUuY29thwTAAAJQMAoGCCqGSM49BAMCA0gAMEUCIQDV92HpGZH3Gkyoo/rfmUKwqC+BaSdCnHhS1L2ZqCQIBgIgGOueeDSZ' +
  'FFdjl+sG287VeyryfmGhgWnR7fC/Ky3yWNQ='

test('a handshake waits a minute of log time and no longer', () => {
  const reader = open(tsharkFields)
  reader.line(HEADER, 1)
  assert.equal(reader.line(hello(0, { 'tcp.stream': '0' }), 2), HELD)
  assert.equal(reader.line(hello(59, { 'tcp.stream': '1' }), 3), HELD)
  assert.deepEqual(drafts(reader.line(hello(61, { 'tcp.stream': '2' }), 4)).map(draft => draft.line), [2])
  assert.deepEqual((reader.end?.() ?? []).map(left => left.line), [3, 4])
})

test('never more than the limit is kept open, and what was given out is not given again', () => {
  const events = new OpenEvents(2)
  const add = (line: number): void => events.add(`key ${line}`, { draft: { type: 'dns.query' }, line, ms: line, given: false })
  add(1)
  add(2)
  add(3)
  assert.deepEqual(events.expire(3).map(draft => draft.line), [1])
  assert.equal(events.get('key 1'), undefined)
  assert.deepEqual(events.give(events.get('key 2')!).map(draft => draft.line), [2])
  assert.deepEqual(events.give(events.get('key 2')!), [])
  assert.deepEqual(events.expire(OPEN_MS + 10).map(draft => draft.line), [3])
  assert.deepEqual(events.drain(), [])
})

test('without stream numbers a ClientHello after an answered one is a new connection, unless it comes at once', () => {
  const answer = row({ ...down, 'frame.time_epoch': at(0), 'tls.handshake.type': '2', 'tls.handshake.ciphersuite': '0x1301' })
  assert.equal(readAll(tsharkFields, [HEADER, hello(0), answer, hello(1)]).length, 1)
  assert.equal(readAll(tsharkFields, [HEADER, hello(0), answer, hello(30)]).length, 2)
})

test('a capture that begins after the ClientHello still has client and server the right way round', () => {
  const [draft] = readAll(tsharkFields, [HEADER, row({ ...down, 'frame.time_epoch': at(0), 'tls.handshake.type': '2,11', 'tls.handshake.ciphersuite': '0xc02f', 'tls.handshake.version': '0x0303' }), row({ ...down, 'frame.time_epoch': at(0), 'tls.alert_message.level': '2', 'tls.alert_message.desc': '80' })])
  assert.deepEqual([draft?.client, draft?.ts_basis, draft?.tls?.alert, draft?.tls?.alert_from, draft?.tls?.established], [{ ip: '192.0.2.10', port: 40000 }, 'point', 'internal_error', 'server', false])
})

test('the same session id without a certificate is a resumption', () => {
  const session = 'aa:bb:cc'
  const server: Row = { ...down, 'frame.time_epoch': at(0), 'tls.handshake.type': '2', 'tls.handshake.ciphersuite': '0xc02f', 'tls.handshake.version': '0x0303', 'tls.handshake.session_id': session }
  assert.equal(readAll(tsharkFields, [HEADER, hello(0, { 'tls.handshake.session_id': session }), row(server)])[0]?.tls?.resumed, true)
  assert.equal(readAll(tsharkFields, [HEADER, hello(0, { 'tls.handshake.session_id': 'dd' }), row(server)])[0]?.tls?.resumed, undefined)
})

test('a certificate is read from its bytes; one that is cut short is no certificate', () => {
  const hex = Buffer.from(CERTIFICATE, 'base64').toString('hex').replace(/..(?=.)/g, '$&:')
  const [draft] = readAll(tsharkFields, [HEADER, hello(0), row({ ...down, 'frame.time_epoch': at(0), 'tls.handshake.type': '2,11', 'tls.handshake.ciphersuite': '0xc02f', 'tls.handshake.version': '0x0303', 'tls.handshake.certificate': hex })])
  const facts = draft?.tls?.server
  assert.deepEqual([facts?.subject, facts?.issuer, facts?.x509?.alternative_names], ['CN=www.example.com', 'CN=www.example.com', ['www.example.com', '192.0.2.80']])
  assert.deepEqual([facts?.hash?.sha256, facts?.certificate_chain], ['dbac05d654c778eb869b0e6e436dcf1e81414863f97bedadc3f185267b177fb6', ['dbac05d654c778eb869b0e6e436dcf1e81414863f97bedadc3f185267b177fb6']])
  assert.match(facts?.not_before ?? '', /^2026-\d\d-\d\dT/)
  assert.equal(readChain([CERTIFICATE.slice(0, 100)], 'base64'), undefined)
})

test('alerts of certificates stand by themselves, closing a connection does not', () => {
  const alert = (level: string, code: string): string => row({ ...up, 'frame.time_epoch': at(0), 'tls.alert_message.level': level, 'tls.alert_message.desc': code })
  assert.deepEqual(readAll(tsharkFields, [HEADER, alert('1', '0')]), [])
  assert.deepEqual(readAll(tsharkFields, [HEADER, alert('2', '48')]).map(draft => [draft.tls?.alert, draft.tls?.alert_from, draft.client?.port]), [['unknown_ca', 'client', 40000]])
})

test('an error that quotes a packet is not that packet', () => {
  const reader = open(tsharkFields)
  reader.line('ip.src\tip.dst\tudp.srcport\tudp.dstport\tdns.id\tdns.qry.name', 1)
  assert.deepEqual(reader.line('198.51.100.53,192.0.2.10\t192.0.2.10,198.51.100.53\t40000\t53\t0x0001\twww.example.com', 2), { skip: 'not-an-event', detail: 'an error that quotes a packet' })
})

test('an address of another section is no answer', () => {
  const columns = 'dns.flags.response\tdns.qry.name\tdns.qry.type\tdns.flags.rcode\tdns.resp.name\tdns.resp.type\tdns.resp.ttl\tdns.cname\tdns.a'
  const answersOf = (line: string): unknown => readAll(tsharkFields, [columns, line])[0]?.dns?.answers?.map(answer => `${answer.type} ${answer.data} ${answer.ttl}`)
  // owners hang together by the alias; the name server's address does not
  assert.deepEqual(answersOf('1\twww.example.com\t1\t0\twww.example.com,web.example.net,ns.example.net\t5,1,1\t120,60,3600\tweb.example.net\t203.0.113.7,198.51.100.9'), ['CNAME web.example.net 120', 'A 203.0.113.7 60'])
  // a question for HTTPS is not answered by an address
  assert.deepEqual(answersOf('1\twww.example.com\t65\t0\t\t\t\t\t203.0.113.7'), [])
  // more TTLs than records that are known: none of the addresses is sure
  assert.deepEqual(answersOf('1\twww.example.com\t1\t0\t\t\t120,60,3600\t\t203.0.113.7'), [])
})

test('a question asked twice is one, and so is an answer', () => {
  const line = (time: string, more: string): string => `{"timestamp":"2026-01-05T09:14:${time}+0000","flow_id":7,"event_type":"dns","src_ip":"192.0.2.10","src_port":4000,"dest_ip":"198.51.100.53","dest_port":53,"proto":"UDP","dns":{"version":2,"id":1,"rrname":"www.example.com","rrtype":"A",${more}}}`
  const reader = open(suricata)
  assert.equal(reader.line(line('07.000000', '"type":"query"'), 1), HELD)
  assert.equal(reader.line(line('08.000000', '"type":"query"'), 2), MERGED)
  const [event] = drafts(reader.line(line('09.500000', '"type":"answer","rcode":"SERVFAIL"'), 3))
  assert.deepEqual([event?.line, event?.duration_ms, event?.dns?.response_code], [1, 2500, 'SERVFAIL'])
  assert.equal(reader.line(line('09.600000', '"type":"answer","rcode":"SERVFAIL"'), 4), MERGED)
  assert.deepEqual(reader.end?.(), [])
})

test('grouped answers keep their types', () => {
  const [draft] = readAll(suricata, ['{"timestamp":"2026-01-05T09:14:07.000000+0000","event_type":"dns","src_ip":"192.0.2.10","dest_ip":"198.51.100.53","dest_port":53,"dns":{"version":2,"type":"answer","id":1,"rrname":"www.example.com","rrtype":"A","rcode":"NOERROR","grouped":{"A":["203.0.113.7"],"CNAME":["web.example.net"]}}}'])
  assert.deepEqual(draft?.dns?.answers, [{ data: 'web.example.net', type: 'CNAME' }, { data: '203.0.113.7', type: 'A' }])
})

test('a frame of more than 1 MiB is refused and the next one is read', () => {
  const reader = open(tsharkJson)
  const frame = (fill: string): string[] => ['  {', '    "_index": "packets-2026-01-05",', '    "_source": { "layers": { "dns.qry.name": ["www.example.com"], "dns.flags.response": ["0"],', fill, '    } }', '  }']
  const results = [...frame(`"x": "${'y'.repeat(1024 * 1024)}"`), ...frame('"x": "y"')].map((line, index) => reader.line(line, index + 1))
  const refused = results.flatMap(result => typeof result === 'object' && isOutcome(result) ? result.released ?? [] : [])
  assert.deepEqual(refused.map(held => [held.line, 'skip' in held && held.skip]), [[1, 'malformed']])
  assert.deepEqual((reader.end?.() ?? []).map(left => left.line), [7])
})

test('a time of day gives a duration though it gives no date', () => {
  const [draft] = readAll(tcpdump, ['09:14:07.000000 IP 192.0.2.10.4000 > 198.51.100.53.53: 7+ A? www.example.com. (33)', '09:14:07.250000 IP 198.51.100.53.53 > 192.0.2.10.4000: 7 1/0/0 A 203.0.113.7 (49)'])
  assert.deepEqual([draft?.ts_ms, draft?.duration_ms, draft?.dns?.question?.name], [undefined, 250, 'www.example.com.'])
})

test('quotes hide the separator, and an open one hides nothing', () => {
  assert.deepEqual(splitRow('"a,b",c,,"d"', ','), ['a,b', 'c', '', 'd'])
  assert.deepEqual(splitRow("'a,b',c", ','), ['a,b', 'c'])
  assert.deepEqual(splitRow('"a,b,c', ','), ['"a', 'b', 'c'])
})

test('Zeek’s escapes are bytes of UTF-8 where they are', () => {
  assert.deepEqual(['caf\\xc3\\xa9', 'a\\\\b', '\\xff', 'a\\x2cb'].map(text => unescapeHex(text)), ['café', 'a\\b', 'ÿ', 'a,b'])
  assert.equal(unescapeHex('one\\x2c two', true), 'one\\x2c two')
})
