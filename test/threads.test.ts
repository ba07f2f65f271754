// logs read in threads and written as text against the plain path: the same bytes, the same account, the same refused lines; or a plain no
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { HOPEFUL, NOTHING_ASSUMED, untilRight, type Assumptions } from '../src/assume.js'
import type { CorrelateOptions } from '../src/options.js'
import { correlateText } from '../src/threads/correlate-text.js'
import { dnsLog, edgeLog, tlsLog, T0, type Handshake, type LookUp } from './join-logs.js'
import { inNoOrder, plainly, sorted, type Outcome } from './outcomes.js'

const folder = mkdtempSync(join(tmpdir(), 'logjoin-threads-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let runs = 0
/** Writes files into a folder of their own; gives their paths. */
function written(files: Readonly<Record<string, string | Uint8Array>>): string[] {
  const place = join(folder, String(++runs))
  mkdirSync(place)
  return Object.entries(files).map(([name, content]) => {
    const path = join(place, name)
    writeFileSync(path, content)
    return path
  })
}

/** The same in threads; undefined where that declines. `tries` is how often it was begun. */
async function inThreads(paths: readonly string[], fields: readonly string[], options: CorrelateOptions, jobs: number, first: Assumptions = HOPEFUL): Promise<Outcome & { tries: number } | undefined> {
  let text = ''
  let rejects: object[] = []
  let tries = 0
  const summary = await untilRight(first, assumed => {
    text = ''
    rejects = []
    tries++
    return correlateText(paths, { ...options, fields, jobs, leastBytes: 0, onReject: reject => { rejects.push(reject) } }, assumed, part => { text += part })
  })
  return summary && { text, summary, rejects: sorted(rejects), tries }
}

async function same(paths: readonly string[], fields: readonly string[], options: CorrelateOptions = {}, jobs = 2): Promise<Outcome & { tries: number }> {
  const expected = await plainly(paths, fields, options)
  const got = await inThreads(paths, fields, options, jobs)
  assert.ok(got, 'it declined')
  assert.equal(got.text, expected.text)
  assert.deepEqual(inNoOrder(got.summary), inNoOrder(expected.summary))
  assert.deepEqual(got.rejects, expected.rejects)
  return got
}

// --- made-up logs ------------------------------------------------------------------------------------------------------

const NAMES = ['www.example.com', 'bücher.example', 'img.example.com', 'a"b.example.com', undefined] as const
const PATHS = ['/', '/x?q=1&r=%22', '/\u00fcber/\u{1f600}', '/quote"back\\slash', '/tab\tnew\nline', '/\u2028'] as const

const visit = fc.record({
  at: fc.integer({ min: 0, max: 30_000 }).map(ms => ms / 1000),
  gap: fc.constantFrom(0, 0.001, 0.02, 5, 5.001),
  host: fc.integer({ min: 1, max: 6 }),
  port: fc.integer({ min: 50000, max: 50004 }),
  name: fc.constantFrom(...NAMES),
  path: fc.constantFrom(...PATHS),
  six: fc.boolean(),
  tookMs: fc.constantFrom(undefined, 0, 3, 250, 4000),
  agent: fc.constantFrom(undefined, 'curl/8', 'Mozilla "5"', '\u00e9\ud83d\ude00'),
  parts: fc.integer({ min: 1, max: 15 }),
})
type Visit = typeof visit extends fc.Arbitrary<infer T> ? T : never

const address = (one: Visit): string => one.six ? `2001:db8::${one.host}` : `192.0.2.${one.host}`

function edgeLine(one: Visit): string {
  return JSON.stringify({
    time: new Date(Math.round((T0 + one.at + 2 * one.gap) * 1000)).toISOString(), client_ip: address(one), client_port: one.parts & 8 ? one.port : undefined, host: one.name, method: 'GET', uri: one.path, status: one.parts === 5 ? 504 : 200,
    duration_ms: one.tookMs, cdn_cache_hit: one.parts & 4 ? 'HIT' : 'MISS', origin_ip: one.parts & 4 ? undefined : '198.51.100.20', user_agent: one.agent,
  })
}

/** Lines that are refused, or tell nothing, and how they stand in a file. */
const HOSTILE: readonly Uint8Array[] = [
  Buffer.from('{"ts":'), Buffer.from('{"a":1}'), Buffer.from('{"ts":1,"x":"\u0000"}'), Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]), Buffer.from(''), Buffer.from('[1,2'), Buffer.from('plain words'), Buffer.from(`{"x":"${'y'.repeat(3000)}"}`), Buffer.from('null'), Buffer.from('"\\ud800"'),
]

