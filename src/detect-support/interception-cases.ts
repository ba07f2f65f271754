/** Cases of certificate-invalid that are about who signs. */
import { caseEvents, repeat, type CaseDraft } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { CASE_START_MS, handshake, lookUp, request } from './case-parts.js'

/** Six sites of six owners on six networks, each with its own CA of the public. */
const SITES = [
  { name: 'www.amber.example', ip: '203.0.113.10', issuer: 'CN=R11,O=Let\'s Encrypt,C=US' }, { name: 'shop.birch.example', ip: '198.51.100.20', issuer: 'CN=DigiCert Global G2 TLS RSA SHA256 2020 CA1,O=DigiCert Inc,C=US' },
  { name: 'mail.cedar.example', ip: '2001:db8:a::30', issuer: 'CN=WR2,O=Google Trust Services,C=US' }, { name: 'delta.example', ip: '2001:db8:b::40', issuer: 'CN=Example Regional CA 3,O=Example Regional Trust,C=XX' },
  { name: 'news.ember.example', ip: '2001:db8:c::50', issuer: 'CN=R10,O=Let\'s Encrypt,C=US' }, { name: 'fjord.example', ip: '2001:db8:d::60', issuer: 'CN=Example Regional CA 3,O=Example Regional Trust,C=XX' },
] as const
type Site = Readonly<Record<'name' | 'ip' | 'issuer', string>>

const GATEWAY = 'CN=gw1.hq.example,O=Example Office,C=XX'

/** A visit whose certificate is signed by `issuer`; a certificate is one of its site and issuer. */
const signed = (at: number, client: string, { name, ip, issuer }: Site, by = issuer, more: NonNullable<CaseDraft['tls']> = {}): CaseDraft[] => [
  lookUp({ at, client, name, ips: [ip], ...(ip.includes(':') ? { type: 'AAAA' } : {}) }),
  handshake({ at: at + 10, client, port: 20_000 + at % 40_000, name, ip, names: [name], tls: { ...more, server: { issuer: by } } }),
  ...(more.established === false ? [] : [request({ at: at + 20, client, port: 20_000 + at % 40_000, host: name })]),
]

/** Everybody's visits, one after the other: `each` says who signs what a client sees. */
const round = (clients: readonly string[], sites: readonly Site[], by: (client: string, site: Site, at: number) => string, from = 0): CaseDraft[] =>
  clients.flatMap((client, row) => sites.flatMap((site, column) => signed(from + row * 5000 + column * 400, client, site, by(client, site, from + row * 5000 + column * 400))))

const OFFICE = ['192.0.2.21', '192.0.2.22', '192.0.2.23']
const OUTSIDE = ['198.51.100.121', '203.0.113.131']
const isOffice = (client: string): boolean => client.startsWith('192.0.2.')

/** curl -v on a machine, with the certificate's block. */
const curled = (at: number, log: string, { name, ip }: Site, issuer: string): CaseDraft => ({
  dataset: 'curl.verbose', in: log, type: 'http.request', vantage: 'client', ts_ms: CASE_START_MS + at, duration_ms: 60, server: { ip, port: 443 }, url: { scheme: 'https', domain: name, path: '/' },
  http: { request: { method: 'HEAD' }, response: { status_code: 200 } },
  tls: { version: '1.3', established: true, validation: 'ok', sni_matches_certificate: true, client: { server_name: name }, server: { subject: `CN=${name}`, issuer, not_after: '2026-07-01T00:00:00.000000Z' } },
})

/** A certificate in a log of certificates, and a handshake that only has its fingerprint. */
const listed = (at: number, client: string, { name, ip }: Site, issuer: string, mark: string): CaseDraft[] => [
  { dataset: 'zeek.x509', in: 'x509.log', type: 'log.line', vantage: 'wire', ts_ms: CASE_START_MS + at, tls: { server: { subject: `CN=${name}`, issuer, hash: { sha256: mark }, certificate_chain: [mark], x509: { alternative_names: [name] } } } },
  handshake({ at, client, port: 30_000 + at % 30_000, name, ip, tls: { server: { certificate_chain: [mark, 'ca'.repeat(32)] } } }),
]

