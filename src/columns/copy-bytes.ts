/**
 * Copies bytes from one place to another, four at a time: a third of the time of one by one for the short texts that lines are made of, while a call to
 * `TypedArray.set` costs as much as ninety bytes do. Gives where what was copied ends.
 */
export function copyBytes(target: DataView, at: number, source: DataView, from: number, to: number): number {
  let next = at
  let rest = from
  for (; rest + 4 <= to; rest += 4, next += 4) target.setInt32(next, source.getInt32(rest, true), true)
  for (; rest < to; rest++, next++) target.setUint8(next, source.getUint8(rest))
  return next
}

/** A view of the same bytes that reads several at a time. */
export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength)
