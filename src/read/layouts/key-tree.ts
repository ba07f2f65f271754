/**
 * Takes the declared values out of JSON objects. The keys of an object are looked up among the declared names, group by group, instead of
 * the names in the object: a key costs one look-up whatever is declared, and no path is put together or taken apart per line.
 */

/** Where a key leads: to a cell, to a group with declared names in it, to both, or (`at` -1, no `inner`) nowhere. */
export interface Place { readonly at: number, readonly rank: number, readonly inner?: Branch | undefined }

/** The keys of one group met so far. `prefix` is the group's path with its dot. */
export interface Branch { readonly prefix: string, readonly known: Map<string, Place> }

type Bag = Record<string, unknown>

const NOWHERE: Place = { at: -1, rank: 255 }
/** Keys of objects are the sender's to choose: no more than this many are remembered. */
const MAX_KEYS = 5000
const MAX_DEPTH = 32

/** Says where a key of a group leads; asked once for each key of each group. Of several keys for one cell the lowest rank (0 to 254) is taken, then the first. */
export type Resolve = (prefix: string, key: string) => { readonly at: number, readonly rank: number, readonly isGroup: boolean } | undefined

/** Reads the cells of objects. */
export class KeyTree {
  readonly root: Branch = { prefix: '', known: new Map() }
  private readonly ranks: Uint8Array
  private remembered = 0

  /**
   * @param isAbsent values that leave a cell to another key.
   * @param ownKeys for arrays, whose indexes may be declared too: the keys to look for in a group.
   */
  constructor(private readonly width: number, private readonly resolve: Resolve, private readonly isAbsent: (value: unknown) => boolean, private readonly ownKeys: (prefix: string) => readonly string[]) {
    this.ranks = new Uint8Array(width)
  }

  /** Empty cells, for the next object. */
  begin(): unknown[] {
    this.ranks.fill(255)
    return new Array<unknown>(this.width).fill(undefined)
  }

  /** Fills cells from an object, and from the groups in it. */
  take(bag: Bag, cells: unknown[], branch = this.root, depth = 0): void {
    const { known } = branch
    if (Array.isArray(bag)) {
      for (const key of this.ownKeys(branch.prefix)) if (Object.hasOwn(bag, key)) this.put(known.get(key) ?? this.placeOf(branch, key), (bag as unknown as Bag)[key], cells, depth)
      return
    }
    for (const key in bag) {
      const place = known.get(key) ?? this.placeOf(branch, key)
      if (place !== NOWHERE) this.put(place, bag[key], cells, depth)
    }
  }

  private put({ at, rank, inner }: Place, value: unknown, cells: unknown[], depth: number): void {
    if (at !== -1 && rank < this.ranks[at]! && !this.isAbsent(value)) {
      cells[at] = value
      this.ranks[at] = rank
    }
    if (inner !== undefined && typeof value === 'object' && value !== null && depth < MAX_DEPTH) this.take(value as Bag, cells, inner, depth + 1)
  }

  private placeOf(branch: Branch, key: string): Place {
    const found = this.resolve(branch.prefix, key)
    const place: Place = found === undefined ? NOWHERE : { at: found.at, rank: found.rank, inner: found.isGroup ? { prefix: `${branch.prefix}${key}.`, known: new Map() } : undefined }
    if (this.remembered++ < MAX_KEYS) branch.known.set(key, place)
    return place
  }
}
