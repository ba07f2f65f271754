/** Cases of dns-hijack. */
import { caseEvents, repeat } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { handshake, lookUp, request, visit } from './case-parts.js'

const [HOME, OTHER_HOME, ROGUE] = ['203.0.113.10', '203.0.113.11', '198.51.100.66']
const NAMES = ['shop.example.com']
const REFUSED = { established: false, alert: 'unknown_ca', alert_from: 'client' } as const

/** Visits of the shop at its own address; each client asks its own resolver. */
const homely = (from: number, count: number, ip = HOME, log = 'first.log'): ReturnType<typeof visit> => repeat(count, i => visit({ at: from + i * 1500, client: `192.0.2.${20 + i % 4}`, port: 40_000 + from / 10 + i, name: 'shop.example.com', ip, names: NAMES }).map(draft => draft.type === 'dns.response' ? { ...draft, in: log } : draft))

/** Handshakes at the attacker's, after an answer of the second resolver. */
const led = (from: number, count: number, name = 'shop.example.com', answers = true): ReturnType<typeof visit> => repeat(count, i => [
  lookUp({ at: from + i * 1500, client: `192.0.2.${40 + i % 3}`, name, in: 'second.log', ...(answers ? { ips: [ROGUE] } : {}) }),
  handshake({ at: from + i * 1500 + 10, client: `192.0.2.${40 + i % 3}`, port: 45_000 + i + name.length * 50, name, ip: ROGUE, names: ['parked.example.net'], tls: REFUSED }),
])

export const hijackCases: readonly Case[] = [
  {
    name: 'one resolver gives a foreign address, whose certificate the clients refuse, while another resolver gives the known one',
    fires: true,
    events: caseEvents([...homely(0, 12), ...led(4000, 5)]),
    expects: { severity: 'high', cause: 'one-resolver', count: 5, findings: 1, hostnames: ['shop.example.com'] },
  },
  {
    name: 'the resolver\'s log hides the answers, and only the handshakes show where clients are led',
    fires: true,
    events: caseEvents([...homely(0, 12), ...led(4000, 5, 'shop.example.com', false)]),
    expects: { severity: 'high', count: 5, hostnames: ['shop.example.com'] },
  },
  {
    name: 'the zone itself is changed for a while, for two names, and then put right',
    fires: true,
    events: caseEvents([
      ...homely(0, 4, HOME, 'second.log'), ...repeat(3, i => visit({ at: 500 + i * 1000, port: 47_000 + i, name: 'pay.example.com', ip: HOME, names: ['pay.example.com'] })),
      ...led(10_000, 4), ...led(10_500, 4, 'pay.example.com'), ...homely(20_000, 4, HOME, 'second.log'),
    ]),
    expects: { findings: 2, count: 4 },
  },
  {
    name: 'a second name is led to the same address, and its own address is nowhere in the logs',
    fires: true,
    events: caseEvents([...homely(0, 12), ...led(4000, 5), ...led(4500, 4, 'pay.example.com', false)]),
    expects: { findings: 2 },
  },
  {
    name: 'a migration: another address from one moment on, with a certificate for the name, and requests answered',
    fires: false,
    events: caseEvents([...homely(0, 6), ...homely(10_000, 6, OTHER_HOME)]),
  },
  {
    name: 'a migration to another CDN, whose requests stand in no log here, with a certificate of another issuer',
    fires: false,
    events: caseEvents([...homely(0, 6), ...repeat(6, i => [
      lookUp({ at: 10_000 + i * 1000, name: 'shop.example.com', ips: [OTHER_HOME] }),
      handshake({ at: 10_010 + i * 1000, port: 46_000 + i, name: 'shop.example.com', ip: OTHER_HOME, names: NAMES, tls: { server: { issuer: 'CN=Another CA' } } }),
    ])]),
  },
  {
    name: 'round robin over two addresses that both serve the name',
    fires: false,
    events: caseEvents(repeat(10, i => visit({ at: i * 1000, port: 42_000 + i, name: 'shop.example.com', ip: i % 2 ? HOME : OTHER_HOME, names: NAMES }))),
  },
  {
    name: 'the certificate at the name\'s own address expires: no address has changed',
    fires: false,
    events: caseEvents([...homely(0, 4), ...repeat(6, i => [
      lookUp({ at: 8000 + i * 1000, client: `192.0.2.${40 + i}`, name: 'shop.example.com', ips: [HOME] }),
      handshake({ at: 8010 + i * 1000, client: `192.0.2.${40 + i}`, port: 48_000 + i, name: 'shop.example.com', ip: HOME, tls: { established: false, alert: 'certificate_expired', alert_from: 'client' } }),
    ])]),
  },
  {
    name: 'one of two addresses is shared with other names and has trouble with its certificate; nobody is led away',
    fires: false,
    events: caseEvents([...homely(0, 6), ...repeat(6, i => [
      ...visit({ at: 300 + i * 1000, port: 49_000 + i, name: 'blog.example.net', ip: OTHER_HOME, names: ['blog.example.net'] }),
      ...i < 2 ? [
        lookUp({ at: 2000 + i * 1000, client: '192.0.2.50', name: 'shop.example.com', ips: [OTHER_HOME] }),
        handshake({ at: 2010 + i * 1000, client: '192.0.2.50', port: 49_500 + i, name: 'shop.example.com', ip: OTHER_HOME, tls: REFUSED }),
      ] : [],
    ])]),
  },
  {
    name: 'a handshake to an unknown address is broken off once: a client that changed networks',
    fires: false,
    events: caseEvents([...homely(0, 8), handshake({ at: 5000, port: 49_900, name: 'shop.example.com', ip: ROGUE, tls: { established: false } }), request({ at: 5600, port: 49_901, host: 'shop.example.com' })]),
  },
]
