/**
 * The join of events in time order, as they come: the same for files and for live input.
 *
 * A claim's partners are looked for when everything that could be a partner has come; a handshake stands for itself when every request
 * that could claim it has been looked at, an answer when every handshake and request has. Claims leave in the order of their leads. What is
 * kept is what lies within a few windows of the newest event, with a state bound also what lives, whatever the length of the input.
 */
import type { LogEvent } from '../schema/event.js'
import { Attempts } from './attempts.js'
import { foundOf, loneClaim, markReuse, newClaim, type Claim, type JoinRules } from './claim.js'
import { Clusters, type Cluster } from './cluster.js'
import { explainEvent, type Candidate } from './explain.js'
import { factsOf, type Facts, type Role } from './facts.js'
import { Held } from './held.js'
import { History } from './history.js'
import { answerLife, isLone, lanesOf, sidesOf, type Lanes } from './lane.js'
import { NotesDesk } from './notes-desk.js'
import { Oldest } from './oldest.js'
import { ROUNDING_MS } from './moments.js'
import { Room } from './room.js'
import { sameAttempt, sameRequest } from './same.js'
import { Seeker, take } from './seek.js'
import { SessionOrder } from './session-order.js'
import { PLAIN, type FileTraits } from './traits.js'

/** Events between two steps, at the least; a step costs a little for everything that waits. */
const STEP_EVENTS = 8192

export { loneClaim, SessionOrder }

/** One step of the stream: the claims that are final, and a time before which no later claim's session can begin. */
export interface Step { readonly claims: readonly Claim[], readonly settledMs: number }

/** Joins as events come in. `push` takes events in time order; `step` gives what has become final. */
export class JoinStream {
  private readonly history: History
  private readonly isState: boolean
  private readonly held: Held
  private readonly lanes: Lanes
  private readonly room: Room
  private readonly requestLines: Clusters
  private readonly attemptLines: Clusters
  private readonly attempts: Attempts
  private readonly notes = new NotesDesk()
  private readonly seeker: Seeker
  /** Requests and attempts whose partners have not been looked for. */
  private requests: Claim[] = []
  /** Claims that wait for their turn. */
  private done: Claim[] = []
  private undated: Facts[] = []
  private order = 0
  private newest = -Infinity
  private sinceStep = 0
  private maxTick = 0
  private hasEnded = false
  /** How many requests and handshakes would have been joined to an earlier handshake, and to an earlier answer, with `--bound state`. */
  readonly beyond = { tls: 0, dns: 0 }
  /** With an event's id, its candidates are kept when it has been joined. */
  explainId: string | undefined
  candidates: Candidate[] = []
  private explained: Facts[] = []
  /** Is it told of what nobody has asked for an answer? If not, that holds up nothing. */
  tellsUnasked = true

  /**
   * @param stepEvents events between two steps; any number gives the same claims.
   * @param maxKept events kept at the most; what is dropped is counted.
   * @param isLive with a state bound, a claim is given as soon as it is joined, and not in its order.
   */
  constructor(private readonly rules: JoinRules, private readonly traits: (path: string) => FileTraits = () => PLAIN, private readonly stepEvents = STEP_EVENTS, private readonly aliases?: ReadonlyMap<string, string>, maxKept = Infinity, private readonly isLive = maxKept < Infinity) {
    this.isState = rules.bound === 'state'
    this.lanes = lanesOf(rules)
    this.requestLines = new Clusters(sameRequest(rules.beforeMs), isLone(rules, 'request'))
    this.attemptLines = new Clusters(sameAttempt(), isLone(rules, 'attempt'))
    this.attempts = new Attempts(rules)
    this.seeker = new Seeker(sidesOf(this.lanes), rules, maxKept / 8)
    this.history = new History(rules.ttlSlackMs)
    this.held = new Held(isLive)
    this.room = new Room(this.lanes, rules, maxKept)
  }

  push(event: LogEvent): void { this.add(factsOf(event, 0, this.traits(event.log.file.path), this.aliases)) }

  /** The same for an event of which only its facts are at hand. Numbers them. */
  add(facts: Facts): void {
    facts.order = this.order++
    if (facts.role === 'other') return
    if (!facts.isDated) {
      this.undated.push(facts)
      return
    }
    this.history.see(facts)
    if (this.explainId !== undefined) this.explained.push(facts)
    this.newest = facts.start
    if (facts.tick > this.maxTick) this.maxTick = facts.tick
    this.sinceStep++
    const origin = facts.leg === 'origin'
    switch (facts.role) {
      case 'request': return this.requestLines.add(facts)
      case 'attempt': return this.attemptLines.add(facts)
      case 'tls': return (origin ? this.lanes.originTls : this.lanes.tls).clusters.add(facts)
      case 'dns': return (origin ? this.lanes.originDns : this.lanes.dns).clusters.add(facts)
      case 'connect': return origin ? undefined : this.lanes.connect.clusters.add(facts)
      default: return this.notes.note(facts)
    }
  }

