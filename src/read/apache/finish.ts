/** Facts of an Apache access line that take more than one directive. */
import { canonicalIp } from '../../address.js'
import { unescapeValue } from '../access/escapes.js'
import { putCacheStatus } from '../access/cache-status.js'
import { fail, putForwarded, putOrigin } from '../cdn/text.js'
import type { Draft } from '../parser.js'
import { putUri } from '../request.js'
import type { Row } from '../table.js'
import { ianaCipherName } from '../vocabulary/tls.js'

type CacheStatus = NonNullable<NonNullable<NonNullable<Draft['cdn']>['cache']>['status']>

const value = (row: Row, name: string): string | undefined => {
  const text = row.text(name)
  return text === '-' || text === '(null)' ? undefined : text
}

/** `192.0.2.1:51514`: the last colon is the one between address and port. */
function putClient(draft: Draft, pair: string | undefined): void {
  if (pair === undefined) return
  const colon = pair.lastIndexOf(':')
  const address = pair.slice(0, colon)
  const port = Number(pair.slice(colon + 1))
  if (colon < 1 || canonicalIp(address) === undefined) return
  const client = (draft.client ??= {})
  client.ip = address
  if (port > 0 && port < 65536) client.port = port
}

/** mod_cache's reasons begin alike whatever follows (`cache miss: attempting entity save`). */
function reasonStatus(reason: string): CacheStatus | undefined {
  const low = reason.toLowerCase()
  if (low.startsWith('conditional cache hit')) return 'revalidated'
  if (low.startsWith('conditional cache miss')) return 'expired'
  if (low.startsWith('cache hit')) return 'hit'
  if (low.startsWith('cache miss')) return 'miss'
  return low.startsWith('cache invalidated') ? 'none' : undefined
}

const X_CACHE: Readonly<Record<string, CacheStatus>> = { hit: 'hit', miss: 'miss', revalidate: 'revalidated' }

function putCache(draft: Draft, row: Row): void {
  const put = (status: CacheStatus | undefined, raw: string): void => {
    if (status !== undefined) Object.assign((draft.cdn ??= {}).cache ??= {}, { status, raw })
  }
  for (const [name, status] of [['cache-miss}e', 'miss'], ['cache-revalidate}e', 'revalidated'], ['cache-hit}e', 'hit']] as const) {
    const flag = value(row, name)
    if (flag !== undefined) put(status, flag)
  }
  const header = value(row, 'x-cache}o')
  if (header !== undefined) put(X_CACHE[header.split(' ', 1)[0]!.toLowerCase()], header)
  const reason = value(row, 'cache-status}e')
  if (reason !== undefined) put(reasonStatus(reason), reason)
  const standard = value(row, 'cache-status}o')
  if (standard !== undefined) putCacheStatus(draft, standard)
}

/** Escapes are undone in what a client wrote. */
function putWords(draft: Draft): void {
  const { url, http } = draft
  const agent = draft.user_agent?.original
  if (agent?.includes('\\')) draft.user_agent!.original = unescapeValue(agent)
  if (url?.path?.includes('\\')) url.path = unescapeValue(url.path)
  if (url?.query?.includes('\\')) url.query = unescapeValue(url.query)
  const referrer = http?.request?.referrer
  if (referrer?.includes('\\')) http!.request!.referrer = unescapeValue(referrer)
}

function putTls(draft: Draft, row: Row): void {
  const resumed = value(row, 'ssl_session_resumed}x') ?? value(row, 'ssl_session_resumed}e')
  if (resumed === 'Resumed' || resumed === 'Initial') (draft.tls ??= {}).resumed = resumed === 'Resumed'
  if (draft.tls?.cipher !== undefined) draft.tls.cipher = ianaCipherName(draft.tls.cipher)
}

/** The balancer's worker is a URL (`https://198.51.100.10:8443`). */
function putWorker(draft: Draft, worker: string | undefined): void {
  if (worker === undefined) return
  const scheme = worker.indexOf('://')
  const authority = (scheme === -1 ? worker : worker.slice(scheme + 3)).split('/', 1)[0]
  putOrigin(draft, authority)
}

/** What is looked at on a draft of an access line. */
export const APACHE_READS = ['http.response', 'url'] as const

/** Facts of an access line. */
export function finishApache(draft: Draft, row: Row): void {
  putClient(draft, value(row, '@client'))
  const query = value(row, 'q')
  if (query?.startsWith('?') && draft.url?.query === undefined) putUri(draft, `${draft.url?.path ?? ''}${query}`)
  putWords(draft)
  putTls(draft, row)
  putCache(draft, row)
  putWorker(draft, value(row, 'balancer_worker_name}e'))
  putForwarded(draft, value(row, 'x-forwarded-for}i') ?? value(row, 'x-real-ip}i'))
  const type = draft.http?.response?.mime_type
  const semicolon = type?.indexOf(';') ?? -1
  if (semicolon !== -1) draft.http!.response!.mime_type = type!.slice(0, semicolon).trim()
  if (value(row, 'X') === 'X' || value(row, 'c') === 'X') fail(draft, 'client_abort', 'X')
  if (draft.ts_basis === 'point') draft.ts_basis = 'end' // taken over from the envelope, which was written with the line
}
