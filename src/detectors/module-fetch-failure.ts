// A Go module could not be had, and why.
import { z } from 'zod'
import { artifactName, countRequests, moduleName, type Attempt } from '../detect-support/go-attempt.js'
import { failureCause, remedyOf, type Cause } from '../detect-support/go-causes.js'
import { fetched, served, verdict } from '../detect-support/go-cases.js'
import { GoWatch, nextAfter } from '../detect-support/go-watch.js'
import { Evidence, IncidentBook, listed, proofsOf, Tally } from '../detect-support/incidents.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case, type FindingDraft } from './detector.js'

interface State { readonly cause: Cause, readonly first: Attempt, readonly attempts: Attempt[], readonly modules: Tally, readonly hosts: Tally, readonly clients: Tally, readonly evidence: Evidence, ofClient: number }

const MAX_ATTEMPTS = 2000

/** What explains a cause, where the logs of the name, the edge or the origin show it. */
const EXPLAINED_BY: Readonly<Record<string, readonly string[]>> = {
  'no-such-host': ['dns-failure', 'dns-hijack'], 'dns-failure': ['dns-failure'], 'dns-timeout': ['dns-failure', 'slow-dns'], certificate: ['dns-hijack', 'certificate-invalid'], 'tls-failure': ['tls-handshake-failure'],
  'gateway-timeout': ['origin-timeout'], timeout: ['origin-timeout', 'slow-dns'], 'server-error': ['origin-timeout', 'origin-unreachable', 'origin-tls-failure', 'origin-errors'], 'connection-cut': ['origin-timeout', 'origin-errors'],
}

/** Is it a failure, and not a step on the way? The go command's own word counts; an access log's only where nobody got the version. */
function isFailure(attempt: Attempt, watch: GoWatch): boolean {
  const { errorType, outcome, side, op, version } = attempt
  if (errorType === 'interrupted' || (errorType === 'client_abort' && side !== 'edge')) return false
  const next = attempt.module === undefined ? undefined : nextAfter(attempt, watch.chainOf(attempt))
  if (side === 'go') return outcome === 'failure' && !(next && next.outcome !== 'failure' && next.status !== undefined && next.status < 400)
  if (side === 'client' && outcome === 'failure' && attempt.status === undefined) return errorType !== undefined && !next
  if (attempt.status === undefined || attempt.status === 499 || attempt.status < 400) return false
  if (attempt.status >= 500) return !next
  // a list or @latest of a path prefix is asked for on the way to every module
  return version !== undefined && (op === 'info' || op === 'mod' || op === 'zip') && !watch.wasHad(attempt)
}

function noteOf(attempt: Attempt): string {
  const words = attempt.message ?? (attempt.status === undefined ? 'failed' : `answered ${attempt.status}`)
  return `${artifactName(attempt.op)} of ${moduleName(attempt) ?? attempt.host ?? 'a module'}: ${words}`.slice(0, 400)
}

function collect(watch: GoWatch, gapMs: number): IncidentBook<State> {
  let current: Attempt | undefined
  const book = new IncidentBook<State>({ gapMs, quietMs: gapMs }, () => ({ cause: failureCause(current!), first: current!, attempts: [], modules: new Tally(), hosts: new Tally(), clients: new Tally(), evidence: new Evidence(4), ofClient: 0 }))
  for (const attempt of watch.troubles) {
    if (!isFailure(attempt, watch)) continue
    current = attempt
    const cause = failureCause(attempt)
    const about = cause.about === 'host' ? attempt.host ?? moduleName(attempt) : moduleName(attempt) ?? attempt.host
    const { state } = book.fail(`${cause.word} ${about ?? attempt.event.log.file.path}`, attempt.startMs, attempt.endMs)
    if (state.attempts.length < MAX_ATTEMPTS) state.attempts.push(attempt)
    if (attempt.side !== 'edge') state.ofClient++
    state.modules.add(moduleName(attempt))
    state.hosts.add(attempt.host)
    state.clients.add(attempt.client)
    state.evidence.add({ event: attempt.event, note: noteOf(attempt) }, attempt.side === 'go' ? 3 : 2)
    addJoined(state.evidence, attempt)
    if (cause.word === 'checksum-mismatch') addArchive(state, attempt, watch)
  }
  return book
}

