/** CSV for a spreadsheet, by fast-csv. Cells that a spreadsheet would run as a formula are defused. */
import { format } from 'fast-csv'
import { flatten } from './fields.js'
import type { Sink } from './sink.js'
import { withTime, type Writer, type WriterOptions } from './writers.js'

/** Columns where `--fields` names none, per record type. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  session: [
    'time', 'id', 'claim', 'hostname', 'outcome', 'client.ip', 'server.ip', 'http.request.method', 'url.path', 'http.response.status_code', 'duration_ms', 'cdn.provider', 'cdn.pop', 'cdn.cache.status',
    'cdn.origin.ip', 'cdn.origin.status_code', 'dns.question.type', 'dns.response_code', 'dns.resolved_ip', 'tls.version', 'tls.client.server_name', 'tls.established', 'bottleneck.phase', 'bottleneck.ms', 'error.type', 'join.score', 'join.missing',
  ],
  finding: ['time', 'id', 'rule.id', 'severity', 'confidence', 'hostname', 'subject.hostnames', 'subject.origin_ips', 'subject.server_ips', 'subject.pops', 'count', 'cause', 'message', 'comparison', 'remediation', 'fingerprint'],
  event: [
    'time', 'type', 'id', 'dataset', 'hostname', 'outcome', 'duration_ms', 'client.ip', 'client.port', 'server.ip', 'server.port', 'http.request.method', 'url.path', 'url.query', 'http.response.status_code', 'cdn.pop', 'cdn.cache.status', 'cdn.origin.ip',
    'cdn.origin.status_code', 'cdn.origin.wait_ms', 'dns.question.name', 'dns.question.type', 'dns.response_code', 'dns.resolved_ip', 'tls.version', 'tls.client.server_name', 'tls.established', 'go.module.path', 'go.module.version', 'error.type', 'error.message',
  ],
}

/** A cell that begins as a formula does is given an apostrophe, which spreadsheets hide; plain numbers are left alone. */
export function defuse(cell: string): string {
  return /^[=+\-@\t\r]/.test(cell) && !/^[+-]?\d+(?:\.\d+)?$/.test(cell) ? `'${cell}` : cell
}

/** A writer of quoted CSV with a header. */
export function csvWriter(sink: Sink, options: WriterOptions): Writer {
  const stream = format({ headers: false, quote: '"', escape: '"', includeEndRowDelimiter: true })
  let pending = ''
  stream.on('data', (chunk: Buffer | string) => { pending += chunk.toString() })
  let columns = options.fields
  let isHeaded = false
  const flush = (): Promise<void> | void => {
    const text = pending
    pending = ''
    return text === '' ? undefined : sink.write(text)
  }
  return {
    write(record) {
      if (!columns) {
        const { type } = record as { type?: string }
        columns = COLUMNS[type ?? ''] ?? COLUMNS.event!
      }
      if (!isHeaded) stream.write([...columns])
      isHeaded = true
      const row = flatten(withTime(record))
      const isRoom = stream.write(columns.map(column => defuse(row.get(column) ?? '')))
      return isRoom ? flush() : new Promise<void>(resolve => stream.once('drain', resolve)).then(flush)
    },
    end() {
      return new Promise<void>(resolve => stream.once('end', resolve).end()).then(flush)
    },
  }
}
