/** The checked-in table of differences: format, field, file pattern, who is right, why. */
import { readFileSync } from 'node:fs'

const pattern = glob => new RegExp(`^${glob.split('*').map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&')).join('.*')}$`)

/** Rows of the table; a line that begins with `#` is a comment. Refuses (throws) a row without all five columns. */
export function readDifferences(path) {
  return readFileSync(path, 'utf8').split('\n').filter(line => line !== '' && !line.startsWith('#')).slice(1).map(line => {
    const [format, field, file, right, why] = line.split('\t')
    if (!why || !['ours', 'theirs', 'both', 'neither'].includes(right)) throw new Error(`${path}: a row needs format, field, file, who is right (ours, theirs, both, neither) and why: ${line}`)
    return { format, field, file, right, why, fits: pattern(file), formatFits: pattern(format), used: 0 }
  })
}

/** The row that explains a difference of a field of a file, if one does. */
export function explain(rows, format, field, file) {
  const row = rows.find(one => one.field === field && one.formatFits.test(format ?? '') && one.fits.test(file))
  if (row) row.used++
  return row
}
