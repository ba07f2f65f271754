/** Objects that `go mod download -json` and `go list -m -json` print, one after the other, over several lines each. */
import type { Draft } from '../parser.js'
import { judge } from './verdict.js'
import { verdictDraft } from './verdict-draft.js'

interface ModuleObject { Path?: unknown, Version?: unknown, Query?: unknown, Error?: unknown, Main?: unknown, Zip?: unknown, Sum?: unknown, Info?: unknown, Origin?: unknown }

const textOf = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)

function errorOf(value: unknown): string | undefined {
  return textOf(value) ?? (typeof value === 'object' && value !== null ? textOf((value as { Err?: unknown }).Err) : undefined)
}

/**
 * The event of one object. `go list` says what it knows, not what it fetched, so only its failures are events; the same goes
 * for the main module. Undefined for an object that tells no fetch, false for one that is not of this kind.
 */
export function moduleDraft(object: ModuleObject): Draft | undefined | false {
  const path = textOf(object.Path)
  if (path === undefined) return false
  const failure = errorOf(object.Error)
  if (failure !== undefined) {
    const draft = verdictDraft(judge(failure), true)
    const version = textOf(object.Version)
    draft.go = { ...draft.go, module: { ...draft.go?.module, path, ...(version === undefined ? {} : { version }) } }
    draft.outcome = 'failure'
    return draft
  }
  if (object.Main === true || (textOf(object.Zip) ?? textOf(object.Sum) ?? textOf(object.Info)) === undefined) return undefined
  const version = textOf(object.Version)
  return { type: 'go.module', outcome: 'success', go: { module: { path, ...(version === undefined ? {} : { version }) } } }
}

/** Lines of an object that is being collected, and a cap on them: a hostile file must not grow it without end. */
const MAX_LINES = 5000
const MAX_CHARACTERS = 1024 * 1024

/** Collects one object that begins with a line `{` and ends with a line `}`. */
export class ObjectCollector {
  private lines: string[] = []
  private size = 0
  constructor(readonly line: number) { this.lines.push('{') }

  /** False once the object is too large to be one of these. */
  add(text: string): boolean {
    this.lines.push(text)
    this.size += text.length
    return this.lines.length <= MAX_LINES && this.size <= MAX_CHARACTERS
  }

  /** The object, or undefined where the lines are no JSON. */
  parse(): ModuleObject | undefined {
    try {
      return JSON.parse(this.lines.join('\n')) as ModuleObject
    } catch {
      return undefined
    }
  }
}
