/** `defineParser`: checks a definition and completes it; a table of declared fields gets its reader here. */
import { Problem } from '../problem.js'
import type { LineReader, Parser, ParserContext } from './parser.js'
import { openTable, type Table } from './table.js'

/** What an author writes: a parser with either declared fields (`table`) or a reader function (`open`). */
export type ParserDefinition = Omit<Parser, 'contract' | 'open' | 'table'> & { contract?: 1 } & (
  { table: Table, open?: never } | { table?: never, open: (context: ParserContext) => LineReader }
)

/**
 * Completes a parser definition.
 * @param definition id, title, reference, dataset, types, detection, samples, and `table` or `open`.
 * @returns the parser, frozen. Refuses (Problem `bad-plugin`) a definition with no id, no sample, or an id that is not kebab-case.
 */
export function defineParser(definition: ParserDefinition): Parser {
  const { id, table } = definition
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id ?? '')) throw new Problem('bad-plugin', `parser id ${JSON.stringify(id)} is not kebab-case`)
  if (!definition.samples?.length) throw new Problem('bad-plugin', `parser ${id} has no sample line`)
  if (!table && !definition.open) throw new Problem('bad-plugin', `parser ${id} has neither a table nor a reader`)
  const open = table ? (context: ParserContext) => openTable(table, context) : definition.open!
  return Object.freeze({ ...definition, contract: 1 as const, open })
}
