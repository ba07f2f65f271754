/**
 * The one reader of declared tables: a layout cuts a line into cells, the declaration says what each cell becomes.
 * This is the plain path; a compiled reader made from the same declaration must give the same drafts.
 */
import type { EventType } from '../schema/event.js'
import { isSkip, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from './parser.js'
import type { Field } from './field.js'
import { setterOf, type Setter } from './field-kinds.js'
import { setterFor } from './paths.js'

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
  /** Cross-field facts: sets more on the draft, or replaces it by a skip or by several drafts. */
  finish?(draft: Draft, row: Row, context: ParserContext): void | Draft | Skip | readonly Draft[]
}

interface Binding { readonly name: string, readonly sources: readonly string[], readonly field: Field, readonly set: Setter, readonly absent: ReadonlySet<unknown> }

/** Source values that mean "none"; a number among them is meant as JSON writes it too. */
function absentValues(ofLayout: readonly string[], ofField: readonly string[] = []): ReadonlySet<unknown> {
  const numbers = ofField.filter(value => /^-?\d+$/.test(value)).map(Number)
  return new Set<unknown>([undefined, null, '', ...ofLayout, ...ofField, ...numbers])
}

function bindingsOf(table: Table): Binding[] {
  return Object.entries(table.fields).flatMap(([name, declared]) => (Array.isArray(declared) ? declared as readonly Field[] : [declared as Field]).map(field => ({
    name,
    sources: typeof field.from === 'string' ? [field.from] : field.from ?? [name],
    field,
    set: setterOf(field),
    absent: absentValues(table.layout.absent, field.absent),
  })))
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
  constructor(private readonly absent: readonly string[]) {}
  rename(names: readonly string[]): void { this.index = new Map(names.map((name, i) => [name, i])) }
  get(name: string): unknown {
    const at = this.index.get(name)
    const value = at === undefined ? undefined : this.cells[at]
    return value === null || value === '' || (typeof value === 'string' && this.absent.includes(value)) ? undefined : value
  }
  text(name: string): string | undefined {
    const value = this.get(name)
    return value === undefined || typeof value === 'object' ? undefined : String(value)
  }
}

/** Opens the reader of a declared table for one file. */
export function openTable(table: Table, context: ParserContext): LineReader {
  const bindings = bindingsOf(table)
  const wanted = [...new Set([...bindings.flatMap(binding => binding.sources), ...(table.also ?? [])])]
  const cellReader = table.layout.open(wanted, context)
  const stampConstant = stamper(table.constant)
  const row = new CellRow(table.layout.absent)
  let names: readonly string[] | undefined
  let places: (readonly number[])[] = []

  const rebind = (): void => {
    names = cellReader.names
    row.rename(names)
    places = bindings.map(binding => binding.sources.map(source => names!.indexOf(source)))
  }

  const valueAt = (cells: Cells, at: readonly number[]): unknown => {
    if (at.length === 1) return cells[at[0]!]
    const parts = at.map(place => cells[place])
    return parts.every(part => typeof part === 'string' || typeof part === 'number') ? parts.join(' ') : undefined
  }

  const fill = (draft: Draft, cells: Cells, outer: Outer | undefined): Skip | undefined => {
    for (let i = 0; i < bindings.length; i++) {
      const binding = bindings[i]!
      const raw = valueAt(cells, places[i]!)
      if (binding.absent.has(raw)) {
        if (binding.field.required) return skip('incomplete', `no ${binding.name}`)
        continue
      }
      if (!binding.set(draft, raw, context, outer) && (binding.field.required || binding.field.kind === 'time')) {
        return skip(binding.field.kind === 'time' ? 'bad-time' : 'bad-value', binding.name)
      }
    }
    return undefined
  }

  return {
    line(text: string, _number: number, outer?: Outer): LineResult {
      const cells = cellReader.read(text)
      if (cellReader.names !== names) rebind()
      if ('skip' in cells) return cells
      const draft: Draft = { type: table.constant.type }
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
