// rows in the order of time: of one log while it is read, and of several logs as they are joined
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { BLOCK_ROWS, transferOf, type Block, type Entry } from '../src/columns/block.js'
import { BlockOrder } from '../src/columns/block-order.js'
import { ColumnPool } from '../src/columns/column-pool.js'
import { Dictionary, newVocabulary } from '../src/columns/dictionary.js'
import { Lane } from '../src/columns/lane.js'
import { RowMerge } from '../src/columns/row-merge.js'
import { orderOfTimes } from '../src/columns/sort-times.js'
import { OutOfOrder } from '../src/join/merge.js'

const T0 = 1767604447000

test('times are ordered as a comparator would, whatever their range', () => {
  const time = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 1 << 30 }), fc.integer({ min: 0, max: 9_000_000_000_000 })).map(us => T0 + us / 1000)
  fc.assert(fc.property(fc.array(time, { maxLength: 60 }), fc.boolean(), (times, isFine) => {
    const all = Float64Array.from(times, (at, place) => isFine && place % 2 ? at + 0.0003 : at)
    const expected = [...all.keys()].sort((a, b) => all[a]! - all[b]! || a - b)
    assert.deepEqual([...orderOfTimes(all, all.length)], expected)
  }), { numRuns: 2000 })
})

interface Made { readonly start: number, readonly line: number, readonly text: string }

const ENTRY: Entry = { values: ['"a"'], who: { client: '192.0.2.1' } }

/** Rows as a block: their texts, and entries of their dictionary that this block is the first to name. */
function blockOf(rows: readonly Made[], dictionary: number, added: number): Block {
  const column = (): Int32Array => new Int32Array(Math.max(1, rows.length))
  const times = (): Float64Array => new Float64Array(Math.max(1, rows.length))
  const block = { rows: rows.length, dictionary, line: column(), start: times(), at: times(), end: times(), port: column(), ttl: times(), parts: [column(), column()], textStarts: [column(), column()], textLengths: [column(), column()], bytes: Buffer.from(rows.map(row => row.text).join('')), added: [Array.from({ length: added }, () => ENTRY), []] }
  let used = 0
  rows.forEach((row, at) => {
    block.line[at] = row.line
    block.start[at] = row.start
    block.at[at] = row.start + 1
    block.end[at] = row.start + 2
    block.port[at] = row.line % 100
    block.textStarts[row.line % 2]![at] = used
    block.textLengths[row.line % 2]![at] = row.text.length
    used += row.text.length
  })
  return block
}

const textOf = ({ bytes, textStarts, textLengths }: Block, row: number): string => [0, 1].map(column => Buffer.from(bytes.subarray(textStarts[column]![row]!, textStarts[column]![row]! + textLengths[column]![row]!)).toString()).join('')

const rowsOf = (block: Block): Made[] => Array.from({ length: block.rows }, (_, row) => {
  assert.equal(block.at[row], block.start[row]! + 1)
  assert.equal(block.end[row], block.start[row]! + 2)
  assert.equal(block.port[row], block.line[row]! % 100)
  return { start: block.start[row]!, line: block.line[row]!, text: textOf(block, row) }
})

