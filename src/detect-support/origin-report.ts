/** Turns incidents at an origin into findings: how bad, how sure, where it is and where it is not, and the lines that prove it. */
import { z } from 'zod'
import type { FindingDraft } from '../detectors/detector.js'
import { isIP } from 'node:net'
import type { Severity } from '../schema/finding.js'
import { comparisonOf } from './origin-comparison.js'
import { evidenceOf } from './origin-evidence.js'
import { FROM_ERROR_LOG, REFUSED, originsOf, settle, together, usualOrigins, type NameIncident, type OriginIncident } from './origin-incidents.js'
import { scatterOf, type Scatter } from './origin-scatter.js'
import { seconds } from './origin-verdict.js'
import type { OriginWatch, Trouble } from './origin-watch.js'
import { listed, Tally } from './incidents.js'
import { countBetween, densest, quantile } from './stats.js'

/** Thresholds that the origin detectors share. */
export const originThresholds = {
  gap_s: z.number().positive().default(60).describe('Seconds without a failure, with healthy requests in between, after which an incident is over'),
  min_share: z.number().min(0).max(1).default(0.005).describe('Share of the requests a name sent to its origin, from a minute before the incident to a minute after, that must fail; below it the finding is informational'),
  medium_requests: z.int().positive().default(3).describe('Failed requests that clients saw, from which the finding is medium instead of low'),
  medium_share: z.number().min(0).max(1).default(0.02).describe('Share of failing requests, between first and last failure, from which the finding is medium instead of low'),
  high_requests: z.int().positive().default(10).describe('Failed requests that clients saw, from which the finding may be high'),
  high_share: z.number().min(0).max(1).default(0.5).describe('Share of failing requests, between first and last failure, from which the finding may be high'),
  critical_requests: z.int().positive().default(100).describe('Failed requests that clients saw, from which the finding may be critical'),
  critical_share: z.number().min(0).max(1).default(0.9).describe('Share of failing requests from which the finding may be critical'),
}

/** Those thresholds, read. */
export type OriginThresholds = { [Key in keyof typeof originThresholds]: z.output<(typeof originThresholds)[Key]> }

/** What one detector says of its kind of incident. */
export interface Wording {
  readonly kind: NameIncident['kind']
  /** The word a program can switch on. */
  cause(sum: Sum): string
  /** What happened to the requests: `were given up after 5 s without response headers`. */
  happened(sum: Sum): string
  /** What to do next, by cause. */
  readonly remedies: Readonly<Record<string, string>>
  /** Fewer failures than this prove nothing. Default 1. */
  readonly least?: number
}

/** An incident summed up over its names. */
export interface Sum {
  readonly incident: OriginIncident
  readonly count: number
  readonly masked: number
  readonly named: number
  readonly consequences: number
  readonly aborts: number
  readonly asked: number
  readonly share: number
  /** Share with a minute of healthy traffic on both sides counted in. */
  readonly wideShare: number
  readonly names: readonly string[]
  readonly origins: readonly string[]
  readonly phases: Tally
  readonly types: Tally
  readonly words: Tally
  readonly paths: Tally
  readonly pops: readonly string[]
  readonly regions: readonly string[]
  readonly waits: readonly number[]
  readonly inferred: string | undefined
  readonly origin_ips: readonly string[]
  /** Where failures of many names are told as one: how they lie. */
  readonly spread?: string
}

const AROUND_MS = 60_000
/** Names of a finding's subject, where there are more. */
const MAX_SUBJECTS = 64

/** Fewer stray failures than this are not even worth an informational finding. */
const STRAYS = 3

function merged(states: readonly Trouble[], pick: (state: Trouble) => Tally): Tally {
  const sum = new Tally()
  for (const state of states) for (const [word, count] of pick(state).top()) sum.add(word, count)
  return sum
}

/** Healthy requests of a name that one would expect within a minute of both ends, from its rate over the run. */
function healthyAround(watch: OriginWatch, name: string): number {
  const traffic = watch.names.get(name)
  if (!traffic || traffic.healthy === 0) return 0
  return Math.min(traffic.healthy, traffic.healthy / (traffic.lastMs - traffic.firstMs + 1000) * 2 * AROUND_MS)
}

/** Healthy requests of a name in the time that stray failures are spread over, from its rate over the run. */
function healthyOver(watch: OriginWatch, name: string, { first, last }: OriginIncident): number {
  const traffic = watch.names.get(name)
  if (!traffic || first === undefined || last === undefined) return 0
  return Math.round(Math.min(1, (last - first + 1000) / (traffic.lastMs - traffic.firstMs + 1000)) * traffic.healthy)
}

