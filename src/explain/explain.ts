/** One visit of one host, phase by phase: the path an expert would walk, and the verdict. */
import { domainToASCII } from 'node:url'
import { Correlation } from '../correlate.js'
import { learn, makeEngine, type DetectOptions } from '../detect.js'
import { MissWatch } from '../detect-support/miss-watch.js'
import { ttlViewOf, type TtlView } from '../detect-support/ttl-view.js'
import type { DetectorEngine } from '../detectors/engine.js'
import type { Input } from '../inputs.js'
import { nearestName } from '../input/nearest.js'
import { makeFilter } from '../options.js'
import { Problem } from '../problem.js'
import { toRfc3339 } from '../read/time.js'
import type { Summary } from '../run.js'
import type { Finding } from '../schema/finding.js'
import type { Session } from '../schema/session.js'
import type { Line, Step, Visit } from './step.js'
import { cache } from './steps/cache.js'
import { connect } from './steps/connect.js'
import { origin } from './steps/origin.js'
import { resolve } from './steps/resolve.js'
import { tls } from './steps/tls.js'
import { commandsOf, verdictOf } from './verdict.js'
import { Visits, type Others } from './visits.js'
import { waterfallOf, type Bar } from './waterfall.js'

/** What is explained. */
export interface ExplainOptions extends DetectOptions {
  readonly host: string
  /** The visit nearest to this time, epoch ms; default the most telling one: failed first, then slowest. */
  readonly atMs?: number
}

/** The explanation of a visit. */
export interface Explanation {
  readonly type: 'explanation'
  readonly v: 1
  readonly host: string
  readonly time?: string
  /** Why this visit was taken. */
  readonly chosen: string
  readonly others: Others
  readonly steps: readonly Step[]
  /** How the cache keeps the name's objects, where a log tells of a cache. */
  readonly ttl?: TtlView
  readonly waterfall: readonly Bar[]
  readonly verdict: string
  readonly commands: readonly [string, string]
  readonly evidence: readonly Line[]
  readonly findings: readonly Finding[]
  readonly session: Session
  readonly summary: Summary
}

const STEPS = [resolve, connect, tls, cache, origin] as const
const MAX_NEAR = 5

/** Names like the one that was asked for. */
function namesNear(host: string, names: ReadonlySet<string>): string[] {
  const all = [...names]
  const nearest = nearestName(host, all)
  const [label] = host.split('.')
  const domain = host.split('.').slice(-2).join('.')
  const akin = all.filter(name => name.endsWith(`.${domain}`) || name === domain || (label!.length > 2 && name.includes(label!))).sort()
  return [...new Set([...(nearest === undefined ? [] : [nearest]), ...akin])].slice(0, MAX_NEAR)
}

function unknownHost(host: string, names: ReadonlySet<string>): Problem {
  const near = namesNear(host, names)
  const some = near.length > 0 ? near : [...names].sort().slice(0, MAX_NEAR)
  const what = some.length === 0 ? 'the logs name no host at all' : `${near.length > 0 ? 'near it' : 'the logs name'}: ${some.join(', ')}${names.size > some.length ? `; ${names.size} names in all` : ''}`
  return new Problem('bad-option', `--host: ${JSON.stringify(host)} is not in the logs; ${what}`)
}

function evidenceOf({ session, findings }: Visit): Line[] {
  const own = new Set(session.members.map(member => member.event_id))
  const lines = session.members.map(member => ({ file: member.file, line: member.line, note: `${member.type} in ${member.dataset}${member.reused ? ', of an earlier request' : ''}${member.leg === undefined ? '' : ', towards the origin'}` }))
  const proofs = findings.flatMap(finding => finding.evidence.filter(line => own.has(line.event_id)).map(({ file, line, note }) => ({ file, line, note: `${finding.rule.id}: ${note}` })))
  const key = (line: Line): string => `${line.file}:${line.line}`
  const told = new Map(lines.map(line => [key(line), line]))
  for (const line of proofs) told.set(key(line), line)
  return [...told.values()]
}

const isAbout = (host: string) => (finding: Finding): boolean => finding.hostname === host || (finding.subject.hostnames ?? []).includes(host)

/**
 * Explains one visit of a host.
 * @param inputs paths (files, folders, globs, `-`) or `{ name, format?, stream | lines }`.
 * @param options host, time, and everything that `detect` takes; never changed.
 * Refuses (throws Problem `bad-option`) a host that no line names, with those near it, and options that make no sense.
 */
export async function explain(inputs: readonly Input[], options: ExplainOptions): Promise<Explanation> {
  const given = options.host.trim().toLowerCase().replace(/\.$/, '')
  const host = domainToASCII(given) || given
  if (host === '') throw new Problem('bad-option', '--host: a name is wanted')
  const filter = makeFilter({ ...options, hosts: [] })
  const run = new Correlation(inputs, options)
  const baseline = await learn(options)
  const visits = new Visits(host, options.atMs)
  const misses = new MissWatch(2000)
  let engine: DetectorEngine | undefined
  for await (const { events, sessions } of run.flow()) {
    engine ??= makeEngine(run, options, baseline)
    for (const event of events) if (filter.isOpen || filter.event(event)) {
      engine.event(event)
      visits.event(event)
    }
    for (const session of sessions) if (filter.isOpen || filter.session(session)) {
      engine.session(session)
      visits.session(session)
      if (session.hostname === host) misses.see(session)
    }
  }
  if (!visits.chosen) {
    if (run.inputs.problems.length > 0 && visits.names.size === 0) throw new Problem('no-input', `nothing could be read: ${run.inputs.problems.map(one => `${one.file ?? ''} ${one.message}`.trim()).slice(0, 3).join('; ')}`)
    throw unknownHost(host, visits.names)
  }
  const findings = (engine?.end() ?? []).filter(isAbout(host)).filter(one => !options.suppress?.has(one.fingerprint))
  const chosen = visits.settle(findings)
  const session = visits.chosen
  const ttl = ttlViewOf(misses, host)
  const visit: Visit = { host, session, resolvers: visits.resolverViews(), findings, ttl }
  const steps = STEPS.map(step => step(visit))
  return {
    type: 'explanation', v: 1, host, ...(session.ts_ms === undefined ? {} : { time: toRfc3339(session.ts_ms) }),
    chosen, others: visits.others(),
    steps, ...(ttl === undefined ? {} : { ttl }), waterfall: waterfallOf(session), verdict: verdictOf(visit, steps), commands: commandsOf(visit, steps), evidence: evidenceOf(visit), findings, session,
    summary: { files: run.inputs.files, join: run.joinSummary(), notes: run.inputs.notes, problems: run.inputs.problems },
  }
}
