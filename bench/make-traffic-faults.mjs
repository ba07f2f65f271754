// Faults that can be put into made-up traffic. Each draws its own size from the seed and says what a detector should find (the truth).
import { certificateOf, DAY_MS } from './make-traffic-world.mjs'

const EVIL = '203.0.113.250'
/** Visits that a fault brings with it: `rate` a second, spread like real ones. */
function* arrivals(draw, from, to, rate) { for (let at = from + draw.gap(1000 / rate); at < to; at += draw.gap(1000 / rate)) yield at }

const cached = site => site.edge !== 'haproxy' && site.kind !== 'api'
const onWire = site => site.tap === 'tshark' || site.tap === 'zeek'

/** A certificate that is wrong: what clients of each TLS version make of it. */
const refuse = (certificate, alert, client) => client.strict ? { certificate, alert, alertFrom: 'client' } : { certificate }

/** type → { fits(site), make(draw, site, from, to, world) → effects and truth }. `extra` adds visits of its own. */
export const FAULTS = {
  'origin-timeout': {
    make(draw, site) {
      const kind = draw.pick(['timeout', 'timeout', 'blackhole'])
      const share = draw.pick([0.3, 0.6, 1])
      return { origin: () => draw.chance(share) ? { kind } : undefined, truth: { origin_ips: [site.origin], cause: kind === 'timeout' ? 'first-byte-timeout' : 'connect-timeout', share } }
    },
  },
  'origin-unreachable': {
    make(draw, site) {
      const kind = site.edge === 'haproxy' ? 'refused' : draw.pick(['refused', 'refused', 'dns'])
      return { origin: () => draw.chance(0.95) ? { kind } : undefined, truth: { origin_ips: [site.origin], cause: kind } }
    },
  },
  'origin-tls-failure': {
    fits: site => site.edge === 'nginx' || site.edge === 'cloudflare',
    make: (draw, site) => ({ origin: () => ({ kind: 'tls' }), truth: { origin_ips: [site.origin] } }),
  },
  'origin-errors': {
    make(draw, site) {
      const share = draw.pick([0.15, 0.4, 0.9])
      const kind = site.edge === 'haproxy' || site.edge === 'nginx' ? draw.pick(['status', 'reset']) : 'status'
      const status = draw.pick([500, 500, 503])
      return { origin: () => draw.chance(share) ? { kind, status } : undefined, truth: { origin_ips: [site.origin], share, status } }
    },
  },
  'cache-miss-storm': {
    fits: cached,
    make(draw, site, from, to) {
      const kind = draw.pick(['query', 'query', 'ttl', 'purge'])
      const rate = draw.between(6, 25)
      const object = draw.pick(site.objects.slice(0, 4))
      if (kind === 'query') return { extra: traffic => { for (const at of arrivals(draw, from, to, rate)) traffic.visit(at, { site, requests: 1, object: draw.pick(site.objects.slice(0, 5)), query: `${draw.pick(['cb', 'utm', '_'])}=${draw.hex(10)}` }) }, truth: { cause: 'unique-query-flood', rate } }
      if (kind === 'ttl') return { cache: () => ({ ttlS: 0 }), busy: rate, truth: { cause: 'cache-disabled', rate } }
      // a deployment purges one hot path; everybody fetches it at once, until the first slow answer is stored
      const waitMs = draw.between(2000, 5000)
      return {
        extra: traffic => {
          for (const at of arrivals(draw, from - 60_000, from + 30_000, rate)) traffic.visit(at, { site, requests: 1, object, ...(at > from && at < from + waitMs + 400 ? { answer: { cache: 'miss', ms: waitMs, attempts: [{ ip: site.origin, status: 200, connectMs: 2, headerMs: waitMs - 10, ms: waitMs - 5 }] } } : { answer: { cache: 'hit', ms: 1 } }) })
          for (let i = 0; i < 60 + draw.whole(200); i++) traffic.visit(from + draw.next() * waitMs * 0.9, { site, requests: 1, object, answer: { cache: 'miss', ms: waitMs, attempts: [{ ip: site.origin, status: 200, connectMs: 2, headerMs: waitMs - 10, ms: waitMs - 5 }] } })
        },
        truth: { cause: 'expiry-or-purge', end: from + 6000, path: object.path },
      }
    },
  },
  'sni-dns-mismatch': {
    fits: onWire,
    make(draw, site, from, to, world) {
      const wrong = world.sites.find(other => other.edge === site.edge && other.domain !== site.domain && !other.ips.some(ip => site.ips.includes(ip)))
      const name = draw.chance(0.5) ? `c2.${draw.pick(['relay', 'hidden', 'tunnel'])}${draw.whole(90)}.example` : wrong?.name ?? 'c2.relay.example'
      const clients = draw.shuffle(world.clients).slice(0, 2 + draw.whole(3))
      const extra = traffic => { for (const at of arrivals(draw, from, to, 0.3)) traffic.visit(at, { client: draw.pick(clients), site, sni: name, host: name, requests: 1, led: { ip: site.ips[0], readyAt: at }, answer: { status: 421, cache: 'none', ms: 1, bytes: 90 } }) }
      return { extra, truth: { subject: name, server_ips: [site.ips[0]] } }
    },
  },
  'sni-host-mismatch': {
    fits: onWire,
    make(draw, site, from, to, world) {
      const host = `${draw.pick(['drop', 'panel', 'inbox'])}.${draw.pick(['ghost', 'mirror', 'lantern'])}${draw.whole(90)}.example`
      const clients = draw.shuffle(world.clients).slice(0, 2 + draw.whole(2))
      const extra = traffic => { for (const at of arrivals(draw, from, to, 0.3)) traffic.visit(at, { client: draw.pick(clients), site, host, requests: 1 + draw.whole(3), answer: { status: 200, cache: 'dynamic', ms: 30, bytes: 900, attempts: [{ ip: '198.51.100.66', status: 200, connectMs: 2, headerMs: 25, ms: 28 }] } }) }
      return { extra, truth: { subject: site.name, host } }
    },
  },
  'dns-hijack': {
    make(draw, site, from, to, world) {
      const led = draw.shuffle(world.resolvers).slice(0, draw.pick([1, 1, 2]))
      const certificate = draw.chance(0.5) ? { ...certificateOf(draw, ['parked.invalid'], from), issuer: 'CN=parked.invalid', validation: 'self signed certificate' } : { ...certificateOf(draw, [site.name], from), issuer: 'CN=Unknown Test CA', validation: 'unable to get local issuer certificate' }
      return {
        dns: ({ client, type }) => type === 'A' && led.includes(client.resolver) ? { ip: EVIL } : undefined,
        lingers: 'shake', // clients hold the answer for its TTL
        shake: ({ client, ip }) => ip === EVIL ? { ...refuse(certificate, 'unknown_ca', client), breaks: client.strict, unserved: true } : undefined,
        busy: 2, truth: { server_ips: [EVIL], resolvers: led.map(one => one.kind) },
      }
    },
  },
  'certificate-invalid': {
    fits: onWire,
    make(draw, site, from) {
      const kind = draw.pick(['expired', 'self-signed', 'wrong-name', 'unknown-ca'])
      const base = certificateOf(draw, site.certificate.names, from)
      const certificate = {
        expired: { ...base, notBefore: from - 91 * DAY_MS, notAfter: from - draw.between(0.1, 20) * DAY_MS, validation: 'certificate has expired' },
        'self-signed': { ...base, issuer: `CN=${base.names[0]}`, validation: 'self signed certificate' },
        'wrong-name': { ...base, names: ['old.example.org'] },
        'unknown-ca': { ...base, issuer: 'CN=Unknown Test CA', validation: 'unable to get local issuer certificate' },
      }[kind]
      const alert = { expired: 'certificate_expired', 'self-signed': 'unknown_ca', 'wrong-name': 'bad_certificate', 'unknown-ca': 'unknown_ca' }[kind]
      return { shake: ({ client }) => ({ ...refuse(certificate, alert, client), breaks: client.strict }), busy: 1, truth: { cause: kind, server_ips: site.ips } }
    },
  },
  interception: {
    fits: site => site.tap === 'zeek', // the other log shows no issuers
    make(draw, site, from, to, world) {
      const net = 60 + draw.whole(20)
      const office = Array.from({ length: 4 + draw.whole(12) }, (_, i) => ({ ...draw.pick(world.clients), ip: `198.18.${net}.${20 + i}`, ip6: undefined, modern: draw.chance(0.4), strict: true, known: new Map() }))
      const issuer = draw.pick([`CN=gw${draw.whole(9)}.hq.example,O=Example Office`, 'CN=Example Web Filter CA', 'CN=proxy.branch.example,OU=IT,O=Example Branch,C=XX'])
      const signed = new Map()
      const certificate = one => signed.get(one) ?? signed.set(one, { ...certificateOf(draw, one.certificate.names, from), issuer }).get(one)
      const width = 8 + draw.whole(12)
      const pinned = draw.chance(0.3) // programs that bring their own trust are cut off
      const extra = traffic => {
        // two faults at one site would say of each other what neither is
        const sites = [site, ...world.sites.filter(one => one.tap === 'zeek' && world.faults.every(fault => fault.site !== one))].slice(0, width)
        for (const at of arrivals(draw, from, to, draw.between(0.6, 2))) {
          const one = draw.chance(0.2) ? site : draw.pick(sites)
          const refuses = pinned && draw.chance(0.15)
          traffic.visit(at, { client: draw.pick(office), site: one, requests: 1, handshake: { certificate: certificate(one), ...(refuses ? { alert: 'unknown_ca', alertFrom: 'client', breaks: true } : {}) } })
        }
      }
      return { extra, busy: 1, truth: { subject: site.name, finding_cause: 'interception-suspected', issuer, network: `198.18.${net}.0/24` } }
    },
  },
  'certificate-expiring': {
    fits: site => site.tap === 'tshark', // the other log shows no dates
    whole: true,
    make(draw, site, from) {
      site.certificate = certificateOf(draw, site.certificate.names, from, draw.between(0.01, 0.09))
      return { truth: { share: (site.certificate.notAfter - from) / (site.certificate.notAfter - site.certificate.notBefore) } }
    },
  },
  'tls-handshake-failure': {
    fits: onWire,
    make(draw) {
      const alert = draw.pick(['handshake_failure', 'protocol_version'])
      return { shake: ({ version }) => version === 'TLSv1.2' ? { alert, alertFrom: 'server' } : undefined, busy: 1, truth: { alert } }
    },
  },
  'dns-failure': {
    make(draw) {
      const code = draw.pick(['SERVFAIL', 'NXDOMAIN', 'lost'])
      return { dns: ({ client }) => client.resolver.kind === 'bind' ? undefined : code === 'lost' ? { lost: true } : { code }, busy: 2, truth: { code } }
    },
  },
  'slow-dns': {
    make(draw) {
      const slowMs = draw.pick([500, 1200, 2500])
      return { dns: () => ({ slowMs: slowMs * draw.between(0.8, 1.2) }), busy: 2, truth: { slow_ms: slowMs } }
    },
  },
}

