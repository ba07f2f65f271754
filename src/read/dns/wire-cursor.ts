/** Reading bytes of a DNS message: numbers, names, addresses. */
import { canonicalIp } from '../../address.js'

const MAX_NAME_BYTES = 255

/** A place in a message; `at` is moved by what is read, and `ok` turns false where the bytes end too early or make no sense. */
export class Cursor {
  ok = true
  constructor(readonly bytes: Uint8Array, public at: number, readonly end: number) {}

  u8(): number {
    if (this.at >= this.end) return this.fail()
    return this.bytes[this.at++]!
  }

  u16(): number { return this.u8() * 256 + this.u8() }

  u32(): number { return this.u16() * 65536 + this.u16() }

  take(count: number): Uint8Array {
    if (count > this.end - this.at) {
      this.fail()
      return EMPTY
    }
    const part = this.bytes.subarray(this.at, this.at + count)
    this.at += count
    return part
  }

  private fail(): number {
    this.ok = false
    this.at = this.end
    return 0
  }
}

const EMPTY = new Uint8Array(0)
/** A byte as master files escape it. */
export const decimal = (code: number): string => `\\${String(code).padStart(3, '0')}`

/** A label with master file escapes: the dot and the backslash by a backslash, what is not printable by its number. */
function labelText(bytes: Uint8Array): string {
  let text = ''
  for (const code of bytes) text += code === 46 || code === 92 ? `\\${String.fromCharCode(code)}` : code > 32 && code < 127 ? String.fromCharCode(code) : decimal(code)
  return text
}

/** Reads a name, `.` for the root. A pointer must go back, which is what ends every chain of pointers. */
export function readName(cursor: Cursor): string {
  const { bytes } = cursor
  let at = cursor.at
  let floor = at
  let jumped = false
  let length = 0
  let text = ''
  for (;;) {
    const size = at < (jumped ? bytes.length : cursor.end) ? bytes[at]! : 192
    if (size === 0) {
      if (!jumped) cursor.at = at + 1
      return text === '' ? '.' : text
    }
    if (size >= 192) {
      const target = ((size & 63) << 8) | (bytes[at + 1] ?? 0)
      if (at + 1 >= bytes.length || target >= floor) break
      if (!jumped) cursor.at = at + 2
      jumped = true
      floor = target
      at = target
      continue
    }
    length += size + 1
    if (size > 63 || length > MAX_NAME_BYTES || at + 1 + size > bytes.length) break
    text += (text === '' ? '' : '.') + labelText(bytes.subarray(at + 1, at + 1 + size))
    at += size + 1
  }
  cursor.ok = false
  cursor.at = cursor.end
  return text
}

/** The address in 4 or 16 bytes. */
export function ipText(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`
  if (bytes.length !== 16) return undefined
  const groups: string[] = []
  for (let i = 0; i < 16; i += 2) groups.push((bytes[i]! * 256 + bytes[i + 1]!).toString(16))
  return canonicalIp(groups.join(':'))
}
