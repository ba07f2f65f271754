/**
 * The quick check: a function made from a zod object schema that takes a draft in one pass, leaves out what says nothing, checks every
 * value, and copies the rest in the schema's order. Why: in a trial zod took 1.1 to 1.5 µs for twelve fields and such checks 0.06.
 */
import type { z } from 'zod'
import { MASK_BITS, ShapeMakers } from './shape-makers.js'
import { quickTest } from './quick-patterns.js'

type Def = { readonly type: string } & Record<string, unknown>

/** What a generated function gives for a value it does not accept, and for a group that says nothing. */
const REFUSED = Symbol('refused')
const EMPTY = Symbol('empty')

const defOf = (schema: unknown): Def => (schema as { _zod: { def: Def } })._zod.def
const checksOf = (def: Def): Def[] => ((def.checks ?? []) as unknown[]).map(check => (check as { _zod: { def: Def } })._zod.def)

/** Writes the source of the checks; constants that source cannot hold stand in `pool` and are `c0`, `c1` … there. */
class Writer {
  readonly pool: unknown[] = []
  readonly functions: string[] = []

  private hold(value: unknown): string { return `c${this.pool.push(value) - 1}` }

  /** A condition under which `x` is a valid value of a kind that is no object. */
  private scalar(def: Def): string {
    switch (def.type) {
      case 'string': return ['typeof x === "string"', ...checksOf(def).map(check => this.stringCheck(check))].join(' && ')
      case 'number': return [def.format === 'safeint' ? 'Number.isSafeInteger(x)' : 'Number.isFinite(x)', ...checksOf(def).map(numberCheck)].join(' && ')
      case 'boolean': return 'typeof x === "boolean"'
      case 'literal': return (def.values as unknown[]).map(value => `x === ${JSON.stringify(value)}`).join(' || ')
      case 'enum': {
        const values = Object.values(def.entries as object)
        return values.length <= 9 ? `(${values.map(value => `x === ${JSON.stringify(value)}`).join(' || ')})` : `${this.hold(new Set(values))}.has(x)`
      }
      default: throw new TypeError(`no quick check for ${def.type}`)
    }
  }

  private stringCheck(check: Def): string {
    if (check.check === 'min_length') return `x.length >= ${Number(check.minimum)}`
    if (check.check === 'max_length') return `x.length <= ${Number(check.maximum)}`
    if (check.check === 'string_format' && check.format === 'regex') return `${this.hold(quickTest(check.pattern as RegExp))}(x)`
    throw new TypeError(`no quick check for ${String(check.check)}`)
  }

  /** Statements that check `x`, which is present, and put it (or its copy) with `put`. Inside lists nothing is left out, so `keep` differs. */
  private value(schema: unknown, put: string, keep: boolean): string {
    const def = defOf(schema)
    switch (def.type) {
      case 'object': return `if (typeof x !== "object" || x === null) return REFUSED; const y = ${this.object(def, keep)}(x); if (y === REFUSED) return REFUSED; if (y !== EMPTY) { ${put}y }`
      case 'record': return `if (typeof x !== "object" || x === null) return REFUSED; const y = ${this.record(def)}(x); if (y === REFUSED) return REFUSED; if (y !== EMPTY) { ${put}y }`
      case 'array': return `if (!Array.isArray(x)) return REFUSED; const y = ${this.array(def)}(x); if (y === REFUSED) return REFUSED; if (y !== EMPTY) { ${put}y }`
      default: return `if (!(${this.scalar(def)})) return REFUSED; ${put}x`
    }
  }

  private named(body: string): string {
    const name = `check${this.functions.length}`
    this.functions.push(`function ${name}(v) { ${body} }`)
    return name
  }

