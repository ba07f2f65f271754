/**
 * The one reader of declared tables: a layout cuts a line into cells, the declaration says what each cell becomes.
 * This is the plain path; a compiled reader made from the same declaration must give the same drafts.
 */
import type { EventType } from '../schema/event.js'
import { isSkip, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from './parser.js'
import type { Field } from './field.js'
import { newDraft } from './draft-shape.js'
import { setterOf, type Setter } from './field-kinds.js'
import { setterFor, type EventGroup, type EventPath } from './paths.js'
import { projection } from './projection.js'
import type { Brief } from './brief.js'

/** Cells of one line, aligned with the layout's current `names`. JSON cells keep their type. */
export type Cells = readonly unknown[]

/** A layout opened for one file. `names` may change when a header line comes by. */
export interface CellReader {
  readonly names: readonly string[]
  /** Cells of a line, or why it has none (header, comment, malformed). */
  read(text: string): Cells | Skip
}

/** How a line is cut into cells. `wanted` are the source names the declaration asks for. */
export interface Layout {
  readonly kind: string
  /** Source values that mean "none" in this layout. */
  readonly absent: readonly string[]
  /** The cell of a name does not depend on which other names are wanted, so a projection may ask for fewer. */
  readonly narrows?: boolean
  open(wanted: readonly string[], context: ParserContext): CellReader
}

/** Access to any cell by name, for `finish`. Absent cells are undefined. */
export interface Row {
  get(name: string): unknown
  text(name: string): string | undefined
}

/** A format that is a table of named fields. */
export interface Table {
  readonly layout: Layout
  readonly fields: Readonly<Record<string, Field | readonly Field[]>>
  /** What every event of this table carries; `type` at least. */
  readonly constant: Draft & { readonly type: EventType }
  /** Names read by `finish` only. */
  readonly also?: readonly string[]
  /** Paths (or groups) of declared fields that `finish` looks at on the draft; without this a table with a `finish` is never projected. */
  readonly reads?: readonly (EventPath | EventGroup)[]
  /** How its lines are read where little is wanted of many; see `brief.ts`. */
  readonly brief?: Brief
  /** Cross-field facts: sets more on the draft, or replaces it by a skip or by several drafts. */
  finish?(draft: Draft, row: Row, context: ParserContext): void | Draft | Skip | readonly Draft[]
}

interface Binding { readonly name: string, readonly sources: readonly string[], readonly field: Field, readonly set: Setter, readonly absent: Absence }

/** A binding whose sources the file has. */
interface Placed { readonly set: Setter, readonly absent: Absence, readonly at: number, readonly others: readonly number[] | undefined, readonly binding: Binding }

/** Source values that mean "none"; a number among them is meant as JSON writes it too. Few are longer than a character, so most values are told by their length. */
class Absence {
  private readonly values: ReadonlySet<unknown>
  private readonly longest: number
  private readonly numbers: boolean

  constructor(ofLayout: readonly string[], ofField: readonly string[] = []) {
    const numbers = ofField.filter(value => /^-?\d+$/.test(value)).map(Number)
    this.values = new Set<unknown>([...ofLayout, ...ofField, ...numbers])
    this.longest = Math.max(0, ...[...ofLayout, ...ofField].map(value => value.length))
    this.numbers = numbers.length > 0
  }

  has(value: unknown): boolean {
    if (typeof value === 'string') return value.length <= this.longest ? value === '' || this.values.has(value) : value === ''
    if (typeof value === 'number') return this.numbers && this.values.has(value)
    return value === undefined || value === null
  }
}

function bindingsOf(table: Table): Binding[] {
  return Object.entries(table.fields).flatMap(([name, declared]) => (Array.isArray(declared) ? declared as readonly Field[] : [declared as Field]).map(field => ({
    name,
    sources: typeof field.from === 'string' ? [field.from] : field.from ?? [name],
    field,
    set: setterOf(field),
    absent: new Absence(table.layout.absent, field.absent),
  })))
}

/** Every name under which a table's lines may have a cell that it looks at. */
export function declaredNames(table: Table): ReadonlySet<string> {
  return new Set([...bindingsOf(table).flatMap(binding => binding.sources), ...table.also ?? []])
}

/** Setters for the constant leaves, so that every draft gets groups of its own. */
function stamper(constant: Draft): (draft: Draft) => void {
  const leaves: [(draft: Draft, value: unknown) => void, unknown][] = []
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    else leaves.push([setterFor(path), value])
  }
  walk({ ...constant, type: undefined }, '')
  const kept = leaves.filter(([, value]) => value !== undefined)
  return draft => { for (const [put, value] of kept) put(draft, value) }
}

