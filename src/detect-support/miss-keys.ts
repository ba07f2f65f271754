/** What is remembered of single cached objects: was it served from the cache before, and is it fetched again and again. Bounded. */

/** One object of a cache. Times are epoch ms. */
interface Known { hits: number, fetches: number, firstMs: number, lastFetchMs: number, lastFetchEndMs: number, hitSince: boolean }

/** How a fetch looks in the light of what was seen of the object before. */
export interface KeySight {
  /** Never seen before. */
  readonly isNew: boolean
  /** It had been served from the cache. */
  readonly wasCached: boolean
  /** Fetched again although the last fetch was complete and nobody was served from the cache since: it was not kept. */
  readonly again: boolean
  /** Fetched while another fetch of it was still on its way: the cache did not collapse them. */
  readonly alongside: boolean
  /** Since the last fetch, where the object was served from the cache in between: it lived so long. */
  readonly livedMs?: number
}

const NEW: KeySight = { isNew: true, wasCached: false, again: false, alongside: false }

/** Remembers objects; those seen once are forgotten first, so a flood of unique keys does not displace the real ones. */
export class MissKeys {
  private readonly known = new Map<string, Known>()
  private readonly once = new Map<string, Known>()

  constructor(private readonly capacity = 100_000) {}

  /** The object was served from the cache; gives how long it had been there at least, ms. */
  hit(key: string, atMs: number): number {
    const seen = this.find(key, atMs)
    seen.hits++
    seen.hitSince = true
    return atMs - Math.max(seen.firstMs, seen.lastFetchMs)
  }

  fetch(key: string, startMs: number, endMs: number): KeySight {
    const isNew = !this.known.has(key) && !this.once.has(key)
    const seen = this.find(key, startMs)
    const earlier = seen.fetches > 0
    const sight: KeySight = isNew ? NEW : {
      isNew, wasCached: seen.hits > 0,
      again: earlier && !seen.hitSince && startMs >= seen.lastFetchEndMs,
      alongside: earlier && startMs < seen.lastFetchEndMs,
      ...(earlier && seen.hitSince ? { livedMs: startMs - seen.lastFetchMs } : {}),
    }
    seen.fetches++
    seen.lastFetchMs = startMs
    seen.lastFetchEndMs = Math.max(seen.lastFetchEndMs, endMs)
    seen.hitSince = false
    return sight
  }

  private find(key: string, atMs: number): Known {
    const known = this.known.get(key)
    if (known) return known
    const once = this.once.get(key)
    if (once) {
      this.once.delete(key)
      put(this.known, key, once, this.capacity)
      return once
    }
    const fresh: Known = { hits: 0, fetches: 0, firstMs: atMs, lastFetchMs: -Infinity, lastFetchEndMs: -Infinity, hitSince: false }
    put(this.once, key, fresh, this.capacity >> 1)
    return fresh
  }
}

/** Adds to a bounded map: the oldest entry goes. */
function put(map: Map<string, Known>, key: string, value: Known, capacity: number): void {
  if (map.size >= capacity) for (const oldest of map.keys()) { map.delete(oldest); break }
  map.set(key, value)
}

/** Counts distinct words: exactly up to `capacity`, from the share of new ones beyond it. */
export class Distinct {
  private readonly words = new Set<string>()
  private beyond = 0
  private seen = 0

  constructor(private readonly capacity = 8192) {}

  add(word: string): void {
    this.seen++
    if (this.words.size < this.capacity) this.words.add(word)
    else if (!this.words.has(word)) this.beyond++
  }

  addAll(other: Distinct): void {
    for (const word of other.words) this.add(word)
    this.beyond += other.beyond
    this.seen += other.seen - other.words.size
  }

  /** At least 1 where anything was counted. Beyond the capacity every unknown word is taken for a new one. */
  get count(): number { return this.words.size + this.beyond }
}
