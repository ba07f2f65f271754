// envelopes: what each peels, what it leaves alone, and what damage becomes
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Clock } from '../src/read/clock.js'
import { HELD, MERGED, type Outer } from '../src/read/parser.js'
import { NESTED_WRAPPERS, WRAPPERS, type PeelResult, type Wrapper } from '../src/read/wrappers.js'

const wrapper = (id: string): Wrapper => [...WRAPPERS, ...NESTED_WRAPPERS].find(one => one.id === id)!
const clock = () => new Clock({ year: 2026 })
const at = (time: string): number => Date.parse(time)

const factsOf = (outer: Outer) => Object.fromEntries(['ms', 'res_ms', 'zone', 'host', 'program', 'pid', 'level'].flatMap(key => {
  const value = outer[key as keyof Outer]
  return value === undefined ? [] : [[key, value]]
}))

type Plain = { text: string, outer?: Record<string, unknown>, line?: number } | { skip: string, line?: number } | 'held' | 'merged' | { texts: Plain[], self: unknown }

function plain(result: PeelResult): Plain {
  if (result === HELD) return 'held'
  if (result === MERGED) return 'merged'
  if ('skip' in result) return { skip: result.skip, ...('line' in result ? { line: result.line as number } : {}) }
  if ('texts' in result) return { texts: result.texts.map(plain), self: result.self === 'text' ? 'text' : plain(result.self) }
  const outer = factsOf(result.outer)
  return { text: result.text, ...(Object.keys(outer).length > 0 ? { outer } : {}), ...(result.line === undefined ? {} : { line: result.line }) }
}

function peelAll(id: string, lines: readonly string[], on = clock()): Plain[] {
  const peeler = wrapper(id).open(on)
  const results = lines.map((line, index) => plain(peeler.line(line, index + 1)))
  const rest = peeler.end?.() ?? []
  return rest.length === 0 ? results : [...results, { texts: rest.map(plain), self: 'end' }]
}

const peelOne = (id: string, line: string, on = clock()): Plain => peelAll(id, [line], on)[0]!

const SYSLOG: [string, string, Record<string, unknown>][] = [
  ['<134>Nov 22 07:47:27 lb1 haproxy[123]: 192.0.2.1:4242 [22/Nov', '192.0.2.1:4242 [22/Nov', { ms: at('2026-11-22T07:47:27Z'), res_ms: 1000, host: 'lb1', program: 'haproxy', pid: 123, level: 'info' }],
  ['<134>Nov 22 07:47:27 haproxy[123]: text', 'text', { ms: at('2026-11-22T07:47:27Z'), res_ms: 1000, program: 'haproxy', pid: 123, level: 'info' }],
  ['<190>Nov 22 07:47:27 nginx: 192.0.2.1 - -', '192.0.2.1 - -', { ms: at('2026-11-22T07:47:27Z'), res_ms: 1000, program: 'nginx', level: 'info' }],
  ['<27>named[12]: client', 'client', { program: 'named', pid: 12, level: 'err' }],
  ['Nov  2 07:47:26 dnsmasq[14208]: 4 192.0.2.1/46942 query[A] www.example.com from 192.0.2.1', '4 192.0.2.1/46942 query[A] www.example.com from 192.0.2.1', { ms: at('2026-11-02T07:47:26Z'), res_ms: 1000, program: 'dnsmasq', pid: 14208 }],
  ['Nov 22 07:47:26 router dnsmasq-dhcp[1]: DHCPACK', 'DHCPACK', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, host: 'router', program: 'dnsmasq-dhcp', pid: 1 }],
  ['Nov 22 07:47:26 ns1 unbound: [123:0] info: 192.0.2.1 www.example.com. A IN', '[123:0] info: 192.0.2.1 www.example.com. A IN', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, host: 'ns1', program: 'unbound' }],
  ['Nov 22 07:47:26 unbound: [123:0] info: start', '[123:0] info: start', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, program: 'unbound' }],
  ['Nov 22 2025 07:47:26.125 ns1 named[12]: text', 'text', { ms: at('2025-11-22T07:47:26.125Z'), res_ms: 1, host: 'ns1', program: 'named', pid: 12 }],
  ['Sun Nov 22 07:47:26 2026 daemon.info dnsmasq[1]: 1 query', '1 query', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, program: 'dnsmasq', pid: 1, level: 'info' }],
  ['Nov 22 07:47:26 box daemon.warn dnsmasq[1]: text', 'text', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, host: 'box', program: 'dnsmasq', pid: 1, level: 'warn' }],
  ['2026-11-22T07:47:27.388683+08:00 lb1 haproxy[14266]:  192.0.2.1:4242', '192.0.2.1:4242', { ms: at('2026-11-21T23:47:27.388Z') + 0.683, res_ms: 0.001, zone: '+08:00', host: 'lb1', program: 'haproxy', pid: 14266 }],
  ['2026-11-22T07:47:27+0000 ns1 kernel: text', 'text', { ms: at('2026-11-22T07:47:27Z'), res_ms: 1000, zone: '+0000', host: 'ns1', program: 'kernel' }],
  ['<134>2026-11-22T07:47:27Z cache-lhr1234 edge[123]: {"a":1}', '{"a":1}', { ms: at('2026-11-22T07:47:27Z'), res_ms: 1000, zone: 'UTC', host: 'cache-lhr1234', program: 'edge', pid: 123, level: 'info' }],
  ['2026-11-22T07:47:27.388683+00:00 192.0.2.1  {"a":1}', '{"a":1}', { ms: at('2026-11-22T07:47:27.388Z') + 0.683, res_ms: 0.001, zone: '+00:00', host: '192.0.2.1' }],
  ['Sun 2026-11-22 07:47:26 UTC ns1 named[12]: text', 'text', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, zone: 'UTC', host: 'ns1', program: 'named', pid: 12 }],
  ['1795333646.123456 ns1 named[12]: text', 'text', { ms: 1795333646123.456, res_ms: 0.001, host: 'ns1', program: 'named', pid: 12 }],
  ['<34>1 2003-10-11T22:14:15.003Z web.example.com su 12 ID47 [a@32473 k="x ] \\" ]"][b] \ufeffmessage here', undefined as never, {}],
  ['<165>1 2003-10-11T22:14:15.003-07:00 192.0.2.1 edge 8710 - - 192.0.2.1 - -', '192.0.2.1 - -', { ms: at('2003-10-12T05:14:15.003Z'), res_ms: 1, zone: '-07:00', host: '192.0.2.1', program: 'edge', pid: 8710, level: 'notice' }],
  ['<165>1 - - - - - -', '', { level: 'notice' }],
  ['<34>1 2003-10-11T22:14:15.003Z web su - ID47 [a@32473 k="x \\] \\" \\]"][b] \ufeffmessage here', 'message here', { ms: at('2003-10-11T22:14:15.003Z'), res_ms: 1, zone: 'UTC', host: 'web', program: 'su', level: 'crit' }],
]

