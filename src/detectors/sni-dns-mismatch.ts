import { z } from 'zod'
import { ipFamily } from '../address.js'
import { describe } from '../detect-support/certificates.js'
import { Evidence, listed, Tally } from '../detect-support/incidents.js'
import { mismatchOf, PROVING, type Mismatch, type Reason } from '../detect-support/mismatch.js'
import { earliest, latest } from '../detect-support/spans.js'
import { TlsView } from '../detect-support/tls-view.js'
import { mismatchCases } from '../detect-support/mismatch-cases.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_handshakes: z.int().min(1).default(3).describe('Handshakes for a name at an address that is another\'s; fewer are only informational (two suffice where the server proves it in two ways). A single one is often a probe.'),
  medium_handshakes: z.int().min(1).default(6).describe('From so many on, with two kinds of proof, it is of medium severity.'),
  outer_names: z.array(z.string()).default(['cloudflare-ech.com']).describe('Public names of Encrypted Client Hello: the SNI that is seen is not the one that is meant (RFC 9849).'),
  max_findings: z.int().min(1).default(200).describe('Names reported at most, those with most handshakes first.'),
})

const REASONS: Readonly<Record<Reason, string>> = {
  certificate: 'the certificate there does not cover it',
  'turned-away': 'the server answers that it does not serve it',
  'handshake-refused': 'the server refuses the handshake',
  'other-host': 'the requests inside are for other hosts',
  unanswered: 'no request for it reaches the edge, while those of its neighbours do',
  'own-answers': 'the clients\' own DNS answers for it list other addresses',
}

const RULED_OUT = 'ruled out: an answer of DNS that gives the address for the name or an alias, a look-up of the name just before, an answer cached from before the logs begin (the server would serve the name), a shared address, a coalesced connection, the outer name of ECH'

/** All addresses of one name: one incident. */
function findingOf(name: string, found: readonly Mismatch[], view: TlsView, limits: z.output<typeof thresholds>): FindingDraft {
  const pairs = found.map(one => one.pair)
  const handshakes = pairs.reduce((sum, pair) => sum + pair.handshakes, 0)
  const reasons = [...new Set(found.flatMap(one => one.reasons))]
  const proving = reasons.filter(reason => PROVING.has(reason))
  const homes = [...new Set(found.flatMap(one => one.homes))]
  const owners = [...new Set(found.flatMap(one => one.owners))]
  const clients = new Tally(64)
  for (const pair of pairs) for (const [client, count] of pair.clients.top()) clients.add(client, count)
  const ips = pairs.map(pair => pair.ip).sort()
  const kinds = proving.length + (homes.length > 0 ? 1 : 0) + (reasons.includes('own-answers') ? 1 : 0)
  const isLoud = proving.length > 0 && (handshakes >= limits.min_handshakes || (proving.length > 1 && handshakes > 1))
  const known = homes.length > 0 ? `; its own address${homes.length > 1 ? 'es are' : ' is'} ${listed(homes)}` : view.asked.has(name) ? '' : '; nobody asked DNS for it'
  return {
    severity: !isLoud ? 'informational' : kinds >= 2 && handshakes >= limits.medium_handshakes ? 'medium' : 'low',
    confidence: proving.length >= 2 || (proving.length === 1 && homes.length > 0) ? 'high' : proving.length === 1 ? 'medium' : 'low',
    subject: { hostnames: [name], server_ips: ips, client_ips: clients.words(16) },
    hostname: name,
    count: handshakes,
    ts_ms: earliest(pairs.map(pair => pair.firstMs)),
    ts_end_ms: latest(pairs.map(pair => pair.lastMs)),
    measured: [
      { field: 'handshakes', value: handshakes, op: '>=', threshold: limits.min_handshakes },
      { field: 'requests served there', value: 0 },
      { field: 'DNS answers that give the address for the name', value: 0 },
      ...pairs.flatMap(pair => pair.certificates.slice(0, 1).map(shown => ({ field: `certificate at ${pair.ip}`, value: describe(shown) }))),
      { field: 'signs', value: reasons.map(reason => REASONS[reason]).join('; ') },
    ],
    evidence: proofs(name, found, view),
    message: `${handshakes} handshake${handshakes === 1 ? '' : 's'} by ${clients.size} client${clients.size === 1 ? '' : 's'} for ${name} at ${listed(ips)}, where ${listed(owners)} ${owners.length === 1 ? 'lives' : 'live'}: ${reasons.map(reason => REASONS[reason]).join(', ')}${known}`,
    cause: homes.length > 0 ? 'name-lives-elsewhere' : 'name-unknown-to-dns',
    comparison: `${listed(owners)} at the same address ${owners.length === 1 ? 'is' : 'are'} answered by DNS or served; ${RULED_OUT}`,
    key: [name],
  }
}

function proofs(name: string, found: readonly Mismatch[], view: TlsView): FindingDraft['evidence'] {
  const evidence = new Evidence()
  for (const { pair, owners, homes } of found) {
    evidence.addAll(pair.evidence.pick(), 3)
    for (const owner of owners.slice(0, 2)) {
      const answered = view.asked.get(owner)?.addresses.get(pair.ip)
      if (answered) evidence.add(answered.proof, 2)
    }
    for (const home of homes.filter(one => ipFamily(one) === ipFamily(pair.ip)).slice(0, 2)) {
      const answered = view.asked.get(name)?.addresses.get(home)
      evidence.addAll(answered ? [answered.proof] : view.pairOf(name, home)?.evidence.pick(2).map(({ event }) => ({ event, note: `${name} at its own address ${home}` })) ?? [], 1)
    }
  }
  const asked = view.asked.get(name)
  if (asked && asked.addresses.size === 0) evidence.add(asked.proof, 1)
  return evidence.pick()
}

export default defineDetector({
  id: 'sni-dns-mismatch',
  name: 'SNI that does not belong to its address',
  version: '1',
  what: 'TLS handshakes for a name at an address that DNS gave for other names only, and whose server does not serve that name or has no certificate for it.',
  why: 'Somebody speaks to a server under a name it does not have: a stale or edited hosts file, a load balancer that points at the wrong edge, a scanner, or malware that hides where it goes. Whoever is a visitor gets a certificate error or a foreign page.',
  remedy: 'See which program the clients listed run. Compare `dig NAME` with the address; look for hosts files, pinned addresses and proxies on those clients. Where nobody should ask for the name, block it at the edge (421 or a refused handshake) and examine the client.',
  reference: 'RFC 6066 section 3 (server_name), RFC 9110 section 15.5.20 (421); nDPI risk 51 "hostname not resolved" and PAN-OS signatures 14978 and 14984 do the same, and also take it for a hint, not for proof',
  needs: [['dns.query', 'dns.response'], 'tls.handshake'],
  thresholds,
  open(limits, context) {
    const view = TlsView.of(context)
    const outer = new Set(limits.outer_names)
    return {
      event: event => view.event(event),
      session: session => { view.session(session) },
      end() {
        const byName = new Map<string, Mismatch[]>()
        for (const pair of view.pairs()) {
          const found = mismatchOf(view, pair, outer)
          if (found) byName.set(pair.name, [...byName.get(pair.name) ?? [], found])
        }
        const drafts = [...byName].map(([name, found]) => findingOf(name, found, view, limits))
        // what nothing proves is worth a line only where the clients' own answers speak against it
        return drafts.filter(draft => draft.confidence !== 'low' || draft.count >= limits.min_handshakes).sort((a, b) => b.count - a.count || (a.key[0]! < b.key[0]! ? -1 : 1)).slice(0, limits.max_findings)
      },
    }
  },
  cases: mismatchCases,
})
