import { briefly, linesOf, remarkOf, type Step, type Visit } from '../step.js'
import type { Session } from '../../schema/session.js'

const FROM_CACHE = new Set(['hit', 'stale', 'updating'])

/** Where the time went on the way to the origin. */
function phasesOf({ phases }: Session): string {
  const parts = phases.filter(phase => phase.name.startsWith('origin.') && phase.duration_ms !== undefined).sort((a, b) => b.duration_ms! - a.duration_ms!)
  return parts.length === 0 ? '' : `: ${parts.slice(0, 3).map(phase => `${phase.name.slice(7)} ${briefly(phase.duration_ms!)}`).join(', ')}`
}

/** Did the origin answer, and in which phase was the time spent? */
export function origin(visit: Visit): Step {
  const { session } = visit
  const question = 'Did the origin answer?'
  const { cdn, error, http } = session
  const evidence = [...linesOf(session, ['http.request'], member => `request in ${member.dataset}`), ...linesOf(session, ['http.request', 'tls.handshake', 'dns.response', 'dns.query'], member => `the origin's leg, in ${member.dataset}`, 'origin')]
  const remark = remarkOf(visit, ['origin-timeout', 'origin-unreachable', 'origin-tls-failure', 'origin-errors'])
  const also = remark.text
  const name = cdn?.origin?.ip ?? cdn?.origin?.name ?? 'the origin'
  const status = cdn?.origin?.status_code
  const edgeError = session.claim === 'http.request' ? error?.type : undefined
  if (edgeError !== undefined && edgeError !== 'client_abort') return { id: 'origin', question, answer: `No: ${name}, ${edgeError.replaceAll('_', ' ')}${phasesOf(session)}${also}`, state: 'bad', evidence }
  const unconnected = cdn?.origin?.connect_ms === undefined && (status === 502 || status === 504)
  if (status !== undefined && status >= 500) return { id: 'origin', question, answer: `${unconnected ? `No: the edge got no answer from ${name} and made it a ${status}` : `With an error: ${name} answered ${status}`}${phasesOf(session)}${also}`, state: 'bad', evidence }
  if (status !== undefined) return { id: 'origin', question, answer: `Yes, ${name} with ${status}${phasesOf(session)}${also}`, state: 'ok', evidence }
  if (FROM_CACHE.has(cdn?.cache?.status ?? '')) return { id: 'origin', question, answer: 'It was not asked: the cache had it', state: 'ok', evidence: [] }
  const answered = http?.response?.status_code
  const began = session.phases.some(phase => phase.name === 'origin.wait' && phase.duration_ms !== undefined) && answered !== undefined && answered < 400
  if (edgeError === 'client_abort' && began) return { id: 'origin', question, answer: `Its answer began, and the client gave up before it ended${phasesOf(session)}${also}`, state: 'bad', evidence }
  if (edgeError === 'client_abort') return { id: 'origin', question, answer: `Not before the client gave up${phasesOf(session)}${also}`, state: 'bad', evidence }
  if (answered !== undefined && answered >= 500) return { id: 'origin', question, answer: `${remark.isOwn ? `No: the answer was ${answered}` : `The answer was ${answered}; who made it the logs do not say`}${phasesOf(session)}${also}`, state: 'bad', evidence }
  return { id: 'origin', question, answer: `${answered === undefined ? 'No request got so far in these logs' : 'No log tells of the origin'}${phasesOf(session)}${also}`, state: remark.isOwn ? 'bad' : 'unknown', evidence: answered === undefined ? [] : evidence }
}