for (const [line, text, outer] of SYSLOG) {
  if (text === undefined) continue
  test(`syslog peels ${line.slice(0, 60)}`, () => assert.deepEqual(peelOne('syslog', line), { text, ...(Object.keys(outer).length > 0 ? { outer } : {}) }))
}

/** Lines that begin like an envelope and have none. */
const BARE = [
  '22-Nov-2026 07:47:26.493 queries: info: client @0x7f44e98f0098 192.0.2.12#60792 (www.example.com): query: www.example.com IN A +E(0) (192.0.2.53)',
  '2026/11/22 07:47:26 [error] 31#31: *1 connect() failed (111: Connection refused), client: 192.0.2.1',
  '[1795333646] unbound[14207:0] info: 192.0.2.15 www.example.com. A IN',
  'Nov 22 07:47:26 unbound[14207:0] info: 192.0.2.15 www.example.com. A IN',
  '[INFO] 192.0.2.1:50759 - 29008 "A IN example.org. udp 41 false 4096" NOERROR qr,rd,ra,ad 68 0.037990251s',
  '1795333646.123456\tCOpk6E3vkURP8QQNKl\t192.0.2.35\t55281\t203.0.113.7\t80\ttcp',
  '2026-11-22\t07:47:26\tLAX1\t392\t192.0.2.100\tGET\td0000example.cloudfront.net\t/index.html\t200',
  'https 2026-11-22T07:47:26.186641Z app/edge/1 192.0.2.1:44740 198.51.100.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1"',
  '[2026-11-22 07:47:26 UTC] [192.0.2.3:50051] QNAME: www.example.com; QTYPE: A',
  '2026-11-22 07:47:26 192.0.2.1 GET /index.html - 443 - 198.51.100.1 curl/8.0 200 0 0 12',
  '1795333646.899  16867 192.0.2.111 TCP_TUNNEL/200 6256 CONNECT www.example.com:443 - HIER_DIRECT/203.0.113.134 -',
  '192.0.2.1 - - [22/Nov/2026:07:47:26 +0000] "GET / HTTP/1.1" 200 45',
  '[Sun Nov 22 07:47:26.203277 2026] [core:error] [pid 7005:tid 140667133085440] [client 192.0.2.87:14532] AH00126: Invalid URI',
  '[2026-11-22T07:47:27.388Z] "GET / HTTP/1.1" 200 - 0 45 3 2 "-" "curl/8.0"',
  '{"ts":1795333646.357,"id.orig_h":"192.0.2.1","server_name":"www.example.com"}',
  '{"timestamp":"2026-11-22T07:47:27Z","message":"text","client_ip":"192.0.2.1"}',
  '20261122.07h26m53s CONNECT: could not connect to 198.51.100.1 for http://www.example.com/',
  '05-Feb-2026 11:00:57.853 RQ 192.0.2.4:38507 -> 198.51.100.3:22047 TCP 56b www.example.com/IN/NS',
  '; <<>> DiG 9.18.1 <<>> www.example.com',
  '# get https://proxy.example.com/m/@v/list',
  'go: downloading example.com/m v1.0.0',
]

