import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { expandInputs, globToRegExp, matchesPattern, rotationGroups } from '../src/input/expand.js'
import { frameStream, head, readLines } from '../src/input/lines.js'
import type { LineBatch, LineOptions, Refusal } from '../src/input/lines.js'
import { openBytes, sniff } from '../src/input/open.js'
import type { OpenOptions } from '../src/input/open.js'
import { describeProblem, Problem, REMEDIES } from '../src/problem.js'
import type { ProblemCode } from '../src/problem.js'

const SEED = 20260101
type Line = string | Refusal
type Framing = (bytes: AsyncIterable<Uint8Array>, options?: LineOptions) => AsyncGenerator<LineBatch>
const FRAMINGS: readonly (readonly [string, Framing])[] = [['readLines', readLines], ['frameStream', frameStream]]

async function* chunksOf(...chunks: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk
}

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

function hasCode(code: ProblemCode, message?: RegExp): (error: unknown) => boolean {
  return error => {
    assert.ok(error instanceof Problem, String(error))
    assert.equal(error.code, code)
    if (message !== undefined) assert.match(error.message, message)
    return true
  }
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

const TEXT = Buffer.from(Array.from({ length: 20000 }, (_, index) => `${index} host${(index * 7919) % 10007}.example.com\n`).join(''))
const GZIP = zlib.gzipSync(TEXT)
const BROTLI = zlib.brotliCompressSync(TEXT)

let folder = ''
before(async () => { folder = await mkdtemp(join(tmpdir(), 'logjoin-input-')) })
after(() => rm(folder, { recursive: true }))

async function readAll(name: string, options?: OpenOptions): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of openBytes(name === '-' ? name : join(folder, name), options)) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

function damaged(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at]! ^= 0xff
  return copy
}

const half = GZIP.length >> 1
const OPEN_CASES: readonly { name: string, file?: string, bytes: Buffer, want: Buffer | number, note?: RegExp }[] = [
  { name: 'plain text is given as it is', bytes: TEXT, want: TEXT },
  { name: 'an empty file gives nothing', bytes: Buffer.alloc(0), want: 0 },
  { name: 'a file of one byte', bytes: Buffer.from('a'), want: 1 },
  { name: 'gzip is known without its name', bytes: GZIP, want: TEXT },
  { name: 'gzip members are one', bytes: Buffer.concat([GZIP, GZIP]), want: Buffer.concat([TEXT, TEXT]) },
  { name: 'gzip padded with NULs is whole', bytes: Buffer.concat([GZIP, Buffer.alloc(700)]), want: TEXT },
  { name: 'text named .gz is text', file: 'text.gz', bytes: TEXT, want: TEXT },
  { name: 'gzip without its trailer gives all', bytes: GZIP.subarray(0, -8), want: TEXT, note: /cut short/ },
  { name: 'gzip cut in the middle gives its half', bytes: GZIP.subarray(0, half), want: 200000, note: /cut short/ },
  { name: 'gzip with a wrong checksum gives all', bytes: damaged(GZIP, GZIP.length - 6), want: TEXT, note: /damaged/ },
  { name: 'garbage behind gzip loses nothing', bytes: Buffer.concat([GZIP, Buffer.from('garbage')]), want: TEXT, note: /follows/ },
  { name: 'garbage behind a gzip of one line loses nothing', bytes: Buffer.concat([zlib.gzipSync('a\n'), Buffer.from('garbage')]), want: 2, note: /follows/ },
  { name: 'brotli by its name', file: 'log.br', bytes: BROTLI, want: TEXT },
  { name: 'brotli without its name', bytes: BROTLI, want: TEXT },
  { name: 'short brotli by its name', file: 'short.br', bytes: zlib.brotliCompressSync('a\n'), want: 2 },
  { name: 'text named .br is text', file: 'text.br', bytes: TEXT, want: TEXT },
  { name: 'brotli cut in the middle', bytes: BROTLI.subarray(0, BROTLI.length >> 1), want: 100000, note: /cut short/ },
  { name: 'a crash-cut log with a hole of NULs is text', bytes: Buffer.concat([Buffer.from('a\n'), Buffer.alloc(3000), Buffer.from('b\n')]), want: 3004 },
  { name: 'an 8-bit encoding is text', bytes: Buffer.from('\xe9\xe8\xe0 caf\xe9\n'.repeat(50), 'latin1'), want: 450 },
]

