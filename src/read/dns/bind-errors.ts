/** BIND's lines about what went wrong: refusals, failed queries, policy rewrites, and trouble with other servers. */
import { splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'
import { rcodeName } from '../vocabulary/dns.js'

const RCODES = new Set(['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET', 'NOTAUTH', 'NOTZONE', 'BADVERS', 'BADCOOKIE'])

/** `<rcode 11>` is how BIND prints a code without a name. */
export function bindRcode(text: string): string | undefined {
  if (RCODES.has(text)) return text
  const number = /^<rcode (\d{1,4})>$/.exec(text)
  return number ? rcodeName(Number(number[1])) : undefined
}

/** The kind of trouble in BIND's result words. */
export function bindErrorType(text: string): ErrorType {
  if (/timed out/.test(text)) return 'dns_timeout'
  if (/connection refused/.test(text)) return 'connection_refused'
  if (/unreachable|host down|network down/.test(text)) return 'destination_ip_unroutable'
  if (/connection reset|end of file/.test(text)) return 'connection_terminated'
  return 'dns_error'
}

/** Cuts `NAME/A/B` at its last two slashes; names may hold slashes themselves. */
function cutTriple(text: string): [string, string, string] | undefined {
  const last = text.lastIndexOf('/')
  const first = last === -1 ? -1 : text.lastIndexOf('/', last - 1)
  return first <= 0 ? undefined : [text.slice(0, first), text.slice(first + 1, last), text.slice(last + 1)]
}

/** `query failed (REFUSED) for NAME/CLASS/TYPE at query.c:5708`: the query was answered with an error. */
export function putQueryFailed(draft: Draft, message: string, origin: string | undefined): boolean {
  const close = message.indexOf(')')
  if (!message.startsWith('query failed (') || close === -1) return false
  const result = message.slice(14, close)
  const at = message.lastIndexOf(' at ')
  const triple = message.startsWith(') for ', close) && at > close ? cutTriple(message.slice(close + 6, at)) : undefined
  const rcode = bindRcode(result)
  // whatever has no code of its own goes out as SERVFAIL, "failure" above all
  draft.dns = { question: triple ? { name: triple[0], type: triple[2], class: triple[1] } : { name: origin }, response_code: rcode ?? 'SERVFAIL' }
  draft.error = { ...(rcode === undefined ? { type: bindErrorType(result) } : {}), code: result }
  return true
}

/** `query (cache) 'NAME/TYPE/CLASS' denied[ (why)]`, `zone transfer '…' denied`: the query is answered with REFUSED. */
export function putDenied(draft: Draft, message: string): boolean {
  const quote = message.indexOf("'")
  const end = message.indexOf("' denied", quote + 1)
  if (quote === -1 || end === -1 || quote > 40) return false
  const words = message.slice(0, quote - 1)
  if (!words.startsWith('query') && words !== 'zone transfer') return false
  const triple = cutTriple(message.slice(quote + 1, end))
  if (!triple) return false
  draft.dns = { question: { name: triple[0], type: triple[1], class: triple[2] }, response_code: 'REFUSED' }
  draft.error = { code: 'denied', message }
  return true
}

/** `rpz QNAME NXDOMAIN rewrite NAME/TYPE/CLASS via ZONE`: a response policy changed the answer. Gives the policy and its zone. */
export function readRpz(message: string): { policy: string, zone: string } | undefined {
  const match = /^(?:disabled )?rpz \S+ (\S+) rewrite \S+ via (\S+)/.exec(message)
  return match ? { policy: `rpz ${match[1]}`, zone: match[2]! } : undefined
}

/**
 * The resolver's own queries to other servers: `SERVFAIL unexpected RCODE resolving 'NAME/TYPE/CLASS': IP#PORT`, `lame server
 * resolving 'NAME' (in 'ZONE'?): IP#PORT`, `timed out resolving …`, and the older `error (network unreachable) resolving …`.
 */
export function readResolverTrouble(message: string): Draft | undefined {
  const mark = message.indexOf(" resolving '")
  if (mark === -1 || mark > 80) return undefined
  const end = message.indexOf("'", mark + 12)
  if (end === -1) return undefined
  const asked = message.slice(mark + 12, end)
  const triple = cutTriple(asked)
  const pair = asked.lastIndexOf('/')
  const question = triple ? { name: triple[0], type: triple[1], class: triple[2] } : pair > 0 ? { name: asked.slice(0, pair), type: asked.slice(pair + 1) } : { name: asked }
  // the result's words stand first; anything with a colon is another program's line
  if (!/^[A-Za-z0-9<>() /-]+$/.test(message.slice(0, mark))) return undefined
  const words = message.slice(0, mark).replace(/^(?:unexpected RCODE|error) \((.+)\)$/, '$1')
  if (words.startsWith('success')) return undefined
  const colon = message.lastIndexOf(': ')
  const server = colon > end ? splitHostPort(message.slice(colon + 2)) : undefined
  const stated = words.split(' ')[0]!
  const rcode = bindRcode(stated)
  return {
    type: 'log.line', hostname: question.name, message,
    ...(server ? { server: { ip: server.host, port: server.port } } : {}),
    dns: { question, ...(rcode === undefined ? {} : { response_code: rcode }) },
    error: { type: bindErrorType(words), code: rcode ?? words },
  }
}

/** `DNS format error from IP#PORT resolving NAME/TYPE for CLIENT: reason`. */
export function readFormatError(message: string): Draft | undefined {
  const match = /^DNS format error from ([^ ]+) resolving ([^ ]+) for (?:client )?([^ ]+): (.*)$/.exec(message)
  if (!match) return undefined
  const server = splitHostPort(match[1]!)
  const client = splitHostPort(match[3]!)
  const slash = match[2]!.lastIndexOf('/')
  const name = slash > 0 ? match[2]!.slice(0, slash) : match[2]!
  return {
    type: 'log.line', hostname: name, message,
    ...(server ? { server: { ip: server.host, port: server.port } } : {}),
    ...(client?.port === undefined ? {} : { client: { ip: client.host, port: client.port || undefined } }),
    dns: { question: { name, ...(slash > 0 ? { type: match[2]!.slice(slash + 1) } : {}) } },
    error: { type: 'dns_error', code: 'FORMERR', message: match[4] },
  }
}

/** `fetch completed at resolver.c:4269 for NAME/TYPE in 0.004000: timed out/success [domain:.,…]`, of which only failures are told. */
export function readFetch(message: string): Draft | undefined {
  const match = /^fetch completed at \S+ for (\S+) in (\d+\.\d+): ([^[]+)\/[^[/]+ \[/.exec(message)
  if (!match || match[3] === 'success' || match[3]!.startsWith('ncache')) return undefined
  const slash = match[1]!.lastIndexOf('/')
  const name = slash > 0 ? match[1]!.slice(0, slash) : match[1]!
  return {
    type: 'log.line', hostname: name, message, duration_ms: Math.round(Number(match[2]) * 1e6) / 1000,
    dns: { question: { name, ...(slash > 0 ? { type: match[1]!.slice(slash + 1) } : {}) } },
    error: { type: bindErrorType(match[3]!), code: match[3] },
  }
}
