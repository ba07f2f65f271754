/** `tshark -T fields -E header=y`: a line of field names, then a row a frame, cut by whatever `-E separator` and `-E quote` said. */
import { isFieldName, SOURCE_KEYS, sourcesOf, type FieldKey, type Frame } from './fields.js'

const SEPARATORS = ['\t', ',', ';', '|', ' ']
const NO_VALUES: readonly string[] = []

/** How the rows under a header are cut. */
export interface Columns { readonly names: readonly string[], readonly separator: string, readonly places: ReadonlyMap<FieldKey, readonly number[]>, readonly timeAt: number }

/** What one separator makes of a line; a value in quotes may hold the separator. Quotes are never doubled: tshark does not escape them. */
export function splitRow(text: string, separator: string): string[] {
  if (!text.includes('"') && !text.includes('\'')) return text.split(separator)
  const cells: string[] = []
  const closes = { '"': true, '\'': true } // false once none was found: then there is none further on either
  let at = 0
  for (;;) {
    const quote = text[at]
    const close = (quote === '"' || quote === '\'') && closes[quote] ? closeOf(text, at + 1, quote, separator) : -1
    if (close === -1 && (quote === '"' || quote === '\'')) closes[quote] = false
    const end = close === -1 ? text.indexOf(separator, at) : close + 1
    const stop = end === -1 ? text.length : end
    cells.push(close === -1 ? text.slice(at, stop) : text.slice(at + 1, close))
    if (stop >= text.length) return cells
    at = stop + separator.length
  }
}

/** A quote closes a value where the separator or the end of the line follows. */
function closeOf(text: string, from: number, quote: string, separator: string): number {
  let close = text.indexOf(quote, from)
  while (close !== -1 && close + 1 < text.length && !text.startsWith(separator, close + 1)) close = text.indexOf(quote, close + 1)
  return close
}

/** Reads a header line, or undefined for a line that is none: two fields or more, one of which says something of DNS, TLS, QUIC or HTTP. */
export function readColumns(text: string): Columns | undefined {
  if (text.length > 65_536) return undefined
  const line = text.charCodeAt(0) === 0xfeff ? text.slice(1) : text
  for (const separator of SEPARATORS) {
    if (!line.includes(separator)) continue
    const names = splitRow(line, separator)
    if (names.length < 2 || !names.every(isFieldName) || !names.some(name => name.includes('.'))) continue
    if (!names.some(name => SOURCE_KEYS.has(name) && /^(?:dns|d?tls|ssl|quic|http[23]?|x509\w+)\./.test(name))) return undefined
    return { names, separator, places: placesOf(names), timeAt: names.indexOf('frame.time') }
  }
  return undefined
}

/**
 * Columns for rows without a header, from the fields that were asked for.
 * @returns undefined where they are no field names or none says something of DNS, TLS, QUIC or HTTP; the separator is that of the first row.
 */
export function columnsFrom(fields: readonly string[]): Columns | undefined {
  return readColumns(fields.join('\t'))
}

/** The separator that cuts a row into as many cells as there are columns; a tab where none does. */
export function withSeparatorOf(columns: Columns, row: string): Columns {
  const separator = SEPARATORS.find(candidate => splitRow(row, candidate).length === columns.names.length) ?? '\t'
  return { ...columns, separator }
}

/** The columns of each field that the header has, those of its first source first. */
function placesOf(names: readonly string[]): Map<FieldKey, readonly number[]> {
  const places = new Map<FieldKey, readonly number[]>()
  for (const name of names) {
    for (const key of SOURCE_KEYS.get(name) ?? []) {
      if (!places.has(key)) places.set(key, sourcesOf(key).map(source => names.indexOf(source)).filter(place => place !== -1))
    }
  }
  return places
}

/** The cells of a row, or how many there are if it does not fit. The comma in `Nov 22, 2026 07:03:17` is no separator. */
export function cellsOf(text: string, columns: Columns): string[] | number {
  const { names, separator, timeAt } = columns
  const cells = splitRow(text, separator)
  if (timeAt !== -1 && separator === ',' && cells.length === names.length + 1 && /^[A-Z][a-z]{2} +\d{1,2}$/.test(cells[timeAt]!)) cells.splice(timeAt, 2, `${cells[timeAt]},${cells[timeAt + 1]}`)
  return cells.length === names.length ? cells : cells.length
}

/** A row as a frame. Several values of a field are joined by `-E aggregator`, a comma unless stated. */
export class RowFrame implements Frame {
  constructor(private readonly cells: readonly string[], private readonly columns: Columns) {}

  first(key: FieldKey): string {
    const cell = this.cell(key)
    const end = cell.search(/[,;|]/)
    // text that may hold commas by itself is one value
    return end === -1 || PROSE.has(key) ? cell : cell.slice(0, end)
  }

  all(key: FieldKey): readonly string[] {
    const cell = this.cell(key)
    return cell === '' ? NO_VALUES : cell.split(/[,;|]/)
  }

  private cell(key: FieldKey): string {
    const places = this.columns.places.get(key)
    if (places === undefined) return ''
    for (const place of places) {
      const cell = this.cells[place]
      if (cell !== undefined && cell !== '') return cell
    }
    return ''
  }
}

const PROSE: ReadonlySet<FieldKey> = new Set(['time', 'httpUri', 'httpFull', 'httpAgent', 'httpReferer', 'httpType'])