/** One file: its good lines, with hostile ones in between. */
function fileOf(lines: readonly string[], hostile: readonly { at: number, which: number }[], shape: { ending: string, isLastEnded: boolean, isZipped: boolean }): Uint8Array {
  const all: Uint8Array[] = lines.map(line => Buffer.from(line))
  for (const { at, which } of hostile) all.splice(Math.min(all.length, 3 + at), 0, HOSTILE[which % HOSTILE.length]!)
  const ending = Buffer.from(shape.ending)
  const bytes: Uint8Array = Buffer.concat(all.flatMap((line, index) => index < all.length - 1 || shape.isLastEnded ? [line, ending] : [line]))
  return shape.isZipped ? gzipSync(bytes) : bytes
}

const shape = fc.record({ ending: fc.constantFrom('\n', '\n', '\r\n'), isLastEnded: fc.boolean(), isZipped: fc.boolean() })
const hostile = fc.array(fc.record({ at: fc.integer({ min: 0, max: 40 }), which: fc.integer({ min: 0, max: HOSTILE.length - 1 }) }), { maxLength: 6 })

/** Lines stand in the order in which they were written: at the end of what they tell of, a little out of order. */
const byEnd = (visits: readonly Visit[]): Visit[] => [...visits].sort((a, b) => a.at + (a.tookMs ?? 0) / 1000 - b.at - (b.tookMs ?? 0) / 1000)

function logsOf(visits: readonly Visit[]): { dns: string[], tls: string[], edge: string[] } {
  const some = (bit: number): Visit[] => byEnd(visits.filter(one => one.parts & bit || one.host === 1))
  return {
    dns: dnsLog('dns.log', some(1).map(one => ({ at: one.at, client: address(one), name: one.name ?? 'other.example', type: one.six ? 'AAAA' : 'A', answers: one.parts & 2 ? [one.six ? '2001:db8:e::10' : '203.0.113.10'] : undefined, rcode: one.parts === 9 ? 'NXDOMAIN' : undefined, tookMs: one.tookMs }))).lines,
    tls: tlsLog('tls.log', some(2).map(one => ({ at: one.at + one.gap, client: address(one), port: one.port, server: one.six ? '2001:db8:e::10' : undefined, sni: one.name, established: one.parts !== 3 }))).lines,
    edge: some(4).map(edgeLine),
  }
}

const FIELDS = [
  'type', 'id', 'time', 'ts_ms', 'v', 'ts_end_ms', 'ts_basis', 'ts_res_ms', 'claim', 'duration_ms', 'outcome', 'hostname', 'message', 'client.ip', 'client.port', 'server.ip', 'url.path', 'url.query', 'url.original', 'http.response.status_code',
  'http.request.method', 'tls.client.server_name', 'tls.established', 'dns.question.name', 'dns.resolved_ip', 'dns.answers', 'dns.response_code', 'cdn.cache.status', 'cdn.origin.ip', 'user_agent.original', 'network.type',
  'join.score', 'join.pairs', 'join.missing', 'join.window_ms.before', 'join.window_ms', 'join.nothing', 'members', 'members.line', 'nothing', 'client.nothing', 'hostname.deeper', 'constructor', '__proto__', 'error.type',
] as const

const MANY = { numRuns: Number(process.env.LOGJOIN_THREADS_RUNS ?? 10), includeErrorInReport: true, endOnFailure: true }

test('any logs give the same bytes, account and refused lines', async () => {
  await fc.assert(fc.asyncProperty(fc.array(visit, { minLength: 12, maxLength: 120, size: 'max' }), fc.tuple(shape, shape, shape), fc.tuple(hostile, hostile, hostile), fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 9 }), fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.constantFrom(0, 250, 5000), async (visits, shapes, bad, fields, jobs, unmatched, windowMs) => {
    const { dns, tls, edge } = logsOf(visits)
    const paths = written({ 'dns.log': fileOf(dns, bad[0], shapes[0]), 'tls.log': fileOf(tls, bad[1], shapes[1]), 'edge.log': fileOf(edge, bad[2], shapes[2]) })
    const options: CorrelateOptions = { unmatched, windowMs, maxLineBytes: 2000, as: [{ pattern: 'dns.log', value: 'zeek-dns' }, { pattern: 'tls.log', value: 'zeek-ssl' }, { pattern: 'edge.log', value: 'cdn-json' }] }
    const clashes = fields.some(field => fields.some(other => other.startsWith(`${field}.`)))
    if (clashes) assert.equal(await inThreads(paths, fields, options, jobs), undefined)
    else await same(paths, fields, options, jobs)
  }), MANY)
})

