/** Paths into the event, as types and as setters. */
import type { Draft } from './parser.js'

type Grow<K extends string, T> = T extends readonly unknown[] ? K : T extends object ? (string extends keyof T ? `${K}.${string}` : `${K}.${PathsOf<T>}`) : K
type PathsOf<T> = { [K in keyof T & string]-?: Grow<K, NonNullable<T[K]>> }[keyof T & string]

/** Every leaf of the event, dotted: `client.ip`, `cdn.cache.status`, `labels.…`. A misspelt path does not compile. */
export type EventPath = PathsOf<Omit<Draft, 'line'>>

type Bag = Record<string, unknown>

function child(parent: Bag, key: string): Bag {
  return (parent[key] ??= {}) as Bag
}

/** A function that puts a value at a path, making the groups on the way; setters exist per path, so nothing is split per line. */
export function setterFor(path: string): (draft: Draft, value: unknown) => void {
  const keys = path.startsWith('labels.') ? ['labels', path.slice(7)] : path.split('.')
  const [a = '', b = '', c = '', d = ''] = keys
  switch (keys.length) {
    case 1: return (draft, value) => { (draft as unknown as Bag)[a] = value }
    case 2: return (draft, value) => { child(draft as unknown as Bag, a)[b] = value }
    case 3: return (draft, value) => { child(child(draft as unknown as Bag, a), b)[c] = value }
    default: return (draft, value) => { child(child(child(draft as unknown as Bag, a), b), c)[d] = value }
  }
}
