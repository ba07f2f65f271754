import { z } from 'zod'
import { failureCases } from '../detect-support/dns-cases.js'
import { DnsFailures, type Failing } from '../detect-support/dns-failures.js'
import { listed } from '../detect-support/incidents.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  min_failures: z.int().min(1).default(3).describe('Failed look-ups of one zone, retries counted once, that make an incident.'),
  min_share: z.number().min(0).max(1).default(0.5).describe('Share of the look-ups of those names meanwhile that fail; a single lost packet is repaired by the next try.'),
  min_clients: z.int().min(1).default(2).describe('Clients that must be affected where the name was never seen to work; one client\'s broken or mistyped name is its own affair.'),
  high_failures: z.int().min(1).default(20).describe('From so many failures on, by several clients, it is of high severity.'),
  popular_clients: z.int().min(1).default(5).describe('Clients that ask for a name that never existed before it is mentioned (informational).'),
})

type Limits = z.output<typeof thresholds>

const WORDS: Readonly<Record<string, string>> = { SERVFAIL: 'the resolver gets no valid answer (SERVFAIL)', REFUSED: 'the resolver refuses', NXDOMAIN: 'the name does not exist (NXDOMAIN)', timeout: 'nobody answers', FORMERR: 'the question is not understood (FORMERR)', NOTIMP: 'the question is not supported (NOTIMP)' }
const CAUSES: Readonly<Record<string, string>> = { SERVFAIL: 'servfail', REFUSED: 'refused', NXDOMAIN: 'nxdomain', timeout: 'timeout' }

function severityOf({ code, count, clients, worked }: Failing, limits: Limits): FindingDraft['severity'] | undefined {
  const several = clients.size >= limits.min_clients
  // a name that never existed is a typo, a tracker gone or a misconfigured program: nobody's outage
  if (code === 'NXDOMAIN' && !worked) return clients.size >= limits.popular_clients ? 'informational' : undefined
  if (!worked && !several) return 'informational'
  return several && count >= limits.high_failures ? 'high' : worked && several ? 'medium' : 'low'
}

function draftOf(failing: Failing, limits: Limits): FindingDraft | undefined {
  const { zone, code, names, count, healthy, clients, resolvers, worked } = failing
  const share = count / (count + healthy)
  const severity = severityOf(failing, limits)
  if (count < limits.min_failures || share < limits.min_share || severity === undefined) return undefined
  const hostnames = names.words(32)
  return {
    severity,
    confidence: worked && clients.size > 1 ? 'high' : 'medium',
    subject: { hostnames, client_ips: clients.words(16), resolvers: resolvers.words(16) },
    ...(hostnames.length === 1 ? { hostname: hostnames[0] } : {}),
    count,
    ts_ms: failing.firstMs,
    ts_end_ms: failing.lastMs,
    measured: [
      { field: 'failed look-ups', value: count, op: '>=', threshold: limits.min_failures },
      { field: 'share of look-ups that fail', value: share, op: '>=', threshold: limits.min_share },
      { field: 'clients', value: clients.size },
      { field: 'worked at another time', value: worked ? 'yes' : 'no' },
    ],
    evidence: failing.evidence.pick(),
    message: `${count} look-ups of ${listed(hostnames)} by ${clients.size} client${clients.size === 1 ? '' : 's'} fail: ${WORDS[code] ?? code}${worked ? ', though they work at other times' : ''}`,
    cause: CAUSES[code] ?? 'other',
    comparison: failing.elsewhere > 0 ? `${failing.elsewhere} look-ups of other names at ${listed(resolvers.words())} were answered meanwhile` : `no other name was answered at ${listed(resolvers.words())} meanwhile: the resolver itself may be down`,
    key: [zone, code],
  }
}

export default defineDetector({
  id: 'dns-failure',
  name: 'Names that cannot be resolved',
  version: '1',
  what: 'Look-ups of the names of one zone end in SERVFAIL, REFUSED, no such name or no answer at all, in a burst; mistyped and made-up names, search suffixes and answers without data are left out.',
  why: 'Without an address there is no connection: the site is down for everybody whose cache has run out.',
  remedy: 'Ask the resolver listed and the zone\'s own servers (`dig @RESOLVER NAME`, `dig +trace NAME`, `dig +cd NAME` for DNSSEC). SERVFAIL: look at delegation, signatures and reachability of the authoritative servers. NXDOMAIN for a name that worked: look for a deleted record.',
  reference: 'RFC 1035 section 4.1.1 (RCODE), RFC 8020 (NXDOMAIN), RFC 2308 (no data is no failure), RFC 8914 (extended errors)',
  needs: [['dns.response', 'dns.query']],
  thresholds,
  open(limits, context) {
    const failures = new DnsFailures(context)
    return {
      event: event => failures.event(event),
      end: () => failures.all().map(failing => draftOf(failing, limits)).filter(draft => draft !== undefined),
    }
  },
  cases: failureCases,
})
