/**
 * The frames of one handshake made into one event: ClientHello, ServerHello, certificate and alert of a connection. They are told
 * together by `tcp.stream`, or else by addresses and ports. Versions and ciphers are the server's choice; what a client offers is not used.
 */
import { intern } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineResult } from '../parser.js'
import { toTlsVersion } from '../versions.js'
import { alertName, cipherName } from '../vocabulary/tls.js'
import { OpenEvents, type OpenEvent } from '../wire/open-events.js'
import { certificateOf } from './certificates.js'
import { end, sentByServer, type Ends } from './ends.js'
import { numberOf, type Frame } from './fields.js'

type Tls = NonNullable<Draft['tls']>

/** Message types and record types of the TLS registries that matter here. */
const [CLIENT_HELLO, SERVER_HELLO, ENCRYPTED_EXTENSIONS, CERTIFICATE, CERTIFICATE_VERIFY, CLIENT_KEY, FINISHED] = [1, 2, 8, 11, 15, 16, 20]
const [CHANGE_CIPHER, ALERT, APPLICATION_DATA] = [20, 21, 23]
const PRE_SHARED_KEY = 41
/** Alerts that are only ever warnings: user_canceled and no_renegotiation. */
const WARNINGS = new Set([90, 100])
const CURVES: Readonly<Record<number, string>> = { 23: 'secp256r1', 24: 'secp384r1', 25: 'secp521r1', 29: 'x25519', 30: 'x448', 4587: 'SecP256r1MLKEM768', 4588: 'X25519MLKEM768', 4589: 'SecP384r1MLKEM1024', 25497: 'X25519Kyber768Draft00' }
const DTLS_VERSIONS: Readonly<Record<string, string>> = { '0xfeff': '1.0', '0xfefd': '1.2', '0xfefc': '1.3' }
/** Without `tcp.stream`, a second ClientHello on the same ports within this time answers a retry request; later it is a new connection. */
const RETRY_MS = 2000

interface Handshake extends OpenEvent {
  readonly client: string
  sawClientHello: boolean
  sawServerHello: boolean
  session: string
  readonly finished: Set<boolean>
}

/** What one frame holds of a handshake. */
interface Part { readonly types: readonly number[], readonly records: readonly number[], readonly hello: 'client' | 'server' | undefined, readonly certificate: boolean, readonly alert: { code: string, level: number } | undefined, readonly hiddenAlert: boolean }

const numbers = (values: readonly string[]): number[] => values.map(numberOf).filter(value => value !== undefined)

/** Without the message types, the fields that only one of the hellos has decide, and last the ports. */
function guessHello(frame: Frame, ends: Ends): Part['hello'] {
  if (frame.first('tlsSni') !== '' || frame.first('tlsJa3') !== '' || frame.first('tlsJa4') !== '') return 'client'
  if (frame.first('tlsJa3s') !== '') return 'server'
  if (frame.all('tlsCipher').length > 1 || frame.all('tlsSupported').length > 1 || frame.all('tlsAlpn').length > 1) return 'client'
  if (frame.first('tlsVersion') === '' && frame.first('tlsCipher') === '' && frame.first('tlsAlpn') === '') return undefined
  const byServer = sentByServer(ends)
  return byServer === undefined ? undefined : byServer ? 'server' : 'client'
}

/** A fatal alert goes before a warning; closing a connection is no fault. */
function alertOf(frame: Frame): Part['alert'] {
  const levels = numbers(frame.all('tlsAlertLevel'))
  const alerts = numbers(frame.all('tlsAlert')).map((code, at) => ({ code: String(code), level: levels[at] ?? (WARNINGS.has(code) ? 1 : 2) }))
  return alerts.find(alert => alert.level === 2 && alert.code !== '0') ?? alerts.find(alert => alert.code !== '0')
}

function partOf(frame: Frame, ends: Ends): Part {
  const types = numbers(frame.all('tlsType'))
  const records = numbers(frame.all('tlsContent'))
  const certificate = types.includes(CERTIFICATE) || (types.length === 0 && (frame.first('tlsCertificate') !== '' || frame.first('certTime') !== '' || frame.first('certName') !== ''))
  const hello = types.includes(CLIENT_HELLO) ? 'client' : types.includes(SERVER_HELLO) ? 'server' : types.length === 0 ? guessHello(frame, ends) : undefined
  return { types, records, hello, certificate, alert: alertOf(frame), hiddenAlert: records.includes(ALERT) && frame.first('tlsAlert') === '' }
}

