/** Clocks that `--skew auto` found wrong and corrected: the events show nothing of it any more, only the sessions say what was done. */
import type { FindingDraft } from '../detectors/detector.js'
import type { Session } from '../schema/session.js'
import { Evidence, listed, proofsOf } from './incidents.js'
import { earliest, latest } from './spans.js'

/** Offsets so close together are one clock's, ms: an estimate is no finer. */
const SAME_CLOCK_MS = 250

interface Corrected { readonly path: string, readonly offsetMs: number, joined: number, readonly partners: Set<string>, readonly evidence: Evidence }

const nameOf = (path: string): string => path.slice(path.lastIndexOf('/') + 1)

/** Collects what sessions say of corrections. */
export class CorrectedClocks {
  private readonly clocks = new Map<string, Corrected>()

  /** @param session `join.skew_ms` holds the correction per input, in ms: the opposite of how far its clock is ahead. */
  session(session: Session): void {
    const corrections = session.join.skew_ms
    if (!corrections) return
    const files = new Set(session.members.map(member => member.file))
    if (files.size < 2) return
    for (const file of files) {
      const correction = corrections[file]
      if (correction === undefined) continue
      let clock = this.clocks.get(file)
      if (!clock) this.clocks.set(file, clock = { path: file, offsetMs: -correction, joined: 0, partners: new Set(), evidence: new Evidence(2) })
      clock.joined++
      for (const other of files) if (corrections[other] === undefined && clock.partners.size < 32) clock.partners.add(other)
      if (clock.joined <= 2) clock.evidence.addAll(proofsOf(session, member => member.file === file ? 'its stamp, corrected, falls in with the others' : corrections[member.file] === undefined ? 'the same visit by another clock' : undefined))
    }
  }

  /** One draft a clock; files whose clocks are off by the same are one host's. Those under `leastMs` are left out. */
  drafts(leastMs: number): FindingDraft[] {
    const groups: Corrected[][] = []
    for (const clock of [...this.clocks.values()].sort((a, b) => a.offsetMs - b.offsetMs || (a.path < b.path ? -1 : 1))) {
      if (Math.abs(clock.offsetMs) < leastMs) continue
      const group = groups.at(-1)
      if (group && clock.offsetMs - group[0]!.offsetMs <= SAME_CLOCK_MS) group.push(clock)
      else groups.push([clock])
    }
    return groups.map(group => draftOf(group))
  }
}

function draftOf(group: readonly Corrected[]): FindingDraft {
  const seconds = Math.round(group[0]!.offsetMs) / 1000
  const paths = group.map(clock => clock.path).sort()
  const partners = [...new Set(group.flatMap(clock => [...clock.partners]))].sort()
  const evidence = new Evidence(2)
  for (const clock of group) evidence.addAll(clock.evidence.pick())
  const proofs = evidence.pick()
  return {
    severity: 'low',
    confidence: 'medium',
    subject: { datasets: paths.slice(0, 16) },
    count: group.reduce((sum, clock) => sum + clock.joined, 0),
    ts_ms: earliest(proofs.map(proof => proof.event.ts_ms)),
    ts_end_ms: latest(proofs.map(proof => proof.event.ts_ms)),
    measured: [{ field: 'offset', value: seconds, unit: 's' }, { field: 'value_s', value: seconds, unit: 's' }, { field: 'sessions joined after the correction', value: group.reduce((sum, clock) => sum + clock.joined, 0) }],
    evidence: proofs,
    message: `The clock of ${listed(paths.map(nameOf))} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} that of ${listed(partners.map(nameOf))}; this run corrects it`,
    cause: 'clock-offset',
    remediation: 'The join is right in this run. See why the host\'s clock is not kept by NTP; until then state the offset with --skew PATTERN=±SECONDS, or go on with --skew auto.',
    key: paths,
  }
}
