// honest about names: families, shared addresses, coalescing, resumption, missing and outer SNI, forwarders, search suffixes, spelling
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dnsLog, edgeLog, joined, members, sessionWith, tlsLog } from './join-logs.js'

const V4 = '203.0.113.10'
const V6 = '2001:db8:e::10'

test('A and AAAA of one name: the handshake joins the one of the family it connected to', async () => {
  for (const [server, line] of [[V4, 1], [V6, 2]] as const) {
    const { sessions } = await joined([
      dnsLog('dns.log', [{ at: 9.98, name: 'www.example.com', type: 'A', answers: [V4] }, { at: 9.99, name: 'www.example.com', type: 'AAAA', answers: [V6] }]),
      tlsLog('tls.log', [{ at: 10, client: server === V4 ? '192.0.2.10' : '2001:db8:1::10', server, sni: 'www.example.com' }]),
    ])
    assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), [`dns.log:${line}`, 'tls.log:1'])
  }
})

test('an HTTPS question stands for no address, however near it is', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9.5, name: 'www.example.com', answers: [V4] }, { at: 9.99, name: 'www.example.com', type: 'HTTPS' }]),
    tlsLog('tls.log', [{ at: 10, sni: 'www.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'])
})

test('several names on one address: the name decides, not what is nearer', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9, name: 'a.example.com', answers: [V4] }, { at: 9.9, name: 'b.example.com', answers: [V4] }]),
    tlsLog('tls.log', [{ at: 10, sni: 'a.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'])
})

test('without an SNI an address that served one name tells it, one that served two tells none', async () => {
  const one = await joined([dnsLog('dns.log', [{ at: 9, name: 'a.example.com', answers: [V4] }]), tlsLog('tls.log', [{ at: 10 }])])
  assert.deepEqual(members(sessionWith(one.sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'])
  const two = await joined([dnsLog('dns.log', [{ at: 9, name: 'a.example.com', answers: [V4] }, { at: 9.9, name: 'b.example.com', answers: [V4] }]), tlsLog('tls.log', [{ at: 10 }])])
  assert.deepEqual(members(sessionWith(two.sessions, 'tls.log:1')), ['tls.log:1'])
})

test('without an SNI the request on the connection names the look-up', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9, name: 'a.example.com', answers: [V4] }, { at: 9.9, name: 'b.example.com', answers: [V4] }]),
    tlsLog('tls.log', [{ at: 10, port: 50001 }]),
    edgeLog('edge.log', [{ at: 10.05, port: 50001, host: 'a.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'edge.log:1')), ['dns.log:1', 'edge.log:1', 'tls.log:1'])
})

test('a coalesced request joins the handshake of its connection, though the names differ', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9.98, name: 'www.example.com', answers: [V4] }, { at: 10.2, name: 'img.example.com', answers: [V4] }]),
    tlsLog('tls.log', [{ at: 10, port: 50001, sni: 'www.example.com' }]),
    edgeLog('edge.log', [{ at: 10.1, port: 50001, host: 'www.example.com' }, { at: 10.3, port: 50001, host: 'img.example.com' }]),
  ])
  const second = sessionWith(sessions, 'edge.log:2')
  assert.ok(members(second).includes('tls.log:1'))
  assert.equal(second!.hostname, 'img.example.com')
  assert.equal(second!.tls?.client?.server_name, 'www.example.com')
  assert.equal(second!.members.find(member => member.event_id === 'tls.log:1')?.reused, true)
  assert.equal(second!.phases?.some(phase => phase.name === 'tls'), false, 'the handshake is the first request\'s')
})

test('on another port a handshake of another name is not taken', async () => {
  const { sessions } = await joined([
    tlsLog('tls.log', [{ at: 10, port: 50001, sni: 'www.example.com' }]),
    edgeLog('edge.log', [{ at: 10.3, port: 50002, host: 'img.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'edge.log:1')), ['edge.log:1'])
})

test('a resumed handshake joins as any other', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9.98, name: 'www.example.com', answers: [V4] }]),
    tlsLog('tls.log', [{ at: 10, port: 50001, sni: 'www.example.com' }, { at: 11, port: 50002, sni: 'www.example.com', resumed: true }]),
    edgeLog('edge.log', [{ at: 10.05, port: 50001 }, { at: 11.05, port: 50002 }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'edge.log:2')), ['dns.log:1', 'edge.log:2', 'tls.log:2'])
  assert.equal(sessionWith(sessions, 'edge.log:2')!.tls?.resumed, true)
})

test('clients that are forwarders are found out, said in a note, and left out of the keys', async () => {
  const visits = Array.from({ length: 9 }, (_, index) => ({ at: index * 8, name: `site${index}.example.com`, client: `192.0.2.${20 + index}` }))
  const { sessions, notes } = await joined([
    dnsLog('dns.log', visits.map(one => ({ at: one.at, name: one.name, client: '198.51.100.53', answers: [V4] }))),
    tlsLog('tls.log', visits.map(one => ({ at: one.at + 0.01, client: one.client, sni: one.name }))),
  ])
  assert.ok(notes.some(note => note.startsWith('dns.log') && note.includes('198.51.100.53')), notes.join('\n'))
  for (let line = 1; line <= 9; line++) assert.deepEqual(members(sessionWith(sessions, `tls.log:${line}`)), [`dns.log:${line}`, `tls.log:${line}`])
})

test('a resolver that sees its clients keeps them as a key: another client\'s look-up is not taken', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9, client: '192.0.2.20', name: 'www.example.com', answers: [V4] }, { at: 9.9, client: '192.0.2.21', name: 'www.example.com', answers: [V4] }]),
    tlsLog('tls.log', [{ at: 10, client: '192.0.2.20', sni: 'www.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'])
})

