/** TLS, QUIC and HTTP in Suricata's EVE. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { asUtc } from '../clock.js'
import { skip, type Draft, type Skip } from '../parser.js'
import { putUri } from '../request.js'
import { readIso, toRfc3339 } from '../time.js'
import { toHttpVersion, toTlsVersion } from '../versions.js'
import { cipherName } from '../vocabulary/tls.js'
import { readChain } from '../wire/certificate.js'
import { listOf, objectOf, textOf, textsOf, type Bag } from './values.js'

type Tls = NonNullable<Draft['tls']>

/** Certificate times carry no zone and are UTC. */
function momentOf(raw: unknown): string | undefined {
  const text = textOf(raw)
  const stamp = text === undefined ? undefined : readIso(text)
  const utc = stamp && asUtc(stamp)
  return utc && toRfc3339(utc.ms)
}

/** JA3 is an object with its hash, JA4 a text. */
const hashOf = (raw: unknown): string | undefined => textOf(objectOf(raw)?.['hash']) ?? textOf(raw)

function readServer(raw: Bag): NonNullable<Tls['server']> {
  const chain = textsOf(raw['chain'])
  const certificate = textOf(raw['certificate'])
  const own = readChain(chain.length > 0 ? chain : certificate === undefined ? [] : [certificate], 'base64')
  const [subject, issuer, serial, fingerprint] = [textOf(raw['subject']), textOf(raw['issuerdn']), textOf(raw['serial'])?.replaceAll(':', ''), textOf(raw['fingerprint'])?.replaceAll(':', '').toLowerCase()]
  const [notBefore, notAfter, ja3s] = [momentOf(raw['notbefore']), momentOf(raw['notafter']), hashOf(raw['ja3s'])]
  const names = textsOf(raw['subjectaltname'])
  return {
    ...own,
    ...(subject === undefined ? {} : { subject }), ...(issuer === undefined ? {} : { issuer }),
    ...(notBefore === undefined ? {} : { not_before: notBefore }), ...(notAfter === undefined ? {} : { not_after: notAfter }),
    ...(fingerprint === undefined || fingerprint.length !== 40 ? {} : { hash: { sha1: fingerprint, ...own?.hash } }),
    ...(ja3s === undefined ? {} : { ja3s }),
    x509: { ...own?.x509, ...(names.length > 0 ? { alternative_names: names } : {}), ...(serial === undefined ? {} : { serial_number: serial.toUpperCase() }) },
  }
}

function readClient(raw: Bag): NonNullable<Tls['client']> {
  const [name, ja3, ja4, alpn] = [textOf(raw['sni']), hashOf(raw['ja3']), textOf(raw['ja4']), textsOf(raw['client_alpns'])]
  return { ...(name === undefined ? {} : { server_name: name }), ...(ja3 === undefined ? {} : { ja3 }), ...(ja4 === undefined ? {} : { ja4 }), ...(alpn.length > 0 ? { alpn } : {}) }
}

/** A `tls` event: the packet at which there was enough to log. Without a ServerHello the version is what the client offered, which nothing marks. */
export function readTls(draft: Draft, raw: Bag): void {
  draft.type = 'tls.handshake'
  draft.ts_basis = 'point'
  const hello = objectOf(raw['server_handshake'])
  const version = toTlsVersion((textOf(raw['version']) ?? '').replace(/ draft.*$/i, '')) as Tls['version']
  const cipher = hello && cipherName(textOf(hello['cipher']) ?? '')
  const [chosen] = textsOf(raw['server_alpns'])
  draft.tls = {
    ...(version === undefined ? {} : { version, version_protocol: version.startsWith('ssl') ? 'ssl' : 'tls' }),
    ...(cipher === undefined ? {} : { cipher }),
    ...(raw['session_resumed'] === true ? { resumed: true } : {}),
    ...(chosen === undefined ? {} : { next_protocol: chosen }),
    client: readClient(raw), server: readServer(raw),
  }
}

/** A `quic` event: one for a hello of each side; only the client's says whom it wants. */
export function readQuic(draft: Draft, raw: Bag): Skip | undefined {
  const client = readClient(raw)
  if (client.server_name === undefined && client.ja3 === undefined && client.ja4 === undefined) return skip('not-an-event')
  draft.type = 'tls.handshake'
  draft.ts_basis = 'start'
  draft.network = { ...draft.network, transport: 'quic' }
  const version = textOf(raw['version']) ?? ''
  // gQUIC (Q043 …) has a handshake of its own; RFC 9001 carries TLS 1.3
  draft.tls = { ...(/^Q\d/.test(version) ? {} : { version: '1.3' as const, version_protocol: 'tls' as const }), client }
  return undefined
}

const NO_URI = 'libhtp::request_uri_not_seen'

/** Headers of HTTP/2 and of extended logging are a list of names and values. */
function headerOf(raw: unknown, name: string): string | undefined {
  for (const item of listOf(raw)) {
    const header = objectOf(item)
    if (header && textOf(header['name'])?.toLowerCase() === name) return textOf(header['value'])
  }
  return undefined
}

/** An `http` event: written when the transaction is over. */
export function readHttp(draft: Draft, raw: Bag): Skip | undefined {
  const [asked, replied] = [raw['request_headers'], raw['response_headers']]
  const method = textOf(raw['http_method']) ?? headerOf(asked, ':method')
  const target = textOf(raw['url']) ?? headerOf(asked, ':path')
  const host = splitHostPort(textOf(raw['hostname']) ?? headerOf(asked, ':authority') ?? '')
  const status = Number(textOf(raw['status']) ?? headerOf(replied, ':status') ?? NaN)
  if (method === undefined && target === undefined && !(status >= 100)) return skip('not-an-event')
  draft.type = 'http.request'
  draft.ts_basis = 'end'
  const version = toHttpVersion(textOf(raw['protocol']) ?? textOf(raw['version']) ?? '')
  const agent = textOf(raw['http_user_agent'])
  const referrer = textOf(raw['http_refer'])
  const mime = textOf(raw['http_content_type'])?.split(';')[0]!.trim()
  const bytes = raw['length']
  const hasReply = status >= 100 && status <= 999
  if (target !== undefined && target !== NO_URI && method !== 'CONNECT') putUri(draft, target)
  if (host) draft.url = { ...draft.url, domain: host.host, ...(host.port === undefined ? {} : { port: host.port }) }
  const port = raw['http_port']
  if (typeof port === 'number' && draft.url) draft.url.port ??= port
  draft.http = {
    ...(version === undefined ? {} : { version: version as '2' }),
    request: { ...(method === undefined ? {} : { method }), ...(referrer ? { referrer } : {}) },
    response: { ...(hasReply ? { status_code: status } : {}), ...(hasReply && typeof bytes === 'number' && bytes >= 0 ? { body: { bytes } } : {}), ...(hasReply && mime ? { mime_type: mime } : {}) },
  }
  if (agent) draft.user_agent = { original: agent }
  const forwarded = canonicalIp((textOf(raw['xff']) ?? '').split(',')[0]!.trim())
  if (forwarded !== undefined) draft.network = { ...draft.network, forwarded_ip: forwarded }
  return undefined
}
