// Log lines of made-up traffic, one writer a format. They take what happened (times in epoch ms) and know nothing of why.

const pad = (number, length = 2) => String(number).padStart(length, '0')
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const parts = ms => { const at = new Date(ms); return { year: at.getUTCFullYear(), month: MONTHS[at.getUTCMonth()], number: pad(at.getUTCMonth() + 1), day: pad(at.getUTCDate()), time: at.toISOString().slice(11, 19), ms: pad(Math.floor(ms % 1000), 3) } }
const seconds = ms => (ms / 1000).toFixed(3)
const micros = ms => (ms / 1000).toFixed(6)

/** A request at nginx, as a JSON log_format writes it when the request ends. */
export function nginxJson(one) {
  const end = one.at + one.ms
  const asked = one.attempts.length > 0
  const list = pick => asked ? one.attempts.map(pick).join(', ') : ''
  const time = ms => ms === undefined ? '-' : seconds(ms)
  return JSON.stringify({
    time: `${new Date(end).toISOString().slice(0, 19)}+00:00`, msec: Number(seconds(end)), remote_addr: one.client, remote_port: String(one.port), vip: one.server, host: one.host, method: one.method, uri: one.query === undefined ? one.path : `${one.path}?${one.query}`,
    proto: one.h2 ? 'HTTP/2.0' : 'HTTP/1.1', status: one.status, bytes: one.bytes, request_time: Number(seconds(one.ms)),
    upstream_addr: list(each => `${each.ip}:8443`), upstream_status: list(each => each.status ?? '-'), upstream_connect_time: list(each => time(each.connectMs)), upstream_header_time: list(each => time(each.headerMs)), upstream_response_time: list(each => time(each.ms)),
    cache: one.cache.toUpperCase(), sni: one.sni, tls: one.tls, conn: String(one.connection), conn_req: String(one.number), ua: 'ExampleAgent/2.1',
  })
}

/** What nginx writes to its error log when an upstream fails. */
export function nginxError(one, words, level = 'error') {
  const { year, number, day, time } = parts(one.at + one.ms)
  return `${year}/${number}/${day} ${time} [${level}] 812#812: *${one.connection} ${words}, client: ${one.client}, server: ${one.host}, request: "${one.method} ${one.path} HTTP/${one.h2 ? '2.0' : '1.1'}", upstream: "https://${one.attempts[0].ip}:8443${one.path}", host: "${one.host}"`
}

/** A request at HAProxy (httplog, the Host captured), stamped with its beginning. */
export function haproxy(one) {
  const { year, month, day, time, ms } = parts(one.at)
  const [first] = one.attempts
  const timers = `0/0/${first?.connectMs === undefined ? -1 : Math.round(first.connectMs)}/${first?.headerMs === undefined ? -1 : Math.round(first.headerMs - first.connectMs)}/${Math.round(one.ms)}`
  return `${one.client}:${one.port} [${day}/${month}/${year}:${time}.${ms}] fe_https~ ${one.backend}/srv1 ${timers} ${one.status} ${one.bytes} - - ${one.flags ?? '----'} 90/88/12/4/0 0/0 {${one.host}} "${one.method} ${one.path}${one.query === undefined ? '' : `?${one.query}`} HTTP/${one.h2 ? '2.0' : '1.1'}"`
}

export const CLOUDFRONT_HEAD = '#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end'
const CLOUDFRONT_RESULT = { hit: 'Hit', miss: 'Miss', expired: 'Miss', revalidated: 'RefreshHit', dynamic: 'Miss', bypass: 'Miss' }

/** A request at CloudFront (standard log), stamped with its end in whole seconds. */
export function cloudfront(one) {
  const { year, number, day, time } = parts(one.at + one.ms)
  const isError = one.status >= 400
  const result = isError ? 'Error' : CLOUDFRONT_RESULT[one.cache] ?? 'Miss'
  const taken = seconds(one.ms)
  return [`${year}-${number}-${day}`, time, one.pop, one.bytes, one.client, one.method, 'd111111example.cloudfront.net', one.path, one.aborted ? '000' : one.status, '-', 'ExampleAgent/2.1', one.query ?? '-', '-', one.aborted ? 'Error' : result, `${one.id}==`, one.host, 'https', 310, taken, '-', one.tls, one.tls === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'ECDHE-RSA-AES128-GCM-SHA256', one.aborted ? 'Error' : result, one.h2 ? 'HTTP/2.0' : 'HTTP/1.1', '-', '-', one.port, taken, one.aborted ? 'ClientCommError' : one.detail ?? result, 'text/html', one.bytes, '-', '-'].join('\t')
}

