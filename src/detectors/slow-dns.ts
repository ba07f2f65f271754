import { z } from 'zod'
import { handshake, lookUp, request } from '../detect-support/case-parts.js'
import { Evidence, listed, Tally } from '../detect-support/incidents.js'
import { Latencies, type NameLatency, type Slow } from '../detect-support/latency.js'
import { registeredDomain } from '../detect-support/names.js'
import { median } from '../detect-support/stats.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_ms: z.number().min(1).default(250).describe('A look-up faster than this is never slow: a cold cache takes tens of ms to a few hundred.'),
  min_new_ms: z.number().min(1).default(1000).describe('The same for a name that was never seen to be fast: its servers may just be far away.'),
  always_ms: z.number().min(1).default(2000).describe('A look-up slower than this is slow whatever is normal; clients begin to ask again.'),
  factor: z.number().min(1).default(10).describe('Times the middle look-up of the same resolver (five times what three of four need).'),
  min_lookups: z.int().min(1).default(3).describe('Slow look-ups of one zone, A and AAAA of one visit counted once.'),
  min_share: z.number().min(0).max(1).default(0.5).describe('Share of the zone\'s uncached look-ups meanwhile that are slow.'),
  chance: z.number().positive().default(0.01).describe('How often chance may produce such a run of slow look-ups in the whole log, by the rate of slow ones among other names.'),
  medium_lookups: z.int().min(1).default(8).describe('From so many on, by several clients, it is of medium severity.'),
})

type Limits = z.output<typeof thresholds>

const [GAP_MS, ONE_VISIT_MS] = [60_000, 1000]
/** Fast look-ups so close to the slow ones speak against trouble of the zone. */
const AROUND_MS = 5000
/** The same for a single slow one, which has no length of its own. */
const AROUND_ONE_MS = 30_000

/** A name of a zone with its slow look-ups of one time. */
interface Member { readonly one: NameLatency, readonly slow: readonly Slow[] }
interface Found { readonly zone: string, readonly slow: Slow[], readonly names: Tally, readonly members: Member[], fast: number, strays: number }

/** What counts as slow for a name at a resolver; Infinity where waits for handshakes are no measure. */
function limitOf(latencies: Latencies, one: NameLatency, slow: Slow, limits: Limits): number {
  const normal = latencies.normalOf(slow)
  if (!normal) return Infinity
  if (slow.inferred && (normal.seen < 10 || normal.high > limits.min_ms / 2)) return Infinity
  // with a name or two there is nothing to compare with
  if (normal.names < 3) return limits.always_ms
  const floor = latencies.wasFast(one) ? limits.min_ms : limits.min_new_ms
  return Math.min(Math.max(floor, limits.factor * normal.median, limits.factor / 2 * normal.high), Math.max(floor, limits.always_ms))
}

/** Cuts a name's slow look-ups into incidents. */
function incidentsOf(slow: readonly Slow[]): Slow[][] {
  const incidents: Slow[][] = []
  for (const one of [...slow].sort((a, b) => a.atMs - b.atMs)) {
    const current = incidents.at(-1)
    if (current && one.atMs - current.at(-1)!.atMs <= GAP_MS) current.push(one)
    else incidents.push([one])
  }
  return incidents
}

/** A and AAAA of one visit, and a try after another, are one. */
function visitsOf(slow: readonly Slow[], nameOf: (one: Slow) => string): number {
  const last = new Map<string, number>()
  let visits = 0
  for (const one of slow) {
    const who = `${one.client ?? ''} ${nameOf(one)}`
    if (one.atMs - (last.get(who) ?? -Infinity) > ONE_VISIT_MS) visits++
    last.set(who, one.atMs)
  }
  return visits
}

/** Slow look-ups per zone and time. */
function findZones(latencies: Latencies, limits: Limits): { found: (Found & { visits: number })[], noise: number, total: number } {
  const zones = new Map<string, Found[]>()
  const nameOf = new Map<Slow, string>()
  let total = 0
  for (const one of latencies.names.values()) {
    total += one.seen
    const slow = one.slow.filter(look => look.ms >= limitOf(latencies, one, look, limits))
    for (const look of slow) nameOf.set(look, one.name)
    for (const incident of incidentsOf(slow)) add(zones, one, incident)
  }
  for (const found of zones.values()) for (const one of found) sift(one, latencies, limits)
  const all = [...zones.values()].flat().map(zone => ({ ...zone, slow: zone.slow.sort((a, b) => a.atMs - b.atMs) })).map(zone => ({ ...zone, visits: visitsOf(zone.slow, look => nameOf.get(look)!) }))
  // several names that are slow once each are more likely several names with a cold cache
  const needed = (zone: Found): number => zone.names.top(1)[0]![1] > 1 ? limits.min_lookups : 2 * limits.min_lookups
  const isCandidate = (zone: typeof all[number]): boolean => zone.slow.length > 0 && zone.visits >= needed(zone) && zone.slow.length >= limits.min_share * (zone.slow.length + zone.fast)
  const noise = all.reduce((sum, zone) => sum + zone.strays + (isCandidate(zone) ? 0 : zone.visits), 0)
  return { found: all.filter(isCandidate), noise, total }
}

