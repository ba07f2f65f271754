// peels lines by one envelope, for tests
import { Clock } from '../src/read/clock.js'
import { HELD, MERGED, type Outer } from '../src/read/parser.js'
import { NESTED_WRAPPERS, WRAPPERS, type PeelResult, type Wrapper } from '../src/read/wrappers.js'

export const wrapper = (id: string): Wrapper => [...WRAPPERS, ...NESTED_WRAPPERS].find(one => one.id === id)!
export const clock = () => new Clock({ year: 2026 })
export const at = (time: string): number => Date.parse(time)

export const factsOf = (outer: Outer) => Object.fromEntries(['ms', 'res_ms', 'zone', 'host', 'program', 'pid', 'level'].flatMap(key => {
  const value = outer[key as keyof Outer]
  return value === undefined ? [] : [[key, value]]
}))

export type Plain = { text: string, outer?: Record<string, unknown>, line?: number } | { skip: string, line?: number } | 'held' | 'merged' | { texts: Plain[], self: unknown }

export function plain(result: PeelResult): Plain {
  if (result === HELD) return 'held'
  if (result === MERGED) return 'merged'
  if ('skip' in result) return { skip: result.skip, ...('line' in result ? { line: result.line as number } : {}) }
  if ('texts' in result) return { texts: result.texts.map(plain), self: result.self === 'text' ? 'text' : plain(result.self) }
  const outer = factsOf(result.outer)
  return { text: result.text, ...(Object.keys(outer).length > 0 ? { outer } : {}), ...(result.line === undefined ? {} : { line: result.line }) }
}

export function peelAll(id: string, lines: readonly string[], on = clock()): Plain[] {
  const peeler = wrapper(id).open(on)
  const results = lines.map((line, index) => plain(peeler.line(line, index + 1)))
  const rest = peeler.end?.() ?? []
  return rest.length === 0 ? results : [...results, { texts: rest.map(plain), self: 'end' }]
}

export const peelOne = (id: string, line: string, on = clock()): Plain => peelAll(id, [line], on)[0]!

/** Lines, and what is told of them. */
export const SYSLOG: [string, string, Record<string, unknown>][] = [
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

/** Lines, and what is told of them. */
export const BARE = [
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

/** Lines, and what is told of them. */
export const STAMPS: [string, string, Record<string, unknown>][] = [
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
