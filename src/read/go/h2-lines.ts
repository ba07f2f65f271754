/** Shapes of http2debug lines: where the message begins, frames, header fields. */

import { stampIn } from './moment.js'

/** A frame as `summarizeFrame` prints it. */
export interface Frame { readonly type: string, readonly flags: string, readonly stream: number, readonly length: number, readonly tail: string }

const FRAME = /^([A-Z][A-Z_0-9]{2,39})(?: flags=(\S{1,80}))?(?: stream=(\d{1,10}))? len=(\d{1,9})/

/** Reads `HEADERS flags=END_STREAM|END_HEADERS stream=1 len=47…`; stream 0 is the connection itself. */
export function parseFrame(text: string): Frame | undefined {
  const match = FRAME.exec(text)
  return match ? { type: match[1]!, flags: match[2] ?? '', stream: Number(match[3] ?? 0), length: Number(match[4]), tail: text.slice(match[0].length) } : undefined
}

/** True where the frame ends its side of the stream. */
export const endsStream = (frame: Frame): boolean => frame.flags.includes('END_STREAM')

/** `ErrCode=NAME` of RST_STREAM and GOAWAY. */
export function errorCode(frame: Frame): string {
  return /\bErrCode=([A-Z_0-9]{2,40}|unknown error code 0x[0-9a-f]+)/.exec(frame.tail)?.[1] ?? 'unknown'
}

/** Reads `"name" = "value"[ (sensitive)]` from a place on; both are Go-quoted. */
export function parseField(text: string, from: number): { name: string, value: string } | undefined {
  const middle = text.indexOf('" = "', from)
  const last = text.lastIndexOf('"')
  if (text.charCodeAt(from) !== 34 || middle === -1 || last < middle + 5) return undefined
  const value = text.slice(middle + 5, last)
  return { name: text.slice(from + 1, middle), value: value.includes('\\') ? value.replace(/\\(["\\])/g, '$1') : value }
}

/** Messages of the HTTP/2 code that do not begin with `http2: `. */
const OTHERS = ['RoundTrip failure: ', 'RoundTrip retrying after failure: ', 'transport got GOAWAY with error code = ', 'Transport: unhandled response frame type ', 'Unhandled Setting: ', 'GOAWAY close timer fired', 'protocol error: received '] as const

/** Words after `http2: ` that are http2debug's and not another program's. */
const WORDS = /^(?:Framer 0x|Transport |decoded hpack field|server |server: |header list too large|invalid header|timeout waiting for PING|1xx informational|PanicHandler|CloseNotify|response body|request )/

/** Where the HTTP/2 code's message begins in a line, whatever logger wrote the line; -1 for a line that is none of its. */
export function messageStart(text: string): number {
  const at = text.indexOf('http2: ')
  if (at !== -1 && at <= 200 && WORDS.test(text.slice(at + 7, at + 40))) return at
  for (const words of OTHERS) {
    const found = text.indexOf(words)
    if (found !== -1 && found <= 200) return found
  }
  return -1
}

/** True where what stands before a message is a logger's prefix of this line, not the stamp of an envelope around it. */
export function ownPrefix(prefix: string): boolean {
  return prefix === '' || !/\d:\d\d|\d{4}-\d\d-\d\d/.test(prefix) || stampIn(prefix) !== undefined
}

/** `Get "https://…": CAUSE`, which a Go program that logs its errors prints after some words of its own. */
const CLIENT_ERROR = /^(?:[\w .:#()[\]-]{1,80}: )?(Get|Head|Post|Put|Patch|Delete|Options) "(https?:\/\/[^\s"]{1,2000})": (.+)$/

/** A program's own line about a request that failed. */
export function parseClientError(message: string): { method: string, url: string, words: string } | undefined {
  const match = CLIENT_ERROR.exec(message)
  return match ? { method: match[1]!.toUpperCase(), url: match[2]!, words: match[3]! } : undefined
}
