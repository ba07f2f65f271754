/** What Zeek's logs have in common: the columns every one begins with, the moment, and how a file tells which log it is. */
import { ip, port, text, time, type Field } from '../field.js'
import { MASKED_TIME, zeekColumns, zeekPath } from '../layouts/zeek.js'
import type { Draft, Head } from '../parser.js'
import type { Row } from '../table.js'

/** Columns of every connection-bound log; `id_orig_h` is the spelling some shippers give the same columns. */
export const zeekConnection: Readonly<Record<string, Field>> = {
  // any: JSON may hold seconds, milliseconds or ISO text, as `json_timestamps` says
  ts: time('any', 'start', { absent: [MASKED_TIME], relative: true }),
  uid: text('network.connection_id'),
  community_id: text('network.community_id'),
  'id.orig_h': ip('client.ip'),
  'id.orig_p': port('client.port'),
  'id.resp_h': ip('server.ip'),
  'id.resp_p': port('server.port'),
  id_orig_h: ip('client.ip'),
  id_orig_p: port('client.port'),
  id_resp_h: ip('server.ip'),
  id_resp_p: port('server.port'),
}

/** How lines of either writer are cut; and what every such event may have. */
export const zeekLines = { json: true, header: '#fields', absent: ['-', '(empty)'] } as const
export const zeekFills = ['client', 'server', 'network', 'hostname', 'duration_ms', 'ts_basis', 'ts_res_ms', 'ts_end_ms', 'ts_sub_ns', 'labels'] as const

/** Zeek's clock ticks in microseconds; JSON numbers only lose the zeros at their end. Milliseconds are whole numbers of 13 digits. */
export function settleTick(draft: Draft, row: Row): void {
  if (draft.ts_ms === undefined) return
  const raw = row.get('ts')
  draft.ts_res_ms = typeof raw === 'number' && raw > 1e11 ? 1 : 0.001
}

/**
 * Detection of the Zeek log called `path`: certain where the file says its name, and 0 where it says another; else by the columns
 * that only this log has.
 */
export function detectZeek(head: Head, path: string, columns: readonly string[]): number {
  const stated = zeekPath(head)
  if (stated !== undefined) return stated === path ? 1 : 0
  const present = zeekColumns(head)
  return present !== undefined && columns.every(column => present.has(column)) ? 0.9 : 0
}

/** Items of a vector cell: a JSON array, or text that is cut at its bare commas. Unset elements come back as undefined. */
export function vectorOf(cell: unknown): (string | undefined)[] {
  const items = Array.isArray(cell) ? cell.map(String) : typeof cell === 'string' || typeof cell === 'number' ? String(cell).split(',') : []
  return items.map(item => item === '-' || item === '(empty)' || item === '' ? undefined : item.includes('\\x2') ? item.replace(/\\x2c/gi, ',') : item)
}