for (const line of BARE) {
  test(`nobody peels ${line.slice(0, 60)}`, () => {
    const peeling = WRAPPERS.filter(one => one.peelHead([line, line]) !== undefined).map(one => one.id)
    // Unbound's own time has the shape of `ts`; detection asks for the bare line first.
    assert.deepEqual(peeling, line.startsWith('Nov 22') ? ['stamp'] : [])
    const skipped = peelOne('syslog', line)
    assert.deepEqual(skipped, { skip: 'not-this-format' })
  })
}

test('syslog leaves a stamped Go trace to the stamp wrapper', () => {
  const trace = ['2026-11-22T07:57:46.302536Z # get https://proxy.example.com/m/@v/v1.mod', '2026-11-22T07:57:46.302648Z http2: Transport creating client conn 0xc000', '2026-11-22T07:57:46.4Z go: downloading example.com/m v1.0.0', '2026-11-22T07:57:46.5Z dial tcp: lookup proxy.example.com', '2026-11-22T07:57:46.6Z goroutine 1 [running]:']
  for (const line of trace) assert.deepEqual(peelOne('syslog', line), { skip: 'not-this-format' })
  for (const line of ['Nov 22 07:47:26 http2: Framer 0xc00: wrote SETTINGS', 'Nov 22 07:47:26 go: downloading example.com/m v1.0.0']) assert.deepEqual(peelOne('syslog', line), { skip: 'not-this-format' })
  assert.equal(wrapper('stamp').peelHead(trace)?.lines[0], '# get https://proxy.example.com/m/@v/v1.mod')
})

test('damaged syslog lines are skips, dates that do not exist leave the time out', () => {
  for (const line of ['<999>Nov 22 07:47:27 lb1 haproxy[1]: x', '<134', 'Nov 22 07:4', 'Nov 22 07:47:27 lb1 haproxy[1', 'Nov 22 07:47:27', '2026-11-22T07:47:27+00:00 lb1', '-- MARK --']) assert.deepEqual(peelOne('syslog', line), { skip: 'not-this-format' }, line)
  assert.deepEqual(peelOne('syslog', '   '), { skip: 'blank' })
  assert.deepEqual(peelOne('syslog', 'Feb 31 07:47:27 lb1 haproxy[1]: x'), { text: 'x', outer: { host: 'lb1', program: 'haproxy', pid: 1 } })
  assert.deepEqual(peelOne('syslog', 'Nov 22 07:47:27 lb1 haproxy[1]: x', new Clock({})), { text: 'x', outer: { host: 'lb1', program: 'haproxy', pid: 1 } })
})

test('a stamp that nobody asks for is not noted as assumed', () => {
  const on = new Clock({})
  const peeled = wrapper('syslog').open(on).line('Nov 22 07:47:27 lb1 haproxy[1]: x', 1)
  assert.equal(on.notes.undatedNoYear, false)
  assert.ok(typeof peeled === 'object' && 'text' in peeled && peeled.outer.ms === undefined)
  assert.equal(on.notes.undatedNoYear, true)
})

test('the head of a syslog file gives texts and the program', () => {
  assert.deepEqual(wrapper('syslog').peelHead(['Nov 22 07:47:27 ns1 named[1]: a', '', 'Nov 22 07:47:27 ns1 named[1]: b', 'Nov 22 07:47:27 ns1 cron[1]: c']), { lines: ['a', 'b', 'c'], program: 'named' })
  assert.equal(wrapper('syslog').peelHead(['Nov 22 07:47:27 ns1 named[1]: a', 'x', 'y']), undefined)
})