/** Issuers that only look strange: a firm's own CA for the hosts of its own domain, an edge's one certificate for many customers, and a branch that visits customers of one CA. */
function strangeIssuers(world, traffic, free, moment) {
  const { draw } = world
  const people = net => Array.from({ length: 5 }, (_, i) => ({ ...draw.pick(world.clients), ip: `198.18.${net}.${10 + i}`, ip6: undefined, modern: false, strict: true, known: new Map() }))
  const zeek = free.filter(site => site.tap === 'zeek')
  if (zeek.length === 0) return
  const [firm, campus, branch] = [people(91), people(92), people(93)]
  for (let i = 0; i < 40; i++) {
    const host = { ...draw.pick(zeek), name: `app${i % 10}.corp-${draw.whole(3) === 0 ? 'a' : 'b'}.example`, chain: [], ips6: [], number: 900 + i % 10 }
    host.domain = host.name.split('.').slice(1).join('.')
    traffic.visit(moment(), { client: draw.pick(firm), site: host, requests: 1, handshake: { certificate: { ...certificateOf(draw, [host.name], world.start), issuer: 'CN=Corp Issuing CA,O=Example Corp' } } })
  }
  const shared = { ...certificateOf(draw, zeek.map(site => site.name), world.start), issuer: 'CN=Example Edge CA 1' }
  for (let i = 0; i < 40; i++) traffic.visit(moment(), { client: draw.pick(campus), site: draw.pick(zeek), requests: 1, handshake: { certificate: shared } })
  const customers = zeek.filter(site => site.certificate.issuer === zeek[0].certificate.issuer)
  for (let i = 0; i < 40; i++) traffic.visit(moment(), { client: draw.pick(branch), site: draw.pick(customers), requests: 1 })
}

