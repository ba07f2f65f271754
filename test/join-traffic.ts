// made-up traffic for tests of the join: small pools, so that everything meets everything, at times that fall on one another and on the bounds
import fc from 'fast-check'
import { caseEvents, type CaseDraft } from '../src/detectors/case-events.js'
import type { LogEvent } from '../src/schema/event.js'

const T0 = 1767604447000

const KINDS = ['visit', 'visit', 'visit', 'dns', 'dns', 'tls', 'tls', 'http', 'http', 'hop', 'attempt', 'connect', 'note', 'origin-tls', 'origin-dns', 'origin-http'] as const

/** One line. Times are steps of a grid, and a little off it. */
const line = fc.record({
  kind: fc.constantFrom(...KINDS),
  step: fc.integer({ min: 0, max: 40 }),
  off: fc.constantFrom(0, 0, 0, 0.001, -0.001, 0.37, 1),
  twin: fc.integer({ min: 0, max: 2 }),
  client: fc.constantFrom(undefined, '192.0.2.1', '192.0.2.1', '192.0.2.1', '192.0.2.2', '2001:db8::1'),
  port: fc.constantFrom(undefined, 50001, 50001, 50001, 50002),
  name: fc.constantFrom(undefined, 'a.example.com', 'a.example.com', 'a.example.com', 'b.example.com', 'edge.example.net'),
  server: fc.constantFrom(undefined, '203.0.113.1', '203.0.113.1', '203.0.113.2', '2001:db8::80'),
  tick: fc.constantFrom(undefined, 0.001, 1, 1000),
  lastsMs: fc.constantFrom(undefined, 0, 12.345, 250, 5000, 90_000),
  flag: fc.integer({ min: 0, max: 11 }),
  path: fc.constantFrom('/', '/', '/x', undefined),
})

type Drawn = typeof line extends fc.Arbitrary<infer T> ? T : never
/** One line of made-up traffic. */
export interface Line extends Omit<Drawn, 'off' | 'port' | 'lastsMs'> { readonly off: number, readonly port: number | undefined, readonly lastsMs: number | undefined }

/** Lines of a run, and how far apart the steps of their grid are, ms. */
export const traffic = fc.record({ lines: fc.array(line, { maxLength: 16, size: 'max' }), gridMs: fc.constantFrom(5, 50, 250, 1000, 10_000, 120_000, 600_000), undated: fc.boolean(), isDoubled: fc.boolean() })
/** A run. */
export type Traffic = typeof traffic extends fc.Arbitrary<infer T> ? T : never

const QUESTIONS = ['A', 'A', 'AAAA', 'HTTPS', undefined] as const
const TTLS = [0, 30, 300] as const

function answersOf({ name, server, flag }: Line) {
  if (flag % 3 === 0 || name === undefined) return undefined
  const ttl = TTLS[flag % TTLS.length]!
  const chain = flag % 4 === 1 && name !== 'edge.example.net' ? [{ name, type: 'CNAME', data: 'edge.example.net', ttl }] : []
  const addresses = server === undefined ? [] : flag % 5 === 1 && !server.includes(':') ? ['203.0.113.1', '203.0.113.2'] : [server]
  return [...chain, ...addresses.map(data => ({ name: chain.length > 0 ? 'edge.example.net' : name, type: data.includes(':') ? 'AAAA' : 'A', data, ttl }))]
}

function dnsOf(one: Line): Omit<CaseDraft, 'dataset'> {
  const answers = answersOf(one)
  const type = answers?.some(answer => answer.type === 'AAAA') ? 'AAAA' : QUESTIONS[one.flag % QUESTIONS.length]
  const code = one.flag === 7 ? 'NXDOMAIN' : one.flag === 8 ? 'SERVFAIL' : answers ? 'NOERROR' : undefined
  return {
    type: answers || code ? 'dns.response' : 'dns.query',
    duration_ms: one.lastsMs === 90_000 ? undefined : one.lastsMs,
    client: one.client || one.flag === 5 ? { ip: one.client, port: one.flag === 5 ? 40000 + one.twin : undefined } : undefined,
    dns: { question: { name: one.name, type }, response_code: code, answers: code === 'NOERROR' ? answers : undefined },
  }
}

const endOf = (one: Line): Partial<CaseDraft> => one.flag % 2 === 0 ? { ts_basis: 'end' } : { ts_basis: 'start' }
const clientOf = ({ client, port }: Line) => client || port ? { ip: client, port } : undefined
const serverOf = ({ server }: Line) => server ? { ip: server } : undefined