function addJoined(evidence: Evidence, attempt: Attempt): void {
  for (const proof of proofsOf(attempt.joined ?? { members: [] }, member => member.event_id === attempt.event.id ? undefined : `the same ${member.type === 'http.request' ? 'request' : member.type === 'tls.handshake' ? 'connection' : 'visit'}, in ${member.dataset}`)) evidence.add(proof)
}

/** Who served the archive whose sum is wrong. */
function addArchive(state: State, attempt: Attempt, watch: GoWatch): void {
  const archive = watch.archiveBefore(attempt)
  if (!archive) return
  state.hosts.add(archive.host)
  state.evidence.add({ event: archive.event, note: `the zip of ${moduleName(archive)} came from ${archive.host ?? 'here'}` }, 2)
  addJoined(state.evidence, archive)
}

/** What else the host answered, and what others did: is it this module, this host, or everything? */
function comparisonOf({ first, attempts }: State, watch: GoWatch): string {
  const told = attempts.find(one => one.side === 'go') ?? attempts.find(one => one.side === 'client') ?? first
  const { own, others } = watch.answersOf(told)
  const fetches = (count: number): string => `${count} other fetch${count === 1 ? '' : 'es'}`
  const mine = told.host === undefined ? '' : own === 0 ? `${told.host} answered nothing else in these logs` : `${told.host} answered ${fetches(own)}`
  const rest = others.length === 0 ? 'no other host answered any' : `${listed(others.slice(0, 4).map(([host, count]) => `${host} answered ${count}`))}`
  return [mine, rest].filter(words => words !== '').join('; ')
}

/** The certificate check's own words say which of the many reasons it is. */
function detailOf({ message = '' }: Attempt): string {
  const at = message.indexOf('x509: ')
  return at === -1 ? '' : ` (${message.slice(at + 6, at + 166)})`
}

function finding(key: string, state: State, firstMs: number | undefined, lastMs: number | undefined, watch: GoWatch): FindingDraft {
  const { cause, first } = state
  const told = state.attempts.find(one => one.side === 'go') ?? state.attempts.find(one => one.side === 'client') ?? first
  const count = countRequests(state.attempts)
  const modules = state.modules.words(20)
  const hosts = state.hosts.words(20)
  const subject = modules.length > 0 ? listed(modules) : first.host ?? 'a module'
  const of = told.op === undefined || modules.length > 1 ? '' : `${artifactName(told.op)} of `
  const from = hosts.length === 0 ? '' : ` from ${listed(hosts)}`
  const status = told.status !== undefined && told.status >= 400 ? ` (HTTP ${told.status})` : ''
  // without the client's own word it may have found the module elsewhere
  const isCertain = state.ofClient > 0
  return {
    severity: isCertain ? cause.severity : cause.about === 'host' ? 'low' : 'informational',
    confidence: !isCertain ? 'low' : cause.word === 'unknown' ? 'medium' : 'high',
    subject: { modules, hostnames: hosts, client_ips: state.clients.words(20) }, ...(hosts.length === 1 ? { hostname: hosts[0]! } : {}),
    count, ts_ms: firstMs, ts_end_ms: lastMs, cause: cause.word, follows: EXPLAINED_BY[cause.word] ?? [],
    measured: [
      { field: 'error.type', value: told.errorType ?? cause.word }, { field: 'failures', value: count, op: '>=', threshold: 1 },
      ...(told.durationMs === undefined ? [] : [{ field: 'duration_ms', value: told.durationMs, unit: 'ms' }]),
    ],
    evidence: state.evidence.pick(),
    message: `${of}${subject} could not be had${from}: ${cause.text}${detailOf(told)}${status}${isCertain ? '' : '; only an access log tells, so the client may have found it elsewhere'}`,
    comparison: comparisonOf(state, watch), remediation: remedyOf(cause, told), key: [key],
  }
}

