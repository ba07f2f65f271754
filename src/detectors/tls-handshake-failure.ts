import { z } from 'zod'
import { describe } from '../detect-support/certificates.js'
import { failureCases } from '../detect-support/handshake-cases.js'
import { listed } from '../detect-support/incidents.js'
import { addressesOf } from '../detect-support/names.js'
import { NamelessFailures, type Nameless } from '../detect-support/nameless.js'
import { shareAtLeast } from '../detect-support/stats.js'
import { blameOf, othersOf, seeminglyOthers, TlsTroubles, type Trouble } from '../detect-support/tls-trouble.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_failures: z.int().min(1).default(3).describe('Failed handshakes for one name that make an incident.'),
  low_failures: z.int().min(1).default(5).describe('From so many on, by several clients, it is of low severity at least; one client that distrusts what others accept is so from min_failures on.'),
  min_share: z.number().min(0).max(1).default(0.2).describe('Share of the handshakes meanwhile that fail, unless a single client fails with nearly all of its own. Clients that give up (the slower address of Happy Eyeballs, closed tabs) are always a few percent.'),
  medium_share: z.number().min(0).max(1).default(0.5).describe('From this share on, with several clients, it is of medium severity.'),
  medium_clients: z.int().min(1).default(3).describe('Clients that must fail for medium severity.'),
  many_clients: z.int().min(1).default(10).describe('Clients that the server turns away, from which it is of medium severity at any share above min_share.'),
  min_nameless: z.int().min(1).default(10).describe('Failed handshakes without a name at one address: scanners and health checks make a few.'),
  min_clients: z.int().min(1).default(2).describe('Clients that must refuse a certificate before the certificate is to blame and not the client; as in certificate-invalid.'),
})

type Limits = z.output<typeof thresholds>

const PROTOCOL = new Set(['protocol_version', 'handshake_failure', 'insufficient_security', 'no_application_protocol', 'inappropriate_fallback', 'illegal_parameter', 'decode_error', 'unsupported_extension', 'missing_extension'])

/** What ends the handshakes: a word, and the rest of a sentence. */
function causeOf(trouble: Trouble): { cause: string, words: string } {
  const [alert = ''] = trouble.alerts.top(1)[0] ?? []
  const [from, name = ''] = alert.split(' ')
  if (trouble.refusals * 2 > trouble.failed) {
    const cause = trouble.refusalCauses.top(1)[0]?.[0]
    const inTime = cause === 'expired' || cause === 'not_yet_valid'
    return inTime ? { cause: 'client-clock', words: 'it takes a certificate for out of date that is not: its clock is wrong' } : { cause: 'client-trust', words: 'it does not trust a certificate that others accept: its trust store lacks the CA, or something on its way replaces the certificate' }
  }
  if (PROTOCOL.has(name)) return { cause: 'protocol', words: `no common protocol: ${name} from the ${from}` }
  if (from === 'server') return { cause: 'refused-by-server', words: `the server ends them with ${name}` }
  return name === '' ? { cause: 'broken-off', words: 'they are broken off without an alert' } : { cause: 'refused-by-client', words: `clients end them with ${name}` }
}

