/**
 * The fetches and VCS commands of one `-x` trace: a line when one begins, a line when its headers are there or it failed.
 * What failed waits for the verdict that explains it, so that one failure is one event.
 */
import { type Draft, type ParserContext, startingAt } from '../parser.js'
import { round3 } from '../time.js'
import { causeOf } from './cause.js'
import { between, putMoment, type Moment } from './moment.js'
import { moduleOf } from './module-url.js'
import { putCause, putUrl } from './verdict-draft.js'
import { statusError } from './verdict.js'

interface Begun { readonly line: number, readonly moment: Moment | undefined }

/** A fetch's result as its line tells it. */
interface FetchResult { readonly status?: number, readonly seconds?: number, readonly failure?: string }

/** A failure that waits, by the URL or command it is of and, where the go command may repeat them, by its words. */
interface Failure { readonly draft: Draft, readonly key: string, readonly words: string | undefined }

/** Failures kept for a verdict; more than this and the oldest go out as they are. */
const MAX_WAITING = 4096
const MAX_SEEN = 100_000

/** Commands of a VCS that speak to a server; all others only touch the local clone. */
const REMOTE = /^(?:git(?: -c \S+)* (?:ls-remote|fetch|clone|pull)|hg (?:pull|clone|identify)|svn (?:info|log|checkout|export)|bzr (?:branch|pull|revno)|fossil (?:clone|pull|sync))\b/

/** True for a VCS command that speaks to a server. */
export const isRemoteCommand = (command: string): boolean => REMOTE.test(command)

/** Names of the words that the go command refuses a URL with before it asks anyone. */
const REFUSED_HERE = new Set(['insecure', 'unsupported', 'insecure credentials'])

export class Fetches {
  private readonly begun = new Map<string, Begun[]>()
  private readonly waiting = new Set<Failure>()
  private readonly byKey = new Map<string, Failure[]>()
  private readonly byWords = new Map<string, Failure[]>()
  private readonly remotes = new Map<string, string>()
  private readonly remoteUrls = new Set<string>()
  /** Milliseconds of the fetches so far, for a trace without times that `--anchor` places. */
  private elapsed = 0
  /** URLs that had a fetch of their own: a verdict about one is not another. */
  readonly seen = new Set<string>()

  constructor(private readonly context: ParserContext) {}

  /** The moment of a line, or how far into an anchored trace it stands: the fetches before it took so long at least. */
  moment(known: Moment | undefined): Moment | undefined {
    if (known) return known
    const stamp = this.context.clock.relative(this.elapsed, 1000)
    return stamp && { ms: stamp.ms, res_ms: stamp.res_ms, anchored: true }
  }

  begin(key: string, line: number, moment: Moment | undefined): void {
    const queue = this.begun.get(key)
    if (queue) queue.push({ line, moment })
    else this.begun.set(key, [{ line, moment }])
  }

  private finish(key: string): Begun | undefined {
    const queue = this.begun.get(key)
    const first = queue?.shift()
    if (queue?.length === 0) this.begun.delete(key)
    return first
  }

  /** The event of a finished fetch, and whether it waits for a verdict (then it is kept here). */
  fetched(url: string, result: FetchResult, line: number, now: Moment | undefined): { draft: Draft, waits: boolean, own: boolean } {
    const begun = this.finish(url)
    const draft = fetchDraft(url)
    draft.line = begun?.line ?? line
    if (result.seconds !== undefined) draft.duration_ms = round3(result.seconds * 1000)
    else this.timeFailure(draft, begun, now)
    putTimes(draft, begun, now)
    if (draft.duration_ms !== undefined) this.elapsed += draft.duration_ms
    if (result.status !== undefined) draft.http = { ...draft.http, response: { status_code: result.status } }
    if (draft.go === undefined && this.remoteUrls.has(url)) draft.go = { module: { op: 'vcs' } } // after git failed, to see whether it is a 404
    if (result.failure !== undefined) {
      const refused = REFUSED_HERE.has(result.failure)
      putCause(draft, refused ? { type: 'http_request_denied' } : causeOf(result.failure), result.failure)
      draft.outcome = 'failure'
    }
    const waits = result.failure !== undefined || (result.status ?? 0) >= 400
    if (waits) this.wait(url, draft)
    return { draft, waits, own: begun === undefined }
  }

  /** A failed fetch prints no duration; two stamps give it. */
  private timeFailure(draft: Draft, begun: Begun | undefined, now: Moment | undefined): void {
    if (begun?.moment?.anchored || now?.anchored) return
    const gap = between(begun?.moment, now)
    if (gap !== undefined) draft.duration_ms = gap
  }

  private wait(key: string, draft: Draft): void {
    if (this.seen.size < MAX_SEEN) this.seen.add(key)
    const message = draft.error?.message
    const failure = { draft, key, words: message?.startsWith('Get ') ? message : undefined }
    this.waiting.add(failure)
    enter(this.byKey, key, failure)
    if (failure.words !== undefined) enter(this.byWords, failure.words, failure)
  }

  private leave(failure: Failure): Draft {
    this.waiting.delete(failure)
    withdraw(this.byKey, failure.key, failure)
    if (failure.words !== undefined) withdraw(this.byWords, failure.words, failure)
    return failure.draft
  }

