// What proxies are asked for besides what they serve at once: the go command went on to the next entry of GOPROXY, and why; or one module is asked for at many versions.
import { z } from 'zod'
import { countRequests, moduleName, type Attempt } from '../detect-support/go-attempt.js'
import { failureCause } from '../detect-support/go-causes.js'
import { fetched, served } from '../detect-support/go-cases.js'
import { FragmentWatch } from '../detect-support/go-fragments.js'
import { GoWatch, nextAfter } from '../detect-support/go-watch.js'
import { Evidence, IncidentBook, listed, proofsOf, Tally } from '../detect-support/incidents.js'
import { caseEvents, repeat } from './case-events.js'
import { defineDetector, type Case, type FindingDraft } from './detector.js'

interface State { readonly first: Attempt, readonly next: Attempt, readonly attempts: Attempt[], readonly modules: Tally, readonly ends: Tally, readonly waits: number[], readonly evidence: Evidence }

const MAX_ATTEMPTS = 2000

const isMiss = (attempt: Attempt): boolean => attempt.status === 404 || attempt.status === 410
const hasFailed = (attempt: Attempt): boolean => attempt.outcome === 'failure' || (attempt.status ?? 0) >= 400
const nameOf = (attempt: Attempt): string => attempt.op === 'meta' || attempt.op === 'vcs' ? 'direct' : attempt.target ?? 'another proxy'
const answerOf = (attempt: Attempt): string => attempt.status === undefined ? failureCause(attempt).text : `answered ${attempt.status}`

function note(book: IncidentBook<State>, one: Attempt, next: Attempt, setPair: (pair: readonly [Attempt, Attempt]) => void): void {
  setPair([one, next])
  const reason = isMiss(one) ? String(one.status) : failureCause(one).word
  const { state } = book.fail(`${one.target} ${nameOf(next)} ${reason}`, one.startMs, next.endMs ?? one.endMs)
  if (state.attempts.length < MAX_ATTEMPTS) state.attempts.push(one)
  if (one.durationMs !== undefined && state.waits.length < MAX_ATTEMPTS) state.waits.push(one.durationMs)
  state.modules.add(moduleName(one))
  state.ends.add(hasFailed(next) ? 'failed' : 'found')
  state.evidence.add({ event: one.event, note: `${one.target} ${answerOf(one)}` }, 2)
  state.evidence.add({ event: next.event, note: `then ${nameOf(next)}: ${hasFailed(next) ? answerOf(next) : next.status === undefined ? 'asked' : `answered ${next.status}`}` }, 1)
  for (const { joined, event } of [one, next]) for (const proof of proofsOf(joined ?? { members: [] }, member => member.event_id === event.id ? undefined : `the same request, in ${member.dataset}`)) state.evidence.add(proof)
}

function collect(watch: GoWatch, gapMs: number): IncidentBook<State> {
  let pair: readonly [Attempt, Attempt] | undefined
  const book = new IncidentBook<State>({ gapMs, quietMs: gapMs }, () => ({ first: pair![0], next: pair![1], attempts: [], modules: new Tally(), ends: new Tally(), waits: [], evidence: new Evidence() }))
  for (const chain of watch.allChains()) {
    if (chain[0]!.side !== 'go') continue // an access log shows one proxy, and a program of its own has no list
    for (const one of chain) {
      if (!hasFailed(one) || one.op === 'meta' || one.op === 'vcs' || one.op === 'sumdb') continue
      const next = nextAfter(one, chain)
      if (next) note(book, one, next, both => { pair = both })
    }
  }
  return book
}

/** How the proxies of the list stand: is the first one good for anything? */
function comparisonOf(first: Attempt, next: Attempt, watch: GoWatch): string {
  const { own, others } = watch.answersOf(first)
  const theirs = others.find(([host]) => host === next.host)?.[1] ?? 0
  const fetches = (count: number): string => count === 0 ? 'nothing else' : `${count} other fetch${count === 1 ? '' : 'es'}`
  return `${first.host ?? 'the first'} answered ${fetches(own)} itself; ${nameOf(next)} answered ${theirs === 0 ? 'none' : `${theirs} in all`}`
}

