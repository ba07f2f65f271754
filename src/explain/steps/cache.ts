import { ttlWords } from '../../detect-support/ttl-view.js'
import { linesOf, remarkOf, type Step, type Visit } from '../step.js'

const WORDS: Readonly<Record<string, string>> = {
  hit: 'Yes, a hit: the origin was not asked', stale: 'Yes, a stale copy', updating: 'Yes, a stale copy while it was renewed', revalidated: 'Yes, after the origin confirmed it', miss: 'No, a miss: the origin was asked', expired: 'It had expired: the origin was asked',
  bypass: 'The cache was passed by: the origin was asked', dynamic: 'It is not cached by rule: the origin was asked', error: 'The cache answered with an error of its own', none: 'No cache took part',
}

/** Did the cache have it? */
export function cache(visit: Visit): Step {
  const { session } = visit
  const question = 'Did the cache have it?'
  const status = session.cdn?.cache?.status
  const raw = session.cdn?.cache?.raw
  const evidence = linesOf(session, ['http.request'], member => `request in ${member.dataset}`)
  const storm = remarkOf(visit, ['cache-miss-storm'])
  const pop = session.cdn?.pop === undefined ? '' : ` (${session.cdn.pop})`
  const answer = status === undefined || WORDS[status] === undefined ? 'No log tells' : `${WORDS[status]}${pop}${raw === undefined || raw.toLowerCase() === status ? '' : `; the log's word is ${raw}`}`
  const kept = visit.ttl === undefined ? '' : `. The name over the whole run: ${ttlWords(visit.ttl)}`
  return { id: 'cache', question, answer: `${answer}${kept}${storm.text}`, state: storm.isOwn || status === 'error' ? 'bad' : status === undefined || WORDS[status] === undefined ? 'unknown' : 'ok', evidence: status === undefined ? [] : evidence.slice(0, 2) }
}
