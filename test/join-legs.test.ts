// the origin leg: logs that stand behind the edge, by label or by what their clients are, and whose word on the client counts
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnsLog, edgeLog, joined, members, sessionWith, T0, tlsLog } from './join-logs.js'

const EDGE_IP = '198.51.100.5'
const ORIGIN_IP = '198.51.100.80'
const label = (pattern: string) => ({ labels: [{ pattern, value: ['leg', 'origin'] as const }] })

/** Requests at one edge, each from a client of its own; what the origin logged of them names the edge as its client. */
function edgeAndOrigin(count: number) {
  const requests = Array.from({ length: count }, (_, index) => ({ at: index * 3, tookMs: 40, client: `192.0.2.${20 + index}`, port: 41000 + index, path: `/item/${index}`, origin: `${ORIGIN_IP}:443` }))
  return {
    edge: edgeLog('edge.log', requests),
    origin: edgeLog('origin.log', requests.map(one => ({ at: one.at + 0.01, tookMs: 20, client: EDGE_IP, port: 60001, server: ORIGIN_IP, path: one.path, forwarded: one.client }))),
  }
}

test('a log whose few clients forward others is the origin\'s, joins by the forwarded client, and a note says so', async () => {
  const { edge, origin } = edgeAndOrigin(10)
  const { sessions, notes } = await joined([edge, origin])
  assert.equal(sessions.length, 10)
  for (let line = 1; line <= 10; line++) assert.deepEqual(members(sessionWith(sessions, `edge.log:${line}`)), [`edge.log:${line}`, `origin.log:${line}`])
  assert.ok(sessions.every((session, index) => session.client?.ip === `192.0.2.${20 + index}`), 'the client is the edge\'s client')
  assert.ok(notes.some(note => note.startsWith('origin.log') && note.includes(EDGE_IP)), notes.join('\n'))
})

test('the hop nearest the client gives the values, the origin\'s line stands in hops', async () => {
  const { edge, origin } = edgeAndOrigin(10)
  const { sessions } = await joined([edge, origin])
  const [first] = sessions
  assert.deepEqual(first!.hops?.map(hop => hop.event_id), ['edge.log:1', 'origin.log:1'])
  assert.equal(first!.duration_ms, 40)
  assert.equal(first!.server?.ip, '203.0.113.10')
})

test('a forwarded client is not believed of a log whose clients are many: anybody can send the header', async () => {
  const visitors = Array.from({ length: 10 }, (_, index) => ({ at: index * 3, client: `192.0.2.${20 + index}`, port: 41000 + index, path: `/item/${index}`, forwarded: '192.0.2.200' }))
  const { sessions, notes } = await joined([edgeLog('edge.log', visitors), tlsLog('tls.log', visitors.map(one => ({ at: one.at - 0.01, client: one.client, port: one.port, sni: 'www.example.com' })))])
  assert.ok(sessions.every((session, index) => session.client?.ip === `192.0.2.${20 + index}` && session.members.length === 2))
  assert.deepEqual(notes.filter(note => note.includes('forward')), [])
})

test('handshakes and look-ups of the edge itself, by label, join by the origin\'s address and give origin.tls and origin.dns', async () => {
  const { sessions } = await joined([
    edgeLog('edge.log', [{ at: 10, tookMs: 300, port: 41000, origin: `${ORIGIN_IP}:443` }]),
    tlsLog('client-tls.log', [{ at: 9.9, port: 41000, sni: 'www.example.com' }]),
    tlsLog('out-tls.log', [{ at: 10.02, client: EDGE_IP, port: 60001, server: ORIGIN_IP, sni: 'www.example.com' }]),
    dnsLog('out-dns.log', [{ at: 10.005, client: EDGE_IP, name: 'www.example.com', answers: [ORIGIN_IP], tookMs: 12 }]),
  ], label('out-*'))
  const session = sessionWith(sessions, 'edge.log:1')
  assert.deepEqual(members(session), ['client-tls.log:1', 'edge.log:1', 'out-dns.log:1', 'out-tls.log:1'])
  assert.equal(session!.phases?.find(phase => phase.name === 'origin.dns')?.duration_ms, 12)
  assert.deepEqual(session!.phases?.filter(phase => phase.name === 'origin.tls').flatMap(phase => phase.event_ids), ['out-tls.log:1'])
  assert.deepEqual(session!.phases?.filter(phase => phase.name === 'tls').flatMap(phase => phase.event_ids), ['client-tls.log:1'])
  assert.deepEqual(session!.members.filter(member => member.leg === 'origin').map(member => member.event_id).sort(), ['out-dns.log:1', 'out-tls.log:1'])
})