  /** Failures that waited too long for a verdict. */
  overdue(): Draft[] {
    const drafts: Draft[] = []
    for (const failure of this.waiting) {
      if (this.waiting.size <= MAX_WAITING) break
      drafts.push(this.leave(failure))
    }
    return drafts
  }

  /** The failed fetch (or VCS command) that a verdict is about; it no longer waits. A redirected one is named by its error only. */
  explained(key: string | undefined, words: string): Draft | undefined {
    let failure = key === undefined ? undefined : this.byKey.get(key)?.[0]
    for (let at = words.indexOf('Get '), tries = 8; at !== -1 && !failure && tries > 0; at = words.indexOf('Get ', at + 1), tries--) failure = this.byWords.get(words.slice(at))?.[0]
    return failure && this.leave(failure)
  }

  /** `mkdir -p DIR # git3 URL`: the clone in DIR is of URL. */
  remote(directory: string, url: string): void {
    this.remotes.set(directory, url)
    this.remoteUrls.add(url)
  }

  vcsDone(directory: string, command: string, seconds: number, line: number, now: Moment | undefined): { draft: Draft, own: boolean } {
    const key = `cd ${directory}; ${command}`
    const begun = this.finish(key)
    const draft = this.vcsDraft(directory, command, begun?.line ?? line)
    draft.duration_ms = round3(seconds * 1000)
    this.elapsed += draft.duration_ms
    putTimes(draft, begun, now)
    this.wait(key, draft)
    return { draft, own: begun === undefined }
  }

  private vcsDraft(directory: string, command: string, line: number): Draft {
    const draft: Draft = { type: 'go.module', line, go: { module: { op: 'vcs' } }, process: { name: command.split(' ', 1)[0]!, command_line: command } }
    const named = /(?:^| )(https?:\/\/\S{3,1000})/.exec(command)?.[1] ?? this.remotes.get(directory)
    if (named === undefined || !/^https?:\/\/[^/]/.test(named)) return draft
    putUrl(draft, named)
    delete draft.http // what git asks for below that URL is not said
    return draft
  }

  /** What is left at the end: failures without a verdict, and fetches that were never answered. */
  end(): Draft[] {
    const drafts = [...this.waiting].map(failure => failure.draft)
    for (const [key, queue] of this.begun) for (const begun of queue) drafts.push(this.unanswered(key, begun))
    return drafts
  }

  private unanswered(key: string, begun: Begun): Draft {
    const command = /^cd (.*); ([a-z]+ .*)$/.exec(key)
    const draft = command ? this.vcsDraft(command[1]!, command[2]!, begun.line) : startingAt(fetchDraft(key), begun.line)
    putMoment(draft, begun.moment, 'start')
    draft.outcome = 'unknown'
    draft.message = command ? 'the command had not ended where the trace ends' : 'no response headers where the trace ends'
    return draft
  }
}

function enter(index: Map<string, Failure[]>, key: string, failure: Failure): void {
  const queue = index.get(key)
  if (queue) queue.push(failure)
  else index.set(key, [failure])
}

function withdraw(index: Map<string, Failure[]>, key: string, failure: Failure): void {
  const queue = index.get(key)
  if (queue?.[0] === failure) queue.shift()
  else if (queue) queue.splice(queue.indexOf(failure), 1)
  if (queue?.length === 0) index.delete(key)
}

/** A stamp may come late, as the first lines through a pipe do, but never early: of two starts the earlier one is right. */
function putTimes(draft: Draft, begun: Begun | undefined, now: Moment | undefined): void {
  const start = begun?.moment
  const late = start && now && !start.anchored && draft.duration_ms !== undefined ? start.ms - (now.ms - draft.duration_ms) : 0
  const fromEnd = begun === undefined || (late > 1 && now !== undefined && late > now.res_ms)
  putMoment(draft, fromEnd ? now : start, fromEnd ? 'end' : 'start')
}

function fetchDraft(url: string): Draft {
  const { op, path, version, proxy } = moduleOf(url)
  const draft: Draft = { type: 'go.module' }
  putUrl(draft, url)
  const module = { ...(path === undefined ? {} : { path }), ...(version === undefined ? {} : { version }), ...(op === undefined ? {} : { op }) }
  if (Object.keys(module).length > 0) draft.go = { module, ...(proxy === undefined ? {} : { proxy }) }
  return draft
}

/** Puts a verdict's words on the event of the fetch it is about; a status that only meant "try the next one" becomes a failure. */
export function explain(draft: Draft, verdict: { type?: string, code?: string, message: string, path?: string | undefined, version?: string | undefined }): Draft {
  const module = draft.go?.module
  const status = draft.http?.response?.status_code
  const type = draft.error?.type ?? verdict.type ?? (status === undefined ? undefined : statusError(status, { op: module?.op }))
  draft.error = { ...(type === undefined ? {} : { type }), message: verdict.message, ...(draft.error?.code ?? verdict.code ? { code: draft.error?.code ?? verdict.code! } : {}) }
  draft.outcome = 'failure'
  draft.go = { ...draft.go, module: { ...module, ...(module?.path === undefined && verdict.path !== undefined ? { path: verdict.path } : {}), ...(module?.version === undefined && verdict.version !== undefined ? { version: verdict.version } : {}) } }
  return draft
}
