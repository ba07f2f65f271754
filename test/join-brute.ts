// The whole session join once more, naively: every event of a run is looked at for every question, nothing is indexed, kept in steps or forgotten.
// It shares with the join only what an event is known by (`factsOf`) and the tables of strength and score.
import { createHash } from 'node:crypto'
import type { Claim, JoinRules } from '../src/join/claim.js'
import { factsOf, type Facts } from '../src/join/facts.js'
import { keyNames, scoreOf } from '../src/join/strength.js'
import type { FileTraits } from '../src/join/traits.js'
import type { LogEvent } from '../src/schema/event.js'
import { attempts, bestOf, endUs, fitting, gapUs, grouped, groupOf, handshakes, inOrder, known, method, queries, requests, target, us, type Bond, type Group, type Known } from './join-brute-partners.js'

const DAY_MS = 86_400_000
const IDLE_MS = 3_600_000

/** What a session comes to, without the values merged into it. */
export interface Outline { readonly claim: string, readonly id: string, readonly of: string, readonly start: number | undefined, readonly members: readonly string[], readonly pairs: readonly string[], readonly score: number | undefined }

interface Visit { readonly kind: Claim['kind'], group: Group, tls?: Bond | undefined, dns?: Bond | undefined, connect?: Bond | undefined, originTls?: Bond | undefined, originDns?: Bond | undefined, others: Bond[], notes: Facts[], isCached: boolean, isKept: boolean }

function before(a: LogEvent, b: LogEvent): number {
  const [left, right] = [a.ts_ms ?? Infinity, b.ts_ms ?? Infinity]
  if (left !== right) return left - right
  if (a.log.file.path !== b.log.file.path) return a.log.file.path < b.log.file.path ? -1 : 1
  return a.log.line - b.log.line
}

const keyOf = (one: Facts): string => JSON.stringify([one.client, one.names[0], one.event.url?.path ?? ''])
const connectionOf = (one: Known): string => `${one.client} ${one.port}`
const bondsOf = (visit: Visit): Bond[] => [visit.tls, visit.connect, visit.originTls, visit.originDns, visit.dns].filter(bond => bond !== undefined)

/** One join of all events of a run. */
export class BruteJoin {
  private readonly dated: Facts[]
  private readonly undated: Facts[]
  private readonly visits: Visit[] = []
  private readonly tls: Group[]
  private readonly dns: Group[]
  private readonly answers: Group[]
  private readonly connects: Group[]
  private readonly originTls: Group[]
  private readonly originDns: Group[]
  private readonly originAnswers: Group[]
  readonly beyond = { tls: 0, dns: 0 }
  /** Connections that no TLS log tells of: until when they are taken for open, if nothing more comes on them. */
  private readonly unseen = new Map<string, { until: number }>()

  constructor(events: readonly LogEvent[], private readonly rules: JoinRules, traits: (path: string) => FileTraits, aliases?: ReadonlyMap<string, string>) {
    const facts = [...events].sort(before).map((event, order) => factsOf(event, order, traits(event.log.file.path), aliases))
    this.dated = facts.filter(one => one.isDated)
    this.undated = facts.filter(one => !one.isDated)
    const windowMs = Math.max(rules.beforeMs, rules.afterMs)
    const of = (role: string, leg: string): Facts[] => this.dated.filter(one => one.role === role && one.leg === leg)
    const asks = (group: Group): boolean => group.lead.isCause
    this.tls = grouped(of('tls', 'client'), handshakes(windowMs))
    this.originTls = grouped(of('tls', 'origin'), handshakes(windowMs))
    this.connects = grouped(of('connect', 'client'), handshakes(windowMs))
    this.dns = grouped(of('dns', 'client'), queries(windowMs))
    this.originDns = grouped(of('dns', 'origin'), queries(windowMs))
    this.answers = this.dns.filter(asks)
    this.originAnswers = this.originDns.filter(asks)
  }

