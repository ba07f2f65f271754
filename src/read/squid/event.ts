/** What a line of Squid becomes, whichever of its formats printed it. */
import { canonicalIp } from '../../address.js'
import type { Draft } from '../parser.js'
import { putRequestLine } from '../request.js'
import { peerOf } from './line.js'
import { applyTag } from './tags.js'

/** The values of a line, as printed. */
export interface SquidFacts { readonly client: string, readonly tag: string, readonly route: string, readonly peer: string, readonly status: number, readonly bytes: number, readonly request: string }

/** Puts a request target; `error:…` is what Squid writes where it could not read a request. */
function putRequest(draft: Draft, request: string): void {
  const [method = '', target = ''] = request.split(' ')
  if (target.startsWith('error:')) {
    draft.url = { original: target }
    const type = target === 'error:transaction-end-before-headers' ? 'client_abort' : 'http_request_error'
    draft.error ??= { type, code: target }
    if (method !== 'NONE' && method !== '-') draft.http = { ...draft.http, request: { method } }
    return
  }
  putRequestLine(draft, request)
}

/** Puts everything but the time on a draft. */
export function applySquid(draft: Draft, facts: SquidFacts): void {
  const { client, status, bytes } = facts
  if (canonicalIp(client) !== undefined) draft.client = { ip: client }
  const response: NonNullable<NonNullable<Draft['http']>['response']> = {}
  if (status >= 100 && status <= 999) response.status_code = status
  if (bytes >= 0) response.bytes = bytes
  draft.http = { response }
  applyTag(draft, facts.tag, status, facts.route)
  putRequest(draft, facts.request)
  const peer = peerOf(facts.peer)
  if (facts.peer !== '') (draft.cdn ??= {}).origin = peer
  // through which cache it went; the plain routes say no more than the peer does
  if (!/^(?:HIER_)?(?:NONE|DIRECT)$/.test(facts.route)) (draft.cdn ??= {}).result = facts.route
}
