/**
 * The lines that an article shows for GODEBUG=modloadtrace=1. No Go release has such a key or prints such lines (`-x` is what
 * there is), but they get pasted, so they are read: a query, and its answer on a later line.
 */
import { HELD, MERGED, skip, type Draft, type LineResult } from '../parser.js'
import { round3 } from '../time.js'
import { goDuration, putMoment, type Moment } from './moment.js'
import { putUrl } from './verdict-draft.js'
import { statusError } from './verdict.js'

const ANSWER = /^(?:received|error) (\d{3})(?:[ :,-]+in ([\d.a-zµμ]{2,20}))?(?:\s*(?:→|->|=>)\s*version (\S{1,200}))?(?:[ :,-]+in ([\d.a-zµμ]{2,20}))?(.*)$/

function queryDraft(url: string, line: number, moment: Moment | undefined): Draft {
  const path = /[?&]module=([^&\s]{1,300})/.exec(url)?.[1]
  const draft: Draft = { type: 'go.module', line, go: { module: { ...(path === undefined ? {} : { path }), op: 'query' } } }
  putUrl(draft, url)
  putMoment(draft, moment, 'start')
  return draft
}

/** Queries that wait for their answers: an answer names no query, so it is the oldest one's. */
export class ModloadLines {
  private readonly open: Draft[] = []

  line(text: string, number: number, moment: Moment | undefined): LineResult {
    if (text.startsWith('query ')) {
      this.open.push(queryDraft(text.slice(6).trim(), number, moment))
      return HELD
    }
    const answer = ANSWER.exec(text)
    if (!answer) return skip('malformed', 'modload')
    const asked = this.open.shift()
    const draft = asked ?? queryDraft('', number, undefined)
    this.answer(draft, Number(answer[1]), answer[2] ?? answer[4], answer[3])
    if (asked) return { drafts: [draft], self: MERGED }
    putMoment(draft, moment, 'end')
    return draft
  }

  private answer(draft: Draft, status: number, took: string | undefined, version: string | undefined): void {
    const duration = took === undefined ? undefined : goDuration(took)
    if (duration !== undefined) draft.duration_ms = round3(duration)
    draft.http = { ...draft.http, response: { status_code: status } }
    if (version !== undefined) draft.go = { ...draft.go, module: { ...draft.go?.module, version } }
    const type = status < 400 ? undefined : statusError(status, {})
    if (status >= 400) {
      draft.error = { ...(type === undefined ? {} : { type }), code: String(status) }
      draft.outcome = 'failure'
    }
  }

  end(): Draft[] {
    return this.open.map(draft => ({ ...draft, outcome: 'unknown', message: 'no answer where the trace ends' }))
  }
}
