/** The one order of events: ts_ms, then file, then line as a number, then the event's number within its line; undated ones last. */
import type { Facts } from './facts.js'
import type { LogEvent } from '../schema/event.js'

/** An event's number among the events of its line, from 1; read off its id. */
export const ordinalOf = (id: string): number => {
  const dot = id.lastIndexOf('.')
  const colon = id.lastIndexOf(':')
  return dot > colon ? Number(id.slice(dot + 1)) : 1
}

/** Negative when `a` comes first. Independent of the order of arguments, locale and time zone. */
export function compareEvents(a: LogEvent, b: LogEvent): number {
  const left = a.ts_ms ?? Infinity
  const right = b.ts_ms ?? Infinity
  if (left !== right) return left < right ? -1 : 1
  if (a.log.file.path !== b.log.file.path) return a.log.file.path < b.log.file.path ? -1 : 1
  return a.log.line - b.log.line || ordinalOf(a.id) - ordinalOf(b.id)
}

/** The same order for what the join knows of two dated events. */
export function compareFacts(a: Facts, b: Facts): number {
  if (a.start !== b.start) return a.start < b.start ? -1 : 1
  if (a.path !== b.path) return a.path < b.path ? -1 : 1
  return a.line - b.line || a.ordinal - b.ordinal
}
