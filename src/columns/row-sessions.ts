/** Sessions that have been written and wait for their place in the order: by time, then by id. */
import { sessionId } from '../join/session.js'
import { ByteText } from './row-text.js'

const FIRST_SESSIONS = 1 << 14

/** What is known of sessions, in the order in which they were written. */
class Waiting {
  count = 0
  start = new Float64Array(FIRST_SESSIONS)
  from = new Float64Array(FIRST_SESSIONS) // whole numbers, beyond 2^31 where much waits
  length = new Int32Array(FIRST_SESSIONS)
  line = new Int32Array(FIRST_SESSIONS)
  path = new Uint8Array(FIRST_SESSIONS)

  add(start: number, from: number, length: number, path: number, line: number): void {
    if (this.count === this.start.length) this.grow()
    const at = this.count++
    this.start[at] = start
    this.from[at] = from
    this.length[at] = length
    this.path[at] = path
    this.line[at] = line
  }

  private grow(): void {
    const columns = this as unknown as Record<string, Float64Array>
    for (const [name, column] of Object.entries(columns)) {
      if (!ArrayBuffer.isView(column)) continue
      const larger = new (column.constructor as Float64ArrayConstructor)(column.length * 2)
      larger.set(column)
      columns[name] = larger
    }
  }
}

/** Keeps lines until nothing can come before them. */
export class RowSessions {
  out = new ByteText()
  private spare = new ByteText()
  private waiting = new Waiting()
  private spareWaiting = new Waiting()

  /** @param paths of the files whose events sessions are named by. */
  constructor(private readonly paths: readonly string[]) {}

  /** Notes that what was written since `from` is the session of an event. `path` is the number of its file. */
  add(startMs: number, from: number, path: number, line: number): void { this.waiting.add(startMs, from, this.out.used - from, path, line) }

  private idOf(session: number): string { return sessionId(`${this.paths[this.waiting.path[session]!]}:${this.waiting.line[session]}`) }

  /** By time first: an id is a hash, and only those of one moment need theirs. */
  private inOrder(): number[] {
    const { start, count } = this.waiting
    const order = Array.from({ length: count }, (_, session) => session)
    order.sort((a, b) => start[a]! - start[b]!)
    for (let from = 0, to = 1; from < count; from = to++) {
      while (to < count && start[order[to]!] === start[order[from]!]) to++
      if (to - from < 2) continue
      const ids = order.slice(from, to).map(session => ({ session, id: this.idOf(session) })).sort((a, b) => a.id < b.id ? -1 : 1)
      for (let i = from; i < to; i++) order[i] = ids[i - from]!.session
    }
    return order
  }

  /** Lines of the sessions that begin before a time, in order; undefined when there are none. */
  take(settledMs: number): Buffer | undefined {
    const { waiting: { start, from, length, count }, out } = this
    const order = this.inOrder()
    let ready = 0
    let bytes = 0
    while (ready < count && start[order[ready]!]! < settledMs) bytes += length[order[ready++]!]!
    if (ready === 0) return undefined
    const taken = Buffer.allocUnsafeSlow(bytes)
    let at = 0
    for (let i = 0; i < ready; i++) {
      const session = order[i]!
      taken.set(out.bytes.subarray(from[session]!, from[session]! + length[session]!), at)
      at += length[session]!
    }
    this.keep(order, ready)
    return taken
  }

  /** What has to wait is copied, so that the room of what was taken is free again. */
  private keep(order: readonly number[], first: number): void {
    const { spare, out, waiting, spareWaiting } = this
    spare.used = 0
    spareWaiting.count = 0
    for (let i = first; i < order.length; i++) {
      const session = order[i]!
      spareWaiting.add(waiting.start[session]!, spare.used, waiting.length[session]!, waiting.path[session]!, waiting.line[session]!)
      spare.put(out.bytes, waiting.from[session]!, waiting.length[session]!)
    }
    this.out = spare
    this.spare = out
    this.waiting = spareWaiting
    this.spareWaiting = waiting
  }
}
