/**
 * Makes an object of some of the keys of a schema at once. An object that grows key by key moves its values four times on the way to twenty
 * keys and meets another hidden class at every step; one literal for each set of keys has neither. Logs have few sets of keys: a set gets
 * its literal when it has been met some times, and is grown till then.
 */

/** Makes the object from the values of all keys; those that are not in the set are not looked at. */
export type LiteralMaker = (...values: unknown[]) => object

/** Bits in a mask; V8 keeps numbers of 31 bits without a box. */
const BITS = 30
/** How often a set is met before it gets a literal: compiling one costs as much as growing some hundred objects. */
const MET_OFTEN = 100
/** Sets of keys are the log's to choose: no more than this many get a literal. */
const MOST_LITERALS = 500

/** The literals of one schema object, by which of its keys are there: bit `i % 30` of mask `i / 30`. */
export class LiteralMakers {
  private readonly known: (Map<number, LiteralMaker | number> | undefined)[] = []
  private made = 0

  constructor(private readonly keys: readonly string[]) {
    if (keys.length > 2 * BITS) throw new TypeError('too many keys')
  }

  /** The maker for the keys in two masks: `low` of the first 30 keys, `high` of the others. */
  of(low: number, high: number): LiteralMaker {
    const makers = this.known[high] ??= new Map()
    const maker = makers.get(low)
    return typeof maker === 'function' ? maker : this.next(makers, low, high, maker ?? 0)
  }

  private next(makers: Map<number, LiteralMaker | number>, low: number, high: number, met: number): LiteralMaker {
    if (met < MET_OFTEN || this.made >= MOST_LITERALS) {
      if (met < MET_OFTEN && makers.size < MOST_LITERALS) makers.set(low, met + 1)
      return this.growing(low, high)
    }
    const literal = this.literal(low, high)
    makers.set(low, literal)
    this.made++
    return literal
  }

  private has(index: number, low: number, high: number): boolean {
    return ((index < BITS ? low >> index : high >> index - BITS) & 1) === 1
  }

  private growing(low: number, high: number): LiteralMaker {
    return (...values) => {
      const object: Record<string, unknown> = {}
      for (let i = 0; i < this.keys.length; i++) if (this.has(i, low, high)) object[this.keys[i]!] = values[i]
      return object
    }
  }

  private literal(low: number, high: number): LiteralMaker {
    const parameters = this.keys.map((_, i) => `a${i}`)
    const pairs = this.keys.flatMap((key, i) => this.has(i, low, high) ? [`${JSON.stringify(key)}: a${i}`] : [])
    return new Function(...parameters, `return { ${pairs.join(', ')} }`) as LiteralMaker
  }
}
