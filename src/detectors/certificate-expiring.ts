import { z } from 'zod'
import { describe, type Shown } from '../detect-support/certificates.js'
import { handshake, request } from '../detect-support/case-parts.js'
import { Evidence, listed, proofsOf, Tally } from '../detect-support/incidents.js'
import type { Sighting } from '../detect-support/sightings.js'
import { TlsView } from '../detect-support/tls-view.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type FindingDraft } from './detector.js'

const thresholds = z.strictObject({
  notice_share: z.number().min(0).max(1).default(1 / 3).describe('Share of its lifetime that is left when a certificate is due for renewal; ACME clients renew at a third. Informational.'),
  low_share: z.number().min(0).max(1).default(0.1).describe('Share left under which the renewal has surely been missed.'),
  medium_share: z.number().min(0).max(1).default(0.03).describe('Share left under which it is urgent.'),
})

const DAY_MS = 86_400_000
/** Longest lifetimes that public CAs may give, by the date of issue (CA/Browser Forum ballot SC-081v3). */
const CEILINGS: readonly (readonly [string, number])[] = [['2029-03-15', 47], ['2027-03-15', 100], ['2026-03-15', 200], ['2020-09-01', 398], ['1970-01-01', 825]]
const MAX_CERTIFICATES = 10_000

/** Lifetime of a certificate; where its beginning is not seen, the longest that was allowed when it can have been issued. */
function lifetimeMs(notBeforeMs: number | undefined, notAfterMs: number, atMs: number): number {
  if (notBeforeMs !== undefined && notBeforeMs < notAfterMs) return notAfterMs - notBeforeMs
  return CEILINGS.find(([since]) => atMs >= Date.parse(since))![1] * DAY_MS
}

interface Seen { readonly shown: Shown, readonly notAfterMs: number, count: number, firstMs: number, lastMs: number, readonly names: Tally, readonly ips: Tally, readonly evidence: Evidence }

/** Certificates of a run and the latest one seen per name and address. */
class Certificates {
  readonly seen = new Map<string, Seen>()
  private readonly latest = new Map<string, number>()

  add(sighting: Sighting): void {
    const { shown, atMs, name, serverIp, isNew, covers, failed } = sighting
    // one that is refused or for another name is certificate-invalid's business
    if (!isNew || !shown || shown.notAfterMs === undefined || atMs === undefined || covers === false || failed || shown.notAfterMs <= atMs) return
    const place = `${name} ${serverIp ?? ''}`
    if (this.latest.size < MAX_CERTIFICATES || this.latest.has(place)) this.latest.set(place, Math.max(this.latest.get(place) ?? 0, shown.notAfterMs))
    const key = `${shown.serial ?? shown.fingerprint ?? ''} ${shown.names.join()} ${shown.notAfterMs}`
    let one = this.seen.get(key)
    if (!one) {
      if (this.seen.size >= MAX_CERTIFICATES) return
      this.seen.set(key, one = { shown, notAfterMs: shown.notAfterMs, count: 0, firstMs: atMs, lastMs: atMs, names: new Tally(64), ips: new Tally(64), evidence: new Evidence(2) })
    }
    one.count++
    one.firstMs = Math.min(one.firstMs, atMs)
    one.lastMs = Math.max(one.lastMs, atMs)
    one.names.add(name)
    one.ips.add(serverIp)
    if (one.count <= 3) one.evidence.addAll(proofsOf(sighting, member => member.type === 'tls.handshake' ? `${name} shows a ${describe(shown)}` : undefined))
  }

  /** A newer one has taken its place everywhere it was seen. */
  isReplaced({ names, ips, notAfterMs }: Seen): boolean {
    return names.words().every(name => (ips.size === 0 ? [''] : ips.words()).every(ip => { const latest = this.latest.get(`${name} ${ip}`); return latest === undefined || latest > notAfterMs }))
  }
}

const shareLeft = ({ shown, notAfterMs, lastMs }: Seen): number => (notAfterMs - lastMs) / lifetimeMs(shown.notBeforeMs, notAfterMs, lastMs)

/** Is it this certificate, or does renewal as a whole not run? */
function comparisonOf(seen: Seen, all: readonly Seen[], limits: z.output<typeof thresholds>): string {
  const shares = all.filter(one => one !== seen).map(shareLeft).sort((a, b) => a - b)
  if (shares.length === 0) return 'no other certificate is seen'
  const due = shares.filter(share => share < limits.notice_share).length
  return `of ${shares.length} other certificate${shares.length === 1 ? '' : 's'} ${due === 0 ? 'none is' : due === 1 ? 'one is' : `${due} are`} due as well; ${Math.round(shares[shares.length >> 1]! * 100)} % of their lifetime is left in the middle`
}