const STAMPS: [string, string, Record<string, unknown>][] = [
  ['2026-11-22T07:57:49.294982Z # get https://a.example/', '# get https://a.example/', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.294982Z ', '', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.294982Z', '', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.294982Z   indented', '  indented', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.2949820Z go: x', 'go: x', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.294982123Z x', 'x', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['2026-11-22T07:57:49.294982+08:00 x', 'x', { ms: at('2026-11-21T23:57:49.294Z') + 0.982, res_ms: 0.001, zone: '+08:00' }],
  ['2026-11-22T07:57:49.294982 x', 'x', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['Nov 22 07:47:26 # get https://a.example/', '# get https://a.example/', { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000 }],
  ['00:00:01 x', 'x', { ms: 5000, res_ms: 1000 }],
  ['00:00:01.500000 x', 'x', { ms: 5500, res_ms: 0.001 }],
  ['1795333646.123456 x', 'x', { ms: 1795333646123.456, res_ms: 0.001 }],
  ['[2026-11-22T07:57:49.294Z] x', 'x', { ms: at('2026-11-22T07:57:49.294Z'), res_ms: 1 }],
  ['2026-11-22T07:57:49.294982Z 01O go: x', 'go: x', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
  ['build\tRun go mod download\t2026-11-22T07:57:49.2949820Z go: x', 'go: x', { ms: at('2026-11-22T07:57:49.294Z') + 0.982, res_ms: 0.001 }],
]

for (const [line, text, outer] of STAMPS) {
  test(`stamp peels ${line}`, () => assert.deepEqual(peelOne('stamp', line, new Clock({ year: 2026, anchorMs: 4000 })), { text, outer }))
}

test('stamp takes no head that has it in less than four lines of five, nor one that syslog or CRI explain', () => {
  const stamped = '2026-11-22T07:57:49.294982Z x'
  assert.deepEqual(wrapper('stamp').peelHead([stamped, stamped, stamped, stamped, 'x', ''])?.lines.length, 4)
  assert.equal(wrapper('stamp').peelHead([stamped, stamped, stamped, 'x']), undefined)
  assert.equal(wrapper('stamp').peelHead(['Nov 22 07:47:27 ns1 named[1]: a']), undefined)
  assert.equal(wrapper('stamp').peelHead(['2026-11-22T07:47:27.388683123Z stdout F x']), undefined)
  for (const line of ['x', '2026-11-22T07:57:4', '2026-11-22T07:57:49Zx', '2026-11-22T07:57:49.2\tx']) assert.deepEqual(peelOne('stamp', line), { skip: 'not-this-format' })
})

test('docker: whole lines, parts of interleaved streams, the file’s last part, damage', () => {
  const line = (log: string, stream: string, second: number) => JSON.stringify({ log, stream, time: `2026-11-22T07:47:0${second}.5Z` })
  const outer = (second: number) => ({ ms: at(`2026-11-22T07:47:0${second}.5Z`), res_ms: 100 })
  assert.deepEqual(peelAll('docker-json', [line('a\n', 'stdout', 1), line('b1', 'stdout', 2), line('c1', 'stderr', 3), line('b2', 'stdout', 4), line('c2\r\n', 'stderr', 5), line('b3\n', 'stdout', 6), '{"log":"x', '{"msg":"y"}', '', line('d', 'stdout', 7)]), [
    { text: 'a', outer: outer(1) }, 'held', 'held', 'merged',
    { text: 'c1c2', outer: outer(3), line: 3 }, { text: 'b1b2b3', outer: outer(2), line: 2 },
    { skip: 'invalid-json' }, { skip: 'not-this-format' }, { skip: 'blank' }, 'held',
    { texts: [{ text: 'd', outer: outer(7), line: 10 }], self: 'end' },
  ])
})

test('docker: parts beyond 1 MiB are refused, and what follows is read', () => {
  const line = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-11-22T07:47:01Z' })
  const part = line('x'.repeat(600_000))
  assert.deepEqual(peelAll('docker-json', [part, part, part, line('end\n'), line('a\n')]), [
    'held', { texts: [{ skip: 'too-long', line: 1 }], self: { skip: 'too-long' } }, { skip: 'too-long' }, { skip: 'too-long' },
    { text: 'a', outer: { ms: at('2026-11-22T07:47:01Z'), res_ms: 1000 } },
  ])
})

test('CRI: F and P, per stream', () => {
  assert.deepEqual(peelAll('cri', ['2026-11-22T07:47:27.388683123Z stdout F a b', '2026-11-22T07:47:27+01:00 stdout P one ', '2026-11-22T07:47:28+01:00 stderr F err', '2026-11-22T07:47:29+01:00 stdout F two', '2026-11-22T07:47:29Z stdout F', '2026-11-22T07:47:29Z stdout X a', '2026-11-22T07:47:29Z stdin F a', 'x']), [
    { text: 'a b', outer: { ms: at('2026-11-22T07:47:27.388Z') + 0.683, res_ms: 0.001, zone: 'UTC' } },
    'held',
    { text: 'err', outer: { ms: at('2026-11-22T06:47:28Z'), res_ms: 1000, zone: '+01:00' } },
    { text: 'one two', outer: { ms: at('2026-11-22T06:47:27Z'), res_ms: 1000, zone: '+01:00' }, line: 2 },
    { text: '', outer: { ms: at('2026-11-22T07:47:29Z'), res_ms: 1000, zone: 'UTC' } },
    { skip: 'not-this-format' }, { skip: 'not-this-format' }, { skip: 'not-this-format' },
  ])
})

const ENTRY = { __REALTIME_TIMESTAMP: '1795333646123456', _HOSTNAME: 'ns1', SYSLOG_IDENTIFIER: 'dnsmasq', _PID: '12', PRIORITY: '6' }
const ENTRY_OUTER = { ms: 1795333646123.456, res_ms: 0.001, host: 'ns1', program: 'dnsmasq', pid: 12, level: 'info' }

test('journal objects: text, bytes, several lines, none', () => {
  const line = (message: unknown) => JSON.stringify({ ...ENTRY, MESSAGE: message })
  assert.deepEqual(peelAll('journald', [line('query[A] www.example.com from 192.0.2.1'), line([104, 105]), line('a\nb\n'), line(null), JSON.stringify(ENTRY), line('x').slice(0, -5), '{"a":1}', `\x1e${line('y')}`]), [
    { text: 'query[A] www.example.com from 192.0.2.1', outer: ENTRY_OUTER },
    { text: 'hi', outer: ENTRY_OUTER },
    { texts: [{ text: 'a', outer: ENTRY_OUTER }, { text: 'b', outer: ENTRY_OUTER }], self: 'text' },
    { skip: 'incomplete' }, { skip: 'not-an-event' }, { skip: 'invalid-json' }, { skip: 'not-this-format' },
    { text: 'y', outer: ENTRY_OUTER },
  ])
})

const EXPORT = ['__CURSOR=s=1', '__REALTIME_TIMESTAMP=1795333646123456', 'PRIORITY=6', 'MESSAGE=first', '_HOSTNAME=ns1', 'SYSLOG_IDENTIFIER=dnsmasq', '_PID=12', '']

test('journal export: the MESSAGE line is the line of the entry', () => {
  const field = { skip: 'not-an-event' }
  assert.deepEqual(peelAll('journald', [...EXPORT, ...EXPORT.slice(0, -1)]), [
    field, field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 4 }], self: { skip: 'blank' } },
    field, field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 12 }], self: 'end' },
  ])
  assert.deepEqual(wrapper('journald').peelHead(EXPORT), { lines: ['first'], program: 'dnsmasq' })
})

