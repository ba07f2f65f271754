/** Sessions that have been written and wait for their place in the order: by time, then by id. */
import { sessionId } from '../join/session.js'
import { ByteText } from './row-text.js'

/** Keeps lines until nothing can come before them. */
export class RowSessions {
  readonly out = new ByteText()
  private spare = new ByteText()
  private starts: number[] = []
  private from: number[] = []
  private lengths: number[] = []
  private paths: string[] = []
  private lines: number[] = []
  private ids: (string | undefined)[] = []

  /** Notes that what was written since `from` is the session of an event. */
  add(startMs: number, from: number, path: string, line: number): void {
    this.starts.push(startMs)
    this.from.push(from)
    this.lengths.push(this.out.used - from)
    this.paths.push(path)
    this.lines.push(line)
    this.ids.push(undefined)
  }

  /** Only ties are settled by it. */
  private idOf(session: number): string { return this.ids[session] ??= sessionId(`${this.paths[session]}:${this.lines[session]}`) }

  /** Lines of the sessions that begin before a time, in order; undefined when there are none. */
  take(settledMs: number): Buffer | undefined {
    const { starts, from, lengths, out } = this
    const order = Array.from(starts.keys())
    order.sort((a, b) => starts[a]! - starts[b]! || (this.idOf(a) < this.idOf(b) ? -1 : 1))
    let ready = 0
    let bytes = 0
    while (ready < order.length && starts[order[ready]!]! < settledMs) bytes += lengths[order[ready++]!]!
    if (ready === 0) return undefined
    const taken = Buffer.allocUnsafeSlow(bytes)
    let at = 0
    for (let i = 0; i < ready; i++) {
      const session = order[i]!
      taken.set(out.bytes.subarray(from[session]!, from[session]! + lengths[session]!), at)
      at += lengths[session]!
    }
    this.keep(order.slice(ready))
    return taken
  }

  /** What has to wait is copied, so that the room of what was taken is free again. */
  private keep(sessions: readonly number[]): void {
    const { spare, out } = this
    spare.used = 0
    const starts = sessions.map(session => this.starts[session]!)
    const from = sessions.map(session => {
      const at = spare.used
      spare.put(out.bytes, this.from[session]!, this.lengths[session]!)
      return at
    })
    this.lengths = sessions.map(session => this.lengths[session]!)
    this.paths = sessions.map(session => this.paths[session]!)
    this.lines = sessions.map(session => this.lines[session]!)
    this.ids = sessions.map(session => this.ids[session])
    this.starts = starts
    this.from = from
    const self = this as { out: ByteText }
    self.out = spare
    this.spare = out
  }
}
