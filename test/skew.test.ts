// the estimate of a clock's offset: what it recovers, and when it says nothing
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { correctionOf } from '../src/correlate.js'
import { caseEvents } from '../src/detectors/case-events.js'
import { SkewSampler, type Skew } from '../src/join/skew-sample.js'
import { shiftAt } from '../src/read/clock-correction.js'
import { estimateSkew, type SkewRules, type TimePair } from '../src/join/skew.js'

const RULES: SkewRules = { latencyMs: 250, minSupport: 8, minShare: 0.5 }

/** A small random source with a seed. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** `count` things, `offsetMs` apart and `latencyMs` late, stamped by clocks of the given ticks. */
function seen(count: number, offsetMs: number, { seed = 1, latencyMs = 5, fromTick = 1, toTick = 1, noise = 0 } = {}): TimePair[] {
  const random = randomOf(seed)
  const floor = (ms: number, tick: number): number => Math.floor(ms / tick) * tick
  return Array.from({ length: count }, (_, i) => {
    const at = 1_700_000_000_000 + i * 900 + random() * 800
    const to = random() < noise ? at + (random() - 0.5) * 60_000 : at + offsetMs + latencyMs * (0.5 + random())
    return { key: String(i), fromMs: floor(at, fromTick), toMs: floor(to, toTick), fromTickMs: fromTick, toTickMs: toTick }
  })
}

for (const offset of [0, 7300, -7300, 450, -4 * 3_600_000]) {
  test(`an offset of ${offset} ms is found, with fine clocks and with coarse ones`, () => {
    const fine = estimateSkew(seen(40, offset), RULES)
    assert.ok(fine && Math.abs(fine.offset_ms - offset) < 10, JSON.stringify(fine))
    const coarse = estimateSkew(seen(80, offset, { fromTick: 1000 }), RULES)
    assert.ok(coarse && Math.abs(coarse.offset_ms - offset) < 300, JSON.stringify(coarse))
  })
}

test('chance pairs do not move it', () => {
  const found = estimateSkew(seen(100, 7300, { noise: 0.4, seed: 7 }), RULES)
  assert.ok(found && Math.abs(found.offset_ms - 7300) < 20 && found.confidence < 0.8, JSON.stringify(found))
})

test('thin evidence, no agreement and two offsets that fit about as well give nothing', () => {
  assert.equal(estimateSkew([], RULES), undefined)
  assert.equal(estimateSkew(seen(7, 7300), RULES), undefined)
  assert.equal(estimateSkew(seen(60, 0, { noise: 1, seed: 3 }), RULES), undefined)
  const half = seen(30, 7300).map(pair => ({ ...pair, key: `b${pair.key}` }))
  assert.equal(estimateSkew([...seen(30, 0), ...half], RULES), undefined)
})

test('several candidates for one thing count once', () => {
  const pairs = seen(5, 7300).flatMap(pair => [pair, { ...pair, toMs: pair.toMs + 1 }, { ...pair, toMs: pair.toMs + 2 }])
  assert.equal(estimateSkew(pairs, RULES), undefined)
})

/** Pairs of a clock that is `offsetMs` ahead in the middle and gains `ppm`. */
function drifting(count: number, offsetMs: number, ppm: number, seed = 5): TimePair[] {
  const random = randomOf(seed)
  const [from, stepMs] = [1_700_000_000_000, 60_000]
  const middle = from + count * stepMs / 2
  return Array.from({ length: count }, (_, i) => {
    const at = from + i * stepMs + random() * stepMs
    const to = random() < 0.1 ? at + (random() - 0.5) * 600_000 : at + offsetMs + ppm * 1e-6 * (at - middle) + 5 + random() * 20
    return { key: String(i), fromMs: at, toMs: to, fromTickMs: 1, toTickMs: 1 }
  })
}

for (const [offset, ppm] of [[0, 80], [7300, -120], [-2000, 400]] as const) {
  test(`a clock ${offset} ms off that gains ${ppm} parts of a million is found with its drift`, () => {
    const found = estimateSkew(drifting(1440, offset, ppm), RULES)
    assert.ok(found?.drift && Math.abs(found.drift.ppm - ppm) < 3, JSON.stringify(found))
    const middle = 1_700_000_000_000 + 1440 * 60_000 / 2
    const there = found.offset_ms + found.drift.ppm * 1e-6 * (middle - found.drift.at_ms)
    assert.ok(Math.abs(there - offset) < 50, JSON.stringify(found))
  })
}

test('a steady offset is not called a drift', () => {
  assert.equal(estimateSkew(drifting(1440, 7300, 0), RULES)?.drift, undefined)
  assert.equal(estimateSkew(seen(100, 7300, { noise: 0.3, seed: 9 }), RULES)?.drift, undefined)
})

test('times of a clock that drifts are set right on both sides', () => {
  const events = drifting(1440, 7300, -120).flatMap(({ fromMs, toMs }, i) => {
    const client = { ip: `192.0.2.${i % 200}`, port: 1024 + i }
    return caseEvents([
      { type: 'tls.handshake', dataset: 'zeek.ssl', in: 'tls.log', ts_ms: fromMs, ts_res_ms: 1, ts_basis: 'start', client, tls: { client: { server_name: 'www.example.com' } } },
      { type: 'http.request', dataset: 'nginx.access', in: 'access.log', ts_ms: toMs, ts_res_ms: 1, ts_basis: 'start', client, url: { domain: 'www.example.com', path: '/' } },
    ])
  })
  const sampler = new SkewSampler()
  for (const event of events) sampler.see(event)
  const [[path, skew]] = [...sampler.learn()] as [[string, Skew]]
  const correction = correctionOf(skew)
  const own = events.filter(event => event.log.file.path === path)
  const other = events.filter(event => event.log.file.path !== path)
  const apart = own.map((event, i) => Math.abs(event.ts_ms! + shiftAt(correction, event.ts_ms!) - other[i]!.ts_ms!)).sort((a, b) => a - b)
  assert.ok(apart[Math.floor(apart.length / 2)]! < 60, `${path} ${JSON.stringify(skew)}: ${apart[Math.floor(apart.length / 2)]}`)
})