test('journal export: binary values, and those that the input refused', () => {
  const binary = (text: string) => `${String.fromCharCode(Buffer.byteLength(text), 0, 0, 0, 0, 0, 0, 0)}${text}`
  const entry = (...message: string[]) => [...EXPORT.slice(0, 3), ...message, ...EXPORT.slice(4)]
  const fates = (lines: string[]) => peelAll('journald', lines).slice(3)
  const field = { skip: 'not-an-event' }
  const done = (text: string) => ({ texts: text.split('\n').map(one => ({ text: one, outer: ENTRY_OUTER, line: 4 })), self: { skip: 'blank' } })
  assert.deepEqual(fates(entry('MESSAGE', ...binary('a\n\nb').split('\n'))), ['held', 'merged', 'merged', 'merged', field, field, field, done('a\n\nb')])
  assert.deepEqual(fates(entry('MESSAGE', ...binary('ten chars!').split('\n'))), ['held', 'merged', 'merged', field, field, field, done('ten chars!')])
  assert.deepEqual(fates(entry('MESSAGE')), ['held', { texts: [{ skip: 'incomplete', line: 4 }], self: field }, field, field, { skip: 'blank' }])
  assert.deepEqual(fates(entry('COREDUMP', binary('xy'), 'MESSAGE=first')), [field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 6 }], self: { skip: 'blank' } }])
  assert.deepEqual(fates([...EXPORT.slice(0, 3), 'MESSAGE', '', ...EXPORT]).slice(0, 3), ['held', 'merged', { texts: [{ skip: 'incomplete', line: 4 }], self: field }])
})