test('without the label the edge\'s own handshake is nobody\'s: it is another client\'s and to another server', async () => {
  const { sessions } = await joined([
    edgeLog('edge.log', [{ at: 10, tookMs: 300, port: 41000, origin: `${ORIGIN_IP}:443` }]),
    tlsLog('out-tls.log', [{ at: 10.02, client: EDGE_IP, port: 60001, server: ORIGIN_IP, sni: 'www.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'edge.log:1')), ['edge.log:1'])
})

test('an origin handshake is never the client\'s, whatever the name', async () => {
  const { sessions } = await joined([
    edgeLog('edge.log', [{ at: 10, tookMs: 300 }]),
    tlsLog('out-tls.log', [{ at: 9.98, client: EDGE_IP, port: 60001, server: ORIGIN_IP, sni: 'www.example.com' }]),
    dnsLog('out-dns.log', [{ at: 9.9, client: EDGE_IP, name: 'www.example.com', answers: [ORIGIN_IP] }]),
  ], label('out-*'))
  const session = sessionWith(sessions, 'edge.log:1')
  assert.deepEqual(members(session), ['edge.log:1'], 'the edge does not say that it went to an origin')
  assert.equal(session!.tls?.client, undefined)
})

test('another origin\'s handshake in the same second is not taken', async () => {
  const { sessions } = await joined([
    edgeLog('edge.log', [{ at: 10, tookMs: 300, origin: `${ORIGIN_IP}:443` }]),
    tlsLog('out-tls.log', [{ at: 10.01, client: EDGE_IP, server: '198.51.100.81', sni: 'www.example.com' }, { at: 10.05, client: EDGE_IP, server: ORIGIN_IP, sni: 'www.example.com' }]),
  ], label('out-*'))
  assert.deepEqual(members(sessionWith(sessions, 'edge.log:1')), ['edge.log:1', 'out-tls.log:2'])
})

test('two requests that went to one origin over one connection share its handshake', async () => {
  const { sessions } = await joined([
    edgeLog('edge.log', [{ at: 10, tookMs: 300, client: '192.0.2.20', path: '/a', origin: `${ORIGIN_IP}:443` }, { at: 11, tookMs: 300, client: '192.0.2.21', path: '/b', origin: `${ORIGIN_IP}:443` }]),
    tlsLog('out-tls.log', [{ at: 10.02, client: EDGE_IP, server: ORIGIN_IP, sni: 'www.example.com' }]),
  ], label('out-*'))
  assert.deepEqual(sessions.map(session => members(session)), [['edge.log:1', 'out-tls.log:1'], ['edge.log:2', 'out-tls.log:1']])
  assert.deepEqual(sessions.map(session => session.members.find(member => member.event_id === 'out-tls.log:1')?.reused), [undefined, true])
  assert.equal(sessions[1]!.phases?.some(phase => phase.name === 'origin.tls'), false)
})

test('an origin line is joined to the request it answers, not to one that ended before it began', async () => {
  const slow = { client: '192.0.2.20', path: '/slow', origin: `${ORIGIN_IP}:443` }
  const { edge, origin } = edgeAndOrigin(10)
  const { sessions } = await joined([
    { ...edge, lines: [...edge.lines, ...edgeLog('', [{ ...slow, at: 50, tookMs: 1000, status: 504 }, { ...slow, at: 53, tookMs: 100 }]).lines] },
    { ...origin, lines: [...origin.lines, ...edgeLog('', [{ at: 53.02, tookMs: 50, client: EDGE_IP, server: ORIGIN_IP, path: '/slow', forwarded: '192.0.2.20' }]).lines] },
  ])
  assert.deepEqual(members(sessionWith(sessions, 'origin.log:11')), ['edge.log:12', 'origin.log:11'])
})

/** A line of an edge that names the status its origin gave (`given`) and what went wrong (`result`). */
const ask = (at: number, tookMs: number, status: number, given: number | undefined, result: string): string => JSON.stringify({
  ts: T0 + at, ttms: tookMs, chi: '192.0.2.20', chp: 41000, method: 'GET', url: 'https://www.example.com/api?id=8', host: 'www.example.com', ver: 'HTTP/1.1', pssc: status, psql: 300, crc: result,
  phr: 'DIRECT', shi: ORIGIN_IP, sssc: given === undefined ? '000' : String(given), stms: given === undefined ? '-1' : '2',
})
const answer = (at: number, status: number) => edgeLog('', [{ at, tookMs: 1, client: EDGE_IP, server: ORIGIN_IP, path: '/api?id=8', forwarded: '192.0.2.20', status }]).lines[0]!

test('what the origin answered is no answer to a request that never reached it, that got another one, or that was served from the cache', async () => {
  const pairs: readonly (readonly [string, string, number])[] = [
    [ask(50, 6989, 502, undefined, 'ERR_CONNECT_FAIL'), ask(56.99, 4, 200, 200, 'TCP_MISS'), 200], // the client asked again at once
    [ask(50, 6989, 503, 503, 'TCP_MISS'), ask(56.99, 4, 200, 200, 'TCP_MISS'), 200],
    [ask(50, 6989, 200, undefined, 'TCP_HIT').replace(`"shi":"${ORIGIN_IP}",`, '"shi":"-",'), ask(56.99, 4, 404, 404, 'TCP_MISS'), 404],
  ]
  for (const [first, second, status] of pairs) {
    const { edge, origin } = edgeAndOrigin(10)
    const { sessions } = await joined([edge, { name: 'api.log', format: 'ats-json', lines: [first, second] }, { ...origin, lines: [...origin.lines, answer(56.992, status)] }])
    assert.deepEqual(members(sessionWith(sessions, 'origin.log:11')), ['api.log:2', 'origin.log:11'], first)
    assert.deepEqual(members(sessionWith(sessions, 'api.log:1')), ['api.log:1'])
  }
})

test('a page that the edge asked whether it had changed, and one that it gave up waiting for, are the origin\'s all the same', async () => {
  for (const line of [ask(50, 10, 200, 304, 'TCP_REFRESH_HIT'), ask(50, 10, 504, undefined, 'ERR_READ_TIMEOUT'), ask(50, 10, 200, undefined, 'TCP_MISS')]) {
    const { edge, origin } = edgeAndOrigin(10)
    const { sessions } = await joined([edge, { name: 'api.log', format: 'ats-json', lines: [line] }, { ...origin, lines: [...origin.lines, answer(50.002, 200)] }])
    assert.deepEqual(members(sessionWith(sessions, 'origin.log:11')), ['api.log:1', 'origin.log:11'], line)
  }
})
