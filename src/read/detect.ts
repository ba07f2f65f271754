/**
 * Which format is this? Every parser looks at a file's first lines, bare and with each wrapper peeled off; one clear winner,
 * or a problem that says what each answered. A wrong guess is worse than no guess.
 */
import { Problem } from '../problem.js'
import { isCounted, type Head, type Parser } from './parser.js'
import { NESTED_WRAPPERS, WRAPPERS, type Wrapper } from './wrappers.js'

/** A parser that claims a file, through a wrapper or bare. */
export interface Claim { readonly parser: Parser, readonly wrapper?: Wrapper, readonly score: number }

/** The answers to one file: the claims that stand, best first; more than one only where a file mixes formats line by line. */
export interface Detection { readonly claims: readonly Claim[], readonly answers: readonly Claim[] }

/** Who is asked. `areShares`: no answer is larger than the shares of lines (`shareOf`) that it is made of, which goes for all built-in parsers. */
export interface Asked { readonly parsers: readonly Parser[], readonly areShares?: boolean | undefined }

/** Below this no parser may claim a file. */
export const CLAIM_SCORE = 0.3
/** From here on nobody asks whether the file mixes formats. */
const SURE_SCORE = 0.85
/** Two formats this close cannot be told apart. */
const MARGIN = 0.08
/** A format of a mixed file must claim this share of its lines. */
const MIXED_SHARE = 0.1
/** Lines of a head that are asked about one by one. */
const VOTING_LINES = 60

/** Lines that tell whom to ask first. */
const PROBED_LINES = 8

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

/** The same head for parsers whose answers are shares at most; undefined for a short one, of which everything is soon told. */
function quickened(head: Head): Head & { quick: { least: number, counted: number } } | undefined {
  return head.lines.length <= 2 * PROBED_LINES ? undefined : { ...head, quick: { least: CLAIM_SCORE, counted: head.lines.filter(isCounted).length } }
}

/**
 * Every answer that matters, exactly, and for the others one that does not matter either: those too small to claim a file, and, once somebody is
 * sure, those too small to make it ambiguous. The likely winner is asked first, and the others until they have lost.
 */
function quickScores(head: Head, parsers: readonly Parser[]): { parser: Parser, score: number }[] {
  const quick = quickened(head)
  if (!quick) return parsers.map(parser => ({ parser, score: scoreOf(parser, head) }))
  const probe = { ...head, lines: head.lines.slice(0, PROBED_LINES) }
  const likely = parsers.map(parser => ({ parser, score: scoreOf(parser, probe) })).sort((a, b) => b.score - a.score)
  return likely.map(({ parser }) => {
    const score = scoreOf(parser, quick)
    if (score >= SURE_SCORE) quick.quick.least = Math.max(quick.quick.least, score - MARGIN)
    return { parser, score }
  })
}

function answersFor(head: Head, { parsers, areShares }: Asked, wrapper?: Wrapper): Claim[] {
  const scores = areShares ? quickScores(head, parsers) : parsers.map(parser => ({ parser, score: scoreOf(parser, head) }))
  return scores
    .map(claim => ({ ...claim, ...(wrapper ? { wrapper } : {}) }))
    .filter(claim => claim.score >= CLAIM_SCORE)
    .sort((a, b) => b.score - a.score || (a.parser.id < b.parser.id ? -1 : 1))
}

function unwrapHead(head: Head, wrapper: Wrapper): Head | undefined {
  const peeled = wrapper.peelHead(head.lines)
  return peeled && makeHead(head.path, peeled.lines, peeled.program)
}

/** All answers about a head: bare ones, and only where nobody claims it bare, those behind a wrapper. */
function allAnswers(head: Head, asked: Asked): Claim[] {
  const bare = answersFor(head, asked)
  if (bare.some(claim => claim.score >= 0.6)) return bare
  const behind = (wrappers: readonly Wrapper[]): Claim[] => wrappers.flatMap(wrapper => {
    const inner = unwrapHead(head, wrapper)
    return inner ? answersFor(inner, asked, wrapper) : []
  })
  const single = behind(WRAPPERS)
  const wrapped = single.length > 0 || bare.length > 0 ? single : behind(NESTED_WRAPPERS)
  return [...bare, ...wrapped].sort((a, b) => b.score - a.score)
}

/** A second format must claim this share of what the first one refuses. */
const REFUSED_SHARE = 0.3

/** Formats that read what the first claimant of a file refuses (two services in one syslog, say); empty when that is little or junk. */
export function claimsOnRefused(path: string, refused: readonly string[], headLines: number, asked: Asked): readonly Claim[] {
  if (refused.length < Math.max(3, MIXED_SHARE * headLines)) return []
  return votesOf(makeHead(path, refused), asked).filter(vote => vote.lines >= REFUSED_SHARE * refused.length).map(vote => vote.claim)
}

/** Formats that share a file line by line. */
function mixedClaims(head: Head, asked: Asked): Claim[] {
  const voting = Math.min(VOTING_LINES, head.lines.length)
  return votesOf(head, asked).filter(vote => vote.lines / voting >= MIXED_SHARE).map(vote => vote.claim)
}

/** Asks about each line on its own; a line that two formats claim equally votes for none. */
function votesOf(head: Head, asked: Asked): { claim: Claim, lines: number }[] {
  const votes = new Map<string, { claim: Claim, lines: number }>()
  for (const line of head.lines.slice(0, VOTING_LINES)) {
    const [best, second] = line.trim() === '' ? [] : allAnswers(makeHead(head.path, [line]), asked)
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
export function detectFormat(head: Head, asked: Asked): Detection {
  const answers = allAnswers(head, asked)
  const [best, second] = answers
  if (!best || best.score < SURE_SCORE) {
    const mixed = mixedClaims(head, asked)
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