function finding(key: string, { first, next, attempts, modules, ends, waits, evidence }: State, firstMs: number | undefined, lastMs: number | undefined, watch: GoWatch): FindingDraft {
  const miss = isMiss(first)
  const count = countRequests(attempts)
  const lost = waits.reduce((sum, ms) => sum + ms, 0)
  const names = modules.words(20)
  const failed = ends.count('failed')
  const how = miss ? `${first.status} moves on with , and with | alike` : 'only | moves on for anything but 404 and 410'
  return {
    severity: miss ? 'informational' : 'low', confidence: 'high',
    subject: { modules: names, hostnames: [...new Set([first.host, next.host].filter(host => host !== undefined))].sort() }, ...(first.host === undefined ? {} : { hostname: first.host }),
    count, ts_ms: firstMs, ts_end_ms: lastMs, cause: miss ? 'not-there' : failureCause(first).word,
    measured: [{ field: 'fallbacks', value: count, op: '>=', threshold: 1 }, ...(first.status === undefined ? [] : [{ field: 'http.response.status_code', value: first.status }]), ...(waits.length === 0 ? [] : [{ field: 'time lost', value: lost, unit: 'ms' }])],
    evidence: evidence.pick(),
    comparison: comparisonOf(first, next, watch),
    message: `${first.target} ${answerOf(first)} for ${listed(names)}, so GOPROXY went on to ${nameOf(next)} (${how}); ${failed === 0 ? 'there it was found' : ends.count('found') === 0 ? 'that failed too' : `${failed} of them failed there too`}`,
    ...(miss ? {} : { remediation: `Mend ${first.target}, or take it off the list: every artifact asks it first and pays for it again. With , instead of | the build would have stopped here.` }), key: [key],
  }
}

const cases: readonly Case[] = [
  { name: 'the first proxy does not have the module, the second does', fires: true, expects: { severity: 'informational', cause: 'not-there', count: 3, findings: 1 }, events: caseEvents((['info', 'mod', 'zip'] as const).flatMap((op, i) => [fetched({ at: i, op, status: 404 }), fetched({ at: i + 0.1, op, proxy: 'goproxy.example.net' })])) },
  { name: 'a dead first proxy with | costs a time-out for every artifact; no stamps', fires: true, expects: { severity: 'low', cause: 'connect-timeout', count: 2, findings: 1 }, events: caseEvents((['mod', 'zip'] as const).flatMap(op => [fetched({ op, error: { type: 'connection_timeout', message: 'dial tcp 198.51.100.9:443: i/o timeout' } }), fetched({ op, proxy: 'goproxy.example.net' })])) },
  { name: 'not on the proxy, so straight to the repository', fires: true, expects: { severity: 'informational', findings: 1 }, events: caseEvents([fetched({ at: 0, op: 'info', status: 410 }), { ...fetched({ at: 1, op: 'meta' }), url: { scheme: 'https', domain: 'code.example.org', path: '/lib/base', query: 'go-get=1' }, go: { module: { path: 'code.example.org/lib/base', op: 'meta' } } }]) },
  { name: 'one proxy has everything', fires: false, events: caseEvents(repeat(10, i => fetched({ at: i, module: `code.example.org/lib/m${i}` }))) },
  { name: 'two proxies serve different modules', fires: false, events: caseEvents([fetched({ at: 0, module: 'code.example.org/a' }), fetched({ at: 1, module: 'code.example.org/b', proxy: 'goproxy.example.net' })]) },
  { name: 'the only proxy does not have the module', fires: false, events: caseEvents([fetched({ at: 0, op: 'info', status: 404, error: { type: 'module_not_found', message: 'not found' } })]) },
  { name: 'a later version comes from another proxy', fires: false, events: caseEvents([fetched({ at: 0, op: 'zip', version: 'v1.0.0', status: 404 }), fetched({ at: 9, op: 'zip', version: 'v1.1.0', proxy: 'goproxy.example.net' })]) },
  {
    name: 'one module is fetched at twelve versions by four build machines, as the edge before the proxy tells', fires: true, expects: { severity: 'informational', cause: 'fragmentation', count: 12, findings: 1 },
    events: caseEvents(repeat(36, i => served({ at: i, version: `v1.${i % 12}.0`, op: i % 3 === 0 ? 'zip' : i % 3 === 1 ? 'mod' : 'info', more: { client: { ip: `192.0.2.${30 + i % 4}` } } })).concat(repeat(24, i => served({ at: 40 + i, version: `v1.${i % 12}.0`, more: { client: { ip: `192.0.2.${30 + i % 4}` } } })))),
  },
  {
    name: 'one build after the other on one machine takes another release, candidates among them', fires: true, expects: { severity: 'informational', cause: 'fragmentation', count: 9, findings: 1 },
    events: caseEvents(repeat(9, i => fetched({ at: i * 60, version: i % 2 === 0 ? `v2.${i}.0` : `v2.${i}.0-rc.1`, in: 'builds.trace' }))),
  },
  {
    name: 'logs of ten builds say that each takes another version', fires: true, expects: { severity: 'informational', cause: 'fragmentation', count: 10, findings: 1 },
    events: caseEvents(repeat(10, i => ({ dataset: 'go.command', in: `build-${i}.log`, type: 'log.line' as const, vantage: 'client' as const, message: `downloading code.example.org/lib/base v1.${i}.0`, go: { module: { path: 'code.example.org/lib/base', version: `v1.${i}.0` } } }))),
  },
  { name: 'a graph of modules is read at fifteen versions, and one is taken', fires: false, events: caseEvents([...repeat(15, i => served({ at: i, op: 'mod', version: `v1.${i}.0` })), served({ at: 20, version: 'v1.14.0' })]) },
  { name: 'go list -m -versions asks for the list, and a tool for what each version is', fires: false, events: caseEvents([...repeat(6, i => served({ at: i, op: 'list' })), ...repeat(15, i => served({ at: 10 + i, op: 'info', version: `v1.${i}.0` }))]) },
  { name: 'a mirror asks for the list and fills its cache with every version once', fires: false, events: caseEvents([served({ at: 0, op: 'list' }), ...repeat(15, i => served({ at: 1 + i, version: `v1.${i}.0` }))]) },
  { name: 'commits without a tag are fetched one after the other', fires: false, events: caseEvents(repeat(12, i => served({ at: i, version: `v0.0.0-202603${10 + i}080000-0123456789ab` }))) },
  { name: 'two hundred fetches of three versions', fires: false, events: caseEvents(repeat(200, i => served({ at: i, version: `v1.${i % 3}.0`, more: { client: { ip: `192.0.2.${30 + i % 9}` } } }))) },
]

