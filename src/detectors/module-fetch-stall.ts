// A Go module download hangs: in which phase, and whether garbage collection has a part in it.
import { z } from 'zod'
import { artifactName, byTime, countRequests, moduleName, type Attempt } from '../detect-support/go-attempt.js'
import { collected, fetched, GO_CASE_START, served, verdict, waiting } from '../detect-support/go-cases.js'
import { collectionsIn, collectionsText, PHASE_REMEDY, PHASE_TEXT, phaseOf, type Collections, type Phase } from '../detect-support/go-phase.js'
import { findStalls, type Stall, type StallRules } from '../detect-support/go-stalls.js'
import { GoWatch } from '../detect-support/go-watch.js'
import { Evidence, IncidentBook, listed, proofsOf, Tally } from '../detect-support/incidents.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case, type FindingDraft } from './detector.js'

interface State { readonly stall: Stall, readonly phase: Phase, readonly collections: Collections, readonly attempts: Attempt[], readonly modules: Tally, readonly hosts: Tally, readonly clients: Tally, readonly evidence: Evidence, longestMs: number | undefined, isLoud: boolean, hasInterrupt: boolean, hasOpen: boolean }

/** What explains a hang in a phase; a failed fetch of the same module tells more than that it took long. */
const EXPLAINED_BY: Readonly<Record<string, readonly string[]>> = { dns: ['dns-failure', 'slow-dns'], tls: ['tls-handshake-failure'], headers: ['origin-timeout'], body: ['origin-timeout'], unknown: ['origin-timeout', 'slow-dns'] }

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

function noteOf({ attempt, isOpen, lengthMs, isInterrupted }: Stall): string {
  const long = lengthMs === undefined ? '' : ` for ${seconds(lengthMs)}`
  return `${artifactName(attempt.op)} of ${moduleName(attempt) ?? attempt.host ?? 'a module'} ${isOpen ? `had no result${long}${isInterrupted ? ' until it was interrupted' : ' where the log ends'}` : `took${long.slice(4)}`}`
}

function collect(watch: GoWatch, rules: StallRules, gapMs: number): IncidentBook<State> {
  let fresh: Pick<State, 'stall' | 'phase' | 'collections'> | undefined
  const book = new IncidentBook<State>({ gapMs, quietMs: gapMs }, () => ({ ...fresh!, attempts: [], modules: new Tally(), hosts: new Tally(), clients: new Tally(), evidence: new Evidence(4), longestMs: undefined, isLoud: false, hasInterrupt: false, hasOpen: false }))
  for (const stall of findStalls(watch, rules).sort((a, b) => byTime(a.attempt, b.attempt))) {
    const { attempt, siblings, untilMs, lengthMs } = stall
    const phase = phaseOf(attempt, siblings, watch, rules.stallMs, untilMs)
    fresh = { stall, phase, collections: collectionsIn(watch.traces.get(attempt.event.log.file.path), attempt.startMs, untilMs, lengthMs) }
    const { state } = book.fail(`${attempt.host ?? moduleName(attempt) ?? ''} ${phase.word}`, attempt.startMs, untilMs ?? attempt.endMs)
    state.attempts.push(attempt, ...siblings)
    for (const one of [attempt, ...siblings]) {
      state.modules.add(moduleName(one))
      state.hosts.add(one.host)
      state.clients.add(one.client)
      state.evidence.add({ event: one.event, note: noteOf({ ...stall, attempt: one }) }, 3)
    }
    if (lengthMs !== undefined && lengthMs > (state.longestMs ?? -Infinity)) state.longestMs = lengthMs
    state.isLoud ||= stall.isLoud
    state.hasInterrupt ||= stall.isInterrupted
    state.hasOpen ||= stall.isOpen
    if (phase.proof) state.evidence.add(phase.proof, 4)
    for (const proof of proofsOf(attempt.joined ?? { members: [] }, member => `the same ${member.type === 'http.request' ? 'request' : member.type === 'tls.handshake' ? 'connection' : 'visit'}, in ${member.dataset}`)) state.evidence.add(proof)
  }
  return book
}

