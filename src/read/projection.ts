/**
 * Which declared fields a run needs that shows some paths of its events only (`--fields`). What a projected event carries at a wanted
 * path is what the whole event carries there, and a line that the whole reading refuses is refused all the same.
 */
import { eventSchema } from '../schema/event.js'
import type { Field, FieldKind } from './field.js'

interface Schema { readonly _zod: { readonly def: { readonly type: string, readonly innerType?: Schema, readonly shape?: Record<string, Schema>, readonly valueType?: Schema } }, safeParse(value: unknown): { success: boolean } }

/** Values that a kind may give, the extreme ones. A path whose schema takes them all refuses no line for such a field. */
const PROBES: Readonly<Record<FieldKind, readonly unknown[]>> = {
  text: ['a B.', ' '], lower: ['a b.', ' '], upper: ['A B.', ' '],
  int: [0, Number.MAX_SAFE_INTEGER], number: [-0.5, 1e300], boolean: [true, false], port: [1, 65535], status: [100, 999], duration: [0, 0.001, 1e15],
  list: [['a B.', ' ']], word: [], ip: ['192.0.2.1', '2001:db8::1'],
  http_version: ['0.9', '1.0', '1.1', '2', '3'], tls_version: ['1.0', '1.1', '1.2', '1.3', 'ssl2', 'ssl3'],
  endpoint: [], host: ['a B.', ' '], url: [], uri: [], request_line: [], time: [],
}

/** Names and addresses that the seam spells itself, or drops. */
const SPELT_BY_THE_SEAM: ReadonlySet<string> = new Set(['hostname', 'client.ip', 'server.ip', 'network.forwarded_ip', 'url.domain', 'tls.client.server_name', 'cdn.origin.ip', 'dns.question.name', 'dns.upstream'])

/** What `event/derive.ts` and the seam make of other facts: a path, and the paths that decide it. */
const DERIVED: readonly (readonly [string, readonly string[]])[] = [
  ['hostname', ['dns.question.name', 'tls.client.server_name', 'url.domain']],
  ['outcome', ['http.response.status_code', 'error.type', 'dns.response_code', 'tls.established']],
  ['network.type', ['client.ip', 'server.ip']],
  ['dns.type', ['dns']],
  ['dns.resolved_ip', ['dns.answers']],
  ['dns.min_ttl_s', ['dns.answers']],
  ['go.module', ['url.path']],
]

/** Paths without which no event can be placed in time. */
const ALWAYS = ['type', 'ts_ms', 'ts_end_ms', 'ts_basis', 'ts_sub_ns', 'ts_res_ms', 'duration_ms', 'network.duration_ms', 'log', 'vantage', 'dataset']

/** Whether one of two paths is the other or lies within it. */
export function overlaps(one: string, other: string): boolean {
  return one === other || one.startsWith(`${other}.`) || other.startsWith(`${one}.`)
}

function outputsOf({ path, kind }: Field): readonly string[] {
  switch (kind) {
    case 'endpoint': return [`${path}.ip`, `${path}.port`]
    case 'host': return path === 'url.domain' ? ['url.domain', 'url.port'] : [path]
    case 'url': case 'uri': return ['url']
    case 'request_line': return ['url', 'http.version', 'http.request.method']
    default: return [path]
  }
}

function schemaAt(path: string): Schema | undefined {
  const inner = (schema: Schema | undefined): Schema | undefined => schema?._zod.def.innerType ? inner(schema._zod.def.innerType) : schema
  let at: Schema | undefined = eventSchema as unknown as Schema
  for (const key of path.startsWith('labels.') ? ['labels', path.slice(7)] : path.split('.')) at = inner(at?._zod.def.type === 'record' ? at._zod.def.valueType : at?._zod.def.shape?.[key])
  return at
}

const refusing = new WeakMap<Field, boolean>()

/** Whether a field can refuse the line: without a value, as a time that is none, or by a value that the schema has no room for. */
function mayRefuse(field: Field): boolean {
  const known = refusing.get(field)
  if (known !== undefined) return known
  const may = field.required === true || field.kind === 'time' || givesWrongValues(field)
  refusing.set(field, may)
  return may
}

function givesWrongValues(field: Field): boolean {
  return outputsOf(field).some(path => {
    if (SPELT_BY_THE_SEAM.has(path) || path === 'url' || field.kind === 'endpoint' || field.kind === 'request_line') return false
    const values = field.kind === 'word' ? [...Object.values(field.words ?? {}), ...(field.otherwise === undefined ? [] : [field.otherwise])] : path === 'url.port' ? PROBES.port : PROBES[field.kind]
    const schema = schemaAt(path)
    return !schema || values.some(value => !schema.safeParse(value).success)
  })
}

/**
 * Makes the test of a declared field.
 * @param wanted event paths, groups or single values (`client.ip`, `http`).
 * @param reads paths that the table's `finish` looks at on the draft.
 */
export function projection(wanted: ReadonlySet<string>, reads: readonly string[] = []): (field: Field) => boolean {
  const paths = [...ALWAYS, ...reads, ...wanted]
  for (const [derived, sources] of DERIVED) if (paths.some(path => overlaps(path, derived))) paths.push(...sources)
  return field => mayRefuse(field) || outputsOf(field).some(output => paths.some(path => overlaps(path, output)))
}