describe('openBytes', () => {
  for (const [index, { name, file = `case${index}`, bytes, want, note }] of OPEN_CASES.entries()) {
    test(name, async () => {
      await writeFile(join(folder, file), bytes)
      const viaFile: Problem[] = []
      const given = await readAll(file, { onNote: problem => viaFile.push(problem) })
      if (Buffer.isBuffer(want)) assert.ok(given.equals(want))
      else if (note === undefined || want < 10) assert.equal(given.length, want)
      else assert.ok(given.length > want && TEXT.subarray(0, given.length).equals(given), String(given.length))
      assert.equal(viaFile.length, note === undefined ? 0 : 1)
      if (note !== undefined) assert.ok(hasCode('broken-compression', note)(viaFile[0]))
      if (file.endsWith('.br')) return
      const notes: Problem[] = []
      const byTens = Array.from({ length: Math.ceil(bytes.length / 999) }, (_, at) => bytes.subarray(at * 999, at * 999 + 999))
      assert.ok((await readAll('-', { stdin: chunksOf(...byTens), onNote: problem => notes.push(problem) })).equals(given))
      assert.equal(notes.length, viaFile.length)
    })
  }

  const REFUSED: readonly { name: string, bytes: Buffer, code: ProblemCode, message: RegExp }[] = [
    { name: 'UTF-16 with a mark', bytes: Buffer.from('\ufeffa\n', 'utf16le'), code: 'utf16-file', message: /utf16le/ },
    { name: 'UTF-16 the other way round', bytes: Buffer.from('feff0061', 'hex'), code: 'utf16-file', message: /utf16be/ },
    { name: 'UTF-16 without a mark', bytes: Buffer.from('a line of a log\n', 'utf16le'), code: 'utf16-file', message: /utf16le/ },
    { name: 'UTF-16 inside gzip', bytes: zlib.gzipSync(Buffer.from('\ufeffa\n', 'utf16le')), code: 'utf16-file', message: /UTF-16/ },
    { name: 'a capture', bytes: Buffer.from('d4c3b2a1020004000000000000000000', 'hex'), code: 'binary-file', message: /packet capture; use tshark/ },
    { name: 'a newer capture', bytes: Buffer.from('0a0d0d0a1c0000004d3c2b1a', 'hex'), code: 'binary-file', message: /packet capture/ },
    { name: 'a program', bytes: Buffer.from('7f454c4602010100', 'hex'), code: 'binary-file', message: /ELF/ },
    { name: 'gzip in gzip', bytes: zlib.gzipSync(GZIP), code: 'binary-file', message: /twice/ },
    { name: 'random bytes', bytes: zlib.deflateRawSync(TEXT), code: 'binary-file', message: /binary data/ },
  ]
  for (const { name, bytes, code, message } of REFUSED) {
    test(`${name} is refused, and given with allowBinary`, async () => {
      await writeFile(join(folder, 'odd'), bytes)
      await assert.rejects(readAll('odd'), hasCode(code, message))
      assert.ok((await readAll('odd', { allowBinary: true })).length > 0)
    })
  }

  test('a folder and a missing file are refused', async () => {
    await assert.rejects(readAll('.'), hasCode('not-readable', /folder/))
    await assert.rejects(readAll('none'), hasCode('no-such-file'))
  })
  test('a decompression bomb is stopped', async () => {
    await writeFile(join(folder, 'bomb'), zlib.gzipSync(Buffer.alloc(20e6, '\n')))
    await assert.rejects(readAll('bomb', { ratioFreeBytes: 1e6 }), hasCode('too-large', /1000 times/))
    await assert.rejects(readAll('bomb', { maxBytes: 1e6 }), hasCode('too-large', /1000000 bytes/))
    assert.equal((await readAll('bomb')).length, 20e6)
  })
  test('zstd is read where Node can, else refused with the Node that can', async () => {
    const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer }
    const frame = zstdCompressSync?.(TEXT) ?? Buffer.from('28b52ffd00', 'hex')
    await writeFile(join(folder, 'frames'), Buffer.concat([Buffer.from('502a4d180100000000', 'hex'), frame, frame]))
    if (zstdCompressSync === undefined) await assert.rejects(readAll('frames'), hasCode('broken-compression', /22\.15/))
    else assert.ok((await readAll('frames')).equals(Buffer.concat([TEXT, TEXT])))
  })
  test('an abort ends the reading, also of a silent pipe', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 20)
    await assert.rejects(readAll('-', { stdin: new PassThrough(), signal: stop.signal }), { name: 'AbortError' })
  })
  test('sniff never throws', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), bytes => sniff(bytes).encoding.startsWith('utf')), { seed: SEED })
  })
})

