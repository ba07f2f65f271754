// stamps without a zone or a year, resolved by what is known of their file
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Clock, isValidZone, parseUserTime } from '../src/read/clock.js'
import * as time from '../src/read/time.js'

const BASE = Date.UTC(2026, 10, 22, 7, 47, 26)

const localOf = (text: string): time.LocalStamp => time.readSlash(text) as time.LocalStamp
const at = (clock: Clock, text: string): string | undefined => {
  const stamp = clock.resolve(localOf(text))
  return stamp === undefined ? undefined : time.toRfc3339(stamp.ms).slice(0, 19)
}

test('Clock zones', () => {
  assert.equal(at(new Clock({ zone: 'Asia/Shanghai' }), '2026/11/22 07:47:26'), '2026-11-21T23:47:26')
  assert.equal(at(new Clock({ zone: '+08:00' }), '2026/11/22 07:47:26'), '2026-11-21T23:47:26')
  assert.equal(at(new Clock({ zone: '-0330' }), '2026/11/22 07:47:26'), '2026-11-22T11:17:26')
  const bare = new Clock({})
  assert.equal(at(bare, '2026/11/22 07:47:26'), '2026-11-22T07:47:26')
  assert.equal(bare.notes.assumedUtc, true)
  const known = new Clock({ defaultZone: 'UTC' })
  at(known, '2026/11/22 07:47:26')
  assert.equal(known.notes.assumedUtc, false)
  const outer = { ms: BASE, zone: '+0800' }
  assert.equal(known.resolve(localOf('2026/11/22 15:47:26'), outer)?.ms, BASE)
  assert.equal(new Clock({ zone: 'UTC' }).resolve(localOf('2026/11/22 07:47:26'), outer)?.ms, BASE)
  assert.throws(() => new Clock({ zone: 'Mars/Olympus' }), RangeError)
  for (const zone of ['UTC', 'Europe/Berlin', '+08:00', '+0800', '-05', 'EST5EDT', 'America/Argentina/Buenos_Aires']) assert.equal(isValidZone(zone), true, zone)
  for (const zone of ['', 'CET+8junk!', '+24:00', '+08:60', '8', '../etc', 'foo+08', '__proto__', 'x'.repeat(1e5)]) assert.equal(isValidZone(zone), false, zone.slice(0, 20))
})

test('Clock: the hour that comes twice and the one that never comes', () => {
  const first = new Clock({ zone: 'America/New_York' })
  assert.equal(at(first, '2026/11/01 01:30:00'), '2026-11-01T05:30:00')
  assert.equal(at(first, '2026/11/01 01:59:59'), '2026-11-01T05:59:59')
  assert.equal(at(first, '2026/11/01 01:00:01'), '2026-11-01T06:00:01')
  assert.equal(at(first, '2026/11/01 01:00:00'), '2026-11-01T06:00:00', 'a line a little out of order stays in the second hour')
  assert.equal(at(first, '2026/11/01 02:00:00'), '2026-11-01T07:00:00')
  assert.equal(first.notes.ambiguousLocalTime, 4)
  const quiet = new Clock({ zone: 'America/New_York' })
  assert.deepEqual(['01:15:00', '01:05:00', '01:04:59', '01:20:00'].map((text) => at(quiet, `2026/11/01 ${text}`)?.slice(11)), ['05:15:00', '05:05:00', '05:04:59', '05:20:00'])
  assert.equal(at(quiet, '2026/11/01 01:09:59'), '2026-11-01T06:09:59', 'back by more than ten minutes is the second hour')
  assert.equal(at(quiet, '2026/11/01 04:00:00'), '2026-11-01T09:00:00')
  assert.equal(at(quiet, '2026/11/01 01:00:00'), '2026-11-01T05:00:00', 'far back is another file, not the second hour')
  const wrapped = quiet.resolve(localOf('2026/11/01 01:00:00'), { ms: Date.UTC(2026, 10, 1, 6, 0, 1) })
  assert.equal(wrapped?.ms, Date.UTC(2026, 10, 1, 6))
  const outside = new Clock({ zone: 'America/New_York' })
  assert.equal(at(outside, '2026/11/01 00:59:59'), '2026-11-01T04:59:59')
  assert.equal(at(outside, '2026/03/08 01:59:59'), '2026-03-08T06:59:59')
  assert.equal(outside.notes.ambiguousLocalTime, 0)
  assert.equal(at(outside, '2026/03/08 02:30:00'), '2026-03-08T07:30:00')
  assert.equal(at(outside, '2026/03/08 03:00:00'), '2026-03-08T07:00:00')
  assert.equal(outside.notes.ambiguousLocalTime, 1)
  assert.equal(at(new Clock({ zone: 'Australia/Lord_Howe' }), '2026/04/05 01:45:00'), '2026-04-04T14:45:00')
  assert.equal(at(new Clock({ zone: 'Pacific/Apia' }), '2011/12/31 00:30:00'), '2011-12-30T10:30:00')
})

