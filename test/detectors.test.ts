// the contract loop: every detector, every case
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { caseEvents, repeat } from '../src/detectors/case-events.js'
import { fetched, served } from '../src/detect-support/go-cases.js'
import { DetectorEngine } from '../src/detectors/engine.js'
import { detectors } from '../src/detectors/index.js'
import { missingTypes, type Case, type Detector } from '../src/detectors/detector.js'
import { joinEvents, rulesFor } from '../src/join/join-events.js'
import { compareEvents } from '../src/join/order.js'
import { findingSchema, type Finding } from '../src/schema/finding.js'
import { detect } from '../src/index.js'
import { sessionSchema } from '../src/schema/session.js'
import { eventSchema } from '../src/schema/event.js'

function run(detector: Detector, one: Case): Finding[] {
  const types = new Set(one.events.map(event => event.type))
  assert.deepEqual(missingTypes(detector, types), [], 'the case lacks a source that the detector needs')
  const engine = new DetectorEngine([detector], { windowMs: 5000, types }, one.thresholds ? { [detector.id]: one.thresholds } : {})
  const sessions = joinEvents(one.events, rulesFor(one.events, 5000))
  for (const event of [...one.events].sort(compareEvents)) engine.event(event)
  for (const session of sessions) {
    sessionSchema.parse(session)
    engine.session(session)
  }
  return engine.end()
}

for (const detector of detectors) {
  for (const one of detector.cases) {
    test(`${detector.id} ${one.fires ? 'fires' : 'is silent'}: ${one.name}`, () => {
      for (const event of one.events) eventSchema.parse(event)
      const findings = run(detector, one)
      for (const finding of findings) {
        findingSchema.parse(finding)
        const known = new Set(one.events.map(event => event.id))
        for (const { event_id: id } of finding.evidence) assert.ok(known.has(id), `evidence ${id} is no event of the case`)
      }
      if (!one.fires) return assert.deepEqual(findings.map(finding => finding.message), [])
      assert.ok(findings.length > 0, 'silent')
      const [first] = findings
      const { findings: count, hostnames, origin_ips: origins, ...plain } = one.expects ?? {}
      if (count !== undefined) assert.equal(findings.length, count, JSON.stringify(findings.map(finding => finding.message)))
      for (const [key, value] of Object.entries(plain)) assert.equal(first![key as 'severity'], value, key)
      if (hostnames) assert.deepEqual(first!.subject.hostnames, hostnames)
      if (origins) assert.deepEqual(first!.subject.origin_ips, origins)
      return undefined
    })
  }
}

test('the list and the folder agree, and every detector is proven both ways', () => {
  const engine = new Set(['detector.js', 'engine.js', 'index.js', 'case-events.js'])
  const files = readdirSync(new URL('../src/detectors/', import.meta.url)).filter(file => file.endsWith('.js') && !engine.has(file)).map(file => file.slice(0, -3)).sort()
  assert.deepEqual(detectors.map(detector => detector.id).sort(), files)
  for (const { id, cases } of detectors) {
    assert.ok(cases.filter(one => one.fires).length >= 2, `${id}: two cases that fire`)
    assert.ok(cases.filter(one => !one.fires).length >= 3, `${id}: three cases that must not`)
  }
})

test('thresholds that nobody knows are refused', () => {
  for (const detector of detectors) assert.throws(() => detector.thresholds.parse({ no_such_threshold: 1 }))
})

function runAll(events: Case['events']): Finding[] {
  const types = new Set(events.map(event => event.type))
  const engine = new DetectorEngine(detectors.filter(detector => missingTypes(detector, types).length === 0), { windowMs: 5000, types })
  for (const event of [...events].sort(compareEvents)) engine.event(event)
  for (const session of joinEvents(events, rulesFor(events, 5000))) engine.session(session)
  return engine.end()
}

