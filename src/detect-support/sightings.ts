/** One session as the TLS and DNS detectors look at it: which name was asked for at which address, and what became of it. */
import type { Member, Session } from '../schema/session.js'
import { causeOfAlert, causeOfText, certificateShown, coversName, faultOf, type Cause, type Shown } from './certificates.js'

/** What became of a request on the connection: the server served the name, refused it as not its own, or it cannot be told. */
export type Answer = 'served' | 'refused' | 'elsewhere' | 'unclear'

/** A handshake, or a request that tells of one. */
export interface Sighting {
  /** The SNI. */
  readonly name: string
  readonly serverIp: string | undefined
  readonly client: string | undefined
  /** When the handshake (or the request without one) began, epoch ms. */
  readonly atMs: number | undefined
  /** The session is the first on its connection, so it counts as a handshake. */
  readonly isNew: boolean
  readonly failed: boolean
  /** It was completed, or a request followed. */
  readonly accepted: boolean
  readonly alert: string | undefined
  readonly alertFrom: 'client' | 'server' | undefined
  readonly shown: Shown | undefined
  readonly covers: boolean | undefined
  /** What is wrong with the certificate by its own fields at that time. */
  readonly fault: Cause | undefined
  /** Why the client did not accept it, in its own words; undefined where it did, or failed for another reason. */
  readonly refusal: Cause | undefined
  /** A client's own error says what is wrong with the certificate, which its clock may have misled it about. */
  readonly told: boolean
  readonly answer: Answer | undefined
  readonly status: number | undefined
  /** Host of the request, where it differs from the SNI. */
  readonly otherHost: string | undefined
  /** The client asked DNS for this name just before. */
  readonly lookedUp: boolean
  readonly members: readonly Member[]
}

/** Statuses with which servers turn away a name they do not know: RFC 9110's 421, nginx's 444, and what default hosts answer. */
const TURNED_AWAY = new Set([400, 404, 421, 444])
const FROM_CACHE = new Set(['hit', 'stale', 'updating', 'revalidated'])

const isHandshake = (member: Member): boolean => member.type === 'tls.handshake' && member.leg !== 'origin'

/** Joined to a handshake by what can hardly be chance: the client's port, or with no other candidate. */
function isSurelyJoined(session: Session): boolean {
  const handshakes = new Set(session.members.filter(isHandshake).map(member => member.event_id))
  const pair = session.join.pairs.find(one => one.leg === undefined && handshakes.has(one.to))
  return pair === undefined || pair.keys.includes('client.port') || pair.rivals === 0
}

function answerOf(session: Session, name: string): Answer | undefined {
  const status = session.http?.response?.status_code
  if (session.claim !== 'http.request' || status === undefined) return undefined
  if (session.hostname !== undefined && session.hostname !== name) return status === 421 ? 'unclear' : 'elsewhere'
  if (status < 400) return 'served'
  const { cache, origin } = session.cdn ?? {}
  if (cache?.status !== undefined && FROM_CACHE.has(cache.status)) return 'served'
  if (!TURNED_AWAY.has(status)) return 'unclear'
  // the site's own 404 comes from its origin; a server that does not know the name asks nobody
  return status !== 421 && (origin?.ip !== undefined || origin?.status_code !== undefined) ? 'unclear' : 'refused'
}

/** Was there a look-up of the very name, by this client as far as that is known, before the handshake? */
function wasLookedUp(session: Session): boolean {
  const questions = new Set(session.members.filter(member => member.type.startsWith('dns.') && member.leg !== 'origin').map(member => member.event_id))
  return session.join.pairs.some(pair => pair.leg === undefined && !pair.later && questions.has(pair.to) && pair.keys.includes('hostname'))
}

function refusalOf(session: Session, alertCause: Cause | undefined, fault: Cause | undefined): Cause | undefined {
  const { tls, error } = session
  if (session.claim === 'attempt' && error?.type === 'tls_certificate_error') return causeOfText(error.message) ?? causeOfText(tls?.validation) ?? 'refused'
  if (alertCause === undefined || tls?.alert_from === 'server') return undefined
  if (alertCause !== 'refused') return alertCause === 'unknown_ca' && fault === 'self_signed' ? fault : alertCause
  return fault ?? 'refused'
}

/** Reads a session; undefined for one that tells of no handshake of a client with a name. */
export function sightingOf(session: Session): Sighting | undefined {
  const { tls } = session
  const handshakes = session.members.filter(isHandshake)
  const isTlsAttempt = session.claim === 'attempt' && (session.error?.type?.startsWith('tls_') === true || tls?.version !== undefined)
  const name = tls?.client?.server_name ?? (isTlsAttempt ? session.hostname : undefined)
  if (name === undefined || tls?.ech === true || session.claim === 'dns') return undefined
  if (handshakes.length === 0 && !isTlsAttempt && (session.claim !== 'http.request' || session.server?.ip === undefined)) return undefined
  if (handshakes.length > 0 && session.claim === 'http.request' && !isSurelyJoined(session)) return undefined
  const first = handshakes[0] ?? session.members.find(member => member.leg !== 'origin')
  const atMs = first?.ts_ms ?? session.ts_ms
  const shown = certificateShown(tls)
  const covers = coversName(tls, shown, name)
  const fault = faultOf(shown, covers, atMs) ?? (session.claim !== 'attempt' && isOfCertificate(tls?.validation) ? causeOfText(tls?.validation) : undefined)
  const alertCause = causeOfAlert(tls?.alert)
  const answer = answerOf(session, name)
  const failed = tls?.established === false || (isTlsAttempt && session.error !== undefined)
  const refusal = failed ? refusalOf(session, alertCause, fault) : undefined
  return {
    name, serverIp: session.server?.ip, client: session.client?.ip ?? (isTlsAttempt ? first?.file : undefined), atMs,
    isNew: handshakes.length > 0 ? handshakes.some(member => !member.reused) : isTlsAttempt,
    failed, accepted: !failed && (tls?.established === true || session.claim === 'http.request'),
    alert: tls?.alert, alertFrom: tls?.alert_from, shown, covers, fault,
    refusal, told: session.claim === 'attempt' && refusal !== undefined && refusal !== 'refused' && refusal !== 'unknown_ca',
    answer, status: session.claim === 'http.request' ? session.http?.response?.status_code : undefined,
    otherHost: session.claim === 'http.request' && session.hostname !== name ? session.hostname : undefined,
    lookedUp: wasLookedUp(session),
    members: session.members,
  }
}

/** A sensor's verdict on the certificate itself counts; that it does not know the CA says more about the sensor. */
function isOfCertificate(validation: string | undefined): boolean {
  const cause = causeOfText(validation)
  return cause !== undefined && cause !== 'unknown_ca'
}
