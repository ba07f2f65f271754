/** Objects that `go mod download -json` and `go list -m -json` print, one after the other, over several lines each. */
import type { Draft } from '../parser.js'
import { judge } from './verdict.js'
import { verdictDraft } from './verdict-draft.js'

export interface ModuleObject { Path?: unknown, Version?: unknown, Query?: unknown, Error?: unknown, Main?: unknown, Zip?: unknown, Sum?: unknown, Info?: unknown, Origin?: unknown }

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
