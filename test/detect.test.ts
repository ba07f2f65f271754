// detection that stops asking those who have lost gives what asking everybody to the end gives
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsers } from '../parsers/index.js'
import { Problem } from '../src/problem.js'
import { claimsOnRefused, detectFormat, makeHead } from '../src/read/detect.js'
import { isCounted } from '../src/read/parser.js'

const samples = parsers.flatMap(parser => parser.samples.map(sample => [sample.lines].flat())).filter(lines => lines.join('').trim() !== '')
const STRANGE = [['', '# a comment', 'some words'], ['{"a":1}', '{}', '[1,2'], ['a\tb\tc\td'], ['192.0.2.1 - -'], ['key=value key2="v 2"']]
const kinds = [...samples, ...STRANGE]

/** Lines of a kind, over and over. */
const repeated = (which: number, count: number): string[] => Array.from({ length: count }, (_, index) => kinds[which]![index % kinds[which]!.length]!)

/** Mostly one format, and others strewn in, to one side or the other of every threshold. */
const file = fc.record({
  main: fc.integer({ min: 0, max: kinds.length - 1 }),
  count: fc.integer({ min: 1, max: 120 }),
  others: fc.array(fc.record({ kind: fc.integer({ min: 0, max: kinds.length - 1 }), count: fc.integer({ min: 1, max: 60 }), at: fc.integer({ min: 0, max: 120 }) }), { maxLength: 2 }),
}).map(({ main, count, others }) => {
  const lines = repeated(main, count)
  for (const other of others) lines.splice(other.at, 0, ...repeated(other.kind, other.count))
  return lines
})

function told(lines: readonly string[], areShares: boolean): unknown {
  const head = makeHead('/logs/some.log', lines)
  const named = (claims: ReturnType<typeof claimsOnRefused>): unknown => claims.map(({ parser, wrapper, score }) => [parser.id, wrapper?.id, score])
  try {
    const { claims } = detectFormat(head, { parsers, areShares })
    return { claims: named(claims), refused: named(claimsOnRefused('/logs/some.log', lines.slice(0, 20), lines.length, { parsers, areShares })) }
  } catch (error) {
    assert.ok(error instanceof Problem)
    return { code: error.code, message: error.message }
  }
}

test('whoever claims a file claims it also when losers are not asked to the end', () => {
  for (let kind = 0; kind < kinds.length; kind++) assert.deepEqual(told(repeated(kind, 40), true), told(repeated(kind, 40), false), kinds[kind]!.join('\n'))
  fc.assert(fc.property(file, lines => { assert.deepEqual(told(lines, true), told(lines, false)) }), { numRuns: 80 })
})

test('a built-in parser answers no more than its shares: below what matters it stays below, above it is exact', () => {
  fc.assert(fc.property(file, fc.constantFrom(0.3, 0.77, 0.92), (lines, least) => {
    const head = makeHead('/logs/some.log', lines)
    const quick = { ...head, quick: { least, counted: lines.filter(isCounted).length } }
    for (const parser of parsers) {
      const exact = parser.detect(head)
      const answer = parser.detect(quick)
      assert.ok(exact >= least ? answer === exact : answer < least, `${parser.id}: ${exact} became ${answer}`)
    }
  }), { numRuns: 1000 })
})
