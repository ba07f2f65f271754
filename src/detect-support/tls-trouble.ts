/**
 * Handshakes that go wrong, per name: who fails and who does not meanwhile. Whether the certificate is to blame, the server, or one
 * client with its own idea of time or trust shows only when those who fail are held against those who do not.
 */
import type { DetectorContext } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { differs, type Shown } from './certificates.js'
import { findHijacks } from './hijack.js'
import { Evidence, IncidentBook, proofsOf, Tally } from './incidents.js'
import { mismatchOf, PROVING } from './mismatch.js'
import type { Sighting } from './sightings.js'
import { TlsView, type Pair } from './tls-view.js'

/** How an incident ends: so long without a failure, and so many handshakes that work in between. */
const [GAP_MS, RECOVERIES] = [60_000, 5]
/** So many handshakes that work in a row end a run of broken-off ones: a few in a hundred always are, and no incident of their own. */
const HEALED = 20
const MAX_CLIENTS = 256

/** Counts of one incident of one name at one address. */
export interface Trouble {
  readonly name: string
  readonly ips: Set<string>
  /** Handshakes that failed or showed a bad certificate. */
  count: number
  failed: number
  /** Failures in which the client refused the certificate, and why. */
  refusals: number
  readonly refusalCauses: Tally
  /** Refusals that say in words what is wrong with the certificate. */
  told: number
  /** Certificates shown that are bad by themselves, whoever looks. */
  faults: number
  readonly faultCauses: Tally
  readonly alerts: Tally
  readonly failing: Set<string>
  readonly refusing: Set<string>
  /** Clients and handshakes that worked between the first failure and the last. */
  readonly accepting: Set<string>
  accepted: number
  /** Clients of whose handshakes meanwhile nothing more is seen than that they did not fail. */
  readonly quiet: Set<string>
  readonly certificates: Shown[]
  readonly evidence: Evidence
  firstMs: number | undefined
  lastMs: number | undefined
}

function newTrouble(name: string, ip: string): Trouble {
  return {
    name, ips: new Set(ip === '' ? [] : [ip]), count: 0, failed: 0, refusals: 0, refusalCauses: new Tally(16), told: 0, faults: 0, faultCauses: new Tally(16), alerts: new Tally(32),
    failing: new Set(), refusing: new Set(), accepting: new Set(), accepted: 0, quiet: new Set(), certificates: [], evidence: new Evidence(4), firstMs: undefined, lastMs: undefined,
  }
}

const put = (set: Set<string>, word: string | undefined): void => { if (word !== undefined && set.size < MAX_CLIENTS) set.add(word) }

/** Handshakes that work since the last failure: they count once another failure shows that the incident goes on. */
interface Pending { readonly clients: Set<string>, readonly quiet: Set<string>, count: number }

type Book = 'told' | 'quiet'

const bookOf = (healed: number): IncidentBook<Trouble> => new IncidentBook<Trouble>({ gapMs: GAP_MS, recoveries: RECOVERIES, healed }, key => {
  const blank = key.indexOf(' ')
  return newTrouble(key.slice(0, blank), key.slice(blank + 1))
})

/** The troubles of a run; shared by the detectors that are opened with one context. */
export class TlsTroubles {
  readonly view: TlsView
  /** Failures with a word (an alert, a bad certificate), and those that are only broken off: what leaving visitors do all day must not hold the first open. */
  private readonly books = { told: bookOf(Infinity), quiet: bookOf(HEALED) }
  private readonly pending = { told: new Map<string, Pending>(), quiet: new Map<string, Pending>() }
  private last: Session | undefined

  private constructor(context: DetectorContext) { this.view = TlsView.of(context) }

  private static readonly shared = new WeakMap<DetectorContext, TlsTroubles>()

  static of(context: DetectorContext): TlsTroubles {
    let troubles = this.shared.get(context)
    if (!troubles) this.shared.set(context, troubles = new TlsTroubles(context))
    return troubles
  }

  event(event: LogEvent): void { this.view.event(event) }

  session(session: Session): void {
    if (session === this.last) return
    this.last = session
    const sighting = this.view.session(session)
    if (!sighting?.isNew) return
    const key = `${sighting.name} ${sighting.serverIp ?? ''}`
    if (sighting.failed || sighting.fault !== undefined) this.fail(key, sighting)
    else this.accept(key, sighting)
  }

  private fail(key: string, sighting: Sighting): void {
    const which: Book = sighting.alert === undefined && sighting.fault === undefined && sighting.refusal === undefined ? 'quiet' : 'told'
    const book = this.books[which]
    const before = book.current(key)
    const incident = book.fail(key, sighting.atMs)
    const { state } = incident
    const pending = this.pending[which].get(key)
    if (pending && incident === before) {
      for (const client of pending.clients) put(state.accepting, client)
      for (const client of pending.quiet) put(state.quiet, client)
      state.accepted += pending.count
    }
    if (pending) this.pending[which].delete(key)
    note(state, sighting)
  }

  private accept(key: string, { client, accepted }: Sighting): void {
    for (const which of ['told', 'quiet'] as const) {
      const book = this.books[which]
      if (!book.current(key)) continue
      let pending = this.pending[which].get(key)
      if (!pending) this.pending[which].set(key, pending = { clients: new Set(), quiet: new Set(), count: 0 })
      if (!accepted) {
        put(pending.quiet, client)
        continue
      }
      book.recover(key)
      put(pending.clients, client)
      pending.count++
    }
  }

