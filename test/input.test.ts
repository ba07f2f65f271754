// lines cut from bytes, and how a Problem is told
import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { frameStream, head, readLines, type LineBatch, type LineOptions, type Refusal } from '../src/input/lines.js'
import { openBytes } from '../src/input/open.js'
import { describeProblem, Problem, REMEDIES } from '../src/problem.js'
import { chunksOf, SEED } from './input-bytes.js'

type Line = string | Refusal
type Framing = (bytes: AsyncIterable<Uint8Array>, options?: LineOptions) => AsyncGenerator<LineBatch>
const FRAMINGS: readonly (readonly [string, Framing])[] = [['readLines', readLines], ['frameStream', frameStream]]

async function batchesOf(batches: AsyncIterable<LineBatch>): Promise<LineBatch[]> {
  const all: LineBatch[] = []
  for await (const batch of batches) all.push(batch)
  return all
}

async function linesOf(batches: AsyncIterable<LineBatch>): Promise<Line[]> {
  const lines: Line[] = []
  for (const batch of await batchesOf(batches)) {
    assert.equal(batch.firstLine, lines.length + 1)
    lines.push(...batch.texts)
  }
  return lines
}

const nul = (text: string): Refusal => ({ reason: 'nul', text })
const invalid = (text: string): Refusal => ({ reason: 'invalid-utf8', text })
const tooLong = (text: string): Refusal => ({ reason: 'too-long', text })

const LINE_CASES: readonly { name: string, bytes: string | Buffer, want: Line[], limit?: number }[] = [
  { name: 'an empty input has no line', bytes: '', want: [] },
  { name: 'a mark alone has no line', bytes: '\ufeff', want: [] },
  { name: 'half a mark is a broken line', bytes: Buffer.from([0xef, 0xbb]), want: [invalid('\ufffd')] },
  { name: 'a lone newline is one empty line', bytes: '\n', want: [''] },
  { name: 'a last line without newline counts', bytes: 'a\nb', want: ['a', 'b'] },
  { name: 'a last newline adds no line', bytes: 'a\nb\n', want: ['a', 'b'] },
  { name: 'empty lines keep their numbers', bytes: 'a\n\n\nb\n', want: ['a', '', '', 'b'] },
  { name: 'CRLF loses its CR, one CR only', bytes: 'a\r\nb\r\r\n\r\nc\rd\n', want: ['a', 'b\r', '', 'c\rd'] },
  { name: 'a copy cut between CR and LF loses the CR', bytes: 'a\r\nb\r', want: ['a', 'b'] },
  { name: 'the mark is taken off the first line only', bytes: '\ufeffa\n\ufeffb\n', want: ['a', '\ufeffb'] },
  { name: 'other line ends of Unicode end no line', bytes: 'a\u2028b\u0085c\n', want: ['a\u2028b\u0085c'] },
  { name: 'a line with a NUL is refused, its neighbours are not', bytes: 'a\nb\0c\nd\n', want: ['a', nul('b\\x00c'), 'd'] },
  { name: 'leading NULs refuse the text behind them', bytes: '\0\0\0a\nb\n', want: [nul('\\x00\\x00\\x00a'), 'b'] },
  { name: 'a broken character is refused, its neighbours are not', bytes: Buffer.from('é\nfa\xe9\n', 'latin1'), want: [invalid('\ufffd'), invalid('fa\ufffd')] },
  { name: 'a character cut by a newline is refused', bytes: Buffer.from('c3c30aa90ac3a90a', 'hex'), want: [invalid('\ufffd\ufffd'), invalid('\ufffd'), 'é'] },
  { name: 'NUL is said before broken', bytes: Buffer.from('00ff0a', 'hex'), want: [nul('\\x00\ufffd')] },
  { name: 'a line of exactly the limit is read', bytes: '12345\r\nab\n', want: ['12345', 'ab'], limit: 5 },
  { name: 'a line of one byte more is refused', bytes: '123456\r\nab\n12345é', want: [tooLong('123456'), 'ab', tooLong('12345é')], limit: 5 },
  { name: 'refused text cannot steer a terminal', bytes: '\0\x1b[31m\u202e\u009b\n', want: [nul('\\x00\\x1b[31m\\u202e\\x9b')] },
]

for (const [framingName, framing] of FRAMINGS) {
  describe(`${framingName} frames lines`, () => {
    for (const { name, bytes, want, limit } of LINE_CASES) {
      for (const step of [1, 2, 3, 1000]) {
        test(`${name} (chunks of ${step})`, async () => {
          const all = Buffer.from(bytes as string)
          const chunks = Array.from({ length: Math.ceil(all.length / step) }, (_, index) => all.subarray(index * step, (index + 1) * step))
          assert.deepEqual(await linesOf(framing(chunksOf(...chunks), { maxLineBytes: limit })), want)
        })
      }
    }

    test('a line of 5 MB is refused with its number and a short text', async () => {
      const long = Array.from({ length: 80 }, () => Buffer.alloc(65536, 'x'))
      assert.deepEqual(await linesOf(framing(chunksOf('a\n', ...long, '\nb\n'))), ['a', tooLong('x'.repeat(200)), 'b'])
    })

    test('a line of 1 GB is never held', async () => {
      const chunk = Buffer.alloc(1024 * 1024, 'x')
      const start = process.memoryUsage().rss
      assert.deepEqual((await linesOf(framing(chunksOf(...Array.from({ length: 1024 }, () => chunk), '\nb')))).at(-1), 'b')
      assert.ok(process.memoryUsage().rss - start < 200 * 2 ** 20)
    })

    test('a batch ends when it is full and when the bytes at hand do', async () => {
      const batches = await batchesOf(framing(chunksOf('1\n2\n3\n', '4', '\n5'), { batchLines: 2 }))
      assert.deepEqual(batches.map(batch => [batch.firstLine, batch.texts]), [[1, ['1', '2']], [3, ['3']], [4, ['4']], [5, ['5']]])
    })

    test('a failure of the bytes is passed on after the lines before it', async () => {
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('a\nb')
        throw new Error('disk')
      }
      const batches = framing(failing())
      assert.deepEqual((await batches.next()).value, { firstLine: 1, texts: ['a'] })
      await assert.rejects(batches.next(), /disk/)
    })
  })
}

