/**
 * What a run shows of names and addresses: which addresses DNS gave for a name, which ones its handshakes go to, and what became of them.
 * The detectors of one run share one view, since they ask the same things; it is fed once, however many of them feed it.
 */
import type { DetectorContext, Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { differs, type Shown } from './certificates.js'
import { Evidence, proofsOf, Tally } from './incidents.js'
import { isSinkhole } from './names.js'
import { sightingOf, type Sighting } from './sightings.js'

/** Bounds of the view; what exceeds them is not looked at, which can only make detectors more silent. */
const MAX_NAMES = 50_000
const MAX_PAIRS = 20_000
const MAX_ADDRESSES_PER_NAME = 64
const MAX_CERTIFICATES = 4
const MAX_CLIENTS = 100_000

/** An address that DNS gave for a name. */
export interface Answered { count: number, firstMs: number | undefined, lastMs: number | undefined, readonly resolvers: Set<string>, readonly proof: Proof }

/** What DNS logs show of a name. */
export interface Asked {
  count: number
  /** Answers that list addresses. */
  answers: number
  readonly addresses: Map<string, Answered>
  readonly resolvers: Set<string>
  readonly proof: Proof
}

/** Handshakes for one name at one address. */
export interface Pair {
  readonly name: string
  readonly ip: string
  handshakes: number
  accepted: number
  failed: number
  /** Refused by the client because of the certificate. */
  refusals: number
  /** Turned away by the server in the handshake. */
  turnedAway: number
  served: number
  refused: number
  elsewhere: number
  requests: number
  covered: number
  uncovered: number
  faults: number
  lookedUp: number
  firstMs: number | undefined
  lastMs: number | undefined
  readonly clients: Tally
  readonly resolvers: Tally
  readonly causes: Tally
  readonly hosts: Tally
  readonly certificates: Shown[]
  readonly evidence: Evidence
  /** Spans of time of use per resolver, for "at the same time others went elsewhere". */
  readonly spans: Map<string, { firstMs: number, lastMs: number }>
}

const SERVER_REFUSALS = new Set(['unrecognized_name', 'handshake_failure', 'internal_error', 'access_denied'])

/** Which resolver wrote a DNS line. */
export const resolverOf = (event: LogEvent): string => event.labels?.resolver ?? event.server?.ip ?? event.log.file.path

/** Names, addresses and handshakes of a run. */
export class TlsView {
  readonly asked = new Map<string, Asked>()
  /** Names that DNS gave an address for. */
  readonly namesOf = new Map<string, Set<string>>()
  readonly pairsOfName = new Map<string, Map<string, Pair>>()
  readonly pairsOfAddress = new Map<string, Map<string, Pair>>()
  /** What a healthy period showed, where one is given. */
  readonly baseline: TlsView | undefined
  private readonly resolverOfClient = new Map<string, string>()
  private pairCount = 0
  private lastEvent: LogEvent | undefined
  private lastSession: Session | undefined
  private lastSighting: Sighting | undefined

  private constructor(context: Pick<DetectorContext, 'baseline'>) {
    if (!context.baseline) return
    const known = this.baseline = new TlsView({})
    for (const event of context.baseline.events) known.event(event)
    for (const session of context.baseline.sessions) known.session(session)
  }

  private static readonly shared = new WeakMap<DetectorContext, TlsView>()

  /** The view of a run; the same one for every detector that is opened with this context. */
  static of(context: DetectorContext): TlsView {
    let view = this.shared.get(context)
    if (!view) this.shared.set(context, view = new TlsView(context))
    return view
  }

  event(event: LogEvent): void {
    if (event === this.lastEvent) return
    this.lastEvent = event
    if (event.type === 'dns.response' || event.type === 'dns.query') this.dns(event)
  }

  /** Takes a session and gives back what it shows, to every detector that asks. */
  session(session: Session): Sighting | undefined {
    if (session === this.lastSession) return this.lastSighting
    this.lastSession = session
    const sighting = this.lastSighting = sightingOf(session)
    if (sighting?.serverIp !== undefined) this.note(sighting, sighting.serverIp)
    return sighting
  }

  pairs(): Pair[] { return [...this.pairsOfName.values()].flatMap(pairs => [...pairs.values()]) }

  pairOf(name: string, ip: string | undefined): Pair | undefined { return ip === undefined ? undefined : this.pairsOfName.get(name)?.get(ip) }

  private dns(event: LogEvent): void {
    const name = event.dns?.question?.name
    const type = event.dns?.question?.type
    if (name === undefined || (type !== undefined && type !== 'A' && type !== 'AAAA' && type !== 'ANY')) return
    const resolver = resolverOf(event)
    const client = event.client?.ip
    if (client !== undefined && (this.resolverOfClient.size < MAX_CLIENTS || this.resolverOfClient.has(client))) this.resolverOfClient.set(client, resolver)
    const addresses = (event.dns?.resolved_ip ?? []).filter(ip => !isSinkhole(ip))
    const chain = event.dns?.answers?.filter(answer => answer.type === 'CNAME').map(answer => answer.data) ?? []
    for (const one of new Set([name, ...chain])) this.answer(one, addresses, resolver, event, one === name)
  }

  private answer(name: string, addresses: readonly string[], resolver: string, event: LogEvent, isQuestion: boolean): void {
    let asked = this.asked.get(name)
    if (!asked) {
      if (this.asked.size >= MAX_NAMES) return
      this.asked.set(name, asked = { count: 0, answers: 0, addresses: new Map(), resolvers: new Set(), proof: { event: slim(event), note: `${name} is asked for` } })
    }
    if (isQuestion) asked.count++
    if (asked.resolvers.size < 16) asked.resolvers.add(resolver)
    if (addresses.length > 0) asked.answers++
    for (const ip of addresses) {
      let known = asked.addresses.get(ip)
      if (!known) {
        if (asked.addresses.size >= MAX_ADDRESSES_PER_NAME) continue
        asked.addresses.set(ip, known = { count: 0, firstMs: event.ts_ms, lastMs: event.ts_ms, resolvers: new Set(), proof: { event: slim(event), note: `DNS gives ${ip} for ${name}` } })
        const names = this.namesOf.get(ip)
        if (!names) this.namesOf.set(ip, new Set([name]))
        else if (names.size < 256) names.add(name)
      }
      known.count++
      known.lastMs = event.ts_ms ?? known.lastMs
      if (known.resolvers.size < 16) known.resolvers.add(resolver)
    }
  }

  private note(sighting: Sighting, ip: string): void {
    const pair = this.pairOf(sighting.name, ip) ?? this.newPair(sighting.name, ip)
    if (!pair) return
    count(pair, sighting)
    const resolver = this.resolverOfSighting(sighting)
    if (sighting.isNew && resolver !== undefined) {
      pair.resolvers.add(resolver)
      widen(pair.spans, resolver, sighting.atMs)
    }
    const isTelling = sighting.failed || sighting.covers === false || sighting.answer === 'refused' || sighting.fault !== undefined || sighting.answer === 'elsewhere'
    if (isTelling || pair.handshakes <= 2 || (pair.served === 0 && pair.handshakes <= 8)) pair.evidence.addAll(proofsOf(sighting, member => noteOf(sighting, ip, member.type)), isTelling ? 1 : 0)
  }

  private resolverOfSighting(sighting: Sighting): string | undefined {
    return sighting.client === undefined ? undefined : this.resolverOfClient.get(sighting.client)
  }

  private newPair(name: string, ip: string): Pair | undefined {
    if (this.pairCount >= MAX_PAIRS) return undefined
    this.pairCount++
    const pair: Pair = {
      name, ip, handshakes: 0, accepted: 0, failed: 0, refusals: 0, turnedAway: 0, served: 0, refused: 0, elsewhere: 0, requests: 0, covered: 0, uncovered: 0, faults: 0, lookedUp: 0,
      firstMs: undefined, lastMs: undefined, clients: new Tally(64), resolvers: new Tally(16), causes: new Tally(16), hosts: new Tally(16), certificates: [], evidence: new Evidence(3), spans: new Map(),
    }
    put(this.pairsOfName, name, ip, pair)
    put(this.pairsOfAddress, ip, name, pair)
    return pair
  }
}

function put(index: Map<string, Map<string, Pair>>, outer: string, inner: string, pair: Pair): void {
  const known = index.get(outer)
  if (known) known.set(inner, pair)
  else index.set(outer, new Map([[inner, pair]]))
}

/** The part of an event that evidence needs, so that the rest is not kept. */
export function slim(event: LogEvent): Proof['event'] {
  return { id: event.id, log: event.log, ...(event.ts_ms === undefined ? {} : { ts_ms: event.ts_ms }) }
}

function widen(spans: Pair['spans'], key: string, atMs: number | undefined): void {
  if (atMs === undefined) return
  const span = spans.get(key)
  if (!span) {
    if (spans.size < 16) spans.set(key, { firstMs: atMs, lastMs: atMs })
    return
  }
  span.firstMs = Math.min(span.firstMs, atMs)
  span.lastMs = Math.max(span.lastMs, atMs)
}

function count(pair: Pair, { isNew, failed, accepted, refusal, alert, alertFrom, covers, fault, answer, lookedUp, client, otherHost, shown, atMs }: Sighting): void {
  if (atMs !== undefined) {
    pair.firstMs = Math.min(pair.firstMs ?? atMs, atMs)
    pair.lastMs = Math.max(pair.lastMs ?? atMs, atMs)
  }
  if (answer !== undefined) {
    pair.requests++
    if (answer !== 'unclear') pair[answer]++
    pair.hosts.add(otherHost)
  }
  if (!isNew) return
  pair.handshakes++
  if (accepted) pair.accepted++
  if (failed) pair.failed++
  if (refusal !== undefined) pair.refusals++
  if (failed && alert !== undefined && alertFrom === 'server' && SERVER_REFUSALS.has(alert)) pair.turnedAway++
  if (covers === true) pair.covered++
  if (covers === false) pair.uncovered++
  if (fault !== undefined) pair.faults++
  if (lookedUp) pair.lookedUp++
  pair.clients.add(client)
  pair.causes.add(refusal ?? fault)
  if (shown && pair.certificates.length < MAX_CERTIFICATES && pair.certificates.every(known => differs(known, shown))) pair.certificates.push(shown)
}

function noteOf({ name, failed, alert, alertFrom, covers, answer, otherHost, refusal }: Sighting, ip: string, type: string): string | undefined {
  if (type === 'tls.handshake') {
    const end = failed ? alert === undefined ? ', which fails' : `, ended by ${alertFrom === undefined ? '' : `the ${alertFrom}'s `}alert ${alert}` : ''
    const certificate = covers === false && refusal !== 'hostname_mismatch' ? '; the certificate shown does not cover it' : ''
    return `handshake for ${name} at ${ip}${end}${certificate}`
  }
  if (type.startsWith('dns.')) return `${name} is looked up`
  if (type === 'http.request') return answer === 'refused' ? 'the server turns the name away' : otherHost !== undefined ? `a request for ${otherHost} on that connection` : answer === 'served' ? `${name} is served` : undefined
  return undefined
}