  private visit(kind: Visit['kind'], group: Group): Visit {
    const visit: Visit = { kind, group, others: [], notes: [], isCached: false, isKept: false }
    this.visits.push(visit)
    return visit
  }

  /** Outlines of all sessions, in their order. */
  sessions(): Outline[] {
    this.claimRequests()
    const asking = [...this.visits].sort((a, b) => inOrder(a.group, b.group))
    for (const visit of asking) this.partners(visit, asking)
    this.giveNotes()
    for (const group of [...this.tls, ...this.originTls]) if (!group.taken) this.handshake(this.visit('tls.handshake', group))
    for (const group of [...this.dns, ...this.originDns]) if (!group.taken) this.visit('dns', group)
    const dated = this.visits.sort((a, b) => inOrder(a.group, b.group))
    for (const visit of dated) this.pay(visit)
    const alone = this.undated.flatMap(one => one.role === 'request' || one.role === 'attempt' || one.role === 'tls' || one.role === 'dns' ? [{ kind: ({ request: 'http.request', attempt: 'attempt', tls: 'tls.handshake', dns: 'dns' } as const)[one.role], group: groupOf([one]), others: [], notes: [], isCached: false, isKept: false } satisfies Visit] : [])
    return [...dated, ...alone].map(visit => this.outline(visit)).sort((a, b) => (a.start ?? Infinity) === (b.start ?? Infinity) ? 0 : (a.start ?? Infinity) - (b.start ?? Infinity))
  }

  private claimRequests(): void {
    const { rules } = this
    const open = grouped(this.dated.filter(one => one.role === 'request'), requests(rules.beforeMs)).map(group => this.visit('http.request', group))
    for (const attempt of grouped(this.dated.filter(one => one.role === 'attempt'), attempts)) {
      const { lead } = attempt
      const error = lead.event.http?.response?.status_code === undefined ? lead.event.error?.type : undefined
      const wasSent = error === undefined || !/^(dns_|destination_|connection_(timeout|refused)$|tls_)/.test(error)
      const isAnswer = ({ group: { lead: request } }: Visit): boolean => wasSent && lead.names.length > 0 && lead.names[0] === request.names[0] && lead.event.url?.path !== undefined && request.event.url?.path !== undefined && target(lead) === target(request) && method(lead) === method(request)
        && !(lead.client !== undefined && request.client !== undefined && lead.client.includes(':') === request.client.includes(':') && lead.client !== request.client)
        && us(request.at) <= endUs(lead) + us(rules.afterMs) + us(lead.tick) && us(lead.at) <= endUs(request) + us(request.tick) + us(rules.beforeMs)
      const far = ({ group }: Visit): number => Math.abs(us(group.lead.at) - us(lead.at))
      const [nearest] = open.filter(isAnswer).sort((a, b) => far(a) - far(b) || inOrder(a.group, b.group))
      if (!nearest) this.visit('attempt', attempt)
      else {
        open.splice(open.indexOf(nearest), 1)
        nearest.group = { ...nearest.group, members: [...nearest.group.members, ...attempt.members] }
      }
    }
  }

  /** Lines of the same client address and port, other than look-ups, that stand before a line. */
  private onConnection(one: Facts): Facts[] {
    if (one.leg === 'origin' || one.client === undefined || one.clientPort === undefined) return []
    return this.dated.filter(other => other.order < one.order && other.leg === 'client' && (other.role === 'request' || other.role === 'attempt' || (other.role === 'tls' && other.isCause)) && other.client === one.client && other.clientPort === one.clientPort)
  }