/** Whether the sender is the client, for the first frame seen of a connection. */
function opensAsClient(part: Part, ends: Ends): boolean {
  if (part.hello) return part.hello === 'client'
  if (part.types.includes(CLIENT_KEY) || (part.types.includes(CERTIFICATE_VERIFY) && !part.types.includes(ENCRYPTED_EXTENSIONS) && sentByServer(ends) !== true)) return true
  const byServer = sentByServer(ends)
  return byServer === undefined ? !part.certificate : !byServer
}

function versionOf(frame: Frame): Tls['version'] {
  const chosen = frame.first('tlsSupported') || frame.first('tlsVersion')
  const version = DTLS_VERSIONS[chosen] ?? (chosen.startsWith('0x7f') ? '1.3' : toTlsVersion(chosen)) // drafts of 1.3 were 0x7f..
  return version as Tls['version']
}

function readClientHello(tls: Tls, frame: Frame): void {
  const client = (tls.client ??= {})
  const [name, ja3, ja4] = [frame.first('tlsSni'), frame.first('tlsJa3'), frame.first('tlsJa4')]
  const alpn = frame.all('tlsAlpn')
  // copies: a part of a line would keep the whole line in memory for as long as the handshake is open
  if (name !== '') client.server_name = intern(name)
  if (alpn.length > 0) client.alpn = alpn.map(intern)
  if (ja3 !== '') client.ja3 = intern(ja3)
  if (ja4 !== '') client.ja4 = intern(ja4)
}

function readServerHello(handshake: Handshake, tls: Tls, frame: Frame, part: Part): void {
  handshake.sawServerHello = true
  const version = versionOf(frame)
  const cipher = cipherName(frame.first('tlsCipher'))
  const group = numberOf(frame.first('tlsGroup'))
  const ja3s = frame.first('tlsJa3s')
  if (version !== undefined) tls.version = version
  if (version !== undefined) tls.version_protocol = version.startsWith('ssl') ? 'ssl' : tls.version_protocol ?? 'tls'
  if (cipher !== undefined) tls.cipher = cipher
  if (group !== undefined && CURVES[group] !== undefined) tls.curve = CURVES[group]
  if (ja3s !== '') (tls.server ??= {}).ja3s = intern(ja3s)
  const extensions = numbers(frame.all('tlsExtension'))
  if (version === '1.3') {
    if (extensions.length > 0) tls.resumed = extensions.includes(PRE_SHARED_KEY)
    return
  }
  const session = frame.first('tlsSession')
  if (part.certificate) tls.resumed = false
  else if (session !== '' && session === handshake.session) tls.resumed = true
}

/** Both sides have finished, or data flows: the handshake worked, whatever comes after. */
function noteProgress(handshake: Handshake, tls: Tls, part: Part, byClient: boolean | undefined): void {
  if (tls.established !== undefined || !handshake.sawServerHello) return
  const clear = tls.version !== undefined && tls.version !== '1.3' // up to 1.2 record types tell what is inside
  if (byClient !== undefined && (part.types.includes(FINISHED) || (clear && part.records.includes(CHANGE_CIPHER)))) handshake.finished.add(byClient)
  if (handshake.finished.size === 2 || (clear && (part.records.includes(APPLICATION_DATA) || part.hiddenAlert))) tls.established = true
}

function noteAlert(draft: Draft, tls: Tls, part: Part, byClient: boolean | undefined): void {
  const { alert } = part
  if (!alert || (draft.error !== undefined && tls.alert !== undefined)) return
  const name = alertName(Number(alert.code))
  if (name !== undefined) {
    tls.alert = name
    if (byClient !== undefined) tls.alert_from = byClient ? 'client' : 'server'
  }
  if (alert.level !== 2 || tls.established === true) return
  tls.established = false
  draft.error = { type: 'tls_alert_received', code: alert.code, ...(name === undefined ? {} : { message: name }) }
}

/** The number that tshark gave the connection, if it was asked for. */
const streamOf = (frame: Frame): string => frame.first('tcpStream') || frame.first('udpStream')

/** Assembles handshakes from frames. */
export class Handshakes {
  private readonly open = new OpenEvents<Handshake>()