test('Clock agrees with Intl at every quarter hour of a year, in zones of all kinds', () => {
  for (const zone of ['America/New_York', 'Europe/London', 'Australia/Lord_Howe', 'Asia/Kathmandu', 'Africa/Casablanca', 'Pacific/Kiritimati']) {
    const print = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' })
    const clock = new Clock({ zone })
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 900_000) assert.equal(at(clock, print.format(ms).replaceAll('-', '/')), time.toRfc3339(ms).slice(0, 19), zone)
  }
})

test('Clock years', () => {
  const sys = (clock: Clock, text: string, outer?: { ms: number }): string | undefined => {
    const stamp = clock.resolve(time.readSyslog(text) as time.LocalStamp, outer)
    return stamp === undefined ? undefined : time.toRfc3339(stamp.ms).slice(0, 10)
  }
  const lost = new Clock({})
  assert.equal(sys(lost, 'Nov 22 07:47:26'), undefined)
  assert.deepEqual([lost.notes.undatedNoYear, lost.notes.assumedYear], [true, undefined])
  const rolling = new Clock({ referenceMs: Date.UTC(2026, 11, 30) })
  assert.deepEqual(['Dec 31 23:59:59', 'Jan  1 00:00:00', 'Dec 31 23:59:59', 'Feb 10 00:00:00'].map((text) => sys(rolling, text)), ['2026-12-31', '2027-01-01', '2026-12-31', '2027-02-10'])
  assert.equal(rolling.notes.assumedYear, 2026)
  const stated = new Clock({ year: 2025, referenceMs: BASE })
  assert.deepEqual(['Dec 31 23:59:59', 'Jan  1 00:00:00', 'Dec 31 23:59:58', 'Jan 1 00:00:01'].map((text) => sys(stated, text)), ['2025-12-31', '2026-01-01', '2025-12-31', '2026-01-01'])
  assert.equal(stated.notes.assumedYear, undefined)
  const wide = new Clock({ year: 2025 })
  assert.deepEqual(['Jan 5 00:00:00', 'Dec 20 00:00:00'].map((text) => sys(wide, text)), ['2025-01-05', '2025-12-20'])
  const wrapped = new Clock({ referenceMs: BASE })
  assert.equal(sys(wrapped, 'Dec 31 23:59:59', { ms: Date.UTC(2020, 0, 1, 3) }), '2019-12-31')
  assert.equal(sys(new Clock({ referenceMs: BASE }), 'Feb 29 00:00:00'), '2028-02-29')
  const followed = new Clock({})
  followed.resolve({ ms: BASE, res_ms: 1 })
  assert.equal(sys(followed, 'Nov 23 00:00:00'), '2026-11-23')
  const bounds = new Clock({ referenceMs: Date.UTC(2026, 0, 1) })
  assert.equal(sys(bounds, 'Jul  2 00:00:00'), '2026-07-02')
  assert.equal(sys(new Clock({ referenceMs: Date.UTC(2026, 0, 1) }), 'Jul  3 00:00:00'), '2025-07-03')
})

test('Clock.relative and parseUserTime', () => {
  assert.equal(new Clock({}).relative(12), undefined)
  assert.deepEqual(new Clock({ anchorMs: BASE }).relative(12), { ms: BASE + 12, res_ms: 1, sub_ns: undefined })
  assert.equal(new Clock({ anchorMs: BASE }).relative(NaN), undefined)
  for (const text of ['2026-11-22T07:47:26Z', '2026-11-22 07:47:26', '2026-11-22T15:47:26+08:00', '1795333646', '1795333646000', ' 2026-11-22T07:47:26Z\n']) assert.equal(parseUserTime(text), BASE, text)
  assert.equal(parseUserTime('2026-11-22'), Date.UTC(2026, 10, 22))
  assert.equal(parseUserTime('2026-11-22T07:47'), BASE - 26_000)
  assert.equal(parseUserTime('2026-11-22 07:47Z'), BASE - 26_000)
  for (const text of ['', 'now', '2026', '2026-11', '2026-11-31', '5s', '07:47', '2026-11-22T07:47:26 EST']) assert.equal(parseUserTime(text), undefined, text)
})
