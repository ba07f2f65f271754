/** Sessions that have been told of and wait for their place in the order: by when they begin, then in the order of the rows that claim them. */
import type { Lane } from './lane.js'
import { ByteText, type RowSession, type RowText, type ValueRow } from './row-text.js'
import { orderOfTimes } from './sort-times.js'

const FIRST_SESSIONS = 1 << 14
/** Lines are given in pieces of so many bytes: memory that comes and goes in larger ones is new to the system every time. */
const PIECE_BYTES = 1 << 19
/** Room for the line that a piece ends with; a longer one makes its own. */
const LINE_BYTES = 1 << 14

/** What claims a session. */
export type ClaimKind = 'request' | 'tls' | 'dns'
const KINDS: readonly ClaimKind[] = ['request', 'tls', 'dns']
const CLAIMS = { request: 'http.request', tls: 'tls.handshake', dns: 'dns' } as const

/** Rows of a lane that are written, and the path of their log. */
export interface Written { readonly lane: Lane, readonly lead: ValueRow, readonly partner: ValueRow, readonly path: string }

/** Waiting sessions as columns: an object for each would have to be collected for each. */
class Waiting {
  count = 0
  start = new Float64Array(FIRST_SESSIONS)
  end = new Float64Array(FIRST_SESSIONS)
  score = new Float64Array(FIRST_SESSIONS)
  kind = new Uint8Array(FIRST_SESSIONS)
  /** Rows: of the claim, and of its partners (-1: none). */
  lead = new Int32Array(FIRST_SESSIONS)
  tls = new Int32Array(FIRST_SESSIONS)
  dns = new Int32Array(FIRST_SESSIONS)

  makeRoom(): void {
    if (this.count < this.start.length) return
    const columns = this as unknown as Record<string, Float64Array>
    for (const [name, column] of Object.entries(columns)) {
      if (!ArrayBuffer.isView(column)) continue
      const larger = new (column.constructor as Float64ArrayConstructor)(column.length * 2)
      larger.set(column)
      columns[name] = larger
    }
  }

  move(from: number, to: number): void {
    this.start[to] = this.start[from]!
    this.end[to] = this.end[from]!
    this.score[to] = this.score[from]!
    this.kind[to] = this.kind[from]!
    this.lead[to] = this.lead[from]!
    this.tls[to] = this.tls[from]!
    this.dns[to] = this.dns[from]!
  }
}

/** Keeps sessions until nothing can come before them, and writes them. Till then their rows have to be kept. */
export class RowSessions {
  private readonly waiting = new Waiting()
  private readonly session: RowSession
  private ready = new Float64Array(FIRST_SESSIONS)
  private readyAt = new Int32Array(FIRST_SESSIONS)

  constructor(private readonly rows: Readonly<Record<ClaimKind, Written>>, private readonly text: RowText) {
    this.session = { kind: 'dns', lead: rows.dns.lead, tls: rows.tls.partner, dns: rows.dns.partner, startMs: 0, endMs: 0, score: NaN, path: '' }
  }

  /** Takes a session; sessions come in the order of the rows that claim them. `tls` and `dns` are rows, -1: none. */
  add(kind: ClaimKind, lead: number, tls: number, dns: number, startMs: number, endMs: number, score: number): void {
    const { waiting } = this
    waiting.makeRoom()
    const at = waiting.count++
    waiting.start[at] = startMs
    waiting.end[at] = endMs
    waiting.score[at] = score
    waiting.kind[at] = kind === 'request' ? 0 : kind === 'tls' ? 1 : 2
    waiting.lead[at] = lead
    waiting.tls[at] = tls
    waiting.dns[at] = dns
  }

  /** Lines of the sessions that begin before a time, in order, in pieces. */
  *take(settledMs: number): Generator<Buffer> {
    const order = this.takeReady(settledMs)
    for (let from = 0; from < order.length;) {
      const out = new ByteText(PIECE_BYTES + LINE_BYTES)
      while (from < order.length && out.used < PIECE_BYTES) this.write(out, this.readyAt[order[from++]!]!)
      yield out.bytes.subarray(0, out.used)
    }
    this.keep(settledMs)
    this.giveUpBlocks()
  }

  /** Places among the ready ones, in order. */
  private takeReady(settledMs: number): Int32Array {
    const { start, count } = this.waiting
    if (this.ready.length < count) {
      this.ready = new Float64Array(start.length)
      this.readyAt = new Int32Array(start.length)
    }
    let ready = 0
    for (let at = 0; at < count; at++) {
      if (start[at]! >= settledMs) continue
      this.ready[ready] = start[at]!
      this.readyAt[ready++] = at
    }
    return orderOfTimes(this.ready, ready)
  }

  private write(out: ByteText, at: number): void {
    const { waiting, session, rows } = this
    const kind = KINDS[waiting.kind[at]!]!
    const { lead, path } = rows[kind]
    lead.put(waiting.lead[at]!)
    session.kind = CLAIMS[kind]
    session.lead = lead
    session.path = path
    session.startMs = waiting.start[at]!
    session.endMs = waiting.end[at]!
    session.score = waiting.score[at]!
    session.tls.isThere = session.dns.isThere = false
    if (waiting.tls[at] !== -1) session.tls.put(waiting.tls[at]!)
    if (waiting.dns[at] !== -1) session.dns.put(waiting.dns[at]!)
    this.text.line(out, session)
  }

  private keep(settledMs: number): void {
    const { waiting } = this
    let kept = 0
    for (let at = 0; at < waiting.count; at++) if (waiting.start[at]! >= settledMs) waiting.move(at, kept++)
    waiting.count = kept
  }

  /** Gives up the blocks that neither the join nor a session that waits asks for. */
  private giveUpBlocks(): void {
    const { waiting: { count, kind, lead, tls, dns }, rows } = this
    const first = { request: rows.request.lane.first, tls: rows.tls.lane.first, dns: rows.dns.lane.first }
    for (let at = 0; at < count; at++) {
      const own = KINDS[kind[at]!]!
      if (lead[at]! < first[own]) first[own] = lead[at]!
      if (tls[at] !== -1 && tls[at]! < first.tls) first.tls = tls[at]!
      if (dns[at] !== -1 && dns[at]! < first.dns) first.dns = dns[at]!
    }
    for (const one of KINDS) rows[one].lane.giveUpBlocks(first[one])
  }
}
