/** In which phase a Go module fetch hung, and whether garbage collection had a part in it. */
import type { Proof } from '../detectors/detector.js'
import type { Attempt } from './go-attempt.js'
import type { GoWatch, Trace } from './go-watch.js'

/** Where a fetch hung: a phase, how that is known, and the line that tells it. */
export interface Phase { readonly word: 'dns' | 'connect' | 'tls' | 'headers' | 'body' | 'lock' | 'vcs' | 'unknown', readonly how: string, readonly isSure: boolean, readonly proof?: Proof }

/** What each phase is called in a sentence. */
export const PHASE_TEXT: Readonly<Record<Phase['word'], string>> = {
  dns: 'in the DNS look-up', connect: 'making the TCP connection', tls: 'in the TLS handshake', headers: 'waiting for the response headers', body: 'in the body of the response',
  lock: 'waiting for another go process\'s lock on the module cache', vcs: 'in a version control command', unknown: 'in a phase that the logs do not tell',
}

/** What to do about each phase. */
export const PHASE_REMEDY: Readonly<Record<Phase['word'], string>> = {
  dns: 'Ask the resolver by hand: dig HOST, and see which resolver Go uses with GODEBUG=netdns=2.',
  connect: 'Packets vanish on the way: nc -vz HOST 443, firewall, routes, HTTPS_PROXY.',
  tls: 'openssl s_client -connect HOST:443 -servername HOST; middleboxes and MTU.',
  headers: 'The connection holds and the proxy does not answer: look at its log for this path, and at its upstream; curl -v the URL.',
  body: 'The answer began and stalls: look at the storage behind the proxy, at packet loss, and at bandwidth limits.',
  lock: 'Another go process holds $GOMODCACHE/cache/lock or a module\'s lock: find it (lsof, ps) and let it end; give parallel jobs module caches of their own.',
  vcs: 'Run the command of the trace by hand (git ls-remote URL); a large repository wants a proxy in front.',
  unknown: 'Run it again so that the phase shows: GODEBUG=http2debug=2,netdns=2,gctrace=1 go mod download -x 2>&1 | logjoin stamp > go.trace; while it hangs, kill -QUIT shows where.',
}

const STAGES = new Set(['dns', 'connect', 'tls', 'headers', 'body', 'lock', 'vcs'])

function fromDump(attempt: Attempt, trace: Trace | undefined): Phase | undefined {
  const fitting = trace?.stages.filter(one => STAGES.has(one.stage)) ?? []
  const found = fitting.find(one => one.op !== undefined && one.op === attempt.op) ?? (fitting.every(one => one.stage === fitting[0]!.stage) ? fitting[0] : undefined)
  return found && { word: found.stage as Phase['word'], how: 'the goroutine dump shows it', isSure: true, proof: { event: found.event, note: `${found.message ?? 'goroutine'}: waits ${PHASE_TEXT[found.stage as Phase['word']]}` } }
}

/** The longest phase that the client itself timed, where it makes up most of the time. */
function fromTiming({ timing, durationMs }: Attempt, leastMs: number): Phase | undefined {
  if (!timing) return undefined
  const parts = ([['dns', timing.dns_ms], ['connect', timing.connect_ms], ['tls', timing.tls_ms], ['headers', timing.wait_ms], ['body', timing.receive_ms]] as const).filter(([, ms]) => ms !== undefined)
  const [longest] = parts.sort((a, b) => b[1]! - a[1]!)
  return longest && longest[1]! >= Math.max(leastMs, (durationMs ?? 0) / 2) ? { word: longest[0], how: `the client timed it: ${(longest[1]! / 1000).toFixed(1)} s`, isSure: true } : undefined
}

function fromWords(attempt: Attempt): Phase | undefined {
  const { errorType, message = '', side } = attempt
  if (attempt.op === 'vcs') return { word: 'vcs', how: 'the command is in the trace', isSure: true }
  if (side === 'client' && message.includes('response body had not ended')) return { word: 'body', how: 'http2debug shows headers and an open body', isSure: true }
  if (side === 'client' && message.includes('no response headers')) return { word: 'headers', how: 'http2debug shows the request sent on an open connection', isSure: true }
  if (side === 'edge') return undefined
  switch (errorType) {
    case 'dns_timeout': return { word: 'dns', how: 'the error says so', isSure: true }
    case 'connection_timeout': return { word: attempt.hasTlsFailed ? 'tls' : 'connect', how: 'the error says so', isSure: true }
    case 'http_response_timeout': return { word: message.includes('reading body') ? 'body' : 'headers', how: 'the error says so', isSure: true }
    default: return undefined
  }
}