  /**
   * A function for an object; unknown keys, lists and (at the top) other prototypes are left to zod. The keys that are there are walked and
   * told apart by comparing pointers, which no shape of object slows down; each key of the schema asked for by name made V8 look it up in
   * a table where drafts of more than four shapes came by (the check of a draft, all formats: 1040 ns, with the constructors 720). The prototype
   * of a group is not asked for, since V8 has no quick way to it (40 ns a group). Inside lists (`keep`) an undefined value is kept, as zod does.
   */
  object(def: Def, keep: boolean, isTop = false): string {
    const entries = Object.entries(def.shape as Record<string, unknown>)
    const values = entries.map((_, i) => `a${i}`)
    const needed = [0, 0]
    entries.forEach(([, schema], i) => { if (defOf(schema).type !== 'optional') needed[i < MASK_BITS ? 0 : 1]! |= 1 << i % MASK_BITS })
    const cases = entries.map(([key, schema], i) => this.part(key, schema, i, keep)).join(' ')
    const ignored = keep ? '' : 'if (x === undefined || x === null || x === "") continue; '
    const lacks = needed.map((mask, i) => mask === 0 ? '' : `if ((m${i} & ${mask}) !== ${mask}) return REFUSED; `).join('')
    const empty = keep ? '' : 'if (m0 === 0 && m1 === 0) return EMPTY; '
    return this.named(`${isTop ? 'if (Object.getPrototypeOf(v) !== Object.prototype)' : 'if (Array.isArray(v))'} return REFUSED; let m0 = 0, m1 = 0, ${values.join(', ')};
      for (const k in v) { const x = v[k]; ${ignored}switch (k) { ${cases} default: return REFUSED } }
      ${lacks}${empty}return ${this.hold(new ShapeMakers(entries.map(([key]) => key)))}.of(m0, m1)(${values.join(', ')})`)
  }

  /** The case for one key of an object. */
  private part(key: string, schema: unknown, index: number, keep: boolean): string {
    const inner = defOf(schema)
    const isOptional = inner.type === 'optional'
    const take = `m${index < MASK_BITS ? 0 : 1} |= ${1 << index % MASK_BITS}; a${index} = `
    const present = this.value(isOptional ? inner.innerType : schema, take, keep)
    const checked = keep && isOptional ? `if (x === undefined) { ${take}x } else { ${present} }` : present
    return `case ${JSON.stringify(key)}: { ${checked}; break }`
  }

  private record(def: Def): string {
    if (defOf(def.keyType).type !== 'string') throw new TypeError('no quick check for such keys')
    return this.named(`if (Object.getPrototypeOf(v) !== Object.prototype) return REFUSED; let kept = 0; const r = {}; for (const k in v) { const x = v[k]; if (x === undefined || x === null || x === "") continue; if (k === "__proto__" || !(${this.scalar(defOf(def.valueType))})) return REFUSED; kept++; r[k] = x } return kept === 0 ? EMPTY : r`)
  }

  private array(def: Def): string {
    const element = defOf(def.element)
    const check = element.type === 'object'
      ? `if (typeof x !== "object" || x === null) return REFUSED; const y = ${this.object(element, true)}(x); if (y === REFUSED) return REFUSED; r.push(y)`
      : `if (!(${this.scalar(element)})) return REFUSED; r.push(x)`
    return this.named(`if (v.length === 0) return EMPTY; const r = []; for (let i = 0; i < v.length; i++) { const x = v[i]; ${check} } return r`)
  }
}

function numberCheck(check: Def): string {
  const operator = check.check === 'greater_than' ? '>' : check.check === 'less_than' ? '<' : undefined
  if (operator === undefined) throw new TypeError(`no quick check for ${String(check.check)}`)
  return `x ${operator}${check.inclusive ? '=' : ''} ${Number(check.value)}`
}

/**
 * Makes the quick check of an object schema: gives a checked copy, or undefined where zod must decide. The source holds nothing but names
 * and limits of the schema. Undefined where Node forbids making functions from text, or the schema has a kind that is not known here.
 */
export function makeQuickCheck(schema: z.ZodObject): ((draft: object) => object | undefined) | undefined {
  try {
    const writer = new Writer()
    const name = writer.object(defOf(schema), false, true)
    const constants = writer.pool.map((_, index) => `const c${index} = pool[${index}];`).join(' ')
    const make = new Function('pool', 'REFUSED', 'EMPTY', `"use strict"; ${constants}\n${writer.functions.join('\n')}\nreturn ${name}`) as (...values: unknown[]) => (draft: object) => object | symbol
    const check = make(writer.pool, REFUSED, EMPTY)
    return draft => {
      const result = check(draft)
      return typeof result === 'symbol' ? undefined : result
    }
  } catch {
    return undefined
  }
}
