// containers, journals, clouds, arrays of records; envelopes in envelopes; and where there is none
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Clock } from '../src/read/clock.js'
import { HELD } from '../src/read/parser.js'
import { NESTED_WRAPPERS, WRAPPERS } from '../src/read/wrappers.js'
import { wrapper, clock, at, plain, peelAll, peelOne, BARE, STAMPS, SYSLOG } from './peel.js'

test('docker: whole lines, parts of interleaved streams, the file’s last part, damage', () => {
  const line = (log: string, stream: string, second: number) => JSON.stringify({ log, stream, time: `2026-11-22T07:47:0${second}.5Z` })
  const outer = (second: number) => ({ ms: at(`2026-11-22T07:47:0${second}.5Z`), res_ms: 100 })
  assert.deepEqual(peelAll('docker-json', [line('a\n', 'stdout', 1), line('b1', 'stdout', 2), line('c1', 'stderr', 3), line('b2', 'stdout', 4), line('c2\r\n', 'stderr', 5), line('b3\n', 'stdout', 6), '{"log":"x', '{"msg":"y"}', '', line('d', 'stdout', 7)]), [
    { text: 'a', outer: outer(1) }, 'held', 'held', 'merged',
    { text: 'c1c2', outer: outer(3), line: 3 }, { text: 'b1b2b3', outer: outer(2), line: 2 },
    { skip: 'invalid-json' }, { skip: 'not-this-format' }, { skip: 'blank' }, 'held',
    { texts: [{ text: 'd', outer: outer(7), line: 10 }], self: 'end' },
  ])
})

test('docker: the line as a message, as Fluentd passes it on', () => {
  const text = '{"message":"a b\\n","stream":"stdout","time":"2026-01-05T09:14:07.1Z","kubernetes":{"container_name":"dns"}}'
  assert.deepEqual(peelAll('docker-json', [text, '{"message":"x","time":"2026-01-05T09:14:07.1Z"}']), [
    { text: 'a b', outer: { ms: at('2026-01-05T09:14:07.1Z'), res_ms: 100, program: 'dns' } }, { skip: 'not-this-format' },
  ])
})

test('docker: parts beyond 1 MiB are refused, and what follows is read', () => {
  const line = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-11-22T07:47:01Z' })
  const part = line('x'.repeat(600_000))
  assert.deepEqual(peelAll('docker-json', [part, part, part, line('end\n'), line('a\n')]), [
    'held', { texts: [{ skip: 'too-long', line: 1 }], self: { skip: 'too-long' } }, { skip: 'too-long' }, { skip: 'too-long' },
    { text: 'a', outer: { ms: at('2026-11-22T07:47:01Z'), res_ms: 1000 } },
  ])
})

test('CRI: F and P, per stream', () => {
  assert.deepEqual(peelAll('cri', ['2026-11-22T07:47:27.388683123Z stdout F a b', '2026-11-22T07:47:27+01:00 stdout P one ', '2026-11-22T07:47:28+01:00 stderr F err', '2026-11-22T07:47:29+01:00 stdout F two', '2026-11-22T07:47:29Z stdout F', '2026-11-22T07:47:29Z stdout X a', '2026-11-22T07:47:29Z stdin F a', 'x']), [
    { text: 'a b', outer: { ms: at('2026-11-22T07:47:27.388Z') + 0.683, res_ms: 0.001, zone: 'UTC' } },
    'held',
    { text: 'err', outer: { ms: at('2026-11-22T06:47:28Z'), res_ms: 1000, zone: '+01:00' } },
    { text: 'one two', outer: { ms: at('2026-11-22T06:47:27Z'), res_ms: 1000, zone: '+01:00' }, line: 2 },
    { text: '', outer: { ms: at('2026-11-22T07:47:29Z'), res_ms: 1000, zone: 'UTC' } },
    { skip: 'not-this-format' }, { skip: 'not-this-format' }, { skip: 'not-this-format' },
  ])
})

const ENTRY = { __REALTIME_TIMESTAMP: '1795333646123456', _HOSTNAME: 'ns1', SYSLOG_IDENTIFIER: 'dnsmasq', _PID: '12', PRIORITY: '6' }
const ENTRY_OUTER = { ms: 1795333646123.456, res_ms: 0.001, host: 'ns1', program: 'dnsmasq', pid: 12, level: 'info' }

