// whole runs over columns against the plain path: the same bytes, the same account, the same refused lines
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { HOPEFUL, NotInColumns, untilRight } from '../src/assume.js'
import { correlateColumns } from '../src/columns/correlate-columns.js'
import { Readers } from '../src/columns/readers.js'
import { windowOf } from '../src/correlate.js'
import { rolesOf } from '../src/event-roles.js'
import { Inputs } from '../src/inputs.js'
import type { JoinRules } from '../src/join/claim.js'
import { readOptions, type CorrelateOptions } from '../src/options.js'
import { parsers } from '../parsers/index.js'
import { dnsLog, T0, tlsLog } from './join-logs.js'
import { inNoOrder, plainly, sorted, type Outcome } from './outcomes.js'

const folder = mkdtempSync(join(tmpdir(), 'logjoin-columns-'))
after(() => rmSync(folder, { recursive: true, force: true }))

let runs = 0
function written(files: Readonly<Record<string, string>>): string[] {
  const place = join(folder, String(++runs))
  mkdirSync(place)
  return Object.entries(files).map(([name, content]) => {
    const path = join(place, name)
    writeFileSync(path, content)
    return path
  })
}

/** The run itself, without what decides whether it is worth its threads. */
async function inColumns(paths: readonly string[], fields: readonly string[], options: CorrelateOptions, jobs: number): Promise<Partial<Outcome>> {
  const parts: Uint8Array[] = []
  const rejects: object[] = []
  const summary = await untilRight(HOPEFUL, async assumed => {
    parts.length = rejects.length = 0
    const onReject = (reject: object): void => { rejects.push(reject) }
    const inputs = new Inputs(readOptions({ ...options, onReject }, parsers))
    await inputs.open(paths)
    const types = new Set(inputs.sources.flatMap(source => source.headDrafts.map(draft => draft.type)))
    const rules: JoinRules = { ...windowOf(options), match: 'best', bound: 'window', ttlSlackMs: options.ttlSlackMs ?? 60_000, hasTls: types.has('tls.handshake'), hasDns: types.has('dns.query') || types.has('dns.response'), files: { ...rolesOf(inputs.sources), request: 1, tls: 1, dns: 1 } }
    const { as, zones, year, redact, maxLineBytes } = options
    const readable = Object.fromEntries(Object.entries({ as, zones, year, redact, maxLineBytes }).filter(([, value]) => value !== undefined))
    let readers: Readers | undefined
    return correlateColumns({ inputs, options: { fields, unmatched: options.unmatched === true }, assumed, rules, readersFor: logs => readers = new Readers(jobs, logs), onReject, readable }, lines => { parts.push(Uint8Array.from(lines)) }).finally(() => readers?.stop())
  })
  return { text: Buffer.concat(parts).toString(), summary, rejects: sorted(rejects) }
}

const CDN_FIELDS = 'date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'

const visit = fc.record({
  at: fc.integer({ min: 0, max: 30_000 }).map(ms => ms / 1000),
  gap: fc.constantFrom(0, 0.001, 0.02, 0.999, 1, 5, 5.001),
  host: fc.integer({ min: 1, max: 6 }),
  port: fc.integer({ min: 50000, max: 50004 }),
  name: fc.constantFrom('www.example.com', 'img.example.com', 'bücher.example', 'A.example.com', undefined),
  path: fc.constantFrom('/', '/x.js', '/%C3%BCber', '/a"b', '/m/@v/v1.0.0.info', '-'),
  six: fc.boolean(),
  tookMs: fc.constantFrom(0, 3, 250, 4000),
  parts: fc.integer({ min: 1, max: 15 }),
})
type Visit = typeof visit extends fc.Arbitrary<infer T> ? T : never

const address = (one: Visit): string => one.six ? `2001:db8::${one.host}` : `192.0.2.${one.host}`

function cdnLine(one: Visit): string {
  const ended = new Date(Math.floor((T0 + one.at + 2 * one.gap + one.tookMs / 1000) * 1000)).toISOString()
  const result = one.parts === 5 ? 'Error' : one.parts & 2 ? 'Hit' : 'Miss'
  return [
    ended.slice(0, 10), ended.slice(11, 19), 'FRA56-P4', 1000 + one.host, address(one), 'GET', 'd0000example.cloudfront.net', one.path, one.parts === 5 ? 502 : 200, '-', 'ExampleAgent/1.0%20(test)', '-', '-', result, `Req${one.at}==`, one.name ?? '-', one.parts === 7 ? 'http' : 'https',
    100, (one.tookMs / 1000).toFixed(3), '-', one.parts === 7 ? '-' : 'TLSv1.3', one.parts === 7 ? '-' : 'TLS_AES_128_GCM_SHA256', result, 'HTTP/2.0', '-', '-', one.parts & 8 ? one.port : '-', '0.001', one.parts === 5 ? 'OriginCommError' : result, 'text/html', 900, '-', '-',
  ].join('\t')
}

