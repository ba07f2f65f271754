/** An aligned table for a terminal. Log text is made printable: it must not move the cursor or change the colours. */
import { formatDurationMs } from '../duration.js'
import { toPrintable } from '../printable.js'
import { flatten } from './fields.js'
import type { Sink } from './sink.js'
import { withTime, type Writer, type WriterOptions } from './writers.js'

interface Column { readonly title: string, readonly paths: readonly string[], readonly right?: boolean, readonly show?: (value: string) => string }

const clock = (value: string): string => value.slice(11, 23)
const phase: Column = { title: 'longest phase', paths: ['bottleneck.phase'] }
const took = (path: string): Column => ({ title: 'took', paths: [path], right: true, show: value => formatDurationMs(Number(value)) })

const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  session: [
    { title: 'time', paths: ['time'], show: clock }, { title: 'host', paths: ['hostname', 'server.ip'] }, { title: 'request', paths: ['url.path', 'claim'] }, { title: 'status', paths: ['http.response.status_code', 'outcome'], right: true },
    { title: 'cache', paths: ['cdn.cache.status'] }, took('duration_ms'), phase, { title: '', paths: ['bottleneck.ms'], right: true, show: value => formatDurationMs(Number(value)) }, { title: 'error', paths: ['error.type'] }, { title: 'missing', paths: ['join.missing'] },
  ],
  finding: [{ title: 'severity', paths: ['severity'] }, { title: 'rule', paths: ['rule.id'] }, { title: 'since', paths: ['time'], show: clock }, { title: 'count', paths: ['count'], right: true }, { title: 'what', paths: ['message'] }],
  candidate: [{ title: 'event', paths: ['event_id'] }, { title: 'host', paths: ['hostname'] }, { title: 'delta', paths: ['delta_ms'], right: true }, { title: 'keys', paths: ['keys'] }, { title: 'verdict', paths: ['verdict'] }, { title: 'why', paths: ['why'] }],
  event: [
    { title: 'time', paths: ['time'], show: clock }, { title: 'type', paths: ['type'] }, { title: 'host', paths: ['hostname', 'server.ip'] }, { title: 'client', paths: ['client.ip'] },
    { title: 'status', paths: ['http.response.status_code', 'dns.response_code', 'outcome'], right: true }, took('duration_ms'), { title: 'cache', paths: ['cdn.cache.status'] }, { title: 'error', paths: ['error.type'] }, { title: 'line', paths: ['id'] },
  ],
}

/** Rows measured before the widths are fixed, so that a long stream still begins to print. */
const MEASURED_ROWS = 200

function columnsFor(record: object, fields: readonly string[] | undefined): readonly Column[] {
  if (fields) return fields.map(field => ({ title: field, paths: [field] }))
  return COLUMNS[(record as { type?: string }).type ?? ''] ?? COLUMNS.event!
}

function cellsOf(record: object, columns: readonly Column[]): string[] {
  const row = flatten(withTime(record))
  return columns.map(column => {
    const value = column.paths.map(path => row.get(path)).find(text => text !== undefined && text !== '')
    return value === undefined ? '' : toPrintable(column.show ? column.show(value) : value)
  })
}

/** Widths that fit the terminal: columns that are too wide give way, the last one first. */
function fitWidths(rows: readonly string[][], titles: readonly string[], width: number): number[] {
  const widths = titles.map((title, i) => Math.max(title.length, ...rows.map(row => row[i]!.length)))
  let over = widths.reduce((sum, one) => sum + one + 2, -2) - width
  for (const floor of [24, 12, 6, 3]) {
    for (let i = widths.length - 1; i >= 0 && over > 0; i--) {
      const give = Math.min(over, Math.max(0, widths[i]! - Math.max(floor, titles[i]!.length)))
      widths[i]! -= give
      over -= give
    }
  }
  return widths
}

const clip = (text: string, width: number): string => text.length <= width ? text : width <= 1 ? text.slice(0, width) : `${text.slice(0, width - 1)}…`

/** A writer of aligned rows with a header. On a narrow terminal columns are clipped, and what does not fit at all is left out. */
export function tableWriter(sink: Sink, options: WriterOptions): Writer {
  const width = Math.max(20, options.width ?? 120)
  let columns: readonly Column[] | undefined
  let rows: string[][] = []
  let widths: number[] | undefined
  const line = (cells: readonly string[]): string => {
    let text = ''
    cells.forEach((cell, i) => {
      const padded = columns![i]!.right ? clip(cell, widths![i]!).padStart(widths![i]!) : clip(cell, widths![i]!).padEnd(widths![i]!)
      if (text.length === 0 || text.length + 2 + padded.trimEnd().length <= width) text += `${i === 0 ? '' : '  '}${padded}`
    })
    return `${text.trimEnd()}\n`
  }
  const start = (): string => {
    widths = fitWidths(rows, columns!.map(column => column.title), width)
    const text = line(columns!.map(column => column.title)) + rows.map(line).join('')
    rows = []
    return text
  }
  return {
    write(record) {
      columns ??= columnsFor(record, options.fields)
      const cells = cellsOf(record, columns)
      if (widths) return sink.write(line(cells))
      rows.push(cells)
      if (rows.length >= MEASURED_ROWS) return sink.write(start())
    },
    end() { if (columns && !widths) return sink.write(start()) },
  }
}
