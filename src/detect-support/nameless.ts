/** Handshakes that fail before the name is known, or in logs that do not say it: counted per server address, else per log. */
import type { Session } from '../schema/session.js'
import { Evidence, IncidentBook, proofsOf, Tally } from './incidents.js'

/** An incident of failures without a name. */
export interface Nameless {
  readonly ip: string | undefined
  readonly log: string
  count: number
  readonly clients: Tally
  readonly alerts: Tally
  /** Handshakes and connections that worked between the first failure and the last. */
  worked: number
  readonly evidence: Evidence
  firstMs: number | undefined
  lastMs: number | undefined
}

/** Collects failures without a name, and what worked at the same place. */
export class NamelessFailures {
  private readonly book = new IncidentBook<Nameless>({ gapMs: 30_000, recoveries: 20, capacity: 2000 }, () => ({ ip: undefined, log: '', count: 0, clients: new Tally(256), alerts: new Tally(32), worked: 0, evidence: new Evidence(6), firstMs: undefined, lastMs: undefined }))
  private readonly pending = new Map<string, number>()

  session(session: Session): void {
    const lead = session.members.find(member => member.type === 'tls.handshake' && member.leg !== 'origin') ?? session.members.find(member => member.type === 'http.request')
    if (!lead || session.claim === 'dns' || session.claim === 'attempt') return
    const place = session.server?.ip ?? lead.file
    const failed = session.claim === 'tls.handshake' && session.tls?.established === false
    if (!failed) {
      if (this.book.current(place)) {
        this.pending.set(place, (this.pending.get(place) ?? 0) + 1)
        this.book.recover(place)
      }
      return
    }
    // behind a proxy on the same host the failure is the proxy's to report
    if (session.hostname !== undefined || session.client?.ip?.startsWith('127.') || session.client?.ip === '::1') return
    const before = this.book.current(place)
    const incident = this.book.fail(place, lead.ts_ms)
    const state = incident.state as { -readonly [K in keyof Nameless]: Nameless[K] }
    if (incident === before) state.worked += this.pending.get(place) ?? 0
    this.pending.delete(place)
    state.ip = session.server?.ip
    state.log = lead.file
    state.count++
    state.clients.add(session.client?.ip)
    state.alerts.add(session.tls?.alert ?? session.error?.message)
    state.evidence.addAll(proofsOf(session, member => member.type === 'tls.handshake' ? `handshake without a name fails${session.tls?.alert === undefined ? '' : `: ${session.tls.alert}`}` : undefined))
  }

  all(): Nameless[] {
    return this.book.all().map(({ state, firstMs, lastMs }) => Object.assign(state, { firstMs, lastMs }))
  }
}
