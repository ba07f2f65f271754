/**
 * dnsmasq's query log as transactions: a question, where it was forwarded, and the lines of its answer are one event with the
 * question's line. With `log-queries=extra` the lines carry a serial number; without it they are matched by name, as far as that goes.
 */
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from '../parser.js'
import { isDnssecValue, putAnswer, putValidation, shareAnswer, valueType, type Transaction } from './dnsmasq-answer.js'
import { cutDnsmasq, readDnsmasqBody, type DnsmasqBody, type DnsmasqPrefix } from './dnsmasq-line.js'
import { momentOf } from './moment.js'
import { blanksEscaped, looksLikeIp, reverseName } from './names.js'
import { WaitingList, wallMs, type Waiting } from './pairing.js'

type Self = Skip | typeof HELD | typeof MERGED

interface Time { readonly ms: number, readonly res_ms: number }

/** The answer lines of plain mode that were read last: contiguous, and all of one answer. */
interface Block {
  /** Answered questions; undefined while nothing read so far tells which question it is. */
  transactions: Transaction[] | undefined
  readonly key: string
  readonly pending: DnsmasqBody[]
  source: string
  owner: string
  type: string | undefined
}

/** Serials of finished transactions that are remembered, for a late line of theirs. */
const MAX_CLOSED = 1000
const MAX_SETTLING = 16
const SETTLED_MS = 5000
const NOT_AN_EVENT = skip('not-an-event')