/** A request at Cloudflare (HTTP requests, Logpush). */
export function cloudflare(one) {
  const [last] = one.attempts.slice(-1)
  const answered = last?.status !== undefined && last.headerMs !== undefined
  return JSON.stringify({
    RayID: one.id, EdgeStartTimestamp: new Date(one.at).toISOString(), EdgeEndTimestamp: new Date(one.at + one.ms).toISOString(), ClientIP: one.client, ClientSrcPort: one.port, ClientRequestHost: one.host, ClientRequestMethod: one.method,
    ClientRequestURI: one.query === undefined ? one.path : `${one.path}?${one.query}`, ClientRequestProtocol: one.h2 ? 'HTTP/2' : 'HTTP/1.1', ClientRequestScheme: 'https', ClientRequestSource: 'eyeball', ClientSSLProtocol: one.tls, EdgeColoCode: one.pop,
    EdgeResponseStatus: one.aborted ? 499 : one.status, EdgeResponseBytes: one.bytes, EdgeTimeToFirstByteMs: Math.round(one.ms), CacheCacheStatus: one.cache, OriginIP: last?.ip ?? '', OriginResponseStatus: answered ? last.status : 0,
    OriginResponseDurationMs: answered ? Math.round(last.ms) : 0, OriginTCPHandshakeDurationMs: Math.round(last?.connectMs ?? 0), OriginTLSHandshakeDurationMs: answered ? Math.round(2 * last.connectMs) : 0, OriginResponseHeaderReceiveDurationMs: answered ? Math.round(last.headerMs - last.connectMs) : 0,
  })
}

/** A question at BIND. */
export function bind({ at, client, port, name, type, server }) {
  const { year, month, day, time, ms } = parts(at)
  return `${day}-${month}-${year} ${time}.${ms} queries: info: client @0x7f21d8a3b8 ${client}#${port} (${name}): query: ${name} IN ${type} +E(0)K (${server})`
}

/** A question at unbound and, unless nobody answered, its reply: [time, line] pairs. */
export function unbound({ at, client, name, type, code, ms, cached, lost }) {
  const stamp = moment => `[${Math.floor(moment / 1000)}] unbound[731:0] info: ${client} ${name}. ${type} IN`
  return [[at, stamp(at)], ...(lost ? [] : [[at + ms, `${stamp(at + ms)} ${code} ${(cached ? 0 : ms / 1000).toFixed(6)} ${cached ? 1 : 0} 109`]])]
}

/** A question at dnsmasq (log-queries=extra) with its answer: [time, line] pairs. */
export function dnsmasq({ at, client, port, name, type, chain, ips, code, ms, cached, lost, id }) {
  const line = (moment, words) => { const { month, day, time } = parts(moment); return [moment, `${month} ${day.replace(/^0/, ' ')} ${time} dnsmasq[640]: ${id} ${client}/${port} ${words}`] }
  const verb = cached ? 'cached' : 'reply'
  const lines = [line(at, `query[${type}] ${name} from ${client}`)]
  if (!cached) lines.push(line(at, `forwarded ${name} to 192.0.2.1`))
  if (lost) return lines
  if (code === 'SERVFAIL') return [...lines, line(at + ms, `reply error is SERVFAIL`)]
  if (code === 'NXDOMAIN') return [...lines, line(at + ms, `${verb} ${name} is NXDOMAIN`)]
  const names = [name, ...chain]
  for (const alias of names.slice(0, -1)) lines.push(line(at + ms, `${verb} ${alias} is <CNAME>`))
  if (ips.length === 0) lines.push(line(at + ms, `${verb} ${names.at(-1)} is NODATA-IPv${type === 'A' ? 4 : 6}`))
  for (const ip of ips) lines.push(line(at + ms, `${verb} ${names.at(-1)} is ${ip}`))
  return lines
}

const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 }

/** A look-up on the wire, as Zeek writes it. */
export function zeekDns({ at, client, port, server, name, type, chain, ips, code, ms, ttl, lost, id }) {
  const base = { ts: Number(micros(at)), uid: `D${id}`, 'id.orig_h': client, 'id.orig_p': port, 'id.resp_h': server, 'id.resp_p': 53, proto: 'udp', trans_id: id % 65_536, query: name, qclass: 1, qclass_name: 'C_INTERNET', qtype: type === 'A' ? 1 : 28, qtype_name: type, RD: true }
  if (lost) return JSON.stringify({ ...base, AA: false, TC: false, RA: false, Z: 0, rejected: false })
  const answers = code === 'NOERROR' ? [...chain, ...ips] : []
  return JSON.stringify({ ...base, rtt: Number((ms / 1000).toFixed(6)), rcode: RCODES[code], rcode_name: code, AA: false, TC: false, RA: true, Z: 0, ...(answers.length > 0 ? { answers, TTLs: answers.map(() => ttl) } : {}), rejected: false })
}

