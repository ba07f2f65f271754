/** Which attempts hang: open ones, slow ones, and those that only a goroutine dump knows of. */
import { hasSucceeded, type Attempt } from './go-attempt.js'
import type { GoWatch, Stage, Trace } from './go-watch.js'

export interface StallRules { readonly stallMs: number, readonly factor: number, readonly vcsMs: number, readonly bodyBytesPerS: number }

/** An attempt that hangs. `siblings` tell of the same request. */
export interface Stall {
  readonly attempt: Attempt
  readonly siblings: readonly Attempt[]
  readonly isOpen: boolean
  readonly isInterrupted: boolean
  /** Worth waking somebody; otherwise it is only worth knowing. */
  readonly isLoud: boolean
  readonly lengthMs?: number | undefined
  readonly untilMs?: number | undefined
}

/** An open fetch that was this young when its trace ended was cut off, not hanging. */
const YOUNG_MS = 1000

/** Requests of one trace for the same thing, which its several kinds of lines tell of. */
function sameRequests(attempts: readonly Attempt[]): Attempt[][] {
  const groups = new Map<string, Attempt[]>()
  for (const attempt of attempts) {
    const key = attempt.side === 'edge' ? attempt.event.id : `${attempt.lane} ${attempt.module} ${attempt.version} ${attempt.op} ${attempt.host}`
    const group = groups.get(key)
    if (group && group.some(one => one.side !== attempt.side)) group.push(attempt)
    else if (group && attempt.side !== group[0]!.side) group.push(attempt)
    else groups.set(group ? `${key} ${attempt.event.id}` : key, [attempt])
  }
  return [...groups.values()]
}

function openStall(attempt: Attempt, siblings: readonly Attempt[], trace: Trace | undefined, { stallMs }: StallRules): Stall | undefined {
  const isInterrupted = (trace?.stages.length ?? 0) > 0
  const untilMs = attempt.startMs === undefined ? undefined : trace?.lastMs
  const lengthMs = untilMs === undefined ? undefined : Math.max(0, untilMs - attempt.startMs!)
  const base = { attempt, siblings, isOpen: true, isInterrupted, lengthMs, untilMs }
  if (isInterrupted) return { ...base, isLoud: true }
  if (trace?.hasVerdict && (lengthMs ?? 0) < stallMs) return undefined // the command ended by itself
  if (lengthMs === undefined) return { ...base, isLoud: true }
  return lengthMs < YOUNG_MS ? undefined : { ...base, isLoud: lengthMs >= stallMs }
}

function waitOf({ side, op, durationMs, timing, bytes }: Attempt, rules: StallRules): number {
  if (side === 'go') return op === 'vcs' && (durationMs ?? 0) < rules.vcsMs ? 0 : durationMs ?? 0
  const { receive_ms: receive = 0 } = timing ?? {}
  const body = receive >= rules.stallMs && (bytes ?? 0) / (receive / 1000) < rules.bodyBytesPerS ? receive : 0
  return Math.max(timing?.wait_ms ?? 0, timing?.dns_ms ?? 0, timing?.connect_ms ?? 0, timing?.tls_ms ?? 0, body, timing === undefined && !hasSucceeded({ side, op, durationMs, timing, bytes } as Attempt) ? durationMs ?? 0 : 0)
}

function slowStall(attempt: Attempt, siblings: readonly Attempt[], watch: GoWatch, rules: StallRules): Stall | undefined {
  const lengthMs = Math.max(...[attempt, ...siblings].map(one => waitOf(one, rules)))
  const usual = watch.normal.median()
  if (lengthMs < rules.stallMs || (usual !== undefined && watch.normal.seen > 2 && lengthMs < rules.factor * usual)) return undefined
  return { attempt, siblings, isOpen: false, isInterrupted: false, isLoud: true, lengthMs, untilMs: attempt.startMs === undefined ? undefined : attempt.startMs + lengthMs }
}

/** Clients that gave up waiting, by an access log. */
function abandoned(attempt: Attempt, rules: StallRules): Stall | undefined {
  const gaveUp = attempt.status === 499 || attempt.errorType === 'client_abort'
  const lengthMs = attempt.durationMs ?? 0
  return gaveUp && lengthMs >= rules.stallMs ? { attempt, siblings: [], isOpen: false, isInterrupted: false, isLoud: true, lengthMs, untilMs: attempt.endMs } : undefined
}

/** A dump of a go command all of whose fetches had headers: the last one of that kind, before the dump, hangs in its body. */
function dumpStall(stage: Stage, watch: GoWatch): Stall | undefined {
  const { event } = stage
  const last = watch.lastBefore(event.log.file.path, event.log.line, stage.op)
  const attempt: Attempt = last ?? { event, side: 'go', lane: event.log.file.path, op: stage.op, hasTlsFailed: false, startMs: event.ts_ms }
  const lengthMs = last?.startMs === undefined || event.ts_ms === undefined ? undefined : event.ts_ms - last.startMs
  return { attempt: { ...attempt, outcome: 'unknown' }, siblings: [], isOpen: true, isInterrupted: true, isLoud: true, lengthMs, untilMs: event.ts_ms }
}

/** Everything that hangs, one entry a request. */
export function findStalls(watch: GoWatch, rules: StallRules): Stall[] {
  const stalls: Stall[] = []
  const found = new Set<string>()
  for (const [first, ...siblings] of sameRequests(watch.troubles)) {
    const attempt = first!
    const { path } = attempt.event.log.file
    const open = [attempt, ...siblings].find(one => one.outcome === 'unknown')
    const stall = attempt.side === 'edge' ? abandoned(attempt, rules) : open ? openStall(attempt, siblings, watch.traces.get(path), rules) : slowStall(attempt, siblings, watch, rules)
    if (!stall) continue
    stalls.push(stall)
    if (stall.isOpen) found.add(path)
  }
  for (const [path, trace] of watch.traces) {
    const stage = trace.stages.find(one => one.op !== undefined) ?? (trace.hasModules ? trace.stages[0] : undefined)
    const stalled = stage && !found.has(path) ? dumpStall(stage, watch) : undefined
    if (stalled) stalls.push(stalled)
  }
  const told = new Set(stalls.filter(one => one.attempt.side !== 'edge').map(one => `${one.attempt.module} ${one.attempt.version} ${one.attempt.op}`))
  return stalls.filter(({ attempt }) => attempt.side !== 'edge' || !told.has(`${attempt.module} ${attempt.version} ${attempt.op}`))
}