function draftOf(trouble: Trouble, limits: Limits): FindingDraft | undefined {
  const { name, failed, accepted, failing, refusals } = trouble
  if (failed < limits.min_failures || blameOf(trouble, limits.min_clients).whose === 'certificate') return undefined
  const share = failed / (failed + accepted)
  const others = othersOf(trouble)
  const { cause, words } = causeOf(trouble)
  const alone = failing.size <= 1
  // a handshake broken off without a word is what leaving visitors do; it takes a majority to be one thing
  const needed = cause === 'broken-off' ? Math.max(limits.min_share, limits.medium_share) : limits.min_share
  // of those only the lower end of what the sample allows counts
  if ((cause === 'broken-off' ? shareAtLeast(failed, failed + accepted) : share) < needed && !(alone && refusals > 0)) return undefined
  // whom the server turns away stays away: many of them are an outage, though others still get through
  const many = (cause === 'protocol' || cause === 'refused-by-server') && failing.size >= limits.many_clients
  const medium = !alone && (share >= limits.medium_share || many) && failing.size >= limits.medium_clients && cause !== 'client-trust' && cause !== 'client-clock'
  const shown = trouble.certificates[0]
  const ips = [...trouble.ips].sort()
  const who = [...failing].sort()
  return {
    severity: medium ? 'medium' : !(refusals > 0 && seeminglyOthers(trouble) > 0) && (failed < limits.low_failures || alone) ? 'informational' : 'low',
    confidence: refusals > 0 && others > 0 || medium ? 'high' : 'medium',
    subject: { hostnames: [name], server_ips: ips, client_ips: addressesOf(who) },
    hostname: name,
    count: failed,
    ts_ms: trouble.firstMs,
    ts_end_ms: trouble.lastMs,
    measured: [
      { field: 'failed handshakes', value: failed, op: '>=', threshold: limits.min_failures },
      { field: 'share of handshakes that fail', value: share, op: '>=', threshold: limits.min_share },
      { field: 'clients that fail', value: failing.size },
      { field: 'clients that get through meanwhile', value: others },
      ...(trouble.alerts.size > 0 ? [{ field: 'alerts', value: trouble.alerts.top(4).map(([alert, times]) => `${alert} ${times}x`).join(', ') }] : []),
      ...(shown ? [{ field: 'certificate', value: describe(shown) }] : []),
    ],
    evidence: trouble.evidence.pick(),
    message: `${failed} handshakes for ${name}${ips.length > 0 ? ` at ${listed(ips)}` : ''} fail, by ${alone ? `one client${who[0] === undefined ? '' : ` (${who[0]})`}` : `${failing.size} clients`}: ${words}`,
    cause,
    comparison: others > 0 ? `${others} other client${others === 1 ? '' : 's'} got through to the same name meanwhile, in ${accepted} handshakes` : 'no other client was seen to get through to the name meanwhile',
    // who refuses a certificate may be behind whatever is wrong with it
    ...(refusals > 0 && cause !== 'protocol' && cause !== 'refused-by-server' ? { follows: ['certificate-invalid'] } : {}),
    ...(cause === 'client-trust' || cause === 'client-clock' ? { remediation: 'Nothing is wrong with the server. On the client listed, see which CAs its trust store holds, its clock, and whether a proxy or virus scanner stands in between.' } : {}),
    key: [name, cause],
  }
}

function namelessDraft(one: Nameless, limits: Limits): FindingDraft | undefined {
  const share = one.count / (one.count + one.worked)
  if (one.count < limits.min_nameless || share < limits.min_share) return undefined
  const isBroad = one.clients.size >= limits.medium_clients && share >= limits.medium_share
  const place = one.ip ?? one.log
  return {
    severity: isBroad ? 'medium' : one.clients.size > 1 ? 'low' : 'informational',
    confidence: isBroad ? 'medium' : 'low',
    subject: { ...(one.ip === undefined ? { datasets: [one.log] } : { server_ips: [one.ip] }), client_ips: one.clients.words(16) },
    count: one.count,
    ts_ms: one.firstMs,
    ts_end_ms: one.lastMs,
    measured: [
      { field: 'failed handshakes without a name', value: one.count, op: '>=', threshold: limits.min_nameless },
      { field: 'share', value: share, op: '>=', threshold: limits.min_share },
      ...(one.alerts.size > 0 ? [{ field: 'alerts', value: one.alerts.top(4).map(([alert, times]) => `${alert} ${times}x`).join(', ') }] : []),
    ],
    evidence: one.evidence.pick(),
    message: `${one.count} handshakes without a name fail at ${place}, by ${one.clients.size} client${one.clients.size === 1 ? '' : 's'}`,
    cause: 'no-name',
    comparison: `${one.worked} others at the same place worked meanwhile`,
    key: [place],
  }
}

export default defineDetector({
  id: 'tls-handshake-failure',
  name: 'TLS handshakes that fail',
  version: '1',
  what: 'Handshakes for a name end in an alert or are broken off, again and again, for reasons other than a bad certificate: no common protocol, a server that refuses, or one client that distrusts what others accept.',
  why: 'Those clients see no page at all, and nothing of it stands in the access log.',
  remedy: 'Try what fails: `openssl s_client -connect ADDRESS:443 -servername NAME -tls1_2` (and -tls1_3, -alpn h2). Compare protocol versions, ciphers and ALPN of the edge listed with those that work.',
  reference: 'RFC 8446 section 6.2 (error alerts); RFC 8305 (Happy Eyeballs leaves handshakes unfinished by design)',
  needs: ['tls.handshake'],
  thresholds,
  open(limits, context) {
    const troubles = TlsTroubles.of(context)
    const nameless = new NamelessFailures()
    return {
      event: event => troubles.event(event),
      session(session) {
        troubles.session(session)
        nameless.session(session)
      },
      end: () => [...troubles.all().map(trouble => draftOf(trouble, limits)), ...nameless.all().map(one => namelessDraft(one, limits))].filter(draft => draft !== undefined),
    }
  },
  cases: failureCases,
})
