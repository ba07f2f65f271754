/**
 * The detector contract: what one file in `src/detectors/` says of itself, what it is shown, and what it gives back.
 *
 * A detector sees every event in time order and every session (joined or not), and speaks at the end: one incident, one finding.
 * It never reads the clock; its times come from evidence.
 */
import type { z } from 'zod'
import type { EventType, LogEvent } from '../schema/event.js'
import type { Finding, Severity, Subject } from '../schema/finding.js'
import type { Session } from '../schema/session.js'

/** One line that proves a finding. */
export interface Proof { readonly event: Pick<LogEvent, 'id' | 'log' | 'ts_ms' | 'ts_end_ms'>, readonly note: string }

/** What a detector says; id, rule, fingerprint, severity_id and remedy are filled in for it. */
export interface FindingDraft {
  readonly severity: Severity
  readonly confidence: Finding['confidence']
  readonly subject: Subject
  readonly hostname?: string | undefined
  /** Requests, handshakes or answers that make up the incident; a request seen by several hops counts once. */
  readonly count: number
  /** First and last time of the incident, epoch ms; absent where no evidence is dated. */
  readonly ts_ms?: number | undefined
  readonly ts_end_ms?: number | undefined
  readonly measured: Finding['measured']
  /** The lines that prove it, most telling first; at most `MAX_EVIDENCE` are kept. */
  readonly evidence: readonly Proof[]
  /** One sentence: what, where, how much. */
  readonly message: string
  /** A word a program can switch on, where the detector tells causes apart. */
  readonly cause?: string
  /** What localises it: the comparable ones that are healthy. */
  readonly comparison?: string | undefined
  /** Instead of the detector's own. */
  readonly remediation?: string
  /** Rules whose incidents, for the same name at the same time, would explain this one, the likeliest first: then it is told as their consequence. */
  readonly follows?: readonly string[]
  /** Parts of the fingerprint besides the rule's id: the subject, no time, no count. */
  readonly key: readonly string[]
}

/** What the run knows when a detector opens. */
export interface DetectorContext {
  readonly windowMs: number
  /** Types of events in the run. */
  readonly types: ReadonlySet<EventType>
  /** Learns what is normal from a healthy period, before anything else is shown. */
  readonly baseline?: { readonly events: readonly LogEvent[], readonly sessions: readonly Session[] }
}

/** A detector at work on one run. */
export interface DetectorRun {
  event?(event: LogEvent): void
  session?(session: Session): void
  end(): readonly FindingDraft[]
}

/** A test case: what happens, as events, and whether the detector must speak. */
export interface Case {
  /** A sentence that would make sense in a bug report. */
  readonly name: string
  readonly fires: boolean
  /** Events as a parser would give them (after the seam); joined by the real join with `windowMs` 5000. */
  readonly events: readonly LogEvent[]
  /** Severity, cause, count and subject expected, where it fires; partial. */
  readonly expects?: { readonly severity?: Severity, readonly cause?: string, readonly count?: number, readonly findings?: number, readonly hostnames?: readonly string[], readonly origin_ips?: readonly string[] }
  readonly thresholds?: Readonly<Record<string, unknown>>
}

/** A detector. */
export interface Detector<T extends z.ZodObject = z.ZodObject> {
  readonly contract: 1
  /** kebab-case; the file's name. */
  readonly id: string
  readonly name: string
  /** Raised when the rule changes what it fires on. */
  readonly version: string
  /** What it fires on, in a sentence. */
  readonly what: string
  /** Why that matters to the people who are served. */
  readonly why: string
  readonly remedy: string
  /** The vendor page, RFC or paper the rule rests on. */
  readonly reference: string
  /** Event types without which it is off; alternatives are a list in the list. */
  readonly needs: readonly (EventType | readonly EventType[])[]
  /** Typed thresholds with defaults and a description each; settable in the config file. */
  readonly thresholds: T
  open(thresholds: z.output<T>, context: DetectorContext): DetectorRun
  readonly cases: readonly Case[]
}

/** Evidence lines kept per finding. */
export const MAX_EVIDENCE = 12

/**
 * Checks a detector definition and completes it.
 * @returns the detector, frozen. Refuses (throws TypeError) an id that is not kebab-case, and one without cases both ways.
 */
export function defineDetector<T extends z.ZodObject>(definition: Omit<Detector<T>, 'contract'> & { contract?: 1 }): Detector<T> {
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(definition.id)) throw new TypeError(`detector id ${JSON.stringify(definition.id)} is not kebab-case`)
  if (!definition.cases.some(one => one.fires) || !definition.cases.some(one => !one.fires)) throw new TypeError(`detector ${definition.id} needs a case that fires and one that must not`)
  return Object.freeze({ ...definition, contract: 1 as const })
}

/** Event types a detector needs and the run lacks; empty = it can work. */
export function missingTypes(detector: Pick<Detector, 'needs'>, types: ReadonlySet<EventType>): string[] {
  return detector.needs.filter(need => typeof need === 'string' ? !types.has(need) : !need.some(one => types.has(one))).map(need => typeof need === 'string' ? need : need.join(' or '))
}