// the rules once more, on the whole input and byte by byte
function linesByTheBook(bytes: Buffer, maxLineBytes: number): Line[] {
  const body = bytes.subarray(0, 3).toString('hex') === 'efbbbf' ? bytes.subarray(3) : bytes
  const parts: Buffer[] = []
  let start = 0
  for (let at = 0; at < body.length; at++) {
    if (body[at] !== 10) continue
    parts.push(body.subarray(start, at))
    start = at + 1
  }
  if (start < body.length) parts.push(body.subarray(start))
  return parts.map(part => {
    const line = part.at(-1) === 13 ? part.subarray(0, -1) : part
    if (line.length > maxLineBytes) return tooLong('')
    if (line.includes(0)) return nul('')
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(line)
    } catch {
      return invalid('')
    }
  })
}

const withoutText = (line: Line): Line => (typeof line === 'string' ? line : { ...line, text: '' })

const PIECES = ['a', 'bc', '\n', '\r\n', '\r', '\0', 'é', '語', '😀', '\ufeff', 'x'.repeat(30), 'é'.repeat(500)].map(text => Buffer.from(text))
const BROKEN = ['ff', 'c3', 'e8aa', 'f09f98', 'eda080', 'c080', 'efbb'].map(hex => Buffer.from(hex, 'hex'))
const anyBytes = fc.array(fc.constantFrom(...PIECES, ...PIECES, ...BROKEN), { maxLength: 60 }).map(parts => Buffer.concat(parts))

test('both framings follow the rules and agree, however the bytes are cut', async () => {
  const cuts = fc.array(fc.nat(400), { maxLength: 8 })
  const limits = fc.record({ maxLineBytes: fc.constantFrom(1, 5, 40, 900, 5000), batchLines: fc.integer({ min: 1, max: 9 }) })
  await fc.assert(fc.asyncProperty(anyBytes, cuts, limits, async (bytes, places, options) => {
    const ends = [...places.sort((left, right) => left - right), bytes.length]
    const chunks = ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
    const inPlace = await batchesOf(readLines(chunksOf(...chunks), options))
    assert.deepEqual(inPlace.flatMap(batch => batch.texts.map(withoutText)), linesByTheBook(bytes, options.maxLineBytes))
    assert.deepEqual(await batchesOf(frameStream(chunksOf(...chunks), options)), inPlace)
    assert.deepEqual(await linesOf(readLines(chunksOf(bytes), options)), inPlace.flatMap(batch => batch.texts))
    for (const text of inPlace.flatMap(batch => batch.texts)) if (typeof text !== 'string') assert.ok(text.text.length <= 200)
  }), { seed: SEED, numRuns: 1000 })
})

describe('head looks at the first lines', () => {
  test('without losing a line, refused ones left out of the look', async () => {
    const peeked = await head(readLines(chunksOf('1\n2\n', '\0\n3\n', '4\n')), 3)
    assert.deepEqual(peeked.head, ['1', '2', '3'])
    assert.deepEqual(await linesOf(peeked.rest), ['1', '2', nul('\\x00'), '3', '4'])
  })
  test('of an input that has fewer', async () => {
    const peeked = await head(readLines(chunksOf('1\n')), 3)
    assert.deepEqual([peeked.head, await linesOf(peeked.rest)], [['1'], ['1']])
  })
  test('and with live takes what is there', async () => {
    const stdin = new PassThrough()
    stdin.write('1\n2\n')
    const peeked = await head(frameStream(openBytes('-', { stdin })), 3, { live: true })
    assert.deepEqual(peeked.head, ['1', '2'])
    await peeked.rest.return()
    assert.ok(stdin.destroyed)
  })
})

describe('describeProblem', () => {
  test('says where, what and what next', () => {
    const problem = new Problem('no-format', 'no parser claims this file', { file: 'edge.log', line: 3 })
    assert.equal(describeProblem(problem), `edge.log:3: no parser claims this file\n  ${REMEDIES['no-format']}`)
    assert.equal(describeProblem(new Problem('no-input', 'nothing to read')), `nothing to read\n  ${REMEDIES['no-input']}`)
  })
  test('lets no file name steer the terminal', () => {
    assert.match(describeProblem(new Problem('no-format', 'x', { file: 'a\x1b[2J\n' })), /^a\\x1b\[2J\\x0a: x\n/)
  })
  test('has a remedy of one sentence for every code', () => {
    for (const remedy of Object.values(REMEDIES)) assert.match(remedy, /^\S.*\.$/)
  })
})
