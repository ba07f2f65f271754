/** From what a user names to events: opens every input, settles formats, and reads one after the other with an account of each line. */
import { SourceReader } from './event/read-source.js'
import { linesOf, openSource, shortName, type NamedInput, type ReadOptions, type Source } from './event/source.js'
import { countLines, type Counters } from './input/counters.js'
import { expandInputs, rotationGroups } from './input/expand.js'
import type { LineBatch } from './input/lines.js'
import { Problem } from './problem.js'
import type { FileSummary } from './read/tally.js'
import type { LogEvent } from './schema/event.js'

/** An input of the library: a path (file, folder, glob, `-`), or named bytes or lines. */
export type Input = string | NamedInput

/** Something that went wrong with one input while the rest of the run went on. */
export interface InputProblem { readonly code: string, readonly message: string, readonly file?: string, readonly remedy: string }

interface Piece { readonly input: Input, readonly path: string, readonly explicit: boolean, source: Source | undefined }

const pathOf = (input: Input): string => typeof input === 'string' ? input : input.name

/** Expands folders and globs; groups rotated pieces, oldest first; sorts groups by path, so that the order of arguments does not matter. */
async function piecesOf(inputs: readonly Input[]): Promise<Piece[][]> {
  const named = inputs.filter(input => typeof input !== 'string')
  const files = await expandInputs(inputs.filter(input => typeof input === 'string'))
  const explicit = new Map(files.map(file => [file.path, file.explicit]))
  const groups = rotationGroups(files.map(file => file.path)).map(group => group.map(path => ({ input: path as Input, path, explicit: explicit.get(path) ?? true, source: undefined })))
  const all: Piece[][] = [...groups, ...named.map(input => [{ input, path: input.name, explicit: true, source: undefined }])]
  return all.sort((a, b) => a.at(-1)!.path < b.at(-1)!.path ? -1 : 1)
}

async function* countedLines(batches: AsyncGenerator<LineBatch>, counters: Counters): AsyncGenerator<LineBatch> {
  for await (const batch of batches) {
    countLines(counters, batch.texts.length)
    yield batch
  }
}

/** The inputs of a run. */
export class Inputs {
  readonly files: FileSummary[] = []
  readonly notes: string[] = []
  readonly problems: InputProblem[] = []
  private groups: Piece[][] = []
  private order: Map<string, number> | undefined
  private readonly warned = new Set<string>()

  constructor(private readonly options: ReadOptions, private readonly signal?: AbortSignal) {}

  /** Opens every input as far as its first lines. */
  async open(inputs: readonly Input[]): Promise<void> {
    if (inputs.length === 0) throw new Problem('no-input', 'no input is named')
    this.groups = await piecesOf(inputs)
    if (this.groups.length === 0) throw new Problem('no-input', 'there is no file in what was named')
    for (const group of this.groups) await this.openGroup(group)
  }

  private async openGroup(group: Piece[]): Promise<void> {
    for (const piece of group) {
      try {
        piece.source = await openSource(piece.input, piece.input === '-' ? this.options : { ...this.options, counters: undefined }, problem => this.problem(problem, piece.path))
        if (typeof piece.input === 'string' && piece.input !== '-') await piece.source.batches.return(undefined) // read again later: a thousand files must not stay open
      } catch (error) {
        this.openFailed(piece, group, error)
      }
    }
  }

  /** A piece that nobody claims is read as the rest of its log is; files that a folder merely contains are only noted. */
  private openFailed(piece: Piece, group: readonly Piece[], error: unknown): void {
    if (!(error instanceof Problem)) throw error
    const sibling = group.find(other => other.source?.claims.length)?.source
    if (sibling && (error.code === 'no-format' || error.code === 'ambiguous-format')) {
      piece.source = { ...sibling, path: piece.path, batches: linesOf(piece.input, this.options, problem => this.problem(problem, piece.path)) }
      return
    }
    const unclaimed = error.code === 'no-format' || error.code === 'binary-file' || error.code === 'ambiguous-format' || error.code === 'utf16-file'
    if (!piece.explicit && unclaimed) this.note(`${piece.path}: ${error.message}; left out`)
    else this.problem(error, piece.path)
  }

  /** The opened sources, in reading order. */
  get sources(): readonly Source[] { return this.groups.flatMap(group => group.flatMap(piece => piece.source ? [piece.source] : [])) }

