/**
 * Watches what caches fetch from their origins, per name and per path: counts per window against what was normal before, and what
 * the fetches of a hot stretch look like. Windows, not minutes, make a baseline, so that half a minute of logs is enough.
 */
import type { Session } from '../schema/session.js'
import { Evidence, proofOf, Tally } from './incidents.js'
import { Distinct, MissKeys, type KeySight } from './miss-keys.js'
import { requestStart, seconds } from './origin-verdict.js'
import { countFloor, median, robustSigma, Sample, WindowCounts } from './stats.js'

/** Windows remembered as what came before. */
const HISTORY = 64
/** Windows a run must have seen before anything can stand out. */
const WARM_UP = 3
/** Quiet windows within one hot stretch. */
const PATIENCE = 2

/** What the fetches of a stretch of time look like. */
export class Stretch {
  fetches = 0
  revalidated = 0
  hits = 0
  failures = 0
  notFound = 0
  newWithQuery = 0
  newPlain = 0
  lost = 0
  again = 0
  alongside = 0
  firstMs = Infinity
  lastMs = -Infinity
  originMs = 0
  readonly keys = new Distinct()
  readonly paths = new Tally(256)
  readonly floodPaths = new Tally(256)
  readonly parameters = new Tally(64)
  readonly pops = new Tally(64)
  readonly origins = new Tally(64)
  readonly ips = new Set<string>()
  readonly clients = new Tally(256)
  readonly words = new Tally(16)
  readonly waits = new Sample(128)
  readonly evidence = new Evidence(6)
  windows = 1

  absorb(next: Stretch): void {
    for (const key of ['fetches', 'revalidated', 'hits', 'failures', 'notFound', 'newWithQuery', 'newPlain', 'lost', 'again', 'alongside', 'originMs', 'windows'] as const) this[key] += next[key]
    this.firstMs = Math.min(this.firstMs, next.firstMs)
    this.lastMs = Math.max(this.lastMs, next.lastMs)
    this.keys.addAll(next.keys)
    for (const key of ['paths', 'floodPaths', 'parameters', 'pops', 'origins', 'clients', 'words'] as const) for (const [word, count] of next[key].top()) this[key].add(word, count)
    for (const ip of next.ips) if (this.ips.size < 64) this.ips.add(ip)
    for (const wait of next.waits.kept()) this.waits.add(wait)
    for (const { event, note } of next.evidence.pick()) this.evidence.add({ event, note }, note.startsWith('dns') || note.startsWith('tls') ? 0 : 2)
  }
}

/** A stretch that stands out, with what was normal when it began. */
export interface Hot { readonly stretch: Stretch, from: number, to: number, readonly normal: number, readonly sigma: number, readonly hitsBefore: number, readonly fetchesBefore: number, readonly waitBefore: number | undefined }

/** What is known of one name or one path of it. */
export class Entity {
  readonly counts: WindowCounts
  readonly hot: Hot[] = []
  hits = 0
  fetches = 0
  heldMs = 0
  readonly lived = new Sample(64)
  /** Times to live that the logs state, seconds. */
  readonly policy = new Sample(64)
  readonly waits = new Sample(128)
  private history: number[] = []
  private window = -1
  private current: Stretch | undefined
  private windowHits = 0
  private windowFailures = 0

  constructor(readonly name: string, readonly path: string | undefined, private readonly windowMs: number) {
    this.counts = new WindowCounts(windowMs, 1024)
  }

  /** Moves on to the window that holds `atMs`; earlier ones are closed. `startMs` is when the run began: nothing before this was normal, too. */
  private turn(atMs: number, startMs: number): void {
    const window = Math.max(this.window, Math.floor(atMs / this.windowMs))
    if (window === this.window) return
    if (this.window === -1) this.history.push(...zeros(window - Math.floor(startMs / this.windowMs)))
    else this.close(window)
    this.window = window
  }

  served(atMs: number, startMs: number, heldMs: number): void {
    this.turn(atMs, startMs)
    this.hits++
    this.windowHits++
    if (heldMs > this.heldMs) this.heldMs = heldMs
  }

  failed(atMs: number, startMs: number): void {
    this.turn(atMs, startMs)
    this.windowFailures++
  }

  /** The stretch of the window that holds `atMs`, for a fetch to be put in. */
  fetching(atMs: number, startMs: number): Stretch {
    this.turn(atMs, startMs)
    this.fetches++
    this.counts.add(atMs)
    return this.current ??= new Stretch()
  }

