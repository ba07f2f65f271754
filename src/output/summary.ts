/** The closing summary for a person: an account of every line, what was joined, and what to know. */
import { toPrintable } from '../printable.js'
import type { FileSummary } from '../read/tally.js'
import type { JoinSummary, Summary } from '../run.js'

const plural = (count: number, word: string): string => `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`

function fileLine(file: FileSummary): string {
  const skips = Object.entries(file.skipped)
  const skipped = skips.reduce((sum, [, count]) => sum + count, 0)
  const reasons = skips.length > 0 ? ` (${skips.map(([reason, count]) => `${reason} ${count}`).join(', ')})` : ''
  const extra = file.extra_events ? `, ${file.extra_events} more events on the same lines` : ''
  return `  ${toPrintable(file.path)}  ${file.format ?? 'empty'}: ${plural(file.lines, 'line')} = ${plural(file.events, 'event')} + ${file.merged} merged + ${skipped} skipped${reasons}${extra}`
}

function joinLines(join: JoinSummary): string[] {
  const sources = join.sources.map(source => `  ${toPrintable(source.path)} ${source.kind}: ${source.matched} of ${source.events} joined, ${source.unmatched} not`)
  const beyond = join.beyond_window && join.beyond_window.tls + join.beyond_window.dns > 0 ? [`  --bound state would join ${join.beyond_window.tls} more handshakes and ${join.beyond_window.dns} more answers`] : []
  return [`join: ${plural(join.sessions, 'session')}, ${join.joined} with more than one kind of event, late ${join.late}, evicted ${join.evicted}`, ...sources, ...beyond]
}

/** The summary as lines of text. `isFull` false leaves out the account of files and sources that have nothing to say. */
export function summaryText(summary: Summary): string {
  const total = summary.files.reduce((sum, file) => sum + file.lines, 0)
  const lines = [`read ${plural(summary.files.length, 'file')}, ${plural(total, 'line')}`, ...summary.files.map(fileLine)]
  if (summary.join) lines.push(...joinLines(summary.join))
  if (summary.findings) {
    const found = Object.entries(summary.findings)
    lines.push(`findings: ${found.length === 0 ? 'none' : found.map(([rule, count]) => `${rule} ${count}`).join(', ')}`)
  }
  for (const note of summary.notes) lines.push(`note: ${toPrintable(note)}`)
  return `${lines.join('\n')}\n`
}
