/** The escapes that web servers write inside quoted values of a log line. */

/** Bytes of the one-letter escapes, by the letter's code. */
const NAMED = new Map<number, number>([['n', 10], ['t', 9], ['r', 13], ['v', 11], ['b', 8], ['f', 12], ['a', 7], ['"', 34], ['\\', 92], ['/', 47]].map(([letter, byte]) => [(letter as string).charCodeAt(0), byte as number]))
const BACKSLASH = 92

function hexAt(bytes: Uint8Array, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const code = bytes[i] ?? 0
    const digit = code >= 48 && code <= 57 ? code - 48 : (code | 32) >= 97 && (code | 32) <= 102 ? (code | 32) - 87 : -1
    if (digit === -1) return -1
    value = value * 16 + digit
  }
  return value
}

/** The bytes that an escaped text stands for, or undefined where a backslash begins no escape. */
function bytesOf(text: string): Buffer | undefined {
  const from = Buffer.from(text)
  const to = Buffer.allocUnsafe(from.length)
  let length = 0
  for (let at = 0; at < from.length; at++) {
    const byte = from[at]!
    if (byte !== BACKSLASH) {
      to[length++] = byte
      continue
    }
    const letter = from[++at] ?? 0
    const digits = letter === 120 ? 2 : letter === 117 ? 4 : 0
    const value = digits > 0 ? hexAt(from, at + 1, digits) : NAMED.get(letter) ?? -1
    if (value === -1) return undefined
    // an escape is longer than the bytes it stands for, so these fit
    length += digits === 4 ? to.write(String.fromCharCode(value), length) : 1
    if (digits !== 4) to[length - 1] = value
    at += digits
  }
  return to.subarray(0, length)
}

/**
 * Undoes the escapes of nginx (`\x22`, upper-case hex; `escape=json` writes `\"` and `\u0000`) and of Apache (`\"`, `\\`, `\n`, `\xhh`): bytes, read as UTF-8.
 * A value that is no text (a TLS hello sent to a plain port), or whose backslashes are no escapes, stays as it is printed.
 */
export function unescapeValue(text: string): string {
  if (!text.includes('\\')) return text
  const decoded = bytesOf(text)?.toString('utf8')
  if (decoded === undefined || decoded.includes('\uFFFD')) return text
  for (let at = 0; at < decoded.length; at++) {
    const code = decoded.charCodeAt(at)
    if (code < 32 || code === 127) return text
  }
  return decoded
}

/** True where an odd number of backslashes stands before `at`. */
export function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
  return slashes % 2 === 1
}
