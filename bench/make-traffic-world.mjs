// Who there is in made-up traffic: sites with their edges, origins, certificates and habits, clients with their resolvers. Drawn from a seed.
// Names and addresses are those set aside for documentation and benchmarks (RFC 2606, RFC 5737, RFC 3849, RFC 2544).
import { random } from './random.mjs'

const DAY_MS = 86_400_000
const LABELS = ['www', 'api', 'img', 'static', 'shop', 'news', 'video', 'docs', 'blog', 'app', 'media', 'login']
const WORDS = ['amber', 'birch', 'cedar', 'delta', 'ember', 'fjord', 'grove', 'harbor', 'indigo', 'juniper', 'kestrel', 'lagoon', 'maple', 'nectar', 'orchid', 'pepper', 'quartz', 'river', 'saffron', 'timber', 'umber', 'violet', 'willow', 'yarrow']
const POPS = ['FRA56-P4', 'SEA19-C1', 'NRT12-P3', 'GRU3-C1', 'LHR62-P2']

/** Draws of all kinds from one seed. */
export function dice(seed) {
  const next = random(seed)
  const whole = limit => Math.floor(next() * limit)
  return {
    next, whole,
    between: (low, high) => low + next() * (high - low),
    pick: list => list[whole(list.length)],
    chance: share => next() < share,
    /** Log-normal: most near `middle`, a few far above. */
    around: (middle, spread = 0.5) => middle * Math.exp(spread * (Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()))),
    gap: mean => -Math.log(1 - next()) * mean,
    shuffle: list => { const all = [...list]; for (let i = all.length - 1; i > 0; i--) { const j = whole(i + 1); [all[i], all[j]] = [all[j], all[i]] } return all },
    hex: length => Array.from({ length }, () => whole(16).toString(16)).join(''),
  }
}

function certificateOf(draw, names, start, left = draw.between(0.4, 0.9)) {
  const life = draw.pick([47, 90, 90, 199, 398]) * DAY_MS
  const end = start + left * life
  return { names, issuer: draw.pick(['CN=Example Trust CA R3', 'CN=Example Global CA 2']), notBefore: end - life, notAfter: end, fingerprint: draw.hex(40), validation: 'ok' }
}

/** Objects of a site: how long each is kept, and how often it is asked for. */
function objectsOf(draw, kind) {
  const count = draw.pick([12, 30, 60, 120])
  const kinds = { static: ['.png', '.js', '.css', '.jpg'], page: ['', '.html'], api: [''] }[kind]
  return Array.from({ length: count }, (_, i) => ({ path: `/${draw.pick(['a', 'news', 'v2', 'assets', 'p'])}/${draw.pick(WORDS)}-${i}${draw.pick(kinds)}`, bytes: 200 + draw.whole(60_000), ttlS: kind === 'api' ? 0 : draw.pick([10, 30, 60, 300, 3600]) }))
}

/** An index with few words that come often. */
export const zipf = (draw, length) => Math.min(length - 1, Math.floor(Math.exp(draw.next() * Math.log(length + 1)) - 1))

function sitesOf(draw, count, start) {
  const edges = ['nginx', 'haproxy', 'cloudfront', 'cloudflare']
  const taken = new Set()
  const domains = draw.shuffle(WORDS).map((word, i) => draw.pick([`${word}.example`, `${word}.example.com`, `${word}.example.net`, `${word}${i}.example`]))
  return Array.from({ length: count }, (_, number) => {
    const domain = domains[Math.floor(number / 2) % domains.length]
    let name
    do name = `${draw.pick(LABELS)}.${domain}`; while (taken.has(name))
    taken.add(name)
    const edge = edges[Math.floor(number / 2) % edges.length]
    const kind = draw.pick(['static', 'static', 'page', 'api'])
    const group = 10 * (1 + edges.indexOf(edge)) + draw.whole(3) // a few sites share an address
    const slow = draw.chance(0.08)
    return {
      number, name, domain, edge, kind, objects: objectsOf(draw, kind), weight: 1 / (1 + number % 12), tap: edge === 'nginx' || edge === 'cloudflare' ? 'tshark' : 'zeek',
      ips: draw.chance(0.3) ? [`203.0.113.${group}`, `203.0.113.${group + 100}`] : [`203.0.113.${group}`], ips6: draw.chance(0.6) ? [`2001:db8:e::${group}`] : [],
      chain: draw.pick([[], [], [`${name.replaceAll('.', '-')}.cdn.example.org`], [`${name.replaceAll('.', '-')}.cdn.example.org`, `pop${group}.cdn.example.org`]]),
      ttlS: draw.pick([20, 60, 60, 300, 600]), origin: `198.51.100.${100 + number}`, spare: `198.51.100.${200 + number % 50}`, backend: `be_${domain.split('.')[0]}_${number}`,
      pops: draw.shuffle(POPS).slice(0, 1 + draw.whole(3)), originMs: slow ? draw.between(900, 2500) : draw.pick([4, 12, 40, 90]), upstreamMs: draw.pick([4, 15, 30, 60]), limitMs: edge === 'cloudfront' ? 30_000 : edge === 'cloudflare' ? 100_000 : draw.pick([4000, 8000, 12_000, 20_000, 30_000]),
      certificate: certificateOf(draw, draw.pick([[name, domain], [`*.${domain}`, domain], [name, domain, `static.${domain}`]]), start),
    }
  })
}

/** Everything that does not change while traffic flows. `clients`, `sites`: how many; `durationS`: of the capture. */
export function makeWorld({ seed, sites = 24, clients = 400, durationS = 600 }) {
  const draw = dice(seed)
  const start = Date.UTC(2026, draw.whole(11), 1 + draw.whole(27), draw.whole(24), draw.whole(60), draw.whole(60))
  const resolvers = draw.shuffle(['zeek', 'bind', 'unbound', 'dnsmasq']).map((kind, i) => ({ kind, ip: `192.0.2.${53 + i}`, cache: new Map() }))
  const people = Array.from({ length: clients }, (_, i) => ({
    ip: `198.18.${i >> 8}.${i & 255}`, ip6: draw.chance(0.25) ? `2001:db8:1::${(i + 1).toString(16)}` : undefined, resolver: draw.pick(resolvers), modern: draw.chance(0.6), strict: draw.chance(0.9), known: new Map(),
  }))
  const all = sitesOf(draw, sites, start)
  return { draw, start, end: start + durationS * 1000, durationS, sites: all, clients: people, resolvers, faults: [], caches: new Map(), pauses: new Map(), busy: Array.from({ length: 24 }, () => draw.between(0.5, 1.5)) }
}

export { certificateOf, DAY_MS }
