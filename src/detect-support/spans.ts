/** Ends of spans of time of which some are unknown. */

/** The least of the known values; undefined where none is. */
export function earliest(values: Iterable<number | undefined>): number | undefined {
  let least: number | undefined
  for (const value of values) if (value !== undefined && (least === undefined || value < least)) least = value
  return least
}

/** The greatest of the known values; undefined where none is. */
export function latest(values: Iterable<number | undefined>): number | undefined {
  let greatest: number | undefined
  for (const value of values) if (value !== undefined && (greatest === undefined || value > greatest)) greatest = value
  return greatest
}
