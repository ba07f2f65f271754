/** One input before it is read: its bytes, its first lines, and who reads it. */
import type { ClockCorrection } from '../read/clock-correction.js'
import { basename } from 'node:path'
import type { Counters } from '../input/counters.js'
import { matchesPattern } from '../input/expand.js'
import { head as peekLines, readLines, type LineBatch } from '../input/lines.js'
import { openBytes } from '../input/open.js'
import { Problem } from '../problem.js'
import { Clock } from '../read/clock.js'
import { claimsOnRefused, detectFormat, makeHead, type Claim } from '../read/detect.js'
import { HELD, isOutcome, isSkip, MERGED, NO_LOSS, type Draft, type Head, type LineResult, type Outer, type Parser } from '../read/parser.js'
import { WRAPPERS, type Peeled, type Peeler } from '../read/wrappers.js'
import { lineOf } from './line-of.js'

/** A rule `PATTERN=VALUE`; a bare value (no pattern) goes for every file. Later rules win. */
export interface Rule<T = string> { readonly pattern?: string | undefined, readonly value: T }

/** An input that is not a path: a stream of bytes (compressed or Frame Streams too, as files are), or lines. */
export interface NamedInput {
  readonly name: string
  readonly format?: string
  readonly stream?: AsyncIterable<Uint8Array>
  readonly lines?: Iterable<string> | AsyncIterable<string>
}

/** What decides how inputs are read. */
export interface ReadOptions {
  readonly parsers: readonly Parser[]
  /** See `Asked`. */
  readonly answersAreShares?: boolean
  readonly as?: readonly Rule[]
  readonly zones?: readonly Rule[]
  readonly anchors?: readonly Rule<number>[]
  readonly labels?: readonly Rule<readonly [string, string]>[]
  readonly skews?: readonly Rule<ClockCorrection>[]
  readonly year?: number | undefined
  readonly redact?: boolean
  /** Event paths (or groups) that will be looked at: readers may leave out what these do not need. Absent: all. */
  readonly wanted?: ReadonlySet<string> | undefined
  readonly maxLineBytes?: number | undefined
  /** Bytes of an input in place of its file's; for followed files. */
  readonly openBytes?: (path: string) => AsyncIterable<Uint8Array>
  /** Told how far reading has come. */
  readonly counters?: Counters | undefined
  /** Told of every refused line. */
  readonly onReject?: (reject: { file: string, line: number, reason: string, detail?: string | undefined, text: string }) => void
}

/** The value of the last rule that fits a path. */
export function ruleFor<T>(rules: readonly Rule<T>[] | undefined, path: string): T | undefined {
  return rules?.findLast(rule => rule.pattern === undefined || matchesPattern(rule.pattern, path))?.value
}

/** All rules that fit a path, as a record; later ones win. */
export function labelsFor(options: ReadOptions, path: string): Record<string, string> | undefined {
  const fitting = (options.labels ?? []).filter(rule => rule.pattern === undefined || matchesPattern(rule.pattern, path))
  return fitting.length === 0 ? undefined : Object.fromEntries(fitting.map(rule => rule.value))
}

/** A parser named by `--as`: an id, or `prefix:format string`. Refuses (Problem `unknown-format`) any other word. */
export function resolveFormat(name: string, parsers: readonly Parser[], file?: string): Parser {
  const exact = parsers.find(parser => parser.id === name)
  if (exact) return exact
  const colon = name.indexOf(':')
  const family = colon === -1 ? undefined : parsers.find(parser => parser.fromFormat?.prefix === name.slice(0, colon))
  if (family) return family.fromFormat!.compile(name.slice(colon + 1))
  const close = parsers.map(parser => parser.id).filter(id => id.includes(name) || name.includes(id) || id.split('-')[0] === name.split('-')[0])
  throw new Problem('unknown-format', `no format is called ${JSON.stringify(name.slice(0, 60))}${close.length > 0 ? `; near it: ${close.slice(0, 5).join(', ')}` : ''}`, file === undefined ? {} : { file })
}

/** Lines looked at to detect a format. */
export const HEAD_LINES = 200

/** Frames an input as batches of lines. */
export function linesOf(input: string | NamedInput, options: ReadOptions, onProblem: (problem: Problem) => void): AsyncGenerator<LineBatch> {
  const limits = options.maxLineBytes === undefined ? {} : { maxLineBytes: options.maxLineBytes }
  if (typeof input === 'string' && options.openBytes) return readLines(options.openBytes(input), limits)
  if (typeof input === 'string') return readLines(openBytes(input, { onNote: onProblem, counters: options.counters }), limits)
  if (input.stream) return readLines(openBytes(input.name, { source: input.stream, onNote: onProblem, counters: options.counters }), limits)
  return batchTexts(input.lines ?? [])
}

/** Lines of a batch of an input that is given as lines. */
const BATCH_LINES = 1000

async function* batchTexts(lines: Iterable<string> | AsyncIterable<string>): AsyncGenerator<LineBatch> {
  let firstLine = 1
  let texts: string[] = []
  // An async loop would wait twice for every line of an array.
  if (Symbol.iterator in lines) {
    for (const line of lines) {
      if (texts.push(line) < BATCH_LINES) continue
      yield { firstLine, texts }
      firstLine += texts.length
      texts = []
    }
  } else {
    for await (const line of lines) {
      if (texts.push(line) < BATCH_LINES) continue
      yield { firstLine, texts }
      firstLine += texts.length
      texts = []
    }
  }
  if (texts.length > 0) yield { firstLine, texts }
}