export default defineDetector({
  id: 'proxy-fallback',
  name: 'Go module proxies: fallback and fragmentation',
  version: '1',
  what: 'One proxy of GOPROXY failed or did not have a module, and the go command asked the next entry for the same thing: which proxy answered what, and why the list moved on (, only for 404 and 410; | for any error). Or (cause fragmentation, always informational) the archives of one module are fetched at many versions.',
  why: 'It is normal for private modules; a broken first proxy costs its time-out for every artifact, and it hides behind builds that still succeed. A module at many versions takes its room in every cache once a version, and each is fetched anew.',
  remedy: 'Nothing, where the list is meant so. Otherwise put the proxy that has these modules first, or set GOPRIVATE for modules that no proxy has.',
  reference: 'https://go.dev/ref/mod#goproxy-protocol',
  needs: [['go.module', 'http.request', 'log.line']],
  thresholds: z.strictObject({
    gap_s: z.number().positive().default(300).describe('fallbacks between the same proxies that lie further apart than this are two incidents, s'),
    min_versions: z.int().min(2).default(8).describe('versions of one module whose archives are fetched within the run, from which it is told; what a mirror fetches once each after it asked for the list does not count, nor do untagged commits'),
  }),
  open(thresholds) {
    const watch = new GoWatch(Infinity)
    const fragments = new FragmentWatch()
    return {
      event(event) {
        watch.event(event)
        fragments.event(event)
      },
      session: session => watch.session(session),
      end: () => [...collect(watch, thresholds.gap_s * 1000).all().map(({ key, state, firstMs, lastMs }) => finding(key, state, firstMs, lastMs, watch)), ...fragments.findings(thresholds.min_versions)],
    }
  },
  cases,
})