  /** An earlier answer to this client, or to one that is not told, that may have been in use. */
  private isCached(one: Facts): boolean {
    return one.leg === 'client' && one.names.length > 0 && this.dated.some(dns => dns.role === 'dns' && dns.leg === 'client' && dns.isCause && dns.leadsSomewhere && dns.order < one.order && us(dns.at) <= us(one.at) && dns.names.includes(one.names[0]!)
      && (one.family === 0 || dns.family === 0 || one.family === dns.family) && (one.client === undefined || dns.client === undefined || one.client === dns.client) && us(dns.at) + us(this.lifeMs(dns)) >= us(one.at))
  }

  private lifeMs(dns: Facts): number { return Math.min(DAY_MS, (dns.ttlSeconds === undefined ? 600_000 : dns.ttlSeconds * 1000) + this.rules.ttlSlackMs) }

  private partners(visit: Visit, asking: readonly Visit[]): void {
    const { rules } = this
    const { beforeMs, afterMs } = rules
    const seeker = known(visit.group)
    const { lead, members } = visit.group
    if (lead.leg === 'origin') return
    const near = { beforeMs, afterMs, nameMayDiffer: true }
    visit.tls = bestOf(seeker, this.tls, { ...near, causesOnly: true })
    if (!visit.tls && rules.bound === 'state' && seeker.client !== undefined && seeker.port !== undefined) {
      const live = bestOf(seeker, this.tls, { ...near, causesOnly: true, beforeMs: DAY_MS, lives: group => IDLE_MS + group.usedUs / 1000 })
      if (live?.rank === 0) visit.tls = { ...live, bound: 'connection', reused: true }
    }
    visit.connect = bestOf(seeker, this.connects, near)
    const isUnseen = !visit.tls && rules.hasTls && !lead.isPlain
    const isKept = members.some(one => this.onConnection(one).some(other => other.role === 'tls'))
    const isFirst = seeker.client !== undefined && seeker.port !== undefined && !isKept && !members.some(one => this.onConnection(one).length > 0)
    const asker = !visit.tls ? seeker : this.named(visit.tls.group, seeker)
    if (visit.tls && rules.bound === 'state') this.opened(visit, visit.tls, asker)
    else if (!isUnseen || isFirst) this.answer(visit, asker, visit.kind !== 'attempt' || visit.tls !== undefined || isUnseen)
    else if (!isKept) this.inherit(visit, seeker, asking)
    if (isUnseen && isFirst && visit.dns && !visit.dns.later) this.unseen.set(connectionOf(seeker), { until: us(lead.end) + us(IDLE_MS) })
    if (!visit.tls && rules.hasTls) visit.isKept = isKept
    if (rules.match === 'all') {
      const tls = fitting(seeker, this.tls, { ...near, causesOnly: true }).filter(bond => bond.group !== visit.tls?.group)
      visit.others = [...tls, ...(visit.tls?.bound === 'connection' ? visit.tls.group.opening!.others : !isUnseen || isFirst ? this.otherAnswers(visit, asker) : [])]
    }
    this.origin(visit)
    for (const bond of [visit.tls, visit.dns, visit.originTls, visit.originDns, ...visit.others]) if (bond) bond.group.taken = true
  }

  /** What a connection was opened by is looked for by the first request in its window, else by the handshake alone; it stands for all that comes later. */
  private opened(visit: Visit, { group, bound }: Bond, asker: Known): void {
    const keep = (by: Visit, as: Known): void => { group.opening ??= { dns: by.dns, others: this.rules.match === 'all' ? this.otherAnswers(by, as) : [] } }
    if (bound === 'connection') {
      const alone: Visit = { kind: 'tls.handshake', group, others: [], notes: [], isCached: false, isKept: false }
      if (!group.opening) this.answer(alone, known(group), true)
      keep(alone, known(group))
      visit.dns = group.opening!.dns && { ...group.opening!.dns, reused: true }
    } else {
      this.answer(visit, asker, true)
      keep(visit, asker)
    }
    group.usedUs = Math.max(group.usedUs, us(visit.group.lead.end) - us(group.lead.at) - us(group.lead.tick))
  }