/**
 * Looks that deceive, put into every capture: a flash crowd of hits, a small purge, pauses of a garbage collector, scanners without a name,
 * a migration to another address, issuers that only look strange, and the visits of one client whose clock is wrong.
 */
export function lookalikes(world, traffic) {
  const { draw, start, durationS } = world
  const moment = () => start + draw.between(0.15, 0.8) * durationS * 1000
  const free = draw.shuffle(world.sites.filter(site => world.faults.every(fault => fault.site !== site && fault.site.origin !== site.origin)))
  const [crowded, purged, paused] = [free.find(cached), free.filter(cached)[1], free[0]]
  if (crowded) {
    const at = moment()
    for (let i = 0; i < 600; i++) traffic.visit(at + i * draw.between(20, 40), { site: crowded, requests: 1, object: crowded.objects[0], answer: { cache: 'hit', ms: 1 } })
  }
  if (purged) {
    const at = moment()
    for (const key of world.caches.keys()) if (key.startsWith(`${purged.number} `)) world.caches.delete(key)
    for (const object of purged.objects.slice(0, 12)) traffic.visit(at + draw.between(0, 3000), { site: purged, requests: 1, object })
  }
  if (paused) world.pauses.set(paused.number, Array.from({ length: 6 }, () => { const at = moment(); return [at, at + draw.between(300, 1400)] }))
  strangeIssuers(world, traffic, free, moment)
  for (let i = 0; i < 8; i++) traffic.shake(moment(), { ip: `198.18.200.${i}`, strict: true, modern: false }, free[1] ?? world.sites[0], (free[1] ?? world.sites[0]).ips[0], 4, { sni: '', handshake: { alert: 'handshake_failure', alertFrom: 'server' } })
}

/** One client that takes good certificates for expired: its clock is wrong. */
export function wrongClock(world, traffic) {
  const { draw, start, durationS } = world
  const site = draw.shuffle(world.sites.filter(one => one.tap === 'tshark' && world.faults.every(fault => fault.site !== one)))[0]
  if (!site) return undefined
  const client = { ...draw.pick(world.clients), ip: '198.18.250.9', ip6: undefined, modern: false, strict: true, known: new Map() }
  const from = start + draw.between(0.2, 0.5) * durationS * 1000
  for (let i = 0; i < 8; i++) traffic.visit(from + i * draw.between(4000, 9000), { client, site, requests: 1, handshake: { alert: 'certificate_expired', alertFrom: 'client', breaks: true } })
  return { type: 'tls-handshake-failure', subject: site.name, start: from / 1000, end: (from + 72_000) / 1000, optional: true, why: 'one client refuses what others accept: low at most' }
}
