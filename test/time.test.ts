import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { asUtc, Clock, parseUserTime } from '../src/read/clock.js'
import * as time from '../src/read/time.js'
import { formatDurationMs, parseDurationMs, parseSizeBytes } from '../src/duration.js'

const BASE = Date.UTC(2026, 10, 22, 7, 47, 26)
type Read = time.Stamp | time.LocalStamp | undefined

/** A stamp as one word: `ms/res` for an instant, `local ms/res` for a local one read as UTC, `none`. */
function show(read: Read): string {
  if (read === undefined) return 'none'
  const nanoseconds = read.sub_ns === undefined ? '' : `+${read.sub_ns}ns`
  if ('ms' in read) return `${read.ms - BASE}/${read.res_ms}${nanoseconds}`
  const year = read.year === undefined ? 'yearless ' : ''
  return `${year}local ${(asUtc({ ...read, year: read.year ?? 2026 })?.ms ?? NaN) - BASE}/${read.res_ms}${nanoseconds}`
}

function table(name: string, read: (text: string) => Read, rows: [string, string][]): void {
  test(name, () => {
    for (const [text, wanted] of rows) assert.equal(show(read(text)), wanted, JSON.stringify(text))
  })
}

table('readIso', time.readIso, [
  ['2026-11-22T07:47:26Z', '0/1000'],
  ['2026-11-22t07:47:26z', '0/1000'],
  ['2026-11-22 07:47:26', 'local 0/1000'],
  ['2026-11-22\t07:47:26', 'local 0/1000'],
  ['2026-11-22T07:47:26.5Z', '500/100'],
  ['2026-11-22T07:47:26,493', 'local 493/1'],
  ['2026-11-22T07:47:26.351041Z', `${BASE + 351.041 - BASE}/0.001`],
  ['2026-11-22T07:47:26.3510417Z', `${BASE + 351.041 - BASE}/0.001+700ns`],
  ['2026-11-22T07:47:26.351041999Z', `${BASE + 351.041 - BASE}/0.001+999ns`],
  ['2026-11-22T07:47:26.123456789012345678Z', `${BASE + 123.456 - BASE}/0.001+789ns`],
  ['2026-11-22T07:47:26.1234567890123456789Z', 'none'],
  ['2026-11-22T15:47:26+08:00', '0/1000'],
  ['2026-11-22T02:47:26-0500', '0/1000'],
  ['2026-11-22T02:47:26 -05', '0/1000'],
  ['2026-11-22T13:17:26+05:30', '0/1000'],
  ['2026-11-22 07:47:26 UTC', '0/1000'],
  ['2026-11-22 07:47:26.25 +0000 UTC', '250/10'],
  ['2026-11-22 08:47:26 +0100 CET m=+0.012', '0/1000'],
  ['2026-11-22 08:47:26 +0100 CET CET', 'none'],
  ['2026-11-22T07:47:26+24:00', 'none'],
  ['2026-11-22T07:47:26+08:60', 'none'],
  ['2026-11-22T07:47:26+8', 'none'],
  ['2026-11-22T07:47:26 EST', 'none'],
  ['2026-11-22T23:59:59Z', `${Date.UTC(2026, 10, 22, 23, 59, 59) - BASE}/1000`],
  ['2026-11-22T24:00:00Z', 'none'],
  ['2026-11-22T07:60:00Z', 'none'],
  ['2026-12-31T23:59:60Z', `${Date.UTC(2027, 0, 1) - 1 - BASE}/1000`],
  ['2026-12-31T23:59:60.7Z', `${Date.UTC(2027, 0, 1) - 1 - BASE}/100`],
  ['2026-12-31T23:59:61Z', 'none'],
  ['2026-12-31T23:58:60Z', 'none'],
  ['2028-02-29T00:00:00Z', `${Date.UTC(2028, 1, 29) - BASE}/1000`],
  ['2026-02-29T00:00:00Z', 'none'],
  ['2100-02-29T00:00:00Z', 'none'],
  ['2000-02-29T00:00:00Z', `${Date.UTC(2000, 1, 29) - BASE}/1000`],
  ['2026-04-30T00:00:00', `local ${Date.UTC(2026, 3, 30) - BASE}/1000`],
  ['2026-04-31T00:00:00', 'none'],
  ['2026-13-01T00:00:00Z', 'none'],
  ['2026-00-01T00:00:00Z', 'none'],
  ['2026-01-00T00:00:00Z', 'none'],
  ['0001-01-01T00:00:00Z', 'none'],
  ['1601-01-01T00:00:00Z', 'none'],
  ['1900-01-01T00:00:00Z', `${Date.UTC(1900, 0, 1) - BASE}/1000`],
  ['9999-12-31T23:59:59Z', `${Date.UTC(9999, 11, 31, 23, 59, 59) - BASE}/1000`],
  ['2026-11-22T07:47:26.Z', 'none'],
  ['2026-11-22T07:47:26Z ', 'none'],
  [' 2026-11-22T07:47:26Z', 'none'],
  ['2026-11-22T07:47Z', 'none'],
  ['2017-03-16T19:20:177Z', 'none'],
  ['2026-11-22T07:47:26\0', 'none'],
  ['', 'none'],
])

