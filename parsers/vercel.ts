// Vercel log drains: JSON lines or an array; requests carry a proxy object, what functions print are lines about a request.
import { CACHE_WORDS } from '../src/read/cdn/cache-words.js'
import { keyedJson } from '../src/read/cdn/keyed.js'
import { markSubrequest } from '../src/read/cdn/text.js'
import { defineParser } from '../src/read/define.js'
import { host, int, ip, lower, status, text, time, upper, word } from '../src/read/field.js'
import { isOutcome, isSkip, shareOfJson, skip, type Draft, type Head, type LineReader, type LineResult, type Outer, type Parser, type ParserContext, type Skip } from '../src/read/parser.js'
import { putUri } from '../src/read/request.js'
import type { Row } from '../src/read/table.js'

type Bag = Record<string, unknown>
interface Otlp { resourceLogs?: { scopeLogs?: { logRecords?: { body?: { stringValue?: unknown } }[] }[] }[] }

const SOURCES = new Set(['build', 'edge', 'lambda', 'static', 'external', 'firewall', 'redirect'])
/** What a function or a command printed. */
const PRINTED = new Set(['stdout', 'stderr', 'fatal', 'command', 'exit'])

const isRecord = (record: Bag): boolean => ('deploymentId' in record || 'projectId' in record) && SOURCES.has(String(record.source)) && 'timestamp' in record

/** The records that a collector's OTLP line carries as texts; undefined where the line is none. */
function otlpBodies(line: string): string[] | undefined {
  if (!line.startsWith('{"resourceLogs"')) return undefined
  try {
    const { resourceLogs = [] } = JSON.parse(line) as Otlp
    return resourceLogs.flatMap(resource => (resource.scopeLogs ?? []).flatMap(scope => (scope.logRecords ?? []).map(record => record.body?.stringValue))).filter(body => typeof body === 'string')
  } catch {
    return undefined
  }
}

const bodyRecords = (line: string): Bag[] => (otlpBodies(line) ?? []).flatMap(body => { try { return [JSON.parse(body) as Bag] } catch { return [] } })

function finish(draft: Draft, row: Row): void | Skip {
  const message = row.text('message')
  if (row.text('source') === 'build') return skip('not-an-event', 'build output')
  const path = row.text('path')
  if (path !== undefined) putUri(draft, path)
  if (PRINTED.has(row.text('type') ?? '')) {
    if (message === undefined) return skip('not-an-event')
    draft.type = 'log.line'
    draft.message = message
    if (draft.http) draft.http.response = undefined
    return
  }
  if (draft.http?.response?.status_code === undefined && row.text('method') === undefined && path === undefined) return skip('not-an-event', 'no request')
  const agents = row.get('userAgent')
  const agent: unknown = Array.isArray(agents) ? agents[0] : agents
  if (typeof agent === 'string' && agent !== '') draft.user_agent = { original: agent }
  // -1: the object was revalidated in the background, after the answer
  if (row.text('proxy.statusCode') === '-1') markSubrequest(draft)
  if (row.get('proxy.timestamp') === undefined) draft.ts_basis = 'point'
}