test('CloudWatch: subscriptions, API events, aws logs tail', () => {
  const event = (timestamp: number, message: string) => ({ id: '1', timestamp, message })
  const envelope = (...logEvents: unknown[]) => JSON.stringify({ messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', logStream: 's', subscriptionFilters: [], logEvents })
  const outer = { ms: 1000, res_ms: 1 }
  assert.deepEqual(peelAll('cloudwatch', [
    envelope(event(1000, 'a'), event(1000, 'b\nc\n')), envelope(event(1000, 'a')), envelope(event(1000, 'a')) + envelope(event(1000, 'b')),
    envelope(), '{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","timestamp":1000}]}', envelope(event(1000, 'a')).slice(0, -3),
    JSON.stringify({ timestamp: 1000, message: 'm', ingestionTime: 1001 }), '{"timestamp":1000,"message":"m"}',
    '2026-11-22T07:47:27.123000+00:00 2026/11/22/[$LATEST]abc # get https://a.example/', '2026-11-22T07:47:27.123Z m', '',
  ]), [
    { texts: [{ text: 'a', outer }, { text: 'b', outer }, { text: 'c', outer }], self: 'text' },
    { text: 'a', outer },
    { texts: [{ text: 'a', outer }, { text: 'b', outer }], self: 'text' },
    { skip: 'not-an-event' }, { skip: 'not-an-event' }, { skip: 'invalid-json' },
    { text: 'm', outer }, { skip: 'not-this-format' },
    { text: '# get https://a.example/', outer: { ms: at('2026-11-22T07:47:27.123Z'), res_ms: 0.001, zone: '+00:00' } },
    { skip: 'not-this-format' }, { skip: 'blank' },
  ])
  assert.equal(wrapper('cloudwatch').peelHead(['2026-11-22T07:47:27.388683+00:00 lb1 haproxy[1]: x']), undefined)
})

test('records on one line keep their text', () => {
  assert.deepEqual(peelAll('records', ['{"records":[{"n":1795333646123456789},{"s":"}]\\""}]}', '{"Records": [ {"a":[{}]} ]}', '[{"a":1},{"b":2}]', '{"logs":[]}', '[]', '{"a":1}', '[1795333646] unbound[1:0] info: x', '[1,2]', '']), [
    { texts: [{ text: '{"n":1795333646123456789}' }, { text: '{"s":"}]\\""}' }], self: 'text' },
    { text: '{"a":[{}]}' },
    { texts: [{ text: '{"a":1}' }, { text: '{"b":2}' }], self: 'text' },
    { skip: 'header' }, { skip: 'header' }, { text: '{"a":1}' }, { skip: 'not-this-format' }, { skip: 'not-this-format' }, { skip: 'blank' },
  ])
  assert.equal(wrapper('records').peelHead(['{"a":1}', '{"records":"none"}']), undefined)
  assert.deepEqual(wrapper('records').peelHead(['{"records":[{"a":1}]}']), { lines: ['{"a":1}'] })
})

const pretty = (value: unknown): string[] => JSON.stringify(value, null, 2).split('\n')

test('records over many lines: array, envelope, objects one after the other', () => {
  const header = { skip: 'header' }
  assert.deepEqual(peelAll('records', pretty([{ a: 1 }, { b: { c: ['{', '}'] } }])), [
    header, 'held', 'merged', { text: '{"a": 1}', line: 2 }, 'held', 'merged', 'merged', 'merged', 'merged', 'merged', 'merged', { text: '{"b": {"c": ["{","}"]}}', line: 5 }, header,
  ])
  assert.deepEqual(peelAll('records', pretty({ records: [{ a: 1 }], next: { link: ['x', { y: [{ z: 1 }] }] } })).slice(0, 6), [
    'held', { texts: [{ skip: 'header', line: 1 }], self: header }, 'held', 'merged', { text: '{"a": 1}', line: 3 }, header,
  ])
  assert.deepEqual(peelAll('records', [...pretty({ a: 1 }), ...pretty({ b: 2 })]), ['held', 'merged', { text: '{"a": 1}', line: 1 }, 'held', 'merged', { text: '{"b": 2}', line: 4 }])
  assert.deepEqual(peelAll('records', ['[', '{"a":1},', ',{"a":2}', ']']), [header, { text: '{"a":1}' }, { text: '{"a":2}' }, header])
  assert.deepEqual(peelAll('records', ['[{', '"a":1', '}, {', '"a":2', '}, {"c":1}, {', '"d":1}]']), [
    'held', 'merged', { texts: [{ text: '{"a":1}', line: 1 }], self: 'held' }, 'merged',
    { texts: [{ text: '{"a":2}', line: 3 }], self: 'held' }, { texts: [{ text: '{"c":1}', line: 5 }, { text: '{"d":1}', line: 5 }], self: 'merged' },
  ])
})

test('records: a cut element does not swallow the next', () => {
  const lines = ['[', '  {', '    "a": {', '  {', '    "a": 2', '  },', '  {', '    "a": 3', '  }', ']']
  assert.deepEqual(peelAll('records', lines), [
    { skip: 'header' }, 'held', 'merged', { texts: [{ skip: 'malformed', line: 2 }], self: 'held' }, 'merged', { text: '{"a": 2}', line: 4 },
    'held', 'merged', { text: '{"a": 3}', line: 7 }, { skip: 'header' },
  ])
  assert.deepEqual(peelAll('records', ['{"records":[{"a":1},{"b', '{"records":[{"a":2}]}', '{"records":[{"a":3']), [
    'held', { texts: [{ text: '{"a":1}', line: 1 }, { text: '{"a":2}' }], self: 'text' }, 'held', { texts: [{ skip: 'incomplete', line: 3 }], self: 'end' },
  ])
  assert.deepEqual(peelAll('records', ['[', '  {', `    "a": "${'x'.repeat(2 ** 20)}",`, '    "b": 1', '  },', '  {', '    "a": 1', '  }', ']']), [
    { skip: 'header' }, 'held', { texts: [{ skip: 'too-long', line: 2 }], self: { skip: 'too-long' } }, { skip: 'too-long' }, { skip: 'too-long' },
    'held', 'merged', { text: '{"a": 1}', line: 6 }, { skip: 'header' },
  ])
})

test('records: a head shorter than its first element is closed for detection', () => {
  assert.deepEqual(wrapper('records').peelHead(['[', '  {', '    "_index": "packets",', '    "_source": {', '      "layers": {', '        "frame": [', '          "1"', '        ],']), { lines: ['{"_index": "packets","_source": {"layers": {"frame": ["1"]}}}'] })
  assert.deepEqual(wrapper('records').peelHead(pretty([{ a: 1 }, { a: 2 }]).slice(0, -3)), { lines: ['{"a": 1}'] })
})

test('compose and pod prefixes', () => {
  assert.deepEqual(peelOne('compose', 'web-1  | {"a":1}'), { text: '{"a":1}', outer: { program: 'web-1' } })
  assert.deepEqual(peelOne('compose', 'web-1  | 2026-11-22T07:47:27.5Z {"a":1}'), { text: '{"a":1}', outer: { program: 'web-1', ms: at('2026-11-22T07:47:27.5Z'), res_ms: 100 } })
  assert.deepEqual(peelOne('compose', '[pod/web-7d4b/nginx] 192.0.2.1 - -'), { text: '192.0.2.1 - -', outer: { host: 'web-7d4b', program: 'nginx' } })
  for (const line of ['a b | c', '| c', '1795330997.955283||192.0.2.7||192.0.2.54||IN||www.example.com.||A||192.0.2.80||5||1']) assert.deepEqual(peelOne('compose', line), { skip: 'not-this-format' })
})

test('envelopes in envelopes', () => {
  const syslog = 'Nov 22 07:47:26 ns1 named[12]: text'
  const outer = { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, host: 'ns1', program: 'named', pid: 12 }
  const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-11-22T07:47:27Z' })
  assert.deepEqual(peelAll('docker-json-syslog', [docker(`${syslog}\n`), docker('Nov 22 07:47:26 ns1'), docker(' named[12]: text\n'), docker('x\n'), docker('x'), docker('y\n')], new Clock({})), [
    { text: 'text', outer }, 'held', { texts: [{ text: 'text', outer, line: 2 }], self: 'merged' }, { skip: 'not-this-format' },
    'held', { texts: [{ skip: 'not-this-format', line: 5 }], self: 'merged' },
  ])
  const envelope = (...messages: string[]) => JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: messages.map(message => ({ timestamp: 1795333647000, message })) })
  assert.deepEqual(peelAll('cloudwatch-syslog', [envelope(syslog, 'x', syslog), envelope('x', 'y')], new Clock({})), [
    { texts: [{ text: 'text', outer }, { text: 'text', outer }], self: 'text' }, { texts: [], self: { skip: 'not-this-format' } },
  ])
  assert.deepEqual(wrapper('records-cloudwatch').peelHead(pretty({ events: [{ timestamp: 1000, message: 'm', ingestionTime: 1 }] })), { lines: ['m'] })
})

