import { z } from 'zod'
import { causeWords, describe, type Cause } from '../detect-support/certificates.js'
import { invalidCases } from '../detect-support/certificate-cases.js'
import { listed } from '../detect-support/incidents.js'
import { addressesOf } from '../detect-support/names.js'
import { blameOf, TlsTroubles, type Trouble } from '../detect-support/tls-trouble.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_clients: z.int().min(1).default(2).describe('Clients that must refuse a certificate whose own fields are not seen (TLS 1.3) or say nothing. One alone may lack the CA or have a wrong clock.'),
  high_clients: z.int().min(1).default(3).describe('From so many refusing clients on, when they are the majority, it is of high severity.'),
})

/** The certificate's own fields tell the cause best, then what clients say. */
function causeOf(trouble: Trouble): Cause {
  return (trouble.faultCauses.top(1)[0]?.[0] ?? trouble.refusalCauses.top().find(([cause]) => cause !== 'refused')?.[0] ?? 'refused') as Cause
}

function draftOf(trouble: Trouble, limits: z.output<typeof thresholds>): FindingDraft | undefined {
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
    key: [name, cause],
  }
}

export default defineDetector({
  id: 'certificate-invalid',
  name: 'Certificate that clients refuse',
  version: '1',
  what: 'A server\'s certificate for a name is expired, not yet valid, self-signed, from an unknown CA, revoked or for another name: by its own fields, or because several clients refuse it.',
  why: 'Whoever checks certificates cannot reach the name at all, and people learn to click warnings away.',
  remedy: 'Look at what is served: `openssl s_client -connect ADDRESS:443 -servername NAME -showcerts`. Renew or install the right certificate with its chain on every edge listed, and reload; then find out why the renewal did not happen.',
  reference: 'RFC 5280 section 6 (path validation), RFC 9525 (names), RFC 8446 section 6.2 (alerts 42 to 48)',
  needs: [['tls.handshake', 'http.request', 'go.module']],
  thresholds,
  open(limits, context) {
    const troubles = TlsTroubles.of(context)
    return {
      event: event => troubles.event(event),
      session: session => troubles.session(session),
      end: () => troubles.all().map(trouble => draftOf(trouble, limits)).filter(draft => draft !== undefined),
    }
  },
  cases: invalidCases,
})
