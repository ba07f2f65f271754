/** Parsers made from a user's `log-format` string. */
import { keyedJson } from '../cdn/keyed.js'
import { defineParser } from '../define.js'
import type { Parser } from '../parser.js'
import { shareThatReads } from '../proxy/fits.js'
import { openTable, type Layout } from '../table.js'
import { CAPTURED, tableOf, variableName, VARIABLES } from './fields.js'
import { formatLayout, parseFormat, type ParsedFormat } from './format.js'

/** Items by the names they are declared under; captured headers keep their order. */
function renamed(format: ParsedFormat): ParsedFormat {
  let captured = 0
  const parts = format.parts.map(part => {
    if (typeof part === 'string') return part
    const name = variableName(part.name)
    return { ...part, name: name === 'captured' ? CAPTURED[captured++] ?? part.name : name }
  })
  return { ...format, parts: withAddresses(parts) }
}

const PAIRS: Readonly<Record<string, readonly [port: string, name: string]>> = {
  ci: ['cp', '@client'], src: ['src_port', '@client'], fi: ['fp', '@server'], dst: ['dst_port', '@server'], si: ['sp', '@origin'], bc_dst: ['bc_dst_port', '@origin'],
}

/** `%ci:%cp` is one text: an IPv6 address holds the colon that separates it from its port. */
function withAddresses(parts: ParsedFormat['parts']): ParsedFormat['parts'] {
  const out: ParsedFormat['parts'][number][] = []
  for (let at = 0; at < parts.length; at++) {
    const [address, colon, port] = parts.slice(at, at + 3)
    const pair = typeof address === 'object' ? PAIRS[address.name] : undefined
    if (pair && colon === ':' && typeof port === 'object' && port.name === pair[0] && !(address as { quoted: boolean }).quoted) {
      out.push({ name: pair[1], quoted: false })
      at += 2
    } else out.push(parts[at]!)
  }
  return out
}

/** With `%{+json}o` only named items are printed, each under its name. */
function jsonLayout(format: ParsedFormat): Layout {
  const aliases: Record<string, string[]> = {}
  for (const part of format.parts) if (typeof part !== 'string' && part.key) (aliases[part.name] ??= []).push(part.key)
  return keyedJson({ aliases, absent: ['-', ''] })
}

/** Builds a parser from a format string; the variables decide what its lines tell of. Refuses (Problem `bad-option`) what HAProxy would not print. */
export function compileHaproxy(format: string): Parser {
  const parsed = renamed(parseFormat(format))
  const names = parsed.parts.flatMap(part => typeof part === 'string' ? [] : [part.name])
  const layout = parsed.json ? jsonLayout(parsed) : formatLayout(parsed)
  const table = tableOf(layout, names)
  const needs = { client: names.some(name => name === 'ci' || name === 'src' || name === '@client'), time: names.some(name => VARIABLES[name]?.kind === 'time') }
  return defineParser({
    id: 'haproxy-http',
    title: 'HAProxy log in a stated log-format',
    reference: 'https://docs.haproxy.org/3.2/configuration.html#8.2.6',
    dataset: 'haproxy.http',
    types: [table.constant.type],
    group: 'haproxy',
    vantage: 'edge',
    detect: head => shareThatReads(head, context => openTable(table, context), needs),
    table,
    samples: [{ lines: '' }],
  })
}