  /** Incidents, one per name and time; those at addresses where the name does not belong are left to other detectors. */
  all(): Trouble[] {
    const { view } = this
    const hijacks = findHijacks(view)
    const isForeign = (pair: Pair | undefined): boolean => pair !== undefined && (hijacks.has(pair) || mismatchOf(view, pair)?.reasons.some(reason => PROVING.has(reason)) === true)
    const mine = (which: Book): Trouble[] => this.books[which].all().filter(({ state }) => ![...state.ips].some(ip => isForeign(view.pairOf(state.name, ip))))
      .map(({ state, firstMs, lastMs }) => Object.assign(state, { firstMs, lastMs }))
    const told = joined(mine('told'), GAP_MS)
    const alone: Trouble[] = []
    for (const quiet of joined(mine('quiet'), 0)) {
      // clients of TLS 1.3 refuse without a word that is seen
      const host = told.find(one => one.name === quiet.name && overlap(one, quiet, 0))
      if (!host) alone.push(quiet)
      else {
        const accepted = Math.max(host.accepted, quiet.accepted) // the same handshakes were counted for both
        absorb(host, quiet)
        host.accepted = accepted
      }
    }
    return [...told, ...alone].sort((a, b) => (a.firstMs ?? Infinity) - (b.firstMs ?? Infinity) || (a.name < b.name ? -1 : 1))
  }
}

const overlap = (a: Trouble, b: Trouble, slackMs: number): boolean => a.firstMs === undefined || b.firstMs === undefined || (a.firstMs <= b.lastMs! + slackMs && b.firstMs <= a.lastMs! + slackMs)

/** Troubles of one name at its several addresses, as one where they meet in time. */
function joined(troubles: readonly Trouble[], slackMs: number): Trouble[] {
  const merged: Trouble[] = []
  const open = new Map<string, Trouble>()
  for (const trouble of troubles) {
    const known = open.get(trouble.name)
    if (known && overlap(known, trouble, slackMs)) absorb(known, trouble)
    else {
      open.set(trouble.name, trouble)
      merged.push(trouble)
    }
  }
  return merged
}

function note(state: Trouble, sighting: Sighting): void {
  const { failed, refusal, fault, alert, alertFrom, client, shown } = sighting
  state.count++
  if (failed) {
    state.failed++
    put(state.failing, client)
    state.alerts.add(alert === undefined ? undefined : `${alertFrom ?? 'a'} ${alert}`)
  }
  if (refusal !== undefined) {
    state.refusals++
    if (sighting.told) state.told++
    state.refusalCauses.add(refusal)
    put(state.refusing, client)
  }
  if (fault !== undefined) {
    state.faults++
    state.faultCauses.add(fault)
    if (!failed) state.accepted++
  }
  if (shown && state.certificates.length < 4 && state.certificates.every(known => differs(known, shown))) state.certificates.push(shown)
  state.evidence.addAll(proofsOf(sighting, member => noteOf(sighting, member.type)), (failed ? 1 : 0) + (fault === undefined ? 0 : 1))
}

function noteOf({ name, failed, alert, alertFrom, fault, refusal }: Sighting, type: string): string {
  if (type.startsWith('dns.')) return `${name} is looked up`
  if (type === 'http.request' && !failed) return `a request for ${name} all the same`
  const how = failed ? alert === undefined ? 'fails' : `is ended by ${alertFrom === undefined ? 'an' : `the ${alertFrom}'s`} alert ${alert}` : 'goes through'
  return `handshake for ${name} ${how}${fault === undefined ? refusal === undefined ? '' : `; certificate: ${refusal}` : `; the certificate shown: ${fault}`}`
}

function absorb(into: Trouble, other: Trouble): void {
  for (const key of ['count', 'failed', 'refusals', 'told', 'faults', 'accepted'] as const) into[key] += other[key]
  for (const key of ['refusalCauses', 'faultCauses', 'alerts'] as const) for (const [word, count] of other[key].top()) into[key].add(word, count)
  for (const key of ['ips', 'failing', 'refusing', 'accepting', 'quiet'] as const) for (const word of other[key]) put(into[key], word)
  for (const shown of other.certificates) if (into.certificates.length < 4 && into.certificates.every(known => differs(known, shown))) into.certificates.push(shown)
  for (const proof of other.evidence.pick()) into.evidence.add(proof, 1)
  if (other.firstMs !== undefined) into.firstMs = Math.min(into.firstMs ?? other.firstMs, other.firstMs)
  if (other.lastMs !== undefined) into.lastMs = Math.max(into.lastMs ?? other.lastMs, other.lastMs)
}

/** Whose fault a refused certificate is. */
export interface Blame { readonly whose: 'certificate' | 'client' | 'unclear', readonly others: number }

/** Clients that accept a name meanwhile, as far as is seen, and never refuse it. */
export function seeminglyOthers(trouble: Trouble): number {
  return [...new Set([...trouble.accepting, ...trouble.quiet])].filter(client => !trouble.failing.has(client)).length
}

/** Clients that accept a name meanwhile and never refuse it. */
export function othersOf(trouble: Trouble): number {
  return [...trouble.accepting].filter(client => !trouble.refusing.has(client) && !trouble.failing.has(client)).length
}

/**
 * Is the certificate to blame, or those who refuse it? Its own fields decide where they were seen, and the words of a check that
 * nobody contradicts; else several clients must refuse, and be no minority among those who tried meanwhile.
 */
export function blameOf(trouble: Trouble, minClients: number): Blame {
  const others = othersOf(trouble)
  if (trouble.faults > 0 || (trouble.told > 0 && others === 0)) return { whose: 'certificate', others }
  if (trouble.refusals === 0) return { whose: 'unclear', others }
  const { size } = trouble.refusing
  return { whose: size >= minClients && size >= others ? 'certificate' : 'client', others }
}

