/**
 * The parser contract: what one file in `parsers/` says of itself, and what its reader gives back for a line.
 *
 * A parser reports what the line says. Canonical names and addresses, derived times, redaction, validation and provenance
 * are made once, at the event seam, so no parser can forget them.
 */
import type { EventType, LogEvent } from '../schema/event.js'
import type { Clock } from './clock.js'
import type { Table } from './table.js'

/**
 * What a reader makes of a line, before the seam. Same groups as the event; names and addresses as the log spells them.
 * `ts_ms` with `ts_basis: 'end'` is turned into a start by the seam where `duration_ms` (or `network.duration_ms`) is known.
 * `line` is set only when the event's first line is an earlier one than the line being read.
 */
export type Draft = Omit<LogEvent, 'id' | 'time' | 'v' | 'dataset' | 'log'> & { dataset?: string, line?: number, log?: { level?: string } }

/** Why a line is no event. Reasons in `NO_LOSS` are lines that say nothing (headers, comments, blanks); all others are refusals. */
export interface Skip { readonly skip: string, readonly detail?: string }

/** Skips that lose nothing: `--strict` does not mind them and `--rejects` does not list them. */
export const NO_LOSS: ReadonlySet<string> = new Set(['blank', 'comment', 'header', 'not-an-event'])

/** This line belongs to the event of another line. */
export const MERGED = Symbol.for('logjoin.merged')
/** This line is the first of an event that a later line (or the end of the file) completes. */
export const HELD = Symbol.for('logjoin.held')

/** For readers that keep state: the drafts that this line completed, what became of the line itself, and earlier lines that were held and turn out to be no event. */
export interface Outcome { readonly drafts: readonly Draft[], readonly self: 'event' | Skip | typeof MERGED | typeof HELD, readonly released?: readonly Released[] }

/** What became of a line that was held and is no event's first line after all. */
export type Released = { readonly line: number } & (Skip | { readonly merged: true })

/** What a line gave: an event, a skip, part of another line's event, or (stateful readers) an outcome. */
export type LineResult = Draft | Skip | Outcome | typeof MERGED | typeof HELD

/** What a wrapper (syslog, container, stamp) said about a line it was peeled off. `ms` is when the wrapper was written. */
export interface Outer { readonly ms?: number, readonly res_ms?: number, readonly zone?: string, readonly host?: string, readonly program?: string, readonly pid?: number, readonly level?: string }

/** Per-file state of a reader. */
export interface LineReader {
  /** One line without its end; never throws. */
  line(text: string, number: number, outer?: Outer): LineResult
  /** Events still open at the end of the file; each has `line` set. Held lines that never became one come back as what they are instead. */
  end?(): readonly (Draft | Released)[]
}

/** What a reader may ask about its file. */
export interface ParserContext {
  readonly path: string
  readonly clock: Clock
  readonly head: Head
  /** Event paths (or groups) that will be looked at; a reader may leave out what they do not need. Absent: all. */
  readonly wanted?: ReadonlySet<string> | undefined
}

/** The first lines of a file, for detection. `json(i)` is line i parsed as a JSON object, or undefined. */
export interface Head {
  readonly path: string
  readonly lines: readonly string[]
  json(index: number): Record<string, unknown> | undefined
  readonly program?: string
  /** Where answers below `least` will not be looked at, `shareOf` need not count further than that; `counted` are the lines that it counts. */
  readonly quick?: { readonly least: number, readonly counted: number } | undefined
}

/** A line (or several) and what they must become; the proof that a definition works, its documentation and its test. */
export interface Sample {
  readonly lines: string | readonly string[]
  /** Events expected, complete but for `id`, `v`, `time`, `dataset` and `log.file`/`log.line`; `log.line` may be given as `line` where it is not the first. */
  readonly events?: readonly Draft[]
  /** Skips expected, by reason, headers and comments included. */
  readonly skipped?: Readonly<Record<string, number>>
  readonly merged?: number
  /** `year` and `zone` for stamps that carry none; default 2026 and UTC. */
  readonly clock?: { readonly year?: number, readonly zone?: string, readonly anchorMs?: number }
  /** Format string, for parsers that compile one. */
  readonly format?: string
  readonly note?: string
}