  /** Events of all inputs, one input after the other. */
  async *events(): AsyncGenerator<LogEvent[]> {
    for (const stream of this.streams()) yield* stream
  }

  /** Events of each log, the pieces of a rotated one after the other, to be read side by side. The streams may be read in any order. */
  streams(reference = this.referenceMs()): AsyncGenerator<LogEvent[]>[] {
    return this.groups.map(group => this.readGroup(group, reference))
  }

  /** The paths of each log, as `streams` gives them. */
  get logs(): readonly (readonly string[])[] { return this.groups.map(group => group.map(piece => piece.path)) }

  private async *readGroup(group: readonly Piece[], reference: number | undefined): AsyncGenerator<LogEvent[]> {
    let last = reference
    for (const piece of group) {
      if (!piece.source) continue
      for await (const batch of this.read(piece, piece.source, last)) {
        last = batch.at(-1)?.ts_ms ?? last
        yield batch
      }
    }
  }

  /** Near which the logs without a year lie: the middle of what the dated inputs cover. */
  referenceMs(): number | undefined {
    let first = Infinity
    let last = -Infinity
    for (const source of this.sources) for (const draft of source.headDrafts) {
      if (draft.ts_ms === undefined) continue
      if (draft.ts_ms < first) first = draft.ts_ms
      if (draft.ts_ms > last) last = draft.ts_ms
    }
    return first === Infinity ? undefined : (first + last) / 2
  }

  private async *read(piece: Piece, opened: Source, reference: number | undefined): AsyncGenerator<LogEvent[]> {
    const reopen = typeof piece.input === 'string' && piece.input !== '-'
    const source = reopen ? { ...opened, batches: linesOf(piece.input, this.options, problem => this.problem(problem, piece.path)) } : opened
    const { counters } = this.options
    const reader = new SourceReader(counters ? { ...source, batches: countedLines(source.batches, counters) } : source, this.options, reference)
    try {
      for await (const batch of reader.events()) {
        this.signal?.throwIfAborted()
        yield batch
      }
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      this.problem(error, piece.path)
    }
    this.conclude(reader, piece.path)
  }

  /** Books what became of the lines of a file, and what is to be said of them. */
  conclude(reader: SourceReader, path: string): void {
    this.account(reader.tally.summary(path, reader.format))
    if (reader.tally.events === 0 && reader.tally.refused > 0) this.note(`${path}: not one line ${reader.format === undefined ? 'could be read' : `was read as ${reader.format}; is that its format?`}`)
    this.clockNotes(reader, path)
  }

  /** Books the account of one file; accounts stand in reading order, in whichever order the files came to their end. */
  account(file: FileSummary): void {
    this.files.push(file)
    const order = this.order ??= new Map(this.logs.flat().map((path, i) => [path, i]))
    this.files.sort((a, b) => (order.get(a.path) ?? 0) - (order.get(b.path) ?? 0))
  }

  private clockNotes(reader: SourceReader, path: string): void {
    const { notes } = reader.clock
    if (notes.assumedUtc) this.note('some times carry no zone and were read as UTC; --tz ZONE or --tz PATTERN=ZONE says otherwise', 'utc')
    if (notes.assumedYear !== undefined) this.note(`${path}: its times carry no year; read as ${notes.assumedYear}, nearest the other inputs (--year says otherwise)`)
    if (notes.undatedNoYear) this.note(`${path}: its times carry no year and nothing dates them, so its events stay undated; state --year YYYY`)
    if (reader.tally.undated > 0 && !notes.undatedNoYear) this.note(`${path}: ${reader.tally.undated} events carry no time and cannot be joined by it; record with "logjoin stamp", or place them with --anchor`)
  }

  /** Notes a thing once. */
  note(text: string, key = text): void {
    if (this.warned.has(key)) return
    this.warned.add(key)
    this.notes.push(text)
  }

  /** Books trouble with one input, once. */
  problem(error: Problem, path: string): void {
    this.problemTold({ code: error.code, message: error.message, file: error.where?.file ?? path, remedy: error.remedy })
  }

  /** The same for trouble that another thread met. */
  problemTold(problem: InputProblem): void {
    if (!this.problems.some(other => other.code === problem.code && other.file === problem.file)) this.problems.push(problem)
  }
}

export { pathOf, shortName }
