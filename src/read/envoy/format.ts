/** Envoy's format strings (`text_format_source`) made into a parser, and the table of JSON lines. */
import { Problem } from '../../problem.js'
import { keyedJson } from '../cdn/keyed.js'
import { needsOneOf } from '../cdn/one-of.js'
import { defineParser } from '../define.js'
import { time } from '../field.js'
import { pattern, type Segment } from '../layouts/pattern.js'
import type { Parser } from '../parser.js'
import { shareThatReads } from '../proxy/fits.js'
import { openTable, type Layout, type Table } from '../table.js'
import { applyEnvoy } from './facts.js'
import { KEYS, nameOf, NAMES } from './names.js'

const OPERATOR = /%([A-Z][A-Z0-9_]*)(?:\(((?:[^()]|\([^()]*\))*)\))?(?::\d+)?%/g

/** Cuts a format string. Refuses (Problem `bad-option`) one without an operator. */
export function segmentsOf(format: string): Segment[] {
  const text = format.replace(/(?:\\n|\n)$/, '')
  const segments: Segment[] = []
  let from = 0
  const literal = (part: string): void => { if (part !== '') segments.push({ literal: part.replaceAll('%%', '%').replaceAll('\\"', '"') }) }
  for (const match of text.matchAll(OPERATOR)) {
    literal(text.slice(from, match.index))
    segments.push({ name: nameOf(match[1]!, match[2] ?? '') })
    from = match.index + match[0].length
  }
  if (segments.length === 0) throw new Problem('bad-option', 'format string: it names no Envoy operator (%START_TIME%, %RESPONSE_CODE% …)')
  literal(text.slice(from))
  return segments
}

/** A table of values under our names. */
export function envoyTable(layout: Layout): Table {
  return {
    layout,
    constant: { type: 'http.request' },
    also: NAMES,
    fields: { start_time: time('any', 'start') },
    finish(draft, row) { applyEnvoy(draft, name => row.text(name)) },
  }
}

/** What a line of a request or of a connection has at least one of. */
const TELLING = ['method', 'path', 'response_code', 'response_flags', 'upstream_host', 'upstream_cluster', 'downstream_remote', 'downstream_local', 'sni', 'bytes_received', 'bytes_sent']

/** JSON lines under the keys that are common for Envoy's operators. */
export const envoyJson = (): Table => envoyTable(keyedJson({ aliases: KEYS, absent: ['-'], accept: needsOneOf(TELLING, KEYS) }))

/** Builds a parser from a format string. */
export function compileEnvoy(format: string): Parser {
  const segments = segmentsOf(format)
  const table = envoyTable(pattern(segments, ['-', '']))
  const has = (name: string): boolean => segments.some(segment => 'name' in segment && segment.name === name)
  return defineParser({
    id: 'envoy',
    title: 'Envoy access log in a stated format',
    reference: 'https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage',
    dataset: 'envoy.access',
    types: ['http.request', 'net.connect', 'tls.handshake'],
    vantage: 'edge',
    detect: head => shareThatReads(head, context => openTable(table, context), { client: has('downstream_remote'), time: has('start_time') }),
    table,
    samples: [{ lines: '' }],
  })
}