/** The edge's own account of the same request: only a line of the same moment, as a trace may repeat a request a little later. */
function fromEdge(attempt: Attempt, untilMs: number | undefined): Phase | undefined {
  const { joined, startMs } = attempt
  const wait = joined?.phases.find(phase => phase.name === 'origin.wait')
  const member = wait && joined!.members.find(one => wait.event_ids.includes(one.event_id))
  if (member?.ts_ms === undefined || startMs === undefined || wait?.duration_ms === undefined) return undefined
  const isSame = Math.abs(member.ts_ms - startMs) <= 1000 && (untilMs === undefined || wait.duration_ms <= untilMs - startMs + 1000)
  if (!isSame || wait.duration_ms < 1000) return undefined
  return {
    word: 'headers', how: `the edge waited ${(wait.duration_ms / 1000).toFixed(1)} s for its origin${joined!.originIp === undefined ? '' : ` ${joined!.originIp}`}`, isSure: true,
    proof: { event: { id: member.event_id, log: { file: { path: member.file }, line: member.line }, ts_ms: member.ts_ms }, note: `edge: waited ${(wait.duration_ms / 1000).toFixed(1)} s for the origin` },
  }
}

/** `-x` times a fetch up to its headers; where the host had answered before, connection and TLS were there. */
function fromWarmth(attempt: Attempt, watch: GoWatch): Phase | undefined {
  if (attempt.side !== 'go') return undefined
  if (watch.answeredBefore(attempt)) return { word: 'headers', how: 'the host had answered this process before, so name, connection and TLS were there', isSure: false }
  return attempt.status !== undefined ? { word: 'headers', how: 'the answer came, late; DNS, connect and TLS are in the same figure', isSure: false } : undefined
}

/**
 * In which phase a fetch hung.
 * @param siblings what the client inside the same program told of the same request.
 */
export function phaseOf(attempt: Attempt, siblings: readonly Attempt[], watch: GoWatch, leastMs: number, untilMs: number | undefined): Phase {
  const trace = watch.traces.get(attempt.event.log.file.path)
  const all = [attempt, ...siblings]
  const first = <T>(of: (one: Attempt) => T | undefined): T | undefined => { for (const one of all) { const found = of(one); if (found !== undefined) return found } return undefined }
  const isOpen = attempt.outcome === 'unknown'
  return (isOpen ? fromDump(attempt, trace) : undefined) ?? first(one => fromTiming(one, leastMs)) ?? first(fromWords) ?? first(one => fromEdge(one, untilMs)) ?? fromWarmth(attempt, watch)
    ?? { word: 'unknown', how: 'no line tells', isSure: false }
}

/** What garbage collection had to do with a stretch of time. */
export interface Collections { readonly word: 'ruled out' | 'took part' | 'is to blame' | 'not known', readonly stwMs?: number, readonly count?: number }

/** Stop-the-world time of a trace within a stretch; for a trace without times, of all of it. */
export function collectionsIn(trace: Trace | undefined, fromMs: number | undefined, untilMs: number | undefined, lengthMs: number | undefined): Collections {
  if (!trace || trace.pauses.length === 0) return { word: 'not known' }
  const within = trace.pauses.filter(({ ms }) => ms === undefined || fromMs === undefined || (ms >= fromMs && ms <= (untilMs ?? Infinity)))
  const stwMs = within.reduce((sum, one) => sum + one.stwMs, 0)
  const share = lengthMs === undefined ? (stwMs < 50 ? 0 : 0.1) : stwMs / Math.max(1, lengthMs)
  return { word: share >= 0.5 ? 'is to blame' : share >= 0.05 ? 'took part' : 'ruled out', stwMs, count: within.length }
}

/** The same, for a sentence. */
export function collectionsText({ word, stwMs, count }: Collections): string {
  if (word === 'not known') return 'whether garbage collection played a part is not known (no gctrace)'
  return `garbage collection ${word} (${count === 0 ? 'none in that time' : `${count} stopped it for ${stwMs!.toFixed(1)} ms in all`})`
}
