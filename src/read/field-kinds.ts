/** How each kind of declared field is read. A setter answers false for a value it cannot use; it never throws. */
import { canonicalIp, splitHostPort } from '../address.js'
import { Clock } from './clock.js'
import type { Draft, Outer, ParserContext } from './parser.js'
import type { Field, FieldKind, Unit } from './field.js'
import { setterFor } from './paths.js'
import { putRequestLine, putUri } from './request.js'
import { toHttpVersion, toTlsVersion } from './versions.js'
import { readAny, readBind, readCommonLog, readEpoch, readIso, readSlash, readSyslog, round3, type LocalStamp, type Stamp } from './time.js'

/** Puts one source value into the draft; false = not usable. */
export type Setter = (draft: Draft, raw: unknown, context: ParserContext, outer?: Outer) => boolean

type Put = (draft: Draft, value: unknown) => void

const MS_PER: Readonly<Record<Unit, number>> = { s: 1000, ms: 1, us: 0.001, ns: 0.000001 }

const asText = (raw: unknown): string | undefined => typeof raw === 'string' ? raw : typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : undefined

/** A number from a number or a plain decimal text; undefined for anything else (`0x1`, ``, `1e5`, `1,000`). */
export function toNumber(raw: unknown): number | undefined {
  if (typeof raw === 'number') return Number.isFinite(raw) ? raw : undefined
  return typeof raw === 'string' ? decimal(raw) : undefined
}

/** Reads plain decimal text digit by digit, which costs a quarter of a pattern and `Number()`; those take what a double does not hold exactly. */
function decimal(text: string): number | undefined {
  const { length } = text
  const start = text.charCodeAt(0) === 45 ? 1 : 0
  let value = 0
  let at = start
  for (; at < length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) break
    value = value * 10 + digit
  }
  if (at === start) return undefined
  if (at === length) return start === 0 && length <= 15 ? value : Number(text)
  if (text.charCodeAt(at) !== 46) return undefined
  for (let rest = at + 1; rest < length; rest++) {
    const digit = text.charCodeAt(rest) - 48
    if (digit < 0 || digit > 9) return undefined
  }
  return Number(text)
}

function mapped(put: Put, convert: (raw: unknown) => unknown): Setter {
  return (draft, raw) => {
    const value = convert(raw)
    if (value === undefined) return false
    put(draft, value)
    return true
  }
}

const textual = (convert: (text: string) => unknown) => (field: Field): Setter => mapped(setterFor(field.path), raw => {
  const value = asText(raw)
  return value === undefined || value === '' ? undefined : convert(value)
})

const numeric = (convert: (value: number, field: Field) => unknown) => (field: Field): Setter => mapped(setterFor(field.path), raw => {
  const value = toNumber(raw)
  return value === undefined ? undefined : convert(value, field)
})

const YES = new Set(['true', '1', 'yes', 'on', 't', 'y'])
const NO = new Set(['false', '0', 'no', 'off', 'f', 'n'])

function readStamp(raw: unknown, shape: Field['shape']): Stamp | LocalStamp | undefined {
  switch (shape) {
    case 's': case 'ms': case 'us': case 'ns': case 'auto':
      return typeof raw === 'number' || typeof raw === 'string' ? readEpoch(raw, shape) : undefined
    default: break
  }
  const value = asText(raw)
  if (value === undefined) return undefined
  switch (shape) {
    case 'iso': return readIso(value)
    case 'common_log': return readCommonLog(value)
    case 'syslog': return readSyslog(value)
    case 'bind': return readBind(value)
    case 'slash': return readSlash(value)
    default: return readAny(value)
  }
}

/** Resolves a stamp by the file's clock and puts it on the draft; a stamp without a year may stay undated, which is no refusal. */
export function putTime(draft: Draft, stamp: Stamp | LocalStamp, basis: 'start' | 'end' | 'point', context: ParserContext, outer?: Outer): void {
  const resolved = context.clock.resolve(stamp, outer)
  if (!resolved) return
  draft.ts_ms = resolved.ms
  draft.ts_basis = basis
  draft.ts_res_ms = resolved.res_ms
  if (resolved.sub_ns) draft.ts_sub_ns = resolved.sub_ns
}

/** A capture with relative times begins at 0; no log that tells the date has so few seconds. */
const RELATIVE_BELOW_S = 1e8

/** Dates a line by the seconds since its capture began; false for what is no such number. */
function putRelative(draft: Draft, raw: unknown, basis: 'start' | 'end' | 'point', context: ParserContext): boolean {
  const seconds = toNumber(raw)
  if (seconds === undefined || seconds < 0 || seconds >= RELATIVE_BELOW_S) return false
  const stamp = context.clock.relative(round3(seconds * 1000), 0.001)
  if (stamp) putTime(draft, stamp, basis, context)
  return true
}

