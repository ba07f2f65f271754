/**
 * JSON records that do not stand one on a line: batches (`{"records":[…]}`, `[…]`), arrays written a record a line, and pretty-printed
 * records over many lines. Each record goes to the format's own reader as if it stood on a line.
 */
import { HELD, isOutcome, isSkip, MERGED, skip, type Draft, type Head, type LineReader, type LineResult, type Outer, type Parser, type ParserContext, type Skip } from '../parser.js'

const ENVELOPE = /^\{\s*"(?:records|Records|events|entries|logs|items|data|value)"\s*:\s*\[/
const OPENERS = /^(?:\[|\{\s*"(?:records|Records|events|entries|logs|items|data|value)"\s*:\s*\[|"(?:records|Records|events|entries|logs|items|data|value)"\s*:\s*\[)$/
const CLOSERS = /^[\]}],?$|^\]\s*\}$/
/** A record longer than this is not put together; its lines are refused. */
const MAX_RECORD = 1_000_000

/** How far a text opens more braces and brackets than it closes; strings are jumped over. NaN where a string is left open. */
function depthOf(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 34: at = endOfString(text, at); if (at === -1) return NaN; break
      case 123: case 91: depth++; break
      case 125: case 93: depth--; break
      default:
    }
  }
  return depth
}

function endOfString(text: string, open: number): number {
  for (let at = text.indexOf('"', open + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0
    while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return at
  }
  return -1
}

/** The objects of the array that begins behind `from`, as texts. */
function elementsOf(text: string, from: number): string[] {
  const elements: string[] = []
  let depth = 0
  let start = -1
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      at = endOfString(text, at)
      if (at === -1) break
    } else if (code === 123 || code === 91) {
      if (depth++ === 0) start = at
    } else if (code === 125 || code === 93) {
      if (depth === 0) break
      if (--depth === 0) elements.push(text.slice(start, at + 1))
    }
  }
  return elements
}

interface OtlpLine { resourceLogs?: { scopeLogs?: { logRecords?: { body?: { stringValue?: unknown } }[] }[] }[] }

/** The texts that an OTLP line carries as string bodies. */
function otlpBodies(text: string): string[] | undefined {
  try {
    const line = JSON.parse(text) as OtlpLine
    const bodies = (line.resourceLogs ?? []).flatMap(resource => (resource.scopeLogs ?? []).flatMap(scope => (scope.logRecords ?? []).map(record => record.body?.stringValue)))
    return bodies.filter(body => typeof body === 'string')
  } catch {
    return undefined
  }
}

/** The records of a batch on one line, as texts; undefined where the line is no batch. */
export function recordsIn(text: string): string[] | undefined {
  const first = text.charCodeAt(0)
  if (first === 91) return text.endsWith(']') || text.endsWith('],') ? elementsOf(text, 1) : undefined
  if (first !== 123 || text.charCodeAt(text.length - 1) !== 125) return undefined
  if (text.startsWith('{"resourceLogs"')) return otlpBodies(text)
  const envelope = ENVELOPE.exec(text)
  return envelope ? elementsOf(text, envelope[0].length) : undefined
}

class UnfoldingReader implements LineReader {
  private pieces: string[] = []
  private size = 0
  private depth = 0
  private firstLine = 0
  private readonly refused: (Skip & { line: number })[] = []
  private readonly batched: boolean

  constructor(private readonly inner: LineReader, head: Head) {
    this.batched = isBatch(head.lines)
  }

  line(text: string, number: number, outer?: Outer): LineResult {
    if (this.pieces.length > 0) {
      // a record that begins at the margin while another is open: the open one was cut off
      if (text.charCodeAt(0) !== 123) return this.more(text, outer)
      this.close(skip('malformed', 'a record that does not close'))
    }
    const trimmed = text.trim()
    const first = trimmed.charCodeAt(0)
    if (first !== 123 && first !== 91 && first !== 93 && first !== 125 && first !== 34) return this.inner.line(text, number, outer)
    if (OPENERS.test(trimmed) || CLOSERS.test(trimmed) || (trimmed === '{' && this.batched && number < 3)) return skip('header')
    const bare = trimmed.endsWith('},') ? trimmed.slice(0, -1) : trimmed
    const records = recordsIn(bare)
    if (records) return this.batch(records, number, outer)
    // only what a pretty-printer writes: one cut line must not swallow the lines behind it
    if (bare.endsWith('{') && depthOf(bare) > 0) return this.begin(bare, number)
    return this.inner.line(bare, number, outer)
  }

