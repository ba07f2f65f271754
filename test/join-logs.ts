// small logs made in memory, and the sessions they become; for tests of the join through the library
import { correlate } from '../src/correlate.js'
import type { CorrelateOptions } from '../src/options.js'
import type { Session } from '../src/schema/session.js'

/** Where all the logs begin, epoch s. */
export const T0 = 1767604447

/** A look-up as a tap sees it; `at` is seconds after T0. */
export interface LookUp { readonly at: number, readonly client?: string, readonly name: string, readonly type?: 'A' | 'AAAA' | 'HTTPS', readonly answers?: readonly string[], readonly rcode?: string, readonly ttl?: number, readonly tookMs?: number }
/** A handshake as a tap sees it. */
export interface Handshake { readonly at: number, readonly client?: string, readonly port?: number, readonly server?: string, readonly sni?: string, readonly resumed?: boolean, readonly established?: boolean }
/** A request as an edge logs it, at its end; `origin` is the address it went to, `forwarded` the X-Forwarded-For header. */
export interface Request { readonly at: number, readonly tookMs?: number, readonly client?: string, readonly port?: number, readonly server?: string, readonly host?: string, readonly path?: string, readonly method?: string, readonly status?: number, readonly origin?: string, readonly forwarded?: string }

const given = (record: object): string => JSON.stringify(Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined)))

/** Zeek's dns.log as JSON. */
export function dnsLog(name: string, lookUps: readonly LookUp[]) {
  return { name, format: 'zeek-dns', lines: lookUps.map((one, index) => given({
    ts: T0 + one.at, uid: `CDns${index}`, 'id.orig_h': one.client ?? '192.0.2.10', 'id.orig_p': 40000 + index, 'id.resp_h': '192.0.2.53', 'id.resp_p': 53, proto: 'udp', trans_id: index + 1, rtt: (one.tookMs ?? 2) / 1000,
    query: one.name, qclass: 1, qclass_name: 'C_INTERNET', qtype: { A: 1, AAAA: 28, HTTPS: 65 }[one.type ?? 'A'], qtype_name: one.type ?? 'A', rcode: one.rcode === 'NXDOMAIN' ? 3 : 0, rcode_name: one.rcode ?? 'NOERROR',
    AA: false, TC: false, RD: true, RA: true, Z: 0, answers: one.answers, TTLs: one.answers?.map(() => one.ttl ?? 60), rejected: false,
  })) }
}

/** Zeek's ssl.log as JSON. */
export function tlsLog(name: string, handshakes: readonly Handshake[]) {
  return { name, format: 'zeek-ssl', lines: handshakes.map((one, index) => given({
    ts: T0 + one.at, uid: `CTls${index}`, 'id.orig_h': one.client ?? '192.0.2.10', 'id.orig_p': one.port ?? 50000 + index, 'id.resp_h': one.server ?? '203.0.113.10', 'id.resp_p': 443, version: 'TLSv13',
    cipher: 'TLS_AES_128_GCM_SHA256', server_name: one.sni, resumed: one.resumed ?? false, established: one.established ?? true, ssl_history: 'CsiI',
  })) }
}

const EDGE = 'nginx:$remote_addr $remote_port $server_addr $msec $request_time "$host" "$request" $status $upstream_addr "$http_x_forwarded_for"'

/** An access log of nginx. */
export function edgeLog(name: string, requests: readonly Request[]) {
  return { name, format: EDGE, lines: requests.map(one => [
    one.client ?? '192.0.2.10', one.port ?? '-', one.server ?? '203.0.113.10', (T0 + one.at + (one.tookMs ?? 0) / 1000).toFixed(3), ((one.tookMs ?? 0) / 1000).toFixed(3), `"${one.host ?? 'www.example.com'}"`,
    `"${one.method ?? 'GET'} ${one.path ?? '/'} HTTP/1.1"`, one.status ?? 200, one.origin ?? '-', `"${one.forwarded ?? '-'}"`,
  ].join(' ')) }
}

/** All sessions of the logs, lone ones included, and the notes of the run. */
export async function joined(logs: readonly { name: string, format: string, lines: readonly string[] }[], options: CorrelateOptions = {}): Promise<{ sessions: Session[], notes: readonly string[], joinedCount: number }> {
  const run = correlate(logs, { unmatched: true, ...options })
  const sessions: Session[] = []
  for await (const session of run) sessions.push(session)
  const problems = run.summary.problems
  if (problems.length > 0) throw new Error(JSON.stringify(problems))
  for (const file of run.summary.files) if (file.lines !== file.events + file.merged) throw new Error(`a line of ${file.path} was not read: ${JSON.stringify(file)}`)
  return { sessions, notes: run.summary.notes, joinedCount: run.summary.join?.joined ?? 0 }
}

/** Ids of a session's members, in order. */
export const members = (session: Session | undefined): string[] => (session?.members ?? []).map(member => member.event_id).sort()

/** The session in which an event stands. */
export const sessionWith = (sessions: readonly Session[], id: string): Session | undefined => sessions.find(session => session.members.some(member => member.event_id === id))
