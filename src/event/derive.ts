/** What follows from a draft's own facts, whichever parser made it. Only gaps are filled; a parser's word stands. */
import { ipFamily } from '../address.js'
import { goModuleOf } from '../read/go-request.js'
import type { Draft } from '../read/parser.js'

const PROTOCOL: Readonly<Record<string, string>> = { 'http.request': 'http', 'dns.query': 'dns', 'dns.response': 'dns', 'tls.handshake': 'tls', 'http2.frame': 'http' }

function deriveHostname(draft: Draft): string | undefined {
  switch (draft.type) {
    case 'dns.query': case 'dns.response': return draft.dns?.question?.name
    case 'tls.handshake': return draft.tls?.client?.server_name ?? nameOf(draft.url?.domain)
    default: return nameOf(draft.url?.domain) ?? draft.tls?.client?.server_name
  }
}

/** A host that is an address is no join name. */
function nameOf(domain: string | undefined): string | undefined {
  return domain === undefined || domain.includes(':') || isNumeric(domain) ? undefined : domain
}

/** Nothing but digits and dots; the first character mostly tells. */
function isNumeric(domain: string): boolean {
  const first = domain.charCodeAt(0)
  return first <= 57 && /^[\d.]+$/.test(domain)
}

/** The addresses among answers, each once. */
function addressesOf(answers: NonNullable<NonNullable<Draft['dns']>['answers']>): string[] {
  const addresses = new Set<string>()
  for (const { type, data } of answers) if (type === 'A' || type === 'AAAA') addresses.add(data)
  return addresses.size === 0 ? [] : [...addresses]
}

function deriveDns(draft: Draft): void {
  const { dns } = draft
  if (!dns) return
  dns.type ??= draft.type === 'dns.response' ? 'answer' : 'query'
  const answers = dns.answers
  if (!answers?.length) return
  dns.resolved_ip ??= addressesOf(answers)
  if (dns.min_ttl_s === undefined) {
    let least: number | undefined
    for (const { ttl } of answers) if (ttl !== undefined) least = least === undefined ? ttl : Math.min(least, ttl)
    if (least !== undefined) dns.min_ttl_s = least
  }
}

function deriveOutcome(draft: Draft): 'success' | 'failure' | undefined {
  const status = draft.http?.response?.status_code
  switch (draft.type) {
    case 'http.request': case 'go.module':
      if (status !== undefined) return status >= 500 || draft.error?.type !== undefined ? 'failure' : 'success'
      break
    case 'dns.response':
      if (draft.dns?.response_code !== undefined) return draft.dns.response_code === 'NOERROR' ? 'success' : 'failure'
      break
    case 'tls.handshake':
      if (draft.tls?.established !== undefined) return draft.tls.established ? 'success' : 'failure'
      break
    default: break
  }
  return draft.error?.type === undefined ? undefined : 'failure'
}

/** A request to a Go module proxy, in whichever access log it stands. */
function deriveGoModule(draft: Draft): void {
  const path = draft.url?.path
  if (path === undefined || (!path.includes('/@') && !path.includes('/sumdb/'))) return
  const asked = goModuleOf(path)
  if (asked) (draft.go ??= {}).module ??= asked
}

/** Fills the join name, DNS sums, address family, protocol and outcome. */
export function deriveFacts(draft: Draft): void {
  deriveDns(draft)
  draft.hostname ??= deriveHostname(draft)
  draft.outcome ??= deriveOutcome(draft)
  if (draft.type === 'http.request') deriveGoModule(draft)
  const address = draft.client?.ip ?? draft.server?.ip
  const protocol = PROTOCOL[draft.type]
  if (address === undefined && protocol === undefined) return
  const network = (draft.network ??= {})
  if (address !== undefined) network.type ??= ipFamily(address) === 4 ? 'ipv4' : 'ipv6'
  network.protocol ??= protocol
}
