// Apache Traffic Server's `extended` and `extended2` formats: Netscape's, stamped with the start.
import { canonicalIp } from '../src/address.js'
import { readClf } from '../src/read/access/clf.js'
import { applyOutcome, wentOn } from '../src/read/ats/results.js'
import { putUrl } from '../src/read/ats/url.js'
import { putTime } from '../src/read/field-kinds.js'
import { defineParser } from '../src/read/define.js'
import { shareOf, skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { putRequestLine } from '../src/read/request.js'
import { readCommonLog } from '../src/read/time.js'

/** `sssc sscl cqcl pqcl cqhl pshl pqhl sshl tts`, and in extended2 `phr cfsc pfsc crc`. */
const NUMBERS = 9
const EXTENDED2 = /^[A-Z][A-Z_]* (?:FIN|INTR|TIMEOUT|-) (?:FIN|INTR|TIMEOUT|-) [A-Z][A-Z_0-9]*$/

interface Found { readonly clf: NonNullable<ReturnType<typeof readClf>>, readonly numbers: readonly number[], readonly words: readonly string[] }

function find(text: string): Found | undefined {
  const clf = readClf(text)
  if (!clf) return undefined
  const cells = text.slice(clf.tail).trim().split(/ +/)
  const numbers = cells.slice(0, NUMBERS)
  const words = cells.slice(NUMBERS)
  if (numbers.length < NUMBERS || !numbers.every(cell => /^(?:\d{1,19}|-1?)$/.test(cell))) return undefined
  return words.length === 0 || EXTENDED2.test(words.join(' ')) ? { clf, numbers: numbers.map(Number), words } : undefined
}

const positive = (value: number | undefined): value is number => value !== undefined && value > 0

function putTarget(draft: Draft, request: string, contacted: boolean): void {
  const [method = '', target = ''] = request.split(' ')
  putRequestLine(draft, request)
  if (method !== 'CONNECT' && target.includes('://')) {
    draft.url = undefined
    putUrl(draft, target, false, contacted)
  }
}

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const found = find(text)
  if (!found) return readClf(text) ? skip('incomplete', 'not nine numbers behind the bytes') : skip('not-this-format')
  const { clf, numbers, words } = found
  const [originStatus = 0, originBody, requestBody, , requestHeader, responseHeader, , , seconds] = numbers
  const stamp = readCommonLog(clf.time)
  if (!stamp) return skip('bad-time')
  const draft: Draft = { type: 'http.request' }
  putTime(draft, stamp, 'start', context, outer)
  if (canonicalIp(clf.client) !== undefined) draft.client = { ip: clf.client }
  if (positive(seconds)) draft.duration_ms = seconds * 1000 // 0 s is anything below one
  putTarget(draft, clf.request, originStatus > 0 || wentOn(words[0]))
  const status = Number(clf.status)
  const body = Number(clf.bytes)
  const http = (draft.http ??= {})
  const response: NonNullable<typeof http.response> = {}
  if (status >= 100) response.status_code = status
  if (body >= 0) response.body = { bytes: body }
  if (body >= 0 && positive(responseHeader)) response.bytes = body + responseHeader
  http.response = response
  if (positive(requestHeader)) (http.request ??= {}).bytes = requestHeader + (positive(requestBody) ? requestBody : 0)
  if (originStatus >= 100) ((draft.cdn ??= {}).origin ??= {}).status_code = originStatus
  if (originStatus >= 100 && positive(originBody)) draft.cdn!.origin!.bytes = originBody
  const [route, clientFinish, originFinish, crc] = words
  applyOutcome(draft, { crc, route, status, originStatus, durationMs: draft.duration_ms, clientFinish, originFinish })
  return draft
}

export default defineParser({
  id: 'ats-extended',
  title: 'Apache Traffic Server access log (extended and extended2 formats)',
  reference: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/logging/examples.en.html',
  dataset: 'ats.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'The URL is the remapped one, so the host name asked for is lost. Times and durations are in whole seconds; extended has no cache state (extended2 has); what failed short of an answer is told by the finish codes of extended2 only.',
  detect: head => shareOf(head, line => find(line) !== undefined),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [{
    lines: [
      '192.0.2.10 - - [05/Jan/2026:09:14:07 -0000] "GET https://origin.example.net/app.js HTTP/1.1" 200 5120 304 0 0 0 412 380 455 210 0 DIRECT FIN FIN TCP_REFRESH_HIT',
      '2001:db8::10 - user1 [05/Jan/2026:10:14:08 +0100] "POST https://198.51.100.10:8443/x?y=1 HTTP/1.1" 504 512 0 0 9 0 412 380 455 0 30 DIRECT FIN TIMEOUT ERR_READ_TIMEOUT',
      '192.0.2.10 - - [05/Jan/2026:09:14:09 -0000] "GET /plain HTTP/1.1" 200 100 200 100 0 0 400 300 450 210 2',
      '192.0.2.10 - - [05/Jan/2026:09:14:10 -0000] "GET /cut HTTP/1.1" 200 100 200 100 0',
    ],
    events: [
      {
        type: 'http.request', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
        url: { path: '/app.js' }, http: { version: '1.1', request: { method: 'GET', bytes: 412 }, response: { status_code: 200, bytes: 5500, body: { bytes: 5120 } } },
        cdn: { cache: { status: 'revalidated', raw: 'TCP_REFRESH_HIT' }, origin: { name: 'origin.example.net', status_code: 304 } },
      },
      {
        type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604478000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 30000, outcome: 'failure',
        client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { path: '/x', query: 'y=1' },
        http: { version: '1.1', request: { method: 'POST', bytes: 421 }, response: { status_code: 504, bytes: 892, body: { bytes: 512 } } },
        cdn: { cache: { status: 'error', raw: 'ERR_READ_TIMEOUT' }, origin: { ip: '198.51.100.10', port: 8443 } }, error: { type: 'http_response_timeout', code: 'ERR_READ_TIMEOUT' },
      },
      {
        type: 'http.request', ts_ms: 1767604449000, ts_end_ms: 1767604451000, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 2000, outcome: 'success',
        client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/plain' },
        http: { version: '1.1', request: { method: 'GET', bytes: 400 }, response: { status_code: 200, bytes: 400, body: { bytes: 100 } } },
        cdn: { origin: { status_code: 200, bytes: 100 } },
      },
    ],
    skipped: { incomplete: 1 },
  }],
})
