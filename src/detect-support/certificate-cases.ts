/** Cases of certificate-invalid. */
import { caseEvents, repeat, type CaseDraft } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { CASE_START_MS, handshake, lookUp, request, visit } from './case-parts.js'

const IP = '203.0.113.10'
const NAMES = ['shop.example.com']
const refused = (alert: string): NonNullable<CaseDraft['tls']> => ({ established: false, alert, alert_from: 'client' })
const home = repeat(4, i => visit({ at: i * 500, client: `192.0.2.${20 + i}`, port: 40_000 + i, name: 'shop.example.com', ip: IP, names: NAMES }))
const neighbour = repeat(4, i => visit({ at: i * 3000, client: `192.0.2.${20 + i}`, port: 41_000 + i, name: 'blog.example.net', ip: IP, names: ['blog.example.net'] }))

/** Failed handshakes for the shop, clients in turn. */
const failing = (count: number, clients: number, tls: NonNullable<CaseDraft['tls']>, names?: readonly string[], from = 4000): CaseDraft[] => repeat(count, i =>
  handshake({ at: from + i * 1000, client: `192.0.2.${60 + i % clients}`, port: 50_000 + i, name: 'shop.example.com', ip: IP, tls, ...(names ? { names } : {}) }))

export const invalidCases: readonly Case[] = [
  {
    name: 'the certificate has expired, and clients of both TLS versions say so',
    fires: true,
    events: caseEvents([...home, ...neighbour, ...failing(3, 3, { ...refused('certificate_expired'), server: { not_after: '2026-03-09T00:00:00.000000Z' } }, NAMES), ...failing(4, 4, { version: '1.3', ...refused('certificate_expired') }, undefined, 4300)]),
    expects: { severity: 'high', cause: 'expired', count: 7, findings: 1, hostnames: ['shop.example.com'] },
  },
  {
    name: 'a certificate for another name is served at the name\'s own address, refused as bad',
    fires: true,
    events: caseEvents([...home, ...neighbour, ...failing(4, 2, refused('bad_certificate'), ['www.oldbrand.example'])]),
    expects: { severity: 'medium', cause: 'hostname_mismatch', count: 4 },
  },
  {
    name: 'under TLS 1.3 no certificate is seen, but every client that tries refuses the CA',
    fires: true,
    events: caseEvents([...home, ...neighbour, ...failing(6, 4, { version: '1.3', ...refused('unknown_ca') })]),
    expects: { severity: 'high', cause: 'unknown_ca', count: 6 },
  },
  {
    name: 'the certificate vouches for itself, while workers that do not check it go on',
    fires: true,
    events: caseEvents([...home, ...failing(4, 2, { ...refused('unknown_ca'), server: { subject: 'CN=shop.example.com', issuer: 'CN=shop.example.com' } }, NAMES), ...repeat(4, i => [
      handshake({ at: 4500 + i * 1000, client: '192.0.2.90', port: 52_000 + i, name: 'shop.example.com', ip: IP, tls: { version: '1.3' } }),
      request({ at: 4510 + i * 1000, client: '192.0.2.90', port: 52_000 + i, host: 'shop.example.com' }),
    ])]),
    expects: { cause: 'self_signed', count: 4, findings: 1 },
  },
  {
    name: 'curl says that the certificate has expired',
    fires: true,
    events: caseEvents([...home, ...repeat(2, i => ({
      dataset: 'curl.verbose', in: `curl-${i}.log`, type: 'http.request' as const, vantage: 'client' as const, ts_ms: CASE_START_MS + 5000 + i * 4000, client: { ip: `192.0.2.${70 + i}` }, server: { ip: IP },
      url: { scheme: 'https', domain: 'shop.example.com', path: '/' }, tls: { established: false, validation: 'certificate has expired' }, error: { type: 'tls_certificate_error', message: 'SSL certificate problem: certificate has expired' },
    }))]),
    expects: { cause: 'expired', count: 2 },
  },
  {
    name: 'one client does not know the CA that everybody else accepts',
    fires: false,
    events: caseEvents([...home, ...failing(5, 1, refused('unknown_ca'), NAMES), ...repeat(6, i => visit({ at: 4200 + i * 900, client: `192.0.2.${20 + i}`, port: 43_000 + i, name: 'shop.example.com', ip: IP, names: NAMES }))]),
  },
  {
    name: 'one client whose clock is years ahead finds a good certificate expired',
    fires: false,
    events: caseEvents([...home, ...failing(3, 1, refused('certificate_expired'), NAMES)]),
  },
  {
    name: 'curl on one machine says expired, while others get through: its clock',
    fires: false,
    events: caseEvents([...home, ...repeat(2, i => ({
      dataset: 'curl.verbose', in: `curl-${i}.log`, type: 'http.request' as const, vantage: 'client' as const, ts_ms: CASE_START_MS + 3000 + i * 4000, client: { ip: '192.0.2.70' }, server: { ip: IP },
      url: { scheme: 'https', domain: 'shop.example.com', path: '/' }, tls: { established: false, validation: 'certificate has expired' }, error: { type: 'tls_certificate_error', message: 'SSL certificate problem: certificate has expired' },
    })), ...visit({ at: 5000, client: '192.0.2.21', port: 47_000, name: 'shop.example.com', ip: IP, names: NAMES })]),
  },
  {
    name: 'a certificate with five days left is valid',
    fires: false,
    events: caseEvents(repeat(6, i => [
      handshake({ at: i * 1000, client: `192.0.2.${20 + i}`, port: 44_000 + i, name: 'shop.example.com', ip: IP, names: NAMES, tls: { server: { not_after: '2026-03-15T00:00:00.000000Z' } } }),
      request({ at: i * 1000 + 10, client: `192.0.2.${20 + i}`, port: 44_000 + i, host: 'shop.example.com' }),
    ])),
  },
  {
    name: 'a name that does not live at the address gets the certificate of those who do',
    fires: false,
    events: caseEvents([...neighbour, ...home, ...repeat(4, i => [
      lookUp({ at: 4000 + i * 1000, name: 'blog.example.net', ips: [IP] }),
      handshake({ at: 4050 + i * 1000, port: 45_000 + i, name: 'news.example.org', ip: IP, names: ['blog.example.net'], tls: refused('bad_certificate') }),
    ])]),
  },
  {
    name: 'a sensor without the private CA finds every chain incomplete; the clients are content',
    fires: false,
    events: caseEvents(repeat(6, i => [
      handshake({ at: i * 1000, client: `192.0.2.${20 + i}`, port: 46_000 + i, name: 'shop.example.com', ip: IP, names: NAMES, tls: { validation: 'unable to get local issuer certificate' } }),
      request({ at: i * 1000 + 10, client: `192.0.2.${20 + i}`, port: 46_000 + i, host: 'shop.example.com' }),
    ])),
  },
  {
    name: 'a CA that clients do not know, under TLS 1.3 without a word that is seen, on a name whose handshakes are broken off now and then all day',
    fires: true,
    events: caseEvents([
      ...repeat(120, i => visit({ at: i * 500, client: `192.0.2.${100 + i % 80}`, port: 42_000 + i, name: 'shop.example.com', ip: IP })),
      ...repeat(3, i => handshake({ at: 9000 + i * 20_000, client: `192.0.2.${90 + i}`, port: 43_000 + i, name: 'shop.example.com', ip: IP, tls: { established: false } })),
      ...failing(6, 6, refused('unknown_ca'), undefined, 62_000), ...failing(8, 8, { version: '1.3', established: false }, undefined, 62_500),
    ]),
    expects: { severity: 'high', cause: 'unknown_ca', count: 14, findings: 1 },
  },
]
