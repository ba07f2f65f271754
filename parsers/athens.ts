// Athens, a Go module proxy: one line a request, in JSON (logrus until 2026, slog since) or plain; and its error lines.
import { defineParser } from '../src/read/define.js'
import { putTime } from '../src/read/field-kinds.js'
import { causeOf } from '../src/read/go/cause.js'
import { readObject } from '../src/read/layouts/json.js'
import { isSkip, shareOf, skip, type Draft, type Outer, type ParserContext, type Skip } from '../src/read/parser.js'
import { putUri } from '../src/read/request.js'
import { inheritTime } from '../src/read/table.js'
import { readIso } from '../src/read/time.js'

type Bag = Readonly<Record<string, unknown>>

// eslint-disable-next-line no-control-regex
const COLOURS = /\x1b\[[0-9;]{0,8}m/g
const PLAIN = /^([A-Z]{4,5})\[([^\]]{1,40})\]:? ?(.{0,4000})$/
const PAIR = /(?:^|[\s\t])([a-z][a-z-]{1,20})=("(?:[^"\\]|\\.)*"|\S*)/g

const bare = (value: unknown): string => typeof value === 'string' ? value.includes('\x1b') ? value.replace(COLOURS, '') : value : typeof value === 'number' ? String(value) : ''

/** A plain line: `INFO[3:04PM]: incoming request<TAB>http-method=GET …`; its clock shows the minute and no date. */
function readPlain(text: string): Bag | undefined {
  const line = text.includes('\x1b') ? text.replace(COLOURS, '') : text
  const head = PLAIN.exec(line)
  if (!head) return undefined
  const rest = head[3]!
  const record: Record<string, string> = { level: head[1]!.toLowerCase() }
  const first = rest.search(/[\s\t][a-z][a-z-]{1,20}=/)
  record.msg = (first === -1 ? rest : rest.slice(0, first)).trim()
  for (const [, key, value] of rest.slice(Math.max(0, first)).matchAll(PAIR)) record[key!] = value!.startsWith('"') ? value!.slice(1, -1) : value!
  return record
}

/** What Athens asked for, in the words of its own errors. */
function moduleOf(record: Bag): NonNullable<Draft['go']>['module'] | undefined {
  const path = bare(record.module)
  const version = bare(record.version)
  return path === '' ? undefined : { path, ...(version === '' ? {} : { version }) }
}

const KINDS: Readonly<Record<string, NonNullable<NonNullable<Draft['error']>['type']>>> = { 'Not Found': 'module_not_found', notfound: 'module_not_found', 'Gateway Timeout': 'http_response_timeout' }

function draftOf(record: Bag): Draft | Skip {
  const message = bare(record.msg) || bare(record.message)
  const method = bare(record['http-method'])
  const path = bare(record['http-path'])
  const id = bare(record['request-id'])
  const status = Number(bare(record['http-status']))
  const hasStatus = status >= 100 && status <= 999
  if (path !== '' && (method !== '' || hasStatus) && (message === 'incoming request' || hasStatus)) {
    const draft: Draft = { type: 'http.request', http: { request: { ...(method === '' ? {} : { method }), ...(id === '' ? {} : { id }) }, response: hasStatus ? { status_code: status } : {} } }
    putUri(draft, path)
    return draft
  }
  const level = bare(record.level).toLowerCase() || bare(record.severity).toLowerCase()
  if (level !== 'error' && level !== 'warn' && level !== 'warning') return skip('not-an-event')
  const draft: Draft = { type: 'log.line', message, log: { level } }
  if (id !== '') draft.http = { request: { id } }
  if (path !== '') putUri(draft, path)
  const module = moduleOf(record)
  if (module) draft.go = { module }
  const kind = bare(record.kind)
  const type = causeOf(message).type ?? KINDS[kind]
  draft.error = { ...(type === undefined ? {} : { type }), message, ...(kind === '' ? {} : { code: kind }) }
  return draft
}

