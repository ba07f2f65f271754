// the quick check accepts what zod accepts, gives what zod gives, in the order zod gives it; and it is in use
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parsers } from '../parsers/index.js'
import { parse } from '../src/parse.js'
import { checkByZod, checkEvent, makeQuickCheck } from '../src/event/validate.js'
import { eventSchema } from '../src/schema/event.js'

interface Def { type: string, innerType?: unknown, shape?: Record<string, unknown>, element?: unknown, entries?: Record<string, string>, values?: unknown[] }
const defOf = (schema: unknown): Def => (schema as { _zod: { def: Def } })._zod.def

const GOOD: readonly unknown[] = [0, 1, 80, 404, 999, 0.25, 65_535, 1767604447371.204, '192.0.2.1', '2001:db8::1', 'host.example.com', '2026-01-05T09:14:07.371204Z', 'Some text']

const hostileValues = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom<unknown>(undefined, null, '', '-', 0, -1, -0, 1.5, NaN, Infinity, 2 ** 53, true, [], {}, [undefined], [null], [''], { '': '' }, 'A B', 'x.', '192.0.2.1', 'host.example.com', '2026-01-05T09:14:07.371204Z', 65_536, new Date(0), Object.create(null), Object.create({ ip: '192.0.2.1' }), JSON.parse('{"__proto__":{"ip":"x"}}'), JSON.parse('{"constructor":"x"}')) },
  { weight: 1, arbitrary: fc.anything({ maxDepth: 2, withNullPrototype: true }) },
)

/** Values of a schema, mostly valid, each now and then replaced by a hostile one; keys now and then unknown. */
function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  const def = defOf(schema)
  const good = ((): fc.Arbitrary<unknown> => {
    switch (def.type) {
      case 'optional': return valuesOf(def.innerType)
      case 'object': {
        const known = fc.record(Object.fromEntries(Object.entries(def.shape!).map(([key, inner]) => [key, valuesOf(inner)])), { noNullPrototype: true, requiredKeys: Object.entries(def.shape!).filter(([, inner]) => defOf(inner).type !== 'optional').map(([key]) => key) })
        return fc.oneof({ weight: 30, arbitrary: known }, { weight: 1, arbitrary: fc.tuple(known, fc.constantFrom('unknown', '__proto__', 'toString', 'id'), hostileValues).map(([one, key, value]) => ({ ...one as object, [key]: value })) })
      }
      case 'array': return fc.array(valuesOf(def.element), { maxLength: 3 })
      case 'record': return fc.dictionary(fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', '1')), fc.oneof({ weight: 5, arbitrary: fc.string() }, { weight: 1, arbitrary: hostileValues }), { maxKeys: 3, noNullPrototype: true })
      case 'enum': return fc.constantFrom(...Object.values(def.entries!))
      case 'literal': return fc.constantFrom(...def.values!)
      case 'boolean': return fc.boolean()
      default: return fc.constantFrom(...GOOD.filter(value => (schema as { safeParse(value: unknown): { success: boolean } }).safeParse(value).success))
    }
  })()
  return fc.oneof({ weight: 400, arbitrary: good }, { weight: 1, arbitrary: hostileValues })
}

const quick = makeQuickCheck(eventSchema)!

/** Nothing that prune and zod may change is shared between the two checks; only own enumerable keys, prototypes kept. */
function copyOf<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (Object.getPrototypeOf(value) !== Object.prototype && Object.getPrototypeOf(value) !== null) return value
  const copy = Object.create(Object.getPrototypeOf(value) as object | null) as object
  for (const key of Object.keys(value)) Object.defineProperty(copy, key, { value: copyOf((value as Record<string, unknown>)[key]), enumerable: true, writable: true, configurable: true })
  return copy as T
}

function agrees(draft: object): 'quick' | 'refused' | 'slow' {
  const given = quick(copyOf(draft))
  const wanted = checkByZod(copyOf(draft))
  if (given === undefined) return 'event' in wanted ? 'slow' : 'refused'
  assert.ok('event' in wanted, `zod refuses what the quick check takes: ${'refusal' in wanted ? wanted.refusal : ''}`)
  assert.deepStrictEqual(given, wanted.event)
  assert.equal(JSON.stringify(given), JSON.stringify(wanted.event), 'key order')
  return 'quick'
}

test('random and hostile drafts: the quick check never differs from zod', () => {
  const counts = { quick: 0, refused: 0, slow: 0 }
  fc.assert(fc.property(valuesOf(eventSchema), draft => {
    if (typeof draft === 'object' && draft !== null && !Array.isArray(draft)) counts[agrees(draft)]++
  }), { numRuns: 400 })
  assert.ok(counts.quick > 20 && counts.refused > 20, JSON.stringify(counts))
})

test('what a group only inherits is seen', () => {
  const draft = { type: 'http.request', id: 'a.log:1', v: 1, dataset: 'x', log: { file: { path: 'a.log' }, line: 1 }, go: { gc: Object.create({ ip: '192.0.2.1' }) as object } }
  assert.equal(agrees(draft), 'refused')
})

test('each value on its own: every hostile value at every place', () => {
  const base = { type: 'log.line', id: 'a:1', v: 1, dataset: 'x', log: { file: { path: 'a' }, line: 1 } }
  const odd: unknown[] = [undefined, null, '', 'A', 'x.', ' ', 0, -1, -0, 0.5, 1, 100, 999, 1000, 65_535, 65_536, NaN, Infinity, 2 ** 53, 2 ** 53 - 1, true, [], [''], ['a'], [1], [{}], [{ data: 'x', ttl: undefined }], [{ data: 'x', more: undefined }], [{ data: 'x', ttl: null }], {}, { a: 'b' }, { a: '' }, { a: 1 }, { unknown: undefined }, { unknown: null }, 'a'.repeat(256), '1.2.3.4', '::1']
  const walk = (schema: unknown, put: (value: unknown) => object): void => {
    for (const value of odd) agrees(put(value))
    let def = defOf(schema)
    while (def.type === 'optional') def = defOf(def.innerType)
    if (def.type === 'object') for (const [key, inner] of Object.entries(def.shape!)) walk(inner, value => put({ [key]: value }))
    if (def.type === 'array') walk(def.element, value => put([value]))
  }
  for (const [key, schema] of Object.entries(eventSchema.shape)) walk(schema, value => ({ ...base, [key]: value }))
})

test('what the formats\' own samples become is accepted at once', async () => {
  let events = 0
  for (const parser of parsers) for (const sample of parser.samples) {
    if (sample.format !== undefined) continue
    const lines = typeof sample.lines === 'string' ? [sample.lines] : sample.lines
    for await (const event of parse([{ name: 'sample', format: parser.id, lines }], { year: 2026 })) {
      events++
      assert.equal(agrees(event), 'quick', `${parser.id}: ${JSON.stringify(event)}`)
    }
  }
  assert.ok(events > 100)
})

test('a refusal is worded by zod', () => {
  const checked = checkEvent({ type: 'log.line', id: 'a:1', v: 1, dataset: 'x', client: { port: 0 }, log: { file: { path: 'a' }, line: 1 } })
  assert.match('refusal' in checked ? checked.refusal ?? '' : '', /^client\.port: /)
})