test('journal objects: text, bytes, several lines, none', () => {
  const line = (message: unknown) => JSON.stringify({ ...ENTRY, MESSAGE: message })
  assert.deepEqual(peelAll('journald', [line('query[A] www.example.com from 192.0.2.1'), line([104, 105]), line('a\nb\n'), line(null), JSON.stringify(ENTRY), line('x').slice(0, -5), '{"a":1}', `\x1e${line('y')}`]), [
    { text: 'query[A] www.example.com from 192.0.2.1', outer: ENTRY_OUTER },
    { text: 'hi', outer: ENTRY_OUTER },
    { texts: [{ text: 'a', outer: ENTRY_OUTER }, { text: 'b', outer: ENTRY_OUTER }], self: 'text' },
    { skip: 'incomplete' }, { skip: 'not-an-event' }, { skip: 'invalid-json' }, { skip: 'not-this-format' },
    { text: 'y', outer: ENTRY_OUTER },
  ])
})

const EXPORT = ['__CURSOR=s=1', '__REALTIME_TIMESTAMP=1795333646123456', 'PRIORITY=6', 'MESSAGE=first', '_HOSTNAME=ns1', 'SYSLOG_IDENTIFIER=dnsmasq', '_PID=12', '']

test('journal export: the MESSAGE line is the line of the entry', () => {
  const field = { skip: 'not-an-event' }
  assert.deepEqual(peelAll('journald', [...EXPORT, ...EXPORT.slice(0, -1)]), [
    field, field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 4 }], self: { skip: 'blank' } },
    field, field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 12 }], self: 'end' },
  ])
  assert.deepEqual(wrapper('journald').peelHead(EXPORT), { lines: ['first'], program: 'dnsmasq' })
})

test('journal export: binary values, and those that the input refused', () => {
  const binary = (text: string) => `${String.fromCharCode(Buffer.byteLength(text), 0, 0, 0, 0, 0, 0, 0)}${text}`
  const entry = (...message: string[]) => [...EXPORT.slice(0, 3), ...message, ...EXPORT.slice(4)]
  const fates = (lines: string[]) => peelAll('journald', lines).slice(3)
  const field = { skip: 'not-an-event' }
  const done = (text: string) => ({ texts: text.split('\n').map(one => ({ text: one, outer: ENTRY_OUTER, line: 4 })), self: { skip: 'blank' } })
  assert.deepEqual(fates(entry('MESSAGE', ...binary('a\n\nb').split('\n'))), ['held', 'merged', 'merged', 'merged', field, field, field, done('a\n\nb')])
  assert.deepEqual(fates(entry('MESSAGE', ...binary('ten chars!').split('\n'))), ['held', 'merged', 'merged', field, field, field, done('ten chars!')])
  assert.deepEqual(fates(entry('MESSAGE')), ['held', { texts: [{ skip: 'incomplete', line: 4 }], self: field }, field, field, { skip: 'blank' }])
  assert.deepEqual(fates(entry('COREDUMP', binary('xy'), 'MESSAGE=first')), [field, field, 'held', field, field, field, { texts: [{ text: 'first', outer: ENTRY_OUTER, line: 6 }], self: { skip: 'blank' } }])
  assert.deepEqual(fates([...EXPORT.slice(0, 3), 'MESSAGE', '', ...EXPORT]).slice(0, 3), ['held', 'merged', { texts: [{ skip: 'incomplete', line: 4 }], self: field }])
})

test('CloudWatch: subscriptions, API events, aws logs tail', () => {
  const event = (timestamp: number, message: string) => ({ id: '1', timestamp, message })
  const envelope = (...logEvents: unknown[]) => JSON.stringify({ messageType: 'DATA_MESSAGE', owner: '1', logGroup: 'g', logStream: 's', subscriptionFilters: [], logEvents })
  const outer = { ms: 1000, res_ms: 1 }
  assert.deepEqual(peelAll('cloudwatch', [
    envelope(event(1000, 'a'), event(1000, 'b\nc\n')), envelope(event(1000, 'a')), envelope(event(1000, 'a')) + envelope(event(1000, 'b')),
    envelope(), '{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","timestamp":1000}]}', envelope(event(1000, 'a')).slice(0, -3),
    JSON.stringify({ timestamp: 1000, message: 'm', ingestionTime: 1001 }), '{"timestamp":1000,"message":"m"}',
    '2026-11-22T07:47:27.123000+00:00 2026/11/22/[$LATEST]abc # get https://a.example/', '2026-11-22T07:47:27.123Z m', '',
  ]), [
    { texts: [{ text: 'a', outer }, { text: 'b', outer }, { text: 'c', outer }], self: 'text' },
    { text: 'a', outer },
    { texts: [{ text: 'a', outer }, { text: 'b', outer }], self: 'text' },
    { skip: 'not-an-event' }, { skip: 'not-an-event' }, { skip: 'invalid-json' },
    { text: 'm', outer }, { skip: 'not-this-format' },
    { text: '# get https://a.example/', outer: { ms: at('2026-11-22T07:47:27.123Z'), res_ms: 0.001, zone: '+00:00' } },
    { skip: 'not-this-format' }, { skip: 'blank' },
  ])
  assert.equal(wrapper('cloudwatch').peelHead(['2026-11-22T07:47:27.388683+00:00 lb1 haproxy[1]: x']), undefined)
})