/** An input whose format is known, ready to be read from its first line. */
export interface Source {
  readonly path: string
  readonly claims: readonly Claim[]
  readonly head: Head
  readonly batches: AsyncGenerator<LineBatch>
  /** What the head's lines become. */
  readonly headDrafts: readonly Draft[]
}

/** Adds the companions of a claim's group, so that a trace of several kinds is read whole. */
function withCompanions(claims: readonly Claim[], parsers: readonly Parser[]): Claim[] {
  const all = [...claims]
  for (const claim of claims) {
    if (claim.parser.group === undefined) continue
    for (const parser of parsers) {
      if (parser.group === claim.parser.group && !all.some(other => other.parser === parser)) all.push({ ...claim, parser, score: 0 })
    }
  }
  return all
}

/** The wrapper behind which a stated format is found in this file, if it is not found bare. */
function statedClaim(parser: Parser, head: Head): Claim {
  if (parser.detect(head) > 0) return { parser, score: 1 }
  for (const wrapper of WRAPPERS) {
    const peeled = wrapper.peelHead(head.lines)
    if (peeled && parser.detect(makeHead(head.path, peeled.lines, peeled.program)) > 0) return { parser, wrapper, score: 1 }
  }
  return { parser, score: 1 }
}

/** What the head's lines become, for what has to be known of a file before it is read: its times, its clients; and the lines refused. */
function readHead(claims: readonly Claim[], head: Head, options: ReadOptions, path: string): { drafts: Draft[], refused: string[] } {
  const clock = new Clock({ zone: ruleFor(options.zones, path), year: options.year, anchorMs: ruleFor(options.anchors, path) })
  const drafts: Draft[] = []
  const taken = new Set<number>()
  for (const { parser, wrapper } of claims) {
    const reader = parser.open({ path, clock, head })
    const peeler = wrapper?.open(clock)
    head.lines.forEach((line, index) => {
      for (const peeled of textsOf(peeler, line, index + 1)) {
        const result = typeof peeled === 'symbol' ? peeled : lineOf(reader, peeled.text, peeled.line ?? index + 1, peeled.outer)
        if (typeof result === 'symbol' || !isSkip(result) || NO_LOSS.has(result.skip)) taken.add(index)
        drafts.push(...draftsOf(result))
      }
    })
    drafts.push(...(reader.end?.() ?? []).filter(last => !('skip' in last)) as Draft[])
  }
  return { drafts, refused: head.lines.filter((_, index) => !taken.has(index)) }
}

type HeadText = { text: string, outer?: Outer, line?: number } | typeof MERGED | typeof HELD

function textsOf(peeler: Peeler | undefined, text: string, line: number): HeadText[] {
  if (!peeler) return [{ text }]
  const peeled = peeler.line(text, line)
  if (peeled === MERGED || peeled === HELD) return [peeled]
  if ('skip' in peeled) return []
  if (!('texts' in peeled)) return [peeled]
  const held: HeadText[] = peeled.self === MERGED || peeled.self === HELD ? [peeled.self] : []
  return [...held, ...peeled.texts.filter(one => !('skip' in one)) as Peeled[]]
}

function draftsOf(result: LineResult): readonly Draft[] {
  return typeof result === 'symbol' || isSkip(result) ? [] : isOutcome(result) ? result.drafts : [result]
}

/** Who reads a file (the format stated, or the one detected and, where that leaves much unread, the one that reads the rest), and what its head becomes. */
function readersOf(parser: Parser | undefined, head: Head, options: ReadOptions, path: string): Pick<Source, 'claims' | 'headDrafts'> {
  const asked = { parsers: options.parsers, areShares: options.answersAreShares }
  const claims = withCompanions(parser ? [statedClaim(parser, head)] : detectFormat(head, asked).claims, options.parsers)
  const { drafts, refused } = readHead(claims, head, options, path)
  const others = parser ? [] : claimsOnRefused(path, refused, head.lines.length, asked).filter(claim => !claims.some(known => known.parser === claim.parser))
  if (others.length === 0) return { claims, headDrafts: drafts }
  const all = withCompanions([...claims, ...others], options.parsers)
  return { claims: all, headDrafts: readHead(all, head, options, path).drafts }
}

/**
 * Opens an input, looks at its first lines and settles who reads it.
 * Refuses (Problem) what cannot be opened, what no format claims, and what two formats claim equally.
 */
export async function openSource(input: string | NamedInput, options: ReadOptions, onProblem: (problem: Problem) => void): Promise<Source> {
  const path = typeof input === 'string' ? input : input.name
  const stated = (typeof input === 'string' ? undefined : input.format) ?? ruleFor(options.as, path)
  const parser = stated === undefined ? undefined : resolveFormat(stated, options.parsers, path)
  const { head: lines, rest } = await peekLines(linesOf(input, options, onProblem), HEAD_LINES, { live: options.openBytes !== undefined })
  const head = makeHead(path, lines)
  if (lines.length === 0) return { path, claims: parser ? [{ parser, score: 1 }] : [], head, batches: rest, headDrafts: [] }
  try {
    return { path, head, batches: rest, ...readersOf(parser, head, options, path) }
  } catch (error) {
    await rest.return(undefined) // closes the file
    throw error
  }
}

/** The name a file goes by in notes. */
export const shortName = (path: string): string => basename(path) || path
