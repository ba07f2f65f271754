import { z } from 'zod'
import { causeWords, describe, type Cause } from '../detect-support/certificates.js'
import { invalidCases } from '../detect-support/certificate-cases.js'
import { findInterceptions, type Interception } from '../detect-support/interception.js'
import { interceptionCases } from '../detect-support/interception-cases.js'
import { draftOf as interceptionDraft, INTERCEPTION } from '../detect-support/interception-report.js'
import { IssuerWatch } from '../detect-support/interception-watch.js'
import { listed } from '../detect-support/incidents.js'
import { addressesOf } from '../detect-support/names.js'
import { blameOf, TlsTroubles, type Trouble } from '../detect-support/tls-trouble.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_clients: z.int().min(1).default(2).describe('Clients that must refuse a certificate whose own fields are not seen (TLS 1.3) or say nothing. One alone may lack the CA or have a wrong clock.'),
  high_clients: z.int().min(1).default(3).describe('From so many refusing clients on, when they are the majority, it is of high severity.'),
  min_names: z.int().min(2).default(3).describe('Interception: names of unrelated owners that one issuer, which is no CA of the public, signs for clients of a network, while others see them signed by somebody else.'),
  min_names_alone: z.int().min(3).default(6).describe('Interception: the same where nobody else is seen to ask for these names.'),
  network_bits_4: z.int().min(8).max(32).default(24).describe('Length of the prefix that makes one network of IPv4 addresses.'),
  network_bits_6: z.int().min(16).max(128).default(64).describe('The same for IPv6.'),
  known_issuers: z.array(z.string().min(1).max(200)).max(1000).default([]).describe('CAs that may sign for anybody besides those of the public: beginnings of their organisation or common name, such as that of your own inspecting gateway.'),
})

/** The certificate's own fields tell the cause best, then what clients say. */
function causeOf(trouble: Trouble): Cause {
  return (trouble.faultCauses.top(1)[0]?.[0] ?? trouble.refusalCauses.top().find(([cause]) => cause !== 'refused')?.[0] ?? 'refused') as Cause
}

/** Is a certificate refused because an intercepting proxy made it? Then the interception is what is wrong. */
function isIntercepted({ name, refusing }: Trouble, interceptions: readonly Interception[]): boolean {
  return interceptions.some(({ owners, clients }) => owners.some(({ signed }) => signed.some(one => one.name === name)) && [...refusing].every(client => clients.has(client)))
}

function draftOf(trouble: Trouble, limits: z.output<typeof thresholds>, interceptions: readonly Interception[]): FindingDraft | undefined {
  const { name, refusals, refusing, failed, faults, count } = trouble
  const { whose, others } = blameOf(trouble, limits.min_clients)
  if (whose !== 'certificate') return undefined
  const cause = causeOf(trouble)
  const ips = [...trouble.ips].sort()
  const tries = trouble.failed + trouble.accepted
  const shown = trouble.certificates[0]
  const sure = faults > 0
  const isLoud = refusals + failed > 0
  return {
    severity: !isLoud ? 'informational' : refusing.size >= limits.high_clients && refusing.size > others ? 'high' : 'medium',
    confidence: sure && isLoud ? 'high' : refusing.size >= limits.high_clients ? 'high' : 'medium',
    subject: { hostnames: [name], server_ips: ips, client_ips: addressesOf(trouble.failing) },
    hostname: name,
    count,
    ts_ms: trouble.firstMs,
    ts_end_ms: trouble.lastMs,
    measured: [
      { field: 'handshakes in which the client refused the certificate', value: refusals },
      { field: 'clients that refused it', value: refusing.size, ...(sure ? {} : { op: '>=' as const, threshold: limits.min_clients }) },
      { field: 'clients that accepted it meanwhile', value: others },
      ...(sure ? [{ field: 'certificates seen that are bad by their own fields', value: faults, op: '>=' as const, threshold: 1 }] : []),
      ...(shown ? [{ field: 'certificate', value: describe(shown) }] : []),
      ...(trouble.alerts.size > 0 ? [{ field: 'alerts', value: trouble.alerts.top(4).map(([alert, times]) => `${alert} ${times}x`).join(', ') }] : []),
    ],
    evidence: trouble.evidence.pick(),
    message: `The certificate of ${name}${ips.length > 0 ? ` at ${listed(ips)}` : ''} ${causeWords(cause)}${isLoud ? `: ${failed} of ${tries} handshakes by ${trouble.failing.size} client${trouble.failing.size === 1 ? '' : 's'} fail` : ', but no client minds'}`,
    cause,
    comparison: others > 0 ? `${others} other client${others === 1 ? '' : 's'} got through meanwhile; clients that do not check certificates do` : 'nobody who asked for the name meanwhile got through',
    ...((cause === 'unknown_ca' || cause === 'refused') && isIntercepted(trouble, interceptions) ? { follows: ['certificate-invalid'] } : {}),
    key: [name, cause],
  }
}

export default defineDetector({
  id: 'certificate-invalid',
  name: 'Certificate that clients refuse',
  version: '1',
  what: `A server's certificate for a name is expired, not yet valid, self-signed, from an unknown CA, revoked or for another name: by its own fields, or because several clients refuse it. Or (cause ${INTERCEPTION}) one issuer that is no CA of the public signs unrelated names for the clients of one network, while others get them from somebody else. Where TLS 1.3 or a resumed session hides certificates from the log, only clients' own logs tell of issuers; how many handshakes that are is said. A proxy that takes over a public CA's name is not seen.`,
  why: 'Whoever checks certificates cannot reach the name at all, and people learn to click warnings away.',
  remedy: 'Look at what is served: `openssl s_client -connect ADDRESS:443 -servername NAME -showcerts`. Renew or install the right certificate with its chain on every edge listed, and reload; then find out why the renewal did not happen.',
  reference: 'RFC 5280 section 6 (path validation), RFC 9525 (names), RFC 8446 section 6.2 (alerts 42 to 48); O\'Neill et al., "TLS Proxies: Friend or Foe?" (IMC 2016, arXiv 1407.7146): one connection in 250 is proxied, mostly in good faith, told by comparing what a client gets with what the server shows; Durumeric et al., "The Security Impact of HTTPS Interception" (NDSS 2017); Huang et al., "Analyzing Forged SSL Certificates in the Wild" (IEEE S&P 2014)',
  needs: [['tls.handshake', 'http.request', 'go.module']],
  thresholds,
  open(limits, context) {
    const troubles = TlsTroubles.of(context)
    const issuers = new IssuerWatch(limits.network_bits_4, limits.network_bits_6)
    return {
      event(event) {
        troubles.event(event)
        issuers.event(event)
      },
      session(session) {
        troubles.session(session)
        issuers.session(session)
      },
      end() {
        const rules = { minNames: limits.min_names, minNamesAlone: limits.min_names_alone, knownIssuers: limits.known_issuers, bits4: limits.network_bits_4, bits6: limits.network_bits_6 }
        const interceptions = findInterceptions(issuers.collected(), rules)
        const refused = troubles.all().map(trouble => draftOf(trouble, limits, interceptions)).filter(draft => draft !== undefined)
        return [...refused, ...interceptions.map(found => interceptionDraft(found, limits.min_names, limits.min_names_alone))]
      },
    }
  },
  cases: [...invalidCases, ...interceptionCases],
})
