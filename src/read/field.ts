/**
 * Declared fields: which source value becomes which event path, and how it is read. Plain data, so that the reader, a faster
 * compiled reader, the documentation and a user's own mapping in the config file all come from the one declaration.
 */
import type { EventPath } from './paths.js'

/** How a source value is read. What each kind accepts is in `field-kinds.ts`. */
export type FieldKind =
  | 'text' | 'lower' | 'upper' | 'int' | 'number' | 'boolean' | 'word' | 'list'
  | 'ip' | 'port' | 'endpoint' | 'host' | 'url' | 'uri' | 'request_line'
  | 'http_version' | 'tls_version' | 'status' | 'duration' | 'time'

/** Units of durations and of epoch times. */
export type Unit = 's' | 'ms' | 'us' | 'ns'

/** How a time is written: an epoch number in a unit (or guessed by magnitude), or one of the named text shapes of `time.ts`. */
export type TimeShape = Unit | 'auto' | 'iso' | 'common_log' | 'syslog' | 'bind' | 'slash' | 'any'

/** One declared field. */
export interface Field {
  /** Event path; for `endpoint` the group that gets `ip` and `port`; for `time` `ts_ms` or `ts_end_ms`. */
  readonly path: EventPath | 'client' | 'server' | 'cdn.origin' | 'url'
  readonly kind: FieldKind
  /** Source name(s) where they differ from the key it is declared under; several are joined by a space (date and time columns). */
  readonly from?: string | readonly string[]
  /** For `duration`: its unit. */
  readonly unit?: Unit
  /** For `time`: how it is written, and what it marks. */
  readonly shape?: TimeShape
  readonly basis?: 'start' | 'end' | 'point'
  /** For `time`: the tick where it is coarser than the digits printed, in ms. */
  readonly res_ms?: number
  /** For `time`: seconds that are too few for a date count from the beginning of a capture; `--anchor` places them, without it the line stays undated. */
  readonly relative?: boolean
  /** For `time`: the zone of a shape that prints none, where the format defines it (`UTC`, `+08:00`); no `--tz` changes that. */
  readonly zone?: string
  /** For `word`: the source's words (lower-cased before the look-up) and ours. */
  readonly words?: Readonly<Record<string, string>>
  /** For `word`: what an unknown word becomes; without it the field is left absent. */
  readonly otherwise?: string
  /** For `list`: what separates the items in text. */
  readonly separator?: string
  /** Source values that mean "none", besides those of the layout. */
  readonly absent?: readonly string[]
  /** A line without a usable value here is refused. */
  readonly required?: boolean
}

type Extra = Partial<Omit<Field, 'path' | 'kind'>>

const make = (kind: FieldKind) => (path: Field['path'], extra: Extra = {}): Field => ({ path, kind, ...extra })

export const text = make('text')
export const lower = make('lower')
export const upper = make('upper')
/** Whole number, zero or more; thousands separators and fractions are refused. */
export const int = make('int')
export const number = make('number')
/** true/false, 1/0, yes/no, on/off, T/F in any case. */
export const boolean = make('boolean')
export const ip = make('ip')
export const port = make('port')
/** `ip:port`, `[v6]:port`, `ip#port`: fills `<path>.ip` and `<path>.port`. */
export const endpoint = make('endpoint')
/** Name, or name:port; for `url.domain` the port goes to `url.port`. */
export const host = make('host')
/** HTTP status; 0, 000 and - are absent. */
export const status = make('status')
/** Splits a text on `separator` (default a comma), or takes a JSON array; items keep their spelling. */
export const list = make('list')
/** `HTTP/1.1`, `2.0`, `h2`, `h3` … to `1.1`, `2`, `3`. */
export const httpVersion = (extra: Extra = {}): Field => ({ path: 'http.version', kind: 'http_version', ...extra })
/** `TLSv1.3`, `TLSv13`, `TLS 1.2`, `0x0303`, `SSLv3` … to `1.3` …; `none` is absent. */
export const tlsVersion = (path: EventPath = 'tls.version', extra: Extra = {}): Field => ({ path, kind: 'tls_version', ...extra })
/** Method, target and version in one text. */
export const requestLine = (extra: Extra = {}): Field => ({ path: 'url', kind: 'request_line', ...extra })
/** Absolute URL: scheme, domain, port, path, query. */
export const url = (extra: Extra = {}): Field => ({ path: 'url', kind: 'url', ...extra })
/** Path with an optional query, or an absolute URL. */
export const uri = (extra: Extra = {}): Field => ({ path: 'url', kind: 'uri', ...extra })
/** A duration in `unit`, stored in milliseconds; negative values (unset) are absent. */
export const duration = (path: EventPath, unit: Unit, extra: Extra = {}): Field => ({ path, kind: 'duration', unit, ...extra })
/** A stamp. `basis` says what it marks; an end is turned into a start where the duration is known. */
export const time = (shape: TimeShape, basis: 'start' | 'end' | 'point', extra: Extra = {}): Field => ({ path: 'ts_ms', kind: 'time', shape, basis, ...extra })
/** The second stamp of a record that has both. */
export const endTime = (shape: TimeShape, extra: Extra = {}): Field => ({ path: 'ts_end_ms', kind: 'time', shape, ...extra })
/** A vocabulary: the source's word to ours. */
export const word = (path: EventPath, words: Readonly<Record<string, string>>, extra: Extra = {}): Field => ({ path, kind: 'word', words, ...extra })
