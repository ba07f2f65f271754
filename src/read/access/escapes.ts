/** The escapes that web servers write inside quoted values of a log line. */

const NAMED: Readonly<Record<string, number>> = { n: 10, t: 9, r: 13, v: 11, b: 8, f: 12, a: 7, '"': 34, '\\': 92, '/': 47 }
const ESCAPES = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|(.))/g

function bytesOf(text: string): Buffer | undefined {
  const parts: Buffer[] = []
  let from = 0
  for (const match of text.matchAll(ESCAPES)) {
    parts.push(Buffer.from(text.slice(from, match.index)))
    from = match.index + match[0].length
    const [, hex, unicode, named] = match
    if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]))
    else if (unicode !== undefined) parts.push(Buffer.from(String.fromCharCode(Number.parseInt(unicode, 16))))
    else if (NAMED[named!] === undefined) return undefined
    else parts.push(Buffer.from([NAMED[named!]!]))
  }
  parts.push(Buffer.from(text.slice(from)))
  return Buffer.concat(parts)
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
