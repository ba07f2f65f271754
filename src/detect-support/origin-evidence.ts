/** The lines that prove an incident at an origin: every log first, then every name. */
import { MAX_EVIDENCE, type Proof } from '../detectors/detector.js'
import type { OriginIncident } from './origin-incidents.js'

/** A line that shows what is well: one of each log is enough. */
const isContext = (proof: Proof): boolean => /^(?:the client reached|the name had)/.test(proof.note)

/** One line of every log first, then one of every name, then the most telling of the rest. */
export function evidenceOf(incident: OriginIncident): Proof[] {
  const perName = incident.members.map(member => member.parts.flatMap(part => part.state.evidence.pick(2 * MAX_EVIDENCE)))
  const chosen: Proof[] = []
  const has = (proof: Proof): boolean => chosen.some(one => one.event.id === proof.event.id)
  const files = new Set<string>()
  for (const proof of perName.flat()) {
    if (files.has(proof.event.log.file.path)) continue
    files.add(proof.event.log.file.path)
    chosen.push(proof)
  }
  for (const proofs of perName) {
    const next = proofs.find(proof => !has(proof) && !isContext(proof))
    if (next) chosen.push(next)
  }
  for (const proof of perName.flat()) if (!has(proof) && !isContext(proof)) chosen.push(proof)
  return chosen.slice(0, MAX_EVIDENCE)
}
