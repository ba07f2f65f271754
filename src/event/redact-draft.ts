/** Which fields of a draft may carry secrets. What a secret looks like is known by `redact.ts`. */
import type { Draft } from '../read/parser.js'
import { redactHeaders, redactText, redactUrlQuery, redactUserinfo } from '../redact.js'

/** Redacts in place: URL parts, header maps, messages and command lines. */
export function redactDraft(draft: Draft): void {
  const { url, http, error, process } = draft
  if (url) {
    if (url.query !== undefined) url.query = redactUrlQuery(url.query)
    if (url.full !== undefined) url.full = redactText(redactUserinfo(url.full))
    if (url.original !== undefined) url.original = redactText(redactUserinfo(url.original))
  }
  if (http?.request?.referrer !== undefined) http.request.referrer = redactText(redactUserinfo(http.request.referrer))
  if (http?.request?.headers) http.request.headers = redactHeaders(http.request.headers)
  if (http?.response?.headers) http.response.headers = redactHeaders(http.response.headers)
  if (draft.message !== undefined) draft.message = redactText(draft.message)
  if (error?.message !== undefined) error.message = redactText(error.message)
  if (process?.command_line !== undefined) process.command_line = redactText(process.command_line)
}
