/** Lines that the cases of the DNS and TLS detectors are made of: a look-up, a handshake, a request. */
import type { CaseDraft } from '../detectors/case-events.js'

/** When the cases happen. */
export const CASE_START_MS = Date.parse('2026-03-10T08:00:00Z')

interface LookUp { readonly at: number, readonly client?: string, readonly name: string, readonly ips?: readonly string[], readonly alias?: string, readonly code?: string, readonly ms?: number, readonly type?: string, readonly in?: string }

/** A DNS answer (a mere question where there is neither address nor code). */
export function lookUp({ at, client = '192.0.2.10', name, ips, alias, code, ms, type = 'A', in: log }: LookUp): CaseDraft {
  const answered = ips !== undefined || code !== undefined
  return {
    dataset: 'dnsmasq.queries', in: log ?? 'dns.log', type: answered ? 'dns.response' : 'dns.query', ts_ms: CASE_START_MS + at, ts_basis: 'start', vantage: 'resolver',
    client: { ip: client },
    ...(ms === undefined ? {} : { duration_ms: ms }),
    dns: {
      question: { name, type, class: 'IN' },
      ...(answered ? { response_code: code ?? 'NOERROR' } : {}),
      ...(ips === undefined ? {} : { answers: [...(alias === undefined ? [] : [{ name, type: 'CNAME', data: alias }]), ...ips.map(data => ({ name: alias ?? name, type, data }))] }),
    },
  }
}

type TlsDraft = NonNullable<CaseDraft['tls']>
interface Shake { readonly at: number, readonly client?: string, readonly port: number, readonly name?: string, readonly ip: string, readonly names?: readonly string[], readonly tls?: TlsDraft, readonly in?: string }

/** A handshake on the wire; `names` are those of the certificate shown. */
export function handshake({ at, client = '192.0.2.10', port, name, ip, names, tls, in: log }: Shake): CaseDraft {
  const failed = tls?.established === false
  return {
    dataset: 'zeek.ssl', in: log ?? 'tls.log', type: 'tls.handshake', ts_ms: CASE_START_MS + at, ts_basis: 'start', vantage: 'wire',
    client: { ip: client, port }, server: { ip, port: 443 },
    tls: {
      established: true, ...(name === undefined ? {} : { client: { server_name: name } }), ...tls,
      ...(names === undefined ? {} : { server: { subject: `CN=${names[0]}`, issuer: 'CN=Example CA', not_before: '2026-02-01T00:00:00.000000Z', not_after: '2026-07-01T00:00:00.000000Z', x509: { alternative_names: [...names] }, ...tls?.server } }),
    },
    ...(failed && tls?.alert ? { error: { type: 'tls_alert_received', message: tls.alert } } : {}),
  }
}

interface Visit { readonly at: number, readonly client?: string, readonly port: number, readonly host: string, readonly status?: number, readonly cache?: 'hit' | 'miss', readonly origin?: string, readonly sni?: string, readonly ip?: string }

/** A request in the edge's log. */
export function request({ at, client = '192.0.2.10', port, host, status = 200, cache, origin, sni, ip }: Visit): CaseDraft {
  return {
    dataset: 'nginx.access', in: 'edge.log', type: 'http.request', ts_ms: CASE_START_MS + at, ts_basis: 'start', vantage: 'edge', duration_ms: 3,
    client: { ip: client, port }, url: { scheme: 'https', domain: host, path: '/' },
    ...(ip === undefined ? {} : { server: { ip } }),
    http: { request: { method: 'GET' }, response: { status_code: status } },
    ...(sni === undefined ? {} : { tls: { client: { server_name: sni } } }),
    ...(cache === undefined && origin === undefined ? {} : { cdn: { ...(cache === undefined ? {} : { cache: { status: cache } }), ...(origin === undefined ? {} : { origin: { ip: origin, status_code: status } }) } }),
  }
}

interface Page { readonly at: number, readonly client?: string, readonly port: number, readonly name: string, readonly ip: string, readonly names?: readonly string[] }

/** A healthy visit: look-up, handshake, request. */
export function visit({ at, client, port, name, ip, names }: Page): CaseDraft[] {
  const who = client === undefined ? {} : { client }
  return [
    lookUp({ at, name, ips: [ip], ...who }),
    handshake({ at: at + 10, port, name, ip, ...(names ? { names } : {}), ...who }),
    request({ at: at + 20, port, host: name, cache: 'hit', ...who }),
  ]
}