  /** A handshake without a name goes by that of the request on it. */
  private named(group: Group, request: Known): Known {
    const tls = known(group)
    return tls.names.length > 0 ? tls : { ...tls, names: request.names }
  }

  private answer(visit: Visit, asker: Known, causesOnly: boolean): void {
    const { beforeMs, afterMs, bound } = this.rules
    const near = bestOf(asker, this.answers, { beforeMs, afterMs, causesOnly, laterLast: true, oneName: true })
    if (near && !near.later) visit.dns = near
    else {
      const live = bound === 'state' ? bestOf(asker, this.answers, { beforeMs: DAY_MS, afterMs: 0, causesOnly: true, oneName: true, lives: group => this.lifeMs(group.lead) }) : undefined
      if (live) visit.dns = { ...live, bound: 'ttl', reused: true }
      else {
        visit.isCached = [asker.lead, ...visit.group.members].some(one => this.isCached(one))
        if (!visit.isCached) visit.dns = near
      }
    }
  }

  private otherAnswers(visit: Visit, asker: Known): Bond[] {
    const { beforeMs, afterMs } = this.rules
    return fitting(asker, this.answers, { beforeMs, afterMs, causesOnly: true, laterLast: true }).filter(bond => bond.group !== visit.dns?.group)
  }

  /** The first request on this connection found an answer, for this name: the connection still goes to where it led. */
  private inherit(visit: Visit, seeker: Known, asking: readonly Visit[]): void {
    if (seeker.client === undefined || seeker.port === undefined) return
    const first = asking.slice(0, asking.indexOf(visit)).find(other => other.dns && !other.tls && other.dns.seeker.client === seeker.client && other.dns.seeker.port === seeker.port)
    if (!first?.dns || first.dns.later || first.dns.seeker.names[0] !== seeker.names[0] || first.group.lead.isPlain) return
    const gap = gapUs(seeker.lead, first.dns.group.lead)
    const isNear = gap <= us(this.rules.beforeMs)
    const connection = this.unseen.get(connectionOf(seeker))
    if (this.rules.bound === 'state') {
      if (!isNear && us(seeker.lead.at) > connection!.until) return
      connection!.until = Math.max(connection!.until, us(seeker.lead.end) + us(IDLE_MS))
    }
    if (isNear || this.rules.bound === 'state') visit.dns = { ...first.dns, seeker, gapUs: gap, bound: isNear ? first.dns.bound : 'connection', reused: true }
  }

  private origin(visit: Visit): void {
    const { beforeMs, afterMs } = this.rules
    const { lead, members } = visit.group
    const origin = members.map(one => one.event.cdn?.origin).find(one => one?.ip !== undefined || one?.name !== undefined)
    if (!origin) return
    const base = { group: undefined, lead, client: undefined, port: undefined, servers: origin.ip === undefined ? [] : [origin.ip], family: 0 }
    const seekers: Known[] = [{ ...base, names: origin.name?.includes('.') ? [origin.name] : lead.names }]
    if (origin.ip !== undefined && origin.name === undefined) seekers.push({ ...base, names: [] })
    const look = (find: (seeker: Known) => Bond | undefined, from: readonly Known[]): Bond | undefined => from.map(find).find(bond => bond !== undefined)
    visit.originTls = look(seeker => bestOf(seeker, this.originTls, { beforeMs, afterMs }), seekers)
    visit.originDns = look(seeker => bestOf(seeker, this.originAnswers, { beforeMs, afterMs, laterLast: true, oneName: true }), visit.originTls ? [known(visit.originTls.group)] : seekers)
  }

