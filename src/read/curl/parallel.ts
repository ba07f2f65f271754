/** Traces of parallel transfers (`-Z`), whose lines interleave: each has the number of its transfer, with --trace-ids or -vv. */
import { completed } from '../dns/pairing.js'
import type { Draft, LineReader, LineResult, Outer, ParserContext } from '../parser.js'
import { Trace, transferOf, VerboseReader } from './verbose.js'

/** curl runs 50 at once unless told otherwise; the one that began first is given up when there are more. */
const MAX_OPEN = 300

/** Gives each transfer a reader of its own; a line without a number is of the transfer that spoke last, which is all there is in a trace without numbers. */
class ParallelReader implements LineReader {
  private readonly readers = new Map<string, VerboseReader>()
  private readonly trace = new Trace()
  private latest: VerboseReader

  constructor(private readonly context: ParserContext) {
    this.latest = this.reader('')
  }

  line(text: string, number: number, outer?: Outer): LineResult {
    const transfer = transferOf(text)
    let gone: readonly Draft[] = []
    if (transfer !== undefined) {
      const known = this.readers.get(transfer)
      if (!known) gone = this.makeRoom()
      this.latest = known ?? this.reader(transfer)
    }
    const result = this.latest.line(text, number, outer)
    if (gone.length === 0) return result
    return typeof result === 'object' && 'drafts' in result ? { ...result, drafts: [...gone, ...result.drafts] } : completed(gone, result)
  }

  end(): readonly Draft[] {
    return [...this.readers.values()].flatMap(reader => reader.end())
  }

  private reader(transfer: string): VerboseReader {
    const reader = new VerboseReader(this.context, this.trace)
    this.readers.set(transfer, reader)
    return reader
  }

  private makeRoom(): readonly Draft[] {
    if (this.readers.size < MAX_OPEN) return []
    const [oldest, reader] = this.readers.entries().next().value!
    this.readers.delete(oldest)
    return reader.end()
  }
}

/** A reader for one trace. */
export function openTrace(context: ParserContext): LineReader {
  return new ParallelReader(context)
}
