/** Error-log lines about an origin that name no client: no request takes them up, yet they know the cause. Bounded. */
import type { Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import type { FailureKind } from './origin-verdict.js'

type Kind = Exclude<FailureKind, 'unclear'>

/** Lines of one name or origin that stand close together. */
interface Bout { firstMs: number, lastMs: number, readonly kinds: Map<Kind, { count: number, readonly types: Map<string, number>, readonly proofs: Proof[] }> }

/** What the lines about an incident say. */
export interface NoteSummary { readonly kind: Kind, readonly count: number, readonly types: ReadonlyMap<string, number>, readonly proofs: readonly Proof[] }

const KEYS = 4096
const BOUTS = 64
const PROOFS = 3
/** Error logs tick in seconds, and are written when an attempt fails, not when the request ends. */
const SLACK_MS = 2000

/** Collects such lines by host name and by origin address. */
export class OriginNotes {
  private readonly byKey = new Map<string, Bout[]>()

  constructor(private readonly gapMs: number) {}

  add(event: LogEvent, kind: Kind): void {
    const origin = event.cdn?.origin
    for (const key of new Set([event.hostname, origin?.ip])) if (key !== undefined) this.put(key, event, kind)
  }

  private put(key: string, event: LogEvent, kind: Kind): void {
    const at = event.ts_ms ?? 0
    let bouts = this.byKey.get(key)
    if (!bouts) {
      if (this.byKey.size >= KEYS) return
      this.byKey.set(key, bouts = [])
    }
    let bout = bouts.at(-1)
    if (!bout || at - bout.lastMs > this.gapMs) {
      if (bouts.length >= BOUTS) bouts.shift()
      bouts.push(bout = { firstMs: at, lastMs: at, kinds: new Map() })
    }
    bout.lastMs = Math.max(bout.lastMs, at)
    let said = bout.kinds.get(kind)
    if (!said) bout.kinds.set(kind, said = { count: 0, types: new Map(), proofs: [] })
    said.count++
    const type = event.error!.type!
    said.types.set(type, (said.types.get(type) ?? 0) + 1)
    if (said.proofs.length < PROOFS) said.proofs.push({ event, note: `error log: ${event.error?.message ?? event.message ?? type}` })
  }

  /** What lines about these names and addresses said between two times, most frequent kind first. */
  about(keys: readonly string[], firstMs: number | undefined, lastMs: number | undefined): NoteSummary[] {
    const found = new Map<Kind, { count: number, types: Map<string, number>, proofs: Proof[] }>()
    // a line stands under its name and its address: the fuller key counts
    for (const key of keys) for (const bout of this.byKey.get(key) ?? []) {
      if (firstMs !== undefined && lastMs !== undefined && (bout.firstMs > lastMs + SLACK_MS || bout.lastMs < firstMs - SLACK_MS)) continue
      for (const [kind, said] of bout.kinds) {
        const known = found.get(kind)
        if (!known) found.set(kind, { count: said.count, types: new Map(said.types), proofs: [...said.proofs] })
        else {
          if (said.count > known.count) Object.assign(known, { count: said.count, types: new Map(said.types) })
          for (const proof of said.proofs) if (!known.proofs.some(one => one.event.id === proof.event.id)) known.proofs.push(proof)
        }
      }
    }
    return [...found].map(([kind, said]) => ({ kind, ...said })).sort((a, b) => b.count - a.count || (a.kind < b.kind ? -1 : 1))
  }
}