function timeSetter(field: Field): Setter {
  const { shape, basis = 'point', path, res_ms: tick } = field
  const ownClock = field.zone === undefined ? undefined : new Clock({ zone: field.zone })
  return (draft, raw, context, outer) => {
    const printed = readStamp(raw, shape)
    const stamp = printed && ownClock ? ownClock.resolve(printed) : printed
    if (!stamp) return field.relative === true && putRelative(draft, raw, basis, context)
    if (path === 'ts_end_ms') {
      const resolved = context.clock.resolve(stamp, outer)
      if (resolved) draft.ts_end_ms = resolved.ms
      return true
    }
    putTime(draft, stamp, basis, context, outer)
    if (tick !== undefined && draft.ts_ms !== undefined) draft.ts_res_ms = tick
    return true
  }
}

function endpointSetter(field: Field): Setter {
  const putIp = setterFor(`${field.path}.ip`)
  const putPort = setterFor(`${field.path}.port`)
  return (draft, raw) => {
    const parts = typeof raw === 'string' ? splitHostPort(raw) : undefined
    if (!parts || canonicalIp(parts.host) === undefined) return false
    putIp(draft, parts.host)
    if (parts.port) putPort(draft, parts.port)
    return true
  }
}

function hostSetter(field: Field): Setter {
  const put = setterFor(field.path)
  return (draft, raw) => {
    const parts = typeof raw === 'string' ? splitHostPort(raw) : undefined
    if (!parts || parts.host === '') return false
    put(draft, parts.host)
    if (parts.port && field.path === 'url.domain') (draft.url ??= {}).port = parts.port
    return true
  }
}

function listSetter(field: Field): Setter {
  const put = setterFor(field.path)
  return (draft, raw) => {
    const items = Array.isArray(raw) ? raw.map(item => asText(item) ?? '') : asText(raw)?.split(field.separator ?? ',')
    const kept = items?.map(item => item.trim()).filter(item => item !== '' && item !== '-')
    if (!kept) return false
    if (kept.length > 0) put(draft, kept)
    return true
  }
}

function wordSetter(field: Field): Setter {
  const put = setterFor(field.path)
  const words = new Map(Object.entries(field.words ?? {}))
  return (draft, raw) => {
    const value = asText(raw)
    if (value === undefined) return false
    const ours = words.get(value.toLowerCase()) ?? field.otherwise
    if (ours !== undefined) put(draft, ours)
    return true
  }
}

const KINDS: Readonly<Record<FieldKind, (field: Field) => Setter>> = {
  text: textual(value => value),
  lower: textual(value => value.toLowerCase()),
  upper: textual(value => value.toUpperCase()),
  ip: textual(value => canonicalIp(value)),
  http_version: textual(toHttpVersion),
  tls_version: field => {
    const put = setterFor(field.path)
    return (draft, raw) => {
      const value = asText(raw)
      if (value === undefined) return false
      const version = toTlsVersion(value)
      if (version !== undefined) put(draft, version)
      return version !== undefined || /^(?:none|unknown|-)$/i.test(value)
    }
  },
  boolean: field => mapped(setterFor(field.path), raw => {
    const value = asText(raw)?.toLowerCase() ?? ''
    return YES.has(value) ? true : NO.has(value) ? false : undefined
  }),
  int: numeric(value => Number.isSafeInteger(value) && value >= 0 ? value : undefined),
  number: numeric(value => value),
  port: field => {
    const put = setterFor(field.path)
    return (draft, raw) => {
      const value = toNumber(raw)
      if (value === undefined || !Number.isInteger(value) || value < 0 || value > 65535) return false
      if (value > 0) put(draft, value) // port 0 is "none" in every log that writes it
      return true
    }
  },
  status: field => {
    const put = setterFor(field.path)
    return (draft, raw) => {
      const value = toNumber(raw)
      if (value === undefined || !Number.isInteger(value)) return false
      if (value >= 100 && value <= 999) put(draft, value)
      return value <= 999 // 0 and -1 mean that there was no response
    }
  },
  duration: field => {
    const put = setterFor(field.path)
    const factor = MS_PER[field.unit ?? 'ms']
    return (draft, raw) => {
      const value = toNumber(raw)
      if (value === undefined) return false
      if (value >= 0) put(draft, round3(value * factor))
      return true
    }
  },
  time: timeSetter,
  endpoint: endpointSetter,
  host: hostSetter,
  list: listSetter,
  word: wordSetter,
  request_line: () => (draft, raw) => typeof raw === 'string' && putRequestLine(draft, raw),
  url: () => (draft, raw) => typeof raw === 'string' && putUri(draft, raw),
  uri: () => (draft, raw) => typeof raw === 'string' && putUri(draft, raw),
}

/** The setter of a declared field. */
export function setterOf(field: Field): Setter {
  return KINDS[field.kind](field)
}