class CellRow implements Row {
  cells: Cells = []
  private index = new Map<string, number>()
  private readonly absent: Absence
  constructor(absent: readonly string[]) { this.absent = new Absence(absent) }
  rename(names: readonly string[]): void { this.index = new Map(names.map((name, i) => [name, i])) }
  get(name: string): unknown {
    const at = this.index.get(name)
    const value = at === undefined ? undefined : this.cells[at]
    return this.absent.has(value) ? undefined : value
  }
  text(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'object' ? undefined : String(value)
  }
}

const placeOf = (binding: Binding, names: readonly string[]): Placed => {
  const [at = -1, ...rest] = binding.sources.map(source => names.indexOf(source))
  return { set: binding.set, absent: binding.absent, at: at === -1 ? names.length : at, others: rest.length > 0 ? [at, ...rest] : undefined, binding }
}

/** Several cells as one text; undefined where one of them is missing. */
function joined(cells: Cells, at: readonly number[]): string | undefined {
  let text = ''
  for (let i = 0; i < at.length; i++) {
    const part = cells[at[i]!]
    if (typeof part !== 'string' && typeof part !== 'number') return undefined
    text = i === 0 ? String(part) : `${text} ${part}`
  }
  return text
}

/** Why a value that cannot be read costs the line, where it does. */
function refusalOf({ name, field }: Binding): Skip | undefined {
  if (field.kind === 'time') return skip('bad-time', name)
  return field.required ? skip('bad-value', name) : undefined
}

/** The bindings that a projection needs: all of them where `finish` may look at any. */
function projected(table: Table, bindings: readonly Binding[], wanted: ReadonlySet<string> | undefined): readonly Binding[] {
  if (!wanted || (table.finish && !table.reads)) return bindings
  const keeps = projection(wanted, table.reads)
  return bindings.filter(binding => keeps(binding.field))
}

/**
 * Opens the reader of a declared table for one file.
 * @param wanted event paths that will be looked at (default those of the context, else all): fields that neither they nor what is made of them
 * need are left out. What stands at a wanted path, and which lines are refused, is the same as without.
 */
export function openTable(table: Table, context: ParserContext, wanted: ReadonlySet<string> | undefined = context.wanted): LineReader {
  const declared = bindingsOf(table)
  const bindings = projected(table, declared, wanted)
  const asked = table.layout.narrows ? bindings : declared
  const cellReader = table.layout.open([...new Set([...asked.flatMap(binding => binding.sources), ...(table.also ?? [])])], context)
  const stampConstant = stamper(table.constant)
  const row = new CellRow(table.layout.absent)
  let names: readonly string[] | undefined
  let placed: readonly Placed[] = []

  const rebind = (): void => {
    const isSame = names?.length === cellReader.names.length && names.every((name, i) => name === cellReader.names[i])
    names = cellReader.names
    if (isSame) return
    row.rename(names)
    // a field that the file lacks is only asked for where its absence refuses the line
    placed = bindings.filter(({ sources, field }) => field.required || sources.every(source => names!.includes(source))).map(binding => placeOf(binding, names!))
  }

  const fill = (draft: Draft, cells: Cells, outer: Outer | undefined): Skip | undefined => {
    for (let i = 0; i < placed.length; i++) {
      const one = placed[i]!
      const raw = one.others === undefined ? cells[one.at] : joined(cells, one.others)
      if (one.absent.has(raw)) {
        if (one.binding.field.required) return skip('incomplete', `no ${one.binding.name}`)
      } else if (!one.set(draft, raw, context, outer)) {
        const refusal = refusalOf(one.binding)
        if (refusal) return refusal
      }
    }
    return undefined
  }

  return {
    line(text: string, _number: number, outer?: Outer): LineResult {
      const cells = cellReader.read(text)
      if (cellReader.names !== names) rebind()
      if ('skip' in cells) return cells
      const draft = newDraft(table.constant.type)
      stampConstant(draft)
      const refusal = fill(draft, cells, outer)
      if (refusal) return refusal
      if (draft.ts_ms === undefined && outer?.ms !== undefined) inheritTime(draft, outer)
      if (!table.finish) return draft
      row.cells = cells
      const finished = table.finish(draft, row, context)
      if (finished === undefined) return draft
      if (Array.isArray(finished)) return { drafts: finished as readonly Draft[], self: 'event' }
      return isSkip(finished as LineResult) ? finished as Skip : finished as Draft
    },
  }
}

/** Gives a draft the time of the wrapper it came in, where the line itself carries none. */
export function inheritTime(draft: Draft, outer: Outer, basis: 'start' | 'end' | 'point' = 'point'): void {
  if (outer.ms === undefined) return
  draft.ts_ms = outer.ms
  draft.ts_basis = basis
  draft.ts_res_ms = outer.res_ms ?? 1
}