/** What went well at the same origins (behind the same POP or region, where that is known) while the incident lasted. */
function healthyThere(watch: OriginWatch, { first, last }: OriginIncident, origins: readonly string[], places: readonly string[]): number | undefined {
  if (first === undefined || last === undefined || origins.length === 0) return undefined
  const keys = places.length > 0 ? origins.flatMap(origin => places.map(place => `route ${origin} behind ${place}`)) : origins.map(origin => `origin ${origin}`)
  const tracked = keys.map(key => watch.tracked.get(key)).filter(one => one !== undefined)
  return tracked.length === 0 ? undefined : tracked.reduce((sum, one) => sum + countBetween(one.healthy, first, last), 0)
}

function sumUp(incident: OriginIncident, watch: OriginWatch, isStray = false): Sum {
  const parts = incident.members.flatMap(member => member.parts)
  const states = parts.map(part => part.state)
  const add = (pick: (state: Trouble) => number): number => states.reduce((sum, state) => sum + pick(state), 0)
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  const names = [...new Set(incident.members.map(member => member.name))].sort()
  const between = add(state => state.healthyBetween)
  const around = names.reduce((sum, name) => sum + healthyAround(watch, name), 0)
  const failing = [...new Set(incident.members.flatMap(originsOf))].sort()
  // one or two failures have nothing between them: what went well around them is what they are a share of
  const pops = merged(states, state => state.pops).words()
  const regions = merged(states, state => state.regions).words()
  const there = healthyThere(watch, incident, failing, pops.length > 0 ? pops : regions)
  const well = isStray ? names.reduce((sum, name) => sum + healthyOver(watch, name, incident), 0) : count < 3 ? Math.max(between, Math.round(around)) : Math.min(between, there ?? between)
  return {
    incident, count, names, named: add(state => state.named), masked: add(state => state.masked), consequences: add(state => state.consequences), aborts: add(state => state.aborts),
    asked: count + well, share: count / (count + well), wideShare: count / (count + Math.max(between, around)),
    origins: failing, origin_ips: [...new Set(states.flatMap(state => [...state.ips]))].sort(),
    phases: merged(states, state => state.phases), types: merged(states, state => state.types), words: merged(states, state => state.words), paths: merged(states, state => state.paths),
    pops, regions,
    waits: states.flatMap(state => state.waits.kept()),
    inferred: incident.members.every(member => member.inferred !== undefined) ? incident.members[0]!.inferred : undefined,
  }
}

function severityOf(sum: Sum, thresholds: OriginThresholds, least: number): Severity {
  const seen = sum.count - sum.masked
  if (sum.wideShare < thresholds.min_share || sum.count < least) return 'informational'
  // one request that cost nobody a wait is a restart or a lost packet, and so are two among hundreds, or two that a retry healed
  if (sum.incident.kind !== 'timeout' && (sum.count < 2 || (sum.count < STRAYS && (sum.share < thresholds.medium_share || sum.masked === sum.count)))) return 'informational'
  if (sum.inferred !== undefined && sum.count < 2 && !sum.waits.some(wait => wait >= 3000)) return 'informational'
  if (seen < thresholds.medium_requests || sum.share < thresholds.medium_share) return 'low'
  if (seen >= thresholds.critical_requests && sum.share >= thresholds.critical_share) return 'critical'
  return seen >= thresholds.high_requests && sum.share >= thresholds.high_share ? 'high' : 'medium'
}

function confidenceOf(sum: Sum): FindingDraft['confidence'] {
  if (sum.named >= 3 || (sum.inferred === FROM_ERROR_LOG && sum.count >= 3)) return 'high'
  const pile = densest(sum.waits.filter(wait => wait >= 1000))
  if (sum.incident.kind === 'timeout' && pile && pile.count >= 3 && pile.share >= 0.5) return 'medium'
  if (sum.named >= 1 || sum.inferred === FROM_ERROR_LOG || (sum.count >= 5 && (sum.inferred === REFUSED || sum.inferred?.includes('pile')))) return 'medium'
  return 'low'
}

/** How long those waited that did: one time where they agree, else from … to. */
export function typicalWait(sum: Sum): string | undefined {
  const slow = sum.waits.filter(wait => wait >= 1000)
  const [low, middle, high] = [0.1, 0.5, 0.9].map(q => quantile(slow, q))
  if (low === undefined || middle === undefined || high === undefined) return undefined
  return high <= 1.1 * low ? seconds(middle) : `${seconds(low)} to ${seconds(high)}`
}