describe('expandInputs', () => {
  const TREE = ['logs/b.log', 'logs/a.log', 'logs/.hidden', 'logs/sub/c.log', 'logs/node_modules/x.log', 'dns.log', 'tls[1].log', 'empty.txt']
  let root = ''
  before(async () => {
    root = await mkdtemp(join(tmpdir(), 'logjoin-expand-'))
    for (const path of ['logs/sub', 'logs/node_modules', 'hollow']) await mkdir(join(root, path), { recursive: true })
    for (const path of TREE) await writeFile(join(root, path), '')
    await symlink('..', join(root, 'logs/sub/loop'))
    await symlink('nowhere', join(root, 'broken'))
    await symlink('dns.log', join(root, 'same.log'))
  })
  after(() => rm(root, { recursive: true }))
  const walked = ['(logs/a.log)', '(logs/b.log)', '(logs/sub/c.log)']

  const WANTED: readonly { args: string[], want: string[] }[] = [
    { args: [], want: [] },
    { args: ['-', 'dns.log', '-', './dns.log', 'same.log'], want: ['-', 'dns.log'] },
    { args: ['logs'], want: walked },
    { args: ['logs/'], want: walked },
    { args: ['./logs/sub'], want: ['(./logs/sub/c.log)', '(./logs/sub/loop/a.log)', '(./logs/sub/loop/b.log)'] },
    { args: ['logs', 'logs/b.log'], want: ['(logs/a.log)', 'logs/b.log', '(logs/sub/c.log)'] },
    { args: ['hollow'], want: [] },
    { args: ['tls[1].log'], want: ['tls[1].log'] },
    { args: ['*.log'], want: ['dns.log', 'tls[1].log'] },
    { args: ['logs/{b,a}.log'], want: ['logs/b.log', 'logs/a.log'] },
    { args: ['logs/[!b]*'], want: ['logs/a.log', '(logs/node_modules/x.log)', '(logs/sub/c.log)', '(logs/sub/loop/b.log)'] },
    { args: ['**/?.log'], want: ['logs/a.log', 'logs/b.log', 'logs/sub/c.log'] },
    { args: ['logs/**'], want: ['logs/a.log', 'logs/b.log', '(logs/node_modules/x.log)', 'logs/sub/c.log'] },
    { args: ['logs/.h*'], want: ['logs/.hidden'] },
  ]
  for (const { args, want } of WANTED) {
    test(`of ${args.join(' ') || 'nothing'}`, async () => {
      const files = await expandInputs(args, root)
      assert.deepEqual(files.map(file => (file.explicit ? file.path : `(${file.path})`)), want)
    })
  }

  const REFUSED: readonly { arg: string, code: ProblemCode, message: RegExp }[] = [
    { arg: 'dsn.log', code: 'no-such-file', message: /did you mean dns\.log\?/ },
    { arg: 'logs/A.log', code: 'no-such-file', message: /did you mean logs\/a\.log\?/ },
    { arg: 'completely-different', code: 'no-such-file', message: /^no such file$/ },
    { arg: 'absent/dns.log', code: 'no-such-file', message: /no folder absent/ },
    { arg: 'broken', code: 'no-such-file', message: /leads to nothing/ },
    { arg: '*.csv', code: 'is-empty-glob', message: /no file matches/ },
    { arg: '{a,b}'.repeat(12), code: 'bad-option', message: /1000/ },
  ]
  for (const { arg, code, message } of REFUSED) {
    test(`refuses ${arg}`, () => assert.rejects(expandInputs([arg], root), hasCode(code, message)))
  }
})