test('records on one line keep their text', () => {
  assert.deepEqual(peelAll('records', ['{"records":[{"n":1795333646123456789},{"s":"}]\\""}]}', '{"Records": [ {"a":[{}]} ]}', '[{"a":1},{"b":2}]', '{"logs":[]}', '[]', '{"a":1}', '[1795333646] unbound[1:0] info: x', '[1,2]', '']), [
    { texts: [{ text: '{"n":1795333646123456789}' }, { text: '{"s":"}]\\""}' }], self: 'text' },
    { text: '{"a":[{}]}' },
    { texts: [{ text: '{"a":1}' }, { text: '{"b":2}' }], self: 'text' },
    { skip: 'header' }, { skip: 'header' }, { text: '{"a":1}' }, { skip: 'not-this-format' }, { skip: 'not-this-format' }, { skip: 'blank' },
  ])
  assert.equal(wrapper('records').peelHead(['{"a":1}', '{"records":"none"}']), undefined)
  assert.deepEqual(wrapper('records').peelHead(['{"records":[{"a":1}]}']), { lines: ['{"a":1}'] })
})

const pretty = (value: unknown): string[] => JSON.stringify(value, null, 2).split('\n')

test('records over many lines: array, envelope, objects one after the other', () => {
  const header = { skip: 'header' }
  assert.deepEqual(peelAll('records', pretty([{ a: 1 }, { b: { c: ['{', '}'] } }])), [
    header, 'held', 'merged', { text: '{"a": 1}', line: 2 }, 'held', 'merged', 'merged', 'merged', 'merged', 'merged', 'merged', { text: '{"b": {"c": ["{","}"]}}', line: 5 }, header,
  ])
  assert.deepEqual(peelAll('records', pretty({ records: [{ a: 1 }], next: { link: ['x', { y: [{ z: 1 }] }] } })).slice(0, 6), [
    'held', { texts: [{ skip: 'header', line: 1 }], self: header }, 'held', 'merged', { text: '{"a": 1}', line: 3 }, header,
  ])
  assert.deepEqual(peelAll('records', [...pretty({ a: 1 }), ...pretty({ b: 2 })]), ['held', 'merged', { text: '{"a": 1}', line: 1 }, 'held', 'merged', { text: '{"b": 2}', line: 4 }])
  assert.deepEqual(peelAll('records', ['[', '{"a":1},', ',{"a":2}', ']']), [header, { text: '{"a":1}' }, { text: '{"a":2}' }, header])
  assert.deepEqual(peelAll('records', ['[{', '"a":1', '}, {', '"a":2', '}, {"c":1}, {', '"d":1}]']), [
    'held', 'merged', { texts: [{ text: '{"a":1}', line: 1 }], self: 'held' }, 'merged',
    { texts: [{ text: '{"a":2}', line: 3 }], self: 'held' }, { texts: [{ text: '{"c":1}', line: 5 }, { text: '{"d":1}', line: 5 }], self: 'merged' },
  ])
})

test('records: a cut element does not swallow the next', () => {
  const lines = ['[', '  {', '    "a": {', '  {', '    "a": 2', '  },', '  {', '    "a": 3', '  }', ']']
  assert.deepEqual(peelAll('records', lines), [
    { skip: 'header' }, 'held', 'merged', { texts: [{ skip: 'malformed', line: 2 }], self: 'held' }, 'merged', { text: '{"a": 2}', line: 4 },
    'held', 'merged', { text: '{"a": 3}', line: 7 }, { skip: 'header' },
  ])
  assert.deepEqual(peelAll('records', ['{"records":[{"a":1},{"b', '{"records":[{"a":2}]}', '{"records":[{"a":3']), [
    'held', { texts: [{ text: '{"a":1}', line: 1 }, { text: '{"a":2}' }], self: 'text' }, 'held', { texts: [{ skip: 'incomplete', line: 3 }], self: 'end' },
  ])
  assert.deepEqual(peelAll('records', ['[', '  {', `    "a": "${'x'.repeat(2 ** 20)}",`, '    "b": 1', '  },', '  {', '    "a": 1', '  }', ']']), [
    { skip: 'header' }, 'held', { texts: [{ skip: 'too-long', line: 2 }], self: { skip: 'too-long' } }, { skip: 'too-long' }, { skip: 'too-long' },
    'held', 'merged', { text: '{"a": 1}', line: 6 }, { skip: 'header' },
  ])
})

