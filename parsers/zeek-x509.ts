// Zeek x509.log: one line a certificate seen on the wire (once a day each), found again by its fingerprint; TSV and JSON.
import { defineParser } from '../src/read/define.js'
import { text, time } from '../src/read/field.js'
import { MASKED_TIME, zeekColumns, zeekLog, zeekPath } from '../src/read/layouts/zeek.js'
import { skip, type Draft, type Head, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { readAny, toRfc3339 } from '../src/read/time.js'
import { settleTick, vectorOf } from '../src/read/zeek/connection.js'

/** The columns under either spelling: dots as Zeek has them, underscores as some shippers write them. */
const cell = (row: Row, name: string): unknown => row.get(name) ?? row.get(name.replaceAll('.', '_'))

/** Certificates outlive what RFC 3339 can write: an end after the year 9999 means none. */
function momentOf(raw: unknown): string | undefined {
  const stamp = typeof raw === 'string' || typeof raw === 'number' ? readAny(String(raw)) : undefined
  return stamp !== undefined && 'ms' in stamp && stamp.ms < 253402300800000 ? toRfc3339(stamp.ms) : undefined
}

const isTrue = (raw: unknown): boolean => raw === true || raw === 'T' || raw === 'true'

function finish(draft: Draft, row: Row): void | Skip {
  settleTick(draft, row)
  if (isTrue(cell(row, 'client_cert')) && !isTrue(cell(row, 'host_cert'))) return skip('not-an-event', 'a client certificate')
  const server = ((draft.tls ??= {}).server ??= {})
  const fingerprint = row.text('fingerprint')?.toLowerCase()
  if (fingerprint !== undefined && fingerprint.length === 64) server.hash = { sha256: fingerprint }
  else if (fingerprint !== undefined && fingerprint.length === 40) server.hash = { sha1: fingerprint }
  if (fingerprint !== undefined) server.certificate_chain = [fingerprint]
  const names = [...vectorOf(cell(row, 'san.dns')), ...vectorOf(cell(row, 'san.ip'))].filter(item => item !== undefined)
  const serial = cell(row, 'certificate.serial')
  const notBefore = momentOf(cell(row, 'certificate.not_valid_before'))
  const notAfter = momentOf(cell(row, 'certificate.not_valid_after'))
  if (notBefore !== undefined) server.not_before = notBefore
  if (notAfter !== undefined) server.not_after = notAfter
  server.x509 = { alternative_names: names, ...(typeof serial === 'string' ? { serial_number: serial } : {}) }
}

function detect(head: Head): number {
  const stated = zeekPath(head)
  if (stated !== undefined) return stated === 'x509' ? 1 : 0
  const columns = zeekColumns(head) ?? new Set(Object.keys(head.json(0) ?? {})) // these lines have no uid
  return columns.has('ts') && (columns.has('certificate.serial') || columns.has('certificate_serial')) ? 0.9 : 0
}

const BOTH = ['certificate.not_valid_before', 'certificate.not_valid_after', 'certificate.serial', 'san.dns', 'san.ip', 'host_cert', 'client_cert']
const FIELDS = 'ts\tfingerprint\tcertificate.version\tcertificate.serial\tcertificate.subject\tcertificate.issuer\tcertificate.not_valid_before\tcertificate.not_valid_after\tcertificate.key_alg\tsan.dns\tsan.ip\tbasic_constraints.ca\thost_cert\tclient_cert'

export default defineParser({
  id: 'zeek-x509',
  title: 'Zeek x509.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/logs/x509.html',
  dataset: 'zeek.x509',
  types: ['log.line'],
  vantage: 'wire',
  limits: 'A certificate, not a connection: a handshake is found by the fingerprint in its tls.server.certificate_chain. Logged once a day each, so its time says little. Editions before 4.1 name certificates by file id only.',
  detect,
  table: {
    layout: zeekLog(),
    constant: { type: 'log.line' },
    also: ['fingerprint', ...BOTH, ...BOTH.map(name => name.replaceAll('.', '_'))],
    fields: {
      ts: time('any', 'point', { absent: [MASKED_TIME], relative: true }),
      'certificate.subject': text('tls.server.subject'),
      'certificate.issuer': text('tls.server.issuer'),
      certificate_subject: text('tls.server.subject'),
      certificate_issuer: text('tls.server.issuer'),
    },
    reads: [],
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#path\tx509',
        `#fields\t${FIELDS}`,
        `1767604447.371204\t${'0a1b'.repeat(16)}\t3\t0C0099\tCN=www.example.com,O=Example\\, Inc\tCN=Example CA,O=Example\t1767225600.000000\t1775001600.000000\trsaEncryption\twww.example.com,*.example.com\t192.0.2.80\tF\tT\tF`,
        `1767604447.371204\t${'0a1c'.repeat(16)}\t3\t0C009A\tCN=client1\tCN=Example CA\t1767225600.000000\t1775001600.000000\trsaEncryption\t-\t-\tF\tF\tT`,
      ],
      events: [{
        type: 'log.line', ts_ms: 1767604447371.204, ts_basis: 'point', ts_res_ms: 0.001,
        tls: {
          server: {
            subject: 'CN=www.example.com,O=Example\\, Inc', issuer: 'CN=Example CA,O=Example', not_before: '2026-01-01T00:00:00.000000Z', not_after: '2026-04-01T00:00:00.000000Z',
            hash: { sha256: '0a1b'.repeat(16) }, certificate_chain: ['0a1b'.repeat(16)], x509: { alternative_names: ['www.example.com', '*.example.com', '192.0.2.80'], serial_number: '0C0099' },
          },
        },
      }],
      skipped: { header: 3, 'not-an-event': 1 },
    },
    {
      lines: '{"ts":1767604447.5,"id":"FzTguv1","certificate.version":3,"certificate.serial":"0E30","certificate.subject":"CN=api.example.com","certificate.issuer":"CN=Example CA","certificate.not_valid_before":1767225600.0,"certificate.not_valid_after":1775001600.0,"san.dns":["api.example.com"],"basic_constraints.ca":false}',
      events: [{
        type: 'log.line', ts_ms: 1767604447500, ts_basis: 'point', ts_res_ms: 0.001,
        tls: {
          server: {
            subject: 'CN=api.example.com', issuer: 'CN=Example CA', not_before: '2026-01-01T00:00:00.000000Z', not_after: '2026-04-01T00:00:00.000000Z',
            x509: { alternative_names: ['api.example.com'], serial_number: '0E30' },
          },
        },
      }],
      note: 'an older edition, which names certificates by file id',
    },
  ],
})