/** A handshake as Zeek writes it. `shown` is the certificate where it is seen (TLS 1.2, not resumed). */
export function zeekSsl({ at, id, client, port, server, serverPort, name, version, resumed, established, alert, alertFrom, shown, covers }) {
  const history = established ? 'CsiI' : alert === undefined ? version === 'TLSv1.3' ? 'CsiO' : 'Cs' : alertFrom === 'client' ? 'CsxkL' : 'Cl'
  return JSON.stringify({
    ts: Number(micros(at)), uid: `C${id}`, 'id.orig_h': client, 'id.orig_p': port, 'id.resp_h': server, 'id.resp_p': serverPort ?? 443, version: version.replace('.', '').replace('TLSv13', 'TLSv13'), cipher: version === 'TLSv1.3' ? 'TLS_AES_128_GCM_SHA256' : 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', curve: 'x25519',
    ...(name === undefined ? {} : { server_name: name }), resumed, ...(alert === undefined ? {} : { last_alert: alert }), established, ssl_history: history,
    ...(shown ? { cert_chain_fps: [shown.fingerprint, 'ca01'], subject: `CN=${shown.names[0]}`, issuer: shown.issuer, sni_matches_cert: covers, validation_status: shown.validation } : {}),
  })
}

export const TSHARK_HEAD = 'frame.time_epoch\tip.src\tip.dst\tipv6.src\tipv6.dst\ttcp.srcport\ttcp.dstport\ttcp.stream\ttls.record.content_type\ttls.handshake.type\ttls.handshake.extensions_server_name\ttls.handshake.version\ttls.handshake.extensions.supported_version\ttls.handshake.ciphersuite\ttls.handshake.extensions_alpn_str\tx509sat.uTF8String\tx509ce.dNSName\tx509af.utcTime\ttls.alert_message.level\ttls.alert_message.desc'
const ALERTS = { handshake_failure: 40, bad_certificate: 42, certificate_expired: 45, certificate_unknown: 46, unknown_ca: 48, protocol_version: 70, unrecognized_name: 112 }
const utc = ms => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} (UTC)`

/** A handshake as tshark's fields show it, frame by frame: [time, line] pairs. */
export function tshark({ at, stream, client, port, server, name, version, resumed, established, alert, alertFrom, shown }) {
  const v6 = client.includes(':')
  const addresses = (from, to) => v6 ? ['', '', from, to] : [from, to, '', '']
  const out = (moment, cells) => [moment, [`${micros(moment)}000`, ...addresses(client, server), port, 443, stream, ...cells].join('\t')]
  const back = (moment, cells) => [moment, [`${micros(moment)}000`, ...addresses(server, client), 443, port, stream, ...cells].join('\t')]
  const modern = version === 'TLSv1.3'
  const lines = [out(at, ['22', '1', name ?? '', '0x0303', modern ? '0x0304,0x0303' : '', modern ? '0x1301,0xc02f' : '0xc02f', 'h2,http/1.1', '', '', '', '', ''])]
  const refusedAtOnce = alert !== undefined && alertFrom === 'server'
  if (!refusedAtOnce) {
    const types = modern ? '2' : resumed ? '2' : '2,11,12,14'
    const certificate = shown ? [`${shown.issuer.replace('CN=', '')},${shown.names[0]}`, shown.names.join(','), `${utc(shown.notBefore)},${utc(shown.notAfter)}`] : ['', '', '']
    lines.push(back(at + 3, [modern || resumed ? '22,20' : '22,22,22,22', types, '', '0x0303', modern ? '0x0304' : '', modern ? '0x1301' : '0xc02f', '', ...certificate, '', '']))
  }
  if (alert !== undefined) lines.push((alertFrom === 'server' ? back : out)(at + 4, ['21', '', '', '', '', '', '', '', '', '', '2', ALERTS[alert]]))
  else if (established) lines.push(out(at + 5, ['20', '', '', '', '', '', '', '', '', '', '', '']))
  return lines
}