  /** Closes the current window. */
  close(next = this.window + 1): void {
    const { current, window } = this
    if (current) {
      current.hits = this.windowHits
      current.failures = this.windowFailures
      this.judge(window, current)
    }
    this.windowHits = 0
    this.windowFailures = 0
    this.history.push(current ? current.fetches + current.revalidated : 0, ...zeros(next - window - 1))
    if (this.history.length > HISTORY) this.history = this.history.slice(-HISTORY)
    this.current = undefined
  }

  /** After a healthy period: what was learned stays, what was counted does not. */
  forgetRun(): void {
    if (this.window !== -1) this.close()
    this.window = -1
    this.hot.length = 0
    this.counts.clear()
  }

  private judge(window: number, current: Stretch): void {
    const asked = current.fetches + current.revalidated
    if (asked < 2 || this.history.length < WARM_UP) return
    const last = this.hot.at(-1)
    const continues = last !== undefined && window - last.to <= PATIENCE
    // within a hot stretch its own beginning is what came before, so its first normal stays the measure
    const normal = continues ? last.normal : median(this.history)!
    if (asked < 2 * normal + 2) return
    if (continues) {
      last.stretch.absorb(current)
      last.stretch.windows += window - last.to - 1
      last.to = window
      return
    }
    const sigma = Math.max(countFloor(normal), robustSigma(this.history, normal)!)
    this.hot.push({ stretch: current, from: window, to: window, normal, sigma, hitsBefore: this.hits - current.hits, fetchesBefore: this.fetches - current.fetches - current.revalidated, waitBefore: this.waits.median() })
    if (this.hot.length > 64) this.hot.sort((a, b) => b.stretch.fetches - a.stretch.fetches || a.from - b.from).length = 32
  }
}

const zeros = (length: number): number[] => Array.from({ length: Math.min(HISTORY, Math.max(0, length)) }, () => 0)

const FETCHED = new Set(['miss', 'expired', 'bypass', 'dynamic'])
const SERVED = new Set(['hit', 'stale', 'updating'])
const ENTITIES = 8192
/** Fetches of a window that are kept as evidence; the rest look the same. */
const PROOFS = 8

/** Watches every name and its paths. */
export class MissWatch {
  readonly names = new Map<string, Entity>()
  readonly paths = new Map<string, Entity>()
  private readonly keys = new MissKeys()
  firstMs = Infinity
  lastMs = -Infinity

  constructor(private readonly windowMs: number) {}

  see(session: Session): void {
    if (session.claim !== 'http.request' || session.ts_ms === undefined) return
    const at = requestStart(session)!
    if (at < this.firstMs) this.firstMs = at
    if (at > this.lastMs) this.lastMs = at
    const cache = session.cdn?.cache?.status
    const method = session.http?.request?.method
    if (cache === undefined || (method !== undefined && method !== 'GET' && method !== 'HEAD')) return
    const { path = '', query } = session.url ?? {}
    const name = session.hostname ?? session.url?.domain ?? ''
    const key = `${name} ${path}${query === undefined ? '' : `?${query}`}`
    const ofName = entityOf(this.names, name, name, undefined, this.windowMs)
    const policy = statedTtl(session)
    if (policy !== undefined) ofName.policy.add(policy)
    const pathKey = `${name} ${path}`
    if (SERVED.has(cache)) {
      const held = this.keys.hit(key, at)
      ofName.served(at, this.firstMs, held)
      // only paths that are known to be cached are watched on their own
      entityOf(this.paths, pathKey, name, path, this.windowMs).served(at, this.firstMs, held)
      return
    }
    if (!FETCHED.has(cache) && cache !== 'revalidated') return
    const ofPath = this.paths.get(pathKey)
    const status = session.http?.response?.status_code
    if (session.outcome === 'failure' || session.error?.type !== undefined || (status !== undefined && status >= 500)) {
      // what fails is not cached, and asked for again: that is the origin's trouble, not the cache's
      ofName.failed(at, this.firstMs)
      ofPath?.failed(at, this.firstMs)
      return
    }
    const fetch: Fetch = { at, key, cache, sight: this.keys.fetch(key, at, session.ts_end_ms ?? at) }
    fetched(ofName, ofName.fetching(at, this.firstMs), session, fetch)
    if (ofPath) fetched(ofPath, ofPath.fetching(at, this.firstMs), session, fetch)
  }

