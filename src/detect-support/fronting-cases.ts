/** Cases of sni-host-mismatch. */
import { caseEvents, repeat, type CaseDraft } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { handshake, lookUp, request, visit } from './case-parts.js'

const IP = '203.0.113.10'
const OWN = ['health.example.org', 'www.health.example.org']
const healthy = repeat(4, i => [
  ...visit({ at: i * 2000, client: `192.0.2.${20 + i}`, port: 40_000 + i, name: 'health.example.org', ip: IP, names: OWN }),
  ...visit({ at: i * 2000 + 500, client: `192.0.2.${20 + i}`, port: 41_000 + i, name: 'games.example.com', ip: IP, names: ['games.example.com'] }),
])
/** Connections made for one name with two requests for another inside. */
const fronted = (count: number, sni: string, host: string, status = 200, names?: readonly string[]): CaseDraft[] => repeat(count, i => [
  lookUp({ at: 900 + i * 1500, name: sni, ips: [IP] }),
  handshake({ at: 910 + i * 1500, port: 50_000 + i, name: sni, ip: IP, ...(names ? { names } : { tls: { version: '1.3' } }) }),
  request({ at: 920 + i * 1500, port: 50_000 + i, host, status, sni }),
  request({ at: 960 + i * 1500, port: 50_000 + i, host, status, sni }),
])

export const frontingCases: readonly Case[] = [
  {
    name: 'the handshake names the clinic, the requests go to the games: fronting, and the certificate shows it',
    fires: true,
    events: caseEvents([...healthy, ...fronted(6, 'health.example.org', 'games.example.com', 200, OWN)]),
    expects: { severity: 'medium', cause: 'domain-fronting', count: 6, findings: 1 },
  },
  {
    name: 'the same under TLS 1.3, where the certificate is known from other connections for the name',
    fires: true,
    events: caseEvents([...healthy, ...fronted(4, 'health.example.org', 'games.example.com')]),
    expects: { severity: 'low', count: 4 },
  },
  {
    name: 'the edge refuses the foreign host with 421',
    fires: true,
    events: caseEvents([...healthy, ...fronted(4, 'health.example.org', 'games.example.com', 421)]),
    expects: { severity: 'informational', cause: 'refused' },
  },
  {
    name: 'HTTP/2 coalescing: one certificate covers both names',
    fires: false,
    events: caseEvents(fronted(6, 'www.example.com', 'static.example.com', 200, ['www.example.com', 'static.example.com'])),
  },
  {
    name: 'coalescing between two sites of one customer whose certificate was seen elsewhere',
    fires: false,
    events: caseEvents([...visit({ at: 0, port: 40_500, name: 'video.example.net', ip: IP, names: ['video.example.net', 'photo.example.org'] }), ...fronted(5, 'video.example.net', 'photo.example.org')]),
  },
  {
    name: 'names of one owner under TLS 1.3, no certificate seen',
    fires: false,
    events: caseEvents(fronted(6, 'www.example.com', 'img.example.com')),
  },
  {
    name: 'Host and SNI are the same, written with capitals',
    fires: false,
    events: caseEvents([...healthy, ...fronted(5, 'Health.Example.org', 'health.example.ORG')]),
  },
]
