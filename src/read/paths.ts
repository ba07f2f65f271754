/** Paths into the event, as types and as setters. */
import { groupMaker } from './draft-shape.js'
import type { Draft } from './parser.js'

type Grow<K extends string, T> = T extends readonly unknown[] ? K : T extends object ? (string extends keyof T ? `${K}.${string}` : `${K}.${PathsOf<T>}`) : K
type PathsOf<T> = { [K in keyof T & string]-?: Grow<K, NonNullable<T[K]>> }[keyof T & string]

/** Every leaf of the event, dotted: `client.ip`, `cdn.cache.status`, `labels.…`. A misspelt path does not compile. */
export type EventPath = PathsOf<Omit<Draft, 'line'>>

type GrowGroup<K extends string, T> = T extends readonly unknown[] ? never : T extends object ? (string extends keyof T ? K : K | `${K}.${GroupsOf<T>}`) : never
type GroupsOf<T> = { [K in keyof T & string]-?: GrowGroup<K, NonNullable<T[K]>> }[keyof T & string]

/** Every group of the event, dotted: `client`, `http.response`. */
export type EventGroup = GroupsOf<Omit<Draft, 'line'>>

type Bag = Record<string, unknown>

/** Puts a value at one path of a draft. */
export type Put = (draft: Draft, value: unknown) => void

const PLAIN_KEY = /^[a-z_][a-z0-9_]*$/

/** The keys of a path; what follows `labels.` is one key, whatever it holds. */
const keysOf = (path: string): readonly string[] => path.startsWith('labels.') ? ['labels', path.slice(7)] : path.split('.')

/** By key, for any path: the long way. */
function putByKeys(keys: readonly string[], makers: readonly (() => Bag)[]): Put {
  const last = keys.length - 1
  return (draft, value) => {
    let at = draft as unknown as Bag
    for (let i = 0; i < last; i++) at = (at[keys[i]!] ??= makers[i]!()) as Bag
    at[keys[last]!] = value
  }
}

/** The same as a function of its own with the keys written out, so that V8 knows for each what it meets. Undefined where Node forbids making functions from text. */
function putByName(keys: readonly string[], makers: readonly (() => Bag)[]): Put | undefined {
  const target = keys.slice(0, -1).reduce((at, key, i) => `(${at}[${JSON.stringify(key)}] ??= makers[${i}]())`, 'draft')
  try {
    return (new Function('makers', `return (draft, value) => { ${target}[${JSON.stringify(keys.at(-1))}] = value }`) as (makers: readonly (() => Bag)[]) => Put)(makers)
  } catch {
    return undefined
  }
}

const setters = new Map<string, Put>()

/** A function that puts a value at a path, making the groups on the way; there is one for each path, so nothing is split per line. */
export function setterFor(path: string): Put {
  const known = setters.get(path)
  if (known) return known
  const keys = keysOf(path)
  const makers = keys.slice(0, -1).map((_, i) => groupMaker(keys.slice(0, i + 1).join('.')))
  const put = (keys.every(key => PLAIN_KEY.test(key)) ? putByName(keys, makers) : undefined) ?? putByKeys(keys, makers)
  if (setters.size < 1000) setters.set(path, put)
  return put
}