const HOSTILE = ['{"ts":', '{"a":1}', 'plain words', '', '[1,2', '{"ts":1767604447,"uid":"x"}', '2026-01-05\t09:14:07\tFRA56-P4', '#Comment', 'x\u0000y', 'null']
const hostile = fc.array(fc.record({ at: fc.integer({ min: 0, max: 40 }), which: fc.integer({ min: 0, max: HOSTILE.length - 1 }) }), { maxLength: 5 })

function fileOf(lines: readonly string[], bad: readonly { at: number, which: number }[], ending: string): string {
  const all = [...lines]
  for (const { at, which } of bad) all.splice(Math.min(all.length, 4 + at), 0, HOSTILE[which]!)
  return all.map(line => line + ending).join('')
}

function logsOf(visits: readonly Visit[]): { dns: string[], tls: string[], cdn: string[] } {
  const some = (bit: number): Visit[] => visits.filter(one => one.parts & bit || one.host === 1).sort((a, b) => a.at + a.tookMs / 1000 - b.at - b.tookMs / 1000)
  return {
    dns: dnsLog('dns.log', some(1).map(one => ({ at: one.at, client: address(one), name: one.name ?? 'other.example', type: one.six ? 'AAAA' : 'A', answers: one.parts & 2 ? [one.six ? '2001:db8:e::10' : '203.0.113.10', ...(one.parts & 4 ? ['203.0.113.11'] : [])] : undefined, rcode: one.parts === 9 ? 'NXDOMAIN' : undefined, tookMs: one.tookMs }))).lines,
    tls: tlsLog('tls.log', some(2).map(one => ({ at: one.at + one.gap, client: address(one), port: one.port, server: one.six ? '2001:db8:e::10' : '203.0.113.10', sni: one.name, established: one.parts !== 3 }))).lines,
    cdn: ['#Version: 1.0', `#Fields: ${CDN_FIELDS}`, ...some(4).map(cdnLine)],
  }
}

const FIELDS = [
  'type', 'id', 'time', 'ts_ms', 'v', 'ts_end_ms', 'claim', 'duration_ms', 'outcome', 'hostname', 'client.ip', 'client.port', 'server.ip', 'url.path', 'url.domain', 'url.scheme', 'http.response.status_code', 'http.request.id', 'http.request.method', 'http.response.bytes',
  'tls.client.server_name', 'tls.version', 'dns.question.name', 'dns.resolved_ip', 'dns.response_code', 'dns.id', 'cdn.cache.status', 'cdn.pop', 'error.type', 'network.connection_id', 'join.score', 'nothing', 'client.nothing', 'ts_basis', 'ts_res_ms', 'user_agent.original', 'url.query', 'http.request.referrer', 'dns.answers', 'dns.min_ttl_s', 'dns.header_flags', 'server.port', 'cdn.ttfb_ms', 'network.transport', 'tls.cipher',
] as const

const MANY = { numRuns: Number(process.env.LOGJOIN_THREADS_RUNS ?? 8), includeErrorInReport: true, endOnFailure: true }

test('any logs give the same bytes, account and refused lines', async () => {
  const done = { joined: 0, left: 0, declined: 0 }
  await fc.assert(fc.asyncProperty(fc.array(visit, { minLength: 12, maxLength: 120, size: 'max' }), fc.tuple(hostile, hostile, hostile), fc.constantFrom('\n', '\n', '\r\n'), fc.uniqueArray(fc.constantFrom(...FIELDS), { minLength: 1, maxLength: 12 }), fc.integer({ min: 1, max: 3 }), fc.boolean(), fc.constantFrom(0, 250, 5000), async (visits, bad, ending, fields, jobs, unmatched, windowMs) => {
    const { dns, tls, cdn } = logsOf(visits)
    const paths = written({ 'dns.log': fileOf(dns, bad[0], ending), 'tls.log': fileOf(tls, bad[1], ending), 'cdn.log': fileOf(cdn, bad[2], ending) })
    const options: CorrelateOptions = { unmatched, windowMs, as: [{ pattern: 'dns.log', value: 'zeek-dns' }, { pattern: 'tls.log', value: 'zeek-ssl' }, { pattern: 'cdn.log', value: 'cloudfront-standard' }] }
    const expected = await plainly(paths, fields, options)
    const got = await inColumns(paths, fields, options, jobs).catch((error: Error): undefined => { assert.ok(error instanceof NotInColumns, error.stack) })
    done[got === undefined ? 'left' : got.summary ? 'joined' : 'declined']++
    if (!got?.summary) return // lines that are joined by more than their keys, resolvers that hide who asks
    assert.equal(got.text, expected.text)
    assert.deepEqual(inNoOrder(got.summary), inNoOrder(expected.summary))
    assert.deepEqual(got.rejects, expected.rejects)
  }), MANY)
  assert.ok(done.joined > 0, JSON.stringify(done)) // a few in a hundred are declined: whose clients may be forwarders
})