/** Cuts every sample everywhere: nothing throws, and held lines come back. */
test('lines cut anywhere never throw', () => {
  const lines = [...SYSLOG.map(([line]) => line), ...STAMPS.map(([line]) => line), ...BARE, ...EXPORT, ...pretty({ records: [{ a: 1 }] }), '{"log":"a\\n","stream":"stdout","time":"2026-11-22T07:47:27Z"}', '2026-11-22T07:47:27Z stdout P x', 'web-1 | x']
  for (const one of [...WRAPPERS, ...NESTED_WRAPPERS]) {
    const peeler = one.open(new Clock({}))
    const open = new Set<number>()
    let number = 0
    for (const line of lines) {
      for (let cut = 0; cut <= line.length; cut += 3) {
        const result = peeler.line(line.slice(0, cut), ++number)
        const texts = typeof result === 'symbol' || 'skip' in result ? [] : 'texts' in result ? result.texts : [result]
        for (const text of texts) if (text.line !== undefined && text.line !== number) open.delete(text.line)
        if (result === HELD || (typeof result === 'object' && 'self' in result && result.self === HELD)) open.add(number)
      }
    }
    for (const text of peeler.end?.() ?? []) open.delete(text.line!)
    assert.deepEqual([...open], [], one.id)
  }
})

