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

/** Right rows under each key, in time order, found by binary search. */
class Rings<R> {
  private readonly rings = new Map<string, Waiting<R>[]>()
  readonly inOrder: Waiting<R>[] = []

  add(row: Waiting<R>): void {
    this.inOrder.push(row)
    for (const key of row.keys) {
      const ring = this.rings.get(key)
      if (ring) ring.push(row)
      else this.rings.set(key, [row])
    }
  }

  under(key: string): readonly Waiting<R>[] { return this.rings.get(key) ?? [] }

  /** Takes out the rows older than `at`. */
  evict(at: number): Waiting<R>[] {
    let gone = 0
    while (gone < this.inOrder.length && this.inOrder[gone]!.at < at) gone++
    const evicted = this.inOrder.splice(0, gone)
    for (const key of new Set(evicted.flatMap(row => row.keys))) {
      const left = this.rings.get(key)!.filter(row => row.at >= at)
      if (left.length > 0) this.rings.set(key, left)
      else this.rings.delete(key)
    }
    return evicted
  }
}

function lowerBound(ring: readonly Waiting<unknown>[], at: number): number {
  let low = 0
  let high = ring.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ring[middle]!.at < at) low = middle + 1
    else high = middle
  }
  return low
}

const first = <R>(a: Waiting<R> | undefined, b: Waiting<R>): Waiting<R> => !a || b.at < a.at || (b.at === a.at && b.order < a.order) ? b : a

function bestOf<R>(rings: Rings<R>, keys: readonly string[], at: number, beforeMs: number, afterMs: number): Waiting<R> | undefined {
  let earlier: Waiting<R> | undefined
  let later: Waiting<R> | undefined
  for (const key of keys) {
    const ring = rings.under(key)
    const split = lowerBound(ring, at)
    // a row of the very same time counts as earlier; of several at one time the first that came stands for all
    const nearest = ring[split]?.at === at ? ring[split] : split > 0 ? ring[lowerBound(ring, ring[split - 1]!.at)] : undefined
    if (nearest && at - nearest.at <= beforeMs && (!earlier || nearest.at > earlier.at || (nearest.at === earlier.at && nearest.order < earlier.order))) earlier = nearest
    const next = ring[split]
    if (next && next.at > at && next.at - at <= afterMs) later = first(later, next)
  }
  return earlier ?? later
}

function allOf<R>(rings: Rings<R>, keys: readonly string[], at: number, beforeMs: number, afterMs: number): Waiting<R>[] {
  const found = new Set<Waiting<R>>()
  for (const key of keys) {
    const ring = rings.under(key)
    for (let i = lowerBound(ring, at - beforeMs); i < ring.length && ring[i]!.at <= at + afterMs; i++) found.add(ring[i]!)
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
    const one = match === 'best' ? bestOf(rings, keys, at, beforeMs, afterMs) : undefined
    const found = match === 'all' ? allOf(rings, keys, at, beforeMs, afterMs) : one ? [one] : []
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
