// every leaf of the event schema, as dotted paths
import { eventSchema } from '../src/schema/event.js'

interface Def { readonly type: string, readonly innerType?: { _zod: { def: Def } }, readonly shape?: Record<string, { _zod: { def: Def } }> }

function leaves(schema: { _zod: { def: Def } }, path: string): string[] {
  const { def } = schema._zod
  if (def.innerType) return leaves(def.innerType, path)
  return def.shape ? Object.entries(def.shape).flatMap(([key, inner]) => leaves(inner, path === '' ? key : `${path}.${key}`)) : [path]
}

export const EVENT_SCHEMA_PATHS: readonly string[] = leaves(eventSchema as unknown as { _zod: { def: Def } }, '')
