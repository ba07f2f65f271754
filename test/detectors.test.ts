// the contract loop: every detector, every case
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import { DetectorEngine } from '../src/detectors/engine.js'
import { detectors } from '../src/detectors/index.js'
import { missingTypes, type Case, type Detector } from '../src/detectors/detector.js'
import { joinEvents, rulesFor } from '../src/join/join-events.js'
import { compareEvents } from '../src/join/order.js'
import { findingSchema, type Finding } from '../src/schema/finding.js'
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
