/**
 * `correlate` over columns, where every log has a brief: bytes in, bytes out. Events are made only of lines that say something new. The plain
 * way gives the same bytes; it is what this one is tested against.
 */
import { NotInColumns, type Assumptions } from '../assume.js'
import type { Source } from '../event/source.js'
import type { Inputs } from '../inputs.js'
import type { JoinRules } from '../join/claim.js'
import { traitsOf, type FileTraits } from '../join/traits.js'
import { parsers as builtIn } from '../../parsers/index.js'
import { planBrief } from '../read/brief.js'
import type { Summary } from '../run.js'
import type { PlainOptions } from '../threads/messages.js'
import { Unsuited } from '../threads/unsuited.js'
import { ColumnRun, type ColumnLog, type LaneName } from './column-run.js'
import type { Readers } from './readers.js'
import { RowText } from './row-text.js'

/** What decides whether a run may go this way at all, whatever the logs hold. */
export interface ColumnOptions { readonly fields: readonly string[], readonly labels?: readonly unknown[] | undefined, readonly skews?: readonly unknown[] | undefined }

/** How the wanted fields are written; undefined where they, or the options, are not for this way. */
export function textInColumns(options: ColumnOptions, assumed: Assumptions): RowText | undefined {
  if (assumed.inColumns === false || assumed.aliases.size > 0 || options.labels?.length || options.skews?.length) return undefined
  return RowText.of(options.fields)
}

/** What is to be done. */
export interface ColumnCall {
  readonly inputs: Inputs
  readonly options: ColumnOptions & { readonly unmatched?: boolean }
  readonly assumed: Assumptions
  readonly rules: JoinRules
  readonly onReject: ((reject: object) => void) | undefined
  /** Gives threads to read so many logs, and stops them in the end. */
  readersFor(logs: number): Readers
  /** The options for reading. */
  readonly readable: PlainOptions
}

const LANES: Readonly<Record<string, LaneName>> = { 'http.request': 'requests', 'tls.handshake': 'tls', 'dns.query': 'dns', 'dns.response': 'dns' }

/** The one lane that the events of a format belong to; undefined when they belong to several, or when a client wrote them. */
function laneOf({ claims }: Source): LaneName | undefined {
  const [claim, second] = claims
  if (!claim || second || claim.wrapper || claim.parser.vantage === 'client' || !builtIn.includes(claim.parser)) return undefined
  const lanes = new Set(claim.parser.types.map(type => LANES[type]))
  return lanes.size === 1 ? [...lanes][0] : undefined
}

function logOf(source: Source, logs: readonly (readonly string[])[], wanted: readonly string[]): ColumnLog | undefined {
  const lane = laneOf(source)
  const parser = source.claims[0]?.parser
  const brief = parser?.table?.brief
  const plan = brief && planBrief(brief, wanted)
  const isWhole = logs.some(paths => paths.length === 1 && paths[0] === source.path)
  return lane && plan && isWhole ? { path: source.path, parser: new URL(`../../parsers/${parser!.id}.js`, import.meta.url).href, lane, plan, dataset: parser!.dataset } : undefined
}

const isPlain = ({ hidesClients, leg }: FileTraits): boolean => !hidesClients && leg === 'client'

/**
 * Joins logs and writes the wanted fields of every session as a line of JSON.
 * @param write takes the lines, in order.
 * @returns the account of the run; undefined, and nothing done, when the logs or the fields are not for this way. Fails with NotInColumns when
 * that turns out later, with OutOfOrder or OtherAliases when an assumption was wrong; what was written is then to be thrown away.
 */
export async function correlateColumns(call: ColumnCall, write: (lines: Uint8Array) => Promise<void> | void): Promise<Summary | undefined> {
  const { inputs, options, assumed, rules } = call
  const text = textInColumns(options, assumed)
  if (!text) return undefined
  const traits = traitsOf(inputs.sources.map(source => ({ path: source.path, drafts: source.headDrafts })))
  const logs = inputs.sources.map(source => logOf(source, inputs.logs, text.wanted)).filter(log => log !== undefined)
  if (logs.length < inputs.sources.length || new Set(logs.map(log => log.lane)).size < logs.length || ![...traits.values()].every(isPlain)) return undefined
  const ordered = [...logs].sort((a, b) => a.path < b.path ? -1 : 1)
  const run = new ColumnRun({ inputs, logs: ordered, options: call.readable, traits, assumed, rules, text, readers: call.readersFor(ordered.length), unmatched: options.unmatched === true, onReject: call.onReject })
  try {
    for await (const lines of run.lines()) await write(lines)
  } catch (error) {
    if (error instanceof Unsuited) throw new NotInColumns(error.message)
    throw error
  }
  return run.summary()
}
