import { z } from 'zod'
import { describe } from '../detect-support/certificates.js'
import { Evidence, listed, Tally } from '../detect-support/incidents.js'
import { findHijacks, HIJACK_SCORE, type Hijack, type Sign } from '../detect-support/hijack.js'
import { hijackCases } from '../detect-support/hijack-cases.js'
import { earliest, latest } from '../detect-support/spans.js'
import { TlsView } from '../detect-support/tls-view.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_score: z.int().min(3).default(HIJACK_SCORE).describe('Points on the ladder of signs. A new address whose certificate clients refuse has 3, and may be a broken server; each further sign (nothing served, resolvers disagree, the change was taken back, several names) adds one.'),
  high_score: z.int().min(4).default(6).describe('From so many points on it is of high severity.'),
  min_handshakes: z.int().min(1).default(2).describe('Handshakes to the foreign address; one alone is informational.'),
})

const SIGNS: Readonly<Record<Sign, string>> = {
  'new-address': 'the address is outside the name\'s known set',
  'answer-in-dns': 'a resolver gave it',
  'certificate-refused': 'clients refuse the certificate there',
  'foreign-certificate': 'the certificate there is not one for this name, or vouches for itself',
  'other-certificate': 'another certificate is shown there',
  'handshakes-fail': 'handshakes there fail',
  'resolvers-disagree': 'other resolvers lead to the known address meanwhile',
  'nothing-served': 'no request for the name reaches the edge from there',
  'several-names': 'other names are led to the same address',
  'went-back': 'the known address is used before and again after it',
}

/** All foreign addresses of one name: one incident. */
function findingOf(name: string, found: readonly Hijack[], view: TlsView, limits: z.output<typeof thresholds>): FindingDraft {
  const pairs = found.map(one => one.pair)
  const handshakes = pairs.reduce((sum, pair) => sum + pair.handshakes, 0)
  const score = Math.max(...found.map(one => one.score))
  const signs = [...new Set(found.flatMap(one => one.signs))]
  const ips = pairs.map(pair => pair.ip).sort()
  const homes = [...new Set(found.flatMap(one => [...one.homes.map(home => home.ip), ...one.known]))].sort()
  const resolvers = [...new Set(found.flatMap(one => one.resolvers))].sort()
  const faithful = [...new Set(found.flatMap(one => one.faithful))].sort()
  const clients = new Tally(64)
  for (const pair of pairs) for (const [client, count] of pair.clients.top()) clients.add(client, count)
  const answers = pairs.map(pair => view.asked.get(name)?.addresses.get(pair.ip)).filter(one => one !== undefined)
  const refusals = pairs.reduce((sum, pair) => sum + pair.refusals, 0)
  const shown = pairs.flatMap(pair => pair.certificates)[0]
  return {
    severity: handshakes < limits.min_handshakes ? 'informational' : score >= limits.high_score ? 'high' : 'medium',
    confidence: score >= limits.high_score ? 'high' : 'medium',
    subject: { hostnames: [name], server_ips: ips, client_ips: clients.words(16), resolvers },
    hostname: name,
    count: handshakes,
    ts_ms: earliest([...pairs.map(pair => pair.firstMs), ...answers.map(one => one.firstMs)]),
    ts_end_ms: latest([...pairs.map(pair => pair.lastMs), ...answers.map(one => one.lastMs)]),
    measured: [
      { field: 'score', value: score, op: '>=', threshold: limits.min_score },
      { field: 'signs', value: signs.map(sign => SIGNS[sign]).join('; ') },
      { field: 'handshakes', value: handshakes, op: '>=', threshold: limits.min_handshakes },
      { field: 'refused by clients', value: refusals },
      { field: 'DNS answers with the address', value: answers.reduce((sum, one) => sum + one.count, 0) },
      ...(shown ? [{ field: `certificate at ${ips[0]}`, value: describe(shown) }] : []),
    ],
    evidence: proofs(name, found, view),
    message: `${name} is led to ${listed(ips)}${homes.length > 0 ? ` instead of ${listed(homes)}` : ', like other names that live elsewhere'}: ${handshakes} handshakes by ${clients.size} client${clients.size === 1 ? '' : 's'}; ${signs.filter(sign => sign !== 'new-address').map(sign => SIGNS[sign]).join(', ')}`,
    cause: resolvers.length > 1 && faithful.length === 0 ? 'all-resolvers' : 'one-resolver',
    comparison: faithful.length > 0 ? `${listed(faithful)} led to ${listed(homes)} at the same time` : homes.length === 0 ? 'no other address of the name is seen in these logs; other names led to the same address have one' : `the known address${homes.length > 1 ? 'es' : ''} ${listed(homes)} served the name${signs.includes('went-back') ? ' before and after' : ''}`,
    key: [name],
  }
}

function proofs(name: string, found: readonly Hijack[], view: TlsView): FindingDraft['evidence'] {
  const evidence = new Evidence()
  for (const { pair, homes } of found) {
    evidence.addAll(pair.evidence.pick(), 3)
    const answered = view.asked.get(name)?.addresses.get(pair.ip)
    if (answered) evidence.add(answered.proof, 4)
    for (const home of homes.slice(0, 2)) {
      const known = view.asked.get(name)?.addresses.get(home.ip)
      if (known) evidence.add(known.proof, 1)
      evidence.addAll(home.evidence.pick(3).map(({ event }) => ({ event, note: `${name} at its known address ${home.ip}` })), 1)
    }
  }
  const asked = view.asked.get(name)
  if (asked && asked.addresses.size === 0) evidence.add(asked.proof, 1)
  return evidence.pick()
}

export default defineDetector({
  id: 'dns-hijack',
  name: 'Name led to a foreign address',
  version: '1',
  what: 'A name\'s DNS answer, or the address its handshakes go to, leaves its known set, and TLS there fails or shows another certificate, while other signs agree.',
  why: 'Visitors land on somebody else\'s server. Those who check the certificate see an error; those who do not give away passwords, sessions and content.',
  remedy: 'Ask the resolvers listed and the authoritative servers for the name (`dig @RESOLVER NAME`, `dig +trace NAME`) and compare. One resolver only: flush its cache, look at its hosts file, local zones and forwarders. All of them: check the zone, the registrar account and the delegation at once. Then change what went over those connections.',
  reference: 'Pearce et al., "Global Measurement of DNS Manipulation" (USENIX Security 2017); Tsai et al., "CERTainty" (PETS 2023): an answer is cleared by a certificate that verifies; Akiwate et al., "Retroactive Identification of Targeted DNS Infrastructure Hijacking" (IMC 2022)',
  needs: ['tls.handshake', ['dns.query', 'dns.response']],
  thresholds,
  open(limits, context) {
    const view = TlsView.of(context)
    return {
      event: event => view.event(event),
      session: session => { view.session(session) },
      end() {
        const byName = new Map<string, Hijack[]>()
        for (const [pair, found] of findHijacks(view, limits.min_score)) byName.set(pair.name, [...byName.get(pair.name) ?? [], found])
        return [...byName].map(([name, found]) => findingOf(name, found, view, limits)).sort((a, b) => b.count - a.count || (a.key[0]! < b.key[0]! ? -1 : 1))
      },
    }
  },
  cases: hijackCases,
})