function add(zones: Map<string, Found[]>, one: NameLatency, slow: Slow[]): void {
  const zone = registeredDomain(one.name)
  const [from, to] = [slow[0]!.atMs, slow.at(-1)!.atMs]
  const list = zones.get(zone) ?? []
  zones.set(zone, list)
  const near = list.find(known => known.slow.some(look => look.atMs >= from - GAP_MS && look.atMs <= to + GAP_MS))
  const target = near ?? { zone, slow: [], names: new Tally(64), members: [], fast: 0, strays: 0 }
  if (!near) list.push(target)
  target.slow.push(...slow)
  target.members.push({ one, slow })
}

/** Keeps the names that are mostly slow meanwhile: one that is slow once between fast answers is no part of it, and must not hide those that are. */
function sift(found: Found, latencies: Latencies, limits: Limits): void {
  found.slow.length = 0
  for (const { one, slow } of found.members) {
    const around = slow.length > 1 ? AROUND_MS : AROUND_ONE_MS
    const fast = latencies.fastBetween(one, slow[0]!.atMs - around, slow.at(-1)!.atMs + around)
    if (slow.length < limits.min_share * (slow.length + fast)) {
      found.strays += slow.length
      continue
    }
    found.slow.push(...slow)
    found.names.add(one.name, slow.length)
    found.fast += fast
  }
}

function draftOf({ zone, slow, names, fast, visits }: Found & { visits: number }, latencies: Latencies, limits: Limits): FindingDraft {
  const durations = slow.map(look => look.ms)
  const [typical, most] = [median(durations)!, durations.reduce((a, b) => Math.max(a, b), 0)]
  // a coarse clock shows no time for what is quicker than its tick: another resolver's may
  const measured = [...slow].sort((a, b) => Number(a.inferred) - Number(b.inferred)).map(look => latencies.normalOf(look)!)
  const normal = measured.find(one => one.median > 0) ?? measured[0]!
  const usual = normal.median > 0 ? `${Math.round(normal.median * 10) / 10} ms` : 'less than the log\'s clock can show'
  const resolvers = new Tally(32)
  const clients = new Tally(256)
  const evidence = new Evidence(4)
  for (const look of slow) {
    resolvers.add(look.resolver)
    clients.add(look.client)
    evidence.add(look.proof, look.ms)
  }
  const hostnames = names.words(32)
  const inferred = slow.every(look => look.inferred)
  return {
    severity: visits >= limits.medium_lookups && clients.size > 1 ? 'medium' : 'low',
    confidence: inferred ? 'low' : visits >= 2 * limits.min_lookups ? 'high' : 'medium',
    subject: { hostnames, resolvers: resolvers.words(16), client_ips: clients.words(16) },
    ...(hostnames.length === 1 ? { hostname: hostnames[0] } : {}),
    count: visits,
    ts_ms: slow[0]!.atMs,
    ts_end_ms: slow.reduce((end, look) => Math.max(end, look.atMs + look.ms), 0),
    measured: [
      { field: inferred ? 'wait from question to handshake' : 'look-up time', value: typical, op: '>=', threshold: Math.round(Math.max(limits.min_ms, limits.factor * normal.median)), unit: 'ms' },
      { field: 'slowest', value: most, unit: 'ms' },
      { field: 'normal at the same resolver', value: normal.median, unit: 'ms' },
      { field: 'slow look-ups', value: visits, op: '>=', threshold: limits.min_lookups },
      { field: 'share of the zone\'s uncached look-ups', value: slow.length / (slow.length + fast), op: '>=', threshold: limits.min_share },
    ],
    evidence: evidence.pick(),
    message: `${visits} look-ups of ${listed(hostnames)} take ${Math.round(typical)} ms (up to ${Math.round(most)} ms), where others at ${listed(resolvers.words())} take ${usual}`,
    cause: resolvers.size > 1 ? 'slow-authority' : 'slow-resolution',
    comparison: `other names at the same resolver${resolvers.size > 1 ? 's' : ''} are answered in ${usual} as ever${resolvers.size > 1 ? '; several resolvers are slow for this zone, so its own servers are to blame' : ''}`,
    key: [zone],
  }
}