  // a step looks at all that waits, so the more there is, the rarer it comes
  get isReady(): boolean { return this.sinceStep >= this.stepEvents && (!this.isState || this.sinceStep >= (this.done.length + this.held.size + this.lanes.dns.waiting.length) / 4) }

  /** Joins what no later event can change. */
  step(): Step { return this.relieved(this.advance(this.newest)) }

  /** Joins all there is now, without waiting for later events; for live input whose sources have fallen silent. */
  flush(): Step { return this.advance(Infinity) }

  /** Joins the rest. Undated attempts, requests and handshakes come last, each alone. */
  end(): Step {
    this.hasEnded = true
    const { claims } = this.advance(Infinity)
    return { claims: [...claims, ...this.takeUndated()], settledMs: Infinity }
  }

  private takeUndated(): Claim[] {
    const alone = this.undated.map(loneClaim).filter(claim => claim !== undefined)
    this.undated = []
    return alone
  }

  /** What is kept besides what the lanes hold; claims on hold are theirs. */
  private get waiting(): number { return this.requestLines.size + this.attemptLines.size + this.requests.length + this.done.length }

  /** Makes room where too much is kept: the oldest candidates go; if that does not do, what waits is joined with what is there. */
  private relieved(step: Step): Step {
    const { room } = this
    if (!room.isBounded || room.drop(this.waiting)) return step
    room.hurriedAt = this.newest
    const more = this.advance(Infinity)
    room.hurriedAt = Infinity
    room.drop(this.waiting)
    return { claims: [...step.claims, ...more.claims], settledMs: more.settledMs }
  }

  /** Events that might still have been found and were dropped. */
  get evicted(): number { return this.room.evicted }

  /** How far a partner may stand, ticks of the clocks included. */
  private get reach(): number { return Math.max(this.rules.beforeMs, this.rules.afterMs) + this.maxTick + ROUNDING_MS }

  /** @param now no event before this time comes any more. */
  private advance(now: number): Step {
    this.sinceStep = 0
    for (const lane of Object.values(this.lanes)) lane.advance(now)
    for (const cluster of this.requestLines.take(now)) {
      const claim = newClaim('http.request', cluster)
      this.requests.push(claim)
      if (this.expects('attempt')) this.attempts.request(claim)
    }
    for (const cluster of this.attemptLines.take(now)) this.attempts.attempt(cluster)
    const known = Math.min(now, ...[...Object.values(this.lanes).map(lane => lane.clusters), this.requestLines].map(lines => lines.oldest().start))
    const alone = this.attempts.decide(known)
    if (alone.length > 0) this.requests = [...this.requests, ...alone].sort((a, b) => a.cluster.lead.order - b.cluster.lead.order)
    const looked = this.seekRequests(known)
    const shaken = this.seekHandshakes(looked)
    this.settleUnclaimed(looked, shaken)
    const claims = this.release(looked)
    this.forget(Math.min(looked, shaken, this.newest))
    if (!this.isLive) return { claims, settledMs: this.oldestStart() }
    // live: what may be used for hours must not hold back what is final
    return { claims: [...claims, ...this.takeUndated()], settledMs: this.isState ? Infinity : this.oldestStart() }
  }

  private expects(role: Role): boolean { return (this.rules.files?.[role] ?? 1) > 0 }
  /** The first attempt, also among those that may still grow, that has not been decided. */
  private oldestAttempt(): { at: number, order: number } {
    const { at, order } = this.attempts.oldest
    const open = this.attemptLines.oldest()
    return { at: Math.min(at, open.start), order: Math.min(order, open.order) }
  }

  /** Looks for the partners of requests and attempts. Gives the time before which none waits any more. */
  private seekRequests(known: number): number {
    const attemptAt = this.expects('attempt') ? Math.min(this.oldestAttempt().at, known) : Infinity
    const until = known - 2 * this.reach
    let next = 0
    for (; next < this.requests.length; next++) {
      const claim = this.requests[next]!
      const { lead } = claim.cluster
      if (lead.at >= until || (claim.kind === 'http.request' && this.attempts.reach(lead) >= attemptAt)) break
      this.seeker.request(claim)
      this.room.mark(claim, this.reach)
      if (claim.kind === 'http.request' && this.expects('note')) this.notes.request(claim)
      this.done.push(claim)
    }
    const waiting = this.requests[next]?.cluster.lead.at ?? Infinity
    if (next > 0) this.requests = this.requests.slice(next)
    return Math.min(waiting, this.oldestAttempt().at, until)
  }

