/** Where the time of a session went: phases from the reporters' own timings and from joined handshakes and answers. */
import { round3 } from '../read/time.js'
import type { LogEvent } from '../schema/event.js'
import { PHASE_NAMES, type Phase, type PhaseName, type Session } from '../schema/session.js'
import type { Claim, Found } from './claim.js'

type Outcome = Phase['outcome']

interface Timed { readonly name: PhaseName, readonly ms?: number | undefined, readonly startMs?: number | undefined, readonly outcome?: Outcome, readonly event: LogEvent }

/** Which phase of which leg an error type belongs to. */
export function phaseOfError(type: string | undefined): 'dns' | 'connect' | 'tls' | 'wait' | 'receive' | undefined {
  switch (type) {
    case 'dns_timeout': case 'dns_error': case 'destination_not_found': return 'dns'
    case 'connection_timeout': case 'connection_refused': case 'destination_ip_unroutable': case 'destination_unavailable': return 'connect'
    case 'tls_protocol_error': case 'tls_certificate_error': case 'tls_alert_received': return 'tls'
    case 'http_response_timeout': case 'connection_read_timeout': return 'wait'
    case 'http_response_incomplete': case 'connection_terminated': return 'receive'
    default: return undefined
  }
}

function dnsPhase(claim: Claim): Timed | undefined {
  const { dns } = claim
  const own = claim.kind === 'dns' ? claim.cluster : undefined
  const cluster = own ?? (dns && !dns.reused && !dns.match.later && dns.bound === 'window' ? dns.cluster : undefined)
  if (!cluster) return undefined
  const event = (cluster.members.find(member => member.event.duration_ms !== undefined) ?? cluster.lead).event
  return { name: 'dns', ms: event.duration_ms, startMs: event.ts_ms, outcome: event.outcome, event }
}

function handshakePhases(found: Found | undefined, prefix: '' | 'origin.'): Timed[] {
  if (!found || found.reused || found.bound !== 'window') return []
  const event = (found.cluster.members.find(member => member.event.duration_ms !== undefined) ?? found.cluster.lead).event
  return [{ name: `${prefix}tls`, ms: event.duration_ms, startMs: event.ts_ms, outcome: event.outcome, event }]
}

/** The reporter's own client-side phases, laid end to end from its start. */
function ownTimings(event: LogEvent): Timed[] {
  const { timing } = event
  if (!timing) return []
  const phases: Timed[] = []
  let at = event.ts_ms
  for (const name of ['dns', 'connect', 'tls', 'send', 'wait', 'receive'] as const) {
    const ms = timing[`${name}_ms`]
    if (ms === undefined) continue
    phases.push({ name, ms, startMs: at, event })
    if (at !== undefined) at += ms
  }
  return phases
}

/** An edge line: time to the first byte, then the body; only where the edge says when the first byte went out. */
function edgeTimings(event: LogEvent): Timed[] {
  const first = event.cdn?.ttfb_ms
  const total = event.duration_ms
  if (event.type !== 'http.request' || first === undefined || total === undefined || first > total || event.ts_ms === undefined) return []
  return [
    { name: 'wait', ms: first, startMs: event.ts_ms, event },
    { name: 'receive', ms: round3(total - first), startMs: event.ts_ms + first, event },
  ]
}

function originTimings(event: LogEvent): Timed[] {
  const origin = event.cdn?.origin
  if (!origin) return []
  const names = ['dns', 'connect', 'tls', 'send', 'wait', 'receive'] as const
  const known = names.filter(name => origin[`${name}_ms`] !== undefined)
  const phases: Timed[] = known.map(name => ({ name: `origin.${name}`, ms: origin[`${name}_ms`], event }))
  if (origin.duration_ms !== undefined && origin.wait_ms === undefined && origin.receive_ms === undefined) {
    // the edge knows only how long the origin took in all: what is not accounted for was spent waiting for it
    const rest = round3(origin.duration_ms - known.reduce((sum, name) => sum + (origin[`${name}_ms`] ?? 0), 0))
    if (rest >= 0) phases.push({ name: 'origin.wait', ms: rest, event })
  }
  return phases
}

