import { briefly, linesOf, phaseMs, remarkOf, type ResolverView, type Step, type Visit } from '../step.js'

const QUESTION = 'Did the name resolve?'

/** Resolvers whose answers have no address in common with the others'. */
function disagreement(resolvers: readonly ResolverView[]): string | undefined {
  const told = resolvers.filter(one => one.addresses.length > 0)
  const odd = told.find(one => told.some(other => other !== one && !other.addresses.some(address => one.addresses.includes(address))))
  if (!odd) return undefined
  return told.slice(0, 4).map(one => `${one.resolver}: ${one.addresses.slice(0, 3).join(', ')}`).join('; ')
}

/** Did the name resolve: by whom, to what, how fast, and do resolvers disagree? */
export function resolve(visit: Visit): Step {
  const { session, resolvers, host } = visit
  const { dns } = session
  const evidence = linesOf(session, ['dns.query', 'dns.response'], member => `look-up in ${member.dataset}`)
  const apart = disagreement(resolvers)
  const hijack = remarkOf(visit, ['dns-hijack'])
  const remark = hijack.finding ? hijack : remarkOf(visit, ['dns-failure', 'slow-dns'])
  const also = `${apart === undefined ? '' : `. Resolvers disagree (${apart})`}${remark.text}`
  const lines = apart === undefined && !hijack.isOwn ? evidence : [...evidence, ...resolvers.slice(0, 4).map(one => one.evidence)]
  if (session.claim === 'attempt' && /^d(?:ns_|estination_not_found)/.test(session.error?.type ?? '')) return { id: 'resolve', question: QUESTION, answer: `No: ${session.error!.message ?? session.error!.type}${also}`, state: 'bad', evidence: lines }
  if (!dns) {
    const seen = resolvers.map(one => `${one.resolver} gave ${one.addresses.slice(0, 3).join(', ') || one.codes.join(', ') || 'no logged answer'}`).join('; ')
    return { id: 'resolve', question: QUESTION, answer: seen === '' ? `No look-up of ${host} was seen: no DNS log covers it, or the answer came from a cache` : `No look-up belongs to this visit; elsewhere in the logs ${seen}${also}`, state: remark.isOwn ? 'bad' : 'unknown', evidence: seen === '' ? [] : resolvers.slice(0, 4).map(one => one.evidence) }
  }
  const code = dns.response_code
  const addresses = dns.resolved_ip ?? []
  const took = phaseMs(session, 'dns')
  const reused = evidence.some(line => line.note.includes('earlier'))
  if (code !== undefined && code !== 'NOERROR') return { id: 'resolve', question: QUESTION, answer: `No: ${code}${also}`, state: 'bad', evidence: lines }
  if (code === undefined && addresses.length === 0) return { id: 'resolve', question: QUESTION, answer: `It was asked for; this log has no answers${also}`, state: remark.isOwn ? 'bad' : 'unknown', evidence: lines }
  const where = addresses.length > 0 ? `, to ${addresses.slice(0, 4).join(', ')}` : dns.answers === undefined ? '' : ', to no address of this type'
  const hidden = addresses.length === 0 && dns.answers === undefined ? ' (this log lists no addresses)' : ''
  return { id: 'resolve', question: QUESTION, answer: `Yes${where}${took === undefined ? '' : ` in ${briefly(took)}`}${reused ? ', for an earlier request on the connection' : ''}${hidden}${also}`, state: remark.isOwn ? 'bad' : 'ok', evidence: lines }
}
