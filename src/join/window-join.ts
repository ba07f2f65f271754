/** The window join on its own: any two streams in time order, any keys. */

/** How two streams are joined. Times are ms; bounds are inclusive at both ends. */
export interface WindowJoinOptions<L, R> {
  /** Time of a left and a right row. */
  readonly leftTime: (row: L) => number
  readonly rightTime: (row: R) => number
  /** Key(s) of a row; rows match when they share one. An empty key (undefined, '') never matches. */
  readonly leftKey: (row: L) => string | readonly string[] | undefined
  readonly rightKey: (row: R) => string | readonly string[] | undefined
  /** A right row may be this much earlier than the left one … */
  readonly beforeMs: number
  /** … or this much later. Default `beforeMs`. */
  readonly afterMs?: number
  /** `best`: the nearest earlier right row, else the nearest later one; ties by time, then by order of arrival. `all`: every one. */
  readonly match?: 'best' | 'all'
  /** Default `inner`. `left` and `full` add rows without a partner; `anti` gives only the left rows without one. */
  readonly type?: 'inner' | 'left' | 'full' | 'anti'
}

/** A pair, or a row that found no partner. `deltaMs` is right less left. */
export interface JoinedPair<L, R> { readonly left?: L, readonly right?: R, readonly deltaMs?: number }

interface Waiting<T> { readonly row: T, readonly at: number, readonly keys: readonly string[], readonly order: number, used: boolean }

const keysOf = (key: string | readonly string[] | undefined): readonly string[] => key === undefined || key === '' ? [] : typeof key === 'string' ? [key] : [...new Set(key.filter(one => one !== ''))]

/** Rows in time order with the oldest taken off the front; the front is moved, not copied, so a busy key stays cheap. */
class Queue<T> {
  rows: T[] = []
  start = 0
  shift(): void {
    this.start++
    if (this.start < 1024 || this.start * 2 < this.rows.length) return
    this.rows = this.rows.slice(this.start)
    this.start = 0
  }
}

type Ring<R> = Queue<Waiting<R>>

/** Right rows under each key, in time order, found by binary search. */
class Rings<R> {
  private readonly rings = new Map<string, Ring<R>>()
  private readonly inOrder: Ring<R> = new Queue()

  add(row: Waiting<R>): void {
    this.inOrder.rows.push(row)
    for (const key of row.keys) {
      let ring = this.rings.get(key)
      if (!ring) this.rings.set(key, ring = new Queue())
      ring.rows.push(row)
    }
  }

  under(key: string): Ring<R> | undefined { return this.rings.get(key) }

  /** Takes out the rows older than `at`, oldest first. */
  evict(at: number): Waiting<R>[] {
    const gone: Waiting<R>[] = []
    for (let row = this.inOrder.rows[this.inOrder.start]; row && row.at < at; row = this.inOrder.rows[this.inOrder.start]) {
      gone.push(row)
      this.inOrder.shift()
      for (const key of row.keys) {
        const ring = this.rings.get(key)!
        ring.shift()
        if (ring.start === ring.rows.length) this.rings.delete(key)
      }
    }
    return gone
  }
}

/** First place in a ring whose time is at or above `at`. */
function lowerBound<R>({ rows, start }: Ring<R>, at: number): number {
  let low = start
  let high = rows.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (rows[middle]!.at < at) low = middle + 1
    else high = middle
  }
  return low
}

interface Bounds { readonly at: number, readonly beforeMs: number, readonly afterMs: number }

function bestOf<R>(rings: Rings<R>, keys: readonly string[], { at, beforeMs, afterMs }: Bounds): Waiting<R> | undefined {
  let earlier: Waiting<R> | undefined
  let later: Waiting<R> | undefined
  for (const key of keys) {
    const ring = rings.under(key)
    if (!ring) continue
    const split = lowerBound(ring, at)
    const next = ring.rows[split]
    // a row of the very same time counts as earlier; of several at one time the first that came stands for all
    const nearest = next?.at === at ? next : split > ring.start ? ring.rows[lowerBound(ring, ring.rows[split - 1]!.at)] : undefined
    if (nearest && at - nearest.at <= beforeMs && (!earlier || nearest.at > earlier.at || (nearest.at === earlier.at && nearest.order < earlier.order))) earlier = nearest
    if (next && next.at > at && next.at - at <= afterMs && (!later || next.at < later.at || (next.at === later.at && next.order < later.order))) later = next
  }
  return earlier ?? later
}

function allOf<R>(rings: Rings<R>, keys: readonly string[], { at, beforeMs, afterMs }: Bounds): Waiting<R>[] {
  const found = new Set<Waiting<R>>()
  for (const key of keys) {
    const ring = rings.under(key)
    if (!ring) continue
    for (let i = lowerBound(ring, at - beforeMs); i < ring.rows.length && ring.rows[i]!.at <= at + afterMs; i++) found.add(ring.rows[i]!)
  }
  return [...found].sort((a, b) => a.at - b.at || a.order - b.order)
}

/**
 * Joins two streams, each in time order, within a window. Memory follows the window and the rate, not the length of the streams.
 * @returns pairs in the order of the left rows; with `full`, right rows without a partner come when their time has passed.
 * Refuses (throws RangeError) negative bounds and a stream that is out of order.
 */
export async function* windowJoin<L, R>(left: Iterable<L> | AsyncIterable<L>, right: Iterable<R> | AsyncIterable<R>, options: WindowJoinOptions<L, R>): AsyncGenerator<JoinedPair<L, R>> {
  const { beforeMs, afterMs = options.beforeMs, match = 'best', type = 'inner' } = options
  if (!(beforeMs >= 0 && afterMs >= 0)) throw new RangeError('window bounds must not be negative')
  const rings = new Rings<R>()
  const source = inOrder(right, options.rightTime, 'right')
  let next = await source.next()
  let order = 0
  for await (const { row, at } of inOrder(left, options.leftTime, 'left')) {
    while (!next.done && next.value.at <= at + afterMs) {
      rings.add({ row: next.value.row, at: next.value.at, keys: keysOf(options.rightKey(next.value.row)), order: order++, used: false })
      next = await source.next()
    }
    for (const gone of rings.evict(at - beforeMs)) if (type === 'full' && !gone.used) yield { right: gone.row }
    const keys = keysOf(options.leftKey(row))
    const bounds = { at, beforeMs, afterMs }
    const one = match === 'best' ? bestOf(rings, keys, bounds) : undefined
    const found = match === 'all' ? allOf(rings, keys, bounds) : one ? [one] : []
    if (found.length === 0 && type !== 'inner') yield { left: row }
    for (const partner of found) {
      partner.used = true
      if (type !== 'anti') yield { left: row, right: partner.row, deltaMs: partner.at - at }
    }
  }
  if (type !== 'full') return
  for (const gone of rings.evict(Infinity)) if (!gone.used) yield { right: gone.row }
  for (; !next.done; next = await source.next()) yield { right: next.value.row }
}

async function* inOrder<T>(rows: Iterable<T> | AsyncIterable<T>, time: (row: T) => number, side: string): AsyncGenerator<{ row: T, at: number }> {
  let last = -Infinity
  for await (const row of rows) {
    const at = time(row)
    if (!(at >= last)) throw new RangeError(`the ${side} stream is out of order: ${at} after ${last}`)
    last = at
    yield { row, at }
  }
}
