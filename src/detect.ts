import { HOPEFUL, NOTHING_ASSUMED, untilRight, type Assumptions } from './assume.js'
import { Correlation } from './correlate.js'
import { missingTypes, type Detector } from './detectors/detector.js'
import { DetectorEngine } from './detectors/engine.js'
import { detectors as builtIn } from './detectors/index.js'
import type { Input } from './inputs.js'
import { makeFilter, type CorrelateOptions } from './options.js'
import { Problem } from './problem.js'
import { makeRun, type Run } from './run.js'
import type { EventType, LogEvent } from './schema/event.js'
import type { Finding } from './schema/finding.js'
import type { Session } from './schema/session.js'

/** How findings are made. */
export interface DetectOptions extends CorrelateOptions {
  /** Detectors to run; default all built-in ones. */
  readonly detectors?: readonly Detector[]
  /** Thresholds per detector id, where they differ from the defaults. */
  readonly thresholds?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  /** Inputs of a healthy period, to learn what is normal from. */
  readonly baseline?: readonly Input[]
  /** Fingerprints not to report. */
  readonly suppress?: ReadonlySet<string>
}

/** Reads the baseline, where one is named. */
export async function learn(options: DetectOptions): Promise<{ events: LogEvent[], sessions: Session[] } | undefined> {
  if (!options.baseline?.length) return undefined
  const run = new Correlation(options.baseline, options)
  const known: { events: LogEvent[], sessions: Session[] } = { events: [], sessions: [] }
  for await (const { events, sessions } of run.flow()) {
    for (const event of events) known.events.push(event)
    for (const session of sessions) known.sessions.push(session)
  }
  return known
}

/**
 * Joins logs and says what is wrong: one finding per incident, most severe first.
 * @param inputs paths (files, folders, globs, `-`) or `{ name, format?, stream | lines }`.
 * @param options join options, thresholds, baseline; never changed.
 * @returns findings, and a `summary` that is complete once the iteration ends.
 * Refuses (throws Problem) options and thresholds that make no sense and a call without inputs.
 */
export function detect(inputs: readonly Input[], options: DetectOptions = {}): Run<Finding> {
  const filter = makeFilter(options)
  let run = new Correlation(inputs, options)
  const counts: Record<string, number> = {}
  async function findings(assumed: Assumptions, baseline: Awaited<ReturnType<typeof learn>>): Promise<readonly Finding[]> {
    run = new Correlation(inputs, options, assumed)
    let engine: DetectorEngine | undefined
    for await (const { events, sessions } of run.flow()) {
      engine ??= makeEngine(run, options, baseline)
      for (const event of events) if (filter.isOpen || filter.event(event)) engine.event(event)
      for (const session of sessions) if (filter.isOpen || filter.session(session)) engine.session(session)
    }
    return [...engine?.end() ?? []]
  }
  async function* records(): AsyncGenerator<Finding> {
    const baseline = await learn(options)
    // findings come when all has been read, so a run that assumed too much can be made again; not one whose refused lines somebody has been told of
    const canRepeat = options.onReject === undefined && options.live === undefined && inputs.every(input => typeof input === 'string' && input !== '-')
    const all = await untilRight(canRepeat ? HOPEFUL : NOTHING_ASSUMED, assumed => findings(assumed, baseline))
    for (const finding of all) {
      if (options.suppress?.has(finding.fingerprint)) continue
      counts[finding.rule.id] = (counts[finding.rule.id] ?? 0) + 1
      yield finding
    }
  }
  return makeRun(records, () => ({ files: run.inputs.files, join: run.joinSummary(), findings: counts, notes: run.inputs.notes, problems: run.inputs.problems }))
}

/** Opens the detectors whose sources are there; the others are off, and a note says so. */
export function makeEngine(run: Correlation, options: DetectOptions, baseline: Awaited<ReturnType<typeof learn>>): DetectorEngine {
  const types = run.types
  const wanted = options.detectors ?? builtIn
  const ready = wanted.filter(detector => missingTypes(detector, types).length === 0)
  const off = wanted.filter(detector => !ready.includes(detector))
  if (off.length > 0) run.inputs.note(`off for want of a source: ${off.map(detector => `${detector.id} (no ${missingTypes(detector, types).join(', no ')})`).join('; ')}`)
  const unknown = Object.keys(options.thresholds ?? {}).filter(id => !wanted.some(detector => detector.id === id))
  if (unknown.length > 0) throw new Problem('unknown-detector', `thresholds for ${unknown.join(', ')}, but no detector is called so`)
  try {
    const context = { windowMs: Math.max(run.rules.beforeMs, run.rules.afterMs), types: types as ReadonlySet<EventType>, ...(baseline ? { baseline } : {}) }
    return new DetectorEngine(ready, context, options.thresholds)
  } catch (error) {
    throw new Problem('bad-config', `thresholds: ${(error as Error).message}`)
  }
}
