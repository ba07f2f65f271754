/** Envoy's default text format, and Istio's, which adds causes in the middle and addresses at the end. */
import { putTime } from '../field-kinds.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext, type Skip } from '../parser.js'
import { readIso } from '../time.js'
import { applyEnvoy } from './facts.js'

/** `bytes_received bytes_sent duration service_time "x-forwarded-for" "`, which stands in both formats. */
const MIDDLE = / (\d+) (\d+) (\d+|-) (\d+|-) "([^"]*)" "/

const QUOTE = 34

interface Cut { readonly time: string, readonly values: Map<string, string> }

/** Where the request ends: at the first quote that a code and a blank follow. */
function requestEnd(text: string, from: number): number {
  for (let at = text.indexOf('" ', from); at !== -1; at = text.indexOf('" ', at + 1)) {
    let digit = at + 2
    while (text.charCodeAt(digit) >= 48 && text.charCodeAt(digit) <= 57) digit++
    if (digit > at + 2 && digit <= at + 5 && text.charCodeAt(digit) === 32) return at
  }
  return -1
}

function putRequest(values: Map<string, string>, request: string): void {
  const first = request.indexOf(' ')
  const last = request.lastIndexOf(' ')
  if (first === -1 || last === first) return
  values.set('method', request.slice(0, first))
  values.set('path', request.slice(first + 1, last))
  values.set('protocol', request.slice(last + 1))
}

/** Between flags and byte counts: `details termination "transport failure"`; releases before 1.9 have one or two quoted values only. */
function putCauses(values: Map<string, string>, text: string): void {
  const trimmed = text.trim()
  if (trimmed === '') return
  const quote = trimmed.indexOf('"')
  const [details, termination] = (quote === -1 ? trimmed : trimmed.slice(0, quote)).trim().split(' ')
  if (details !== undefined && details !== '') values.set('details', details)
  if (termination !== undefined) values.set('termination', termination)
  const reason = quote === -1 ? undefined : trimmed.slice(trimmed.lastIndexOf('"', trimmed.length - 2) + 1, -1)
  if (reason !== undefined && reason !== '') values.set('failure', reason)
}

const ISTIO_TAIL = ['upstream_cluster', 'upstream_local', 'downstream_local', 'downstream_remote', 'sni'] as const

function cut(text: string): Cut | Skip {
  const close = text.indexOf(']')
  if (text.charCodeAt(0) !== 91 || close < 20 || close > 41 || text.charCodeAt(close + 1) !== 32 || text.charCodeAt(close + 2) !== QUOTE) return skip('not-this-format', 'does not begin with [time] "')
  const end = requestEnd(text, close + 3)
  if (end === -1) return skip('incomplete', 'no response code')
  const lastQuote = text.lastIndexOf('"')
  const body = text.slice(end + 1, lastQuote)
  const middle = MIDDLE.exec(body)
  if (!middle) return skip('incomplete', 'no byte counts')
  const values = new Map<string, string>()
  putRequest(values, text.slice(close + 3, end))
  const [code = '', flags = ''] = body.slice(1).split(' ', 2)
  values.set('response_code', code).set('response_flags', flags)
  putCauses(values, body.slice(code.length + flags.length + 2, middle.index))
  ;['bytes_received', 'bytes_sent', 'duration', 'service_time', 'xff'].forEach((name, index) => values.set(name, middle[index + 1]!))
  // a user agent may hold quotes, so the three values behind it are cut off from the right
  const rest = body.slice(middle.index + middle[0].length)
  const parts = rest.split('" "')
  if (parts.length < 4) return skip('incomplete', 'quoted values')
  values.set('upstream_host', parts.pop()!).set('authority', parts.pop()!).set('request_id', parts.pop()!).set('user_agent', parts.join('" "'))
  const tail = text.slice(lastQuote + 1).trim().split(' ')
  if (tail.length >= 5) ISTIO_TAIL.forEach((name, index) => values.set(name, tail[index]!))
  return { time: text.slice(1, close), values }
}

/** True for lines of either format. */
export function isEnvoyLine(text: string): boolean {
  return !('skip' in cut(text))
}

/** Reads a line of either format. */
export function readEnvoyLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const found = cut(text)
  if ('skip' in found) return found
  const stamp = readIso(found.time)
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'start', context, outer)
  applyEnvoy(draft, name => {
    const value = found.values.get(name)
    return value === '-' || value === '' ? undefined : value
  })
  return draft
}
