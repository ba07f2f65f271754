/** How nginx lines become cells under variable names: a combined line with what follows it, and the pieces of a `log_format`. */
import { readClf, type ClfLine } from '../access/clf.js'
import { pattern, type Segment } from '../layouts/pattern.js'
import { skip, type Head, type LineReader, type ParserContext, type Skip } from '../parser.js'
import type { Cells, Layout, Table } from '../table.js'
import { openNarrow, type NarrowCells } from './narrow.js'
import { readTail, type TailShape } from './tail.js'

/** A dated line whose clock stands behind a blank, as Python's http.server writes it. */
const clfTime = (time: string): string => time.charCodeAt(11) === 32 && time.length === 20 ? `${time.slice(0, 11)}:${time.slice(12)}` : time

const ignore = (): void => {}

const BASE = ['remote_addr', 'time_local', 'request', 'status', 'body_bytes_sent']

/** The shape of a line's tail, or undefined for what is no combined or common line. */
export function shapeOf(text: string): (TailShape & { readonly clf: ClfLine }) | undefined {
  const clf = readClf(text)
  const shape = clf && readTail(text, clf.tail, ignore)
  return shape && { ...shape, clf }
}

/** The variables that combined lines have; empty where no line is one. */
function namesIn(lines: readonly string[]): Set<string> {
  const names = new Set<string>()
  for (const line of lines) {
    const clf = readClf(line)
    if (!clf || !readTail(line, clf.tail, name => { names.add(name) })) continue
    if (clf.vhost !== undefined) names.add('http_host')
    if (clf.clientPort !== undefined) names.add('remote_port')
    if (clf.forwarded !== undefined) names.add('http_x_forwarded_for')
    for (const name of BASE) names.add(name)
  }
  return names
}

/** A format string gives every line the same number of elements: the number that nearly all lines of the head have, or 0 where they differ. */
function usualElements(head: Head): number {
  const counts = new Map<number, number>()
  let seen = 0
  for (const line of head.lines) {
    const shape = shapeOf(line)
    if (!shape) continue
    seen++
    counts.set(shape.elements, (counts.get(shape.elements) ?? 0) + 1)
  }
  for (const [elements, lines] of counts) if (seen >= 5 && lines / seen >= 0.9) return elements
  return 0
}

class CombinedCells implements NarrowCells {
  missed = false
  private readonly places: ReadonlyMap<string, number>
  private readonly put = (name: string, value: string): void => {
    const at = this.places.get(name)
    if (at !== undefined) this.cells[at] = value === '' ? '-' : value
    else if (name.charCodeAt(0) !== 64) this.missed = true
  }
  private cells: string[] = []

  constructor(readonly names: readonly string[], private readonly elements: number) {
    this.places = new Map(names.map((name, at) => [name, at]))
  }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    const clf = readClf(text)
    if (!clf) return skip('not-this-format', 'no combined or common line')
    const cells: string[] = this.cells = new Array<string>(this.names.length)
    const { put } = this
    put('remote_addr', clf.client)
    if (clf.clientPort !== undefined) put('remote_port', String(clf.clientPort))
    if (clf.vhost !== undefined) put('http_host', clf.vhost)
    if (clf.forwarded !== undefined) put('http_x_forwarded_for', clf.forwarded)
    put('time_local', clfTime(clf.time))
    put('request', clf.request)
    put('status', clf.status)
    put('body_bytes_sent', clf.bytes)
    const shape = readTail(text, clf.tail, put)
    if (!shape) return skip('malformed', 'a quote is not closed')
    if (shape.elements < this.elements) return skip('malformed', 'the line is cut short')
    return cells
  }
}

/** Combined and common lines, with or without a virtual host before them and named values behind them. */
export function combined(): Layout {
  return { kind: 'combined', absent: [], open: (wanted: readonly string[], context: ParserContext) => new CombinedCells(wanted, usualElements(context.head)) }
}

/** Opens a table of combined lines, by the names that the file has. */
export function openCombined(table: Table, context: ParserContext): LineReader {
  const elements = usualElements(context.head)
  return openNarrow(table, context, { make: names => new CombinedCells(names, elements), namesIn })
}

/** A layout of a format string's pieces; an empty cell is a variable without a value, as with `escape=json`. */
export function formatted(segments: readonly Segment[]): Layout {
  const layout = pattern(segments, [])
  return {
    ...layout,
    open(wanted, context) {
      const inner = layout.open(wanted, context)
      return {
        get names() { return inner.names },
        read(text) {
          const cells = inner.read(text)
          return 'skip' in cells ? cells : cells.map(cell => cell === '' ? '-' : cell)
        },
      }
    },
  }
}
