// the tricks of the columns, each against the plain way: bytes copied four at a time, and pairs of numbers that forget by generations
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { copyBytes, viewOf } from '../src/columns/copy-bytes.js'
import { RecentPairs } from '../src/columns/pair-table.js'

test('bytes are copied as `set` would, wherever they stand and go, and nothing beside them is touched', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(12), fc.nat(12), fc.nat(40), (source, from, at, length) => {
    const begin = Math.min(from, source.length)
    const end = Math.min(begin + length, source.length)
    const target = new Uint8Array(at + end - begin + 5).fill(7)
    const expected = target.slice()
    expected.set(source.subarray(begin, end), at)
    // views that begin within their buffer, as those of a file's bytes do
    const shifted = new Uint8Array(source.length + 3)
    shifted.set(source, 3)
    assert.equal(copyBytes(viewOf(target), at, viewOf(shifted.subarray(3)), begin, end), at + end - begin)
    assert.deepEqual(target, expected)
  }), { numRuns: 3000 })
})

/** The same with maps and texts. */
class PlainPairs {
  private now = new Map<string, number>()
  private before = new Map<string, number>()
  constructor(private readonly generation: number) {}
  get(a: number, b: number): number { return Math.max(this.now.get(`${a} ${b}`) ?? -Infinity, this.before.get(`${a} ${b}`) ?? -Infinity) }
  raise(a: number, b: number, value: number): number {
    const known = this.get(a, b)
    if (this.now.size >= this.generation) {
      this.before = this.now
      this.now = new Map()
    }
    this.now.set(`${a} ${b}`, Math.max(this.now.get(`${a} ${b}`) ?? -Infinity, value))
    return known
  }
}

test('pairs remember the latest value, and forget by generations', () => {
  const number = (most: number): fc.Arbitrary<number> => fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: most }))
  const step = fc.record({ a: number((1 << 26) - 1).map(a => a + 1), b: number(1 << 21), value: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.double({ min: 0, max: 2e12, noNaN: true })), isRaise: fc.boolean() })
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(1, 3, 20, 1000), (steps, generation) => {
    const pairs = new RecentPairs(generation)
    const plain = new PlainPairs(generation)
    for (const { a, b, value, isRaise } of steps) {
      if (isRaise) assert.equal(pairs.raise(a, b, value), plain.raise(a, b, value))
      else assert.equal(pairs.get(a, b), plain.get(a, b))
    }
  }), { numRuns: 1000 })
})

test('a table of pairs grows without losing any', () => {
  const pairs = new RecentPairs()
  for (let number = 0; number < 100_000; number++) pairs.raise(1 + number % 977, number, number)
  for (let number = 0; number < 100_000; number++) assert.equal(pairs.get(1 + number % 977, number), number)
  assert.equal(pairs.get(978, 1), -Infinity)
})