/** The origin to be blamed: those that failed, else those that used to answer for these names. */
function whoOf(sum: Sum, watch: OriginWatch): string {
  if (sum.origins.length > 0) return `origin ${listed(sum.origins)}`
  const usual = [...new Set(sum.names.flatMap(name => usualOrigins(watch, name)))].sort()
  const the = sum.spread === undefined ? 'the origin' : 'the origins'
  return usual.length > 0 ? `${the} of ${listed(sum.names)} (${listed(usual)} when it answers)` : `${the} of ${listed(sum.names.filter(name => name !== '')) || 'these requests'}`
}

const percent = (share: number): string => share > 0 && share < 0.005 ? 'under 1 %' : `${Math.round(share * 100)} %`

function sentence(sum: Sum, wording: Wording, watch: OriginWatch): string {
  const who = whoOf(sum, watch)
  const place = sum.pops.length > 0 ? ` behind ${listed(sum.pops)}` : sum.regions.length > 0 ? ` in ${listed(sum.regions)}` : ''
  const names = sum.origins.length > 0 ? ` for ${listed(sum.names.filter(name => name !== '' && !sum.origins.includes(name)))}`.replace(/ for $/, '') : ''
  const share = sum.asked > 1 ? ` (${percent(sum.share)})` : ''
  const extra = [
    sum.masked > 0 ? `${sum.masked} of them were served all the same, by another origin or from a stale copy` : '',
    sum.consequences > 0 ? `${sum.consequences} were turned away because no server was left to try` : '',
    sum.aborts > 0 ? `${sum.aborts} more ${sum.aborts === 1 ? 'was' : 'were'} given up by the client after a long wait` : '',
    sum.inferred ?? '',
    sum.spread ?? '',
  ].filter(part => part !== '')
  const requests = watch.requests === 0 ? `${sum.count} attempts in the error log${names}` : `${sum.count} of ${sum.asked} requests${names} that needed it${share}`
  return `${who}${place}: ${requests} ${wording.happened(sum)}${extra.length > 0 ? `; ${extra.join('; ')}` : ''}`
}

function measuredOf(sum: Sum, thresholds: OriginThresholds, least: number): FindingDraft['measured'][number][] {
  const median = quantile(sum.waits, 0.5)
  const most = sum.waits.length > 0 ? Math.max(...sum.waits) : undefined
  return [
    { field: 'failed requests', value: sum.count, op: '>=', threshold: least, unit: 'requests' },
    { field: 'share of requests to the origin', value: sum.share, op: '>=', threshold: thresholds.min_share },
    ...(median === undefined ? [] : [{ field: 'wait, median', value: median, unit: 'ms' }, { field: 'wait, longest', value: most!, unit: 'ms' }]),
    ...(sum.named > 0 ? [{ field: 'failures whose cause the log names', value: sum.named, unit: 'requests' }] : []),
    ...(sum.masked > 0 ? [{ field: 'served all the same', value: sum.masked, unit: 'requests' }] : []),
    ...sum.types.top(3).map(([word, count]) => ({ field: `error.type ${word}`, value: count, unit: 'requests' })),
    ...(sum.origins.length > 0 && sum.origin_ips.length < sum.origins.length ? [{ field: 'cdn.origin.name', value: sum.origins.filter(origin => isIP(origin) === 0).join(', ') }] : []),
  ]
}

function draftOf(sum: Sum, severity: Severity, wording: Wording, watch: OriginWatch, thresholds: OriginThresholds): FindingDraft {
  const cause = wording.cause(sum)
  const hostnames = sum.names.filter(name => name !== '' && isIP(name) === 0 && !sum.origins.includes(name))
  const remedy = wording.remedies[cause]
  return {
    severity, confidence: confidenceOf(sum), cause,
    subject: { hostnames: hostnames.slice(0, MAX_SUBJECTS), origin_ips: [...sum.origin_ips], pops: [...sum.pops], regions: [...sum.regions] },
    hostname: hostnames.length === 1 ? hostnames[0] : undefined,
    count: sum.count, ts_ms: sum.incident.first, ts_end_ms: sum.incident.last,
    measured: measuredOf(sum, thresholds, wording.least ?? 1),
    evidence: evidenceOf(sum.incident),
    message: sentence(sum, wording, watch),
    comparison: comparisonOf(sum, watch),
    ...(remedy === undefined ? {} : { remediation: remedy }),
    key: sum.origins.length > 0 ? sum.origins : sum.names,
  }
}

