/** Remembers combinations of cells by their bytes. */
import { randomInt } from 'node:crypto'
import type { LineCells } from './line-cells.js'

const FIRST_SLOTS = 1 << 12
const FIRST_BYTES = 1 << 16
/** Drawn once a process: whoever writes a log does not know which combinations share a slot. */
const SEED = randomInt(0x7fffffff)

/** Numbers under combinations of cells. A cell counts with its kind, so that `1` and `"1"` are two. */
export class PartMemo {
  private slots = new Int32Array(FIRST_SLOTS)
  private hashes = new Int32Array(FIRST_SLOTS / 2)
  private keyStarts = new Int32Array(FIRST_SLOTS / 2)
  private bytes = new Uint8Array(FIRST_BYTES)
  private used = 0
  private numbers = new Int32Array(FIRST_SLOTS / 2)
  count = 0

  /** @param cells numbers of the cells. */
  constructor(private readonly cells: Int32Array) {}

  private hashOf({ bytes, starts, ends, kinds }: LineCells): number {
    const { cells } = this
    let hash = SEED
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      const kind = kinds[cell]!
      const start = starts[cell]!
      const end = kind === 0 ? start : ends[cell]!
      hash = Math.imul(hash ^ (kind + (end - start) * 8), 0x01000193)
      for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193)
    }
    return hash ^ (hash >>> 15)
  }

  /** The number of the line's combination; -1 when it is new. */
  find(line: LineCells): number {
    const hash = this.hashOf(line)
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (let key = this.slots[slot]!; key !== 0; key = this.slots[slot = (slot + 1) & mask]!) if (this.hashes[key - 1] === hash && this.isSame(this.keyStarts[key - 1]!, line)) return this.numbers[key - 1]!
    return -1
  }

  private isSame(keyStart: number, { bytes, starts, ends, kinds }: LineCells): boolean {
    const { cells } = this
    const known = this.bytes
    let place = keyStart
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      const kind = kinds[cell]!
      const start = starts[cell]!
      const end = kind === 0 ? start : ends[cell]!
      const length = end - start
      if (known[place] !== kind || known[place + 1] !== (length & 255) || known[place + 2] !== (length >> 8)) return false
      place += 3
      for (let at = start; at < end; at++) if (known[place++] !== bytes[at]) return false
    }
    return true
  }

  /** Remembers the line's combination, which is new; one with a cell of 64 kB or more is not worth it. */
  add(line: LineCells, number: number): void {
    const { cells } = this
    const { starts, ends, kinds } = line
    let length = 0
    for (const cell of cells) {
      const size = kinds[cell] === 0 ? 0 : ends[cell]! - starts[cell]!
      if (size > 0xffff) return
      length += 3 + size
    }
    this.makeRoom(length)
    this.hashes[this.count] = this.hashOf(line)
    this.keyStarts[this.count] = this.used
    this.numbers[this.count] = number
    for (const cell of cells) this.addCell(line.bytes, kinds[cell]!, starts[cell]!, kinds[cell] === 0 ? starts[cell]! : ends[cell]!)
    this.link(this.count++)
  }

  private addCell(bytes: Uint8Array, kind: number, start: number, end: number): void {
    this.bytes[this.used] = kind
    this.bytes[this.used + 1] = (end - start) & 255
    this.bytes[this.used + 2] = (end - start) >> 8
    this.bytes.set(bytes.subarray(start, end), this.used + 3)
    this.used += 3 + end - start
  }

  private link(key: number): void {
    const mask = this.slots.length - 1
    let slot = this.hashes[key]! & mask
    while (this.slots[slot] !== 0) slot = (slot + 1) & mask
    this.slots[slot] = key + 1
  }

  private makeRoom(length: number): void {
    if (this.used + length > this.bytes.length) {
      const larger = new Uint8Array(2 * this.bytes.length + length)
      larger.set(this.bytes)
      this.bytes = larger
    }
    if (this.count < this.hashes.length) return
    const grown = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const larger = new Int32Array(column.length * 2)
      larger.set(column)
      return larger
    }
    this.hashes = grown(this.hashes)
    this.keyStarts = grown(this.keyStarts)
    this.numbers = grown(this.numbers)
    this.slots = new Int32Array(this.slots.length * 2)
    for (let key = 0; key < this.count; key++) this.link(key)
  }

  /** Forgets everything. */
  clear(): void {
    this.slots.fill(0)
    this.count = 0
    this.used = 0
  }
}
