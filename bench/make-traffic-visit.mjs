// One visit of made-up traffic after another: look-up, handshake, requests on one connection; what fails and what only looks so.
import { bind, cloudflare, cloudfront, dnsmasq, haproxy, nginxError, nginxJson, tshark, unbound, zeekDns, zeekSsl } from './make-traffic-lines.mjs'
import { zipf } from './make-traffic-world.mjs'

/** Shares as published: flows without a DNS line, and flows that use an answer more than a minute after its TTL ran out (DNS-OARC 47). */
const WITHOUT_DNS = 0.12
const STALE = 0.065
/** What every service has: broken-off handshakes (Happy Eyeballs, closed tabs), clients that go away, lost packets, typos. */
const [BROKEN_OFF, GOES_AWAY, LOST_PACKET, TYPO, COALESCED, RETRIED, RESUMED] = [0.006, 0.004, 0.002, 0.01, 0.15, 0.0005, 0.3]

/** Writes visits into files; `emit(file, at, line)` keeps the lines. */
export class Traffic {
  serial = 1
  counts = { visits: 0, requests: 0, lookups: 0, handshakes: 0 }
  constructor(world, emit, errors = 0.0005) {
    this.world = world
    this.draw = world.draw
    this.emit = emit
    this.errors = errors
  }

  /** What a fault makes of a stage of a site at a time; undefined where nothing is wrong. */
  fault(stage, site, at, subject) {
    for (const one of this.world.faults) if (one[stage] && one.site === site && at >= one.from && (at < one.to || one.lingers === stage)) { const effect = one[stage](subject); if (effect) { one.struck = (one.struck ?? 0) + 1; return effect } }
    return undefined
  }

  visit(at, forced = {}) {
    const { world, draw } = this
    const client = forced.client ?? draw.pick(world.clients)
    const site = forced.site ?? this.popular(at)
    const family = client.ip6 !== undefined && site.ips6.length > 0 && draw.chance(0.7) ? 6 : 4
    this.counts.visits++
    if (draw.chance(TYPO)) this.ask(at - 50, client, { name: `ww${draw.pick(['q', 'e', 's'])}.${site.domain}`, chain: [], ips: [], ttlS: 60, upstreamMs: 20 }, 'A', { code: 'NXDOMAIN' })
    const led = forced.led ?? this.lookUp(at, client, site, family)
    if (!led) return
    const connection = this.shake(led.readyAt + draw.between(1, 30), client, site, led.ip, family, forced)
    if (connection) this.requests(connection, client, site, forced)
  }

  popular(at) {
    const { sites, start, durationS, busy } = this.world
    const place = busy[Math.min(23, Math.floor((at - start) / (durationS * 1000) * 24))] ?? 1
    let ticket = this.draw.next() * sites.reduce((sum, site) => sum + site.weight * (site.number % 2 ? place : 1), 0)
    return sites.find(site => (ticket -= site.weight * (site.number % 2 ? place : 1)) < 0) ?? sites[0]
  }

  lookUp(at, client, site, family) {
    const { draw } = this
    const type = family === 6 ? 'AAAA' : 'A'
    const key = `${site.name} ${family}`
    const chance = draw.next()
    const addresses = family === 6 ? site.ips6 : site.ips
    if (chance < WITHOUT_DNS) return { ip: draw.pick(addresses), readyAt: at }
    const hijacked = this.fault('dns', site, at, { client, type })
    if (chance < WITHOUT_DNS + STALE && !hijacked) {
      const asked = at - site.ttlS * 1000 - draw.between(60_000, 240_000)
      if (asked > this.world.start && !this.fault('dns', site, asked, { client, type })) this.ask(asked, client, site, type, {})
      return { ip: draw.pick(addresses), readyAt: at }
    }
    const held = client.known.get(key)
    if (held && held.until > at) return { ip: held.ip, readyAt: at }
    if (client.ip6 !== undefined && family === 4) this.ask(at, client, site, 'AAAA', hijacked ?? {})
    const { readyAt, ips } = this.ask(at, client, site, type, hijacked ?? {})
    if (ips === undefined || ips.length === 0) return undefined
    const ip = draw.pick(ips)
    client.known.set(key, { ip, until: readyAt + site.ttlS * 1000 })
    return { ip, readyAt }
  }