/** A format. */
export interface Parser {
  readonly contract: 1
  /** kebab-case; the file's name. */
  readonly id: string
  readonly title: string
  /** Where the format is described: vendor page, manual, source. */
  readonly reference: string
  /** ECS-style `module.log` name put on every event. */
  readonly dataset: string
  readonly types: readonly EventType[]
  /** What this format cannot tell, in a sentence, for the docs. */
  readonly limits?: string
  /** Formats of one group share files (a Go trace mixes four): where one claims a file, the others read the lines it refuses. */
  readonly group?: string
  /** Where such a log is written: by the client itself, an edge or proxy, a resolver, or a tap on the wire. A client's own requests are attempts, which an edge's line may answer. */
  readonly vantage?: NonNullable<LogEvent['vantage']>
  /** 0 = not this format … 1 = certain. Looks only at the head; never throws. */
  detect(head: Head): number
  open(context: ParserContext): LineReader
  readonly table?: Table
  /** Builds a parser of this family from a user's format string, as in `--as '*.log=nginx:$remote_addr …'`. */
  readonly fromFormat?: { readonly prefix: string, compile(format: string): Parser }
  readonly samples: readonly [Sample, ...Sample[]]
}

/** A refusal or an uninteresting line, as a value; never thrown. `detail` may quote at most a few words of the line. */
export function skip(reason: string, detail?: string): Skip {
  return detail === undefined ? { skip: reason } : { skip: reason, detail }
}

/**
 * Gives a draft of its own making the number of its first line. In place: V8 gives every object that is spread and then grows a hidden
 * class of its own, and whoever reads or adds a key later pays for that (a third of a microsecond a key, measured).
 */
export function startingAt(draft: Draft, line: number): Draft {
  draft.line = line
  return draft
}

/**
 * True for a draft that names its type, as every valid one does; no skip and no outcome has that key. Ask this first: most results are
 * drafts, of many shapes, and reading a key of such objects costs half of asking whether they have another one.
 */
export function isDraft(result: Draft | Skip | Outcome): result is Draft {
  return (result as Draft).type !== undefined
}

/** True for a skip (as opposed to a draft or an outcome). */
export function isSkip(result: LineResult): result is Skip {
  return typeof result === 'object' && 'skip' in result
}

/** True for the outcome of a stateful reader. */
export function isOutcome(result: LineResult): result is Outcome {
  return typeof result === 'object' && 'drafts' in result
}

/** A line that is asked about: no blank one and no `#` comment. */
export const isCounted = (line: string): boolean => line.trim() !== '' && !line.startsWith('#')

/**
 * Share (0 to 1) of the head's lines that fit, blank lines and `#` comments not counted; 0 for an empty head.
 * @param isExact the answer is made of more than this share, or is no share: a quick head, too, is counted to its end, where 0 would else
 * stand for any share that is too small to matter.
 */
export function shareOf(head: Head, fits: (line: string, index: number) => boolean, isExact = false): number {
  const { lines, quick } = head
  // a little more than what settles it, so that no rounding does
  const mostMisfits = quick && !isExact ? quick.counted * (1 - quick.least) + 1e-6 : Infinity
  let seen = 0
  let fitting = 0
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    if (!isCounted(line)) continue
    seen++
    if (fits(line, index)) fitting++
    else if (seen - fitting > mostMisfits) return 0
  }
  return seen === 0 ? 0 : fitting / seen
}

/** Share of the head's lines that are JSON objects for which `fits` holds; `isExact` as for `shareOf`. */
export function shareOfJson(head: Head, fits: (object: Record<string, unknown>) => boolean, isExact = false): number {
  return shareOf(head, (_, index) => {
    const object = head.json(index)
    return object !== undefined && fits(object)
  }, isExact)
}
