/** Numbers straight from bytes, in their plainest spelling. All give NaN for anything else, which is then read the plain way. */

const DOT = 46
const DAY_MS = 86_400_000

/** Digits, at least one and at most `most`. */
export function wholeAt(bytes: Uint8Array, from: number, to: number, most: number): number {
  if (to === from || to - from > most) return NaN
  let value = 0
  for (let at = from; at < to; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  return value
}

/** Digits with up to six decimals, as millionths: `0.019011` is 19011. At most nine digits before the point (of an epoch time, exactly ten). */
export function millionthsAt(bytes: Uint8Array, from: number, to: number, wholeDigits: number): number {
  let at = from
  let value = 0
  for (; at < to && bytes[at] !== DOT; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  if (at === from || at - from > wholeDigits) return NaN
  if (at === to) return value * 1_000_000
  const point = at
  if (to - point < 2 || to - point > 7) return NaN
  for (at = point + 1; at < to; at++) {
    const digit = bytes[at]! - 48
    if (digit < 0 || digit > 9) return NaN
    value = value * 10 + digit
  }
  for (let missing = 7 - (to - point); missing > 0; missing--) value *= 10
  return value
}

/** Days by their ten bytes: a log is about few of them. */
export class DateTimes {
  private readonly last = new Uint8Array(10)
  private lastMs = NaN

  /** `YYYY-MM-DD` and `HH:MM:SS` in UTC as epoch ms. */
  read(bytes: Uint8Array, date: number, dateEnd: number, time: number, timeEnd: number): number {
    if (dateEnd - date !== 10 || timeEnd - time !== 8 || bytes[time + 2] !== 58 || bytes[time + 5] !== 58) return NaN
    const hour = wholeAt(bytes, time, time + 2, 2)
    const minute = wholeAt(bytes, time + 3, time + 5, 2)
    const second = wholeAt(bytes, time + 6, time + 8, 2)
    if (!(hour < 24 && minute < 60 && second < 60)) return NaN
    return this.dayAt(bytes, date) + (hour * 3600 + minute * 60 + second) * 1000
  }

  private dayAt(bytes: Uint8Array, from: number): number {
    let same = 0
    while (same < 10 && this.last[same] === bytes[from + same]) same++
    if (same === 10) return this.lastMs
    this.last.set(bytes.subarray(from, from + 10))
    const text = String.fromCharCode(...this.last)
    const ms = /^(?:19[789]\d|20\d\d)-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : NaN
    // a day that does not exist is moved to one that does by some, and refused by others
    return this.lastMs = ms % DAY_MS === 0 && new Date(ms).toISOString().startsWith(text) ? ms : NaN
  }
}

/** The least of the TTLs in a list, rounded to whole seconds as the parser does, and how many stand there; bare (`60.0,30`) or in brackets. */
export class Ttls {
  count = 0
  least = NaN

  /** False when something else than a plain number stands in the list. */
  read(bytes: Uint8Array, from: number, to: number): boolean {
    this.count = 0
    this.least = Infinity
    let at = bytes[from] === 91 ? from + 1 : from
    const end = at > from ? to - 1 : to
    while (at < end) {
      let next = at
      while (next < end && bytes[next] !== 44) next++
      const value = Math.round(millionthsAt(bytes, at, next, 9) / 1_000_000)
      if (!(value >= 0)) return false
      if (value < this.least) this.least = value
      this.count++
      at = next + 1
      if (bytes[at] === 32) at++
      if (at >= end && bytes[next] === 44) return false
    }
    return this.count > 0
  }
}

/** How many items a list holds whose items have no commas. */
export function itemsIn(bytes: Uint8Array, from: number, to: number): number {
  if (to - from === 2 && bytes[from] === 91) return 0
  let items = 1
  for (let at = from; at < to; at++) if (bytes[at] === 44) items++
  return items
}

/** Four numbers up to 255 without leading zeros, with points between them: the one canonical way to write an IPv4 address. */
export function isPlainIpv4(bytes: Uint8Array, from: number, to: number): boolean {
  let at = from
  for (let part = 0; part < 4; part++) {
    let end = at
    while (end < to && bytes[end] !== DOT) end++
    if (!(wholeAt(bytes, at, end, 3) <= 255) || (bytes[at] === 48 && end - at > 1) || (end === to) !== (part === 3)) return false
    at = end + 1
  }
  return true
}
