/**
 * The event seam: the one place where a draft becomes an event. Names and addresses get their canonical spelling, an end stamp
 * becomes a start, secrets are redacted, what follows from the facts is filled in, and the result is validated against the schema.
 */
import { canonicalHost, canonicalIp } from '../address.js'
import { inShape } from '../read/draft-shape.js'
import { skip, type Draft, type Skip } from '../read/parser.js'
import { shiftAt, type ClockCorrection } from '../read/clock-correction.js'
import { round3 } from '../read/time.js'
import type { LogEvent } from '../schema/event.js'
import { deriveFacts } from './derive.js'
import { redactDraft } from './redact-draft.js'
import { checkEvent } from './validate.js'

/** Where events come from and what is said of the whole file. */
export interface Provenance {
  readonly path: string
  readonly dataset: string
  readonly vantage?: LogEvent['vantage']
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly redact: boolean
  /** Added to every time of the file (clock correction), ms. */
  readonly skewMs?: ClockCorrection | undefined
}

/** Turns a draft into an event, or says why it is none. `line` is its first line; `ordinal` counts the events of one line from 1. */
export type Seam = (draft: Draft, line: number, ordinal: number) => LogEvent | Skip

const EARLIEST_MS = 0
const LATEST_MS = 253402300799999 // the last millisecond RFC 3339 can write with four digits of year

/** An end stamp and a known duration give the start; a log that stamps the end and knows no duration keeps its end as the only time. */
function settleTime(draft: Draft, skew: ClockCorrection): boolean {
  if (draft.ts_ms === undefined) return true
  const span = draft.duration_ms ?? draft.network?.duration_ms
  if (draft.ts_basis === 'end' && span !== undefined) {
    draft.ts_end_ms ??= draft.ts_ms
    draft.ts_ms -= span
    draft.ts_basis = 'derived'
    draft.ts_sub_ns = undefined // belongs to the end
  }
  const skewMs = shiftAt(skew, draft.ts_ms)
  draft.ts_ms = round3(draft.ts_ms + skewMs)
  if (draft.ts_end_ms !== undefined) draft.ts_end_ms = round3(draft.ts_end_ms + skewMs)
  else if (draft.duration_ms !== undefined && draft.ts_basis === 'start') draft.ts_end_ms = round3(draft.ts_ms + draft.duration_ms)
  return draft.ts_ms >= EARLIEST_MS && draft.ts_ms <= LATEST_MS
}

type Holder = Record<string, unknown>

const hostOrAddress = (text: string): string | undefined => canonicalHost(text) ?? canonicalIp(text)

/** Names and addresses in their canonical spelling. Written out field by field: a helper that takes the key costs more than the look-up itself. */
function canonicalNames(draft: Draft): void {
  const { client, server, network, url, tls, cdn, dns } = draft
  if (typeof draft.hostname === 'string') draft.hostname = canonicalHost(draft.hostname)
  if (typeof client?.ip === 'string') client.ip = canonicalIp(client.ip)
  if (typeof server?.ip === 'string') server.ip = canonicalIp(server.ip)
  if (typeof network?.forwarded_ip === 'string') network.forwarded_ip = canonicalIp(network.forwarded_ip)
  if (typeof url?.domain === 'string') url.domain = hostOrAddress(url.domain)
  const hello = tls?.client
  if (typeof hello?.server_name === 'string') hello.server_name = canonicalHost(hello.server_name)
  if (cdn?.origin) canonicalOrigin(cdn.origin)
  if (dns) canonicalDns(dns)
}

function canonicalOrigin(origin: NonNullable<NonNullable<Draft['cdn']>['origin']>): void {
  if (typeof origin.ip === 'string') origin.ip = canonicalIp(origin.ip)
  if (origin.attempts) for (const attempt of origin.attempts) if (typeof attempt.ip === 'string') attempt.ip = canonicalIp(attempt.ip)
}

function canonicalDns(dns: NonNullable<Draft['dns']>): void {
  const { question, answers } = dns
  if (typeof question?.name === 'string') question.name = canonicalHost(question.name)
  if (typeof dns.upstream === 'string') dns.upstream = canonicalIp(dns.upstream)
  if (answers) {
    for (const answer of answers) {
      if (typeof answer.name === 'string') answer.name = canonicalHost(answer.name)
      if (typeof answer.data !== 'string') continue
      if (answer.type === 'A' || answer.type === 'AAAA') answer.data = canonicalIp(answer.data) ?? answer.data
      else if (answer.type === 'CNAME') answer.data = canonicalHost(answer.data) ?? answer.data
    }
  }
  if (dns.resolved_ip) dns.resolved_ip = [...new Set(dns.resolved_ip.map(address => canonicalIp(address)).filter(address => address !== undefined))]
}

/** Makes the seam for one file. */
export function makeSeam(from: Provenance): Seam {
  const { path, redact, labels } = from
  const skewMs = from.skewMs ?? 0
  return (given, line, ordinal) => {
    const draft = inShape(given)
    if (!settleTime(draft, skewMs)) return skip('bad-time', 'outside the years 1970 to 9999')
    canonicalNames(draft)
    deriveFacts(draft)
    if (redact) redactDraft(draft)
    if (labels) applyLabels(draft, labels)
    const event = draft as unknown as Holder
    event.id = ordinal > 1 ? `${path}:${line}.${ordinal}` : `${path}:${line}`
    event.v = 1
    event.dataset = draft.dataset ?? from.dataset
    if (from.vantage && !draft.vantage) draft.vantage = from.vantage
    event.log = draft.log?.level ? { level: draft.log.level, file: { path }, line } : { file: { path }, line }
    event.line = undefined // left out by the check; `delete` would make a slow object of it
    const checked = checkEvent(event)
    return 'event' in checked ? checked.event : skip('bad-value', checked.refusal)
  }
}

/** `--label` facts, where the line does not say them itself. */
function applyLabels(facts: Draft, labels: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(labels)) {
    if (key === 'pop') (facts.cdn ??= {}).pop ??= value
    else if (key === 'region') (facts.cdn ??= {}).region ??= value
    else facts.labels = { [key]: value, ...facts.labels }
  }
}