  end(): readonly (Draft | (Skip & { line: number }))[] {
    if (this.pieces.length > 0) this.refused.push({ ...skip('incomplete', 'the file ends inside a record'), line: this.firstLine })
    this.pieces = []
    return [...this.inner.end?.() ?? [], ...this.refused.splice(0)]
  }

  /** All records of one line; where some are refused and some are not, the line counts as read. */
  private batch(records: readonly string[], number: number, outer: Outer | undefined): LineResult {
    if (records.length === 0) return skip('not-an-event', 'an empty batch')
    const drafts: Draft[] = []
    let refusal: Skip | undefined
    for (const record of records) {
      const result = this.inner.line(record, number, outer)
      if (typeof result === 'symbol') continue
      if (isOutcome(result)) drafts.push(...result.drafts)
      else if (isSkip(result)) refusal ??= result
      else drafts.push(result)
    }
    return drafts.length > 0 ? { drafts, self: 'event' } : refusal ?? skip('not-an-event')
  }

  private begin(text: string, number: number): LineResult {
    this.pieces = [text]
    this.size = text.length
    this.depth = depthOf(text)
    this.firstLine = number
    return HELD
  }

  private more(text: string, outer: Outer | undefined): LineResult {
    this.pieces.push(text)
    this.size += text.length
    this.depth += depthOf(text)
    if (this.size > MAX_RECORD || this.depth !== this.depth) return this.close(skip('malformed', 'a record that does not close'))
    if (this.depth > 0) return MERGED
    const whole = this.pieces.join(' ').trim()
    return this.close(this.inner.line(whole.endsWith(',') ? whole.slice(0, -1) : whole, this.firstLine, outer))
  }

  private close(result: LineResult): LineResult {
    const line = this.firstLine
    this.pieces = []
    if (typeof result === 'object' && !isSkip(result)) {
      const drafts = isOutcome(result) ? result.drafts : [result]
      if (drafts.length > 0) return { drafts: drafts.map(draft => ({ ...draft, line })), self: MERGED }
    }
    this.refused.push({ ...(typeof result === 'object' && isSkip(result) ? result : skip('not-an-event')), line })
    return MERGED
  }
}

function isBatch(lines: readonly string[]): boolean {
  const [first, second] = lines.filter(line => line.trim() !== '').map(line => line.trim())
  return first === '{' && second !== undefined && OPENERS.test(second)
}

const heads = new WeakMap<Head, Head>()

/** The head with its records one on a line, for detection; the head itself where nothing has to be unfolded. */
export function unfoldedHead(head: Head): Head {
  const known = heads.get(head)
  if (known) return known
  const unfolded = unfoldLines(head)
  heads.set(head, unfolded)
  return unfolded
}

function unfoldLines(head: Head): Head {
  const first = head.lines.find(line => line.trim() !== '')?.trim()
  if (first === undefined || (first.charCodeAt(0) !== 123 && first.charCodeAt(0) !== 91)) return head
  if (!head.lines.some(line => { const text = line.trim(); return recordsIn(text) !== undefined || OPENERS.test(text) || text.endsWith('{') })) return head
  const lines: string[] = []
  const inner: LineReader = { line(text) { lines.push(text); return MERGED } }
  const reader = new UnfoldingReader(inner, head)
  head.lines.forEach((line, index) => reader.line(line, index + 1))
  const parsed = new Map<number, Record<string, unknown> | undefined>()
  return {
    ...head,
    lines,
    json(index) {
      if (!parsed.has(index)) parsed.set(index, parseObject(lines[index] ?? ''))
      return parsed.get(index)
    },
  }
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** The same parser, for records in batches and over several lines too. */
export function unfolding(parser: Parser): Parser {
  return Object.freeze({
    ...parser,
    detect: (head: Head) => parser.detect(unfoldedHead(head)),
    open: (context: ParserContext) => new UnfoldingReader(parser.open(context), context.head),
  })
}
