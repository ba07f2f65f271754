/** W3C extended logs: cells under `#Fields`, with what the other directives say of time zone, date and unit. Names are compared in lower case. */
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

const DIRECTIVE = /^#([A-Za-z-]{2,20}):\s*(.*)$/

/** Values of a line; one in quotes may hold blanks, and doubled quotes. Runs of blanks separate once. Undefined where a quote is left open. */
function quotedCells(text: string): string[] | undefined {
  const cells: string[] = []
  let at = 0
  while (at < text.length) {
    const code = text.charCodeAt(at)
    if (code === 32 || code === 9) {
      at++
      continue
    }
    if (code !== 34) {
      let end = at
      while (end < text.length && text.charCodeAt(end) !== 32 && text.charCodeAt(end) !== 9) end++
      cells.push(text.slice(at, end))
      at = end
      continue
    }
    let close = text.indexOf('"', at + 1)
    while (close !== -1 && text.charCodeAt(close + 1) === 34) close = text.indexOf('"', close + 2)
    if (close === -1) return undefined
    cells.push(text.slice(at + 1, close).replaceAll('""', '"'))
    at = close + 1
  }
  return cells
}

/** Servers that write `time-taken` as whole milliseconds, which the standard calls seconds. */
const IN_MILLISECONDS = /Microsoft|SGOS|Forefront|\bISA\b/i

/** The fields that IIS logs: by default, by default before version 8, and all that it has. */
const IIS_FIELDS = [
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(user-agent) cs(referer) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(user-agent) sc-status sc-substatus sc-win32-status time-taken',
  'date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(user-agent) cs(cookie) cs(referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken',
].map(names => names.split(' '))

const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:%\d{1,10})?)$/
const NUMBER = /^\d{1,10}$/

/** What the values of those fields look like. */
const SHAPES: Readonly<Record<string, RegExp>> = {
  date: /^\d{4}-\d\d-\d\d$/, time: /^\d\d:\d\d:\d\d$/, 's-sitename': /^W3SVC\d+$/, 's-ip': ADDRESS, 'cs-method': /^[A-Z]{3,12}$/, 'cs-uri-stem': /^\//, 's-port': NUMBER, 'c-ip': ADDRESS, 'cs-version': /^HTTP\/\d/,
  'cs(referer)': /^(?:-$|[a-z][a-z-]{1,20}:\/\/)/i, 'sc-status': /^[1-5]\d\d$/, 'sc-substatus': NUMBER, 'sc-win32-status': NUMBER, 'sc-bytes': NUMBER, 'cs-bytes': NUMBER, 'time-taken': NUMBER,
}

/** The names of a line's values, where it is one of IIS with one of its usual sets of fields; undefined for any other. Pieces of rotated or shipped logs have no header. */
export function iisFieldsOf(line: string): readonly string[] | undefined {
  const cells = line.trimEnd().split(' ')
  const names = IIS_FIELDS.find(({ length }) => length === cells.length)
  return names?.every((name, at) => SHAPES[name]?.test(cells[at]!) !== false) ? names : undefined
}

class W3cCells implements CellReader {
  names: readonly string[] = []
  private columns: readonly string[] = []
  private software = ''
  private date = ''
  private offset = 'Z'
  private dateAt = -1
  private timeAt = -1
  private localDateAt = -1
  private localTimeAt = -1
  private takenAt = -1
  private assumed = false

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    if (text.charCodeAt(0) === 35) return this.directive(text)
    if (this.columns.length === 0 || this.assumed) this.assume(text)
    if (this.columns.length === 0) return skip('not-this-format', 'no #Fields line names the columns')
    const cells = this.cut(text)
    if (!cells) return skip('malformed', `not ${this.columns.length} values`)
    cells.push(this.timeOf(cells), this.takenOf(cells), this.isMicrosoft() ? 'iis' : '-')
    return cells
  }

  private directive(text: string): Skip {
    const match = DIRECTIVE.exec(text)
    if (!match) return skip('comment')
    const value = match[2]!.trim()
    switch (match[1]!.toLowerCase()) {
      case 'fields':
        this.assumed = false
        this.rename(value)
        break
      case 'software': this.software = value; break
      case 'date': case 'start-date': this.date = /^\d{4}-\d\d-\d\d/.exec(value)?.[0] ?? this.date; break
      // Oracle's caches write local time and say by how much it differs
      case 'gmt-offset': this.offset = /^[+-]\d{4}$/.test(value) ? value : this.offset; break
      default: break
    }
    return skip('header')
  }

  /** Without a header each line has to show that it has IIS's default fields. */
  private assume(text: string): void {
    const names = iisFieldsOf(text)
    this.assumed = true
    if (names === undefined) this.columns = []
    else if (names.length !== this.columns.length) this.rename(names.join(' '))
  }

  private rename(value: string): void {
    this.columns = value.split(/\s+/).map(name => name.toLowerCase())
    this.names = [...this.columns, '@time', '@taken', '@server']
    const at = (name: string): number => this.columns.indexOf(name)
    this.dateAt = at('date')
    this.timeAt = at('time')
    this.localDateAt = at('date-local')
    this.localTimeAt = at('time-local')
    this.takenAt = at('time-taken')
  }

  private cut(text: string): string[] | undefined {
    const { length } = this.columns
    const plain = text.split(text.includes('\t') ? '\t' : ' ')
    while (plain.length > length && plain.at(-1) === '') plain.pop()
    const fits = plain.length === length
    // IIS quotes nothing, so a quote at the start of one of its values is the client's
    if (fits && !text.includes('"')) return plain
    const cells = quotedCells(text)
    return cells?.length === length ? cells : fits ? plain : undefined
  }

  private timeOf(cells: readonly string[]): string {
    if (this.timeAt !== -1) return `${this.dateAt === -1 ? this.date : cells[this.dateAt]} ${cells[this.timeAt]}${this.offset}`
    return this.localTimeAt === -1 ? '-' : `${this.localDateAt === -1 ? this.date : cells[this.localDateAt]} ${cells[this.localTimeAt]}`
  }

  private isMicrosoft(): boolean {
    if (this.software !== '') return IN_MILLISECONDS.test(this.software)
    return ['sc-win32-status', 's-computername', 's-sitename', 'sc-substatus'].some(name => this.columns.includes(name))
  }

  /** Milliseconds: a fraction is seconds, as the standard says; whole numbers are Microsoft's milliseconds; of others the unit is not known. */
  private takenOf(cells: readonly string[]): string {
    const taken = this.takenAt === -1 ? '-' : cells[this.takenAt]!
    if (/^\d{1,9}\.\d{1,6}$/.test(taken)) return String(Math.round(Number(taken) * 1_000_000) / 1000)
    return this.isMicrosoft() && /^\d{1,12}$/.test(taken) ? taken : '-'
  }
}

/** The layout of W3C extended logs. `@time` is date and time with their zone, `@taken` milliseconds, `@server` `iis` where Microsoft's habits apply. */
export function w3cExtended(): Layout {
  return { kind: 'w3c', absent: ['-'], open: () => new W3cCells() }
}
