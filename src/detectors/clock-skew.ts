import { z } from 'zod'
import { handshake, lookUp, request } from '../detect-support/case-parts.js'
import { CorrectedClocks } from '../detect-support/corrected-clocks.js'
import { Evidence, listed } from '../detect-support/incidents.js'
import { earliest, latest } from '../detect-support/spans.js'
import { SkewSampler, type ClockGroup, type SkewEdge } from '../join/skew-sample.js'
import { toRfc3339 } from '../read/time.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type FindingDraft, type Proof } from './detector.js'

const thresholds = z.strictObject({
  min_offset_ms: z.number().min(100).default(1000).describe('Offsets under this are what delays, queues and coarse stamps make of good clocks.'),
})

type Limits = z.output<typeof thresholds>

const QUARTER_MS = 900_000

/** Zones are whole quarters of an hour. */
const isZone = (offsetMs: number): boolean => { const quarters = Math.round(offsetMs / QUARTER_MS); return quarters !== 0 && Math.abs(offsetMs - quarters * QUARTER_MS) < 2000 }

function proofs(sampler: SkewSampler, edges: readonly SkewEdge[]): Proof[] {
  const evidence = new Evidence(2)
  for (const edge of edges) {
    const [witness] = sampler.witnesses(edge, 1)
    if (!witness) continue
    const at = (path: string, stamp: typeof witness.from, note: string): Proof => ({ event: { id: stamp.id, log: { file: { path }, line: stamp.line }, ts_ms: stamp.ms }, note })
    evidence.add(at(edge.from, witness.from, `${witness.key}: ${toRfc3339(witness.from.ms)} here`), edge.support)
    evidence.add(at(edge.to, witness.to, `${witness.key}: ${toRfc3339(witness.to.ms)} here`), edge.support)
  }
  return evidence.pick()
}

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

function findingOf(sampler: SkewSampler, group: ClockGroup, reference: ClockGroup, limits: Limits): FindingDraft | undefined {
  const { offset_ms: offset, edges, certain } = group
  if (Math.abs(offset) < limits.min_offset_ms || !certain) return undefined
  const seconds = Math.round(offset) / 1000
  const support = edges.reduce((sum, edge) => sum + edge.support, 0)
  const evidence = proofs(sampler, edges)
  const others = reference.paths.filter(path => edges.some(edge => edge.from === path || edge.to === path))
  const zone = isZone(offset)
  const sign = offset > 0 ? 'ahead of' : 'behind'
  return {
    severity: 'low',
    confidence: edges.some(edge => edge.impossible) && edges.length > 1 ? 'high' : 'medium',
    subject: { datasets: group.paths.slice(0, 16) },
    count: support,
    ts_ms: earliest(evidence.map(proof => proof.event.ts_ms)),
    ts_end_ms: latest(evidence.map(proof => proof.event.ts_ms)),
    measured: [
      { field: 'offset', value: seconds, unit: 's', op: '>=', threshold: limits.min_offset_ms / 1000 },
      { field: 'value_s', value: seconds, unit: 's' },
      { field: 'connections and look-ups that agree', value: support },
      { field: 'spread of the middle half', value: Math.max(...edges.map(edge => edge.spread_ms)), unit: 'ms' },
    ],
    evidence,
    message: `The clock of ${listed(group.paths.map(nameOf))} is ${Math.abs(seconds)} s ${sign} that of ${listed(others.map(nameOf))}${zone ? ', whole quarters of an hour: the time zone was read wrong' : ''}`,
    cause: zone ? 'time-zone' : 'clock-offset',
    comparison: `${listed(reference.paths.map(nameOf), 6)} agree among themselves`,
    remediation: zone
      ? 'Say in which zone the log was written: --tz PATTERN=ZONE.'
      : `Correct it for this run with --skew PATTERN=${seconds > 0 ? '-' : '+'}${Math.abs(seconds)}s (or --skew auto), and see why the host's clock is not kept by NTP. Until then joins within the window are missed.`,
    key: [...group.paths],
  }
}

const [IP, SECOND_IP] = ['203.0.113.10', '203.0.113.20']
/** Visits whose handshakes are stamped `shiftMs` later than they happen, `slowMs` pass before the request. */
const visits = (count: number, shiftMs: number, slowMs: (index: number) => number = () => 8): ReturnType<typeof caseEvents> => caseEvents(repeat(count, i => {
  const [name, ip, client, port] = [`site${i % 5}.example.com`, i % 5 < 3 ? IP : SECOND_IP, `192.0.2.${20 + i % 7}`, 40_000 + i]
  const at = i * 1700 + i * i % 400
  return [lookUp({ at, client, name, ips: [ip] }), handshake({ at: at + 6 + shiftMs, client, port, name, ip }), request({ at: at + 6 + slowMs(i), client, port, host: name })]
}))

export default defineDetector({
  id: 'clock-skew',
  name: 'Clocks that disagree',
  version: '1',
  what: 'One log\'s stamps stand a steady offset away from those of other logs about the same connections and look-ups.',
  why: 'Events that belong together lie outside the window and are not joined, and phases between two clocks are wrong.',
  remedy: 'Correct it for this run with --skew PATTERN=±SECONDS or --skew auto, and have the host\'s clock kept by NTP.',
  reference: 'RFC 8633 (NTP best current practices); formats reference 5.11: a wrong zone is a shift by whole quarters of an hour, skew of seconds shows as negative delays',
  needs: [['tls.handshake', 'dns.query', 'dns.response', 'net.connect'], ['tls.handshake', 'http.request']],
  thresholds,
  open(limits) {
    const sampler = new SkewSampler()
    const corrected = new CorrectedClocks()
    return {
      event: event => sampler.see(event),
      session: session => corrected.session(session),
      end() {
        const [reference, ...groups] = sampler.groups(sampler.edges())
        const seen = reference ? groups.map(group => findingOf(sampler, group, reference, limits)).filter(draft => draft !== undefined) : []
        return [...seen, ...corrected.drafts(limits.min_offset_ms)]
      },
    }
  },
  cases: [
    { name: 'the TLS log is 7.3 seconds ahead of DNS and edge', fires: true, events: visits(40, 7300), expects: { severity: 'low', cause: 'clock-offset', findings: 1 } },
    { name: 'the TLS log was written in another time zone', fires: true, events: visits(40, -4 * 3_600_000), expects: { severity: 'low', cause: 'time-zone', findings: 1 } },
    { name: 'clocks within a few hundredths of a second', fires: false, events: visits(40, 40) },
    { name: 'requests that come one to eight seconds after the handshake: slow clients, not clocks', fires: false, events: visits(40, 0, i => 1000 + i * 997 % 7000) },
    { name: 'six visits prove nothing', fires: false, events: visits(6, 7300) },
  ],
})
