/**
 * Envelopes that other programs put around a log line: syslog, container runtimes, stamps. Each is peeled off before the
 * format is detected, and what it says of time and program goes to the reader as `Outer`.
 */
import type { Clock } from './clock.js'
import { criWrapper } from './wrappers/cri.js'
import { dockerWrapper } from './wrappers/docker.js'
import { stampWrapper } from './wrappers/stamp.js'
import { syslogWrapper } from './wrappers/syslog.js'
import type { Outer, Skip } from './parser.js'

/** A line without its envelope. `part` is true where the runtime cut the line and its next piece follows. */
export interface Peeled { readonly text: string, readonly outer: Outer, readonly part?: boolean }

/** An envelope. */
export interface Wrapper {
  readonly id: string
  readonly title: string
  /** The head without the envelope, or undefined when most lines do not have it. */
  peelHead(lines: readonly string[]): { lines: string[], program?: string } | undefined
  /** Per-file peeler; a line without the envelope comes back as a skip. */
  open(clock: Clock): (text: string) => Peeled | Skip
}

/** All envelopes, the more specific first. */
export const WRAPPERS: readonly Wrapper[] = [dockerWrapper, criWrapper, syslogWrapper, stampWrapper]
