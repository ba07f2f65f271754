/** Runs detectors over the events and sessions of a run, and turns what they say into finding records. */
import { createHash } from 'node:crypto'
import { foldConsequences } from '../detect-support/consequences.js'
import { round3, toRfc3339 } from '../read/time.js'
import type { LogEvent } from '../schema/event.js'
import { SEVERITIES, type Finding } from '../schema/finding.js'
import type { Session } from '../schema/session.js'
import { MAX_EVIDENCE, type Detector, type DetectorContext, type DetectorRun, type FindingDraft } from './detector.js'

type Thresholds = Readonly<Record<string, unknown>>

interface Working { readonly detector: Detector, readonly run: DetectorRun }

/** The stable name of an incident's subject: rule and subject, no time. */
export function fingerprintOf(rule: string, key: readonly string[]): string {
  return [rule, ...key].join('|')
}

function withoutEmpty<T extends object>(record: T): T {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0))) as T
}

/** Completes a draft. Evidence is capped, most telling first; its order among equals is the detector's. */
export function findingOf(detector: Detector, draft: FindingDraft): Finding {
  const fingerprint = fingerprintOf(detector.id, draft.key)
  const start = draft.ts_ms
  const id = createHash('sha256').update(`${fingerprint}|${start ?? ''}`).digest('hex').slice(0, 16)
  return withoutEmpty({
    type: 'finding' as const,
    id: `fnd:${id}`,
    time: start === undefined ? undefined : toRfc3339(start),
    ts_ms: start === undefined ? undefined : round3(start),
    v: 1 as const,
    ts_end_ms: draft.ts_end_ms === undefined ? undefined : round3(draft.ts_end_ms),
    rule: { id: detector.id, name: detector.name, version: detector.version },
    severity: draft.severity,
    severity_id: SEVERITIES.indexOf(draft.severity) + 1,
    confidence: draft.confidence,
    hostname: draft.hostname,
    subject: withoutEmpty(draft.subject),
    count: draft.count,
    message: draft.message,
    cause: draft.cause,
    comparison: draft.comparison,
    measured: draft.measured.map(one => typeof one.value === 'number' ? { ...one, value: round3(one.value) } : one),
    evidence: draft.evidence.slice(0, MAX_EVIDENCE).map(({ event, note }) => ({ event_id: event.id, file: event.log.file.path, line: event.log.line, note })),
    remediation: draft.remediation ?? detector.remedy,
    reference: detector.reference,
    fingerprint,
    duration_ms: start === undefined || draft.ts_end_ms === undefined ? undefined : round3(draft.ts_end_ms - start),
  })
}

/** Detectors at work. Show events and sessions as they come; `end` gives the findings, most severe first, then by time. */
export class DetectorEngine {
  private readonly working: Working[]

  /** @param thresholds per detector id; each is checked by its schema, which throws a ZodError on what it does not know. */
  constructor(detectors: readonly Detector[], context: DetectorContext, thresholds: Readonly<Record<string, Thresholds>> = {}) {
    this.working = detectors.map(detector => ({ detector, run: detector.open(detector.thresholds.parse(thresholds[detector.id] ?? {}), context) }))
  }

  event(event: LogEvent): void { for (const { run } of this.working) run.event?.(event) }

  session(session: Session): void { for (const { run } of this.working) run.session?.(session) }

  end(): Finding[] {
    const told = this.working.flatMap(({ detector, run }) => run.end().map(draft => ({ finding: findingOf(detector, draft), follows: draft.follows ?? [] })))
    return foldConsequences(told).sort((a, b) => b.severity_id - a.severity_id || (a.ts_ms ?? Infinity) - (b.ts_ms ?? Infinity) || (a.fingerprint < b.fingerprint ? -1 : 1))
  }
}
