/**
 * One incident wakes somebody once: what is only the consequence of another finding says so and is told as information, and the finding that
 * stands for the incident is as severe as the worst that follows from it.
 */
import { SEVERITIES, type Finding, type Severity } from '../schema/finding.js'

/** A finding, and the rules whose incidents would explain it, the likeliest first. */
export interface Told { readonly finding: Finding, readonly follows: readonly string[] }

/** Clocks and log delays apart, a consequence lies within its cause's time; ms. */
const SLACK_MS = 2000

const namesOf = ({ hostname, subject }: Finding): Set<string> => new Set([...(hostname === undefined ? [] : [hostname]), ...subject.hostnames ?? []])

function isMeanwhile(a: Finding, b: Finding): boolean {
  if (a.ts_ms === undefined || b.ts_ms === undefined) return true // a trace without times: the name has to do
  return a.ts_ms <= (b.ts_end_ms ?? b.ts_ms) + SLACK_MS && b.ts_ms <= (a.ts_end_ms ?? a.ts_ms) + SLACK_MS
}

function isAkin(a: Finding, b: Finding): boolean {
  const lines = new Set(a.evidence.map(line => line.event_id))
  if (b.evidence.some(line => lines.has(line.event_id))) return true
  const modules = [a.subject.modules ?? [], b.subject.modules ?? []] as const
  if (modules.every(list => list.length > 0) && !modules[0].some(module => modules[1].includes(module))) return false
  const names = namesOf(a)
  return [...namesOf(b)].some(name => names.has(name)) && isMeanwhile(a, b)
}

function causeOf(told: Told, all: readonly Told[]): Told | undefined {
  for (const rule of told.follows) {
    const cause = all.find(other => other !== told && other.finding.rule.id === rule && other.finding.severity_id > 1 && isAkin(told.finding, other.finding))
    if (cause) return cause
  }
  return undefined
}

/** Follows causes to their end; a circle ends where it began. */
function rootOf(told: Told, causes: ReadonlyMap<Told, Told>): Told {
  let at = told
  for (let steps = 0; steps < causes.size; steps++) {
    const next = causes.get(at)
    if (next === undefined) return at
    at = next
  }
  return at
}

const withSeverity = (finding: Finding, severity: Severity): Finding => ({ ...finding, severity, severity_id: SEVERITIES.indexOf(severity) + 1 })

/** Folds consequences into what they follow from. Informational findings stay as they are. */
export function foldConsequences(all: readonly Told[]): Finding[] {
  const causes = new Map<Told, Told>()
  for (const told of all) {
    const cause = told.finding.severity_id > 1 ? causeOf(told, all) : undefined
    if (cause && rootOf(cause, causes) !== told) causes.set(told, cause)
  }
  const brought = new Map<Told, Finding[]>()
  for (const told of causes.keys()) {
    const root = rootOf(told, causes)
    brought.set(root, [...brought.get(root) ?? [], told.finding])
  }
  return all.map(told => {
    const { finding } = told
    if (causes.has(told)) {
      const root = rootOf(told, causes).finding
      return { ...withSeverity(finding, 'informational'), message: `${finding.message}; follows from ${root.rule.id}${root.hostname === undefined ? '' : ` of ${root.hostname}`}`, follows_from: root.fingerprint }
    }
    const worse = brought.get(told)
    if (!worse) return finding
    const severity = SEVERITIES[Math.max(finding.severity_id, ...worse.map(one => one.severity_id)) - 1]!
    return { ...withSeverity(finding, severity), message: `${finding.message}; it also shows as ${[...new Set(worse.map(one => one.rule.id))].sort().join(' and ')}` }
  })
}