table('readCommonLog', time.readCommonLog, [
  ['22/Nov/2026:07:47:26 +0000', '0/1000'],
  ['22/Nov/2026:02:47:26 -0500', '0/1000'],
  ['22/nov/2026:15:47:26.125 +0800', '125/1'],
  ['22/Nov/2026:07:47:26.387', 'local 387/1'],
  ['9/Nov/2026:07:47:26 +0000', `${-13 * 86_400_000}/1000`],
  ['22/Nov/2026:07:47:26 +000', 'none'],
  ['22/Nox/2026:07:47:26 +0000', 'none'],
  ['31/Nov/2026:07:47:26', 'none'],
  ['[22/Nov/2026:07:47:26 +0000]', 'none'],
])

table('readSyslog', time.readSyslog, [
  ['Nov 22 07:47:26', 'yearless local 0/1000'],
  ['Nov  2 07:47:26', `yearless local ${-20 * 86_400_000}/1000`],
  ['Nov 2 07:47:26', `yearless local ${-20 * 86_400_000}/1000`],
  ['Nov 02 07:47:26', `yearless local ${-20 * 86_400_000}/1000`],
  ['Nov 22 07:47:26.123456', `yearless local ${BASE + 123.456 - BASE}/0.001`],
  ['Nov 22 2026 07:47:26', 'local 0/1000'],
  ['Nov 22 07:47:26 2026', 'local 0/1000'],
  ['Sun Nov 22 07:47:26.421000 2026', 'local 421/0.001'],
  ['Nov 22 2026 07:47:26 2026', 'none'],
  ['Nov 31 07:47:26', 'none'],
  ['Feb 30 07:47:26', 'none'],
  ['Nov 22 07:47:26 ', 'none'],
  ['Nov  22 07:47:26', 'none'],
  ['Nov 22  07:47:26', 'none'],
  ['Xyz Nov 22 07:47:26', 'none'],
  ['Nov', 'none'],
])

