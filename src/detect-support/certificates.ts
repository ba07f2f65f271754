/** What a handshake showed of the server's certificate, and why somebody did not like it. */
import { toRfc3339 } from '../read/time.js'
import { certificateVerdict, type CertificateVerdict } from '../read/vocabulary/tls.js'
import type { LogEvent } from '../schema/event.js'
import { nameCovers, namesCover } from './names.js'

type Tls = NonNullable<LogEvent['tls']>

/** A certificate as far as a log shows it. */
export interface Shown {
  readonly fingerprint: string | undefined
  readonly serial: string | undefined
  readonly subject: string | undefined
  readonly issuer: string | undefined
  /** Alternative names; empty where the log does not list them, which says nothing about them. */
  readonly names: readonly string[]
  readonly notBeforeMs: number | undefined
  readonly notAfterMs: number | undefined
  /** Subject and issuer are the same: it vouches for itself. */
  readonly selfIssued: boolean
}

const momentOf = (text: string | undefined): number | undefined => {
  const ms = text === undefined ? NaN : Date.parse(text)
  return Number.isNaN(ms) ? undefined : ms
}

const commonName = (subject: string | undefined): string | undefined => subject === undefined ? undefined : /(?:^|[,/]\s*)CN\s*=\s*([^,/]+)/i.exec(subject)?.[1]?.trim()

/** The server's certificate in a handshake; undefined where none is seen (TLS 1.3 on the wire, a resumed session, a log that has no such field). */
export function certificateShown(tls: Tls | undefined): Shown | undefined {
  const server = tls?.server
  if (!server) return undefined
  const fingerprint = server.hash?.sha256 ?? server.certificate_chain?.[0] ?? server.hash?.sha1
  const { subject, issuer } = server
  const names = server.x509?.alternative_names ?? []
  if (fingerprint === undefined && subject === undefined && names.length === 0 && server.not_after === undefined) return undefined
  return {
    fingerprint, subject, issuer, names,
    serial: server.x509?.serial_number,
    notBeforeMs: momentOf(server.not_before), notAfterMs: momentOf(server.not_after),
    selfIssued: subject !== undefined && subject === issuer,
  }
}

/** Are two views of certificates surely of two different ones? What only one of them knows decides nothing. */
export function differs(a: Shown, b: Shown): boolean {
  const unlike = (left: unknown, right: unknown): boolean => left !== undefined && right !== undefined && left !== right
  return unlike(a.fingerprint, b.fingerprint) || unlike(a.serial, b.serial) || unlike(a.notAfterMs, b.notAfterMs) || unlike(a.subject, b.subject)
    || (a.names.length > 0 && b.names.length > 0 && a.names.join() !== b.names.join())
}

/** Does the certificate shown cover the name asked for? undefined where no certificate, or none of its names, was seen. */
export function coversName(tls: Tls | undefined, shown: Shown | undefined, name: string): boolean | undefined {
  if (shown && shown.names.length > 0) return namesCover(shown.names, name)
  if (tls?.sni_matches_certificate !== undefined) return tls.sni_matches_certificate
  // a common name that fits is the name; one that does not may have alternatives beside it
  const common = commonName(shown?.subject)
  return common !== undefined && nameCovers(common, name) ? true : undefined
}

/** Why a certificate was refused; `refused` where nobody says why. */
export type Cause = CertificateVerdict | 'refused'

/** Alerts by which a client says that it does not accept the server's certificate (RFC 8446, 6.2). */
const CERTIFICATE_ALERTS: Readonly<Record<string, Cause>> = {
  bad_certificate: 'refused', unsupported_certificate: 'refused', certificate_unknown: 'refused',
  certificate_revoked: 'revoked', certificate_expired: 'expired', unknown_ca: 'unknown_ca',
}

/** What a client's alert says of the certificate; undefined for alerts about other things. */
export function causeOfAlert(alert: string | undefined): Cause | undefined {
  return alert === undefined ? undefined : CERTIFICATE_ALERTS[alert]
}

/** What is wrong with a certificate at a moment by its own fields, whoever looks at it. */
export function faultOf(shown: Shown | undefined, covers: boolean | undefined, atMs: number | undefined): Cause | undefined {
  if (shown && atMs !== undefined) {
    if (shown.notAfterMs !== undefined && shown.notAfterMs < atMs) return 'expired'
    if (shown.notBeforeMs !== undefined && shown.notBeforeMs > atMs) return 'not_yet_valid'
  }
  if (shown?.selfIssued) return 'self_signed'
  return covers === false ? 'hostname_mismatch' : undefined
}

/** The verdict of a check that words it: a sensor's, or a client's own error. */
export function causeOfText(text: string | undefined): Cause | undefined {
  return text === undefined || text === 'ok' ? undefined : certificateVerdict(text)
}

const CAUSE_WORDS: Readonly<Record<Cause, string>> = {
  expired: 'has expired', not_yet_valid: 'is not yet valid', self_signed: 'is self-signed', unknown_ca: 'is signed by a CA that clients do not know',
  hostname_mismatch: 'does not cover the name', revoked: 'is revoked', refused: 'is refused by clients',
}

/** A cause as the end of "its certificate …". */
export const causeWords = (cause: Cause): string => CAUSE_WORDS[cause]

/** A certificate in a few words, for evidence. */
export function describe(shown: Shown): string {
  const names = shown.names.slice(0, 2).join(', ') || commonName(shown.subject)
  const until = shown.notAfterMs === undefined ? '' : ` until ${toRfc3339(shown.notAfterMs).slice(0, 10)}`
  return `certificate for ${names || shown.subject || 'an unknown subject'}${shown.selfIssued ? ', self-signed' : ''}${until}`
}
