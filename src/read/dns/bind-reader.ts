/** A reader for BIND logs that hold more than queries: the lines about one query become one event. */
import { MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import { putTime } from '../field-kinds.js'
import { inheritTime } from '../table.js'
import { cutBind, putBindQuery, putBindResponse, readBindClient, type BindClient, type BindLine } from './bind.js'
import { putDenied, putQueryFailed, readFetch, readFormatError, readResolverTrouble, readRpz } from './bind-errors.js'
import { isInfobloxAnswer, putInfobloxAnswer } from './infoblox.js'
import { fillAnswer, QuestionPairs, wallMs } from './pairing.js'

/** What has been said of a waiting query; a second line of the same kind is of another query. */
const DENIED = 1
const FAILED = 2

type Kind = 'query' | 'response' | 'answer' | 'denied' | 'failed' | 'policy' | 'other'

/** Which kind of line a client's message is. */
export function kindOfMessage(message: string): Kind {
  if (message.startsWith('query: ')) return 'query'
  if (message.startsWith('response: ')) return 'response'
  if (isInfobloxAnswer(message)) return 'answer'
  if (message.startsWith('query failed (')) return 'failed'
  if (message.includes("' denied") && (message.startsWith('query') || message.startsWith('zone transfer '))) return 'denied'
  return message.startsWith('rpz ') || message.startsWith('disabled rpz ') ? 'policy' : 'other'
}

class BindReader implements LineReader {
  private readonly pairs = new QuestionPairs()
  private readonly said = new WeakMap<Draft, number>()
  private inDump = false

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const cut = cutBind(text)
    if (!cut) return skip('bad-time')
    const client = readBindClient(cut.rest)
    // a packet that was sent or received is printed over many lines without a prefix
    if (!client && cut.stamp === undefined && cut.level === undefined && !outer) return this.bareLine(cut)
    if (!client && cut.rest.startsWith('client ') && !cut.rest.includes('(no-peer)')) return skip('malformed', 'client')
    this.inDump = cut.rest.startsWith('received packet from') || cut.rest.startsWith('sending packet to')
    return client ? this.clientLine(client, cut, number, outer) : this.resolverLine(cut, outer)
  }

  end(): readonly Draft[] { return this.pairs.end() }

  private date(draft: Draft, cut: BindLine, basis: 'start' | 'end' | 'point', outer: Outer | undefined): Draft {
    if (cut.stamp) putTime(draft, cut.stamp, basis, this.context, outer)
    else if (outer) inheritTime(draft, outer, basis)
    return draft
  }

  /** With print-time, print-category and print-severity off, a sentence is all there is: only those that BIND alone writes are taken. */
  private bareLine(cut: BindLine): LineResult {
    return resolverDraft(cut) ?? (this.inDump ? skip('not-an-event') : skip('not-this-format', 'no BIND prefix'))
  }

  private resolverLine(cut: BindLine, outer: Outer | undefined): LineResult {
    const draft = resolverDraft(cut)
    if (draft) return this.date(draft, cut, draft.duration_ms === undefined ? 'point' : 'end', outer)
    // through syslog a foreign program's line may come by; BIND's own have a category or a level, or are plain sentences
    return outer && outer.program !== undefined && outer.program !== 'named' ? skip('not-this-format') : skip('not-an-event')
  }

  private clientLine(client: BindClient, cut: BindLine, number: number, outer: Outer | undefined): LineResult {
    const now = cut.stamp ? wallMs(cut.stamp) : outer?.ms ?? 0
    const { message } = client
    const draft: Draft = { type: 'dns.response', client: { ip: client.ip, port: client.port } }
    switch (kindOfMessage(message)) {
      case 'query':
        if (!putBindQuery(draft, message.slice(7))) return skip('malformed', 'query')
        draft.type = 'dns.query'
        draft.line = number
        return this.pairs.ask(keyOf(draft), this.date(draft, cut, 'start', outer), now)
      case 'response':
        if (!putBindResponse(draft, message.slice(10))) return skip('malformed', 'response')
        return this.pairs.answer(keyOf(draft), this.date(draft, cut, 'end', outer), now)
      case 'answer':
        if (!putInfobloxAnswer(draft, message)) return skip('malformed', 'response')
        return this.pairs.answer(keyOf(draft), this.date(draft, cut, 'end', outer), now)
      case 'denied':
        return putDenied(draft, message) ? this.remark(draft, DENIED, cut, number, now, outer) : skip('not-an-event')
      case 'failed':
        return putQueryFailed(draft, message, client.origin) ? this.remark(draft, FAILED, cut, number, now, outer) : skip('malformed', 'query failed')
      case 'policy': return this.policy(draft, message)
      default: return skip('not-an-event')
    }
  }

  /** A refusal or failure: told of the query that waits, which its response may still complete; without one it stands for the query. */
  private remark(draft: Draft, bit: number, cut: BindLine, number: number, now: number, outer: Outer | undefined): LineResult {
    const key = keyOf(draft)
    this.date(draft, cut, 'end', outer)
    const waiting = this.pairs.newest(key)
    const said = waiting ? this.said.get(waiting) ?? 0 : 0
    if (waiting && (said & bit) === 0 && this.pairs.isFresh(key, now)) {
      const error = said === 0 ? draft.error : waiting.error
      fillAnswer(waiting, draft)
      waiting.error = error
      this.said.set(waiting, said | bit)
      return MERGED
    }
    draft.line = number
    this.said.set(draft, bit)
    return this.pairs.ask(key, draft, now)
  }

  private policy(draft: Draft, message: string): LineResult {
    const rpz = readRpz(message)
    const triple = /rewrite (\S+)\/([A-Z0-9-]+)\/([A-Z0-9]+) via/.exec(message)
    if (!rpz || !triple) return skip('not-an-event')
    draft.dns = { question: { name: triple[1], type: triple[2], class: triple[3] } }
    const waiting = this.pairs.newest(keyOf(draft))
    if (!waiting) return skip('not-an-event')
    waiting.labels = { ...waiting.labels, policy: rpz.policy, policy_zone: rpz.zone }
    return MERGED
  }
}

/** What the resolver says of its own queries, without a time; undefined for any other sentence. */
function resolverDraft(cut: BindLine): Draft | undefined {
  const draft = readResolverTrouble(cut.rest) ?? readFormatError(cut.rest) ?? readFetch(cut.rest)
  if (draft && cut.level) draft.log = { level: cut.level }
  return draft
}

function keyOf(draft: Draft): string {
  const { name, type, class: dnsClass } = draft.dns?.question ?? {}
  return `${draft.client?.ip}#${draft.client?.port} ${name?.toLowerCase()} ${type} ${dnsClass}`
}

/** A reader for one log. */
export function openBind(context: ParserContext): LineReader {
  return new BindReader(context)
}
