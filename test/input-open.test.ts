// what is opened: compressed, damaged, odd, or bytes given in a path's place
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, before, describe, test } from 'node:test'
import * as zlib from 'node:zlib'
import fc from 'fast-check'
import { openBytes, sniff, type OpenOptions } from '../src/input/open.js'
import { Problem, type ProblemCode } from '../src/problem.js'
import { chunksOf, hasCode, SEED } from './input-bytes.js'

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