test('rows of a log come in the order of time, with their texts, once their entries are known', () => {
  const shape = fc.record({ sizes: fc.array(fc.constantFrom(0, 1, 50, BLOCK_ROWS - 1, BLOCK_ROWS), { minLength: 1, maxLength: 5 }), disorderMs: fc.constantFrom(0, 3, 900), seed: fc.nat(), forgetEvery: fc.constantFrom(1, 2, 9) })
  fc.assert(fc.property(shape, ({ sizes, disorderMs, seed, forgetEvery }) => {
    const pool = new ColumnPool()
    const order = new BlockOrder(1000, pool)
    const all: Made[] = []
    const given: Made[] = []
    const entries = new Map<number, number>()
    let random = seed
    const take = (isEnd: boolean): void => {
      for (const block of order.take(isEnd)) {
        given.push(...rowsOf(block))
        entries.set(block.dictionary, (entries.get(block.dictionary) ?? 0) + block.added[0]!.length)
        assert.equal(entries.get(block.dictionary), block.dictionary + 1, 'entries come before what they name')
        pool.give(transferOf(block))
      }
    }
    sizes.forEach((size, number) => {
      const rows = Array.from({ length: size }, (): Made => {
        random = Math.imul(random ^ 0x5bd1e995, 0x01000193) + 1 | 0
        const line = all.length + 1
        const made = { start: T0 + line - (disorderMs === 0 ? 0 : (random >>> 8) % disorderMs), line, text: `t${line}` }
        all.push(made)
        return made
      })
      const dictionary = Math.floor(number / forgetEvery)
      order.add(blockOf(rows, dictionary, number % forgetEvery === 0 ? dictionary + 1 : 0))
      take(false)
    })
    take(true)
    assert.deepEqual(given, [...all].sort((a, b) => a.start - b.start || a.line - b.line))
  }), { numRuns: 60 })
})

test('a row too far from its place is found out, with how far', () => {
  const order = new BlockOrder(1000, new ColumnPool())
  const steady = (first: number): Made[] => Array.from({ length: BLOCK_ROWS }, (_, row) => ({ start: T0 + first + row, line: first + row + 1, text: '' }))
  for (const first of [0, BLOCK_ROWS, 2 * BLOCK_ROWS]) order.add(blockOf(steady(first), 0, 1))
  const before = order.take(false)
  assert.equal(before.length, 2)
  const last = before.at(-1)!
  order.add(blockOf([{ start: last.start[last.rows - 1]!, line: 99_999, text: '' }], 0, 0)) // at the very time of the last one given
  const tardy = blockOf([{ start: T0 + 5, line: 100_000, text: '' }], 0, 0)
  assert.throws(() => order.add(tardy), error => error instanceof OutOfOrder && error.neededMs === 3 * BLOCK_ROWS - 1 - 5)
})

test('rows of several logs come in one order, those of a moment in the order of their logs', () => {
  const log = fc.array(fc.integer({ min: 0, max: 12 }), { maxLength: 30 })
  fc.assert(fc.property(fc.tuple(log, log, log), fc.integer({ min: 1, max: 7 }), fc.integer({ min: 1, max: 20 }), (logs, size, batch) => {
    const sorted = logs.map(starts => [...starts].sort((a, b) => a - b).map((start, at): Made => ({ start: T0 + start, line: at, text: '' })))
    const lanes = sorted.map((_, number) => new Lane(number, 2))
    const merge = new RowMerge(lanes, batch)
    const dictionaries = sorted.map(() => new Dictionary(2, newVocabulary()))
    dictionaries.forEach(dictionary => dictionary.add({ ...blockOf([], 0, 1), added: [[ENTRY], [{ values: [], what: { type: 'tls.handshake', names: [], servers: [], family: 0, isCause: true, leadsSomewhere: true, isPlain: false, tick: 0 } }]] }))
    const next = sorted.map(() => 0)
    const given: [number, number][] = []
    const take = (lane: Lane, row: number): void => {
      assert.equal(lane.merged, row)
      assert.equal(lane.start[row & lane.mask], sorted[lane.log]![row]!.start)
      given.push([lane.log, row])
      lane.letGo(row)
    }
    for (let lane = merge.next; lane; lane = merge.next) {
      const from = next[lane.log]!
      const rows = sorted[lane.log]!.slice(from, from + size)
      if (rows.length === 0) lane.isEnded = true
      else lane.append(blockOf(rows, 0, 0), dictionaries[lane.log]!)
      next[lane.log] = from + rows.length
      merge.ready(take)
    }
    merge.ready(take)
    const expected = sorted.flatMap((rows, number) => rows.map((row, at) => ({ number, at, start: row.start }))).sort((a, b) => a.start - b.start || a.number - b.number || a.at - b.at)
    assert.deepEqual(given, expected.map(({ number, at }) => [number, at]))
  }), { numRuns: 1500 })
})
