/**
 * Format strings (nginx `log_format`, varnishncsa `-F`, Apache `LogFormat`, HAProxy `log-format`) after their own syntax has been
 * cut into literals and variables. A line is matched left to right by looking for the next literal: linear, no regex.
 */
import { Problem } from '../../problem.js'
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

/** A piece of a format string. `list` variables may hold `, ` or ` : ` (nginx upstream lists). */
export type Segment = { readonly literal: string } | { readonly name: string, readonly list?: boolean }

interface Variable { readonly name: string, readonly list: boolean, readonly before: string, readonly after: string, readonly quoted: boolean }

interface Plan { readonly start: string, readonly variables: readonly Variable[] }

function planOf(segments: readonly Segment[]): Plan {
  const merged: Segment[] = []
  for (const segment of segments) {
    const last = merged.at(-1)
    if ('literal' in segment && last && 'literal' in last) merged[merged.length - 1] = { literal: last.literal + segment.literal }
    else merged.push(segment)
  }
  const literalAt = (i: number): string => { const segment = merged[i]; return segment && 'literal' in segment ? segment.literal : '' }
  const variables: Variable[] = []
  merged.forEach((segment, i) => {
    if (!('name' in segment)) return
    const next = merged[i + 1]
    if (next && 'name' in next) throw new Problem('bad-option', `format string: nothing stands between ${segment.name} and ${next.name}, so a line cannot be cut there`)
    const before = literalAt(i - 1)
    const after = literalAt(i + 1)
    variables.push({ name: segment.name, list: segment.list ?? false, before, after, quoted: before.endsWith('"') && after.startsWith('"') })
  })
  if (variables.length === 0) throw new Problem('bad-option', 'format string: it names no variable')
  return { start: literalAt(0), variables }
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
  return slashes % 2 === 1
}

/** Where the value that begins at `from` ends, or -1. */
function endOf(text: string, from: number, variable: Variable): number {
  if (variable.after === '') return text.length
  let end = text.indexOf(variable.after, from)
  while (end !== -1 && variable.quoted && isEscaped(text, end)) end = text.indexOf(variable.after, end + 1)
  if (!variable.list) return end
  // an unquoted list goes on after ", " and around " : "
  while (end !== -1 && (text.charCodeAt(end - 1) === 44 || text.startsWith(' : ', end) || text.startsWith(': ', end - 1))) end = text.indexOf(variable.after, end + (text.startsWith(' : ', end) ? 3 : 1))
  return end
}

class PatternCells implements CellReader {
  readonly names: readonly string[]
  constructor(private readonly plan: Plan) { this.names = plan.variables.map(variable => variable.name) }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    const { start, variables } = this.plan
    if (!text.startsWith(start)) return skip('not-this-format', 'does not begin as the format string does')
    const cells: string[] = []
    let at = start.length
    for (const variable of variables) {
      const end = endOf(text, at, variable)
      if (end === -1) return skip('malformed', `no end of ${variable.name}`)
      cells.push(text.slice(at, end))
      at = end + variable.after.length
    }
    return at === text.length ? cells : skip('malformed', 'text after the last variable')
  }
}

/** A layout made from the pieces of a format string. Refuses (Problem `bad-option`) two variables with nothing between them. */
export function pattern(segments: readonly Segment[], absent: readonly string[] = ['-']): Layout {
  const plan = planOf(segments)
  return { kind: 'pattern', absent, open: () => new PatternCells(plan) }
}