table('readBind', time.readBind, [['22-Nov-2026 07:47:26.493', 'local 493/1'], ['22-Nov-2026 07:47:26', 'local 0/1000'], ['22-Nov-2026 07:47:26Z', 'none']])
table('readSlash', time.readSlash, [
  ['2026/11/22 07:47:26', 'local 0/1000'], ['2026/11/22 07:47:26.123456', `local ${BASE + 123.456 - BASE}/0.001`],
  ['2026.11.22 07:47:26', 'local 0/1000'], ['2026/11.22 07:47:26', 'none'], ['2026/13/22 07:47:26', 'none'],
])
table('readAtsError', time.readAtsError, [['20261122.07h47m26s', 'local 0/1000'], ['20261122.24h47m26s', 'none'], ['20261122.07h47m26', 'none']])
table('readHttpDate', time.readHttpDate, [
  ['Sun, 22 Nov 2026 07:47:26 GMT', '0/1000'], ['Sun, 22-Nov-2026 07:47:26 GMT', '0/1000'], ['Sun, 22 Nov 2026 08:47:26 +0100', '0/1000'],
  ['Sun, 22 Nov 2026 07:47:26', 'none'], ['Sun, 22 Nov 2026 07:47:26 PST', 'none'], ['Foo, 22 Nov 2026 07:47:26 GMT', 'none'],
])
table('readOpenssl', time.readOpenssl, [['Nov 22 07:47:26 2026 GMT', '0/1000'], ['Nov  2 07:47:26 2026 GMT', `${-20 * 86_400_000}/1000`], ['Nov 22 07:47:26 2026', 'none']])
table('readAsn1Utc', time.readAsn1Utc, [
  ['261122074726Z', '0/1000'], ['20261122074726Z', '0/1000'], ['491122074726Z', `${Date.UTC(2049, 10, 22, 7, 47, 26) - BASE}/1000`],
  ['501122074726Z', `${Date.UTC(1950, 10, 22, 7, 47, 26) - BASE}/1000`], ['261122074726', 'none'], ['2611220747266', 'none'], ['x61122074726Z', 'none'],
])
table('readUnixDate', (text) => time.readUnixDate(text), [['Sun Nov 22 07:47:26 UTC 2026', '0/1000'], ['Sun Nov 22 07:47:26 EST 2026', 'none'], ['Sun Nov 22 07:47:26 +08 2026', `${-8 * 3_600_000}/1000`]])
table('readUnixDate, zone stated', (text) => time.readUnixDate(text, true), [['Sun Nov 22 07:47:26 EST 2026', 'local 0/1000'], ['Sun Nov 22 07:47:26 UTC 2026', '0/1000'], ['Sun Nov 22 07:47:26 est 2026', 'none']])
table('readTshark', (text) => time.readTshark(text), [
  ['Nov 22, 2026 07:47:26.351041000 UTC', `${BASE + 351.041 - BASE}/0.001`], ['Nov  2, 2026 07:47:26.351041001 UTC', `${BASE - 20 * 86_400_000 + 351.041 - BASE}/0.001+1ns`],
  ['Nov 22, 2026 07:47:26.351041000 CET', 'none'], ['Nov 22 2026 07:47:26 UTC', 'none'],
])
table('readWindowsDns mdy', (text) => time.readWindowsDns(text, 'mdy'), [
  ['11/22/2026 7:47:26 AM', 'local 0/1000'], ['11/22/2026 07:47:26', 'local 0/1000'], ['11/22/2026 7:47:26\u202fPM', `local ${12 * 3_600_000}/1000`],
  ['11/22/2026 12:47:26 AM', `local ${-7 * 3_600_000}/1000`], ['11/22/2026 12:47:26 PM', `local ${5 * 3_600_000}/1000`],
  ['11/22/2026 13:47:26 PM', 'none'], ['11/22/2026 0:47:26 AM', 'none'], ['22/11/2026 07:47:26', 'none'],
])
table('readWindowsDns dmy', (text) => time.readWindowsDns(text, 'dmy'), [['22/11/2026 07:47:26', 'local 0/1000'], ['22.11.2026 07:47:26', 'local 0/1000'], ['22/11.2026 07:47:26', 'none']])

test('readTimeOfDay and stampZone', () => {
  assert.equal(time.readTimeOfDay('07:47:26.351041'), 28_046_351.041)
  assert.equal(time.readTimeOfDay('24:00:00'), undefined)
  assert.equal(time.readTimeOfDay('07:47:26 '), undefined)
  const zones: [string, string | undefined][] = [
    ['2026-11-22T07:47:26Z', 'UTC'], ['2026-11-22T07:47:26.123+0800', '+0800'], ['22/Nov/2026:07:47:26 -05:00', '-05:00'],
    ['Sun, 22 Nov 2026 07:47:26 GMT', 'UTC'], ['2026-11-22', undefined], ['2026-11-22T07:47:26', undefined],
  ]
  for (const [text, wanted] of zones) assert.equal(time.stampZone(text), wanted, text)
})

