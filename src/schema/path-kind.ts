/** What a dotted path of a record is, by the schema. */
import type { z } from 'zod'

interface Def { readonly type: string, readonly innerType?: { _zod: { def: Def } }, readonly shape?: Record<string, { _zod: { def: Def } }> }

function unwrapped(schema: { _zod: { def: Def } }): Def {
  const { def } = schema._zod
  return def.innerType === undefined ? def : unwrapped(def.innerType)
}

/**
 * @param schema the record's.
 * @returns `leaf` for one value (a list is one value), `group` for an object of several or of any keys, `none` for a path that no record has.
 */
export function pathKind(schema: z.ZodObject, path: string): 'leaf' | 'group' | 'none' {
  let def = unwrapped(schema as unknown as { _zod: { def: Def } })
  for (const key of path.split('.')) {
    if (def.type === 'record') return 'group'
    if (def.type !== 'object' || !Object.hasOwn(def.shape!, key)) return 'none'
    def = unwrapped(def.shape![key]!)
  }
  return def.type === 'object' || def.type === 'record' ? 'group' : 'leaf'
}