function severityOf({ isLoud, hasOpen, longestMs, modules }: State): FindingDraft['severity'] {
  if (!isLoud) return 'informational'
  return hasOpen || (longestMs ?? 0) >= 30_000 || modules.size >= 3 ? 'medium' : 'low'
}

function finding(key: string, state: State, firstMs: number | undefined, lastMs: number | undefined, watch: GoWatch, rules: StallRules): FindingDraft {
  const { stall, phase, collections, longestMs } = state
  const names = state.modules.words(20)
  const hosts = state.hosts.words(20)
  const count = countRequests(state.attempts)
  const usual = watch.normal.median()
  const subject = `${names.length === 1 && stall.attempt.op !== undefined ? `${artifactName(stall.attempt.op)} of ` : ''}${names.length > 0 ? listed(names) : 'a module'}`
  const long = longestMs === undefined ? ' for a time that the log does not tell' : ` for ${seconds(longestMs)}`
  const end = stall.isOpen ? (state.hasInterrupt ? ' until it was interrupted' : ' and had no result where the log ends') : ''
  return {
    severity: severityOf(state), confidence: phase.word === 'unknown' || longestMs === undefined ? 'low' : phase.isSure ? 'high' : 'medium',
    subject: { modules: names, hostnames: hosts, client_ips: state.clients.words(20) }, ...(hosts.length === 1 ? { hostname: hosts[0]! } : {}),
    count, ts_ms: firstMs, ts_end_ms: lastMs, cause: phase.word === 'unknown' ? 'phase-unknown' : `${phase.word}-stall`,
    follows: [...EXPLAINED_BY[phase.word] ?? [], ...(stall.isOpen ? [] : ['module-fetch-failure'])],
    measured: [
      ...(longestMs === undefined ? [] : [{ field: 'waited', value: longestMs, op: '>=' as const, threshold: state.hasInterrupt ? 0 : rules.stallMs, unit: 'ms' }]),
      { field: 'phase', value: phase.word }, { field: 'garbage collection', value: collections.word }, ...(collections.stwMs === undefined ? [] : [{ field: 'go.gc.stw_ms', value: collections.stwMs, unit: 'ms' }]),
    ],
    evidence: state.evidence.pick(),
    message: `${subject} hung${hosts.length > 0 ? ` at ${listed(hosts)}` : ''}${long}${end}, ${PHASE_TEXT[phase.word]} (${phase.how}); ${collectionsText(collections)}`,
    ...(usual === undefined ? {} : { comparison: `${watch.normal.seen} answered fetches took ${usual < 1000 ? `${Math.round(usual)} ms` : seconds(usual)} at the median` }),
    remediation: `${collections.word === 'is to blame' ? 'Give the go command more memory (GOGC, GOMEMLIMIT). ' : ''}${PHASE_REMEDY[phase.word]}${phase.isSure || phase.word === 'unknown' ? '' : ` To be sure of the phase: ${PHASE_REMEDY.unknown}`}`,
    key: [key],
  }
}

const quick = repeat(8, i => fetched({ at: i * 0.1, version: `v1.0.${i}`, op: 'mod' }))
const laterLine = fetched({ at: 21, version: 'v1.0.9', op: 'mod' })