// --- runs that begin anew ----------------------------------------------------------------------------------------------

const V6 = '2001:db8:e::10'
const textOf = (lines: readonly string[]): string => `${lines.join('\n')}\n`
const PAIRS = ['claim', 'hostname', 'join.pairs', 'members'] as const

/** Look-ups and handshakes, one pair a second, without any other disorder. */
function steady(count: number, more: { readonly lookUp?: Partial<LookUp>, readonly handshake?: Partial<Handshake> } = {}) {
  const visits = Array.from({ length: count }, (_, index) => ({ at: index, name: `site${index % 7}.example.com` }))
  return {
    dns: dnsLog('dns.log', visits.map(({ at, name }) => ({ at, name, ...more.lookUp }))).lines,
    tls: tlsLog('tls.log', visits.map(({ at, name }) => ({ at: at + 0.02, sni: name, ...more.handshake }))).lines,
  }
}

test('a line far from its place makes the run begin anew, with the same result; one further away leaves it to be sorted', async () => {
  const lookUps = Array.from({ length: 18_000 }, (_, index) => ({ at: index / 20, name: `site${index % 7}.example.com` }))
  const { tls } = steady(200)
  const moved = (from: number): string => {
    const { lines } = dnsLog('dns.log', lookUps)
    lines.splice(17_200, 0, ...lines.splice(from, 1))
    return textOf(lines)
  }
  const got = await same(written({ 'dns.log': moved(5_400), 'tls.log': textOf(tls) }), PAIRS)
  assert.equal(got.tries, 2)
  assert.equal(await inThreads(written({ 'dns.log': moved(1_000), 'tls.log': textOf(tls) }), PAIRS, {}, 2), undefined)
})

test('hosts with two addresses make the run begin anew, with the same result', async () => {
  const { dns, tls } = steady(40, { lookUp: { client: '192.0.2.12', type: 'AAAA', answers: [V6] }, handshake: { client: '2001:db8:1::12', server: V6 } })
  for (const jobs of [1, 2, 3]) {
    const got = await same(written({ 'dns.log': textOf(dns), 'tls.log': textOf(tls) }), PAIRS, { unmatched: true }, jobs)
    assert.equal(got.tries, 2)
    assert.ok(got.text.includes('"keys":["client.ip","server.ip","hostname"]'))
    assert.ok(got.summary.notes.some(note => note.includes('192.0.2.12')))
  }
})

// --- files ---------------------------------------------------------------------------------------------------------------

test('an empty file, one without a last line ending and one of one line are read as ever', async () => {
  const { dns, tls } = steady(30)
  await same(written({ 'dns.log': dns.join('\n'), 'tls.log': textOf(tls.slice(0, 1)), 'empty.log': '' }), PAIRS, { unmatched: true })
})

test('what a folder holds besides logs is noted alike', async () => {
  const { dns, tls } = steady(30)
  const [path] = written({ 'dns.log': textOf(dns), 'tls.log': textOf(tls), 'notes.txt': 'nothing that any format claims\n' })
  const got = await same([join(path!, '..')], PAIRS)
  assert.ok(got.summary.notes.some(note => note.includes('notes.txt')))
})

test('a format that could tell of more kinds than its file does is no hindrance; a kind that its first lines did not show is', async () => {
  const time = (at: number): string => new Date((T0 + at) * 1000).toISOString().replace('Z', '000+0000')
  const eve = (at: number, body: string, port: number): string => `{"timestamp":"${time(at)}","flow_id":${port},"src_ip":"192.0.2.10","src_port":${port},"dest_ip":"192.0.2.53","dest_port":53,"proto":"UDP",${body}}`
  const answers = Array.from({ length: 300 }, (_, index) => eve(index, `"event_type":"dns","dns":{"type":"answer","id":${index},"rcode":"NOERROR","rrname":"site${index % 7}.example.com","rrtype":"A","ttl":20,"rdata":"203.0.113.10"}`, 1000 + index))
  const edge = Array.from({ length: 300 }, (_, index) => JSON.stringify({ time: new Date((T0 + index) * 1000 + 40).toISOString(), client_ip: '192.0.2.10', host: `site${index % 7}.example.com`, method: 'GET', uri: '/', status: 200, duration_ms: 3, cdn_cache_hit: 'HIT' }))
  await same(written({ 'eve.json': textOf(answers), 'edge.log': textOf(edge) }), PAIRS, { unmatched: true })
  const more = [...answers, eve(301, '"event_type":"http","http":{"hostname":"site1.example.com","url":"/","http_method":"GET","protocol":"HTTP/1.1","status":200}', 5000)]
  assert.equal(await inThreads(written({ 'eve.json': textOf(more), 'edge.log': textOf(edge) }), PAIRS, {}, 2), undefined)
})

