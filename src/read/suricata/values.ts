/** Plain access to parsed JSON of unknown shape. */

/** A JSON object. */
export type Bag = Readonly<Record<string, unknown>>

/** The value as an object, if it is one. */
export const objectOf = (raw: unknown): Bag | undefined => typeof raw === 'object' && raw !== null && !Array.isArray(raw) ? raw as Bag : undefined
/** The value as a list; anything else is an empty one. */
export const listOf = (raw: unknown): readonly unknown[] => Array.isArray(raw) ? raw : []
/** The value as text, if it is text or a number. */
export const textOf = (raw: unknown): string | undefined => typeof raw === 'string' ? raw : typeof raw === 'number' && Number.isFinite(raw) ? String(raw) : undefined
/** Texts of a list. */
export const textsOf = (raw: unknown): string[] => listOf(raw).map(textOf).filter(item => item !== undefined && item !== '') as string[]
