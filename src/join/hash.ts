import { randomInt } from 'node:crypto'

/**
 * Numbers that stand for texts in the tables of the join. Two texts may share one, so every table compares the texts on a hit.
 * The start value is drawn once a process: a log written to make texts collide would have to know it.
 */
let seed = randomInt(0x7fffffff)

/** The start value, for a thread whose numbers are to be comparable with ours. */
export const hashSeed = (): number => seed

/** Takes over another thread's start value. Before the first text is hashed. */
export function useHashSeed(other: number): void { seed = other }

/** A 32-bit number of a text (FNV-1a, and a last mixing, since tables use the low bits). */
export function hashText(text: string): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  hash ^= hash >>> 15
  return hash | 0
}

/** One number of two. */
export function mixHash(a: number, b: number): number {
  let hash = Math.imul(a ^ (b >>> 7), 0x2c1b3c6d) ^ Math.imul(b, 0x297a2d39)
  hash ^= hash >>> 13
  return hash | 0
}
