/**
 * The Wireshark fields that tell something, under the names we ask for them, and how a frame answers. The three outputs of tshark
 * (`-T fields`, `-T ek`, `-T json`) hold the same flat lists of values per field, so one core reads all three.
 */

/** Ours → the names tshark has for it, the first that has a value wins. `ssl.` is what `tls.` was called before version 3. */
const SOURCES = {
  epoch: ['frame.time_epoch'],
  time: ['frame.time', 'frame.time_utc', '_ws.col.UTCtime', '_ws.col.AbsTime'],
  relative: ['frame.time_relative'],
  src4: ['ip.src', 'ip.src_host'],
  dst4: ['ip.dst', 'ip.dst_host'],
  src6: ['ipv6.src', 'ipv6.src_host'],
  dst6: ['ipv6.dst', 'ipv6.dst_host'],
  src: ['_ws.col.Source', '_ws.col.def_src', '_ws.col.src'],
  dst: ['_ws.col.Destination', '_ws.col.def_dst', '_ws.col.dst'],
  addresses: ['ip.addr', 'ipv6.addr'],
  tcpSrc: ['tcp.srcport'],
  tcpDst: ['tcp.dstport'],
  tcpPorts: ['tcp.port'],
  udpSrc: ['udp.srcport'],
  udpDst: ['udp.dstport'],
  udpPorts: ['udp.port'],
  tcpStream: ['tcp.stream'],
  udpStream: ['udp.stream'],
  communityId: ['communityid'],
  quic: ['quic.version', 'quic.long.packet_type', 'quic.header_form', 'quic.connection.number', 'quic.crypto.crypto_data'],

  dnsId: ['dns.id'],
  dnsFlags: ['dns.flags'],
  dnsResponse: ['dns.flags.response'],
  dnsOpcode: ['dns.flags.opcode'],
  dnsRcode: ['dns.flags.rcode'],
  dnsAa: ['dns.flags.authoritative'],
  dnsTc: ['dns.flags.truncated'],
  dnsRd: ['dns.flags.recdesired'],
  dnsRa: ['dns.flags.recavail'],
  dnsAd: ['dns.flags.authenticated'],
  dnsCd: ['dns.flags.checkdisable'],
  dnsName: ['dns.qry.name'],
  dnsType: ['dns.qry.type'],
  dnsClass: ['dns.qry.class'],
  dnsCount: ['dns.count.answers'],
  dnsRespName: ['dns.resp.name'],
  dnsRespType: ['dns.resp.type'],
  dnsRespTtl: ['dns.resp.ttl'],
  dnsA: ['dns.a'],
  dnsAaaa: ['dns.aaaa'],
  dnsCname: ['dns.cname'],
  dnsNs: ['dns.ns'],
  dnsPtr: ['dns.ptr.domain_name'],
  dnsMx: ['dns.mx.mail_exchange'],
  dnsSrv: ['dns.srv.target'],
  dnsTime: ['dns.time'],
  dnsSubnet: ['dns.opt.client.addr4', 'dns.opt.client.addr6', 'dns.opt.client.addr'],
  dnsSubnetBits: ['dns.opt.client.netmask'],
  dnsEde: ['dns.opt.ext_error.info_code'],

  tlsContent: ['tls.record.content_type', 'ssl.record.content_type', 'dtls.record.content_type'],
  tlsOpaque: ['tls.record.opaque_type', 'ssl.record.opaque_type'],
  tlsType: ['tls.handshake.type', 'ssl.handshake.type', 'dtls.handshake.type'],
  tlsSni: ['tls.handshake.extensions_server_name', 'ssl.handshake.extensions_server_name', 'dtls.handshake.extensions_server_name'],
  tlsVersion: ['tls.handshake.version', 'ssl.handshake.version', 'dtls.handshake.version'],
  tlsSupported: ['tls.handshake.extensions.supported_version', 'ssl.handshake.extensions.supported_version', 'dtls.handshake.extensions.supported_version'],
  tlsCipher: ['tls.handshake.ciphersuite', 'ssl.handshake.ciphersuite', 'dtls.handshake.ciphersuite'],
  tlsAlpn: ['tls.handshake.extensions_alpn_str', 'ssl.handshake.extensions_alpn_str', 'dtls.handshake.extensions_alpn_str'],
  tlsExtension: ['tls.handshake.extension.type', 'ssl.handshake.extension.type', 'tls.handshake.extension_type', 'dtls.handshake.extension.type'],
  tlsSession: ['tls.handshake.session_id', 'ssl.handshake.session_id'],
  tlsGroup: ['tls.handshake.extensions_key_share_group', 'ssl.handshake.extensions_key_share_group'],
  tlsCurve: ['tls.handshake.server_named_curve', 'ssl.handshake.server_named_curve', 'dtls.handshake.server_named_curve'],
  tlsJa3: ['tls.handshake.ja3'],
  tlsJa3s: ['tls.handshake.ja3s'],
  tlsJa4: ['tls.handshake.ja4'],
  tlsAlert: ['tls.alert_message.desc', 'ssl.alert_message.desc', 'dtls.alert_message.desc'],
  tlsAlertLevel: ['tls.alert_message.level', 'ssl.alert_message.level', 'dtls.alert_message.level'],
  tlsCertificate: ['tls.handshake.certificate', 'ssl.handshake.certificate', 'dtls.handshake.certificate'],
  tlsCertificateLength: ['tls.handshake.certificate_length', 'ssl.handshake.certificate_length'],
  dtls: ['dtls.record.content_type', 'dtls.handshake.type', 'dtls.record.version'],
  certName: ['x509ce.dNSName'],
  certTime: ['x509af.utcTime'],
  certLongTime: ['x509af.generalizedTime'],
  certSerial: ['x509af.serialNumber'],
  certText: ['x509sat.uTF8String', 'x509sat.printableString'],

  httpMethod: ['http.request.method', 'http2.headers.method', 'http3.headers.method'],
  httpHost: ['http.host', 'http2.headers.authority', 'http3.headers.authority'],
  httpUri: ['http.request.uri', 'http2.headers.path', 'http3.headers.path'],
  httpFull: ['http.request.full_uri', 'http2.request.full_uri'],
  httpVersion: ['http.request.version', 'http.response.version'],
  httpStatus: ['http.response.code', 'http2.headers.status', 'http3.headers.status'],
  httpAgent: ['http.user_agent', 'http2.headers.user_agent'],
  httpReferer: ['http.referer', 'http2.headers.referer'],
  httpType: ['http.content_type', 'http2.headers.content_type'],
  httpLength: ['http.content_length', 'http2.headers.content_length'],
  httpForwarded: ['http.x_forwarded_for', 'http2.headers.x_forwarded_for'],
  httpTime: ['http.time'],
  http2Stream: ['http2.streamid'],
  http2Headers: ['http2.headers.method', 'http2.headers.status', 'http2.headers.path'],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** A field we ask for. */
export type FieldKey = keyof typeof SOURCES

/** Every source with the fields it feeds. */
export const SOURCE_KEYS: ReadonlyMap<string, readonly FieldKey[]> = (() => {
  const keys = new Map<string, FieldKey[]>()
  for (const [key, sources] of Object.entries(SOURCES)) for (const source of sources) keys.set(source, [...keys.get(source) ?? [], key as FieldKey])
  return keys
})()

/** The sources of a field, in the order they count. */
export function sourcesOf(key: FieldKey): readonly string[] {
  return SOURCES[key]
}

/** One frame: all values of a field in the order of the packet; none is an empty list, or an empty text. */
export interface Frame {
  /** The first value, or ''. */
  first(key: FieldKey): string
  all(key: FieldKey): readonly string[]
}

/** True for a name as tshark gives fields: `tls.handshake.type`, `_ws.col.Source`, `frame`. */
export const isFieldName = (text: string): boolean => /^_?[A-Za-z][\w-]*(?:\.[\w-]+)*$/.test(text)

/** A number as tshark prints it: decimal, hexadecimal, or a flag in either of its spellings; undefined for anything else. */
export function numberOf(text: string): number | undefined {
  if (text === '') return undefined
  if (/^(?:0x[0-9a-fA-F]+|\d+)$/.test(text)) return Number(text)
  return /^true$/i.test(text) ? 1 : /^false$/i.test(text) ? 0 : undefined
}