test('records: a head shorter than its first element is closed for detection', () => {
  assert.deepEqual(wrapper('records').peelHead(['[', '  {', '    "_index": "packets",', '    "_source": {', '      "layers": {', '        "frame": [', '          "1"', '        ],']), { lines: ['{"_index": "packets","_source": {"layers": {"frame": ["1"]}}}'] })
  assert.deepEqual(wrapper('records').peelHead(pretty([{ a: 1 }, { a: 2 }]).slice(0, -3)), { lines: ['{"a": 1}'] })
})

test('compose and pod prefixes', () => {
  assert.deepEqual(peelOne('compose', 'web-1  | {"a":1}'), { text: '{"a":1}', outer: { program: 'web-1' } })
  assert.deepEqual(peelOne('compose', 'web-1  | 2026-11-22T07:47:27.5Z {"a":1}'), { text: '{"a":1}', outer: { program: 'web-1', ms: at('2026-11-22T07:47:27.5Z'), res_ms: 100 } })
  assert.deepEqual(peelOne('compose', '[pod/web-7d4b/nginx] 192.0.2.1 - -'), { text: '192.0.2.1 - -', outer: { host: 'web-7d4b', program: 'nginx' } })
  for (const line of ['a b | c', '| c', '1795330997.955283||192.0.2.7||192.0.2.54||IN||www.example.com.||A||192.0.2.80||5||1']) assert.deepEqual(peelOne('compose', line), { skip: 'not-this-format' })
})

test('envelopes in envelopes', () => {
  const syslog = 'Nov 22 07:47:26 ns1 named[12]: text'
  const outer = { ms: at('2026-11-22T07:47:26Z'), res_ms: 1000, host: 'ns1', program: 'named', pid: 12 }
  const docker = (log: string) => JSON.stringify({ log, stream: 'stdout', time: '2026-11-22T07:47:27Z' })
  assert.deepEqual(peelAll('docker-json-syslog', [docker(`${syslog}\n`), docker('Nov 22 07:47:26 ns1'), docker(' named[12]: text\n'), docker('x\n'), docker('x'), docker('y\n')], new Clock({})), [
    { text: 'text', outer }, 'held', { texts: [{ text: 'text', outer, line: 2 }], self: 'merged' }, { skip: 'not-this-format' },
    'held', { texts: [{ skip: 'not-this-format', line: 5 }], self: 'merged' },
  ])
  const envelope = (...messages: string[]) => JSON.stringify({ messageType: 'DATA_MESSAGE', logEvents: messages.map(message => ({ timestamp: 1795333647000, message })) })
  assert.deepEqual(peelAll('cloudwatch-syslog', [envelope(syslog, 'x', syslog), envelope('x', 'y')], new Clock({})), [
    { texts: [{ text: 'text', outer }, { text: 'text', outer }], self: 'text' }, { texts: [], self: { skip: 'not-this-format' } },
  ])
  assert.deepEqual(wrapper('records-cloudwatch').peelHead(pretty({ events: [{ timestamp: 1000, message: 'm', ingestionTime: 1 }] })), { lines: ['m'] })
})

/** Cuts every sample everywhere: nothing throws, and held lines come back. */
test('lines cut anywhere never throw', () => {
  const lines = [...SYSLOG.map(([line]) => line), ...STAMPS.map(([line]) => line), ...BARE, ...EXPORT, ...pretty({ records: [{ a: 1 }] }), '{"log":"a\\n","stream":"stdout","time":"2026-11-22T07:47:27Z"}', '2026-11-22T07:47:27Z stdout P x', 'web-1 | x']
  for (const one of [...WRAPPERS, ...NESTED_WRAPPERS]) {
    const peeler = one.open(new Clock({}))
    const open = new Set<number>()
    let number = 0
    for (const line of lines) {
      for (let cut = 0; cut <= line.length; cut += 3) {
        const result = peeler.line(line.slice(0, cut), ++number)
        const texts = typeof result === 'symbol' || 'skip' in result ? [] : 'texts' in result ? result.texts : [result]
        for (const text of texts) if (text.line !== undefined && text.line !== number) open.delete(text.line)
        if (result === HELD || (typeof result === 'object' && 'self' in result && result.self === HELD)) open.add(number)
      }
    }
    for (const text of peeler.end?.() ?? []) open.delete(text.line!)
    assert.deepEqual([...open], [], one.id)
  }
})