const shared = new URL('../../shared/', import.meta.url).pathname
const sharedDir = [shared, join(process.cwd(), '../shared/')].find(existsSync)
const skipShared = sharedDir === undefined ? 'the shared folder is not here' : false
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(line => line !== '')

/** Formats in the wild that come in an envelope, and which one. */
const ENVELOPED: Record<string, readonly string[]> = {
  haproxy: ['syslog'], envoy: ['cri'], fastly: ['syslog'], 'azure-appservice-http': ['records'], 'azure-cdn': ['records'], 'azure-frontdoor': ['records'],
  'tshark-json': ['records'], caddy: ['compose'],
}

test('lab: rsyslog, dnsmasq, stamped traces and tshark arrays are peeled', { skip: skipShared }, () => {
  const folder = join(sharedDir!, 'lab/scenarios/01-baseline-healthy')
  const haproxy = linesOf(join(folder, 'edge/haproxy.log')).map(line => plain(wrapper('syslog').open(clock()).line(line, 1)))
  assert.ok(haproxy.every(one => typeof one === 'object' && 'text' in one && one.outer?.program === 'haproxy' && one.outer.zone === '+00:00' && typeof one.outer.ms === 'number'))
  const dnsmasq = linesOf(join(folder, 'dns/dnsmasq.log')).map(line => plain(wrapper('syslog').open(clock()).line(line, 1)))
  assert.ok(dnsmasq.every(one => typeof one === 'object' && 'text' in one && one.outer?.program === 'dnsmasq'))
  const tshark = peelAll('records', linesOf(join(folder, 'tls/tshark-clienthello.json')))
  const records = tshark.flatMap(one => (typeof one === 'object' && 'text' in one ? [JSON.parse(one.text) as { _source: unknown }] : []))
  assert.equal(records.length, linesOf(join(folder, 'tls/tshark-clienthello.json')).filter(line => line === '  {').length)
  assert.ok(records.every(record => record._source !== undefined))
})

test('shared: no envelope is seen where there is none', { skip: skipShared }, context => {
  const manifest = linesOf(join(sharedDir!, 'thirdparty/MANIFEST.tsv')).slice(1).map(line => line.split('\t'))
  for (const [format, file] of manifest) {
    const path = join(sharedDir!, 'thirdparty', file!)
    if (!existsSync(path) || file!.endsWith('.bin') || file!.endsWith('.gz')) continue
    const head = readFileSync(path, 'utf8').split('\n').slice(0, 200)
    const seen = WRAPPERS.filter(one => one.peelHead(head) !== undefined).map(one => one.id)
    if (seen.length > 0) context.diagnostic(`${format} ${file}: ${seen.join(' ')}`)
    const allowed = [...(ENVELOPED[format!] ?? []), ...(file!.includes('.json') ? ['records'] : []), ...(format === 'aws-elb' || format === 'aws-alb-connection' ? ['stamp'] : [])]
    assert.deepEqual(seen.filter(id => !allowed.includes(id)), [], `${format} ${file}`)
  }
})

test('shared: which lab logs an envelope claims', { skip: skipShared }, context => {
  const folder = join(sharedDir!, 'lab/scenarios')
  const expected: [RegExp, string[]][] = [[/haproxy\.log$/, ['syslog']], [/dnsmasq\.log$/, ['syslog']], [/stamped\.log$/, ['stamp']], [/tshark-.*\.json$/, ['records']]]
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(log|json|ndjson|tsv|csv|stderr)$/.test(file) || file.includes('_hidden') || file.endsWith('truth.json')) continue
    const head = readFileSync(join(folder, file), 'utf8').split('\n').slice(0, 200)
    const seen = WRAPPERS.filter(one => one.peelHead(head) !== undefined).map(one => one.id)
    if (seen.length > 0) context.diagnostic(`${file}: ${seen.join(' ')}`)
    if (file.includes('curl-')) continue // --trace-time prints the time of day, as `ts -s` does; detection asks for the bare line first
    assert.deepEqual(seen, expected.find(([pattern]) => pattern.test(file))?.[1] ?? [], file)
  }
})