class DnsmasqReader implements LineReader {
  private readonly waiting = new WaitingList<Transaction>()
  private readonly closed = new Set<string>()
  private settling: Transaction[] = []
  private block: Block | undefined
  private forwarded: Transaction | undefined
  private lastAnswered: Draft | undefined
  private done: Draft[] = []
  private now = 0

  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const prefix = cutDnsmasq(text, outer)
    if (!prefix) return skip('not-this-format', 'no "dnsmasq[pid]:"')
    if (prefix.sub) return NOT_AN_EVENT
    this.now = prefix.stamp ? wallMs(prefix.stamp) : outer?.ms ?? 0
    const body = readDnsmasqBody(prefix.body)
    if (body.kind === 'broken') return skip('incomplete', body.source || 'dnsmasq line')
    const time = momentOf(this.context, prefix.stamp, outer)
    const self = body.serial === undefined ? this.plain(body, prefix, number, time) : this.extra(body, prefix, number, time)
    for (const transaction of this.waiting.lapsed(this.now)) this.done.push(transaction.draft)
    if (this.done.length === 0) return self
    const drafts = this.done
    this.done = []
    return { drafts, self }
  }

  end(): readonly Draft[] {
    this.closeBlock()
    for (const transaction of this.settling) this.done.push(transaction.draft)
    return [...this.done, ...this.waiting.drain().map(transaction => transaction.draft)]
  }

  /** A question, or a stand-in for one whose own line is not in the file. */
  private begin(body: DnsmasqBody, key: string, pid: string, line: number, time: Time | undefined): Transaction {
    const asked = body.kind === 'query'
    const ip = body.client ?? (asked ? body.value : undefined)
    const name = body.name === 'error' || body.name.startsWith('<') ? undefined : looksLikeIp(body.name) && !asked ? reverseName(body.name) ?? body.name : blanksEscaped(body.name)
    const draft: Draft = {
      type: 'dns.query', line, ...(time ? { ts_ms: time.ms, ts_basis: asked ? 'start' : 'point', ts_res_ms: time.res_ms } : {}),
      ...(ip === undefined ? {} : { client: body.port ? { ip, port: body.port } : { ip } }),
      dns: { question: body.type === undefined ? { name } : { name, type: body.type, ...(name?.endsWith('.bind') ? { class: 'CH' } : {}) } },
    }
    if (body.transport) draft.network = { transport: body.transport }
    return { draft, key, pid, asked: this.now, alias: undefined, answered: false }
  }

  // with serials

  private extra(body: DnsmasqBody, prefix: DnsmasqPrefix, line: number, time: Time | undefined): Self {
    const key = body.serial === '*' ? `${prefix.pid}*${body.client}/${body.port}` : `${prefix.pid} ${body.serial}`
    this.settle(key, prefix.pid)
    if (body.kind === 'query') {
      const earlier = this.waiting.first(key)
      if (earlier) this.finishWaiting(key)
      this.closed.delete(key)
      this.waiting.add(key, this.begin(body, key, prefix.pid, line, time), this.now)
      return HELD
    }
    const known = this.settling.find(transaction => transaction.key === key) ?? this.waiting.first(key)?.value
    const tells = body.kind === 'forwarded' || (body.kind === 'answer' && !isDnssecValue(body.value) && body.name !== '' && body.name !== 'query')
    if (!known && (this.closed.has(key) || !tells || body.name === 'error' || body.name === 'opcode')) return this.closed.has(key) ? MERGED : NOT_AN_EVENT
    const transaction = known ?? this.begin(body, key, prefix.pid, line, time)
    if (!known) this.waiting.add(key, transaction, this.now)
    this.put(transaction, body, time)
    // after a lone CNAME from the cache the rest may yet be asked for
    if (transaction.answered && transaction.alias === undefined) this.toSettling(key, transaction)
    return known ? MERGED : HELD
  }

  private put(transaction: Transaction, body: DnsmasqBody, time: Time | undefined): void {
    if (body.kind === 'forwarded') putUpstream(transaction, body)
    else if (body.kind === 'validation') putValidation(transaction, body, time?.ms)
    else if (body.kind === 'answer' && body.value === 'duplicate') this.putDuplicate(transaction, time)
    else if (body.kind === 'answer' && !isDnssecValue(body.value)) putAnswer(transaction, body, time?.ms)
  }

  /** `reply query is duplicate`: several clients asked the same, and the answer just logged went to all of them. */
  private putDuplicate(transaction: Transaction, time: Time | undefined): void {
    const mine = transaction.draft.dns?.question
    const other = this.lastAnswered?.dns?.question
    if (this.lastAnswered && mine?.name?.toLowerCase() === other?.name?.toLowerCase() && mine?.type === other?.type) shareAnswer(transaction, this.lastAnswered, time?.ms)
  }

  private toSettling(key: string, transaction: Transaction): void {
    if (this.waiting.first(key)?.value !== transaction) return
    this.take(transaction)
    this.settling.push(transaction)
  }

  /** One process writes the lines of an answer together, so a line of another transaction ends it. */
  private settle(key: string, pid: string): void {
    if (this.settling.length === 0) return
    const kept: Transaction[] = []
    for (const transaction of this.settling) {
      const other = transaction.key !== key
      if (other && (transaction.pid === pid || this.settling.length > MAX_SETTLING || this.now - transaction.asked > SETTLED_MS)) this.finish(transaction)
      else kept.push(transaction)
    }
    this.settling = kept
  }

  private finishWaiting(key: string): void {
    const entry = this.waiting.first(key)!
    this.waiting.remove(entry)
    this.finish(entry.value)
  }

  private finish(transaction: Transaction): void {
    this.done.push(transaction.draft)
    if (transaction.answered) this.lastAnswered = transaction.draft
    if (this.closed.size >= MAX_CLOSED) this.closed.clear()
    this.closed.add(transaction.key)
  }

  // without serials

  private plain(body: DnsmasqBody, prefix: DnsmasqPrefix, line: number, time: Time | undefined): Self {
    const key = body.name.toLowerCase()
    if (body.kind === 'answer' && this.goesOn(body, key)) return this.answerBlock(this.block!, body, prefix, line, time)
    if (body.kind === 'forwarded' && this.block?.key === key && !this.block.transactions) this.block = undefined
    this.closeBlock()
    switch (body.kind) {
      case 'query':
        this.waiting.add(key, this.begin(body, key, prefix.pid, line, time), this.now)
        return HELD
      case 'forwarded': return this.forward(body, key, prefix, line, time)
      case 'validation': return this.validate(body, time)
      case 'answer': break
      default: return NOT_AN_EVENT
    }
    if (isDnssecValue(body.value) || body.name === '' || body.name === 'query' || body.name === 'opcode') return NOT_AN_EVENT
    if (body.name === 'error') return this.fail(body, time)
    this.block = { transactions: undefined, key: looksLikeIp(key) ? reverseName(key) ?? key : key, pending: [], source: body.source, owner: key, type: undefined }
    return this.answerBlock(this.block, body, prefix, line, time)
  }

  /** Does an answer line go on where the last one stopped? A CNAME's target, or another record of the same name and type. */
  private goesOn(body: DnsmasqBody, key: string): boolean {
    const { block } = this
    if (!block) return false
    if (block.type === 'CNAME') return body.source !== 'reply' || block.source === 'reply'
    return key === block.owner && body.source === block.source && valueType(body.value) === block.type && block.type !== undefined
  }

  private answerBlock(block: Block, body: DnsmasqBody, prefix: DnsmasqPrefix, line: number, time: Time | undefined): Self {
    const type = valueType(body.value)
    block.owner = body.name.toLowerCase()
    block.type = type
    block.source = body.source
    if (block.transactions) {
      for (const transaction of block.transactions) putAnswer(transaction, body, time?.ms)
      return MERGED
    }
    block.pending.push(body)
    if (type === 'CNAME' && this.waiting.first(block.key)) return MERGED
    const chosen = this.choose(block, body, type)
    if (chosen.length > 0) {
      this.answer(block, chosen, time)
      return MERGED
    }
    const first = block.pending[0]!
    const alone = this.begin(first, block.key, prefix.pid, line, time)
    if (alone.draft.dns?.question && (type === 'A' || type === 'AAAA')) alone.draft.dns.question.type = type
    this.answer(block, [alone], time)
    return HELD
  }

  /** The questions that an answer of a type settles. An answer from upstream goes to all who wait for it, any other to who asked last. */
  private choose(block: Block, body: DnsmasqBody, type: string | undefined): Transaction[] {
    const open: Transaction[] = []
    for (let entry = this.waiting.first(block.key); entry; entry = entry.after) open.push(entry.value)
    if (open.length === 0) return open
    const isAddress = type === 'A' || type === 'AAAA'
    const fits = (asked: string | undefined): boolean => {
      if (asked === undefined || asked === 'ANY') return true
      if (body.value === 'NXDOMAIN' || type === 'CNAME') return true
      return type === undefined ? asked !== 'A' && asked !== 'AAAA' : asked === type
    }
    let fitting = open.filter(transaction => fits(transaction.draft.dns?.question?.type))
    if (fitting.length === 0 && !isAddress) fitting = open
    const picked = body.source === 'reply' ? fitting[0] : fitting.at(-1)
    if (!picked) return []
    const wanted = picked.draft.dns?.question?.type
    return body.source === 'reply' ? fitting.filter(transaction => transaction.draft.dns?.question?.type === wanted) : [picked]
  }

  private answer(block: Block, transactions: Transaction[], time: Time | undefined): void {
    for (const transaction of transactions) {
      this.take(transaction)
      for (const body of block.pending) putAnswer(transaction, body, time?.ms)
    }
    block.transactions = transactions
  }

  private closeBlock(): void {
    const { block } = this
    if (!block) return
    this.block = undefined
    // a chain that ended in a CNAME: its oldest question has that much of an answer
    if (!block.transactions) {
      const entry = this.waiting.first(block.key)
      if (entry) this.answer(block, [entry.value], undefined)
    }
    for (const transaction of block.transactions ?? []) this.done.push(transaction.draft)
  }

  private forward(body: DnsmasqBody, key: string, prefix: DnsmasqPrefix, line: number, time: Time | undefined): Self {
    const known = this.waiting.last(key)?.value
    const transaction = known ?? this.begin(body, key, prefix.pid, line, time)
    if (!known) this.waiting.add(key, transaction, this.now)
    putUpstream(transaction, body)
    this.forwarded = transaction
    return known ? MERGED : HELD
  }

  private isWaiting(transaction: Transaction): boolean { return this.entryOf(transaction) !== undefined }

  private take(transaction: Transaction): void {
    const entry = this.entryOf(transaction)
    if (entry) this.waiting.remove(entry)
  }

  private entryOf(transaction: Transaction): Waiting<Transaction> | undefined {
    let entry = this.waiting.last(transaction.key)
    while (entry && entry.value !== transaction) entry = entry.before
    return entry
  }

  /** `reply error is SERVFAIL` has no name; it is of the question that was forwarded last. */
  private fail(body: DnsmasqBody, time: Time | undefined): Self {
    const { forwarded } = this
    if (!forwarded || !this.isWaiting(forwarded)) return NOT_AN_EVENT
    putAnswer(forwarded, body, time?.ms)
    this.take(forwarded)
    this.done.push(forwarded.draft)
    return MERGED
  }

  private validate(body: DnsmasqBody, time: Time | undefined): Self {
    const transaction = this.waiting.last(body.name.toLowerCase())?.value ?? this.forwarded
    if (!transaction || !this.isWaiting(transaction)) return NOT_AN_EVENT
    if (!putValidation(transaction, body, time?.ms)) return MERGED
    this.take(transaction)
    this.done.push(transaction.draft)
    return MERGED
  }
}

/** Where a question was sent. What the cache had of the answer, the beginning of a chain, is dropped then: the answer will repeat it. */
function putUpstream(transaction: Transaction, body: DnsmasqBody): void {
  const { draft } = transaction
  const hash = body.value.indexOf('#')
  draft.type = 'dns.query'
  draft.dns = { question: draft.dns?.question, upstream: hash === -1 ? body.value : body.value.slice(0, hash) }
  transaction.answered = false
  transaction.alias = undefined
}

/** A reader for one log. */
export function openDnsmasq(context: ParserContext): LineReader {
  return new DnsmasqReader(context)
}