  private handshake(visit: Visit): void {
    const { beforeMs, afterMs, match } = this.rules
    const seeker = known(visit.group)
    if (visit.group.lead.leg === 'origin') visit.originDns = bestOf(seeker, this.originAnswers, { beforeMs, afterMs, causesOnly: true, laterLast: true, oneName: true })
    else {
      this.answer(visit, seeker, true)
      visit.connect = bestOf(seeker, this.connects, { beforeMs, afterMs, nameMayDiffer: true })
      if (match === 'all') visit.others = this.otherAnswers(visit, seeker)
    }
    for (const bond of [visit.dns, visit.originDns, ...visit.others]) if (bond) bond.group.taken = true
  }

  private giveNotes(): void {
    for (const note of this.dated.filter(one => one.role === 'note')) {
      const distance = ({ group: { members } }: Visit): number => {
        const start = Math.min(...members.map(one => us(one.at)))
        const end = Math.max(...members.map(one => endUs(one) + us(one.tick)))
        if (us(note.at) + us(note.tick) < start) return start - us(note.at) - us(note.tick)
        return us(note.at) > end ? us(note.at) - end : Math.abs(end - us(note.at)) / 1e9
      }
      const [nearest] = this.visits.filter(visit => visit.kind === 'http.request' && visit.group.members.some(one => keyOf(one) === keyOf(note)) && distance(visit) <= 1_000_000).sort((a, b) => distance(a) - distance(b) || inOrder(a.group, b.group))
      nearest?.notes.push(note)
    }
  }

  /** What is used first is paid for first. */
  private pay(visit: Visit): void {
    for (const bond of [visit.tls, visit.connect, visit.originTls, visit.originDns]) {
      if (!bond) continue
      bond.reused ||= bond.group.used
      bond.group.used = true
    }
    if (visit.dns) {
      visit.dns.reused ||= visit.tls?.reused === true || visit.dns.group.used
      visit.dns.group.used = true
    }
    if (this.rules.bound === 'state') return
    if (visit.isKept) this.beyond.tls++
    if (visit.isCached && !visit.dns) this.beyond.dns++
  }

  private outline(visit: Visit): Outline {
    const { lead, members } = visit.group
    const { beforeMs, afterMs } = this.rules
    const parts: [readonly Facts[], string][] = [[members, ''], [visit.notes, '']]
    const pairs: string[] = []
    const add = (bond: Bond | undefined, leg: string): void => {
      if (!bond) return
      parts.push([bond.group.members, `${bond.reused ? ' reused' : ''}${leg}`])
      const { seeker: { lead: from }, group: { lead: to } } = bond
      pairs.push(`${from.id} ${to.id} ${keyNames(bond.shared).join(',')} ${bond.bound} ${(us(to.at) - us(from.at)) / 1000} ${bond.rivals}${bond.later && to.role === 'dns' ? ' later' : ''}${leg}`)
    }
    for (const bond of [visit.tls, visit.dns, visit.connect, ...visit.others]) add(bond, '')
    for (const bond of [visit.originTls, visit.originDns]) add(bond, ' origin')
    const seen = new Map<Facts, string>()
    for (const [facts, mark] of parts) for (const one of facts) if (!seen.has(one)) seen.set(one, `${one.id}${mark === '' && one.leg === 'origin' ? ' origin' : mark}`)
    const scores = bondsOf(visit).map(bond => scoreOf(bond.rank, bond.bound === 'window' ? bond.gapUs / 1000 : 0, bond.later ? afterMs : beforeMs, bond.rivals, bond.later && bond.group.lead.role === 'dns'))
    const owned = [visit.tls, visit.dns, visit.connect].filter(bond => bond && !bond.reused && !bond.later && bond.bound === 'window').flatMap(bond => bond!.group.members)
    return { claim: visit.kind, id: `ses:${createHash('sha256').update(lead.id).digest('hex').slice(0, 16)}`, of: lead.id, start: lead.isDated ? Math.min(...[...members, ...owned].map(one => one.start)) : undefined, members: [...seen].sort(([a], [b]) => a.order - b.order).map(([, text]) => text), pairs, score: scores.length > 0 ? Math.min(...scores) : undefined }
  }
}
