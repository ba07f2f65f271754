/** Options of the library, shared by `parse`, `correlate` and `detect`. */
import type { ClockCorrection } from './read/clock-correction.js'
import { canonicalIp, cidrContains } from './address.js'
import type { LiveOptions } from './live.js'
import type { ReadOptions, Rule } from './event/source.js'
import { globToRegExp } from './input/expand.js'
import { Problem } from './problem.js'
import type { Parser } from './read/parser.js'
import type { LogEvent } from './schema/event.js'
import type { Session } from './schema/session.js'

/** How inputs are read and what is kept. Times are epoch ms. */
export interface ParseOptions {
  /** Parsers to choose from; default all built-in ones. */
  readonly parsers?: readonly Parser[]
  /** `PATTERN=FORMAT` rules; a rule without a pattern goes for every input. */
  readonly as?: readonly Rule[]
  /** Zones of stamps that carry none. */
  readonly zones?: readonly Rule[]
  readonly year?: number
  /** Times at which relative clocks read zero. */
  readonly anchors?: readonly Rule<number>[]
  /** `pop`, `region`, `resolver`, `leg` of everything in an input. */
  readonly labels?: readonly Rule<readonly [string, string]>[]
  /** Clock corrections added to an input's times, ms. */
  readonly skews?: readonly Rule<ClockCorrection>[]
  readonly fromMs?: number
  readonly toMs?: number
  /** Globs of host names to keep. */
  readonly hosts?: readonly string[]
  /** Client addresses or networks (CIDR) to keep. */
  readonly clients?: readonly string[]
  /** Default true: secrets in URLs, headers and messages are replaced. */
  readonly redact?: boolean
  readonly maxLineBytes?: number
  readonly onReject?: ReadOptions['onReject']
  /** Made by `makeCounters`: reading adds the bytes and lines it has read, so that another can show how far it has come. */
  readonly counters?: ReadOptions['counters']
  readonly signal?: AbortSignal
}

/** How events are joined. */
export interface CorrelateOptions extends ParseOptions {
  /** ±N of the join, ms; default 5000. */
  readonly windowMs?: number
  readonly beforeMs?: number
  readonly afterMs?: number
  readonly match?: 'best' | 'all'
  /** Default `window`: nothing joins outside it. `state`: an answer also lives for its TTL, a client port for its connection. */
  readonly bound?: 'window' | 'state'
  /** What caches may add to a TTL, ms; default 60 000. */
  readonly ttlSlackMs?: number
  /** Follow the inputs as they grow instead of reading them to their end. */
  readonly live?: LiveOptions
  /** What `bound: state` and live input may keep, bytes by estimate. Beyond it the oldest is dropped and counted as evicted. Default: 128 MiB for live input, all that lives for finite input, which is then joined exactly. */
  readonly maxStateBytes?: number
  /** Estimate the clock offset of each source from strong matches, correct it and say so; reads the inputs twice. */
  readonly skewAuto?: boolean
  /** Also give sessions with a single kind of event. */
  readonly unmatched?: boolean
}

export const DEFAULT_WINDOW_MS = 5000

/** Keeps a record or not. */
export interface Filter {
  readonly isOpen: boolean
  event(event: LogEvent): boolean
  session(session: Session): boolean
}

function namesOf(record: LogEvent | Session): (string | undefined)[] {
  return [record.hostname, record.dns?.question?.name, record.tls?.client?.server_name, record.url?.domain]
}

/** Compiles `--from --to --host --client`. Refuses (Problem `bad-option`) an address that is none. */
export function makeFilter(options: ParseOptions): Filter {
  const { fromMs = -Infinity, toMs = Infinity } = options
  const hosts = (options.hosts ?? []).map(host => globToRegExp(host.toLowerCase()))
  const clients = (options.clients ?? []).map(client => {
    const text = client.includes('/') ? client : canonicalIp(client)
    if (text === undefined) throw new Problem('bad-option', `--client: ${JSON.stringify(client)} is no address`)
    try {
      return cidrContains(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)
    } catch {
      throw new Problem('bad-option', `--client: ${JSON.stringify(client)} is no address and no network`)
    }
  })
  const timed = fromMs !== -Infinity || toMs !== Infinity
  const inTime = (at: number | undefined): boolean => !timed || (at !== undefined && at >= fromMs && at <= toMs)
  const byHost = (record: LogEvent | Session): boolean => hosts.length === 0 || namesOf(record).some(name => name !== undefined && hosts.some(host => host.test(name)))
  const byClient = (record: LogEvent | Session): boolean => clients.length === 0 || (record.client?.ip !== undefined && clients.some(contains => contains!(record.client!.ip!)))
  const keep = (record: LogEvent | Session): boolean => inTime(record.ts_ms) && byHost(record) && byClient(record)
  return { isOpen: !timed && hosts.length === 0 && clients.length === 0, event: keep, session: keep }
}

/** The reader's share of the options. */
export function readOptions(options: ParseOptions, parsers: readonly Parser[]): ReadOptions {
  const { as, zones, anchors, labels, skews, year, redact, maxLineBytes, onReject, counters } = options
  return { parsers: options.parsers ?? parsers, answersAreShares: options.parsers === undefined, as, zones, anchors, labels, skews, year, redact: redact ?? true, maxLineBytes, onReject, counters }
}