  /** When the first of the waiting requests begins: one may be led by a line that is not its first. */
  private oldestRequest(): number {
    let oldest = Infinity
    for (const { cluster: { members } } of this.requests) for (const { at } of members) if (at < oldest) oldest = at
    return oldest
  }

  /** Looks for the partners of handshakes that no request in their window claims. Gives the time before which none waits any more. */
  private seekHandshakes(looked: number): number {
    let shaken = looked
    for (const lane of [this.lanes.tls, this.lanes.originTls]) {
      for (const cluster of lane.takeBefore(looked - this.reach)) {
        const claim = newClaim('tls.handshake', cluster)
        this.seeker.handshake(claim)
        this.room.mark(claim, this.reach)
        if (this.isState && this.held.isFor(claim)) this.held.hold(claim)
        else this.stand(claim)
      }
      shaken = Math.min(shaken, lane.waiting[0]?.lead.at ?? Infinity)
    }
    return shaken
  }

  private stand(claim: Claim): void {
    take(claim)
    this.done.push(claim)
  }

  /** Handshakes whose connections are over, and answers that nobody has asked for and nobody will, stand for themselves. */
  private settleUnclaimed(looked: number, shaken: number): void {
    // however silent live input is, what lives lives in the time of the log
    const sure = this.hasEnded ? Infinity : this.newest
    this.done.push(...this.held.over(Math.min(looked, sure)))
    const until = Math.min(looked - 2 * this.reach, shaken - this.reach)
    const lifeOf = answerLife(this.rules)
    const isOver = (cluster: Cluster): boolean => {
      const life = lifeOf(cluster.lead)
      return !this.held.isWanted(cluster) && (cluster.isDropped || cluster.lead.at + life < (life > 0 ? Math.min(until, sure) : until))
    }
    for (const lane of [this.lanes.dns, this.lanes.originDns]) for (const cluster of lane.isLived ? lane.takeOver(isOver) : lane.takeBefore(until)) {
      const claim = newClaim('dns', cluster)
      this.room.mark(claim, this.reach)
      this.done.push(claim)
    }
  }

  /** Claims whose turn has come: nothing that stands before them waits, and no note can be added to them. */
  private release(looked: number): Claim[] {
    if (this.expects('note')) this.notes.decide(Math.min(looked, this.oldestRequest()))
    const order = this.oldestOrder()
    const noteAt = this.expects('note') ? Math.min(this.notes.oldest, looked) : Infinity
    this.done.sort((a, b) => a.cluster.lead.order - b.cluster.lead.order)
    let next = 0
    for (; next < this.done.length; next++) {
      const claim = this.done[next]!
      if (claim.cluster.lead.order >= order || (claim.kind === 'http.request' && noteAt < Infinity && this.notes.reach(claim) >= noteAt)) break
      markReuse(claim)
      this.count(claim)
      this.explain(claim)
    }
    const released = this.done.slice(0, next)
    this.done = this.done.slice(next)
    return released
  }

  /** Where the first stands that has to go before others: it may be the first to pay for a connection or an answer. */
  private oldestOrder(): number {
    const order = Math.min(this.requests[0]?.cluster.lead.order ?? Infinity, this.oldestAttempt().order, this.requestLines.oldest().order, this.isLive ? Infinity : this.held.oldestOrder)
    return Math.min(order, ...Object.values(this.lanes).map(lane => lane.oldestOrder))
  }

  private count(claim: Claim): void {
    if (this.rules.bound === 'state') return
    if (claim.isKept) this.beyond.tls++
    if (claim.isCached && !claim.dns) this.beyond.dns++
  }

  private explain(claim: Claim): void {
    if (this.explainId === undefined || this.candidates.length > 0) return
    const isIts = [...claim.cluster.members, ...foundOf(claim).flatMap(found => found.cluster.members)].some(facts => facts.id === this.explainId)
    if (isIts) this.candidates = explainEvent(this.explainId, this.explained, [claim], this.rules)
  }

  private forget(from: number): void {
    const before = from - 2 * this.reach
    for (const lane of Object.values(this.lanes)) lane.forget(before)
    this.attempts.forget(Math.min(this.oldestAttempt().at, from))
    this.notes.forget(Math.min(this.notes.oldest, from))
    if (!this.isState && this.explained.length > 4 * STEP_EVENTS && this.candidates.length === 0) this.explained = this.explained.filter(facts => facts.at >= before - 2 * this.reach)
  }

  /** Where the earliest line begins that a claim to come may rest on. */
  private oldestStart(): number {
    const oldest = new Oldest().see(this.requestLines.oldestStart).see(this.attemptLines.oldestStart).see(this.attempts.oldest.at)
    for (const { cluster } of this.requests) oldest.lines(cluster.members)
    oldest.claims(this.done).claims(this.held)
    for (const lane of Object.values(this.lanes)) lane.tellOldest(oldest, this.tellsUnasked)
    return oldest.at
  }
}
