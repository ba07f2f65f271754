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
type Server = NonNullable<Tls['server']>
type Client = NonNullable<Tls['client']>
type Http = NonNullable<Draft['http']>

/** Certificate times carry no zone and are UTC. */
function momentOf(raw: unknown): string | undefined {
  const text = textOf(raw)
  const stamp = text === undefined ? undefined : readIso(text)
  const utc = stamp && asUtc(stamp)
  return utc && toRfc3339(utc.ms)
}

/** JA3 is an object with its hash, JA4 a text. */
const hashOf = (raw: unknown): string | undefined => textOf(objectOf(raw)?.['hash']) ?? textOf(raw)

function readServer(raw: Bag): Server {
  const chain = textsOf(raw['chain'])
  const certificate = textOf(raw['certificate'])
  const server: Server = chain.length > 0 || certificate !== undefined ? readChain(chain.length > 0 ? chain : [certificate!], 'base64') ?? {} : {}
  const [subject, issuer, serial, fingerprint] = [textOf(raw['subject']), textOf(raw['issuerdn']), textOf(raw['serial']), textOf(raw['fingerprint'])?.replaceAll(':', '').toLowerCase()]
  const [notBefore, notAfter, ja3s, names] = [momentOf(raw['notbefore']), momentOf(raw['notafter']), hashOf(raw['ja3s']), textsOf(raw['subjectaltname'])]
  if (subject !== undefined) server.subject = subject
  if (issuer !== undefined) server.issuer = issuer
  if (notBefore !== undefined) server.not_before = notBefore
  if (notAfter !== undefined) server.not_after = notAfter
  if (fingerprint !== undefined && fingerprint.length === 40) (server.hash ??= {}).sha1 = fingerprint
  if (ja3s !== undefined) server.ja3s = ja3s
  if (names.length > 0) (server.x509 ??= {}).alternative_names = names
  if (serial !== undefined) (server.x509 ??= {}).serial_number = serial.replaceAll(':', '').toUpperCase()
  return server
}

function readClient(raw: Bag): Client {
  const [name, ja3, ja4, alpn] = [textOf(raw['sni']), hashOf(raw['ja3']), textOf(raw['ja4']), textsOf(raw['client_alpns'])]
  const client: Client = {}
  if (name !== undefined) client.server_name = name
  if (ja3 !== undefined) client.ja3 = ja3
  if (ja4 !== undefined) client.ja4 = ja4
  if (alpn.length > 0) client.alpn = alpn
  return client
}

/** A `tls` event: the packet at which there was enough to log. Without a ServerHello the version is what the client offered, which nothing marks. */
export function readTls(draft: Draft, raw: Bag): void {
  draft.type = 'tls.handshake'
  draft.ts_basis = 'point'
  const hello = objectOf(raw['server_handshake'])
  const version = toTlsVersion((textOf(raw['version']) ?? '').replace(/ draft.*$/i, '')) as Tls['version']
  const cipher = hello && cipherName(textOf(hello['cipher']) ?? '')
  const [chosen] = textsOf(raw['server_alpns'])
  const tls: Tls = (draft.tls = { client: readClient(raw), server: readServer(raw) })
  if (version !== undefined) {
    tls.version = version
    tls.version_protocol = version.startsWith('ssl') ? 'ssl' : 'tls'
  }
  if (cipher !== undefined) tls.cipher = cipher
  if (raw['session_resumed'] === true) tls.resumed = true
  if (chosen !== undefined) tls.next_protocol = chosen
}

/** A `quic` event: one for a hello of each side; only the client's says whom it wants. */
export function readQuic(draft: Draft, raw: Bag): Skip | undefined {
  const client = readClient(raw)
  if (client.server_name === undefined && client.ja3 === undefined && client.ja4 === undefined) return skip('not-an-event')
  draft.type = 'tls.handshake'
  draft.ts_basis = 'start'
  ;(draft.network ??= {}).transport = 'quic'
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
  putTarget(draft, raw, method === 'CONNECT' ? undefined : target, host)
  draft.http = { request: requestOf(raw, method), response: responseOf(raw, status) }
  const version = toHttpVersion(textOf(raw['protocol']) ?? textOf(raw['version']) ?? '')
  const agent = textOf(raw['http_user_agent'])
  if (version !== undefined) draft.http.version = version as '2'
  if (agent) draft.user_agent = { original: agent }
  const forwarded = textOf(raw['xff'])
  const address = forwarded === undefined ? undefined : canonicalIp(forwarded.split(',')[0]!.trim())
  if (address !== undefined) (draft.network ??= {}).forwarded_ip = address
  return undefined
}

function putTarget(draft: Draft, raw: Bag, target: string | undefined, host: ReturnType<typeof splitHostPort>): void {
  if (target !== undefined && target !== NO_URI) putUri(draft, target)
  if (host) (draft.url ??= {}).domain = host.host
  const port = host?.port ?? raw['http_port']
  if (typeof port === 'number' && port > 0 && draft.url) draft.url.port ??= port
}

function requestOf(raw: Bag, method: string | undefined): NonNullable<Http['request']> {
  const request: NonNullable<Http['request']> = {}
  const referrer = textOf(raw['http_refer'])
  if (method !== undefined) request.method = method
  if (referrer) request.referrer = referrer
  return request
}

/** A length of 0 stands in every event; it says something only where there was a reply. */
function responseOf(raw: Bag, status: number): NonNullable<Http['response']> {
  const response: NonNullable<Http['response']> = {}
  if (!(status >= 100 && status <= 999)) return response
  const mime = textOf(raw['http_content_type'])?.split(';')[0]!.trim()
  const bytes = raw['length']
  response.status_code = status
  if (typeof bytes === 'number' && bytes >= 0) response.body = { bytes }
  if (mime) response.mime_type = mime
  return response
}
