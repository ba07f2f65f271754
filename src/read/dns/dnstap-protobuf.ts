/** dnstap's protobuf, read by hand: its few fields, bounded, and nothing thrown whatever the bytes. */
import { readEpoch, type Stamp } from '../time.js'
import { newTapMessage, tapKind, type TapEnd, type TapMessage } from './dnstap.js'
import { decodeMessage } from './wire.js'
import { ipText } from './wire-cursor.js'

/** A field: its number, and a number or bytes. */
interface Field { readonly number: number, readonly value: number, readonly bytes: Uint8Array | undefined }

const ROLES = ['AUTH', 'RESOLVER', 'CLIENT', 'FORWARDER', 'STUB', 'TOOL', 'UPDATE']
const PROTOCOLS = [undefined, 'UDP', 'TCP', 'DOT', 'DOH', 'DNSCryptUDP', 'DNSCryptTCP', 'DOQ']
const MAX_FIELDS = 64

/** Reads varints; `at` runs past the end where the bytes stop too early. */
class Reader {
  at = 0
  constructor(readonly bytes: Uint8Array) {}

  get more(): boolean { return this.at < this.bytes.length }

  get broken(): boolean { return this.at > this.bytes.length }

  varint(): number {
    let value = 0
    for (let scale = 1, read = 0; read < 10; scale *= 128, read++) {
      const byte = this.bytes[this.at++]
      if (byte === undefined) break
      value += (byte & 127) * scale
      if (byte < 128) return value
    }
    this.at = this.bytes.length + 1
    return 0
  }
}

/** Fields of a message; undefined where the bytes are no protobuf. */
function fieldsOf(bytes: Uint8Array): Field[] | undefined {
  const fields: Field[] = []
  const reader = new Reader(bytes)
  while (reader.more && fields.length < MAX_FIELDS) {
    const tag = reader.varint()
    const number = Math.floor(tag / 8)
    const wire = tag % 8
    if (wire === 0) fields.push({ number, value: reader.varint(), bytes: undefined })
    else if (wire === 2 || wire === 1 || wire === 5) {
      const size = wire === 2 ? reader.varint() : wire === 1 ? 8 : 4
      if (size > bytes.length - reader.at) return undefined
      const part = bytes.subarray(reader.at, reader.at + size)
      reader.at += size
      const value = wire === 5 ? part[0]! + part[1]! * 256 + part[2]! * 65536 + part[3]! * 16777216 : 0
      fields.push({ number, value, bytes: part })
    } else return undefined
  }
  return reader.broken ? undefined : fields
}

function stampOf(seconds: number | undefined, nanoseconds: number): Stamp | undefined {
  return seconds === undefined || nanoseconds > 999_999_999 ? undefined : readEpoch(`${seconds}.${String(nanoseconds).padStart(9, '0')}`, 's')
}

/** The message in a frame; a text says why there is none. */
export function readTapFrame(frame: Uint8Array): TapMessage | string {
  const outer = fieldsOf(frame)
  const inner = outer?.find(field => field.number === 14)?.bytes
  const fields = inner && fieldsOf(inner)
  if (!fields) return outer ? 'no message' : 'no protobuf'
  const number = (id: number): number | undefined => fields.find(field => field.number === id)?.value
  const bytes = (id: number): Uint8Array | undefined => fields.find(field => field.number === id)?.bytes
  const type = number(1) ?? 0
  const kind = tapKind(`${ROLES[Math.floor((type - 1) / 2)]}_${type % 2 === 1 ? 'QUERY' : 'RESPONSE'}`)
  if (!kind) return `message type ${type}`
  const end = (address: number, port: number): TapEnd => ({ ip: ipText(bytes(address) ?? new Uint8Array(0)), port: number(port) || undefined })
  const message = newTapMessage(kind)
  message.client = end(4, 6)
  message.server = end(5, 7)
  message.protocol = PROTOCOLS[number(3) ?? 0]
  message.queryTime = stampOf(number(8), number(9) ?? 0)
  message.responseTime = stampOf(number(12), number(13) ?? 0)
  const wire = bytes(kind.isQuery ? 10 : 14) ?? bytes(10)
  const decoded = wire && decodeMessage(wire)
  if (decoded) message.dns = decoded.dns
  if (wire && (kind.isQuery || bytes(14))) message.bytes = wire.length
  return message
}
