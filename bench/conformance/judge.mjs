/** Judges one file: who claims it and whether that is right, where its lines went, and where another tool's result agrees with its events. */
import { compareField } from './fields.mjs'
import { expectationsOf } from './expected/index.mjs'
import { readFile, refusedOf } from './read.mjs'

/** Parsers that claim a file although its label allows none of them. */
const wrongClaims = (ids, accepted) => accepted === undefined ? [] : ids.filter(id => !accepted.includes(id))

function compareRecords(expectation) {
  const fields = []
  for (const { event, line, order, wants } of expectation.records) {
    if (wants.length === 0) continue
    const where = line ?? (event ? event.log.line : order === undefined ? undefined : `record ${order + 1}`)
    if (!event) {
      fields.push({ field: 'event', verdict: 'absent', where, theirs: Object.fromEntries(wants.map(want => [want.field, want.value])) })
      continue
    }
    for (const want of wants) {
      const result = compareField(event, want)
      if (result) fields.push({ field: want.field, verdict: result.verdict, where, ours: result.ours, theirs: want.value })
    }
  }
  return fields
}

/** The account of one file of a corpus. */
export async function judgeFile(file) {
  const result = await readFile(file.path)
  const { events, ...account } = result
  const expectation = file.expected === undefined || result.ids.length === 0 ? undefined : expectationsOf(file.expected, file.path, events)
  const eventLines = result.lines - result.merged - Object.values(result.skips).reduce((sum, count) => sum + count, 0)
  return {
    ...account, name: file.name, label: file.label, events: events.length, refused: refusedOf(result),
    wrong: wrongClaims(result.ids, file.accepted), judged: file.accepted !== undefined,
    balanced: eventLines >= 0 && events.length >= eventLines,
    expected: file.expected === undefined ? undefined : { path: file.expected, tool: expectation?.tool ?? 'unknown', detail: expectation?.detail },
    fields: expectation ? compareRecords(expectation) : [],
  }
}
