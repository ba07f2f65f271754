// Traefik access logs in JSON and in its extended CLF, and the lines of its own log that say why a proxied request failed.
import { putForwarded, putOrigin } from '../src/read/cdn/text.js'
import { readClf } from '../src/read/access/clf.js'
import { defineParser } from '../src/read/define.js'
import { putTime, toNumber } from '../src/read/field-kinds.js'
import { causeOf } from '../src/read/go/cause.js'
import { jsonLines } from '../src/read/layouts/json.js'
import { shareOf, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { putRequestLine } from '../src/read/request.js'
import { openTable, type Table } from '../src/read/table.js'
import { readCommonLog, readIso } from '../src/read/time.js'
import { finishTraefik, serverOfUrl, TRAEFIK_ALSO, TRAEFIK_FIELDS } from '../src/read/traefik/record.js'

const TABLE: Table = {
  layout: jsonLines(object => 'RequestMethod' in object || 'DownstreamStatus' in object ? undefined : skip('not-an-event')),
  fields: TRAEFIK_FIELDS, also: TRAEFIK_ALSO, constant: { type: 'http.request' }, finish: finishTraefik, reads: ['client', 'cdn', 'tls', 'http.response'],
}

/** Requests served since the start, router, server, and milliseconds. What is none stands in quotes or, before release 1.6, as a bare dash. */
const TAIL = /^ (?:"([^"]*)"|-) (?:"([^"]*)"|-) (\d+) (?:"([^"]*)"|-) (?:"([^"]*)"|-) (\d+)ms$/

function readExtended(text: string, context: ParserContext, outer?: Outer): LineResult {
  const clf = readClf(text)
  const tail = clf && TAIL.exec(text.slice(clf.tail))
  if (!clf || !tail) return text.trim() === '' ? skip('blank') : skip(clf && clf.tail < text.length ? 'malformed' : 'not-this-format', 'no access line of Traefik')
  const [, referrer = '-', agent = '-', , router = '-', server = '-', ms] = tail
  const draft: Draft = { type: 'http.request', client: { ip: clf.client, ...(clf.clientPort ? { port: clf.clientPort } : {}) }, duration_ms: Number(ms), http: { request: {}, response: {} } }
  if (clf.client === '-') delete draft.client
  if (clf.forwarded !== undefined) putForwarded(draft, clf.forwarded)
  putRequestLine(draft, clf.request)
  const status = toNumber(clf.status) ?? 0
  const bytes = toNumber(clf.bytes)
  const { request, response } = draft.http!
  if (status >= 100) response!.status_code = status
  if (bytes !== undefined) response!.body = { bytes }
  if (referrer !== '-' && referrer !== '') request!.referrer = referrer
  if (agent !== '-' && agent !== '') draft.user_agent = { original: agent! }
  if (router !== '-' && router !== '') draft.labels = { router: router! }
  if (server !== '-' && server !== '') putOrigin(draft, serverOfUrl(server!))
  if (status === 499) draft.error = { type: 'client_abort', code: '499' }
  const stamp = readCommonLog(clf.time)
  if (!stamp) return skip('bad-time')
  putTime(draft, stamp, 'start', context, outer)
  return draft
}

/** `'502 Bad Gateway' caused by: dial tcp …` in Traefik's own log, as JSON or as `time="…" level=… msg="…"`. */
const CAUSED = /(\d{3}) [A-Z][\w ]{2,40}'? caused by: (.{3,500})/

function readOwnLog(text: string, context: ParserContext, outer?: Outer): LineResult | undefined {
  const caused = text.includes(' caused by: ') ? CAUSED.exec(text) : null
  if (!caused) return undefined
  const message = caused[2]!.replace(/\\?".*$/, '').trim()
  const cause = causeOf(message)
  const draft: Draft = { type: 'log.line', message, error: { ...(cause.type ? { type: cause.type } : {}), code: caused[1]!, message } }
  if (cause.server) draft.cdn = { origin: { ...cause.server } }
  const stamp = readIso(/"?time"?[=:]"([^"]{19,40})"/.exec(text)?.[1] ?? '')
  if (stamp) putTime(draft, stamp, 'point', context, outer)
  return draft
}

function open(context: ParserContext): LineReader {
  const json = openTable(TABLE, context)
  return {
    line(text, number, outer) {
      const own = readOwnLog(text, context, outer)
      if (own) return own
      return text.charCodeAt(0) === 123 ? json.line(text, number, outer) : readExtended(text, context, outer)
    },
  }
}

const isExtended = (line: string): boolean => {
  const clf = line.endsWith('ms') ? readClf(line) : undefined
  return clf !== undefined && TAIL.test(line.slice(clf.tail))
}

export default defineParser({
  id: 'traefik',
  title: 'Traefik access log (JSON, CLF)',
  reference: 'https://doc.traefik.io/traefik/observe/logs-and-access-logs/',
  dataset: 'traefik.access',
  vantage: 'edge',
  types: ['http.request', 'log.line'],
  limits: 'A 502 or 504 that Traefik made itself looks like the service\'s own; only its own log says why. No cache, no SNI, no split of the time spent on the service.',
  detect: head => shareOf(head, (line, index) => {
    const object = head.json(index)
    return object ? 'DownstreamStatus' in object || ('RequestMethod' in object && 'RouterName' in object) || ('ClientAddr' in object && 'RequestProtocol' in object) : isExtended(line)
  }),
  open,
  samples: [
    {
      note: 'JSON',
      lines: [
        '{"ClientAddr":"192.0.2.10:51514","ClientHost":"192.0.2.10","ClientPort":"51514","ClientUsername":"-","DownstreamContentSize":357,"DownstreamStatus":200,"Duration":3573130,"OriginContentSize":357,"OriginDuration":3246690,"OriginStatus":200,"Overhead":326440,"RequestAddr":"www.example.com:8443","RequestContentSize":0,"RequestHost":"www.example.com","RequestMethod":"GET","RequestPath":"/a?x=1","RequestPort":"8443","RequestProtocol":"HTTP/2.0","RequestScheme":"https","RetryAttempts":1,"RouterName":"web@docker","ServiceName":"web@docker","ServiceURL":{"Scheme":"http","Host":"198.51.100.10:80"},"StartUTC":"2026-01-05T09:14:07.371204192Z","TLSCipher":"TLS_AES_128_GCM_SHA256","TLSVersion":"1.3","entryPointName":"https","level":"info","msg":"","request_User-Agent":"ExampleAgent/1.0","time":"2026-01-05T09:14:07Z"}',
        '{"level":"info","msg":"Configuration loaded","time":"2026-01-05T09:14:07Z"}',
        '{"ClientAddr":"192.0.2.10:51514","DownstreamStatus":200,',
      ],
      events: [{
        type: 'http.request', ts_ms: 1767604447371.204, ts_sub_ns: 192, ts_end_ms: 1767604447374.777, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 3.573, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 51514 }, network: { type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', port: 8443, path: '/a', query: 'x=1' },
        http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 357 } } }, tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256' },
        cdn: { origin: { ip: '198.51.100.10', port: 80, status_code: 200, bytes: 357, duration_ms: 3.247 } }, user_agent: { original: 'ExampleAgent/1.0' },
        labels: { router: 'web@docker', entry_point: 'https', retry_attempts: '1' },
      }],
      skipped: { 'not-an-event': 1, 'invalid-json': 1 },
    },
    {
      note: 'CLF with Traefik\'s own columns, and a line of its own log',
      lines: [
        '2001:db8::10 - - [05/Jan/2026:09:14:07 +0000] "GET /a HTTP/1.1" 502 11 "-" "ExampleAgent/1.0" 42 "web@docker" "http://198.51.100.10:80" 12ms',
        '192.0.2.10 - - [05/Jan/2026:09:14:08 +0000] "GET /b HTTP/2.0" 200 2814 - "ExampleAgent/1.0" 13 "web-0" "http://198.51.100.10:8080" 247ms',
        'time="2026-01-05T09:14:07Z" level=debug msg="\'502 Bad Gateway\' caused by: dial tcp 198.51.100.10:80: connect: connection refused"',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 12, outcome: 'failure', client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' },
          url: { path: '/a' }, http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 502, body: { bytes: 11 } } }, cdn: { origin: { ip: '198.51.100.10', port: 80 } },
          user_agent: { original: 'ExampleAgent/1.0' }, labels: { router: 'web@docker' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604448247, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 247, outcome: 'success', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' },
          url: { path: '/b' }, http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 2814 } } }, cdn: { origin: { ip: '198.51.100.10', port: 8080 } },
          user_agent: { original: 'ExampleAgent/1.0' }, labels: { router: 'web-0' },
        },
        {
          type: 'log.line', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', message: 'dial tcp 198.51.100.10:80: connect: connection refused',
          cdn: { origin: { ip: '198.51.100.10', port: 80 } }, error: { type: 'connection_refused', code: '502', message: 'dial tcp 198.51.100.10:80: connect: connection refused' },
        },
      ],
    },
  ],
})
