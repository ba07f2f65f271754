// the DNS readers' shared parts: wire messages, frames, and the queue of questions
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { framesAsLines } from '../src/input/frame-streams.js'
import { readTapFrame } from '../src/read/dns/dnstap-protobuf.js'
import { reverseName } from '../src/read/dns/names.js'
import { WaitingList } from '../src/read/dns/pairing.js'
import { decodeMessage, decodeRecord, fromBase64 } from '../src/read/dns/wire.js'

const name = (text: string): number[] => [...text.split('.').flatMap(label => [label.length, ...Buffer.from(label)]), 0]
const u16 = (value: number): number[] => [value >> 8, value & 255]
const HEADER = [...u16(7), ...u16(0x8183), ...u16(1), ...u16(1), ...u16(0), ...u16(1)]

test('a message gives flags, extended code, EDNS and HTTPS data', () => {
  const https = [...u16(1), 0, ...u16(1), ...u16(3), 2, 104, 50, ...u16(4), ...u16(4), 203, 0, 113, 80]
  const opt = [0, ...u16(41), ...u16(1232), 1, 0, ...u16(0x8000), ...u16(6), ...u16(15), ...u16(2), ...u16(22)]
  const bytes = [...HEADER, ...name('www.example.com'), ...u16(65), ...u16(1), 192, 12, ...u16(65), ...u16(1), 0, 0, 0, 60, ...u16(https.length), ...https, ...opt]
  assert.deepEqual(decodeMessage(Uint8Array.from(bytes)), {
    isResponse: true,
    dns: {
      id: '7', op_code: 'QUERY', header_flags: ['RD', 'RA', 'DO'], ede: [22], response_code: 'BADMODE',
      question: { name: 'www.example.com', type: 'HTTPS', class: 'IN' },
      answers: [{ name: 'www.example.com', type: 'HTTPS', class: 'IN', ttl: 60, data: '1 . alpn="h2" ipv4hint=203.0.113.80' }],
    },
  })
})

test('pointers that go round or forward end the reading', () => {
  for (const pointer of [12, 13, 14, 200]) {
    const read = decodeMessage(Uint8Array.from([...u16(7), ...u16(0), ...u16(1), ...u16(0), ...u16(0), ...u16(0), 192, pointer, ...u16(1), ...u16(1)]))
    assert.equal(read?.dns.question, undefined)
  }
})

test('no bytes make a reader throw', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
    decodeMessage(bytes)
    decodeRecord(bytes)
    readTapFrame(bytes)
    decodeMessage(Uint8Array.from([...HEADER, ...bytes]))
  }), { numRuns: 2000 })
  assert.equal(fromBase64('not base64!'), undefined)
})

async function linesOf(chunks: readonly Buffer[]): Promise<string[]> {
  async function* source(): AsyncGenerator<Buffer> { yield* chunks }
  const parts: Buffer[] = []
  for await (const part of framesAsLines(source())) parts.push(part)
  return Buffer.concat(parts).toString('latin1').split('\n').filter(line => line !== '')
}

const control = (type: number, body: Buffer): Buffer => {
  const head = Buffer.alloc(12)
  head.writeUInt32BE(4 + body.length, 4)
  head.writeUInt32BE(type, 8)
  return Buffer.concat([head, body])
}

function framed(frames: readonly Buffer[]): Buffer {
  const content = Buffer.from('protobuf:dnstap.Dnstap')
  const field = Buffer.alloc(8)
  field.writeUInt32BE(1, 0)
  field.writeUInt32BE(content.length, 4)
  const data = frames.flatMap(frame => { const size = Buffer.alloc(4); size.writeUInt32BE(frame.length); return [size, frame] })
  return Buffer.concat([control(2, Buffer.concat([field, content])), ...data, control(3, Buffer.alloc(0))])
}

test('frames become lines, wherever the bytes are cut', async () => {
  const file = framed([Buffer.from('one'), Buffer.from('two!')])
  const expected = ['dnstap:b25l', 'dnstap:dHdvIQ==']
  assert.deepEqual(await linesOf([file]), expected)
  for (let at = 1; at < file.length; at++) assert.deepEqual(await linesOf([file.subarray(0, at), file.subarray(at)]), expected, `cut at ${at}`)
  const second = file.indexOf('two!')
  assert.deepEqual(await linesOf([file.subarray(0, second + 2)]), ['dnstap:b25l', 'dnstap:!cut'])
})

test('bytes that are no frames pass as they are', async () => {
  assert.deepEqual(await linesOf([Buffer.from('a lo'), Buffer.from('g\nline\n')]), ['a log', 'line'])
  assert.deepEqual(await linesOf([Buffer.alloc(3)]), ['\0\0\0'])
  assert.deepEqual(await linesOf([]), [])
})

test('the queue is first in, first out per key, and forgets what is too old or too much', () => {
  const list = new WaitingList<number>(1000, 3)
  const first = list.add('a', 1, 0)
  list.add('a', 2, 10)
  list.add('b', 3, 20)
  assert.equal(list.first('a'), first)
  assert.equal(list.last('a')?.value, 2)
  list.remove(first)
  assert.equal(list.first('a')?.value, 2)
  assert.deepEqual(list.lapsed(1005), [])
  assert.deepEqual(list.lapsed(1015), [2])
  for (const value of [4, 5, 6]) list.add('c', value, 1015)
  assert.deepEqual(list.lapsed(1015), [3])
  assert.deepEqual(list.drain(), [4, 5, 6])
  assert.equal(list.first('c'), undefined)
})

test('addresses have their reverse names', () => {
  assert.equal(reverseName('203.0.113.80'), '80.113.0.203.in-addr.arpa')
  assert.equal(reverseName('2001:db8::1'), '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa')
  assert.equal(reverseName('www.example.com'), undefined)
})
