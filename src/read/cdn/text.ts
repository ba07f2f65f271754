/** Small readers that several CDN formats share. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'

const hexDigit = (code: number): number => {
  const digit = code < 58 ? code - 48 : code < 65 ? -1 : (code | 32) - 87
  return digit >= 0 && digit <= 15 ? digit : -1
}

/** The byte that `%XX` at a place stands for, or -1. */
function byteAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1
  const high = hexDigit(text.charCodeAt(at + 1))
  const low = hexDigit(text.charCodeAt(at + 2))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function decodeRun(run: string): string {
  try {
    return decodeURIComponent(run)
  } catch {
    return run // no UTF-8: the bytes stay readable as they are
  }
}

/** Undoes percent-encoding once; runs that are no UTF-8 stay as they are. Runs of ASCII, the usual ones, are read byte by byte, at a third of the cost of a pattern. */
export function percentDecode(text: string): string {
  let done = 0
  let decoded = ''
  for (let at = text.indexOf('%'); at !== -1; at = text.indexOf('%', at)) {
    const start = at
    let run = ''
    let isAscii = true
    for (let byte = byteAt(text, at); byte !== -1; byte = byteAt(text, at)) {
      if (byte < 128) run += String.fromCharCode(byte)
      else isAscii = false
      at += 3
    }
    if (at === start) at++
    else {
      decoded += text.slice(done, start) + (isAscii ? run : decodeRun(text.slice(start, at)))
      done = at
    }
  }
  return done === 0 ? text : decoded + text.slice(done)
}

/** Undoes a log's own percent-encoding of a request target. A result that no request line can hold (blanks, controls) shows that there was none, so the text stays. */
export function wireText(text: string): string {
  if (!text.includes('%')) return text
  const decoded = percentDecode(text)
  for (let at = 0; at < decoded.length; at++) {
    const code = decoded.charCodeAt(at)
    if (code <= 32 || code === 127) return text
  }
  return decoded
}

/** Undoes form encoding: `+` is a blank, the rest percent-encoding. */
export function formDecode(text: string): string {
  return percentDecode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

/** Puts the first address of an `X-Forwarded-For` list (as printed, `-` and junk left out) on the draft. */
export function putForwarded(draft: Draft, list: string | undefined): void {
  if (list === undefined || list === '-' || list === '') return
  const comma = list.indexOf(',')
  const first = percentDecode(comma === -1 ? list : list.slice(0, comma)).trim()
  const host = canonicalIp(first) === undefined ? splitHostPort(first)?.host : first
  if (host !== undefined && canonicalIp(host) !== undefined) (draft.network ??= {}).forwarded_ip = host
}

/** States why a request failed: our word, and the vendor's own. */
export function fail(draft: Draft, type: ErrorType | undefined, code?: string, message?: string): void {
  const error = (draft.error ??= {})
  if (type !== undefined) error.type = type
  if (code !== undefined) error.code = code
  if (message !== undefined) error.message = message
}

/** Marks a line about a request that an edge made of itself (a worker's, a parent cache's, a prefetch): a client made none. */
export function markSubrequest(draft: Draft, parent?: string): void {
  ;(draft.tags ??= []).push('subrequest')
  if (parent !== undefined) (draft.labels ??= {}).parent_request_id = parent
}

/** Puts `ip`, `ip:port` or a name (with or without port) of an origin on the draft. */
export function putOrigin(draft: Draft, text: string | undefined): void {
  if (text === undefined) return
  const parts = splitHostPort(text)
  if (!parts) return
  const origin = ((draft.cdn ??= {}).origin ??= {})
  if (canonicalIp(parts.host) === undefined) origin.name = parts.host
  else origin.ip = parts.host
  if (parts.port) origin.port = parts.port
}
