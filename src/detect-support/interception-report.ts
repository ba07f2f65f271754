/** What is said of an interception: how sure it is, what it rests on, and how to make sure. */
import type { FindingDraft, Proof } from '../detectors/detector.js'
import type { Interception, Owned } from './interception.js'
import { SIGNED } from './interception-watch.js'
import { Evidence, listed } from './incidents.js'
import { addressesOf } from './names.js'
import { earliest, latest } from './spans.js'

/** The word a program can switch on. */
export const INTERCEPTION = 'interception-suspected'

/** Clients that refuse the issuer's certificates from which people are cut off, not only read. */
const MIN_REFUSING = 2

type Grade = Pick<FindingDraft, 'severity' | 'confidence'>

/** Others who see another certificate at the same servers are proof enough to be waked; most such proxies are meant by whoever runs the network (O'Neill et al. 2016). */
function gradeOf({ grade, sameServer, refusing, isProduct }: Interception, minNames: number): Grade {
  const isProven = grade === 'contradicted' && sameServer >= minNames
  const confidence = isProven ? 'high' : grade === 'contradicted' || isProduct ? 'medium' : 'low'
  if (refusing.size >= MIN_REFUSING && grade === 'contradicted') return { severity: isProven ? 'high' : 'medium', confidence }
  return { severity: isProven ? 'medium' : grade === 'alone' ? 'informational' : 'low', confidence }
}

const domainsOf = (owners: readonly Owned[]): string[] => owners.map(({ signed }) => [...signed].sort((a, b) => b.handshakes - a.handshakes || (a.name < b.name ? -1 : 1))[0]!.name).sort()

function othersOf(owners: readonly Owned[]): { issuers: string[], networks: string[] } {
  const all = owners.flatMap(one => one.elsewhere)
  return { issuers: [...new Set(all.map(one => one.issuer.short))].sort(), networks: [...new Set(all.map(one => one.network))].sort() }
}

function comparisonOf({ owners, contradicted, grade, unseen, networks }: Interception): string {
  const { issuers, networks: others } = othersOf(owners)
  const hidden = unseen === 0 ? '' : `; ${unseen} handshake${unseen === 1 ? '' : 's'} of ${networks.length === 1 ? 'this network' : 'these networks'} show no certificate (TLS 1.3 hides it from a tap, and resumed sessions send none)`
  const who = owners.some(one => one.seenBy === 'network') ? `clients of ${listed(others)}` : 'other clients of the same network'
  const told = contradicted > 0 ? `${who} meanwhile see ${contradicted === owners.length ? 'them' : `${contradicted} of them`} signed by ${listed(issuers)}` : grade === 'confined' ? 'no other network sees this issuer' : 'nobody else was seen to ask for these names, so this may also be a CA that is not known here'
  return `${told}; no CA of the public, no certificate shared by these names, and they are of different owners${hidden}`
}

/** Lines for the issuer and, beside them, those that show another for the same name. */
function proofsOf({ owners, issuer }: Interception): Proof[] {
  const evidence = new Evidence(5)
  const note = (what: string, name: string, words: string): string => what === SIGNED ? `${name} is signed by ${words}` : what === 'http.request' ? `a request for ${name} on that connection` : what === 'tls.handshake' ? `the handshake for ${name}, in another log` : `${name} is looked up`
  owners.forEach(({ signed, elsewhere }, at) => {
    const early = at < 2 ? 3 : 0 // both sides of two names come first
    for (const one of signed.slice(0, 2)) for (const proof of one.proofs) evidence.add({ event: proof.event, note: note(proof.note, one.name, issuer.words) }, 2 + early)
    for (const one of elsewhere.slice(0, 1)) for (const proof of one.proofs) evidence.add({ event: proof.event, note: note(proof.note, one.name, `${one.issuer.words} for ${one.network}`) }, 1 + early)
  })
  return evidence.pick()
}

/** Whom the networks are: addresses, or a machine that is only known by its log. */
const whoRuns = (networks: readonly string[]): string => networks.every(network => network.includes('/') && /\/\d+$/.test(network)) ? listed(networks) : 'these machines'

/** The finding for an interception. */
export function draftOf(found: Interception, minNames: number, minAlone: number): FindingDraft {
  const { issuer, owners, networks, clients, refusing, handshakes, contradicted, sameServer, share, grade, isProduct, unseen } = found
  const signed = owners.flatMap(one => one.signed)
  const names = domainsOf(owners)
  const { issuers, networks: others } = othersOf(owners)
  const shown = names[0]!
  const server = signed.find(one => one.name === shown && one.servers.size > 0)
  const [ip = shown] = server ? [...server.servers].sort() : []
  const at = ip.includes(':') ? `[${ip}]:443` : `${ip}:443`
  return {
    ...gradeOf(found, minNames),
    // no server is at fault, and other clients see it as it is
    subject: { hostnames: [...new Set(signed.map(one => one.name))].sort().slice(0, 32), client_ips: addressesOf(clients) },
    count: handshakes, ts_ms: earliest(signed.map(one => one.firstMs)), ts_end_ms: latest(signed.map(one => one.lastMs)), cause: INTERCEPTION,
    measured: [
      { field: 'issuer', value: issuer.words },
      { field: 'unrelated names it signs for these clients', value: owners.length, op: '>=', threshold: grade === 'contradicted' || isProduct ? minNames : minAlone },
      { field: 'of them signed by another issuer for other clients', value: contradicted, ...(grade === 'contradicted' ? { op: '>=' as const, threshold: minNames } : {}) },
      { field: 'of them at the very same servers', value: sameServer },
      { field: 'share of the unrelated names that these networks see', value: share },
      { field: 'client networks', value: listed(networks, 6) },
      ...(issuers.length > 0 ? [{ field: 'issuers that others see', value: listed(issuers, 6) }, { field: 'networks that see them', value: listed(others, 6) }] : []),
      { field: 'clients that refuse its certificates', value: refusing.size },
      ...(isProduct ? [{ field: 'known as a product that inspects TLS', value: 'yes' }] : []),
      { field: 'handshakes whose certificate is not seen', value: unseen },
    ],
    evidence: proofsOf(found),
    message: `Interception suspected: ${issuer.words} signs certificates of ${owners.length} unrelated names (${listed(names)}) for ${clients.size} client${clients.size === 1 ? '' : 's'} of ${listed(networks)}${contradicted > 0 ? `, which others get from ${listed(issuers)}` : ''}${refusing.size > 0 ? `; ${refusing.size} client${refusing.size === 1 ? '' : 's'} refuse${refusing.size === 1 ? 's' : ''} them` : ''}`,
    comparison: comparisonOf(found),
    remediation: `Ask whoever runs ${whoRuns(networks)} whether TLS is inspected there: then name its CA in the threshold known_issuers, and see to it that it checks the servers behind it. Compare, from a client of that network and from elsewhere: \`openssl s_client -connect ${at} -servername ${shown} </dev/null | openssl x509 -noout -issuer -fingerprint -sha256\`, and \`curl -sv -o /dev/null https://${shown}/\`. If nobody knows of it, take what went over these connections for read: take the CA from the clients' trust stores, find the device on their way out, and change passwords and sessions.`,
    key: [INTERCEPTION, issuer.key],
  }
}
