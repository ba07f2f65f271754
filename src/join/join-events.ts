/** Joins events that are all in memory: for cases, tests and callers who have them already. */
import type { LogEvent } from '../schema/event.js'
import type { Session } from '../schema/session.js'
import { compareEvents } from './order.js'
import { sessionOf } from './session.js'
import { DEFAULT_TTL_SLACK_MS } from './life.js'
import type { JoinRules } from './claim.js'
import { SessionOrder, JoinStream } from './stream.js'
import { PLAIN, type FileTraits } from './traits.js'

/** Which kinds of events there are, as the join wants to know. */
export function rulesFor(events: readonly LogEvent[], windowMs: number, bound: JoinRules['bound'] = 'window'): JoinRules {
  return { beforeMs: windowMs, afterMs: windowMs, match: 'best', bound, ttlSlackMs: DEFAULT_TTL_SLACK_MS, hasTls: events.some(event => event.type === 'tls.handshake'), hasDns: events.some(event => event.type.startsWith('dns.')) }
}

/**
 * Sessions of events given in any order, by ts_ms, then in the order of the events that claim them. The events are not changed.
 * @param stepEvents events between two steps; any number gives the same sessions.
 */
export function joinEvents(events: readonly LogEvent[], rules: JoinRules, stepEvents?: number, traits: (path: string) => FileTraits = () => PLAIN): Session[] {
  const stream = new JoinStream(rules, traits, stepEvents)
  const order = new SessionOrder<Session>()
  const sessions: Session[] = []
  const settle = ({ claims, settledMs }: ReturnType<JoinStream['step']>): void => {
    for (const claim of claims) {
      const session = sessionOf(claim, rules)
      order.add(session.ts_ms, claim.cluster.lead, session)
    }
    sessions.push(...order.take(settledMs))
  }
  for (const event of [...events].sort(compareEvents)) {
    stream.push(event)
    if (stream.isReady) settle(stream.step())
  }
  settle(stream.end())
  return sessions
}
