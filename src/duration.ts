/** Lengths of time and sizes, as people and programs write them. */

const UNIT_MS: Record<string, number> = { ns: 1e-6, us: 1e-3, 'µs': 1e-3, 'μs': 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const UNIT_BYTES: Record<string, number> = {
  '': 1, b: 1, k: 2 ** 10, kib: 2 ** 10, kb: 1e3, m: 2 ** 20, mib: 2 ** 20, mb: 1e6, g: 2 ** 30, gib: 2 ** 30, gb: 1e9, t: 2 ** 40, tib: 2 ** 40, tb: 1e12,
}

/**
 * Takes `500ms`, `5s`, `2m`, `1h`, `1d`, `1.5s`, Go's `1m0.5s` and `87µs`, or a bare number of seconds; gives
 * milliseconds. A sign is taken only with `signed`. Undefined for anything else: blanks, words, no digits, a length
 * beyond what a number counts exactly.
 */
export function parseDurationMs(text: string, signed = false): number | undefined {
  const sign = signed && /^[+-]/.test(text) ? text.charAt(0) : ''
  const body = text.slice(sign.length)
  if (body.length > 64) return undefined
  const ms = /^(?:\d+\.?\d*|\.\d+)$/.test(body) ? Number(body) * 1000 : sumOfParts(body)
  if (!(ms <= Number.MAX_SAFE_INTEGER)) return undefined
  const rounded = ms < 1e9 ? Math.round(ms * 1e6) / 1e6 : Math.round(ms * 1e3) / 1e3
  return sign === '-' && rounded !== 0 ? -rounded : rounded
}

function sumOfParts(text: string): number {
  const part = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h|d)/y
  let ms = 0
  let end = 0
  for (let found = part.exec(text); found !== null; found = part.exec(text)) {
    ms += Number(found[1]) * (UNIT_MS[found[2] ?? ''] ?? NaN)
    end = part.lastIndex
  }
  return end > 0 && end === text.length ? ms : NaN
}

/** Takes milliseconds; gives two figures' worth for a person: `87 µs`, `1.5 ms`, `87 ms`, `15.0 s`, `2 min 5 s`, `3 h 4 min`, `2 d 1 h`; `?` for what is not a number. */
export function formatDurationMs(ms: number): string {
  if (!Number.isFinite(ms)) return '?'
  if (ms < 0) return `-${formatDurationMs(-ms)}`
  if (ms === 0) return '0 ms'
  if (ms < 0.9995) return `${Math.max(1, Math.round(ms * 1000))} µs`
  if (ms < 9.95) return `${ms.toFixed(1)} ms`
  if (ms < 999.5) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 3_599_500) return twoUnits(Math.round(ms / 1000), 60, 'min', 's')
  if (ms < 86_370_000) return twoUnits(Math.round(ms / 60_000), 60, 'h', 'min')
  return twoUnits(Math.round(ms / 3_600_000), 24, 'd', 'h')
}

function twoUnits(total: number, base: number, large: string, small: string): string {
  const rest = total % base
  return rest === 0 ? `${Math.floor(total / base)} ${large}` : `${Math.floor(total / base)} ${large} ${rest} ${small}`
}

/** Takes `128MiB`, `1.5 GB`, `64k` (single letters count in 1024s, as in coreutils) or a bare number; gives whole bytes. Undefined for anything else. */
export function parseSizeBytes(text: string): number | undefined {
  const found = text.length > 40 ? null : /^(\d+(?:\.\d+)?) ?([kmgt]?(?:i?b)?)$/i.exec(text)
  const unit = found === null ? undefined : UNIT_BYTES[(found[2] ?? '').toLowerCase()]
  const bytes = unit === undefined ? NaN : Math.round(Number(found?.[1]) * unit)
  return bytes <= Number.MAX_SAFE_INTEGER ? bytes : undefined
}
