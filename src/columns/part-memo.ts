/** Remembers combinations of cells by their bytes. */
import { randomInt } from 'node:crypto'
import type { LineCells } from './line-cells.js'

const FIRST_SLOTS = 1 << 12
const FIRST_BYTES = 1 << 16
/** Drawn once a process: whoever writes a log does not know which combinations share a slot. */
const SEED = randomInt(0x7fffffff)

/** Four bytes at a time are hashed and compared, as `copyBytes` copies them. */
function mixed(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x2c1b3c6d)
  return product ^ (product >>> 15)
}

/** Numbers under combinations of cells. A cell counts with its kind, so that `1` and `"1"` are two. */
export class PartMemo {
  private slots = new Int32Array(FIRST_SLOTS)
  private hashes = new Int32Array(FIRST_SLOTS / 2)
  private keyStarts = new Int32Array(FIRST_SLOTS / 2)
  private bytes = new Uint8Array(FIRST_BYTES)
  private view = new DataView(this.bytes.buffer)
  private used = 0
  private numbers = new Int32Array(FIRST_SLOTS / 2)
  count = 0

  /** @param cells numbers of the cells. */
  constructor(private readonly cells: Int32Array) {}

  private hashOf({ view, starts, ends, kinds }: LineCells): number {
    const { cells } = this
    let hash = SEED
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      const kind = kinds[cell]!
      const end = kind === 0 ? starts[cell]! : ends[cell]!
      let at = starts[cell]!
      hash = mixed(hash, kind + (end - at) * 8)
      for (; at + 4 <= end; at += 4) hash = mixed(hash, view.getInt32(at, true))
      for (; at < end; at++) hash = mixed(hash, view.getUint8(at))
    }
    return hash
  }

  /** The number of the line's combination; -1 when it is new. */
  find(line: LineCells): number {
    const hash = this.hashOf(line)
    const mask = this.slots.length - 1
    let slot = hash & mask
    for (let key = this.slots[slot]!; key !== 0; key = this.slots[slot = (slot + 1) & mask]!) if (this.hashes[key - 1] === hash && this.isSame(this.keyStarts[key - 1]!, line)) return this.numbers[key - 1]!
    return -1
  }

  private isSame(keyStart: number, { view, starts, ends, kinds }: LineCells): boolean {
    const { cells } = this
    const known = this.view
    let place = keyStart
    for (let i = 0; i < cells.length; i++) {
      const cell = cells[i]!
      const kind = kinds[cell]!
      let at = starts[cell]!
      const end = kind === 0 ? at : ends[cell]!
      const length = end - at
      if (known.getUint8(place) !== kind || known.getUint16(place + 1) !== length) return false
      place += 3
      for (; at + 4 <= end; at += 4, place += 4) if (known.getInt32(place, true) !== view.getInt32(at, true)) return false
      for (; at < end; at++, place++) if (known.getUint8(place) !== view.getUint8(at)) return false
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
    this.view.setUint16(this.used + 1, end - start)
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
      this.view = new DataView(larger.buffer)
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