  /** One question and its answer in the log of the client's resolver; asked again where it was lost. */
  ask(at, client, site, type, effect, attempt = 0) {
    const { draw, world } = this
    const { resolver } = client
    const [port, id] = [1024 + draw.whole(64_000), this.serial++]
    const key = `${site.name} ${type}`
    const cached = !effect.code && !effect.slowMs && !effect.ip && (resolver.cache.get(key) ?? 0) > at
    const lost = effect.lost === true || (attempt === 0 && draw.chance(LOST_PACKET))
    const ms = cached ? 0.1 + draw.next() * 0.3 : draw.around(site.upstreamMs) + (effect.slowMs ?? 0)
    const ips = effect.code && effect.code !== 'NOERROR' ? [] : effect.ip ? (type === 'A' ? [effect.ip] : []) : type === 'A' ? site.ips : site.ips6
    const one = { at, client: client.ip, port, server: resolver.ip, name: site.name, type, chain: effect.ip || effect.code ? [] : site.chain, ips, code: effect.code ?? 'NOERROR', ms, cached, lost, ttl: site.ttlS, id }
    const file = `dns-${resolver.kind}.log`
    if (resolver.kind === 'zeek') this.emit(file, at + (lost ? 5000 : ms), zeekDns(one))
    else if (resolver.kind === 'bind') this.emit(file, at, bind(one))
    else for (const [moment, line] of resolver.kind === 'unbound' ? unbound(one) : dnsmasq(one)) this.emit(file, moment, line)
    this.counts.lookups++
    if (lost) return attempt < (effect.lost ? 2 : 1) ? this.ask(at + draw.pick([1000, 2000, 5000]), client, site, type, effect, attempt + 1) : { readyAt: at + 5000 }
    if (!effect.code && !effect.ip && world.faults.every(fault => fault.site !== site)) resolver.cache.set(key, at + ms + site.ttlS * 1000)
    return { readyAt: at + ms, ips }
  }

  shake(at, client, site, ip, family, forced) {
    const { draw } = this
    const name = forced.sni === '' ? undefined : forced.sni ?? site.name // '': a scanner that names nobody
    const version = client.modern ? 'TLSv1.3' : 'TLSv1.2'
    const effect = forced.handshake ?? this.fault('shake', site, at, { client, ip, version }) ?? {}
    const resumed = !effect.alert && !effect.certificate && draw.chance(RESUMED)
    const certificate = effect.certificate ?? site.certificate
    const isBroken = draw.chance(BROKEN_OFF)
    const established = !effect.alert && !effect.breaks && !isBroken
    const shown = version === 'TLSv1.2' && !resumed && !isBroken && effect.alertFrom !== 'server' ? certificate : undefined
    const covers = certificate.names.some(one => one === name || (one.startsWith('*.') && name?.split('.').slice(1).join('.') === one.slice(2)))
    const connection = { at: at + 6, client: family === 6 ? client.ip6 : client.ip, port: 1024 + draw.whole(64_000), server: ip, version, number: 0, id: this.serial++, sni: name, h2: client.modern || draw.chance(0.5) }
    const one = { at, id: draw.hex(16), stream: connection.id, client: connection.client, port: connection.port, server: ip, name, version, resumed, established, alert: isBroken ? undefined : version === 'TLSv1.3' && effect.alertFrom === 'client' ? undefined : effect.alert, alertFrom: effect.alertFrom, shown, covers }
    if (forced.tap !== 'none') {
      if ((forced.tap ?? site.tap) === 'zeek') this.emit('tls-zeek.log', at, zeekSsl(one))
      else for (const [moment, line] of tshark(one)) this.emit('tls-tshark.tsv', moment, line)
    }
    this.counts.handshakes++
    return established && !effect.unserved ? connection : undefined
  }

  requests(connection, client, site, forced) {
    const { draw } = this
    let at = connection.at
    const count = forced.requests ?? 1 + Math.floor(draw.gap(2))
    for (let i = 0; i < count; i++) {
      // a page's other names come over the same connection where the certificate covers them
      const sibling = !forced.site && i > 0 && connection.h2 && draw.chance(COALESCED) ? this.world.sites.find(other => other !== site && other.edge === site.edge && other.domain === site.domain && site.certificate.names.includes(`*.${site.domain}`)) : undefined
      const target = sibling ?? site
      const ms = this.request(at, connection, target, { ...forced, host: forced.host ?? target.name })
      at += ms + draw.gap(connection.h2 ? 300 : 1200)
    }
  }

  /** One request through the edge's cache; gives how long it took, ms. */
  request(at, connection, site, forced) {
    const { draw, world } = this
    const object = forced.object ?? site.objects[zipf(draw, site.objects.length)]
    const missing = !forced.object && draw.chance(0.02)
    const path = missing ? `/old/${draw.pick(['a', 'b', 'c'])}-${draw.whole(300)}.html` : object.path
    const key = `${site.number} ${path}?${forced.query ?? ''}`
    const state = this.cacheState(at, site, object, key, missing, forced)
    const one = {
      at, client: connection.client, port: connection.port, server: connection.server, host: forced.host, sni: connection.sni, method: site.kind === 'api' && draw.chance(0.2) ? 'POST' : 'GET', path, query: forced.query, h2: connection.h2, tls: connection.version,
      status: missing ? 404 : 200, bytes: missing ? 150 : object.bytes, cache: state, connection: connection.id, number: ++connection.number, id: draw.hex(16), pop: site.pops[connection.id % site.pops.length], backend: site.backend, attempts: [], ms: draw.around(1.2), flags: undefined,
    }
    this.counts.requests++
    if (forced.answer) Object.assign(one, forced.answer)
    else if (site.edge === 'haproxy' || (state !== 'hit' && state !== 'stale')) this.fetch(one, site)
    if (one.status < 400 && !one.aborted && (state === 'miss' || state === 'expired') && !forced.query) world.caches.set(key, { until: at + one.ms + this.ttlOf(site, object, at) * 1000, seen: true })
    this.write(one, site)
    return one.ms
  }