function readLine(text: string, context: ParserContext, outer: Outer | undefined): Draft | Skip {
  if (text.trim() === '') return skip('blank')
  const isJson = text.charCodeAt(0) === 123
  const read = isJson ? readObject(text) : undefined
  if (read && 'skip' in read) return read
  const record = read ? read.object : readPlain(text)
  if (!record) return skip('not-this-format', 'neither JSON nor LEVEL[time]')
  const draft = draftOf(record)
  if (isSkip(draft)) return draft
  const basis = draft.type === 'http.request' ? 'end' : 'point'
  const printed = bare(record.time) || bare(record.timestamp)
  const stamp = printed === '' ? undefined : readIso(printed)
  if (stamp) putTime(draft, stamp, basis, context, outer)
  else if (printed !== '') return skip('bad-time')
  else if (outer) inheritTime(draft, outer, basis)
  return draft
}

const isRecord = (record: Bag | undefined): boolean => record !== undefined && 'http-path' in record && ('http-method' in record || 'http-status' in record)

export default defineParser({
  id: 'athens',
  title: 'Athens Go module proxy',
  reference: 'https://docs.gomods.io/configuration/logging/',
  dataset: 'athens.access',
  vantage: 'edge',
  types: ['http.request', 'log.line'],
  limits: 'No client, no host, no duration and no cache state. Plain lines carry a time of day only, so without a stamp around them they stay undated. 404 and 410 are ordinary answers.',
  detect(head) {
    const share = shareOf(head, (line, index) => isRecord(head.json(index)) || (line.includes('http-path=') && isRecord(readPlain(line))), true)
    // error lines of the same requests stand between them
    return share > 0.1 ? Math.max(share, shareOf(head, (line, index) => { const object = head.json(index); return object ? 'level' in object && ('msg' in object || 'message' in object) : readPlain(line) !== undefined })) : 0
  },
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      note: 'JSON, and the error of the same request',
      lines: [
        '{"time":"2026-01-05T09:14:07Z","level":"INFO","msg":"incoming request","http-method":"GET","http-path":"/example.com/!my!mod/@v/v1.2.3.zip","request-id":"00000000-0000-4000-8000-000000000003","http-status":"\\u001b[32m200\\u001b[0m"}',
        '{"http-method":"GET","http-path":"/example.com/mod/@v/list","kind":"Not Found","level":"error","module":"example.com/mod","msg":"dial tcp 198.51.100.10:443: connect: connection refused","request-id":"00000000-0000-4000-8000-000000000004","time":"2026-01-05T10:14:08+01:00"}',
        '{"level":"info","msg":"Starting application at port :3000","time":"2026-01-05T09:14:00Z"}',
        '{"level":"info","msg":"incom',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'success', network: { protocol: 'http' }, url: { path: '/example.com/!my!mod/@v/v1.2.3.zip' },
          http: { request: { method: 'GET', id: '00000000-0000-4000-8000-000000000003' }, response: { status_code: 200 } }, go: { module: { path: 'example.com/MyMod', version: 'v1.2.3', op: 'zip' } },
        },
        {
          type: 'log.line', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', message: 'dial tcp 198.51.100.10:443: connect: connection refused', url: { path: '/example.com/mod/@v/list' },
          http: { request: { id: '00000000-0000-4000-8000-000000000004' } }, go: { module: { path: 'example.com/mod' } },
          error: { type: 'connection_refused', code: 'Not Found', message: 'dial tcp 198.51.100.10:443: connect: connection refused' }, log: { level: 'error' },
        },
      ],
      skipped: { 'not-an-event': 1, 'invalid-json': 1 },
    },
    {
      note: 'plain',
      lines: 'INFO[3:04PM]: incoming request\thttp-method=GET http-path=/example.com/mod/@latest http-status=404 request-id=00000000-0000-4000-8000-000000000005',
      events: [{
        type: 'http.request', outcome: 'success', network: { protocol: 'http' }, url: { path: '/example.com/mod/@latest' },
        http: { request: { method: 'GET', id: '00000000-0000-4000-8000-000000000005' }, response: { status_code: 404 } }, go: { module: { path: 'example.com/mod', op: 'latest' } },
      }],
    },
  ],
})