test('readEpoch keeps what is printed', () => {
  const rows: [string | number, time.EpochUnit, number | undefined, number?, number?][] = [
    ['1795333646.351041000', 's', 1_795_333_646_351.041, 0.001], ['1795333646', 's', 1_795_333_646_000, 1000], ['1795333646.95', 's', 1_795_333_646_950, 1],
    ['1795333646.351041999', 's', 1_795_333_646_351.041, 0.001, 999], ['1795333646351', 'ms', 1_795_333_646_351, 1], ['1795333646351041', 'us', 1_795_333_646_351.041, 0.001],
    ['1795333646351041007', 'ns', 1_795_333_646_351.041, 0.001, 7], ['5', 'ms', 5, 1], ['0', 's', 0, 1000],
    [1_795_333_646.351041, 's', 1_795_333_646_351.041, 0.001], [1_795_333_646_351, 'ms', 1_795_333_646_351, 1], [1_795_333_646.351, 's', 1_795_333_646_351, 1],
    ['1795333646', 'auto', 1_795_333_646_000, 1000], ['1795333646351', 'auto', 1_795_333_646_351, 1], ['1795333646351041', 'auto', 1_795_333_646_351.041, 0.001],
    ['1795333646351041007', 'auto', 1_795_333_646_351.041, 0.001, 7], ['316227766016', 'auto', undefined], ['316227766017', 'auto', 316_227_766_017, 1],
    ['100000000', 'auto', 100_000_000_000, 1000], ['99999999', 'auto', undefined], ['253402300799', 's', 253_402_300_799_000, 1000], ['253402300800', 's', undefined],
    ['-1', 's', undefined], ['+1', 's', undefined], ['1e9', 's', undefined], ['1.', 's', undefined], ['.5', 's', undefined], ['1.2.3', 's', undefined], ['', 's', undefined],
    [' 1', 's', undefined], ['1\0', 's', undefined], [NaN, 's', undefined], [Infinity, 's', undefined], [-1, 's', undefined], ['9'.repeat(41), 'ns', undefined],
  ]
  for (const [value, unit, ms, res, nanoseconds] of rows) {
    const stamp = time.readEpoch(value, unit)
    assert.equal(stamp?.ms, ms, `${value} ${unit}`)
    if (ms !== undefined) assert.deepEqual([stamp?.res_ms, stamp?.sub_ns], [res, nanoseconds], `${value} ${unit}`)
  }
  assert.equal(time.readDnsdistEpoch('1795331296.94635080')?.ms, 1_795_331_296_094.635)
  assert.equal(time.readDnsdistEpoch('1795331296.946350801')?.ms, 1_795_331_296_946.35)
  assert.equal(time.readDnsdistEpoch('1795331296.9463508011'), undefined)
})

test('a printed time reads back to the microsecond, in every spelling and at any size', () => {
  const micros = fc.integer({ min: 0, max: 4_000_000_000 }).chain((second) => fc.integer({ min: 0, max: 999_999 }).map((us) => ({ second, us })))
  fc.assert(fc.property(micros, ({ second, us }) => {
    const fraction = String(us).padStart(6, '0')
    const wanted = Number(`${second}${fraction.slice(0, 3)}.${fraction.slice(3)}`)
    const text = `${new Date(second * 1000).toISOString().slice(0, 19)}.${fraction}Z`
    assert.equal(time.toRfc3339(wanted), text)
    assert.equal((time.readIso(text) as time.Stamp).ms, wanted)
    assert.equal((time.readAny(text) as time.Stamp).ms, wanted)
    assert.equal(time.readEpoch(`${second}.${fraction}`, 's')?.ms, wanted)
    assert.equal(time.readEpoch(Number(`${second}.${fraction}`), 's')?.ms, wanted)
    assert.equal(time.round3(wanted), wanted)
    const clock = new Clock({ zone: 'Asia/Kolkata' })
    assert.equal(clock.resolve(time.readIso(text.slice(0, -1)) as time.LocalStamp)?.ms, time.round3(wanted - 19_800_000))
  }), { numRuns: 2000 })
})

test('toRfc3339', () => {
  assert.equal(time.toRfc3339(1_795_333_646_351.041), '2026-11-22T07:47:26.351041Z')
  assert.equal(time.toRfc3339(-1), '1969-12-31T23:59:59.999000Z')
  assert.equal(time.toRfc3339(1_795_333_647_000 - 0.0004), '2026-11-22T07:47:27.000000Z')
  assert.equal(time.toRfc3339(253_402_300_799_000), '9999-12-31T23:59:59.000000Z')
  assert.throws(() => time.toRfc3339(NaN), RangeError)
  assert.throws(() => time.toRfc3339(253_402_300_800_000), RangeError)
})

