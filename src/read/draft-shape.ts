/**
 * Drafts and groups of one shape. What a table reads is put into objects that have all keys of the schema from the start, undefined where
 * nothing is known: V8 then knows one hidden class for the drafts of all formats, and no object grows key by key. Such an object says the
 * same as one without those keys; the event that the seam makes of it has none of them.
 */
import type { z } from 'zod'
import { eventSchema, type EventType } from '../schema/event.js'
import type { Draft } from './parser.js'

interface Def { readonly type: string, readonly innerType?: { _zod: { def: Def } }, readonly shape?: Record<string, { _zod: { def: Def } }> }

type Maker = () => Record<string, unknown>

function unwrapped(schema: { _zod: { def: Def } }): Def {
  const { def } = schema._zod
  return def.innerType === undefined ? def : unwrapped(def.innerType)
}

/** A function that makes an object of these keys. Where Node forbids making functions from text, a copy of a template serves. */
function makerOf(keys: readonly string[]): Maker {
  try {
    return new Function(`return { ${keys.map(key => `${JSON.stringify(key)}: undefined`).join(', ')} }`) as Maker
  } catch {
    const template = Object.fromEntries(keys.map(key => [key, undefined]))
    return () => ({ ...template })
  }
}

const makers = new Map<string, Maker>()
const plain: Maker = () => ({})

function collect(def: Def, path: string): void {
  if (def.type !== 'object') return
  const entries = Object.entries(def.shape!)
  makers.set(path, makerOf(path === '' ? [...entries.map(([key]) => key), 'line'] : entries.map(([key]) => key)))
  for (const [key, inner] of entries) collect(unwrapped(inner), path === '' ? key : `${path}.${key}`)
}

collect(unwrapped(eventSchema as z.ZodObject as unknown as { _zod: { def: Def } }), '')

/** The maker of a group (`client`, `http.response`); records such as `labels`, whose keys are anything, begin empty. */
export function groupMaker(path: string): Maker {
  return makers.get(path) ?? plain
}

const makeDraft = makers.get('')!

/** A draft of which nothing is known but its type. */
export function newDraft(type: EventType): Draft {
  const draft = makeDraft() as unknown as Draft
  draft.type = type
  return draft
}

/** Copies a draft into the shape; gives it back as it is where it has a key that no draft has. Undefined where Node forbids making functions from text. */
function copierOf(keys: readonly string[]): ((draft: Draft, shaped: Draft) => Draft) | undefined {
  const cases = keys.map(key => JSON.stringify(key)).map(key => `case ${key}: shaped[${key}] = value; break`).join('; ')
  try {
    return new Function('draft', 'shaped', `for (const key in draft) { const value = draft[key]; switch (key) { ${cases}; default: return draft } } return shaped`) as (draft: Draft, shaped: Draft) => Draft
  } catch {
    return undefined
  }
}

const copy = copierOf(Object.keys(makeDraft()))

/**
 * A draft in the shape of those that tables make: the draft itself, or a copy that shares its groups. Whoever reads many keys of drafts of all
 * formats takes this first: walking the keys that are there costs less than asking for forty of an object of a shape among hundreds.
 */
export function inShape(draft: Draft): Draft {
  return 'span' in draft || copy === undefined ? draft : copy(draft, makeDraft() as unknown as Draft) // hardly any other draft has a span
}
