/** Tables of a conformance run. */

/** Columns under a header, numbers to the right. */
export function table(header, rows) {
  const cells = [header, ...rows].map(row => row.map(cell => String(cell ?? '')))
  const widths = header.map((_, column) => Math.max(...cells.map(row => row[column].length)))
  const isNumeric = header.map((_, column) => rows.every(row => typeof row[column] === 'number'))
  return cells.map(row => row.map((cell, column) => isNumeric[column] ? cell.padStart(widths[column]) : cell.padEnd(widths[column])).join('  ').trimEnd()).join('\n')
}

const sum = (list, value) => list.reduce((total, one) => total + value(one), 0)
const groupBy = (list, key) => Map.groupBy ? Map.groupBy(list, key) : list.reduce((map, one) => map.set(key(one), [...map.get(key(one)) ?? [], one]), new Map())

const reasons = files => {
  const all = {}
  for (const { skips } of files) for (const [reason, count] of Object.entries(skips)) all[reason] = (all[reason] ?? 0) + count
  return Object.entries(all).sort((a, b) => b[1] - a[1]).map(([reason, count]) => `${reason} ${count}`).join(', ')
}

/** Per format: files, lines, events, skips by reason, and how the fields that others expect compare. */
export function perFormat(files) {
  const groups = [...groupBy(files, file => file.formats.find((_, index) => index < file.ids.length)?.split('>').at(-1) ?? `(${file.problem ?? 'empty'})`)].sort(([a], [b]) => a < b ? -1 : 1)
  return groups.map(([format, list]) => {
    const fields = list.flatMap(file => file.fields)
    const count = verdict => fields.filter(field => field.verdict === verdict).length
    return { format, files: list.length, lines: sum(list, file => file.lines), events: sum(list, file => file.events), merged: sum(list, file => file.merged), refused: sum(list, file => file.refused), skips: reasons(list), agree: count('agree'), differ: count('differ'), absent: count('absent') }
  })
}

/** Per format and field: agree, differ, absent. */
export function perField(files) {
  const all = files.flatMap(file => file.fields.map(field => ({ ...field, format: file.ids[0] })))
  return [...groupBy(all, one => `${one.format}\t${one.field}`)].sort(([a], [b]) => a < b ? -1 : 1).map(([key, list]) => {
    const [format, field] = key.split('\t')
    const count = verdict => list.filter(one => one.verdict === verdict).length
    return { format, field, agree: count('agree'), differ: count('differ'), absent: count('absent') }
  })
}

/** The printed report. */
export function report({ files, explained, unexplained, wrong }) {
  const short = value => (typeof value === 'object' ? JSON.stringify(value) : String(value)).slice(0, 120)
  const parts = [
    table(['format', 'files', 'lines', 'events', 'merged', 'refused', 'agree', 'differ', 'absent', 'skips'], perFormat(files).map(row => [row.format, row.files, row.lines, row.events, row.merged, row.refused, row.agree, row.differ, row.absent, row.skips])),
    table(['format', 'field', 'agree', 'differ', 'absent'], perField(files).map(row => [row.format, row.field, row.agree, row.differ, row.absent])),
  ]
  const rows = [...groupBy(explained, one => one.row)].map(([row, list]) => [row.format, row.field, list.length, row.right, row.why])
  if (rows.length > 0) parts.push(`Differences explained (bench/conformance/differences.tsv):\n${table(['format', 'field', 'count', 'right', 'why'], rows)}`)
  const unread = files.filter(file => file.ids.length > 0 && file.expected && ['unknown', 'unreadable'].includes(file.expected.tool))
  if (unread.length > 0) parts.push(`Expected results no adapter reads:\n${unread.map(file => `  ${file.expected.path} ${file.expected.detail ?? ''}`).join('\n')}`)
  if (wrong.length > 0) parts.push(`Wrong claims:\n${wrong.map(({ file, id }) => `  ${file.name}: labelled ${file.label}, claimed by ${id}`).join('\n')}`)
  if (unexplained.length > 0) parts.push(`Unexplained:\n${unexplained.map(one => `  ${one.format} ${one.field} ${one.verdict} ${one.file}:${one.where ?? '?'} ours ${short(one.ours)} theirs ${short(one.theirs)}`).join('\n')}`)
  const claimed = files.filter(file => file.ids.length > 0).length
  parts.push(`${files.length} files, ${claimed} claimed, ${files.filter(file => file.problem !== undefined).length} asked about or refused; ${wrong.length} wrong claims, ${explained.length} differences explained, ${unexplained.length} not.`)
  return `${parts.join('\n\n')}\n`
}