test('readAny reads each unambiguous spelling and nothing else', () => {
  const same = ['2026-11-22T07:47:26Z', '22/Nov/2026:07:47:26 +0000', '22-Nov-2026 07:47:26', '2026/11/22 07:47:26', '20261122.07h47m26s', 'Nov 22 2026 07:47:26',
    'Sun, 22 Nov 2026 07:47:26 GMT', 'Nov 22 07:47:26 2026 GMT', '261122074726Z', 'Nov 22, 2026 07:47:26 UTC', 'Sun Nov 22 07:47:26 UTC 2026', '1795333646', '1795333646000']
  for (const text of same) {
    assert.match(show(time.readAny(text)), /^(?:local )?0\/(?:1|1000)$/, text)
    for (const wrong of [`${text} `, ` ${text}`, `${text}\0`, text.slice(0, -1) + 'x', `[${text}]`]) assert.equal(time.readAny(wrong), undefined, JSON.stringify(wrong))
  }
  for (const text of ['11/22/2026 07:47:26', '07:47:26', '42', '-', 'x'.repeat(1e6), '9'.repeat(1e6), `2026-11-22T07:47:26.${'0'.repeat(1e6)}Z`]) assert.equal(time.readAny(text), undefined)
})

test('no text makes a reader throw, or give a number that is none', () => {
  const pieces = fc.array(fc.constantFrom('2026', '11', '22', 'Nov', 'Sun', ' ', ':', '/', '-', '.', ',', 'T', 'Z', '+', '0', 'UTC', '\0', 'é', '07:47:26', '9'.repeat(30)), { maxLength: 12 })
  const readers = [time.readIso, time.readCommonLog, time.readSyslog, time.readBind, time.readSlash, time.readAtsError, time.readHttpDate, time.readOpenssl, time.readAsn1Utc,
    time.readUnixDate, time.readTshark, time.readDnsdistEpoch, time.readAny, (text: string) => time.readWindowsDns(text, 'mdy'), (text: string) => time.readEpoch(text, 'ms')]
  fc.assert(fc.property(pieces, (parts) => {
    for (const read of readers) {
      const stamp = (read as (text: string) => Read)(parts.join(''))
      if (stamp !== undefined) for (const value of Object.values(stamp)) assert.ok(value === undefined || Number.isFinite(value))
    }
    parseUserTime(parts.join(''))
  }), { numRuns: 3000 })
})

test('durations and sizes', () => {
  const good: [string, number][] = [['500ms', 500], ['5s', 5000], ['2m', 120_000], ['1h', 3_600_000], ['1d', 86_400_000], ['1.5s', 1500], ['.5s', 500], ['5', 5000], ['0', 0], ['1.1', 1100],
    ['1m0.5s', 60_500], ['87µs', 0.087], ['87μs', 0.087], ['87us', 0.087], ['1ns', 0.000001], ['1h2m3.004s', 3_723_004], ['0.123456789s', 123.456789]]
  for (const [text, ms] of good) assert.equal(parseDurationMs(text), ms, text)
  for (const text of ['', 's', '-5s', '+5s', '5 s', '5x', '1.5.5s', '5s ', '1m5', '1e3s', '5S', '∞', '9'.repeat(30), '1s'.repeat(1e5), '5\0s']) assert.equal(parseDurationMs(text), undefined, text.slice(0, 20))
  assert.deepEqual(['+7.3s', '-7.3s', '7.3s', '-0s', '+-1s'].map((text) => parseDurationMs(text, true)), [7300, -7300, 7300, 0, undefined])
  const printed: [number, string][] = [[0, '0 ms'], [0.0001, '1 µs'], [0.087, '87 µs'], [0.9994, '999 µs'], [0.9996, '1.0 ms'], [1.5, '1.5 ms'], [9.94, '9.9 ms'], [9.96, '10 ms'], [87, '87 ms'], [999.4, '999 ms'],
    [999.6, '1.0 s'], [15_004.3, '15.0 s'], [59_949, '59.9 s'], [59_951, '1 min'], [125_000, '2 min 5 s'], [3_599_499, '59 min 59 s'], [3_599_501, '1 h'], [11_040_000, '3 h 4 min'], [86_369_999, '23 h 59 min'], [86_370_000, '1 d'],
    [90_000_000, '1 d 1 h'], [-87, '-87 ms'], [NaN, '?'], [Infinity, '?']]
  for (const [ms, text] of printed) assert.equal(formatDurationMs(ms), text, String(ms))
  const sizes: [string, number | undefined][] = [['128MiB', 134_217_728], ['1kB', 1000], ['1k', 1024], ['1.5 GB', 1_500_000_000], ['42', 42], ['42B', 42], ['2TiB', 2 ** 41], ['0', 0], ['', undefined], ['MiB', undefined], ['-1', undefined], ['1iB', undefined], ['99999999TiB', undefined]]
  for (const [text, bytes] of sizes) assert.equal(parseSizeBytes(text), bytes, text)
})
