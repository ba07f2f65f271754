/** Collects who signed what for whom: per issuer, name and client network, what handshakes showed. Bounded; what exceeds it makes the rule more silent. */
import type { Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { causeOfAlert, certificateShown, coversName, type Shown } from './certificates.js'
import { proofsOf } from './incidents.js'
import { issuerOf, issuerOfGoError, type Issuer } from './issuers.js'
import { namesCover } from './names.js'
import { networkOf } from './networks.js'

const MAX_ENTRIES = 60_000
const MAX_CATALOGUE = 100_000
const MAX_PER_ENTRY = 64
const MAX_RECENT = 8

/** Domains that are not given out in public (RFC 6762, RFC 8375, ICANN's reserved .internal, and what networks use of their own accord): whoever runs them signs for them. */
const PRIVATE_DOMAINS = /(?:^|\.)(?:local|localhost|internal|intranet|private|lan|corp|home|home\.arpa)$/

/** Note of the line that shows the issuer; lines of other logs about the same visit are noted by their type. */
export const SIGNED = 'signed'

/** One name as one client network saw it signed by one issuer. */
export interface Signed {
  readonly name: string
  readonly network: string
  readonly issuer: Issuer
  handshakes: number
  readonly clients: Set<string>
  /** Clients that refused the certificate. */
  readonly refusing: Set<string>
  readonly servers: Set<string>
  /** What tells certificates apart; and the names on them. */
  readonly certificates: Set<string>
  readonly alternatives: Set<string>
  firstMs: number | undefined
  lastMs: number | undefined
  readonly proofs: Proof[]
}

/** A `Signed` whose issuer may only be known by its certificate's fingerprint yet. */
interface Entry extends Omit<Signed, 'issuer'> { readonly shown: Shown, readonly candidate: string | undefined, readonly recent: string[] }

/** What was collected, with the issuers that a log of certificates names by fingerprint. */
export interface Collected {
  readonly signed: readonly Signed[]
  /** Handshakes without a certificate in sight (TLS 1.3 on the wire, resumed sessions), per client network. */
  readonly unseen: ReadonlyMap<string, number>
}

/** What tells one certificate from another, as far as the log shows; where it shows none, every name has its own. */
const identityOf = ({ fingerprint, serial, subject, notAfterMs, names }: Shown, name: string): string => fingerprint ?? `${serial ?? ''} ${subject ?? name} ${notAfterMs ?? ''} ${names.join()}`

/** Did the client refuse the certificate, in its own words or by an alert? */
function isRefused({ tls, error, vantage }: LogEvent): boolean {
  if (vantage === 'client' && error?.type === 'tls_certificate_error') return true
  return tls?.established === false && tls.alert_from !== 'server' && causeOfAlert(tls.alert) !== undefined
}

/**
 * Takes events, not sessions: what a line tells of a certificate is what its own client saw, while a session may lend it to a client that
 * another log's line of the same name and time knows.
 */
export class IssuerWatch {
  private readonly entries = new Map<string, Entry>()
  private readonly catalogue = new Map<string, Shown>()
  private readonly unseen = new Map<string, number>()
  private readonly servers = new Set<string>()
  /** Lines whose sessions are wanted, for the other logs' lines about the same. */
  private readonly wanted = new Map<string, Entry>()

  /** @param bits4 prefix length of a client network of IPv4; `bits6` of IPv6. */
  constructor(private readonly bits4: number, private readonly bits6: number) {}

  event(event: LogEvent): void {
    if (event.tls === undefined && event.error?.message === undefined) return
    if (event.type === 'log.line') this.list(event)
    else this.line(event)
  }

  /** Logs of certificates (Zeek's x509.log) name no connection. */
  private list({ tls }: LogEvent): void {
    const shown = certificateShown(tls)
    if (shown?.issuer === undefined || this.catalogue.size >= MAX_CATALOGUE) return
    for (const mark of [shown.fingerprint, tls?.server?.hash?.sha1]) if (mark !== undefined) this.catalogue.set(mark, shown)
  }

  private line(event: LogEvent): void {
    const { tls, vantage, labels, type } = event
    const name = tls?.client?.server_name ?? (vantage === 'client' ? event.hostname : undefined)
    if (name === undefined || labels?.leg === 'origin' || tls?.ech === true || !name.includes('.') || PRIVATE_DOMAINS.test(name)) return
    // a client that is only known by its log is a network of its own
    const client = event.client?.ip ?? event.log.file.path
    const network = event.client?.ip === undefined ? client : networkOf(client, this.bits4, this.bits6)
    const shown = certificateShown(tls)
    const candidate = issuerOfGoError(event.error?.message)
    if (event.server?.ip !== undefined && this.servers.size < MAX_ENTRIES) this.servers.add(event.server.ip)
    if (shown !== undefined || candidate !== undefined) this.count(event, name, shown ?? NOTHING_SHOWN, candidate, client, network)
    else if (type === 'tls.handshake' && (this.unseen.size < MAX_ENTRIES || this.unseen.has(network))) this.unseen.set(network, (this.unseen.get(network) ?? 0) + 1)
  }

  private count(event: LogEvent, name: string, shown: Shown, candidate: string | undefined, client: string, network: string): void {
    // the certificate of somebody else is a wrong server or a captive portal
    if (shown.selfIssued || coversName(event.tls, shown, name) === false) return
    const key = `${candidate ?? shown.issuer ?? shown.fingerprint} ${name} ${network}`
    let entry = this.entries.get(key)
    if (!entry) {
      if (this.entries.size >= MAX_ENTRIES) return
      const proofs = [{ event: { id: event.id, log: event.log, ...(event.ts_ms === undefined ? {} : { ts_ms: event.ts_ms }) }, note: SIGNED }]
      this.entries.set(key, entry = { name, network, shown, candidate, recent: [], handshakes: 0, clients: new Set(), refusing: new Set(), servers: new Set(), certificates: new Set(), alternatives: new Set(), firstMs: event.ts_ms, lastMs: event.ts_ms, proofs })
      if (event.client?.ip !== undefined) this.wanted.set(event.id, entry)
    }
    // several logs, and several requests, tell of one connection
    const connection = event.client?.port === undefined ? event.id : `${client} ${event.client.port}`
    if (!entry.recent.includes(connection)) entry.handshakes++
    entry.recent.push(connection)
    if (entry.recent.length > MAX_RECENT) entry.recent.shift()
    put(entry.clients, client)
    if (isRefused(event)) put(entry.refusing, client)
    put(entry.servers, event.server?.ip)
    put(entry.certificates, identityOf(shown, name))
    for (const one of shown.names) put(entry.alternatives, one)
    widen(entry, event.ts_ms)
  }

  /** Takes the lines of other logs about a visit that is kept as proof. */
  session(session: Session): void {
    if (this.wanted.size === 0) return
    for (const member of session.members) {
      const entry = this.wanted.get(member.event_id)
      if (!entry) continue
      this.wanted.delete(member.event_id)
      entry.proofs.push(...proofsOf(session, one => one.event_id === member.event_id || one.leg === 'origin' ? undefined : one.type).slice(0, 3))
    }
  }

  /** Everything whose issuer is known in the end. */
  collected(): Collected {
    const merged = new Map<string, Signed>()
    for (const entry of this.entries.values()) {
      const signed = this.resolve(entry)
      if (!signed) continue
      const key = `${signed.issuer.key} ${signed.name} ${signed.network}`
      const known = merged.get(key)
      if (known) absorb(known, signed)
      else merged.set(key, signed)
    }
    return { signed: [...merged.values()], unseen: this.unseen }
  }

  private resolve(entry: Entry): Signed | undefined {
    const { shown, candidate, recent: _, ...rest } = entry
    // an edge is no client: whoever signs for its origins is none of its visitors' business
    for (const client of rest.clients) if (this.servers.has(client)) rest.clients.delete(client)
    if (rest.clients.size === 0) return undefined
    const listed = shown.issuer === undefined && shown.fingerprint !== undefined ? this.catalogue.get(shown.fingerprint) : undefined
    const text = candidate ?? shown.issuer ?? listed?.issuer
    const issuer = text === undefined ? undefined : issuerOf(text)
    if (!issuer || listed?.selfIssued) return undefined
    if (listed && listed.names.length > 0) {
      if (!namesCover(listed.names, entry.name)) return undefined
      for (const one of listed.names) put(rest.alternatives, one)
    }
    return { ...rest, issuer }
  }
}

const NOTHING_SHOWN: Shown = { fingerprint: undefined, serial: undefined, subject: undefined, issuer: undefined, names: [], notBeforeMs: undefined, notAfterMs: undefined, selfIssued: false }

function put(set: Set<string>, word: string | undefined): void {
  if (word !== undefined && set.size < MAX_PER_ENTRY) set.add(word)
}

function absorb(into: Signed, other: Signed): void {
  into.handshakes += other.handshakes
  for (const key of ['clients', 'refusing', 'servers', 'certificates', 'alternatives'] as const) for (const word of other[key]) put(into[key], word)
  widen(into, other.firstMs)
  widen(into, other.lastMs)
}

function widen(into: Signed | Entry, atMs: number | undefined): void {
  if (atMs === undefined) return
  into.firstMs = Math.min(into.firstMs ?? atMs, atMs)
  into.lastMs = Math.max(into.lastMs ?? atMs, atMs)
}