const cases: readonly Case[] = [
  { name: 'a zip is open for 3 s when somebody sends SIGQUIT; the dump shows it waiting for headers', fires: true, expects: { severity: 'medium', cause: 'headers-stall', count: 1, findings: 1 }, events: caseEvents([...quick, fetched({ at: 1, version: 'v2.0.0', open: true }), waiting('headers', 4)]) },
  { name: 'a bare trace ends with an open fetch', fires: true, expects: { severity: 'medium', cause: 'phase-unknown', count: 1 }, events: caseEvents([fetched({ version: 'v2.0.0', open: true })]) },
  { name: 'a fetch stays open for 20 s while others go on', fires: true, expects: { severity: 'medium', cause: 'headers-stall', findings: 1 }, events: caseEvents([...quick, fetched({ at: 1, version: 'v2.0.0', open: true }), laterLine, collected(0.2, 3)]) },
  { name: 'headers come after 9 s, in the trace and in the edge\'s log', fires: true, expects: { severity: 'low', cause: 'headers-stall', count: 1, findings: 1 }, events: caseEvents([...quick, fetched({ at: 1, version: 'v2.0.0', ms: 9003 }), served({ at: 1, version: 'v2.0.0', ms: 9001 })]) },
  { name: 'the headers are there and the body hangs: only the dump tells', fires: true, expects: { severity: 'medium', cause: 'body-stall', count: 1 }, events: caseEvents([fetched({ version: 'v2.0.0' }), waiting('body')]) },
  { name: 'clients of a proxy give up after 8 s', fires: true, expects: { severity: 'low', count: 2 }, events: caseEvents([served({ at: 1, status: 499, ms: 8000, error: { type: 'client_abort', code: '499' } }), served({ at: 11, status: 499, ms: 8000, error: { type: 'client_abort', code: '499' } })]) },
  { name: 'the trace was cut in the middle of a fetch that had just begun', fires: false, events: caseEvents([...quick, fetched({ at: 0.75, version: 'v2.0.0', open: true })]) },
  { name: 'the go command ended by itself over a checksum, with other fetches under way', fires: false, events: caseEvents([fetched({ version: 'v2.0.0', open: true }), verdict({ type: 'checksum_mismatch', message: 'checksum mismatch' })]) },
  { name: 'a repository takes 20 s to clone', fires: false, events: caseEvents([fetched({ at: 0, op: 'vcs', ms: 20_000 })]) },
  { name: 'a proxy serves a big zip to a slow client for 40 s', fires: false, events: caseEvents([served({ at: 0, ms: 40_000 })]) },
  { name: 'everything is as slow as everything else', fires: false, events: caseEvents(repeat(10, i => fetched({ at: i, version: `v1.0.${i}`, ms: 5200 + i * 30 }))) },
  { name: 'a goroutine dump of a program that fetches no modules', fires: false, events: caseEvents([{ dataset: 'go.dump', in: 'app.log', type: 'log.line', vantage: 'client', ts_ms: GO_CASE_START, ts_basis: 'point', message: 'goroutine 9 [select]', go: { stage: 'headers' } }, served({ at: 0 })]) },
]

export default defineDetector({
  id: 'module-fetch-stall',
  name: 'Go module download hangs',
  version: '1',
  what: 'A fetch of a Go module has no result where its trace ends or was interrupted, or waited far longer than its peers; says in which phase (DNS, connect, TLS, headers, body, lock, version control), from goroutine dumps, http2debug, httptrace, the errors, and the edge\'s own log, and whether garbage collection had a part in it.',
  why: 'The go command has no time limit for an answer: one silent proxy holds a build up for as long as the connection lives.',
  remedy: PHASE_REMEDY.unknown,
  reference: 'https://go.dev/ref/mod#module-proxy',
  needs: [['go.module', 'http.request']],
  thresholds: z.strictObject({
    stall_s: z.number().positive().default(5).describe('a fetch that waits so long hangs; half of the shortest time limit of a gateway in common use, s'),
    factor: z.number().min(1).default(10).describe('and so many times longer than the median of the answered fetches of the run'),
    vcs_s: z.number().positive().default(60).describe('the same for a version control command, whose time includes the transfer, s'),
    body_bytes_per_s: z.number().positive().default(20_000).describe('a body slower than this, over stall_s, hangs; a faster one is only big'),
    gap_s: z.number().positive().default(300).describe('stalls of one host and phase that lie further apart than this are two incidents, s'),
  }),
  open(thresholds) {
    const rules: StallRules = { stallMs: thresholds.stall_s * 1000, factor: thresholds.factor, vcsMs: thresholds.vcs_s * 1000, bodyBytesPerS: thresholds.body_bytes_per_s }
    const watch = new GoWatch(rules.stallMs)
    return {
      event: event => watch.event(event), session: session => watch.session(session),
      end: () => collect(watch, rules, thresholds.gap_s * 1000).all().map(({ key, state, firstMs, lastMs }) => finding(key, state, firstMs, lastMs, watch, rules)),
    }
  },
  cases,
})
