// the join of rows against the join of events, which is itself compared with brute force: the same claims with the same partners
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Block } from '../src/columns/block.js'
import { BlockWriter } from '../src/columns/block-writer.js'
import { ColumnPool } from '../src/columns/column-pool.js'
import { Dictionary, newVocabulary } from '../src/columns/dictionary.js'
import { gathered } from '../src/columns/gather-rows.js'
import { Lane } from '../src/columns/lane.js'
import { RowJoin } from '../src/columns/row-join.js'
import type { Claim, Found, JoinRules } from '../src/join/claim.js'
import { factsOf, type Facts } from '../src/join/facts.js'
import { compareFacts } from '../src/join/order.js'
import { sessionScore } from '../src/join/session.js'
import { JoinStream, type Step } from '../src/join/stream.js'
import { PLAIN } from '../src/join/traits.js'
import type { LogEvent } from '../src/schema/event.js'
import type { BriefPlan } from '../src/read/brief.js'
import { eventsOf, traffic } from './join-traffic.js'

/** A claim in a line. */
interface Outline { readonly of: string, readonly tls: string | undefined, readonly dns: string | undefined, readonly score: number | undefined }

const foundText = (found: Found | undefined): string | undefined => found && `${found.match.partner.path}:${found.match.partner.line}${found.match.later ? ' later' : ''}${found.reused ? ' reused' : ''} ${found.match.rank} ${found.match.gapMs} ${found.match.rivals}`

function ofEvents(facts: readonly Facts[], rules: JoinRules): { claims: Outline[], beyond: object } {
  const stream = new JoinStream(rules)
  const claims: Outline[] = []
  const settle = (step: Step): void => { for (const claim of step.claims) claims.push(outline(claim)) }
  const outline = (claim: Claim): Outline => ({ of: `${claim.cluster.lead.path}:${claim.cluster.lead.line}`, tls: foundText(claim.tls), dns: foundText(claim.dns), score: sessionScore(claim, rules) })
  for (const one of facts) stream.add(one)
  settle(stream.end())
  return { claims, beyond: stream.beyond }
}

const PLAN: BriefPlan = { parts: [{ cells: [], gives: [] }, { cells: [], gives: [] }], partPaths: [[], []], textCells: [], textPaths: [], places: [], brief: { lines: {}, time: { cells: ['ts'], marks: 'start' }, who: '', what: { cells: [], gives: [] }, fills: [] } }
const LANES = { request: 'requests', tls: 'tls', dns: 'dns' } as const
type LaneName = typeof LANES[keyof typeof LANES]

/** The same facts as rows, joined in steps of so many. */
function ofRows(facts: readonly Facts[], rules: JoinRules, stepRows: number): { claims: Outline[], beyond: object } {
  const vocabulary = newVocabulary()
  // as little room as can be, and a block for each row: what is given up too early is missed at once
  const lanes = { requests: new Lane(1, 2), tls: new Lane(2, 2), dns: new Lane(0, 2) }
  const pool = new ColumnPool()
  const held = Object.fromEntries(Object.values(LANES).map(name => {
    const writer = new BlockWriter(PLAN, pool)
    for (const one of facts) if (LANES[one.role as 'request'] === name) writer.addEvent(one, one.event)
    const block = writer.take()
    const dictionary = new Dictionary(2, vocabulary)
    dictionary.add(block)
    return [name, { block, dictionary }]
  })) as Record<LaneName, { block: Block, dictionary: Dictionary }>
  const paths = Object.fromEntries(facts.map(one => [LANES[one.role as 'request'], one.path]))
  const claims: Outline[] = []
  const lineOf = (name: LaneName, row: number): string => {
    const lane = lanes[name]
    assert.ok(row >= lane.first, 'told of a row that was given up')
    const { block, first } = lane.heldOf(row)
    return `${paths[name]}:${block.line[row - first]!}`
  }
  const join: RowJoin = new RowJoin(lanes, vocabulary, rules, (kind, lane, row, tlsReused, dnsReused) => {
    const name = kind === 'request' ? 'requests' : kind
    const place = row & lane.mask
    const tls = kind === 'request' ? lane.tls[place]! : -1
    const dns = kind === 'dns' ? -1 : lane.dns[place]!
    const score = join.scoreOf(lane, place)
    claims.push({
      of: lineOf(name, row),
      tls: tls === -1 ? undefined : `${lineOf('tls', tls)}${join.isLater(lane, place, 'tls') ? ' later' : ''}${tlsReused ? ' reused' : ''} ${lane.tlsRank[place]} ${lane.tlsGap[place]} ${lane.tlsRivals[place]}`,
      dns: dns === -1 ? undefined : `${lineOf('dns', dns)}${join.isLater(lane, place, 'dns') ? ' later' : ''}${dnsReused ? ' reused' : ''} ${lane.dnsRank[place]} ${lane.dnsGap[place]} ${lane.dnsRivals[place]}`,
      score: Number.isNaN(score) ? undefined : score,
    })
  })
  const rowsOf = Object.fromEntries(Object.values(LANES).map(name => [name, facts.filter(one => LANES[one.role as 'request'] === name)])) as Record<LaneName, Facts[]>
  const ordered = [...facts].sort(compareFacts)
  ordered.forEach((one, index) => {
    const name = LANES[one.role as 'request']
    const row = rowsOf[name].indexOf(one)
    const lane = lanes[name]
    lane.append(gathered(Int32Array.of(row), [held[name].block], Int32Array.of(0), pool), held[name].dictionary)
    join.add(lane, lane.merged++)
    if (index % stepRows === stepRows - 1) join.step()
  })
  join.end()
  return { claims, beyond: join.beyond }
}

const settings = fc.record({ beforeMs: fc.constantFrom(0, 250, 1000, 5000), afterMs: fc.constantFrom(0, 250, 1000, 5000), ttlSlackMs: fc.constantFrom(0, 60_000), hasTls: fc.boolean(), stepRows: fc.constantFrom(1, 3, 1000) })
const runs = Number(process.env.LOGJOIN_ORACLE_RUNS ?? 3000)

/** What goes as rows: one log of each kind, all of it dated. */
const isUsual = (event: LogEvent): boolean => ['dns-0.log', 'tls-0.log', 'http-0.log'].includes(event.log.file.path) && event.ts_ms !== undefined && event.labels?.leg !== 'origin' && event.vantage !== 'client'

test('rows find the partners that events find', () => {
  const seen = { tls: 0, dns: 0, later: 0, reused: 0 }
  fc.assert(fc.property(traffic, settings, (made, { stepRows, ...rest }) => {
    const events = eventsOf({ ...made, lines: made.lines.map(line => ({ ...line, twin: 0 })) }).filter(isUsual)
    const facts = events.map(event => factsOf(event, 0, PLAIN))
    const rules: JoinRules = { ...rest, match: 'best', bound: 'window', hasDns: true, files: { request: 1, tls: 1, dns: 1, attempt: 0, connect: 0, note: 0 } }
    const expected = ofEvents([...facts].sort(compareFacts), rules)
    assert.deepEqual(ofRows(facts, rules, stepRows), expected)
    for (const { tls, dns } of expected.claims) {
      if (tls !== undefined) seen.tls++
      if (dns !== undefined) seen.dns++
      if (dns?.includes('later')) seen.later++
      if (dns?.includes('reused')) seen.reused++
    }
  }), { numRuns: runs, includeErrorInReport: true, endOnFailure: process.env.LOGJOIN_ORACLE_QUICK !== undefined })
  for (const [what, count] of Object.entries(seen)) assert.ok(count > runs / 20, `${what}: ${count}`)
})
