/**
 * Envelopes that other programs put around a log line: syslog, container runtimes, stamps. Each is peeled off before the
 * format is detected, and what it says of time and program goes to the reader as `Outer`.
 */
import type { Clock } from './clock.js'
import type { HELD, MERGED, Outer, Skip } from './parser.js'
import { cloudwatchWrapper } from './wrappers/cloudwatch.js'
import { composeWrapper } from './wrappers/compose.js'
import { criWrapper } from './wrappers/cri.js'
import { dockerWrapper } from './wrappers/docker.js'
import { journaldWrapper } from './wrappers/journald.js'
import { nest } from './wrappers/nested.js'
import { recordsWrapper } from './wrappers/records.js'
import { stampWrapper } from './wrappers/stamp.js'
import { syslogWrapper } from './wrappers/syslog.js'

/**
 * A text without its envelope. `line` is where the text begins, when that is an earlier line than the one being peeled:
 * that line was HELD then, and the one being peeled counts as merged. `outer` works its time out when
 * asked for it and has no own properties: read its fields, do not spread it.
 */
export interface Peeled { readonly text: string, readonly outer: Outer, readonly line?: number }

/** A line that was HELD and never became a text. */
export type HeldSkip = Skip & { readonly line: number }

/**
 * What a line gave where one Peeled does not say it: several texts, or the texts of earlier lines and a fate of its own.
 * `self` is 'text' when at least one of the texts has no `line`. It is HELD only when none of them belongs to this line:
 * all the texts of a held line come later, with `line` set, so that the line is counted once.
 */
export interface Peels { readonly texts: readonly (Peeled | HeldSkip)[], readonly self: 'text' | Skip | typeof MERGED | typeof HELD }

/** What a line is under its envelope; a line without the envelope is a skip. */
export type PeelResult = Peeled | Peels | Skip | typeof MERGED | typeof HELD

/** Peels one file, line by line. One peeler serves all readers of a file: it must see every line, and each only once. */
export interface Peeler {
  /** One line without its end; never throws. `around` is what an envelope further out said. */
  line(text: string, number: number, around?: Outer): PeelResult
  /** What was still open at the end of the file. */
  end?(): readonly (Peeled | HeldSkip)[]
}

/** An envelope. */
export interface Wrapper {
  readonly id: string
  readonly title: string
  /** The head without the envelope, or undefined when most lines do not have it. */
  peelHead(lines: readonly string[]): { lines: string[], program?: string } | undefined
  /** Per-file peeler. */
  open(clock: Clock): Peeler
}

/** All envelopes, the more specific first. */
export const WRAPPERS: readonly Wrapper[] = [dockerWrapper, journaldWrapper, cloudwatchWrapper, recordsWrapper, criWrapper, syslogWrapper, composeWrapper, stampWrapper]

/** Envelopes in envelopes that occur in practice; to be asked only where nobody claims a file behind a single one. */
export const NESTED_WRAPPERS: readonly Wrapper[] = [
  nest(recordsWrapper, cloudwatchWrapper),
  nest(recordsWrapper, journaldWrapper),
  ...[dockerWrapper, criWrapper, cloudwatchWrapper, composeWrapper, stampWrapper].map(outer => nest(outer, syslogWrapper)),
  ...[dockerWrapper, criWrapper, cloudwatchWrapper, composeWrapper, journaldWrapper].map(outer => nest(outer, stampWrapper)),
]
