/** The latest of the values under two numbers; what is oldest is forgotten. */

/** Entries of a generation, as `src/join/history.ts` has them; what is forgotten must be the same. */
const GENERATION = 1 << 19
const SMALLEST = 1 << 14
/** A table is made so much larger at once: moving its entries is most of what filling it costs. */
const GROWTH = 4
/** The second number is below this, the first below 2^31. */
const SECOND = 1 << 22

/** Key and value stand side by side, so that looking one up is one way to memory and not two. */
class PairTable {
  private cells: Float64Array
  private mask: number
  count = 0

  constructor(public size = SMALLEST) {
    this.cells = new Float64Array(size * 2)
    this.mask = size - 1
  }

  /** Where the cell of a key is, or would be. The first number is never 0, so no key is. */
  slotOf(a: number, b: number): number {
    const { cells, mask } = this
    const key = a * SECOND + b
    let hash = Math.imul(a ^ (b >>> 7), 0x2c1b3c6d) ^ Math.imul(b, 0x297a2d39)
    hash ^= hash >>> 15
    let slot = hash & mask
    while (cells[2 * slot] !== 0 && cells[2 * slot] !== key) slot = (slot + 1) & mask
    return slot
  }

  /** -Infinity: none. */
  valueAt(slot: number): number { return this.cells[2 * slot] === 0 ? -Infinity : this.cells[2 * slot + 1]! }

  raiseAt(slot: number, a: number, b: number, value: number): void {
    const { cells } = this
    if (cells[2 * slot] === 0) {
      cells[2 * slot] = a * SECOND + b
      cells[2 * slot + 1] = value
      this.count++
    } else if (value > cells[2 * slot + 1]!) cells[2 * slot + 1] = value
  }

  /** Makes room for one more, so that half of the cells stay free. */
  makeRoom(): void {
    if (this.count * 2 < this.size) return
    const { cells, size } = this
    this.size = size * GROWTH
    this.cells = new Float64Array(this.size * 2)
    this.mask = this.size - 1
    this.count = 0
    for (let slot = 0; slot < size; slot++) {
      const key = cells[2 * slot]!
      if (key === 0) continue
      const a = Math.floor(key / SECOND)
      const b = key % SECOND
      this.raiseAt(this.slotOf(a, b), a, b, cells[2 * slot + 1]!)
    }
  }
}

/** Two generations of entries. */
export class RecentPairs {
  private now = new PairTable()
  private before: PairTable | undefined

  /** @param generation entries after which those before them are forgotten. */
  constructor(private readonly generation = GENERATION) {}

  /** The latest value; -Infinity: none. */
  get(a: number, b: number): number {
    const now = this.now.valueAt(this.now.slotOf(a, b))
    return this.before === undefined ? now : Math.max(now, this.before.valueAt(this.before.slotOf(a, b)))
  }

  /** Makes the value at least so much; gives what it was. */
  raise(a: number, b: number, value: number): number {
    let known = this.before === undefined ? -Infinity : this.before.valueAt(this.before.slotOf(a, b))
    if (this.now.count >= this.generation) {
      known = Math.max(known, this.now.valueAt(this.now.slotOf(a, b)))
      this.before = this.now
      this.now = new PairTable(this.now.size) // it will grow as large
    }
    this.now.makeRoom()
    const slot = this.now.slotOf(a, b)
    known = Math.max(known, this.now.valueAt(slot))
    this.now.raiseAt(slot, a, b, value)
    return known
  }
}
