/**
 * Checks events against the schema, quickly. At start the zod definition is walked once and a function is made from it that takes a draft
 * in one pass: it leaves out what says nothing, checks every value, and copies the rest in the schema's order. What it does not accept
 * at once goes the long way, through `prune` and zod itself, which decides and words the refusal. So zod stays the one definition.
 */
import { eventSchema, type LogEvent } from '../schema/event.js'
import { makeQuickCheck } from './quick-check.js'

export { makeQuickCheck } from './quick-check.js'

type Bag = Record<string, unknown>

/** The outcome of a check: the event, or where the draft breaks the schema. */
export type Checked = { readonly event: LogEvent } | { readonly refusal: string | undefined }

/** Removes undefined, null, empty texts, empty lists and groups that ended up empty; a record never carries a sentinel. */
function prune(bag: Bag): boolean {
  let kept = false
  for (const key in bag) {
    const value = bag[key]
    if (value === undefined || value === null || value === '' || (typeof value === 'object' && (Array.isArray(value) ? value.length === 0 : !prune(value as Bag)))) delete bag[key]
    else kept = true
  }
  return kept
}

/** The long way: prunes in place, then zod. The oracle of the quick check. */
export function checkByZod(draft: object): Checked {
  prune(draft as Bag)
  const checked = eventSchema.safeParse(draft)
  if (checked.success) return { event: checked.data }
  const issue = checked.error.issues[0]
  return { refusal: issue ? `${issue.path.join('.')}: ${issue.message}` : undefined }
}

let quickCheck: ReturnType<typeof makeQuickCheck> | null = null

/** Checks a draft with its provenance; the draft may be changed. */
export function checkEvent(draft: object): Checked {
  if (quickCheck === null) quickCheck = makeQuickCheck(eventSchema)
  const event = quickCheck?.(draft) as LogEvent | undefined
  return event === undefined ? checkByZod(draft) : { event }
}