function draftOf(seen: Seen, all: readonly Seen[], limits: z.output<typeof thresholds>): FindingDraft | undefined {
  const { shown, notAfterMs, lastMs } = seen
  const life = lifetimeMs(shown.notBeforeMs, notAfterMs, lastMs)
  const left = notAfterMs - lastMs
  const share = left / life
  if (share >= limits.notice_share) return undefined
  const names = seen.names.words(32)
  const days = Math.floor(left / DAY_MS)
  return {
    severity: share < limits.medium_share ? 'medium' : share < limits.low_share ? 'low' : 'informational',
    confidence: shown.notBeforeMs === undefined ? 'medium' : 'high',
    subject: { hostnames: names, server_ips: seen.ips.words(32) },
    ...(names.length === 1 ? { hostname: names[0] } : {}),
    count: seen.count,
    ts_ms: seen.firstMs,
    ts_end_ms: lastMs,
    measured: [
      { field: 'share of its lifetime that is left', value: share, op: '<', threshold: limits.notice_share },
      { field: 'left', value: left / DAY_MS, unit: 'd' },
      { field: 'lifetime', value: life / DAY_MS, unit: 'd' },
    ],
    evidence: seen.evidence.pick(),
    message: `The certificate of ${listed(names)} had ${days > 0 ? `${days} day${days === 1 ? '' : 's'}` : `${Math.floor(left / 3_600_000)} hours`} left when it was last seen, ${Math.round(share * 1000) / 10} % of its lifetime`,
    comparison: comparisonOf(seen, all, limits),
    cause: share < limits.low_share ? 'renewal-missed' : 'renewal-due',
    key: [names.join(','), String(notAfterMs)],
  }
}

const shake = (count: number, notBefore: string, notAfter: string, from = 0, ip = '203.0.113.10'): ReturnType<typeof caseEvents> => caseEvents(repeat(count, i => [
  handshake({ at: from + i * 500, client: `192.0.2.${20 + i}`, port: 40_000 + from + i, name: 'shop.example.com', ip, names: ['shop.example.com'], tls: { server: { not_before: `${notBefore}T00:00:00.000000Z`, not_after: `${notAfter}T00:00:00.000000Z` } } }),
  request({ at: from + i * 500 + 10, client: `192.0.2.${20 + i}`, port: 40_000 + from + i, host: 'shop.example.com' }),
]))

export default defineDetector({
  id: 'certificate-expiring',
  name: 'Certificate near its end',
  version: '1',
  what: 'A valid certificate has little of its lifetime left, measured as a share, since lifetimes of 47 to 398 days are all in use.',
  why: 'When it runs out, everybody who checks certificates is locked out at once.',
  remedy: 'Renew it now, install it on every edge that shows it, and see why the automatic renewal has not run (it should at a third of the lifetime).',
  reference: 'CA/Browser Forum ballot SC-081v3 (lifetimes of 200, 100 and 47 days); RFC 8555 (ACME)',
  needs: ['tls.handshake'],
  thresholds,
  open(limits, context) {
    const view = TlsView.of(context)
    const certificates = new Certificates()
    return {
      event: event => view.event(event),
      session(session) {
        const sighting = view.session(session)
        if (sighting) certificates.add(sighting)
      },
      end: () => [...certificates.seen.values()].filter(seen => !certificates.isReplaced(seen)).map((seen, _, all) => draftOf(seen, all, limits)).filter(draft => draft !== undefined)
        .sort((a, b) => (a.measured[1]!.value as number) - (b.measured[1]!.value as number) || (a.key[0]! < b.key[0]! ? -1 : 1)),
    }
  },
  cases: [
    { name: 'nine of a hundred days are left', fires: true, events: shake(3, '2025-12-09', '2026-03-19'), expects: { severity: 'low', cause: 'renewal-missed', count: 3, hostnames: ['shop.example.com'] } },
    { name: 'five of 35 days are left: late, but not yet an alarm', fires: true, events: shake(3, '2026-02-08', '2026-03-15'), expects: { severity: 'informational', cause: 'renewal-due' } },
    { name: 'less than a day is left of 47', fires: true, events: shake(2, '2026-01-22', '2026-03-11'), expects: { severity: 'medium' } },
    { name: 'a certificate of 47 days with 30 left', fires: false, events: shake(3, '2026-02-21', '2026-04-09') },
    { name: 'a certificate of a year with 200 days left', fires: false, events: shake(3, '2025-09-26', '2026-09-26') },
    { name: 'the old certificate is replaced while the log is written', fires: false, events: [...shake(2, '2025-12-09', '2026-03-19'), ...shake(2, '2026-03-10', '2026-06-10', 4000)].map((event, i) => ({ ...event, id: `${event.log.file.path}:${i + 1}`, log: { ...event.log, line: i + 1 } })) },
  ],
})