export const interceptionCases: readonly Case[] = [
  {
    name: 'a gateway signs six names of six owners for one office, at the servers where two other networks see each name\'s own CA',
    fires: true,
    events: caseEvents(round([...OFFICE, ...OUTSIDE], SITES, (client, site) => isOffice(client) ? GATEWAY : site.issuer)),
    expects: { severity: 'medium', cause: 'interception-suspected', count: 18, findings: 1 },
  },
  {
    name: 'the same in Zeek\'s two logs, where a handshake has only the fingerprint of its certificate',
    fires: true,
    events: caseEvents([...OFFICE, ...OUTSIDE].flatMap((client, row) => SITES.slice(0, 4).flatMap((site, column) => listed(row * 5000 + column * 400, client, site, isOffice(client) ? GATEWAY : site.issuer, `${isOffice(client) ? 'b' : 'c'}${column}`.repeat(32))))),
    expects: { severity: 'medium', cause: 'interception-suspected', count: 12, findings: 1 },
  },
  {
    name: 'phones in the office do not know the gateway\'s CA and are cut off: one incident, however many names',
    fires: true,
    events: caseEvents([
      ...round([...OFFICE, ...OUTSIDE], SITES, (client, site) => isOffice(client) ? GATEWAY : site.issuer),
      ...repeat(12, i => signed(30_000 + i * 700, `192.0.2.${80 + i % 3}`, SITES[i % 4]!, GATEWAY, { established: false, alert: 'unknown_ca', alert_from: 'client' })),
    ]),
    expects: { severity: 'high', cause: 'interception-suspected', count: 30 },
  },
  {
    name: 'curl -v on a laptop names a scanner of TLS for three sites, and nobody else asks for them',
    fires: true,
    events: caseEvents(SITES.slice(0, 3).map((site, i) => curled(i * 2000, 'laptop.log', site, 'C=US; O=Fortinet; OU=Certificate Authority; CN=FGT60E0000000000'))),
    expects: { severity: 'low', cause: 'interception-suspected', count: 3 },
  },
  {
    name: 'curl -v on a laptop shows another issuer than the tap before the servers',
    fires: true,
    events: caseEvents([...round(OUTSIDE, SITES, (_, site) => site.issuer), ...SITES.slice(0, 4).map((site, i) => curled(i * 1500, 'laptop.log', site, 'C=XX; O=Example Office; CN=gw1.hq.example'))]),
    expects: { severity: 'medium', cause: 'interception-suspected', count: 4 },
  },
  {
    name: 'everything that one office visits is signed by one issuer that nobody else sees, and others visit other names',
    fires: true,
    events: caseEvents([...round(OFFICE, SITES, () => GATEWAY), ...round(OUTSIDE, SITES.map(site => ({ ...site, name: site.name.replace('.example', '-shop.example') })), (_, site) => site.issuer)]),
    expects: { severity: 'low', cause: 'interception-suspected', count: 18, findings: 1 },
  },
  {
    name: 'a capture of one office alone, with one issuer for six names and CAs of the public for the rest: no more than a hint',
    fires: true,
    events: caseEvents([...round(OFFICE, SITES, () => GATEWAY), ...round(OFFICE, SITES.slice(0, 2).map(site => ({ ...site, name: site.name.replace('.example', '-bank.example') })), (_, site) => site.issuer, 30_000)]),
    expects: { severity: 'informational', cause: 'interception-suspected', count: 18 },
  },
  {
    name: 'a capture whose every certificate is of one CA: it may be its own',
    fires: false,
    events: caseEvents(round([...OFFICE, ...OUTSIDE], SITES, () => 'CN=Example Lab CA')),
  },
  {
    name: 'one CA of the public signs for everybody, and one network happens to visit only its customers',
    fires: false,
    events: caseEvents([
      ...round(OFFICE, SITES.map(site => ({ ...site, issuer: 'CN=R11,O=Let\'s Encrypt,C=US' })), (_, site) => site.issuer),
      ...round(OUTSIDE, SITES.map(site => ({ ...site, name: `eu.${site.name}` })), (_, site) => site.issuer, 60_000),
    ]),
  },
  {
    name: 'a CA that is not known here signs unrelated names, and every network sees the same',
    fires: false,
    events: caseEvents(round([...OFFICE, ...OUTSIDE], SITES, (_, site) => site.ip.length % 2 === 0 ? 'CN=Example Trust CA R3' : 'CN=Example Global CA 2')),
  },
  {
    name: 'an organisation\'s own CA signs twelve hosts of its domain for its own people, who get everything else as everybody does',
    fires: false,
    events: caseEvents([
      ...round(OFFICE, repeatSites(12, i => ({ name: `app${i}.corp.example.com`, ip: `198.51.100.${60 + i}`, issuer: 'CN=Example Corp CA,O=Example Corp,C=XX' })), (_, site) => site.issuer),
      ...round([...OFFICE, ...OUTSIDE], SITES, (_, site) => site.issuer, 40_000),
    ]),
  },
  {
    name: 'names that are only given out inside are signed inside',
    fires: false,
    events: caseEvents([...round(OFFICE, repeatSites(8, i => ({ name: `www.team${i}.internal`, ip: `198.51.100.${60 + i}`, issuer: GATEWAY })), (_, site) => site.issuer), ...round(OUTSIDE, SITES, (_, site) => site.issuer, 40_000)]),
  },
  {
    name: 'a CDN puts eight customers on one certificate, whose issuer other networks see replaced by another CDN\'s',
    fires: false,
    events: caseEvents([...OFFICE, ...OUTSIDE].flatMap((client, row) => repeat(8, i => handshake({
      at: row * 5000 + i * 300, client, port: 30_000 + i, name: `www.customer${i}.example`, ip: isOffice(client) ? '203.0.113.90' : '198.51.100.90', names: Array.from({ length: 8 }, (_, n) => `www.customer${n}.example`),
      tls: { server: { issuer: isOffice(client) ? 'CN=Example Edge CA 1' : 'CN=R11,O=Let\'s Encrypt,C=US', x509: { alternative_names: Array.from({ length: 8 }, (_, n) => `www.customer${n}.example`), serial_number: isOffice(client) ? '0A' : '0B' } } },
    })))),
  },
  {
    name: 'one hoster moves all its customers from one CA to another',
    fires: false,
    events: caseEvents([...round([...OFFICE, ...OUTSIDE], SITES, () => 'CN=Example Old CA'), ...round([...OFFICE, ...OUTSIDE], SITES, () => 'CN=Example New CA', 30_000)]),
  },
]

function repeatSites(count: number, make: (index: number) => Site): Site[] { return Array.from({ length: count }, (_, index) => make(index)) }
