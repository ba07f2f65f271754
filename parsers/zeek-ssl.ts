// Zeek ssl.log: one line a TLS, DTLS or QUIC handshake seen on the wire; TSV and JSON.
import { defineParser } from '../src/read/define.js'
import { boolean, host, list, text, time, tlsVersion } from '../src/read/field.js'
import { MASKED_TIME, zeekColumns, zeekLog, zeekPath } from '../src/read/layouts/zeek.js'
import type { Draft } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { zeekConnection, zeekFills, zeekLines } from '../src/read/zeek/connection.js'

function finish(draft: Draft, row: Row): void {
  const tls = (draft.tls ??= {})
  const version = row.text('version') ?? ''
  if (version.startsWith('DTLS')) {
    tls.version_protocol = 'dtls'
    ;(draft.network ??= {}).transport = 'udp'
    tls.version = version === 'DTLSv12' ? '1.2' : version === 'DTLSv13' ? '1.3' : '1.0'
  } else if (version !== '') tls.version_protocol = version.startsWith('SSL') ? 'ssl' : 'tls'
  // the log has no transport; these protocols are only spoken over QUIC
  if (/^(?:h3|doq|hq)(?:-|$)/.test(tls.next_protocol ?? '')) (draft.network ??= {}).transport = 'quic'
  const draftVersion = version.startsWith('TLSv13-')
  if (draftVersion) tls.version = '1.3'
  // the alert's sender is the last party in ssl_history that wrote an L; capitals are the client
  const history = row.text('ssl_history')
  if (tls.alert && history) tls.alert_from = history.lastIndexOf('L') > history.lastIndexOf('l') ? 'client' : 'server'
  // hellos and nothing else under TLS 1.3 is QUIC, whose handshakes this log never calls established (over TCP a change of cipher follows)
  if (tls.established === false && !tls.alert && version.startsWith('TLSv13') && history === 'Cs') {
    tls.established = undefined
    if (draft.network) draft.network.transport = undefined
  }
  if (tls.established === false && tls.alert) draft.error = { type: 'tls_alert_received', message: tls.alert }
}

