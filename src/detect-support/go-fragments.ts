/**
 * One module at many versions: every version is an archive of its own in each cache, so builds that disagree about a version share nothing.
 * Counted are archives (`.zip`), the only content of size: `.mod` and `.info` of many versions are read to choose one, and lists are no versions.
 */
import type { FindingDraft, Proof } from '../detectors/detector.js'
import type { LogEvent } from '../schema/event.js'
import { attemptOf, hasSucceeded, type Attempt } from './go-attempt.js'
import { Evidence, listed, Tally } from './incidents.js'
import { addressesOf } from './names.js'
import { earliest, latest } from './spans.js'

const MAX_MODULES = 20_000
const MAX_VERSIONS = 2000
const MAX_CLIENTS = 64

/** A version of an untagged commit ends in its time and hash (golang.org/x/mod/module, pseudo.go). */
const PSEUDO = /[-.]\d{14}-[0-9a-f]{12}(?:\+incompatible)?$/

/** The word a program can switch on. */
export const FRAGMENTATION = 'fragmentation'

interface Version { requests: number, readonly clients: Set<string>, readonly proof: Proof }

interface Module {
  readonly versions: Map<string, Version>
  readonly pseudo: Set<string>
  /** Clients that asked which versions there are. */
  readonly listers: Set<string>
  readonly hosts: Tally
  readonly requests: { go: number, said: number, client: number, readonly perLog: Tally }
  bytes: number
  hits: number
  misses: number
  firstMs: number | undefined
  lastMs: number | undefined
}

const newModule = (): Module => ({ versions: new Map(), pseudo: new Set(), listers: new Set(), hosts: new Tally(16), requests: { go: 0, said: 0, client: 0, perLog: new Tally(32) }, bytes: 0, hits: 0, misses: 0, firstMs: undefined, lastMs: undefined })

const put = (set: Set<string>, word: string): void => { if (set.size < MAX_CLIENTS) set.add(word) }

/** What the go command says it takes, in `go: downloading M V` and in the records of `go mod download -json`. */
function saidOf(event: LogEvent): Attempt | undefined {
  const { path: module, version, op } = event.go?.module ?? {}
  if (op !== undefined || version === undefined || module === undefined || event.vantage !== 'client') return undefined
  const isSaid = event.type === 'log.line' ? event.message?.startsWith('downloading ') === true : event.type === 'go.module' && event.outcome === 'success' && event.http === undefined
  if (!isSaid) return undefined
  return { event: { id: event.id, log: event.log, ...(event.ts_ms === undefined ? {} : { ts_ms: event.ts_ms }) }, side: 'go', lane: event.log.file.path, module, version, startMs: event.ts_ms, endMs: event.ts_ms, hasTlsFailed: false }
}

/** Archives and lists per module. */
export class FragmentWatch {
  private readonly modules = new Map<string, Module>()

  event(event: LogEvent): void {
    const op = event.go?.module?.op
    const attempt = op === 'zip' || op === 'list' ? attemptOf(event) : saidOf(event)
    if (attempt?.module === undefined || !(hasSucceeded(attempt) || op === undefined)) return
    let module = this.modules.get(attempt.module)
    if (!module) {
      if (this.modules.size >= MAX_MODULES) return
      this.modules.set(attempt.module, module = newModule())
    }
    // a server's log without addresses does not tell who asks
    if (op === 'list') put(module.listers, attempt.side === 'edge' ? attempt.client ?? '' : attempt.lane)
    else if (attempt.version !== undefined) this.archive(module, attempt, attempt.version, event)
  }

  private archive(module: Module, attempt: Attempt, version: string, event: LogEvent): void {
    if (PSEUDO.test(version)) {
      put(module.pseudo, version)
      return
    }
    let known = module.versions.get(version)
    if (!known) {
      if (module.versions.size >= MAX_VERSIONS) return
      module.versions.set(version, known = { requests: 0, clients: new Set(), proof: { event: attempt.event, note: `${attempt.module}@${version} is fetched` } })
    }
    known.requests++
    put(known.clients, attempt.lane)
    if (attempt.side === 'edge') module.requests.perLog.add(attempt.event.log.file.path)
    else module.requests[attempt.op === undefined ? 'said' : attempt.side]++
    module.hosts.add(attempt.host)
    if (attempt.side !== 'go') module.bytes += attempt.bytes ?? 0
    const cache = event.cdn?.cache?.status
    if (cache === 'hit' || cache === 'stale' || cache === 'revalidated' || cache === 'updating') module.hits++
    else if (cache === 'miss' || cache === 'expired') module.misses++
    module.firstMs = earliest([module.firstMs, attempt.startMs])
    module.lastMs = latest([module.lastMs, attempt.endMs])
  }

