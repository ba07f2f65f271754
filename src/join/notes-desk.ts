/** Gives error-log lines to the requests they tell of: same client, name and path, inside the request's span (their clock ticks in seconds). */
import type { Claim } from './claim.js'
import { spanEnd, type Facts } from './facts.js'

/** How far outside its request's span a note may stand, ms. */
const SLACK_MS = 1000

const keyOf = (facts: Facts): string => `${facts.client} ${facts.names[0]} ${facts.event.url?.path ?? ''}`

const endOf = (claim: Claim): number => Math.max(...claim.cluster.members.map(member => spanEnd(member) + member.tick))

/** How far a note stands from a request; among requests it could belong to, the one that ended nearest. */
function distance(claim: Claim, note: Facts): number {
  const start = Math.min(...claim.cluster.members.map(member => member.at))
  const end = endOf(claim)
  if (note.at + note.tick < start) return start - note.at - note.tick
  if (note.at > end) return note.at - end
  return Math.abs(end - note.at) / 1e9 // inside, which is nearer than anything outside: prefer the end, when a failure is written
}

/** Notes and requests in their order. A note is decided when no request it could belong to can come any more. */
export class NotesDesk {
  private readonly requests = new Map<string, Claim[]>()
  private undecided: Facts[] = []

  request(claim: Claim): void {
    for (const key of new Set(claim.cluster.members.map(keyOf))) {
      const list = this.requests.get(key)
      if (list) list.push(claim)
      else this.requests.set(key, [claim])
    }
  }

  note(facts: Facts): void { this.undecided.push(facts) }

  /** Where the first note stands that has not been decided; Infinity when there is none. */
  get oldest(): number { return this.undecided.length === 0 ? Infinity : this.undecided[0]!.at }

  /** @param known all requests that begin before this time have been told of. */
  decide(known: number): void {
    let next = 0
    for (; next < this.undecided.length; next++) {
      const note = this.undecided[next]!
      if (note.at + note.tick + SLACK_MS >= known) break
      let best: Claim | undefined
      let least = Infinity
      for (const claim of this.requests.get(keyOf(note)) ?? []) {
        const gap = distance(claim, note)
        if (gap <= SLACK_MS && (gap < least || (gap === least && claim.cluster.lead.order < best!.cluster.lead.order))) [best, least] = [claim, gap]
      }
      if (best) Object.assign(best, { notes: [...best.notes, note] })
    }
    if (next > 0) this.undecided = this.undecided.slice(next)
  }

  /** The latest note that can belong to a request. */
  reach(claim: Claim): number { return endOf(claim) + SLACK_MS }

  /** Forgets requests that no note from this time on can belong to. */
  forget(from: number): void {
    for (const [key, claims] of this.requests) {
      const kept = claims.filter(claim => this.reach(claim) >= from)
      if (kept.length === 0) this.requests.delete(key)
      else if (kept.length < claims.length) this.requests.set(key, kept)
    }
  }
}