const cases: readonly Case[] = [
  { name: 'go.sum and the archive differ', fires: true, expects: { severity: 'high', cause: 'checksum-mismatch', count: 1, findings: 1 }, events: caseEvents([fetched({}), verdict({ type: 'checksum_mismatch', message: 'verifying code.example.org/lib/base@v1.2.0: checksum mismatch' }, 'code.example.org/lib/base', 'v1.2.0')]) },
  {
    name: 'a proxy that refuses connections fails three modules: one incident of the host', fires: true, expects: { severity: 'medium', cause: 'connection-refused', count: 3, findings: 1, hostnames: ['goproxy.example.com'] },
    events: caseEvents(repeat(3, i => fetched({ at: i, module: `code.example.org/lib/m${i}`, op: 'mod', error: { type: 'connection_refused', message: 'dial tcp 198.51.100.9:443: connect: connection refused' } }))),
  },
  {
    name: 'the edge before the proxy gives up and the go command says so; the same request in two logs counts once', fires: true, expects: { severity: 'medium', cause: 'gateway-timeout', count: 1, findings: 1 },
    events: caseEvents([
      fetched({ at: 1, status: 504, ms: 9003, error: { message: 'reading https://goproxy.example.com/…: 504 Gateway Timeout', code: '504' } }),
      served({ at: 1.001, status: 504, ms: 9001, error: { type: 'http_response_timeout', code: '504' } }),
    ]),
  },
  { name: 'a module that both proxies do not have', fires: true, expects: { severity: 'low', cause: 'module-not-found', findings: 1 }, events: caseEvents([fetched({ at: 0, op: 'info', status: 404 }), fetched({ at: 0.1, op: 'info', proxy: 'goproxy.example.net', status: 404, error: { type: 'module_not_found', message: 'not found', code: '404' } })]) },
  { name: 'the same without stamps, told of a private module by a public proxy', fires: true, expects: { severity: 'medium', cause: 'authentication-required', findings: 1 }, events: caseEvents([fetched({ op: 'info', proxy: 'proxy.golang.org', status: 403, error: { type: 'authentication_required', message: '403 Forbidden', code: '403' } })]) },
  { name: 'go.sum lacks an entry', fires: true, expects: { severity: 'low', cause: 'missing-go-sum' }, events: caseEvents([verdict({ type: 'missing_go_sum', message: 'missing go.sum entry' })]) },
  { name: 'a module is declared under another path', fires: true, expects: { severity: 'low', cause: 'path-mismatch' }, events: caseEvents([verdict({ type: 'path_mismatch', message: 'module declares its path as: x but was required as: y' }, 'code.example.org/fork', 'v1.0.0')]) },
  { name: 'a mirror answers 404 and the next proxy has it', fires: false, events: caseEvents([fetched({ at: 0, op: 'info', status: 404 }), fetched({ at: 0.1, op: 'info', proxy: 'goproxy.example.net' })]) },
  { name: 'a dead first proxy with | is passed over', fires: false, events: caseEvents([fetched({ at: 0, op: 'mod', error: { type: 'connection_refused', message: 'connection refused' } }), fetched({ at: 0.1, op: 'mod', proxy: 'goproxy.example.net' })]) },
  { name: 'path prefixes are asked for and do not exist', fires: false, events: caseEvents([fetched({ at: 0, module: 'code.example.org', op: 'list', status: 404 }), fetched({ at: 0, op: 'list' }), served({ at: 0, module: 'code.example.org', op: 'list', status: 404 })]) },
  { name: 'everything is found', fires: false, events: caseEvents(repeat(20, i => fetched({ at: i, version: `v1.0.${i}` }))) },
  { name: 'a fetch is cancelled because another one failed', fires: false, events: caseEvents([fetched({ at: 0, error: { type: 'client_abort', message: 'context canceled' } })]) },
]

export default defineDetector({
  id: 'module-fetch-failure',
  name: 'Go module cannot be fetched',
  version: '1',
  what: 'The go command could not get a module: with the cause (name, connection, certificate, credentials, 404 or 410, revision, path, go.sum, checksum, version control, a proxy\'s error), from its own verdict or a proxy\'s access log. What the next entry of GOPROXY had is no failure.',
  why: 'The build stops; and a checksum that does not match may be code that somebody changed.',
  remedy: 'Follow the cause: the message names what was asked of whom.',
  reference: 'https://go.dev/ref/mod#module-proxy',
  needs: [['go.module', 'http.request']],
  thresholds: z.strictObject({ gap_s: z.number().positive().default(300).describe('failures of one subject that lie further apart than this are two incidents, s') }),
  open(thresholds) {
    const watch = new GoWatch(Infinity)
    return {
      event: event => watch.event(event), session: session => watch.session(session),
      end: () => collect(watch, thresholds.gap_s * 1000).all().map(({ key, state, firstMs, lastMs }) => finding(key, state, firstMs, lastMs, watch)),
    }
  },
  cases,
})