const PATTERNS: readonly { pattern: string, fits: string[], not: string[] }[] = [
  { pattern: '*.log', fits: ['a.log', 'x/y/a.log', '.log'], not: ['a.log.1', 'alog'] },
  { pattern: 'x/*.log', fits: ['x/a.log', './x/a.log'], not: ['x/y/a.log', 'y/x/a.log'] },
  { pattern: 'x/**/a.log', fits: ['x/a.log', 'x/y/z/a.log'], not: ['xx/a.log', 'x/ya.log'] },
  { pattern: '**/b/**/c*', fits: ['b/c', 'a/b/b/x/cc'], not: ['b/xc', 'bc', 'a/b'] },
  { pattern: '*{ab,a}*bc', fits: ['abc', 'xabxbc'], not: ['bc', 'ab'] },
  { pattern: 'a?[0-9][!x]', fits: ['a.1y', 'a😀1y'], not: ['a.1x', 'a.yy'] },
  { pattern: '{a,b{c,d}}', fits: ['a', 'bc', 'bd'], not: ['b', 'ac'] },
  { pattern: 'a\\*b', fits: ['a*b'], not: ['axb'] },
  { pattern: 'a(b|c)+$[', fits: ['a(b|c)+$['], not: ['ab'] },
  { pattern: '*a*b*', fits: ['ab', 'xaybz', 'aab'], not: ['ba', 'a'] },
]
for (const { pattern, fits, not } of PATTERNS) {
  test(`the pattern ${pattern} fits what it should`, () => {
    assert.deepEqual([...fits, ...not].filter(path => matchesPattern(pattern, path)), fits)
  })
}

test('a glob of many stars is not slow on a name that almost fits', () => {
  for (const [pattern, text] of [['*a'.repeat(20) + '*b', 'a'.repeat(20000)], ['**/a*/'.repeat(9) + 'b', 'a/'.repeat(9000)]] as const) {
    const start = performance.now()
    assert.equal(globToRegExp(pattern).test(text), false)
    assert.ok(performance.now() - start < 1000)
  }
})

test('globs agree with a plain matcher', () => {
  const fitsPlainly = (glob: string, text: string): boolean => {
    if (glob === '') return text === ''
    if (glob[0] === '*') return fitsPlainly(glob.slice(1), text) || (text !== '' && fitsPlainly(glob, text.slice(1)))
    return text !== '' && (glob[0] === '?' || glob[0] === text[0]) && fitsPlainly(glob.slice(1), text.slice(1))
  }
  const glob = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?'), maxLength: 8 }).filter(text => text !== '**')
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 9 })
  fc.assert(fc.property(glob, text, (pattern, name) => globToRegExp(pattern).test(name) === fitsPlainly(pattern, name)), { seed: SEED, numRuns: 3000 })
})