function failedPhase(event: LogEvent): Timed | undefined {
  const phase = phaseOfError(event.error?.type)
  if (phase === undefined || event.error?.type === 'client_abort') return undefined
  const origin = event.type === 'http.request' && event.vantage !== 'client' || event.type === 'log.line'
  return { name: origin ? `origin.${phase}` : phase, outcome: 'failure', event }
}

/** All that is known, the first report of a phase kept; a failure marks the phase it happened in. */
function collect(claim: Claim): Timed[] {
  const events = [...claim.cluster.members.map(member => member.event), ...claim.notes.map(note => note.event)]
  const handshake = claim.kind === 'tls.handshake' ? { cluster: claim.cluster, reused: false, bound: 'window' } as unknown as Found : claim.tls
  const connect = claim.connect && !claim.connect.reused ? claim.connect.cluster.lead.event : undefined
  const all: (Timed | undefined)[] = [
    ...events.flatMap(ownTimings),
    dnsPhase(claim),
    connect && { name: 'connect', ms: connect.duration_ms, startMs: connect.ts_ms, outcome: connect.outcome, event: connect },
    ...handshakePhases(handshake, claim.cluster.lead.leg === 'origin' ? 'origin.' : ''),
    ...events.flatMap(edgeTimings),
    ...events.flatMap(originTimings),
    claim.originDns && !claim.originDns.reused && !claim.originDns.match.later ? { name: 'origin.dns', ms: claim.originDns.cluster.lead.event.duration_ms, startMs: claim.originDns.cluster.lead.event.ts_ms, event: claim.originDns.cluster.lead.event } : undefined,
    ...handshakePhases(claim.originTls, 'origin.'),
    ...events.map(failedPhase),
  ]
  return all.filter(timed => timed !== undefined)
}

/** Phases of a claim in the order they happen, one per name. `startMs` is the session's start. */
export function phasesOf(claim: Claim, startMs: number | undefined): Phase[] {
  const byName = new Map<PhaseName, Phase>()
  for (const { name, ms, startMs: at, outcome, event } of collect(claim)) {
    const phase = byName.get(name)
    if (phase) {
      phase.duration_ms ??= ms
      if (outcome === 'failure') phase.outcome = outcome
      else phase.outcome ??= outcome
      if (!phase.event_ids.includes(event.id)) phase.event_ids.push(event.id)
      continue
    }
    byName.set(name, {
      name,
      ...(at !== undefined && startMs !== undefined ? { offset_ms: round3(at - startMs) } : {}),
      ...(ms !== undefined ? { duration_ms: ms } : {}),
      ...(outcome ? { outcome } : {}),
      dataset: event.dataset,
      event_ids: [event.id],
    })
  }
  return PHASE_NAMES.map(name => byName.get(name)).filter(phase => phase !== undefined)
}

/** The longest phase. `share` is of the request's own total, phases before it added where they are not part of it. */
export function bottleneckOf(phases: readonly Phase[], claim: Claim): Session['bottleneck'] {
  let longest: Phase | undefined
  for (const phase of phases) {
    // waiting at the edge that is spent waiting for the origin is the origin's
    if ((phase.duration_ms ?? 0) > (longest?.duration_ms ?? 0) || (phase.name === 'origin.wait' && longest?.name === 'wait' && phase.duration_ms !== undefined && phase.duration_ms >= 0.8 * longest.duration_ms!)) longest = phase
  }
  if (longest?.duration_ms === undefined || longest.duration_ms === 0) return undefined
  const own = claim.cluster.lead.event.duration_ms
  const before = claim.cluster.lead.event.timing ? 0 : phases.filter(phase => phase.name === 'dns' || phase.name === 'connect' || phase.name === 'tls').reduce((sum, phase) => sum + (phase.duration_ms ?? 0), 0)
  const total = own === undefined || claim.kind === 'dns' || claim.kind === 'tls.handshake' ? undefined : own + before
  return { phase: longest.name, ms: longest.duration_ms, ...(total !== undefined && total > 0 ? { share: Math.min(1, round3(longest.duration_ms / total)) } : {}) }
}