test('refused lines are handed over as they are told on the plain path', async () => {
  const { dns, tls } = steady(20)
  const got = await same(written({ 'dns.log': textOf([...dns, '{"ts":', 'x\u0000y']), 'tls.log': textOf([...tls, '{"ts":']) }), PAIRS)
  assert.equal(got.rejects.length, 3)
})

// --- what is left to the plain path -------------------------------------------------------------------------------------

test('it declines fields that take whole sessions', async () => {
  const { dns, tls } = steady(5)
  const paths = written({ 'dns.log': textOf(dns), 'tls.log': textOf(tls) })
  for (const fields of [['client'], ['url'], ['tls.client'], ['dns.question'], ['phases'], ['bottleneck'], ['bottleneck.phase'], ['hops'], ['late'], ['join', 'join.score'], ['client.ip', 'client'], ['a..b'], [''], ['client.']]) assert.equal(await inThreads(paths, fields, {}, 1), undefined, fields.join())
  assert.ok(await inThreads(paths, ['join'], {}, 1), 'and no others')
})

test('it declines options and inputs that it cannot do', async () => {
  const { dns, tls } = steady(5)
  const paths = written({ 'dns.log': textOf(dns), 'tls.log': textOf(tls) })
  const refused: CorrelateOptions[] = [
    { match: 'all' }, { bound: 'state' }, { skewAuto: true }, { skews: [{ pattern: 'dns.log', value: 1000 }] }, { hosts: ['*.example.com'] }, { clients: ['192.0.2.0/24'] }, { fromMs: 0 }, { toMs: 1 }, { parsers: [] }, { signal: new AbortController().signal },
  ]
  for (const options of refused) assert.equal(await inThreads(paths, PAIRS, options, 1), undefined, Object.keys(options).join())
  assert.equal(await inThreads([...paths, '-'], PAIRS, {}, 1), undefined, 'standard input')
  assert.equal(await correlateText([{ name: 'dns.log', lines: dns }], { fields: PAIRS, leastBytes: 0 }, HOPEFUL, () => {}), undefined, 'lines')
  assert.equal(await correlateText(paths, { fields: PAIRS, leastBytes: 0 }, NOTHING_ASSUMED, () => {}), undefined, 'nothing assumed')
  assert.equal(await correlateText(paths, { fields: PAIRS }, HOPEFUL, () => {}), undefined, 'too small to be worth it')
})

test('it declines several logs of one kind, rotated ones, traces of clients and error logs', async () => {
  const { dns, tls } = steady(20)
  const edge = edgeLog('edge.log', [{ at: 1 }, { at: 2 }, { at: 3 }])
  const declined: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'two of a kind': { 'dns.log': textOf(dns), 'tap.log': textOf(dns), 'tls.log': textOf(tls) },
    rotated: { 'dns.log.1': textOf(dns.slice(0, 10)), 'dns.log': textOf(dns.slice(10)), 'tls.log': textOf(tls) },
    'a trace': { 'dns.log': textOf(dns), 'go.trace': '2026-01-05T09:14:07.000000Z # get https://proxy.example.com/example.org/lib/@v/list\n2026-01-05T09:14:07.100000Z # get https://proxy.example.com/example.org/lib/@v/list: 200 OK (0.100s)\n' },
    'an error log': { 'dns.log': textOf(dns), 'error.log': '2026/01/05 09:14:07 [error] 1#1: *1 upstream timed out (110: Connection timed out) while reading response header from upstream, client: 192.0.2.10, server: www.example.com, request: "GET / HTTP/1.1", upstream: "http://198.51.100.20:80/", host: "www.example.com"\n' },
  }
  for (const [what, files] of Object.entries(declined)) {
    const paths = written(files)
    assert.ok((await plainly(paths, PAIRS, { unmatched: true })).text.length > 0, what)
    assert.equal(await inThreads(paths, PAIRS, { unmatched: true }, 2), undefined, what)
  }
  await same(written({ 'dns.log': textOf(dns), 'tls.log': textOf(tls), 'edge.log': textOf(edge.lines) }), PAIRS, { unmatched: true, as: [{ pattern: 'edge.log', value: edge.format }] })
})