export default defineParser({
  id: 'zeek-ssl',
  title: 'Zeek ssl.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/logs/ssl.html',
  dataset: 'zeek.ssl',
  types: ['tls.handshake'],
  vantage: 'wire',
  limits: 'Under TLS 1.3 the certificate, its check and the chosen ALPN are encrypted and absent; with ECH the SNI is the outer name.',
  detect(head) {
    const path = zeekPath(head)
    if (path !== undefined) return path === 'ssl' ? 1 : 0
    const columns = zeekColumns(head)
    return columns?.has('cipher') && columns.has('established') ? 0.9 : 0
  },
  table: {
    layout: zeekLog(),
    constant: { type: 'tls.handshake', network: { transport: 'tcp' } },
    also: ['version', 'ssl_history'],
    fields: {
      ...zeekConnection,
      ts: time('any', 'start', { absent: [MASKED_TIME], res_ms: 0.001, relative: true }), // any: JSON may hold ISO text
      version: tlsVersion(),
      cipher: text('tls.cipher'),
      curve: text('tls.curve'),
      server_name: host('tls.client.server_name'),
      resumed: boolean('tls.resumed'),
      last_alert: text('tls.alert'),
      next_protocol: text('tls.next_protocol'),
      established: boolean('tls.established'),
      cert_chain_fps: list('tls.server.certificate_chain'),
      subject: text('tls.server.subject'),
      issuer: text('tls.server.issuer'),
      sni_matches_cert: boolean('tls.sni_matches_certificate'),
      validation_status: text('tls.validation'),
      ja3: text('tls.client.ja3'),
      ja3s: text('tls.server.ja3s'),
      ja4: text('tls.client.ja4'),
    },
    reads: ['tls', 'network'],
    brief: {
      lines: zeekLines,
      time: { cells: ['ts'], marks: 'start' },
      clientPort: 'id.orig_p',
      who: 'id.orig_h',
      what: {
        cells: ['server_name', 'id.resp_h', 'established', 'last_alert', 'version', 'ssl_history'],
        gives: ['hostname', 'ts_basis', 'ts_res_ms', 'outcome', 'server.ip', 'tls.client.server_name', 'tls.version', 'tls.version_protocol', 'tls.established', 'tls.alert', 'tls.alert_from', 'error'],
      },
      others: [
        { cells: ['cipher'], gives: ['tls.cipher'] }, { cells: ['curve'], gives: ['tls.curve'] }, { cells: ['resumed'], gives: ['tls.resumed'] },
        { cells: ['next_protocol'], gives: ['tls.next_protocol'] }, { cells: ['validation_status'], gives: ['tls.validation'] },
        { cells: ['subject'], gives: ['tls.server.subject'] }, { cells: ['issuer'], gives: ['tls.server.issuer'] }, { cells: ['sni_matches_cert'], gives: ['tls.sni_matches_certificate'] }, { cells: ['cert_chain_fps'], gives: ['tls.server.certificate_chain'] },
        { cells: ['ja3'], gives: ['tls.client.ja3'] }, { cells: ['ja3s'], gives: ['tls.server.ja3s'] }, { cells: ['ja4'], gives: ['tls.client.ja4'] },
        { cells: ['version', 'ssl_history', 'established', 'last_alert', 'next_protocol'], gives: ['network.transport', 'network.protocol'] },
      ],
      texts: { uid: { path: 'network.connection_id' }, 'id.orig_p': { path: 'client.port', upTo: 65535 }, 'id.resp_p': { path: 'server.port', upTo: 65535 } },
      ignored: ['community_id', 'cert_chain_fps', 'subject', 'issuer', 'sni_matches_cert', 'ja3', 'ja3s', 'ja4'],
      fills: [...zeekFills, 'tls', 'error', 'outcome'],
    },
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#set_separator\t,',
        '#empty_field\t(empty)',
        '#unset_field\t-',
        '#path\tssl',
        '#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tversion\tcipher\tcurve\tserver_name\tresumed\tlast_alert\tnext_protocol\testablished\tssl_history\tcert_chain_fps\tclient_cert_chain_fps\tsni_matches_cert\tvalidation_status',
        '#types\ttime\tstring\taddr\tport\taddr\tport\tstring\tstring\tstring\tstring\tbool\tstring\tstring\tbool\tstring\tvector[string]\tvector[string]\tbool\tstring',
        '1767604447.371204\tCxA1\t192.0.2.10\t51544\t203.0.113.7\t443\tTLSv12\tTLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\tx25519\tWWW.example.com\tF\t-\th2\tT\tCsxkNGIti\taa11,bb22\t(empty)\tT\tok',
        '1767604448.000000\tCxA2\t2001:DB8::10\t51545\t2001:db8::7\t443\t-\t-\t-\tapi.example.com\tF\thandshake_failure\t-\tF\tCl\t-\t-\t-\t-',
        '1767604449.000000\tCxA3\t192.0.2.10',
        '#close\t2026-01-05-09-15-00',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7', port: 443 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: 'CxA1' },
          tls: {
            version: '1.2', version_protocol: 'tls', cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', curve: 'x25519', established: true, resumed: false, next_protocol: 'h2',
            validation: 'ok', sni_matches_certificate: true, client: { server_name: 'www.example.com' }, server: { certificate_chain: ['aa11', 'bb22'] },
          },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'api.example.com',
          client: { ip: '2001:db8::10', port: 51545 }, server: { ip: '2001:db8::7', port: 443 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'tls', connection_id: 'CxA2' },
          tls: { established: false, resumed: false, alert: 'handshake_failure', alert_from: 'server', client: { server_name: 'api.example.com' } },
          error: { type: 'tls_alert_received', message: 'handshake_failure' },
        },
      ],
      skipped: { header: 8, malformed: 1 },
    },
    {
      lines: '{"ts":1767604447.5,"uid":"CxB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"203.0.113.7","id.resp_p":443,"version":"TLSv13","cipher":"TLS_AES_128_GCM_SHA256","server_name":"static.example.com","resumed":true,"established":true}',
      events: [{
        type: 'tls.handshake', ts_ms: 1767604447500, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'static.example.com',
        client: { ip: '192.0.2.11', port: 40001 }, server: { ip: '203.0.113.7', port: 443 },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'tls', connection_id: 'CxB1' },
        tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_128_GCM_SHA256', established: true, resumed: true, client: { server_name: 'static.example.com' } },
      }],
    },
  ],
})
