/** Reads one file as `parse` would: who claims it, what every line became. */
import { load } from '../library.mjs'

const { openSource } = await load('src/event/source.js')
const { SourceReader } = await load('src/event/read-source.js')
const { parsers } = await load('parsers/index.js')
const { NO_LOSS } = await load('src/read/parser.js')

/** Refused lines kept per file, to look at. */
const KEPT_REJECTS = 5

/**
 * What a file gave: `formats` (the claims, `wrapper>parser`), or `problem` (its code) where none or several claim it; the account
 * of its lines; its events with the line each stands on; the first refused lines.
 * `as` states the format, as `--as` does.
 */
export async function readFile(path, as) {
  const rejects = []
  const notes = []
  const options = { parsers, redact: false, year: 2020, ...(as === undefined ? {} : { as: [{ value: as }] }), onReject: reject => { if (rejects.length < KEPT_REJECTS) rejects.push(reject) } }
  const base = { path, lines: 0, events: [], merged: 0, skips: {}, rejects, notes }
  try {
    const source = await openSource(path, options, problem => notes.push(problem.code))
    const formats = source.claims.map(claim => `${claim.wrapper ? `${claim.wrapper.id}>` : ''}${claim.parser.id}`)
    const ids = source.claims.filter(claim => claim.score > 0).map(claim => claim.parser.id)
    const reader = new SourceReader(source, options)
    const events = []
    for await (const batch of reader.events()) events.push(...batch)
    const { lines, merged, skipped } = reader.tally.summary(path, reader.format)
    return { ...base, formats, ids, lines, merged, skips: skipped, events }
  } catch (error) {
    if (error?.code === undefined) throw error
    return { ...base, formats: [], ids: [], problem: error.code, detail: error.message }
  }
}

/** Lines lost of a file: skipped for another reason than saying nothing. */
export const refusedOf = result => Object.entries(result.skips).reduce((sum, [reason, count]) => sum + (NO_LOSS.has(reason) ? 0 : count), 0)