const table: Parser = defineParser({
  id: 'vercel',
  title: 'Vercel log drain',
  reference: 'https://vercel.com/docs/drains/reference/logs',
  dataset: 'vercel.log',
  types: ['http.request', 'log.line'],
  vantage: 'edge',
  limits: 'No durations and no origin facts; a request and what its function printed are separate lines with one requestId; build output is left out.',
  detect: (head: Head) => Math.max(shareOfJson(head, isRecord), head.lines.some(line => bodyRecords(line).some(isRecord)) ? 0.95 : 0),
  table: {
    layout: keyedJson({
      accept: record => isRecord(record) ? undefined : skip('unsupported-record'),
      aliases: { host: [], path: ['proxy.path'], method: ['proxy.method'], userAgent: ['proxy.userAgent'], statusCode: [], 'trace.id': ['traceId'], 'span.id': ['spanId'] },
    }),
    constant: { type: 'http.request', cdn: { provider: 'vercel' } },
    also: ['message', 'source', 'type', 'path', 'method', 'userAgent', 'proxy.statusCode', 'proxy.timestamp'],
    fields: {
      timestamp: time('ms', 'start'),
      'proxy.timestamp': time('ms', 'start'),
      host: host('url.domain'),
      'proxy.host': host('url.domain'),
      'proxy.scheme': lower('url.scheme'),
      method: upper('http.request.method'),
      requestId: text('http.request.id'),
      'proxy.clientIp': ip('client.ip'),
      'proxy.referer': text('http.request.referrer'),
      statusCode: status('http.response.status_code'),
      'proxy.statusCode': status('http.response.status_code'),
      'proxy.responseByteSize': int('http.response.bytes'),
      'proxy.region': text('cdn.pop'),
      executionRegion: text('cdn.region'),
      'proxy.vercelCache': [word('cdn.cache.status', { ...CACHE_WORDS, prerender: 'hit' }, { otherwise: 'unknown' }), text('cdn.cache.raw')],
      'proxy.wafAction': text('cdn.action'),
      'proxy.wafRuleId': text('cdn.rule_id'),
      ja3Digest: text('tls.client.ja3'),
      ja4Digest: text('tls.client.ja4'),
      'trace.id': text('trace.id'),
      'span.id': text('span.id'),
      level: text('log.level'),
    },
    reads: ['http.response', 'url'],
    finish,
  },
  samples: [
    {
      lines: [
        '{"id":"1","deploymentId":"dpl_1","source":"lambda","host":"demo-1.example.com","timestamp":1772619301500,"projectId":"p1","level":"info","requestId":"r1","statusCode":200,"proxy":{"timestamp":1772619301417,"method":"GET","scheme":"https","host":"www.example.com","path":"/api/users?x=1","userAgent":["ExampleAgent/1.0"],"region":"sfo1","referer":"https://www.example.com/","statusCode":200,"clientIp":"203.0.113.24","vercelCache":"MISS","responseByteSize":512},"executionRegion":"iad1"}',
        '{"id":"2","deploymentId":"dpl_1","source":"lambda","host":"www.example.com","timestamp":1772619301510,"projectId":"p1","level":"error","type":"stderr","message":"upstream timed out","requestId":"r1","path":"/api/users","statusCode":200}',
        '{"id":"3","deploymentId":"dpl_1","source":"build","host":"www.example.com","timestamp":1772619301520,"projectId":"p1","level":"info","message":"done"}',
        '{"source":"lambda"}',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1772619301417, ts_basis: 'start', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', client: { ip: '203.0.113.24' }, network: { type: 'ipv4', protocol: 'http' },
          url: { scheme: 'https', domain: 'www.example.com', path: '/api/users', query: 'x=1' },
          http: { request: { method: 'GET', id: 'r1', referrer: 'https://www.example.com/' }, response: { status_code: 200, bytes: 512 } },
          cdn: { provider: 'vercel', pop: 'sfo1', region: 'iad1', cache: { status: 'miss', raw: 'MISS' } }, user_agent: { original: 'ExampleAgent/1.0' }, log: { level: 'info' },
        },
        {
          type: 'log.line', ts_ms: 1772619301510, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com', message: 'upstream timed out', url: { domain: 'www.example.com', path: '/api/users' },
          http: { request: { id: 'r1' } }, cdn: { provider: 'vercel' }, log: { level: 'error' },
        },
      ],
      skipped: { 'not-an-event': 1, 'unsupported-record': 1 },
    },
    {
      note: 'through an OpenTelemetry collector',
      lines: '{"resourceLogs":[{"resource":{},"scopeLogs":[{"scope":{},"logRecords":[{"body":{"stringValue":"{\\"id\\":\\"4\\",\\"deploymentId\\":\\"dpl_1\\",\\"source\\":\\"static\\",\\"host\\":\\"www.example.com\\",\\"timestamp\\":1772619301510,\\"projectId\\":\\"p1\\",\\"path\\":\\"/a.js\\",\\"statusCode\\":404}"},"timeUnixNano":"1772619301510000000"}]}]}]}',
      events: [{
        type: 'http.request', ts_ms: 1772619301510, ts_basis: 'point', ts_res_ms: 1, outcome: 'success', hostname: 'www.example.com', network: { protocol: 'http' }, url: { domain: 'www.example.com', path: '/a.js' },
        http: { response: { status_code: 404 } }, cdn: { provider: 'vercel' },
      }],
    },
  ],
})

/** Reads the records of an OTLP line one by one, any other line as it stands. */
function open(context: ParserContext): LineReader {
  const inner = table.open(context)
  const batch = (records: readonly string[], number: number, outer?: Outer): LineResult => {
    const drafts: Draft[] = []
    let refusal: Skip | undefined
    for (const record of records) {
      const result = inner.line(record, number, outer)
      if (typeof result === 'symbol') continue
      if (isSkip(result)) refusal ??= result
      else drafts.push(...(isOutcome(result) ? result.drafts : [result]))
    }
    return drafts.length > 0 ? { drafts, self: 'event' } : refusal ?? skip('not-an-event')
  }
  return {
    line(line, number, outer) {
      const records = otlpBodies(line)
      return records ? batch(records, number, outer) : inner.line(line, number, outer)
    },
  }
}

export default Object.freeze({ ...table, open })
