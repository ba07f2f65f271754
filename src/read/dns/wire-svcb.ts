/** SVCB and HTTPS records (RFC 9460) in presentation form. */
import { ipText, readName, type Cursor } from './wire-cursor.js'

const KEYS = ['mandatory', 'alpn', 'no-default-alpn', 'port', 'ipv4hint', 'ech', 'ipv6hint', 'dohpath', 'ohttp']
const keyName = (key: number): string => KEYS[key] ?? `key${key}`

function addresses(bytes: Uint8Array, size: number): string {
  const texts: string[] = []
  for (let at = 0; at + size <= bytes.length && texts.length < 16; at += size) texts.push(ipText(bytes.subarray(at, at + size)) ?? '')
  return texts.join(',')
}

function protocols(bytes: Uint8Array): string {
  const names: string[] = []
  for (let at = 0; at < bytes.length && names.length < 16; at += 1 + bytes[at]!) names.push(printable(bytes.subarray(at + 1, at + 1 + bytes[at]!)))
  return names.join(',')
}

const printable = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1').replace(/[^!-~]|"/g, '?')

function valueText(key: number, value: Uint8Array): string {
  switch (key) {
    case 0: { const keys: string[] = []; for (let at = 0; at + 1 < value.length && keys.length < 16; at += 2) keys.push(keyName(value[at]! * 256 + value[at + 1]!)); return keys.join(',') }
    case 1: return `"${protocols(value)}"`
    case 3: return value.length === 2 ? String(value[0]! * 256 + value[1]!) : ''
    case 4: return addresses(value, 4)
    case 5: return Buffer.from(value).toString('base64')
    case 6: return addresses(value, 16)
    default: return `"${printable(value)}"`
  }
}

/** `priority target key=value …`. */
export function readServiceBinding(cursor: Cursor): string {
  const parts = [String(cursor.u16()), readName(cursor)]
  for (let i = 0; i < 32 && cursor.ok && cursor.at < cursor.end; i++) {
    const key = cursor.u16()
    const value = cursor.take(cursor.u16())
    if (!cursor.ok) break
    parts.push(value.length === 0 ? keyName(key) : `${keyName(key)}=${valueText(key, value)}`)
  }
  return parts.join(' ')
}