const ROTATIONS: readonly { name: string, paths: string[], want: string[][] }[] = [
  { name: 'numbers, the live file last', paths: ['dns.log', 'dns.log.1', 'dns.log.10.gz', 'dns.log.2.gz'], want: [['dns.log.10.gz', 'dns.log.2.gz', 'dns.log.1', 'dns.log']] },
  { name: 'dates behind and within the name', paths: ['dns.log', 'dns.log-20260102.zst', 'dns-20260101.log.br'], want: [['dns-20260101.log.br', 'dns.log-20260102.zst', 'dns.log']] },
  { name: 'dates before numbers', paths: ['a.log.1', 'a.log-2026-01-01', 'a.log'], want: [['a.log-2026-01-01', 'a.log.1', 'a.log']] },
  { name: 'hours of a day', paths: ['a.2026-01-01-10.log', 'a.2026-01-01-09.log'], want: [['a.2026-01-01-09.log', 'a.2026-01-01-10.log']] },
  { name: 'times of a Zeek folder', paths: ['d/dns.13:00:00-14:00:00.log.gz', 'd/dns.12:00:00-13:00:00.log.gz'], want: [['d/dns.12:00:00-13:00:00.log.gz', 'd/dns.13:00:00-14:00:00.log.gz']] },
  { name: 'names without an extension', paths: ['syslog', 'syslog.1', 'syslog.2.gz'], want: [['syslog.2.gz', 'syslog.1', 'syslog']] },
  { name: 'folders are kept apart', paths: ['x/a.log', 'y/a.log.1', '-'], want: [['x/a.log'], ['y/a.log.1'], ['-']] },
  { name: 'versions and addresses are no pieces', paths: ['go1.21', 'go1.22', '192.0.2.1', '192.0.2.2'], want: [['go1.21'], ['go1.22'], ['192.0.2.1'], ['192.0.2.2']] },
  { name: 'a name in digits with its live file is', paths: ['edge1', 'edge1.1'], want: [['edge1.1', 'edge1']] },
  { name: 'a number that is no date is a name', paths: ['a-20261301.log', 'a.log'], want: [['a-20261301.log'], ['a.log']] },
]
for (const { name, paths, want } of ROTATIONS) {
  test(`rotation: ${name}`, () => {
    assert.deepEqual(rotationGroups(paths), want)
    assert.deepEqual(rotationGroups(paths.toReversed()).toSorted().flat(), want.toSorted().flat())
  })
}

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

describe('bytes given in a path\'s place', () => {
  const read = async (bytes: AsyncIterable<Uint8Array>): Promise<string> => {
    const parts: Buffer[] = []
    for await (const part of openBytes('given', { source: bytes })) parts.push(part as Buffer)
    return Buffer.concat(parts).toString()
  }

  test('are decompressed as a file of that content is', async () => {
    assert.equal(await read(chunksOf(zlib.gzipSync('one\ntwo\n'))), 'one\ntwo\n')
  })

  test('are cut into frames where they are Frame Streams', async () => {
    // a start frame (escape, length 12 + 22, control 2, content type), one data frame of three bytes
    const type = Buffer.from('protobuf:dnstap.Dnstap')
    const word = (value: number): Buffer => { const four = Buffer.alloc(4); four.writeUInt32BE(value); return four }
    const start = Buffer.concat([word(2), word(1), word(type.length), type])
    const stream = Buffer.concat([word(0), word(start.length), start, word(3), Buffer.from([1, 2, 3])])
    const text = await read(chunksOf(stream.subarray(0, 20), stream.subarray(20)))
    assert.equal(text.split('\n').length - 1, 1)
    assert.ok(!text.includes('\u0001'), 'the bytes of a frame are written as text')
  })

  test('are refused under their name where they are no text', async () => {
    await assert.rejects(read(chunksOf(Buffer.from('d4c3b2a1020004000000000000000000', 'hex'))), (error: Problem) => error.code === 'binary-file' && error.where?.file === 'given')
  })
})