  /** All entities, closed, in the order of their names and paths. */
  entities(): Entity[] {
    const all = [...this.names.values(), ...this.paths.values()]
    for (const entity of all) entity.close()
    return all.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : (a.path ?? '') < (b.path ?? '') ? -1 : 1))
  }

  /** What was seen so far was a healthy period to learn from. */
  learned(): void {
    for (const entity of [...this.names.values(), ...this.paths.values()]) entity.forgetRun()
    this.firstMs = Infinity
    this.lastMs = -Infinity
  }
}

/** The whole time to live of an object, seconds: what is left, and its age; right after a fetch what is left is all. */
function statedTtl({ cdn }: Session): number | undefined {
  const { ttl_s: left, age_s: age, status } = cdn?.cache ?? {}
  if (left === undefined || left <= 0 || status === undefined) return undefined
  return age === undefined ? (status === 'miss' || status === 'expired' ? left : undefined) : left + age
}

/** Looks an entity up; beyond the cap the one that was used longest ago goes. */
function entityOf(map: Map<string, Entity>, key: string, name: string, path: string | undefined, windowMs: number): Entity {
  const known = map.get(key)
  if (known) {
    if (map.size > 0.9 * ENTITIES) { map.delete(key); map.set(key, known) }
    return known
  }
  if (map.size >= ENTITIES) for (const [oldest, entity] of map) if (entity.hot.length === 0) { map.delete(oldest); break }
  const fresh = new Entity(name, path, windowMs)
  map.set(key, fresh)
  return fresh
}

interface Fetch { readonly at: number, readonly key: string, readonly cache: string, readonly sight: KeySight }

function fetched(entity: Entity, stretch: Stretch, session: Session, { at, key, cache, sight }: Fetch): void {
  const origin = session.cdn?.origin
  const wait = origin?.duration_ms ?? origin?.wait_ms ?? session.cdn?.ttfb_ms ?? session.hops?.[0]?.duration_ms
  if (wait !== undefined) entity.waits.add(wait)
  if (sight.livedMs !== undefined) entity.lived.add(sight.livedMs)
  if (cache === 'revalidated') stretch.revalidated++
  else stretch.fetches++
  const query = session.url?.query
  if (sight.isNew) {
    if (query === undefined) stretch.newPlain++
    else {
      stretch.newWithQuery++
      stretch.floodPaths.add(session.url?.path)
    }
  } else if (sight.wasCached) {
    // what was never served from the cache cannot be lost to it: an uncacheable object is none of these
    if (sight.alongside) stretch.alongside++
    else if (sight.again) stretch.again++
    else stretch.lost++
  }
  if (session.http?.response?.status_code === 404) stretch.notFound++
  stretch.firstMs = Math.min(stretch.firstMs, at)
  stretch.lastMs = Math.max(stretch.lastMs, session.ts_end_ms ?? at)
  stretch.keys.add(key)
  stretch.paths.add(session.url?.path)
  if (sight.isNew && query !== undefined) for (const pair of query.split('&', 8)) stretch.parameters.add(pair.split('=', 1)[0])
  stretch.pops.add(session.cdn?.pop)
  stretch.origins.add(origin?.ip ?? origin?.name)
  if (origin?.ip !== undefined && stretch.ips.size < 64) stretch.ips.add(origin.ip)
  stretch.clients.add(session.client?.ip)
  stretch.words.add(session.cdn?.cache?.raw ?? cache)
  if (wait !== undefined) { stretch.waits.add(wait); stretch.originMs += wait }
  if (stretch.fetches + stretch.revalidated > PROOFS) return
  for (const member of session.members) {
    const note = member.reused ? undefined : noteOf(member.type, sight, query, wait)
    if (note !== undefined) stretch.evidence.add(proofOf(member, note), member.type === 'http.request' ? 2 : 0)
  }
}

function noteOf(type: string, sight: KeySight, query: string | undefined, wait: number | undefined): string | undefined {
  if (type === 'tls.handshake') return 'tls: a connection of this surge'
  if (type.startsWith('dns.')) return 'dns: the look-up before it'
  if (type !== 'http.request') return undefined
  const took = wait === undefined ? '' : ` (${seconds(wait)})`
  if (sight.isNew) return query === undefined ? `first fetch of this object${took}` : `fetched${took}: nobody asked for this query string before`
  if (sight.wasCached && sight.alongside) return `fetched${took} while another fetch of it was on its way`
  if (sight.wasCached && sight.again) return `fetched again${took}: the last answer was not kept`
  return sight.wasCached ? `fetched${took} although it had been in the cache` : `fetched${took}`
}
