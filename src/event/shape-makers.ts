/**
 * Makes an object of some of the keys of a schema at once. An object that grows key by key moves its values four times on the way to twenty
 * keys and meets another hidden class at every step; a constructor for each set of keys has neither. Logs have few sets of keys: a set gets
 * its constructor when it has been met some times, and its objects are grown till then. The objects are plain ones, with Object's prototype.
 * They are no literals: V8 moves literals that live as long as a batch of events straight to where only its slow collector looks, which
 * cost more than was won (ALB's log: 6.1 µs a line grown, 9 as literals).
 */

/** Makes the object from the values of all keys; those that are not in the set are not looked at. */
export type ShapeMaker = (...values: unknown[]) => object

/** Bits in a mask; V8 keeps numbers of 31 bits without a box. */
export const MASK_BITS = 30
/** How often a set is met before it gets a constructor: compiling one costs as much as growing some hundred objects. */
const MET_OFTEN = 100
/** Sets of keys are the log's to choose: no more than this many get a constructor. */
const MOST_SHAPES = 500

/** The constructors of one schema object, by which of its keys are there: bit `i % 30` of mask `i / 30`. */
export class ShapeMakers {
  private readonly known: (Map<number, ShapeMaker | number> | undefined)[] = []
  private made = 0

  constructor(private readonly keys: readonly string[]) {
    if (keys.length > 2 * MASK_BITS) throw new TypeError('too many keys')
  }

  /** The maker for the keys in two masks: `low` of the first 30 keys, `high` of the others. */
  of(low: number, high: number): ShapeMaker {
    const makers = this.known[high] ??= new Map()
    const maker = makers.get(low)
    return typeof maker === 'function' ? maker : this.next(makers, low, high, maker ?? 0)
  }

  private next(makers: Map<number, ShapeMaker | number>, low: number, high: number, met: number): ShapeMaker {
    if (met < MET_OFTEN || this.made >= MOST_SHAPES) {
      if (met < MET_OFTEN && makers.size < MOST_SHAPES) makers.set(low, met + 1)
      return this.growing(low, high)
    }
    const fixed = this.fixed(low, high)
    makers.set(low, fixed)
    this.made++
    return fixed
  }

  private has(index: number, low: number, high: number): boolean {
    return ((index < MASK_BITS ? low >> index : high >> index - MASK_BITS) & 1) === 1
  }

  private growing(low: number, high: number): ShapeMaker {
    return (...values) => {
      const object: Record<string, unknown> = {}
      for (let i = 0; i < this.keys.length; i++) if (this.has(i, low, high)) object[this.keys[i]!] = values[i]
      return object
    }
  }

  private fixed(low: number, high: number): ShapeMaker {
    const parameters = this.keys.map((_, i) => `a${i}`).join(', ')
    const puts = this.keys.flatMap((key, i) => this.has(i, low, high) ? [`this[${JSON.stringify(key)}] = a${i}`] : [])
    return new Function(`function Shape(${parameters}) { ${puts.join('; ')} } Shape.prototype = Object.prototype; return (${parameters}) => new Shape(${parameters})`)() as ShapeMaker
  }
}