/** Error-log lines without a client prove what they are about. */
function attachNotes(incidents: readonly NameIncident[], watch: OriginWatch): void {
  for (const one of incidents) {
    const ips = one.parts.flatMap(part => [...part.state.ips])
    for (const said of watch.notes.about([one.name, ...ips], one.first, one.last)) if (said.kind === one.kind) one.parts[0]!.state.evidence.addAll(said.proofs, 4)
  }
}

/** Clients that gave up after a long wait, while their name's origin failed or just after, support the incident. */
function attachAborts(incidents: readonly NameIncident[], watch: OriginWatch): NameIncident[] {
  return incidents.map(one => {
    const aborts = one.first === undefined ? [] : (watch.names.get(one.name)?.aborts ?? []).filter(abort => abort.endMs >= one.first! && abort.startMs <= one.last! + watch.gapMs)
    const [part] = one.parts
    if (aborts.length === 0 || !part) return one
    part.state.aborts = aborts.length
    for (const abort of aborts) part.state.evidence.addAll(abort.proofs, 1)
    return { ...one, last: Math.max(one.last!, ...aborts.map(abort => abort.endMs)) }
  })
}

/** All that is scattered, as one finding: a background that is worth a word from `min_share` on, or what struck many names at once. */
function draftOfScatter(scatter: Scatter, wording: Wording, watch: OriginWatch, thresholds: OriginThresholds): FindingDraft {
  const members = scatter.sums.flatMap(sum => sum.incident.members)
  const [firsts, lasts] = [members.flatMap(member => member.first ?? []), members.flatMap(member => member.last ?? [])]
  const whole = sumUp({ kind: wording.kind, members, first: firsts.length > 0 ? Math.min(...firsts) : undefined, last: lasts.length > 0 ? Math.max(...lasts) : undefined }, watch, true)
  const share = scatter.count / scatter.asked
  const even = { asked: scatter.asked, share, wideShare: share }
  const sum: Sum = { ...whole, ...(scatter.even ? even : { wideShare: whole.share }), spread: scatter.even ? `they are spread over ${scatter.names} names and the whole time, so no one origin is to blame` : `they hit ${scatter.names} names at one time, a few requests each` }
  const severity = !scatter.even ? severityOf(sum, thresholds, wording.least ?? 1) : share < thresholds.min_share ? 'informational' : 'low'
  return { ...draftOf(sum, severity, wording, watch, thresholds), key: ['scattered'], comparison: undefined }
}

const settled = new WeakMap<OriginWatch, NameIncident[]>()

/** Findings of one kind. Stray failures that are far below `min_share` are told once per subject, as information. */
export function reportOrigin(watch: OriginWatch, wording: Wording, thresholds: OriginThresholds): FindingDraft[] {
  let all = settled.get(watch)
  if (!all) {
    settled.set(watch, all = attachAborts(settle(watch), watch))
    attachNotes(all, watch)
  }
  const least = wording.least ?? 1
  const groups = together(all.filter(one => one.kind === wording.kind), watch, 10_000)
  const drafts: FindingDraft[] = []
  const strays = new Map<string, NameIncident[]>()
  const sums = groups.map(incident => sumUp(incident, watch))
  const scatter = scatterOf(sums, watch)
  if (scatter) drafts.push(draftOfScatter(scatter, wording, watch, thresholds))
  for (const sum of sums) {
    const { incident } = sum
    if (scatter?.sums.includes(sum)) continue
    const severity = severityOf(sum, thresholds, least)
    if (severity !== 'informational') {
      drafts.push(draftOf(sum, severity, wording, watch, thresholds))
      continue
    }
    const key = (sum.origins.length > 0 ? sum.origins : sum.names).join('|')
    strays.set(key, [...(strays.get(key) ?? []), ...incident.members])
  }
  for (const members of strays.values()) {
    const firsts = members.flatMap(member => member.first ?? [])
    const lasts = members.flatMap(member => member.last ?? [])
    const sum = sumUp({ kind: wording.kind, members, first: firsts.length > 0 ? Math.min(...firsts) : undefined, last: lasts.length > 0 ? Math.max(...lasts) : undefined }, watch, true)
    if (sum.count >= Math.max(STRAYS, least)) drafts.push(draftOf(sum, 'informational', wording, watch, thresholds))
  }
  return drafts
}
