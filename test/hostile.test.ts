// hostile input: a counted skip or a clear problem with a code; never a crash, a hang or a lost count
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parsers } from '../parsers/index.js'
import { correlate } from '../src/correlate.js'
import { detect } from '../src/detect.js'
import { parse } from '../src/parse.js'
import { makeHead } from '../src/read/detect.js'
import type { Parser } from '../src/read/parser.js'
import type { Run } from '../src/run.js'

const folder = mkdtempSync(join(tmpdir(), 'logjoin-hostile-'))
after(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

async function drain<T>(run: Run<T>): Promise<{ records: T[], summary: Run<T>['summary'] }> {
  const records: T[] = []
  for await (const record of run) records.push(record)
  for (const one of run.summary.files) assert.equal(one.skipped['parser-failed'], undefined, `${one.path}: the parser threw`)
  for (const one of run.summary.files) assert.equal(one.lines, one.events + one.merged + Object.values(one.skipped).reduce((sum, count) => sum + count, 0), `${one.path} does not add up`)
  return { records, summary: run.summary }
}

const sampleOf = (parser: Parser): string[] => parser.samples.filter(sample => sample.format === undefined).flatMap(sample => typeof sample.lines === 'string' ? [sample.lines] : sample.lines)

const DAMAGE: Readonly<Record<string, (text: string) => string | Buffer>> = {
  'CRLF line ends': text => text.replaceAll('\n', '\r\n'),
  'a byte order mark': text => `\ufeff${text}`,
  'NUL bytes inside': text => text.replaceAll('e', '\0'),
  'invalid UTF-8 inside': text => Buffer.concat([Buffer.from(text), Buffer.from([0xff, 0xfe, 0x41, 0x0a, 0xc3, 0x0a])]),
  'every digit a nine': text => text.replace(/\d/g, '9'),
  'every quote gone': text => text.replaceAll('"', ''),
  'every space doubled': text => text.replaceAll(' ', '  '),
  'lines reversed': text => text.split('\n').reverse().join('\n'),
  'each line twice': text => text.split('\n').flatMap(line => [line, line]).join('\n'),
  'a prototype key in front of each object': text => text.replaceAll('{', '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},'),
  'a very long tail on each line': text => text.replaceAll('\n', `${'A'.repeat(5000)}\n`),
  'deep nesting': text => `${text}\n${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}\n`,
}

for (const [name, damage] of Object.entries(DAMAGE)) {
  test(`every format survives ${name}`, async () => {
    for (const parser of parsers) {
      const lines = sampleOf(parser)
      if (lines.length === 0) continue
      const path = file(`${parser.id}.log`, damage(`${lines.join('\n')}\n`))
      const { summary } = await drain(parse([path], { as: [{ value: parser.id }], year: 2026 }))
      assert.ok(summary.problems.every(problem => problem.code !== 'internal'), `${parser.id}: ${JSON.stringify(summary.problems)}`)
    }
    assert.equal(({} as Record<string, unknown>).polluted, undefined)
  })
}

test('a 5 MB line is a counted skip and the lines around it are read', async () => {
  const [line] = sampleOf(parsers.find(parser => parser.id === 'bind-query')!)
  const path = file('long.log', `${line}\n${'x'.repeat(5 << 20)}\n${line}\n`)
  const { records, summary } = await drain(parse([path]))
  assert.equal(records.length, 2)
  assert.deepEqual(summary.files[0]!.skipped, { 'too-long': 1 })
})

test('an empty file is read as nothing, without trouble', async () => {
  const { records, summary } = await drain(correlate([file('empty.log', '')]))
  assert.deepEqual([records.length, summary.problems.length, summary.files[0]!.lines], [0, 0, 0])
})

test('a folder is walked; files in it that no format claims are notes, not trouble', async () => {
  const inner = join(folder, 'walked')
  mkdirSync(inner)
  writeFileSync(join(inner, 'dns.log'), `${sampleOf(parsers.find(parser => parser.id === 'bind-query')!).join('\n')}\n`)
  writeFileSync(join(inner, 'notes.txt'), 'buy milk\n')
  writeFileSync(join(inner, 'picture.png'), Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 0, 1, 2, 3]))
  const { records, summary } = await drain(parse([inner]))
  assert.ok(records.length > 0)
  assert.deepEqual(summary.problems, [])
  assert.ok(summary.notes.some(note => note.includes('notes.txt')) && summary.notes.some(note => note.includes('picture.png')))
})

