// Writes made-up logs of one and the same traffic in several formats, with faults in it and a truth.json that says which. Same options, same bytes.
//   node bench/make-traffic.mjs --folder OUT --seed 7 --requests 20000 --rate 40 --sites 24 --clients 400 --faults all|none|TYPE,TYPE --errors 0.0005
// Edges: nginx (JSON, with its error log), HAProxy, CloudFront, Cloudflare. Resolvers: Zeek, BIND, unbound, dnsmasq. Handshakes: Zeek, tshark. Go: -x, stamped.
// In it are the published base rates (12 % of connections without DNS, 6.5 % more than a minute after the TTL), shared addresses, CNAME chains, A and AAAA,
// resumed sessions, coalesced names, several requests a connection, retries, clients that leave, ordinary 4xx and 5xx, caches that warm and expire, resolver
// caches, a slow healthy origin, pauses, a flash crowd of hits, a small purge; every fault of FAULTS and GO_FAULTS once, on a site of its own.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { FAULTS, lookalikes, wrongClock } from './make-traffic-faults.mjs'
import { GO_FAULTS, goTraces } from './make-traffic-go.mjs'
import { CLOUDFRONT_HEAD, TSHARK_HEAD } from './make-traffic-lines.mjs'
import { Traffic } from './make-traffic-visit.mjs'
import { makeWorld } from './make-traffic-world.mjs'

const HEADS = { 'edge-cloudfront.tsv': CLOUDFRONT_HEAD, 'tls-tshark.tsv': TSHARK_HEAD }
/** Requests a visit makes on average. */
const PER_VISIT = 2.6

/** Every type of fault that can be put in. */
export const ALL_FAULTS = [...Object.keys(FAULTS), 'clock-skew', ...Object.keys(GO_FAULTS)]

/** Puts each fault on a site of its own, in a stretch of its own. */
function placeFaults(world, types) {
  const { draw, start, durationS } = world
  // the busiest sites stay as they are: what is healthy must be most of it
  const free = draw.shuffle(world.sites.slice(2))
  for (const type of types) {
    const { fits = () => true, make, whole } = FAULTS[type]
    const index = free.findIndex(fits)
    if (index === -1) continue
    const [site] = free.splice(index, 1)
    const lasts = draw.between(40, Math.min(160, durationS * 0.3)) * 1000
    const from = whole ? start : start + draw.between(0.2, 0.65) * durationS * 1000
    const to = whole ? world.end : from + lasts
    const fault = { type, site, from, to, ...(type.startsWith('origin') ? { struck: 0 } : {}), ...make(draw, site, from, to, world) }
    world.faults.push(fault)
  }
}

/** A fault that hardly anything ran into cannot be asked for. */
const truthOf = ({ type, site, from, to, struck, truth: { end, ...rest } }) => ({ ...(struck !== undefined && struck < 3 ? { optional: true } : {}), struck, type, subject: site.name, edge: site.edge, start: from / 1000, end: (end ?? to) / 1000, ...rest })

/**
 * Writes the logs and `truth.json` into `folder`.
 * @returns the truth: `expected_findings` (type, subject, start, end in epoch seconds, …), `counts`, `lines` per file.
 */
export function makeTraffic({ folder, seed = 1, requests = 20_000, rate = 40, sites = 24, clients = 400, faults = ALL_FAULTS, errors = 0.0005 }) {
  mkdirSync(folder, { recursive: true })
  const world = makeWorld({ seed, sites, clients, durationS: requests / rate })
  const { draw, start, end } = world
  const files = new Map()
  const emit = (file, at, line) => { if (!files.has(file)) files.set(file, []); files.get(file).push([at, files.get(file).length, line]) }
  const traffic = new Traffic(world, emit, errors)
  placeFaults(world, faults.filter(type => FAULTS[type]))
  lookalikes(world, traffic)
  const extra = faults.length > 0 ? wrongClock(world, traffic) : undefined
  const visits = []
  for (let at = start + draw.gap(1000 * PER_VISIT / rate); at < end; at += draw.gap(1000 * PER_VISIT / rate)) visits.push({ at })
  for (const fault of world.faults) if (fault.busy) for (let at = Math.max(start, fault.from - 60_000); at < Math.min(end, fault.to + 30_000); at += draw.gap(1000 / fault.busy)) visits.push({ at, site: fault.site })
  // in time order, so that caches and resolvers remember what was before
  for (const { at, site } of visits.sort((a, b) => a.at - b.at)) traffic.visit(at, site ? { site } : {})
  for (const fault of world.faults) fault.extra?.(traffic)
  const truth = [...world.faults.map(truthOf), ...(extra ? [extra] : []), ...goTraces(world, faults.filter(type => GO_FAULTS[type]), emit)]
  if (faults.includes('clock-skew')) truth.push(skew(world, files))
  const lines = Object.fromEntries([...files].sort(([a], [b]) => a < b ? -1 : 1).map(([file, list]) => {
    writeFileSync(join(folder, file), `${HEADS[file] === undefined ? '' : `${HEADS[file]}\n`}${list.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map(([, , line]) => line).join('\n')}\n`)
    return [file, list.length]
  }))
  const record = { description: 'made-up traffic', seed, t0: start / 1000, expected_findings: truth, counts: traffic.counts, lines }
  writeFileSync(join(folder, 'truth.json'), JSON.stringify(record, undefined, 1))
  return record
}

/** Shifts the clock of the handshakes' log. */
function skew({ draw, start, end }, files) {
  const file = draw.pick(['tls-zeek.log', 'tls-tshark.tsv'].filter(name => files.has(name)))
  const shiftMs = Math.round(draw.pick([-1, 1]) * draw.between(1500, 20_000))
  const shift = text => ((Number(text) * 1000 + shiftMs) / 1000).toFixed(6)
  for (const entry of files.get(file)) entry[2] = file.endsWith('.tsv') ? entry[2].replace(/^[\d.]+/, text => `${shift(text)}000`) : entry[2].replace(/"ts":[\d.]+/, text => `"ts":${shift(text.slice(5))}`)
  return { type: 'clock-skew', subject: file, start: start / 1000, end: end / 1000, value_s: shiftMs / 1000 }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { folder: { type: 'string', default: fileURLToPath(new URL('data/traffic', import.meta.url)) }, seed: { type: 'string', default: '1' }, requests: { type: 'string', default: '20000' }, rate: { type: 'string', default: '40' }, sites: { type: 'string', default: '24' }, clients: { type: 'string', default: '400' }, errors: { type: 'string', default: '0.0005' }, faults: { type: 'string', default: 'all' } } })
  const { folder, faults, ...numbers } = values
  const chosen = faults === 'all' ? ALL_FAULTS : faults === 'none' ? [] : faults.split(',')
  const unknown = chosen.filter(type => !ALL_FAULTS.includes(type))
  if (unknown.length > 0) throw new Error(`no such fault: ${unknown.join(', ')}; there are ${ALL_FAULTS.join(', ')}`)
  process.stdout.write(`${JSON.stringify(makeTraffic({ folder, faults: chosen, ...Object.fromEntries(Object.entries(numbers).map(([key, text]) => [key, Number(text)])) }), undefined, 1)}\n`)
}
