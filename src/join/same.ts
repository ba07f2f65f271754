/** When two lines tell of the same request, attempt, handshake or query. */
import type { LogEvent } from '../schema/event.js'
import type { SameRule } from './cluster.js'
import type { Facts } from './facts.js'
import { phaseOfError } from './phases.js'

/** What two hosts with good clocks, and a resolver that stamps by a coarse one, may differ by, ms. */
const CLOCK_SLACK_MS = 20

const target = (event: LogEvent): string => `${event.url?.path ?? ''}?${event.url?.query ?? ''}`

const byOrder = (a: Facts, b: Facts): number => a.order - b.order

/** The hop nearest the client: on the client leg, knowing the client's port, taking longest, then the first. */
function nearestClient(a: Facts, b: Facts): number {
  if (a.leg !== b.leg) return a.leg === 'client' ? -1 : 1
  const ports = Number(b.clientPort !== undefined) - Number(a.clientPort !== undefined)
  if (ports !== 0) return ports
  return (b.event.duration_ms ?? -1) - (a.event.duration_ms ?? -1) || byOrder(a, b)
}

const sameId = (a: Facts, b: Facts): boolean => {
  const left = a.event.http?.request?.id
  const right = b.event.http?.request?.id
  return left === undefined || right === undefined || left === right || a.event.dataset !== b.event.dataset
}

/** A cache asks its origin with GET for what was asked of it with HEAD. */
const methodOf = ({ event }: Facts): string => {
  const method = event.http?.request?.method ?? 'GET'
  return method === 'HEAD' ? 'GET' : method
}

const sameMethod = (a: Facts, b: Facts): boolean => a.leg !== b.leg || (a.event.http?.request?.method ?? 'GET') === (b.event.http?.request?.method ?? 'GET')

const samePort = (a: Facts, b: Facts): boolean => a.clientPort === undefined || b.clientPort === undefined || a.clientPort === b.clientPort || a.leg !== b.leg

/** A part of a whole, and "as you have it", answer the same question as the whole does. */
const WHOLE: ReadonlySet<number> = new Set([200, 206, 304])

/** May this hop have been given that status by the next one? Not when it asked nobody, nor when its connection failed, nor when it says that it was given others. */
function mayHaveGot({ event: { cdn, error } }: Facts, status: number): boolean {
  const given = [cdn?.origin?.status_code, ...cdn?.origin?.attempts?.map(attempt => attempt.status_code) ?? []].filter(one => one !== undefined)
  if (given.length > 0) return given.some(one => one === status || (WHOLE.has(one) && WHOLE.has(status)))
  const phase = phaseOfError(error?.type)
  return phase !== 'dns' && phase !== 'connect' && phase !== 'tls' && (cdn?.cache?.status !== 'hit' || cdn.origin !== undefined)
}

/** Does this hop ask another one? What stands behind the edge may, too. */
const asks = ({ leg, event: { cdn } }: Facts): boolean => leg !== 'origin' || cdn?.origin !== undefined || cdn?.cache !== undefined

/** What a log behind the edge says it answered must have reached one of the hops before it. */
function areAnswered(members: readonly Facts[], facts: Facts): boolean {
  const all = [...members, facts]
  return all.every(inner => {
    const status = inner.leg === 'origin' ? inner.event.http?.response?.status_code : undefined
    const others = status === undefined ? [] : all.filter(one => one !== inner && asks(one))
    return others.length === 0 || others.some(one => mayHaveGot(one, status!))
  })
}

/** One request seen by two hops or written in two formats: same client, name, method, path and query. */
export function sameRequest(windowMs: number): SameRule {
  return {
    key: facts => facts.client === undefined || facts.names.length === 0 || facts.event.url?.path === undefined
      ? undefined
      : `${facts.client} ${facts.names[0]} ${methodOf(facts)} ${target(facts.event)}`,
    slackMs: Math.min(CLOCK_SLACK_MS, windowMs),
    agree: (a, b) => sameId(a, b) && samePort(a, b) && sameMethod(a, b),
    fits: areAnswered,
    leadFirst: nearestClient,
  }
}

/** A client's own traces of one fetch: `-x`, http2debug and curl lines about the same URL. */
export function sameAttempt(): SameRule {
  return {
    key: facts => facts.names.length === 0 || facts.event.url?.path === undefined ? undefined : `${facts.names[0]} ${target(facts.event)}`,
    slackMs: 1000,
    leadFirst: byOrder,
  }
}

/** The key under which an edge's request answers a client's attempt. */
export function attemptKey(facts: Facts): string | undefined {
  return facts.names.length === 0 || facts.event.url?.path === undefined ? undefined : `${facts.names[0]} ${facts.event.http?.request?.method ?? 'GET'} ${target(facts.event)}`
}

/** One handshake in several logs: same client address and port, and no two different servers. */
export function sameHandshake(windowMs: number): SameRule {
  return {
    key: facts => facts.client === undefined || facts.clientPort === undefined ? undefined : `${facts.client} ${facts.clientPort}`,
    slackMs: windowMs,
    agree: (a, b) => (a.servers[0] === undefined || b.servers[0] === undefined || a.servers[0] === b.servers[0]) && (a.names[0] === undefined || b.names[0] === undefined || a.names[0] === b.names[0]),
    leadFirst: (a, b) => a.tick - b.tick || byOrder(a, b),
  }
}

/** One query in several logs: same client, name and type; the line that knows the answer speaks for all. */
export function sameQuery(windowMs: number): SameRule {
  return {
    key: facts => facts.client === undefined || facts.names.length === 0 ? undefined : `${facts.client} ${facts.event.dns?.question?.name} ${facts.event.dns?.question?.type}`,
    slackMs: Math.min(CLOCK_SLACK_MS, windowMs),
    agree: (a, b) => {
      const left = a.event.client?.port
      const right = b.event.client?.port
      return left === undefined || right === undefined || left === right
    },
    leadFirst: (a, b) => Number(b.servers.length > 0) - Number(a.servers.length > 0) || a.tick - b.tick || byOrder(a, b),
  }
}