function originOf({ flag, server, name, step }: Line) {
  if (flag % 3 !== 0) return flag === 7 ? { cache: { status: 'hit' as const } } : undefined
  return { origin: { ip: server, name: flag === 9 ? name ?? 'a.example.com' : flag === 6 ? 'backend' : undefined, status_code: step % 4 === 0 ? STATUSES[step % 3] : undefined, attempts: step % 8 === 0 ? [{ status_code: 503 }, { status_code: 200 }] : undefined } }
}

const STATUSES = [200, 304, 503] as const

function httpOf(one: Line, known: Partial<CaseDraft>): Omit<CaseDraft, 'dataset'> {
  return {
    type: 'http.request', duration_ms: one.lastsMs, ...endOf(one), server: serverOf(one), cdn: originOf(one),
    url: { domain: one.name, path: one.path, scheme: one.flag === 4 ? 'http' : undefined },
    http: { request: { method: one.flag === 10 ? 'HEAD' : one.flag === 11 ? 'POST' : 'GET', id: one.flag === 1 ? `r${one.twin}` : undefined }, response: one.step % 2 === 0 ? { status_code: STATUSES[one.flag % 3] } : undefined },
    error: one.flag === 2 && one.step % 3 === 0 ? { type: 'connection_timeout' } : undefined,
    ...known,
  }
}

const tlsOf = (one: Line): Omit<CaseDraft, 'dataset'> => ({
  type: 'tls.handshake', client: clientOf(one), server: serverOf(one), duration_ms: one.lastsMs === 90_000 ? undefined : one.lastsMs,
  tls: { client: { server_name: one.name }, established: one.flag === 2 ? false : undefined, ech: one.flag === 3 ? true : undefined },
})

const ORIGIN = { labels: { leg: 'origin' } } as const

/** What one visit leaves: a look-up, a connection, requests on it, some seen by several; not all of it is in the logs. */
function parts(one: Line): Line[] {
  if (one.kind !== 'visit') return [one]
  const at = (kind: Line['kind'], ms: number, more: Partial<Line> = {}): Line => ({ ...one, kind, off: one.off + ms, ...more })
  const all = [
    at('dns', 0, { port: undefined }), at('connect', 12), at('tls', 13, { twin: 0 }), at('tls', 14, { twin: 1 }), at('http', 20), at('http', 300), at('hop', 40.001), at('note', 40), at('attempt', 2),
    at('origin-tls', 25, { server: '203.0.113.2', port: 60001 }), at('origin-dns', 24, { server: '203.0.113.2', flag: 4 }), at('origin-http', 26), at('http', 3000), at('tls', 2000, { twin: 2 }), at('dns', 600), at('dns', -29_987, { lastsMs: 0, flag: 4 }), // that one expires at the very moment of the handshake
  ]
  return all.filter((_, part) => (one.flag * 2654435761 >>> part) % 3 !== 0)
}

function draftOf(one: Line): Omit<CaseDraft, 'dataset'> {
  const forwarded = { network: { forwarded_ip: one.client }, client: { ip: '198.51.100.5', port: one.port } }
  switch (one.kind) {
    case 'dns': return dnsOf(one)
    case 'origin-dns': return { ...dnsOf(one), ...ORIGIN }
    case 'tls': return tlsOf(one)
    case 'origin-tls': return { ...tlsOf(one), ...ORIGIN }
    case 'http': return httpOf(one, { client: clientOf(one) })
    case 'hop': return httpOf(one, { client: one.client ? { ip: one.client } : undefined })
    case 'origin-http': return httpOf(one, { ...ORIGIN, ...forwarded })
    case 'connect': return { type: 'net.connect', client: clientOf(one), server: serverOf(one) }
    case 'note': return { type: 'log.line', client: one.client ? { ip: one.client } : undefined, url: { domain: one.name, path: one.path }, error: { type: 'http_response_timeout' }, message: 'upstream timed out' }
    default: return { ...httpOf(one, one.flag % 2 === 0 ? { client: clientOf(one) } : {}), vantage: 'client', ...(one.flag === 5 ? { error: { type: 'connection_refused' } } : {}), ...(one.flag === 8 ? { type: 'go.module', http: undefined } : {}) }
  }
}

/** The events of made-up traffic; those of one kind stand in up to three files. */
export function eventsOf({ lines, gridMs, undated, isDoubled }: Traffic): LogEvent[] {
  const all = isDoubled ? [...lines, ...lines.filter((_, index) => index % 3 === 0)] : lines // the same line twice, in one log
  return caseEvents(all.flatMap(parts).map((one): CaseDraft => ({
    ...draftOf(one), dataset: `${one.kind}.${one.twin === 2 ? 'tap' : 'log'}`, in: `${one.kind}-${one.twin}.log`,
    ...(undated && one.flag === 0 && one.step % 4 === 0 ? {} : { ts_ms: T0 + one.step * gridMs + one.off, ts_res_ms: one.tick }),
  })))
}
