/** Azure's records: `properties` in an envelope, names in any case, every value a text. Front Door and the classic CDN share most of them. */
import { canonicalIp } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { duration, host, int, port, status, text, time, tlsVersion, upper, uri, word, type Field } from '../field.js'
import { skip, type Draft, type Skip } from '../parser.js'
import type { Layout, Row } from '../table.js'
import { toHttpVersion } from '../versions.js'
import { ianaCipherName } from '../vocabulary/tls.js'
import { CACHE_WORDS } from './cache-words.js'
import { keyedJson } from './keyed.js'
import { fail, markSubrequest, putOrigin } from './text.js'

type Bag = Record<string, unknown>

/** What stands for "none" in fields about the origin. */
const none = { absent: ['N/A', 'n/a'] }

/** The record with its properties as an object; some exports write them as a text. */
function opened(record: Bag): Bag {
  const value = record.properties
  if (typeof value !== 'string' || !value.startsWith('{')) return record
  try {
    return { ...record, properties: JSON.parse(value) as unknown }
  } catch {
    return record
  }
}

/** Whether the record or its properties have all these keys. */
export function hasKeys(record: Bag, ...keys: readonly string[]): boolean {
  const { properties } = opened(record)
  return keys.every(key => key in record || (typeof properties === 'object' && properties !== null && key in properties))
}

const categories = new Map<unknown, string>()

/** The category in lower case without blanks; '' where the record has none. */
export function categoryOf(record: Bag): string {
  const printed = record.category ?? record.Category
  if (typeof printed !== 'string') return ''
  const known = categories.get(printed)
  if (known !== undefined) return known
  const category = printed.toLowerCase().replace(/\s/g, '')
  if (categories.size < 1000) categories.set(printed, category)
  return category
}

/** A layout of flattened records. */
export function azureRecords(accept: (record: Bag) => Skip | undefined, aliases: Readonly<Record<string, readonly string[]>> = {}): Layout {
  return keyedJson({ unwrap: opened, within: ['properties'], caseless: true, accept, aliases: { time: ['timestamp'], ...aliases } })
}

/** A category of which no parser reads anything: probes and metrics tell of no request. */
export const noRequest = (category: string): Skip => skip('not-an-event', category.slice(0, 60))

const CACHE = { ...CACHE_WORDS, config_nocache: 'bypass', cache_noconfig: 'bypass', private_nostore: 'bypass', 'n/a': 'none' }

/** Fields that Front Door's access log and the classic CDN's share. */
export const FRONT_DOOR_FIELDS: Readonly<Record<string, Field | readonly Field[]>> = {
  time: time('iso', 'end'),
  trackingReference: text('http.request.id'),
  httpMethod: upper('http.request.method'),
  hostName: host('url.domain', none),
  requestUri: uri(),
  requestBytes: int('http.request.bytes'),
  responseBytes: int('http.response.bytes'),
  userAgent: text('user_agent.original'),
  referer: text('http.request.referrer'),
  clientPort: port('client.port'),
  timeTaken: duration('duration_ms', 's'),
  securityProtocol: tlsVersion(),
  sslJA4: text('tls.client.ja4'),
  httpStatusCode: status('http.response.status_code'),
  pop: text('cdn.pop', none),
  cacheStatus: [word('cdn.cache.status', CACHE, { otherwise: 'unknown' }), text('cdn.cache.raw')],
  result: text('cdn.result', none),
  originName: text('cdn.origin.name', none),
  backendHostname: text('cdn.origin.name', none),
  originCryptProtocol: tlsVersion('cdn.origin.tls_version', none),
  originStatusCode: status('cdn.origin.status_code', none),
}

/** Names that `finishFrontDoor` reads. */
export const FRONT_DOOR_ALSO = ['httpVersion', 'requestProtocol', 'clientIp', 'socketIp', 'sni', 'securityCipher', 'originIp', 'errorInfo', 'clientCountry', 'domain', 'isReceivedFromClient']

const ERRORS: Readonly<Record<string, ErrorType>> = {
  origintimeout: 'http_response_timeout', originconnectionrefused: 'connection_refused', originconnectionerror: 'destination_unavailable', originconnectionaborted: 'connection_terminated',
  originerror: 'http_protocol_error', origininvalidresponse: 'http_protocol_error', origininvalidrequest: 'http_protocol_error', responseheadertoobig: 'http_protocol_error',
  dnsfailure: 'dns_error', dnsnamenotresolved: 'dns_error', dnstimeout: 'dns_timeout',
  sslhandshakeerror: 'tls_protocol_error', sslinvalidcipher: 'tls_protocol_error', sslinvalidrootca: 'tls_certificate_error', certificateerror: 'tls_certificate_error',
  certificatenamecheckfailed: 'tls_certificate_error', certificateexpired: 'tls_certificate_error',
  clientdisconnected: 'client_abort', unspecifiedclienterror: 'http_request_error', invalidrequest: 'http_request_error', clientgeoblocked: 'http_request_denied', restrictedip: 'http_request_denied',
}

/** The peer is the client; who an `X-Forwarded-For` names is only what it says. */
export function putPeers(draft: Draft, socket: string | undefined, named: string | undefined): void {
  const peer = socket ?? named
  if (peer !== undefined && canonicalIp(peer) !== undefined) (draft.client ??= {}).ip = peer
  if (named !== undefined && named !== peer && canonicalIp(named) !== undefined) (draft.network ??= {}).forwarded_ip = named
}

/** Facts of a Front Door or classic CDN record that take more than one field. */
export function finishFrontDoor(draft: Draft, row: Row): void {
  putPeers(draft, row.text('socketIp'), row.text('clientIp'))
  const url = (draft.url ??= {})
  const domain = row.text('domain')
  if (url.domain === undefined && domain !== undefined && domain !== 'N/A') url.domain = domain.split(':', 1)[0]!
  const scheme = row.text('requestProtocol')
  if (scheme !== undefined) url.scheme ??= scheme.toLowerCase()
  const version = row.text('httpVersion') // 1.1.0.0
  if (version !== undefined) (draft.http ??= {}).version = toHttpVersion(version.split('.').slice(0, 2).join('.')) as '1.1'
  const sni = row.text('sni')
  if (sni !== undefined && /^[\w.-]+$/.test(sni)) ((draft.tls ??= {}).client ??= {}).server_name = sni
  const cipher = row.text('securityCipher')
  if (cipher !== undefined) (draft.tls ??= {}).cipher = ianaCipherName(cipher)
  const origin = row.text('originIp')
  if (origin !== undefined && !/^n\/a$/i.test(origin)) putOrigin(draft, origin)
  const country = row.text('clientCountry')
  if (country?.length === 2) ((draft.client ??= {}).geo ??= {}).country_iso_code = country.toUpperCase()
  if (row.text('isReceivedFromClient')?.toLowerCase() === 'false') {
    markSubrequest(draft)
    ;((draft.cdn ??= {}).cache ??= {}).tier = 'shield'
  }
  const info = row.text('errorInfo')
  if (info !== undefined && !/^(?:NoError|N\/A)$/i.test(info)) fail(draft, ERRORS[info.toLowerCase()], info)
  else if (draft.http?.response?.status_code === 499) fail(draft, 'client_abort', '499')
}