  /** One finding per module that is fetched at `minVersions` versions or more. */
  findings(minVersions: number): FindingDraft[] {
    const few: number[] = []
    const found: [string, Module, [string, Version][]][] = []
    for (const [name, module] of this.modules) {
      const versions = fragmentsOf(module, minVersions)
      if (versions.length >= minVersions) found.push([name, module, versions])
      else if (versions.length > 0) few.push(versions.length)
    }
    few.sort((a, b) => a - b)
    return found.map(([name, module, versions]) => draftOf(name, module, versions, minVersions, few)).sort((a, b) => b.count - a.count || (a.key.join() < b.key.join() ? -1 : 1))
  }
}

/** Leaves out what a mirror does that fills itself: it asks which versions there are and takes each of them once. */
function fragmentsOf({ versions, listers }: Module, minVersions: number): [string, Version][] {
  const taken = new Map<string, number>()
  for (const { clients } of versions.values()) for (const client of clients) taken.set(client, (taken.get(client) ?? 0) + 1)
  const isMirror = (client: string): boolean => listers.has(client) && (taken.get(client) ?? 0) >= minVersions
  return [...versions].filter(([, { clients, requests }]) => requests > clients.size || [...clients].some(client => !isMirror(client)))
}

/** The newest first, as far as numbers tell. */
function byVersion([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  const numbers = (version: string): number[] => version.slice(1).split(/[.+-]/, 3).map(Number)
  const [left, right] = [numbers(a), numbers(b)]
  for (let at = 0; at < 3; at++) if (left[at] !== right[at]) return (right[at] ?? 0) - (left[at] ?? 0)
  return a < b ? 1 : -1
}

/** A program's own lines and a server's tell of the same requests, and so do several access logs. */
const requestsOf = ({ requests: { go, said, client, perLog } }: Module): number => Math.max(go, said, client, ...perLog.top(1).map(([, count]) => count))

function draftOf(name: string, module: Module, versions: readonly [string, Version][], minVersions: number, few: readonly number[]): FindingDraft {
  const ordered = [...versions].sort(byVersion)
  const clients = new Tally(256)
  for (const [, version] of ordered) for (const client of version.clients) clients.add(client)
  const [widest, most] = clients.top(1)[0]!
  const evidence = new Evidence(8)
  for (const [, { proof }] of ordered) evidence.add(proof)
  const addresses = addressesOf(clients.words(), 256)
  const who = addresses.length > 0 ? ` by ${addresses.length} client${addresses.length === 1 ? '' : 's'}` : clients.size > 1 ? ` in ${clients.size} logs` : ''
  const requests = requestsOf(module)
  const hosts = module.hosts.words(8)
  const usual = few[few.length >> 1]
  const cached = module.hits + module.misses
  return {
    severity: 'informational', confidence: 'high', cause: FRAGMENTATION,
    subject: { modules: [name], hostnames: hosts, client_ips: addresses.slice(0, 20) }, ...(hosts.length === 1 ? { hostname: hosts[0]! } : {}),
    count: versions.length, ts_ms: module.firstMs, ts_end_ms: module.lastMs,
    measured: [
      { field: 'versions whose archive is fetched', value: versions.length, op: '>=', threshold: minVersions },
      { field: 'versions', value: listed(ordered.map(([version]) => version), 12) },
      { field: 'archives fetched', value: requests },
      ...(addresses.length > 0 ? [{ field: 'clients that ask', value: addresses.length }] : []),
      { field: addresses.length > 0 ? 'versions that one client alone asks for' : 'versions in one log', value: most },
      ...(module.bytes > 0 ? [{ field: 'bytes of archives', value: module.bytes, unit: 'bytes' }] : []),
      ...(cached > 0 ? [{ field: 'share of archives from the cache', value: module.hits / cached }] : []),
      ...(module.pseudo.size > 0 ? [{ field: 'versions of untagged commits besides', value: module.pseudo.size }] : []),
    ],
    evidence: evidence.pick(),
    message: `${name} is fetched at ${versions.length} versions (${listed(ordered.map(([version]) => version))})${who}, ${requests} archives in all: each version fills the caches anew${clients.size > 1 && most > 1 ? `; ${widest} alone asks for ${most}` : ''}`,
    comparison: usual === undefined ? 'no other module is fetched' : `the ${few.length} other module${few.length === 1 ? ' is' : 's are'} fetched at ${usual} version${usual === 1 ? '' : 's'} in the middle`,
    remediation: `Nothing fails. To load caches and proxies less, agree on a version: \`go list -m -versions ${name}\` shows what there is, \`go get ${name}@${ordered[0]![0]} && go mod tidy\` in each project moves it, and \`go mod graph | grep ' ${name}@'\` shows who holds it back. Programs that update dependencies by themselves can be told to group and limit their updates.`,
    key: [FRAGMENTATION, name],
  }
}