for (const [name, content, code] of [
  ['a binary', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1, 0, 2, 0, 0, 0, 9, 0, 0]), 'binary-file'],
  ['UTF-16', Buffer.from('\ufeffclient', 'utf16le'), 'utf16-file'],
  ['prose', 'it was a dark and stormy night\nand nothing was logged\n', 'no-format'],
] as const) {
  test(`${name} named by the user is a problem with the code ${code}, and the rest of the run goes on`, async () => {
    const good = file('good.log', `${sampleOf(parsers.find(parser => parser.id === 'bind-query')!)[0]}\n`)
    const { records, summary } = await drain(parse([file('bad.log', content), good]))
    assert.equal(records.length, 1)
    assert.deepEqual(summary.problems.map(problem => problem.code), [code])
    assert.ok(summary.problems[0]!.remedy.length > 0)
  })
}

test('a truncated gzip gives what can be recovered and says so', async () => {
  const [line] = sampleOf(parsers.find(parser => parser.id === 'bind-query')!)
  const whole = gzipSync(Array.from({ length: 4000 }, (_, i) => line!.replace('35821', String(20000 + i))).join('\n'))
  const { records, summary } = await drain(parse([file('cut.log.gz', whole.subarray(0, whole.length - 9))]))
  assert.ok(records.length > 1000, `${records.length} events`)
  assert.deepEqual(summary.problems.map(problem => problem.code), ['broken-compression'])
})

test('two formats in one file are both read, or told apart by counted skips', async () => {
  const bind = sampleOf(parsers.find(parser => parser.id === 'bind-query')!)[0]!
  const json = '{"ts":1767604447.5,"uid":"CxB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"203.0.113.7","id.resp_p":443,"version":"TLSv13","cipher":"TLS_AES_128_GCM_SHA256","server_name":"static.example.com","resumed":true,"established":true}'
  const { records } = await drain(parse([file('mixed.log', Array.from({ length: 20 }, () => `${bind}\n${json}\n`).join(''))]))
  assert.deepEqual([...new Set(records.map(record => record.type))].sort(), ['dns.query', 'tls.handshake'])
  assert.equal(records.length, 40)
})

test('random bytes of every kind never break a run', async () => {
  let seed = 7
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff)
  const text = parsers.flatMap(sampleOf).join('\n')
  for (let round = 0; round < 60; round++) {
    const bytes = Buffer.from(text.slice(random() % text.length).slice(0, 3000))
    for (let i = 0; i < 40; i++) bytes[random() % bytes.length] = random() & 0xff
    const path = file('random.log', bytes)
    await drain(parse([path]))
    await drain(detect([path]))
  }
})

test('words that every object answers to (constructor, __proto__ …) break neither detection nor reading', async () => {
  for (const parser of parsers) {
    const lines = sampleOf(parser).slice(0, 3)
    for (const line of lines) {
      const words = [...new Set(line.match(/[A-Za-z_][\w-]{1,30}/g) ?? [])].slice(0, 12)
      const texts = words.flatMap((word, index) => [line.replace(word, index % 2 === 0 ? 'constructor' : '__proto__')])
      for (const text of texts) assert.doesNotThrow(() => parser.detect(makeHead('x.log', [text])), `${parser.id}: ${text.slice(0, 200)}`)
      const { summary } = await drain(parse([{ name: 'x.log', format: parser.id, lines: [...lines, ...texts] }]))
      assert.deepEqual(summary.problems, [], parser.id)
    }
  }
  const keyed = 'constructor=1 __proto__=2 toString=3 valueOf=4 hasOwnProperty=5'
  for (const parser of parsers) assert.doesNotThrow(() => parser.detect(makeHead('x.log', [keyed, keyed.replaceAll('=', ': '), keyed.replaceAll(' ', '\t').replaceAll('=', ':'), `192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] "GET http://www.example.com/ HTTP/1.1" 200 1 "-" "-" ${keyed}`])), parser.id)
})
