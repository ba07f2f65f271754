/** Cases of tls-handshake-failure. */
import { caseEvents, repeat, type CaseDraft } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { handshake, visit } from './case-parts.js'

const IP = '203.0.113.10'
const NAMES = ['shop.example.com']
const ended = (alert: string, from: 'client' | 'server'): NonNullable<CaseDraft['tls']> => ({ established: false, alert, alert_from: from })
const visits = (count: number, from = 0, every = 800): CaseDraft[] => repeat(count, i => visit({ at: from + i * every, client: `192.0.2.${20 + i % 8}`, port: 40_000 + from + i, name: 'shop.example.com', ip: IP, names: NAMES }))
const failing = (count: number, clients: number, tls: NonNullable<CaseDraft['tls']>, name: string | undefined = 'shop.example.com', names?: readonly string[]): CaseDraft[] => repeat(count, i =>
  handshake({ at: 3000 + i * 1000, client: `192.0.2.${60 + i % clients}`, port: 50_000 + i, ip: IP, tls, ...(name === undefined ? {} : { name }), ...(names ? { names } : {}) }))

export const failureCases: readonly Case[] = [
  {
    name: 'one client without the CA refuses a certificate that everybody else accepts',
    fires: true,
    events: caseEvents([...visits(14), ...failing(5, 1, ended('unknown_ca', 'client'), 'shop.example.com', NAMES)]),
    expects: { severity: 'low', cause: 'client-trust', count: 5, findings: 1, hostnames: ['shop.example.com'] },
  },
  {
    name: 'one client with a wrong clock finds a good certificate expired',
    fires: true,
    events: caseEvents([...visits(14), ...failing(4, 1, ended('certificate_expired', 'client'), 'shop.example.com', NAMES)]),
    expects: { severity: 'low', cause: 'client-clock', count: 4 },
  },
  {
    name: 'after a change the server has no protocol in common with most clients',
    fires: true,
    events: caseEvents([...visits(3), ...failing(9, 5, ended('protocol_version', 'server'))]),
    expects: { severity: 'medium', cause: 'protocol', count: 9 },
  },
  {
    name: 'handshakes without a name fail in numbers, by many clients',
    fires: true,
    events: caseEvents([...visits(4), ...failing(12, 6, ended('handshake_failure', 'server'), undefined)].map(draft => draft)),
    expects: { count: 12 },
  },
  {
    name: 'certificate refused by several clients: that is the certificate\'s fault',
    fires: false,
    events: caseEvents([...visits(3), ...failing(6, 4, ended('unknown_ca', 'client'))]),
  },
  {
    name: 'a few handshakes are broken off, as closed tabs and slower addresses leave them',
    fires: false,
    events: caseEvents([...visits(16, 0, 700), ...failing(4, 3, { established: false })]),
  },
  {
    name: 'an old client fails twice and gives up',
    fires: false,
    events: caseEvents([...visits(10), ...failing(2, 1, ended('protocol_version', 'server'))]),
  },
  {
    name: 'a scanner tries a few handshakes without a name',
    fires: false,
    events: caseEvents([...visits(10), ...repeat(6, i => handshake({ at: 3000 + i * 500, client: '192.0.2.99', port: 51_000 + i, ip: IP, tls: ended('handshake_failure', 'server') }))]),
  },
  {
    name: 'the server turns two fifths of the clients away: many people, though others get through',
    fires: true,
    events: caseEvents([...visits(33, 3000, 1000), ...failing(22, 12, ended('handshake_failure', 'server'))]),
    expects: { severity: 'medium', cause: 'protocol', count: 22 },
  },
  {
    name: 'on a busy name a handshake is broken off every twenty seconds, all day, and visitors in between get through',
    fires: false,
    events: caseEvents([...visits(160, 0, 500), ...repeat(4, i => handshake({ at: 5000 + i * 20_000, client: `192.0.2.${60 + i}`, port: 50_000 + i, ip: IP, name: 'shop.example.com', tls: { established: false } }))]),
  },
]