const names = ['a', 'b', 'c', 'd', 'e'].map(label => `${label}.example.com`)
const ordinary = (count: number): ReturnType<typeof lookUp>[] => repeat(count, i => lookUp({ at: i * 400, client: `192.0.2.${20 + i % 9}`, name: names[i % 5]!, ips: ['203.0.113.10'], ms: 2 + i % 9, ...(i % 2 ? { in: 'second.log' } : {}) }))
const slow = (count: number, ms: number, from = 9000, name = 'www.example.net'): ReturnType<typeof lookUp>[] => repeat(count, i => lookUp({ at: from + i * 1800, client: `192.0.2.${40 + i % 3}`, name, ips: ['203.0.113.20'], ms: ms + i * 7, ...(i % 2 ? { in: 'second.log' } : {}) }))

export default defineDetector({
  id: 'slow-dns',
  name: 'Slow name resolution',
  version: '1',
  what: 'Look-ups of the names of one zone take far longer than those of other names at the same resolver, again and again.',
  why: 'Every new visit waits for it before anything else can begin, and some programs give up first.',
  remedy: 'Time the zone\'s own servers from the resolver (`dig @AUTHORITATIVE NAME`, `dig +trace NAME`): one that does not answer makes every resolver wait for a time-out. Look at the path to them, at forwarders, and at the TTL, which decides how often anybody waits.',
  reference: 'RFC 1035 section 4.2.1 and RFC 1536 (retry times of seconds); formats reference 1.5 (what each log\'s duration means)',
  needs: [['dns.response', 'dns.query']],
  thresholds,
  open(limits, context) {
    const latencies = new Latencies(context)
    return {
      event: event => latencies.event(event),
      session: session => latencies.session(session),
      end() {
        const { found, noise, total } = findZones(latencies, limits)
        const rate = total === 0 ? 0 : noise / total
        // a run of k slow ones by chance: once per look-up, times the rate of the others for each further one
        return found.filter(({ visits }) => total * rate ** (visits - 1) < limits.chance).map(one => draftOf(one, latencies, limits))
      },
    }
  },
  cases: [
    { name: 'the servers of one zone take two seconds, at two resolvers', fires: true, events: caseEvents([...ordinary(60), ...slow(6, 2000)]), expects: { severity: 'low', cause: 'slow-authority', count: 6, findings: 1, hostnames: ['www.example.net'] } },
    { name: 'a name that is fast at first slows down to 400 ms', fires: true, events: caseEvents([...ordinary(60), ...slow(3, 3, 0), ...slow(8, 400)]), expects: { severity: 'medium', count: 8 } },
    {
      name: 'the log has questions alone, but the handshakes of one name come 1.5 seconds after them', fires: true,
      events: caseEvents(repeat(36, i => {
        const [name, at, client] = [i % 6 === 5 ? 'www.example.net' : names[i % 6]!, i * 1500, `192.0.2.${20 + i % 5}`]
        const wait = name === 'www.example.net' ? 1500 : 5
        return [lookUp({ at, client, name, in: 'bind.log' }), handshake({ at: at + wait, client, port: 40_000 + i, name, ip: '203.0.113.20' }), request({ at: at + wait + 10, client, port: 40_000 + i, host: name })]
      })),
      expects: { hostnames: ['www.example.net'], count: 6 },
    },
    { name: 'two cold look-ups of a far zone take 400 ms', fires: false, events: caseEvents([...ordinary(60), ...slow(2, 400)]) },
    { name: 'a zone whose servers are always far away', fires: false, events: caseEvents([...ordinary(60), ...slow(9, 320, 0)]) },
    { name: 'single slow look-ups of many names, as lost packets make them', fires: false, events: caseEvents([...ordinary(60), ...repeat(8, i => lookUp({ at: 3000 + i * 900, name: `n${i}.example${i}.org`, ips: ['203.0.113.30'], ms: 1100 }))]) },
    {
      name: 'a clock of whole seconds: look-ups that cross the turn of a second seem to take one', fires: false,
      events: caseEvents([...ordinary(60).map(draft => ({ ...draft, ts_res_ms: 1000, duration_ms: undefined })), ...slow(6, 1000).map(draft => ({ ...draft, ts_res_ms: 1000, duration_ms: 1000 }))] as never),
    },
    { name: 'three names of one zone are slow once each, among answers that are not', fires: false, events: caseEvents([...ordinary(60), ...repeat(3, i => lookUp({ at: 4000 + i * 3000, client: `192.0.2.${60 + i}`, name: `${'fgh'[i]}.example.com`, ips: ['203.0.113.10'], ms: 330 })), ...repeat(3, i => lookUp({ at: i * 9000, name: `${'fgh'[i]}.example.com`, ips: ['203.0.113.10'], ms: 5 }))]) },
    { name: 'answers out of the cache', fires: false, events: caseEvents(ordinary(60)) },
  ],
})
