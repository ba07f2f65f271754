/** Why an event was joined to what it was joined to: its candidates, and what each lost by. */
import { formatDurationMs } from '../duration.js'
import { ipFamily } from '../address.js'
import { round3 } from '../read/time.js'
import { asksForAddress, type Facts } from './facts.js'
import { gapOf } from './partner-index.js'
import type { Claim, Found, JoinRules } from './claim.js'
import { CLIENT, keyNames, NAME, PORT, rankOf, scoreOf, SERVER } from './strength.js'

/** One candidate, as `correlate --explain-join` prints it. */
export interface Candidate {
  readonly type: 'candidate'
  readonly of: string
  readonly event_id: string
  readonly event_type: string
  readonly hostname?: string | undefined
  readonly delta_ms: number
  readonly keys: readonly string[]
  readonly strength?: number | undefined
  readonly score?: number | undefined
  readonly verdict: 'joined' | 'lost'
  /** In words: what it lost by. */
  readonly why: string
}

/** Candidates listed at most, nearest first. */
const MOST = 50

interface Agreement { readonly shared: number, readonly against: readonly string[] }

/** What two events share, and what speaks against them. */
function agreementOf(a: Facts, b: Facts): Agreement {
  const against: string[] = []
  let shared = 0
  const compare = (bit: number, word: string, left: string | number | undefined, right: readonly (string | number)[]): void => {
    if (left === undefined || right.length === 0) return
    if (right.includes(left)) shared |= bit
    else against.push(`${word} ${left} against ${right.slice(0, 3).join(', ')}`)
  }
  const sameFamily = a.client !== undefined && b.client !== undefined && ipFamily(a.client) === ipFamily(b.client)
  if (sameFamily) compare(CLIENT, 'client', a.client, [b.client!])
  if (sameFamily) compare(PORT, 'client port', a.clientPort, b.clientPort === undefined ? [] : [b.clientPort])
  compare(SERVER, 'server', a.servers[0], b.servers)
  if (!((shared & PORT) !== 0 && b.role === 'tls')) compare(NAME, 'name', a.names[0], b.names)
  if (a.family !== 0 && b.family !== 0 && a.family !== b.family) against.push(`IPv${b.family} where the connection is IPv${a.family}`)
  return { shared, against }
}

function lossOf(seeker: Facts, candidate: Facts, agreement: Agreement, rules: JoinRules, chosen: Found | undefined): string {
  const { shared, against } = agreement
  if (candidate.role === 'dns' && !asksForAddress(candidate.event)) return `asks for ${candidate.event.dns?.question?.type}, which leads to no connection`
  if (against.length > 0) return against.join('; ')
  const rank = rankOf(shared)
  if (rank === undefined) return shared === 0 ? 'they share nothing that both know' : `${keyNames(shared).join(' and ')} alone is no key`
  const gap = gapOf(seeker, candidate)
  const isLater = candidate.at > seeker.at
  const limit = isLater ? rules.afterMs : rules.beforeMs
  if (gap > limit) return `${formatDurationMs(gap)} ${isLater ? 'later' : 'earlier'}, outside the window of ${formatDurationMs(limit)}`
  const code = candidate.event.dns?.response_code
  if (code !== undefined && code !== 'NOERROR') return `the answer is ${code}`
  if (candidate.event.tls?.established === false) return 'the handshake failed, so it carried no request'
  if (!chosen) return isLater ? 'later than the event, which was served from a cache' : 'the address served several names in the window, so it tells none'
  if (rank > chosen.match.rank) return `weaker keys than ${chosen.match.partner.event.id}`
  if (isLater && !chosen.match.later) return `later, and ${chosen.match.partner.event.id} is earlier`
  return `farther away than ${chosen.match.partner.event.id}`
}

const WANTED: Readonly<Record<string, readonly Facts['role'][]>> = { request: ['tls', 'dns'], attempt: ['tls', 'dns'], tls: ['dns'], dns: [] }

/** The candidates of the event with this id among a slice's facts, joined ones first, then the nearest. */
export function explainEvent(id: string, facts: readonly Facts[], claims: readonly Claim[], rules: JoinRules): Candidate[] {
  const seeker = facts.find(one => one.event.id === id)
  if (!seeker) return []
  const claim = claims.find(one => one.cluster.members.includes(seeker) || one.tls?.cluster.members.includes(seeker))
  const joined = new Map([claim?.tls, claim?.dns].filter(found => found !== undefined).flatMap(found => found.cluster.members.map(member => [member, found] as const)))
  const found = { tls: claim?.tls, dns: claim?.dns } as Readonly<Record<string, Found | undefined>>
  const candidates = facts.filter(one => one !== seeker && (WANTED[seeker.role] ?? []).includes(one.role)).map((candidate): Candidate => {
    const partner = joined.get(candidate)
    // the answer was looked for by the handshake, where there is one
    const asked = candidate.role === 'dns' && claim?.tls ? claim.tls.match.partner : seeker
    const agreement = agreementOf(asked, candidate)
    const rank = agreement.against.length > 0 ? undefined : rankOf(agreement.shared)
    const score = rank === undefined ? undefined : scoreOf(rank, gapOf(asked, candidate), rules.beforeMs, 0, false)
    return {
      type: 'candidate', of: id, event_id: candidate.event.id, event_type: candidate.event.type, hostname: candidate.event.hostname, delta_ms: round3(candidate.at - asked.at),
      keys: keyNames(agreement.shared), strength: rank === undefined ? undefined : rank + 1, score,
      verdict: partner ? 'joined' : 'lost',
      why: partner ? `joined by ${partner.bound}` : lossOf(asked, candidate, agreement, rules, found[candidate.role]),
    }
  })
  return candidates.sort((a, b) => Number(a.verdict === 'lost') - Number(b.verdict === 'lost') || Number(a.strength === undefined) - Number(b.strength === undefined) || Math.abs(a.delta_ms) - Math.abs(b.delta_ms)).slice(0, MOST)
}
