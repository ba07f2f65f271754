/** Times as the records print them. */

const LAST_SECOND = 253_402_300_799
const TWO_DIGITS = Array.from({ length: 60 }, (_, index) => String(index).padStart(2, '0'))
const THREE_DIGITS = Array.from({ length: 1000 }, (_, index) => String(index).padStart(3, '0'))
let printedMinute = NaN
let printedPrefix = ''

/** Rounds milliseconds to 0.001, for results of arithmetic. */
export function round3(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

/**
 * Takes epoch milliseconds; gives RFC 3339 in UTC, always with six decimals, rounded to the microsecond.
 * Throws a RangeError for what is not a number or lies outside the years 0 to 9999: no reader gives such a time.
 */
export function toRfc3339(ms: number): string {
  const total = Math.round(ms * 1000)
  const minute = Math.floor(total / 60_000_000)
  if (minute !== printedMinute) {
    if (!(minute >= -1_036_953_600 && minute <= LAST_SECOND / 60)) throw new RangeError(`no RFC 3339 time: ${ms} ms`)
    printedPrefix = new Date(minute * 60_000).toISOString().slice(0, 17)
    printedMinute = minute
  }
  // Past the year 2255 microseconds exceed what a double counts exactly, and the rest may come out below zero.
  const us = Math.max(0, total - minute * 60_000_000)
  const second = Math.floor(us / 1_000_000)
  const fraction = us - second * 1_000_000
  return `${printedPrefix}${TWO_DIGITS[second]}.${THREE_DIGITS[Math.floor(fraction / 1000)]}${THREE_DIGITS[fraction % 1000]}Z`
}