test('a hang in three detectors wakes nobody three times: what follows from it says so', () => {
  const hung = [
    ...repeat(6, i => [fetched({ at: i, version: `v1.0.${i}` }), served({ at: i, version: `v1.0.${i}` })]),
    fetched({ at: 10, version: 'v2.0.0', status: 504, ms: 9003, error: { message: 'reading https://goproxy.example.com/…: 504 Gateway Timeout', code: '504' } }),
    served({ at: 10.001, version: 'v2.0.0', status: 504, ms: 9001, error: { type: 'http_response_timeout', code: '504' } }),
  ]
  const findings = runAll(caseEvents(hung))
  for (const finding of findings) findingSchema.parse(finding)
  const loud = findings.filter(finding => finding.severity_id > 1)
  assert.deepEqual(loud.map(finding => [finding.rule.id, finding.severity]), [['origin-timeout', 'medium']])
  assert.match(loud[0]!.message, /it also shows as module-fetch-failure and module-fetch-stall$/)
  const told = findings.filter(finding => finding.follows_from !== undefined)
  assert.deepEqual(told.map(finding => finding.rule.id).sort(), ['module-fetch-failure', 'module-fetch-stall'])
  for (const finding of told) assert.equal(finding.follows_from, loud[0]!.fingerprint)
})

test('another module that fails at the same time is no consequence', () => {
  const both = [
    ...repeat(6, i => served({ at: i, version: `v1.0.${i}` })),
    served({ at: 10, version: 'v2.0.0', status: 504, ms: 9001, error: { type: 'http_response_timeout', code: '504' } }),
    fetched({ at: 12, module: 'code.example.org/other', version: 'v0.1.0', op: 'info', error: { type: 'checksum_mismatch', message: 'checksum mismatch' } }),
  ]
  const failure = runAll(caseEvents(both)).find(finding => finding.cause === 'checksum-mismatch')
  assert.equal(failure?.severity, 'high')
  assert.equal(failure?.follows_from, undefined)
})

test('a clock that --skew auto corrects is reported all the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'logjoin-skew-'))
  const [dns, tls] = ['dns.json', 'tls.json'].map(name => join(folder, name)) as [string, string]
  const start = 1_773_129_600
  const rows = Array.from({ length: 60 }, (_, i) => ({ at: start + i * 3 + i * i % 7 / 10, client: `192.0.2.${10 + i % 20}`, name: `site${i % 9}.example.com`, ip: `203.0.113.${10 + i % 9}` }))
  writeFileSync(dns, rows.map(({ at, client, name, ip }, i) => JSON.stringify({ ts: at, uid: `D${i}`, 'id.orig_h': client, 'id.orig_p': 30_000 + i, 'id.resp_h': '198.51.100.53', 'id.resp_p': 53, proto: 'udp', trans_id: i, rtt: 0.002, query: name, qclass: 1, qtype: 1, qtype_name: 'A', rcode: 0, rcode_name: 'NOERROR', AA: false, RD: true, RA: true, answers: [ip], TTLs: [60], rejected: false })).join('\n'))
  writeFileSync(tls, rows.map(({ at, client, name, ip }, i) => JSON.stringify({ ts: at + 0.012 - 6.5, uid: `C${i}`, 'id.orig_h': client, 'id.orig_p': 40_000 + i, 'id.resp_h': ip, 'id.resp_p': 443, version: 'TLSv13', cipher: 'TLS_AES_128_GCM_SHA256', server_name: name, resumed: false, established: true })).join('\n'))
  const found: Finding[] = []
  for await (const finding of detect([dns, tls], { skewAuto: true })) found.push(findingSchema.parse(finding))
  rmSync(folder, { recursive: true })
  const skew = found.filter(finding => finding.rule.id === 'clock-skew')
  assert.equal(skew.length, 1)
  assert.match(skew[0]!.message, /6\.\d+ s (?:ahead of|behind) .*this run corrects it/)
  assert.ok(skew[0]!.evidence.length >= 2)
})