test('a question with a search suffix leads nowhere; the bare one is joined', async () => {
  const { sessions } = await joined([
    dnsLog('dns.log', [{ at: 9.97, name: 'www.example.com', answers: [V4] }, { at: 9.99, name: 'www.example.com.corp.example.net', rcode: 'NXDOMAIN' }]),
    tlsLog('tls.log', [{ at: 10, sni: 'www.example.com' }]),
  ])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'])
  assert.deepEqual(members(sessionWith(sessions, 'dns.log:2')), ['dns.log:2'])
})

test('an answer that names an error leads to no handshake', async () => {
  const { sessions } = await joined([dnsLog('dns.log', [{ at: 9.9, name: 'www.example.com', rcode: 'NXDOMAIN' }]), tlsLog('tls.log', [{ at: 10, sni: 'www.example.com' }])])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['tls.log:1'])
})

test('names are one whatever their spelling: 0x20 case, a last dot, U-labels', async () => {
  for (const [asked, shown] of [['wWw.ExAMPle.cOM', 'www.example.com'], ['www.example.com.', 'WWW.example.com'], ['bücher.example', 'xn--bcher-kva.example']] as const) {
    const { sessions } = await joined([dnsLog('dns.log', [{ at: 9.9, name: asked, answers: [V4] }]), tlsLog('tls.log', [{ at: 10, sni: shown }])])
    const session = sessionWith(sessions, 'tls.log:1')
    assert.deepEqual(members(session), ['dns.log:1', 'tls.log:1'], asked)
    assert.ok(session!.join.pairs[0]!.keys.includes('hostname'), asked)
  }
})

test('every name of a CNAME chain is the name, and the address counts with it', async () => {
  const chain = { ...dnsLog('dns.log', []), lines: dnsLog('dns.log', [{ at: 9.9, name: 'www.example.com', answers: ['pop.cdn.example', V4] }]).lines }
  for (const sni of ['www.example.com', 'pop.cdn.example']) {
    const { sessions } = await joined([chain, tlsLog('tls.log', [{ at: 10, sni }])])
    assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['dns.log:1', 'tls.log:1'], sni)
  }
  const { sessions } = await joined([chain, tlsLog('tls.log', [{ at: 10, sni: 'other.cdn.example' }])])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['tls.log:1'])
})

test('a handshake to an address that the answer does not hold is not its consequence', async () => {
  const { sessions } = await joined([dnsLog('dns.log', [{ at: 9.9, name: 'www.example.com', answers: [V4] }]), tlsLog('tls.log', [{ at: 10, sni: 'www.example.com', server: '203.0.113.66' }])])
  assert.deepEqual(members(sessionWith(sessions, 'tls.log:1')), ['tls.log:1'])
})

test('a host that asks over IPv4 and connects over IPv6 is one, once it has shown so', async () => {
  const visits = Array.from({ length: 5 }, (_, index) => ({ at: index * 30, name: `site${index}.example.com` }))
  const logs = (count: number) => [
    dnsLog('dns.log', visits.slice(0, count).map(one => ({ at: one.at, client: '192.0.2.12', name: one.name, type: 'AAAA' as const, answers: [V6] }))),
    tlsLog('tls.log', visits.slice(0, count).map(one => ({ at: one.at + 0.02, client: '2001:db8:1::12', server: V6, sni: one.name }))),
  ]
  const { sessions, notes } = await joined(logs(5))
  assert.ok(notes.some(note => note.includes('192.0.2.12') && note.includes('2001:db8:1::12')), notes.join('\n'))
  for (let line = 1; line <= 5; line++) assert.ok(sessionWith(sessions, `tls.log:${line}`)!.join.pairs[0]!.keys.includes('client.ip'))
  const once = await joined(logs(1))
  assert.deepEqual(once.notes.filter(note => note.includes('address family')), [], 'once proves nothing')
})

test('a look-up after the handshake is marked later and gives no dns phase; one while the last answer lives is not taken', async () => {
  const late = await joined([dnsLog('dns.log', [{ at: 11, name: 'www.example.com', answers: [V4] }]), tlsLog('tls.log', [{ at: 10, sni: 'www.example.com' }])])
  const session = sessionWith(late.sessions, 'tls.log:1')
  assert.deepEqual(members(session), ['dns.log:1', 'tls.log:1'])
  assert.equal(session!.join.pairs[0]!.later, true)
  assert.equal(session!.phases?.some(phase => phase.name === 'dns') ?? false, false)
  const cached = await joined([dnsLog('dns.log', [{ at: -20, name: 'www.example.com', answers: [V4], ttl: 300 }, { at: 11, name: 'www.example.com', answers: [V4] }]), tlsLog('tls.log', [{ at: 10, sni: 'www.example.com' }])])
  assert.deepEqual(members(sessionWith(cached.sessions, 'tls.log:1')), ['tls.log:1'])
})

test('the window is inclusive: a partner at its very edge joins, one a millisecond beyond does not', async () => {
  for (const [at, expected] of [[5, 2], [5.001, 1], [4.999, 2]] as const) {
    const { sessions } = await joined([dnsLog('dns.log', [{ at: 0, name: 'www.example.com', answers: [V4], tookMs: 0 }]), tlsLog('tls.log', [{ at, sni: 'www.example.com' }])])
    assert.equal(members(sessionWith(sessions, 'tls.log:1')).length, expected, `${at} s`)
  }
})