  ttlOf(site, object, at) { return this.fault('cache', site, at, { object })?.ttlS ?? object.ttlS }

  cacheState(at, site, object, key, missing, { query }) {
    if (site.kind === 'api') return 'dynamic'
    if (missing || query !== undefined) return 'miss'
    const held = this.world.caches.get(key)
    if (!held) return 'miss'
    if (this.fault('cache', site, at, { object })) return 'expired'
    if (held.until > at) return 'hit'
    return this.draw.chance(0.2) ? (held.until = at + object.ttlS * 1000, 'revalidated') : 'expired'
  }

  /** What the origin makes of it. */
  fetch(one, site) {
    const { draw, world } = this
    const effect = this.fault('origin', site, one.at, one)
    const connectMs = draw.around(2)
    const pause = (world.pauses.get(site.number) ?? []).find(([from, to]) => one.at >= from && one.at < to)
    const headerMs = connectMs + draw.around(site.originMs, 0.4) + (pause ? pause[1] - one.at : 0)
    const good = { ip: site.origin, connectMs, headerMs, ms: headerMs + draw.around(2), status: one.status }
    if (effect) return this.fail(one, site, effect, good)
    if (draw.chance(RETRIED) && site.edge === 'nginx') {
      one.attempts = [{ ip: site.origin, status: 502, ms: 1 }, { ...good, ip: site.spare }]
    } else {
      if (draw.chance(this.errors)) this.fail(one, site, draw.pick([{ kind: 'status', status: 500 }, { kind: 'status', status: 503 }, { kind: 'refused' }]), good)
      else one.attempts = [good]
    }
    one.ms += one.attempts.reduce((sum, attempt) => sum + attempt.ms, 0)
    if (draw.chance(GOES_AWAY)) this.leave(one)
    return undefined
  }

  leave(one) {
    one.ms = draw01(this.draw) * one.ms
    one.aborted = true
    one.status = 499
    one.bytes = 0
    one.attempts = one.attempts.slice(0, 1).map(({ ip }) => ({ ip, ms: one.ms }))
    one.flags = 'CH--'
  }

  /** A failure as each edge words it. */
  fail(one, site, effect, good) {
    const { kind } = effect
    const waitMs = effect.waitMs ?? site.limitMs
    const base = { ip: site.origin }
    one.bytes = 180
    if (kind === 'status') {
      one.status = effect.status
      one.attempts = [{ ...good, status: effect.status }]
      one.ms += good.ms
      return
    }
    const words = {
      timeout: { nginx: [504, 'upstream timed out (110: Connection timed out) while reading response header from upstream'], haproxy: [504, 'sH--'], cloudfront: [504, 'OriginCommError'], cloudflare: [524] },
      blackhole: { nginx: [504, 'upstream timed out (110: Connection timed out) while connecting to upstream'], haproxy: [503, 'sC--'], cloudfront: [504, 'OriginConnectError'], cloudflare: [522] },
      refused: { nginx: [502, 'connect() failed (111: Connection refused) while connecting to upstream'], haproxy: [503, 'SC--'], cloudfront: [502, 'OriginConnectError'], cloudflare: [521] },
      dns: { cloudfront: [502, 'OriginDnsError'], cloudflare: [530], nginx: [502, 'origin.example could not be resolved (3: Host not found)'], haproxy: [503, 'SC--'] },
      tls: { nginx: [502, 'upstream SSL certificate verify error: (10:certificate has expired) while SSL handshaking to upstream'], haproxy: [503, 'SC--'], cloudfront: [502, 'OriginConnectError'], cloudflare: [526] },
      reset: { nginx: [502, 'upstream prematurely closed connection while reading response header from upstream'], haproxy: [502, 'SH--'], cloudfront: [502, 'OriginReadError'], cloudflare: [520] },
    }[kind][site.edge]
    const slow = kind === 'timeout' || kind === 'blackhole'
    const took = slow ? waitMs + this.draw.between(0, 12) : kind === 'reset' ? good.headerMs : this.draw.around(3)
    one.status = words[0]
    one.ms += took
    const connected = kind === 'timeout' || kind === 'reset'
    one.attempts = [{ ...base, status: words[0], ms: took, connectMs: connected ? good.connectMs : undefined }]
    if (site.edge === 'nginx') this.emit('edge-nginx-error.log', one.at + one.ms, nginxError(one, words[1]))
    else if (site.edge === 'haproxy') one.flags = words[1]
    else one.detail = words[1]
  }

  write(one, site) {
    const { edge } = site
    if (edge === 'haproxy') return this.emit('edge-haproxy.log', one.at + one.ms, haproxy(one))
    const writer = { nginx: nginxJson, cloudfront, cloudflare }[edge]
    return this.emit({ nginx: 'edge-nginx.json', cloudfront: 'edge-cloudfront.tsv', cloudflare: 'edge-cloudflare.json' }[edge], one.at + one.ms, writer(one))
  }
}

const draw01 = draw => draw.between(0.1, 0.9)
