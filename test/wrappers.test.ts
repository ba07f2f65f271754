// envelopes: what each peels, what it leaves alone, and what damage becomes
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Clock } from '../src/read/clock.js'
import { WRAPPERS } from '../src/read/wrappers.js'
import { wrapper, peelOne, BARE, STAMPS, SYSLOG } from './peel.js'


for (const [line, text, outer] of SYSLOG) {
  if (text === undefined) continue
  test(`syslog peels ${line.slice(0, 60)}`, () => assert.deepEqual(peelOne('syslog', line), { text, ...(Object.keys(outer).length > 0 ? { outer } : {}) }))
}

/** Lines that begin like an envelope and have none. */

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