  /** Takes a frame with TLS in it; `base` is its draft with the time only. */
  take(frame: Frame, ends: Ends, base: Draft, line: number): LineResult {
    const part = partOf(frame, ends)
    const stream = streamOf(frame)
    const key = `${stream}#${ends.pair}`
    if (stream === '' && ends.srcIp === undefined && ends.dstIp === undefined) return this.alone(frame, ends, part, base, line)
    let handshake = this.open.get(key)
    const drafts: Draft[] = []
    if (handshake && stream === '' && part.hello === 'client' && handshake.sawServerHello && !isRetry(handshake, base)) {
      drafts.push(...this.open.take(key))
      handshake = undefined
    }
    const isFirst = handshake === undefined
    if (handshake === undefined) {
      // what neither begins a handshake nor tells why it failed is a connection's later life
      if (part.hello === undefined && !part.certificate && part.alert?.level !== 2) return skip('not-an-event')
      handshake = this.begin(frame, ends, part, base, line)
      this.open.add(key, handshake)
    }
    this.absorb(handshake, frame, ends, part)
    const { tls } = handshake.draft
    // an alert ends it; so does success, once there is nothing more to learn
    if (tls?.established === false || (tls?.established === true && handshake.sawServerHello)) drafts.push(...this.open.give(handshake))
    if (drafts.length === 0) return isFirst ? HELD : MERGED
    return { drafts, self: !isFirst ? MERGED : handshake.given ? 'event' : HELD }
  }

  /** Application data that could be read: the handshake of its connection worked. */
  sawApplication(frame: Frame, ends: Ends): Draft[] {
    const handshake = this.open.get(`${streamOf(frame)}#${ends.pair}`)
    if (!handshake || handshake.draft.tls?.established !== undefined) return []
    ;(handshake.draft.tls ??= {}).established = true
    return this.open.give(handshake)
  }

  expire(nowMs: number | undefined): readonly Draft[] { return this.open.expire(nowMs) }
  drain(): Draft[] { return this.open.drain() }

  /** A frame that says nothing of its connection is an event by itself, if it begins a handshake. */
  private alone(frame: Frame, ends: Ends, part: Part, base: Draft, line: number): LineResult {
    if (part.hello === undefined) return skip('not-an-event')
    const handshake = this.begin(frame, ends, part, base, line)
    this.absorb(handshake, frame, ends, part)
    return handshake.draft
  }

  private begin(frame: Frame, ends: Ends, part: Part, base: Draft, line: number): Handshake {
    const byClient = opensAsClient(part, ends)
    const [sender, receiver] = [end(ends.srcIp, ends.srcPort), end(ends.dstIp, ends.dstPort)]
    const isQuic = ends.transport === 'udp' && frame.first('dtls') === ''
    const draft: Draft = {
      ...base, type: 'tls.handshake',
      client: byClient ? sender : receiver, server: byClient ? receiver : sender,
      network: { ...base.network, ...(ends.transport === undefined ? {} : { transport: isQuic ? 'quic' : ends.transport }) },
      tls: frame.first('dtls') === '' ? {} : { version_protocol: 'dtls' },
    }
    if (draft.ts_ms !== undefined) draft.ts_basis = part.hello === 'client' ? 'start' : 'point'
    const client = draft.client!
    return { draft, line, ms: draft.ts_ms, given: false, client: `${client.ip ?? ''} ${client.port ?? ''}`, sawClientHello: false, sawServerHello: false, session: '', finished: new Set() }
  }

  private absorb(handshake: Handshake, frame: Frame, ends: Ends, part: Part): void {
    if (handshake.given) return
    const tls = (handshake.draft.tls ??= {})
    const sender = `${ends.srcIp ?? ''} ${ends.srcPort ?? ''}`
    const byClient = part.hello ? part.hello === 'client' : sender === ' ' ? undefined : handshake.client === sender
    if (part.hello === 'client' && !handshake.sawClientHello) {
      handshake.sawClientHello = true
      handshake.session = intern(frame.first('tlsSession'))
      readClientHello(tls, frame)
    }
    if (part.hello === 'server') readServerHello(handshake, tls, frame, part)
    if (byClient === false) {
      const curve = CURVES[numberOf(frame.first('tlsCurve')) ?? -1]
      if (curve !== undefined) tls.curve = curve
      if (part.hello === 'server' || part.types.includes(ENCRYPTED_EXTENSIONS)) {
        const chosen = frame.first('tlsAlpn')
        if (chosen !== '') tls.next_protocol = intern(chosen)
      }
      const certificate = part.certificate ? certificateOf(frame) : undefined
      if (certificate) tls.server = { ...tls.server, ...certificate }
    }
    noteProgress(handshake, tls, part, byClient)
    noteAlert(handshake.draft, tls, part, byClient)
  }
}

function isRetry(handshake: Handshake, base: Draft): boolean {
  return handshake.ms !== undefined && base.ts_ms !== undefined && base.ts_ms - handshake.ms < RETRY_MS && handshake.draft.tls?.established === undefined
}
