// the estimate of a clock's offset: what it recovers, and when it says nothing
import assert from 'node:assert/strict'
import { test } from 'node:test'
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
