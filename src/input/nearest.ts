/**
 * Gives the name that a mistyped one most likely stood for, by the number of letters inserted, left out,
 * changed or swapped; of equals the first in code unit order. Undefined when none is near: more than two
 * such slips, or more than a third of the name.
 */
export function nearestName(wanted: string, names: readonly string[]): string | undefined {
  const farthest = Math.min(wanted.length - 1, Math.max(2, Math.floor(wanted.length / 3)))
  let nearest: string | undefined
  let least = farthest + 1
  for (const name of names.toSorted()) {
    if (Math.abs(name.length - wanted.length) >= least) continue
    const slips = countSlips(wanted, name)
    if (slips < least) {
      least = slips
      nearest = name
    }
  }
  return nearest
}

// optimal string alignment, three rows at a time
function countSlips(left: string, right: string): number {
  let before: number[] = []
  let above = Array.from({ length: right.length + 1 }, (_, index) => index)
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    for (let column = 1; column <= right.length; column++) {
      const changed = left[row - 1] === right[column - 1] ? 0 : 1
      let slips = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + changed)
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      if (isSwap) slips = Math.min(slips, before[column - 2]! + 1)
      current.push(slips)
    }
    before = above
    above = current
  }
  return above[right.length]!
}
