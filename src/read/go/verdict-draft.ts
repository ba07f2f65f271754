/** Verdicts as events. */
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Cause } from './cause.js'
import type { Verdict } from './verdict.js'

/** Puts what an error text told on a draft: error words, both ends, TLS facts. */
export function putCause(draft: Draft, cause: Cause, message: string): void {
  draft.error = { ...(cause.type === undefined ? {} : { type: cause.type }), message, ...(cause.code === undefined ? {} : { code: cause.code }) }
  if (cause.server) draft.server = Object.assign(draft.server ?? {}, cause.server)
  if (cause.client) draft.client = Object.assign(draft.client ?? {}, cause.client)
  if (!cause.beforeRequest) return
  ;(draft.tls ??= {}).established = false
  if (cause.validation !== undefined) draft.tls.validation = cause.validation
  if (cause.alert !== undefined) Object.assign(draft.tls ??= {}, { alert: cause.alert, alert_from: 'server' })
}

/** A URL's parts on a draft, and the one HTTP method the go command uses. */
export function putUrl(draft: Draft, url: string): void {
  if (!/^https?:\/\/[^/]/.test(url)) return
  putUri(draft, url)
  ;(draft.http ??= {}).request = { method: 'GET' }
}

/**
 * The event of a verdict that stands alone. With `whole` it also says what was fetched; without, the fetch has an event of its
 * own, and a second one with the same URL would look like a second request.
 */
export function verdictDraft(verdict: Verdict, whole: boolean): Draft {
  const draft: Draft = { type: 'go.module', outcome: 'failure' }
  const { path, version, op } = verdict
  if (path !== undefined || version !== undefined || op !== undefined) draft.go = { module: { ...(path === undefined ? {} : { path }), ...(version === undefined ? {} : { version }), ...(op === undefined ? {} : { op }) } }
  if (whole && verdict.url !== undefined) {
    putUrl(draft, verdict.url)
    if (verdict.proxy !== undefined) (draft.go ??= {}).proxy = verdict.proxy
    if (verdict.status !== undefined) (draft.http ??= {}).response = { status_code: verdict.status }
  }
  if (whole) putCause(draft, verdict, verdict.message)
  else draft.error = { ...(verdict.type === undefined ? {} : { type: verdict.type }), message: verdict.message, ...(verdict.code === undefined ? {} : { code: verdict.code }) }
  return draft
}
