/** A user's own format without code: a table of fields stated in the config file. */
import { z } from 'zod'
import { EVENT_TYPES } from '../schema/event.js'
import { defineParser } from './define.js'
import type { Field } from './field.js'
import { csv } from './layouts/csv.js'
import { jsonLines } from './layouts/json.js'
import { separated } from './layouts/separated.js'
import type { Parser } from './parser.js'
import type { Layout } from './table.js'

const KINDS = ['text', 'lower', 'upper', 'int', 'number', 'boolean', 'word', 'list', 'ip', 'port', 'endpoint', 'host', 'url', 'uri', 'request_line', 'http_version', 'tls_version', 'status', 'duration', 'time'] as const

const fieldSchema = z.strictObject({
  path: z.string().regex(/^[a-z0-9_]+(?:\.[A-Za-z0-9_-]+)*$/).default('url').describe('event path, as in `logjoin schema event`'),
  kind: z.enum(KINDS).default('text'),
  from: z.union([z.string(), z.array(z.string())]).optional(),
  unit: z.enum(['s', 'ms', 'us', 'ns']).optional(),
  shape: z.enum(['s', 'ms', 'us', 'ns', 'auto', 'iso', 'common_log', 'syslog', 'bind', 'slash', 'any']).optional(),
  basis: z.enum(['start', 'end', 'point']).optional(),
  words: z.record(z.string(), z.string()).optional(),
  otherwise: z.string().optional(),
  separator: z.string().optional(),
  absent: z.array(z.string()).optional(),
  required: z.boolean().optional(),
})

/** One format of the config file's `formats`. */
export const userFormatSchema = z.strictObject({
  layout: z.enum(['json', 'csv', 'tsv', 'space', 'w3c', 'zeek']),
  type: z.enum(EVENT_TYPES),
  columns: z.array(z.string()).optional().describe('column names, where no header names them'),
  header: z.boolean().default(true).describe('csv and tsv: the first line names the columns'),
  dataset: z.string().optional(),
  fields: z.record(z.string(), z.union([fieldSchema, z.array(fieldSchema)])),
})

/** A format as the config file states it. */
export type UserFormat = z.output<typeof userFormatSchema>

function layoutOf(format: UserFormat): Layout {
  const { columns } = format
  switch (format.layout) {
    case 'json': return jsonLines()
    case 'csv': return csv({ columns, header: format.header })
    case 'tsv': return separated({ header: format.header ? 'names' : 'none', columns })
    case 'space': return separated({ header: 'none', separator: ' ', columns })
    default: return separated({ header: format.layout, columns })
  }
}

/**
 * A parser made from a user's table. It claims no file by itself: name it with `--as PATTERN=ID`.
 * Refuses (Problem `bad-plugin`) an id that is not kebab-case.
 */
export function userParser(id: string, format: UserFormat): Parser {
  return defineParser({
    id,
    title: `${id} (from the configuration)`,
    reference: 'logjoin.config.json',
    dataset: format.dataset ?? id,
    types: [format.type],
    detect: () => 0,
    table: { layout: layoutOf(format), constant: { type: format.type }, fields: format.fields as unknown as Record<string, Field | readonly Field[]> },
    samples: [{ lines: '' , skipped: { blank: 1 } }],
  })
}
