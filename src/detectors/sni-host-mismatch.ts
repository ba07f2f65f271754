import { z } from 'zod'
import { describe } from '../detect-support/certificates.js'
import { frontingCases } from '../detect-support/fronting-cases.js'
import { Evidence, proofsOf, Tally } from '../detect-support/incidents.js'
import { namesCover, sameOwner } from '../detect-support/names.js'
import type { Sighting } from '../detect-support/sightings.js'
import { earliest, latest } from '../detect-support/spans.js'
import { TlsView } from '../detect-support/tls-view.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_connections: z.int().min(1).default(3).describe('Connections on which SNI and Host differ without a certificate for both; fewer are informational.'),
  medium_connections: z.int().min(1).default(6).describe('From so many on, with requests that are served, it is of medium severity.'),
})

type Limits = z.output<typeof thresholds>

const MAX_COUPLES = 10_000

/** Requests for one host on connections made for another name. */
interface Couple {
  readonly sni: string
  readonly host: string
  readonly ips: Tally
  readonly clients: Tally
  readonly evidence: Evidence
  connections: number
  requests: number
  served: number
  refused: number
  /** Connections whose own certificate covers the host, and does not. */
  covered: number
  uncovered: number
  firstMs: number | undefined
  lastMs: number | undefined
}

class Couples {
  readonly all = new Map<string, Couple>()

  add(sighting: Sighting): void {
    const { name: sni, otherHost: host, atMs, isNew, status } = sighting
    if (host === undefined || status === undefined) return
    const key = `${sni} ${host}`
    let couple = this.all.get(key)
    if (!couple) {
      if (this.all.size >= MAX_COUPLES) return
      this.all.set(key, couple = { sni, host, ips: new Tally(32), clients: new Tally(64), evidence: new Evidence(3), connections: 0, requests: 0, served: 0, refused: 0, covered: 0, uncovered: 0, firstMs: undefined, lastMs: undefined })
    }
    couple.requests++
    // the request that came first on the connection stands for it; without a handshake in the logs every request is its own
    if (isNew || !sighting.members.some(member => member.type === 'tls.handshake')) couple.connections++
    if (status === 421) couple.refused++
    else if (status < 400) couple.served++
    const names = sighting.shown?.names ?? []
    if (names.length > 0) couple[namesCover(names, host) ? 'covered' : 'uncovered']++
    couple.ips.add(sighting.serverIp)
    couple.clients.add(sighting.client)
    couple.firstMs = earliest([couple.firstMs, atMs])
    couple.lastMs = latest([couple.lastMs, atMs])
    couple.evidence.addAll(proofsOf(sighting, member => member.type === 'tls.handshake' ? `handshake for ${sni}` : member.type === 'http.request' ? `request for ${host} inside, status ${status}` : undefined), isNew ? 1 : 0)
  }
}

/** Does a certificate cover both names? By what the connections show, else by what either name shows elsewhere in the run. */
function coverage(view: TlsView, { sni, host, covered, uncovered }: Couple): 'both' | 'not-both' | 'unknown' {
  if (covered > 0) return 'both'
  const shown = (name: string): (readonly string[])[] => [...view.pairsOfName.get(name)?.values() ?? []].flatMap(pair => pair.certificates).map(one => one.names).filter(names => names.length > 0)
  const [ofSni, ofHost] = [shown(sni).filter(names => namesCover(names, sni)), shown(host).filter(names => namesCover(names, host))]
  if ([...ofSni, ...ofHost].some(names => namesCover(names, sni) && namesCover(names, host))) return 'both'
  return uncovered > 0 || ofSni.length > 0 ? 'not-both' : 'unknown'
}

function draftOf(couple: Couple, view: TlsView, limits: Limits): FindingDraft | undefined {
  const { sni, host, connections, requests, served, refused, clients } = couple
  const cover = coverage(view, couple)
  if (cover === 'both' || (cover === 'unknown' && sameOwner(sni, host)) || connections === 0) return undefined
  const isLoud = cover === 'not-both' && connections >= limits.min_connections && !sameOwner(sni, host) && served > 0
  const shown = [...view.pairsOfName.get(sni)?.values() ?? []].flatMap(pair => pair.certificates)[0]
  return {
    severity: !isLoud ? 'informational' : connections >= limits.medium_connections ? 'medium' : 'low',
    confidence: cover === 'unknown' ? 'low' : couple.uncovered > 0 ? 'high' : 'medium',
    subject: { hostnames: [host, sni], server_ips: couple.ips.words(16), client_ips: clients.words(16) },
    hostname: host,
    count: connections,
    ts_ms: couple.firstMs,
    ts_end_ms: couple.lastMs,
    measured: [
      { field: 'connections', value: connections, op: '>=', threshold: limits.min_connections },
      { field: 'requests', value: requests },
      { field: 'requests served', value: served },
      { field: 'requests refused (421)', value: refused },
      { field: 'certificate covers both names', value: cover === 'unknown' ? 'not seen' : 'no' },
      ...(shown ? [{ field: `certificate of ${sni}`, value: describe(shown) }] : []),
    ],
    evidence: couple.evidence.pick(),
    message: `${requests} request${requests === 1 ? '' : 's'} for ${host} on ${connections} connection${connections === 1 ? '' : 's'} made for ${sni}, by ${clients.size} client${clients.size === 1 ? '' : 's'}; ${cover === 'unknown' ? 'no certificate was seen' : 'the certificate does not cover both'}${refused === requests ? ', and all are refused' : ''}`,
    cause: refused === requests ? 'refused' : 'domain-fronting',
    comparison: 'requests on connections whose certificate covers both names are coalesced by design (HTTP/2) and not counted',
    key: [sni, host],
  }
}

export default defineDetector({
  id: 'sni-host-mismatch',
  name: 'Requests for another host than the handshake\'s',
  version: '1',
  what: 'On one connection the SNI names one site and the Host header another of somebody else, and no certificate covers both (domain fronting).',
  why: 'Whoever filters by SNI sees a harmless name while another site is visited through it; used by censorship circumvention and by malware alike. It also happens when a proxy reuses connections for the wrong site.',
  remedy: 'Decide whether the edge may serve it: answer 421 (Misdirected Request) where the Host is not covered by the certificate of the connection. Look at the clients listed.',
  reference: 'RFC 9110 section 7.4 and 15.5.20 (421), RFC 9113 section 9.1.1 (connection reuse); Subramani et al., "Discovering and Measuring CDNs Prone to Domain Fronting" (arXiv 2310.17851)',
  needs: ['http.request'],
  thresholds,
  open(limits, context) {
    const view = TlsView.of(context)
    const couples = new Couples()
    return {
      event: event => view.event(event),
      session(session) {
        const sighting = view.session(session)
        if (sighting) couples.add(sighting)
      },
      end: () => [...couples.all.values()].map(couple => draftOf(couple, view, limits)).filter(draft => draft !== undefined).sort((a, b) => b.count - a.count || (a.key.join() < b.key.join() ? -1 : 1)).slice(0, 200),
    }
  },
  cases: frontingCases,
})
