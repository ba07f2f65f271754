/** Which parts the events of the inputs can play in the join, as far as their formats tell. */
import type { Source } from './event/source.js'
import type { Role } from './join/facts.js'
import type { EventType } from './schema/event.js'

const ROLES: Readonly<Partial<Record<EventType, readonly Role[]>>> = {
  'http.request': ['request', 'attempt'], 'go.module': ['attempt'], 'tls.handshake': ['tls'], 'dns.query': ['dns'], 'dns.response': ['dns'], 'net.connect': ['connect'], 'log.line': ['note'],
}

/** How many logs can have lines of each role; a file that several formats share counts once for each. One log of a kind needs no search for lines about the same thing. */
export function rolesOf(sources: readonly Source[]): Partial<Record<Role, number>> {
  const files: Partial<Record<Role, number>> = { request: 0, attempt: 0, tls: 0, dns: 0, connect: 0, note: 0 }
  for (const { claims } of sources) for (const parser of new Set(claims.map(claim => claim.parser))) {
    const roles = new Set(parser.types.flatMap(type => (ROLES[type] ?? []).filter(role => role !== 'attempt' || type === 'go.module' || parser.vantage === undefined || parser.vantage === 'client')))
    for (const role of roles) files[role]! += 1
  }
  return files
}
