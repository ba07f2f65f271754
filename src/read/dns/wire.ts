/**
 * A small reader of DNS messages (RFC 1035 and its followers), for logs that carry them raw. The bytes are hostile: names may
 * loop, counts may lie, anything may be cut. Nothing throws, every loop is bounded, and what cannot be read is left out.
 */
import type { Draft } from '../parser.js'
import { dnsClassName, dnsTypeName, opcodeName, rcodeName } from '../vocabulary/dns.js'
import { Cursor, decimal, ipText, readName } from './wire-cursor.js'
import { readServiceBinding } from './wire-svcb.js'

type Dns = NonNullable<Draft['dns']>
type Answer = NonNullable<Dns['answers']>[number]

/** Records of one section that are kept; a message of 64 KiB could hold thousands. */
const MAX_RECORDS = 100
/** Text kept of one record's data. */
const MAX_DATA = 1024
const HEADER_BYTES = 12
const OPT = 41

function textStrings(cursor: Cursor): string {
  const strings: string[] = []
  while (cursor.ok && cursor.at < cursor.end && strings.length < 64) {
    let text = ''
    for (const code of cursor.take(cursor.u8())) text += code === 34 || code === 92 ? `\\${String.fromCharCode(code)}` : code >= 32 && code < 127 ? String.fromCharCode(code) : decimal(code)
    strings.push(`"${text}"`)
  }
  return strings.join(' ')
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')

/** Data in presentation form; types that are not known come out as RFC 3597 writes them. */
function dataText(type: number, cursor: Cursor): string | undefined {
  const { at, end } = cursor
  switch (type) {
    case 1: case 28: return ipText(cursor.take(end - at))
    case 2: case 5: case 12: case 39: return readName(cursor)
    case 15: { const preference = cursor.u16(); return `${preference} ${readName(cursor)}` }
    case 33: { const head = `${cursor.u16()} ${cursor.u16()} ${cursor.u16()}`; return `${head} ${readName(cursor)}` }
    case 6: { const names = `${readName(cursor)} ${readName(cursor)}`; return `${names} ${cursor.u32()} ${cursor.u32()} ${cursor.u32()} ${cursor.u32()} ${cursor.u32()}` }
    case 16: return textStrings(cursor)
    case 64: case 65: return readServiceBinding(cursor)
    case 257: { const flags = cursor.u8(); const tag = Buffer.from(cursor.take(cursor.u8())).toString('latin1'); return `${flags} ${tag} "${Buffer.from(cursor.take(end - cursor.at)).toString('latin1').replace(/[^ -~]|"/g, '?')}"` }
    default: { const raw = cursor.take(Math.min(end - at, MAX_DATA / 2)); return `\\# ${end - at} ${hex(raw)}` }
  }
}

/** EDNS of a message: what the OPT record says. */
interface Edns { extendedRcode: number, dnssec: boolean, subnet?: string, errors: number[] }

function readOpt(data: Cursor, flags: number): Edns {
  const edns: Edns = { extendedRcode: flags >>> 24, dnssec: ((flags >>> 15) & 1) === 1, errors: [] }
  for (let options = 0; options < 32 && data.ok && data.at < data.end; options++) {
    const code = data.u16()
    const value = data.take(data.u16())
    if (!data.ok) break
    if (code === 8 && value.length >= 4) {
      const address = new Uint8Array(value[1] === 1 ? 4 : 16)
      address.set(value.subarray(4, 4 + address.length))
      const ip = ipText(address)
      if (ip !== undefined) edns.subnet = `${ip}/${value[2]}`
    } else if (code === 15 && value.length >= 2) edns.errors.push(value[0]! * 256 + value[1]!)
  }
  return edns
}

/** A record whose parts are read, or undefined; an OPT record fills `edns` of the caller. */
function readRecord(cursor: Cursor, onOpt: (edns: Edns) => void): Answer | undefined {
  const name = readName(cursor)
  const type = cursor.u16()
  const recordClass = cursor.u16()
  const ttl = cursor.u32()
  const size = cursor.u16()
  const start = cursor.at
  cursor.take(size)
  if (!cursor.ok) return undefined
  const data = new Cursor(cursor.bytes, start, start + size)
  if (type === OPT) {
    onOpt(readOpt(data, ttl))
    return undefined
  }
  const text = dataText(type, data)
  if (text === undefined || text === '' || !data.ok) return undefined
  // a TTL with the top bit set counts as zero (RFC 2181)
  return { name, type: dnsTypeName(type), class: dnsClassName(recordClass), ttl: ttl > 0x7fffffff ? 0 : ttl, data: text.slice(0, MAX_DATA) }
}

/** One whole record in wire form, as Cloudflare logs them; undefined for what is none. */
export function decodeRecord(bytes: Uint8Array): Answer | undefined {
  return readRecord(new Cursor(bytes, 0, bytes.length), () => {})
}

const FLAGS: readonly (readonly [number, string])[] = [[0x0400, 'AA'], [0x0200, 'TC'], [0x0100, 'RD'], [0x0080, 'RA'], [0x0020, 'AD'], [0x0010, 'CD']]

/** A message as a `dns` group, and whether it is a response; undefined for bytes that are no message. */
export function decodeMessage(bytes: Uint8Array): { dns: Dns, isResponse: boolean } | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const cursor = new Cursor(bytes, 0, bytes.length)
  const id = cursor.u16()
  const bits = cursor.u16()
  const counts = [cursor.u16(), cursor.u16(), cursor.u16(), cursor.u16()]
  const isResponse = (bits & 0x8000) !== 0
  const flags = FLAGS.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name)
  const dns: Dns = { id: String(id), op_code: opcodeName((bits >> 11) & 15), header_flags: flags }
  let rcode = bits & 15
  for (let i = 0; i < counts[0]! && i < 4 && cursor.ok; i++) {
    const name = readName(cursor)
    const type = cursor.u16()
    const questionClass = cursor.u16()
    if (cursor.ok && i === 0) dns.question = { name, type: dnsTypeName(type), class: dnsClassName(questionClass) }
  }
  const answers: Answer[] = []
  for (let section = 1; section < 4; section++) {
    for (let i = 0; i < counts[section]! && i < MAX_RECORDS && cursor.ok; i++) {
      const record = readRecord(cursor, edns => {
        rcode |= edns.extendedRcode << 4
        if (edns.dnssec) flags.push('DO')
        if (edns.subnet !== undefined) dns.edns_subnet = edns.subnet
        if (edns.errors.length > 0) dns.ede = edns.errors
      })
      if (record && section === 1) answers.push(record)
    }
    // a section longer than is read cannot be stepped over
    if (counts[section]! > MAX_RECORDS) break
  }
  if (answers.length > 0) dns.answers = answers
  if (isResponse) dns.response_code = rcodeName(rcode)
  return { dns, isResponse }
}

/** Bytes of a base64 text, or undefined where it is longer than any message can be or is no base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > 90_000 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined
  return Buffer.from(text, 'base64')
}