const shared = new URL('../../shared/', import.meta.url).pathname
const sharedDir = [shared, join(process.cwd(), '../shared/')].find(existsSync)
const skipShared = sharedDir === undefined ? 'the shared folder is not here' : false
const linesOf = (path: string): string[] => readFileSync(path, 'utf8').split('\n').filter(line => line !== '')

/** Formats in the wild that come in an envelope, and which one. */
const ENVELOPED: Record<string, readonly string[]> = {
  haproxy: ['syslog'], envoy: ['cri'], fastly: ['syslog'], 'azure-appservice-http': ['records'], 'azure-cdn': ['records'], 'azure-frontdoor': ['records'],
  'tshark-json': ['records'], caddy: ['compose'],
}

test('lab: rsyslog, dnsmasq, stamped traces and tshark arrays are peeled', { skip: skipShared }, () => {
  const folder = join(sharedDir!, 'lab/scenarios/01-baseline-healthy')
  const haproxy = linesOf(join(folder, 'edge/haproxy.log')).map(line => plain(wrapper('syslog').open(clock()).line(line, 1)))
  assert.ok(haproxy.every(one => typeof one === 'object' && 'text' in one && one.outer?.program === 'haproxy' && one.outer.zone === '+00:00' && typeof one.outer.ms === 'number'))
  const dnsmasq = linesOf(join(folder, 'dns/dnsmasq.log')).map(line => plain(wrapper('syslog').open(clock()).line(line, 1)))
  assert.ok(dnsmasq.every(one => typeof one === 'object' && 'text' in one && one.outer?.program === 'dnsmasq'))
  const tshark = peelAll('records', linesOf(join(folder, 'tls/tshark-clienthello.json')))
  const records = tshark.flatMap(one => (typeof one === 'object' && 'text' in one ? [JSON.parse(one.text) as { _source: unknown }] : []))
  assert.equal(records.length, linesOf(join(folder, 'tls/tshark-clienthello.json')).filter(line => line === '  {').length)
  assert.ok(records.every(record => record._source !== undefined))
})

test('shared: no envelope is seen where there is none', { skip: skipShared }, context => {
  const manifest = linesOf(join(sharedDir!, 'thirdparty/MANIFEST.tsv')).slice(1).map(line => line.split('\t'))
  for (const [format, file] of manifest) {
    const path = join(sharedDir!, 'thirdparty', file!)
    if (!existsSync(path) || file!.endsWith('.bin') || file!.endsWith('.gz')) continue
    const head = readFileSync(path, 'utf8').split('\n').slice(0, 200)
    const seen = WRAPPERS.filter(one => one.peelHead(head) !== undefined).map(one => one.id)
    if (seen.length > 0) context.diagnostic(`${format} ${file}: ${seen.join(' ')}`)
    const allowed = [...(ENVELOPED[format!] ?? []), ...(file!.includes('.json') ? ['records'] : []), ...(format === 'aws-elb' || format === 'aws-alb-connection' ? ['stamp'] : [])]
    assert.deepEqual(seen.filter(id => !allowed.includes(id)), [], `${format} ${file}`)
  }
})

test('shared: which lab logs an envelope claims', { skip: skipShared }, context => {
  const folder = join(sharedDir!, 'lab/scenarios')
  const expected: [RegExp, string[]][] = [[/haproxy\.log$/, ['syslog']], [/dnsmasq\.log$/, ['syslog']], [/stamped\.log$/, ['stamp']], [/tshark-.*\.json$/, ['records']]]
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!/\.(log|json|ndjson|tsv|csv|stderr)$/.test(file) || file.includes('_hidden') || file.endsWith('truth.json')) continue
    const head = readFileSync(join(folder, file), 'utf8').split('\n').slice(0, 200)
    const seen = WRAPPERS.filter(one => one.peelHead(head) !== undefined).map(one => one.id)
    if (seen.length > 0) context.diagnostic(`${file}: ${seen.join(' ')}`)
    if (file.includes('curl-')) continue // --trace-time prints the time of day, as `ts -s` does; detection asks for the bare line first
    assert.deepEqual(seen, expected.find(([pattern]) => pattern.test(file))?.[1] ?? [], file)
  }
})
