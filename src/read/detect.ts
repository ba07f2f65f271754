/**
 * Which format is this? Every parser looks at a file's first lines, bare and with each wrapper peeled off; one clear winner,
 * or a problem that says what each answered. A wrong guess is worse than no guess.
 */
import { Problem } from '../problem.js'
import type { Head, Parser } from './parser.js'
import { NESTED_WRAPPERS, WRAPPERS, type Wrapper } from './wrappers.js'

/** A parser that claims a file, through a wrapper or bare. */
export interface Claim { readonly parser: Parser, readonly wrapper?: Wrapper, readonly score: number }

/** The answers to one file: the claims that stand, best first; more than one only where a file mixes formats line by line. */
export interface Detection { readonly claims: readonly Claim[], readonly answers: readonly Claim[] }

/** Below this no parser may claim a file. */
export const CLAIM_SCORE = 0.3
/** Two formats this close cannot be told apart. */
const MARGIN = 0.08
/** A format of a mixed file must claim this share of its lines. */
const MIXED_SHARE = 0.1
/** Lines of a head that are asked about one by one. */
const VOTING_LINES = 60

/** First lines of a file, for detection; JSON is parsed once per line, whoever asks. */
export function makeHead(path: string, lines: readonly string[], program?: string): Head {
  const parsed = new Map<number, Record<string, unknown> | undefined>()
  return {
    path,
    lines,
    program,
    json(index) {
      if (!parsed.has(index)) parsed.set(index, parseObject(lines[index] ?? ''))
      return parsed.get(index)
    },
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.trimStart().startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** A parser's answer. Refuses (Problem `bad-plugin`) one that throws: that is a defect of the parser, not of the file. */
function scoreOf(parser: Parser, head: Head): number {
  try {
    return parser.detect(head)
  } catch (error) {
    throw new Problem('bad-plugin', `the parser ${parser.id} failed to look at this file: ${(error as Error).message}`, { file: head.path })
  }
}

function answersFor(head: Head, parsers: readonly Parser[], wrapper?: Wrapper): Claim[] {
  return parsers
    .map(parser => ({ parser, score: scoreOf(parser, head), ...(wrapper ? { wrapper } : {}) }))
    .filter(claim => claim.score >= CLAIM_SCORE)
    .sort((a, b) => b.score - a.score || (a.parser.id < b.parser.id ? -1 : 1))
}

function unwrapHead(head: Head, wrapper: Wrapper): Head | undefined {
  const peeled = wrapper.peelHead(head.lines)
  return peeled && makeHead(head.path, peeled.lines, peeled.program)
}

/** All answers about a head: bare ones, and only where nobody claims it bare, those behind a wrapper. */
function allAnswers(head: Head, parsers: readonly Parser[]): Claim[] {
  const bare = answersFor(head, parsers)
  if (bare.some(claim => claim.score >= 0.6)) return bare
  const behind = (wrappers: readonly Wrapper[]): Claim[] => wrappers.flatMap(wrapper => {
    const inner = unwrapHead(head, wrapper)
    return inner ? answersFor(inner, parsers, wrapper) : []
  })
  const single = behind(WRAPPERS)
  const wrapped = single.length > 0 || bare.length > 0 ? single : behind(NESTED_WRAPPERS)
  return [...bare, ...wrapped].sort((a, b) => b.score - a.score)
}

/** A second format must claim this share of what the first one refuses. */
const REFUSED_SHARE = 0.3

/** Formats that read what the first claimant of a file refuses (two services in one syslog, say); empty when that is little or junk. */
export function claimsOnRefused(path: string, refused: readonly string[], headLines: number, parsers: readonly Parser[]): readonly Claim[] {
  if (refused.length < Math.max(3, MIXED_SHARE * headLines)) return []
  return votesOf(makeHead(path, refused), parsers).filter(vote => vote.lines >= REFUSED_SHARE * refused.length).map(vote => vote.claim)
}

/** Formats that share a file line by line. */
function mixedClaims(head: Head, parsers: readonly Parser[]): Claim[] {
  const asked = Math.min(VOTING_LINES, head.lines.length)
  return votesOf(head, parsers).filter(vote => vote.lines / asked >= MIXED_SHARE).map(vote => vote.claim)
}

/** Asks about each line on its own; a line that two formats claim equally votes for none. */
function votesOf(head: Head, parsers: readonly Parser[]): { claim: Claim, lines: number }[] {
  const votes = new Map<string, { claim: Claim, lines: number }>()
  for (const line of head.lines.slice(0, VOTING_LINES)) {
    const [best, second] = line.trim() === '' ? [] : allAnswers(makeHead(head.path, [line]), parsers)
    if (!best || (second && second.parser !== best.parser && best.score - second.score < MARGIN)) continue
    const key = `${best.wrapper?.id ?? ''} ${best.parser.id}`
    const vote = votes.get(key) ?? { claim: best, lines: 0 }
    vote.lines++
    votes.set(key, vote)
  }
  return [...votes.values()].sort((a, b) => b.lines - a.lines || (a.claim.parser.id < b.claim.parser.id ? -1 : 1))
}

/**
 * Asks every parser about the first lines of a file.
 * @returns one claim, or several where the file mixes formats line by line.
 * Refuses (Problem `no-format`) what nobody claims, and (`ambiguous-format`) what two formats claim equally.
 */
export function detectFormat(head: Head, parsers: readonly Parser[]): Detection {
  const answers = allAnswers(head, parsers)
  const [best, second] = answers
  if (!best || best.score < 0.85) {
    const mixed = mixedClaims(head, parsers)
    if (mixed.length > 1) return { claims: mixed, answers }
    if (!best && mixed.length === 1) return { claims: mixed, answers }
  }
  if (!best) throw new Problem('no-format', 'no parser claims this file', { file: head.path })
  const rival = answers.find(claim => claim.parser !== best.parser)
  if (second && rival && best.score - rival.score < MARGIN) {
    const names = answers.filter(claim => best.score - claim.score < MARGIN).map(claim => claim.parser.id)
    throw new Problem('ambiguous-format', `this file could be ${[...new Set(names)].join(' or ')}`, { file: head.path })
  }
  return { claims: [best], answers }
}
