/** Why a Go module could not be had, in words a program can switch on, and what to do about each. */
import type { Severity } from '../schema/finding.js'
import type { Attempt } from './go-attempt.js'

/** One cause. `about` says what it is the fault of: one module, or the host that was asked (then all modules are one incident). */
export interface Cause { readonly word: string, readonly about: 'module' | 'host', readonly severity: Severity, readonly text: string, readonly remedy: string }

const table = (rows: readonly (readonly [string, Cause['about'], Severity, string, string])[]): ReadonlyMap<string, Cause> =>
  new Map(rows.map(([word, about, severity, text, remedy]) => [word, { word, about, severity, text, remedy }]))

const CAUSES = table([
  ['no-such-host', 'host', 'medium', 'its name does not resolve (no such host)', 'Ask the resolver that the message names: dig NAME @SERVER. Correct the name in GOPROXY (or the import path), or the resolver that does not know it.'],
  ['dns-timeout', 'host', 'medium', 'the resolver did not answer in time', 'dig NAME @SERVER with the server of the message; look at that resolver and at UDP port 53 on the way. GODEBUG=netdns=2 shows which resolver Go uses.'],
  ['dns-failure', 'host', 'medium', 'the resolver answered with an error', 'dig NAME @SERVER: SERVFAIL and REFUSED look alike to Go. Look at the resolver and at DNSSEC of the name.'],
  ['connection-refused', 'host', 'medium', 'the connection was refused', 'The name resolves and nothing listens there: check that the proxy runs, and port and address (nc -vz ADDRESS PORT). A list with | instead of , in GOPROXY goes on to the next proxy.'],
  ['connect-timeout', 'host', 'medium', 'no connection came about in time', 'Packets vanish on the way: look at firewall and routing to the address (nc -vz ADDRESS 443), or set HTTPS_PROXY where the network wants one. Every artifact waits the full 30 s again.'],
  ['no-route', 'host', 'medium', 'there is no route to it', 'Look at the routes of this machine, and at IPv6 that resolves and is not routed.'],
  ['tls-timeout', 'host', 'medium', 'the TLS handshake got no answer', 'The port is open and does not speak TLS in time: openssl s_client -connect HOST:443 -servername HOST; look at middleboxes and MTU.'],
  ['certificate', 'host', 'medium', 'its certificate is not trusted', 'Look at the certificate: openssl s_client -connect HOST:443 -servername HOST. Renew it, or add the CA to the machine (SSL_CERT_FILE); where an inspecting proxy signs, its CA is missing. GOINSECURE does not relax GOPROXY.'],
  ['tls-failure', 'host', 'medium', 'the TLS handshake failed', 'openssl s_client -connect HOST:443 -servername HOST; a plain HTTP port, an old protocol version or an unknown name are the usual reasons.'],
  ['connection-cut', 'host', 'medium', 'the connection was cut', 'Look at the proxy and at what stands before it (load balancer time limits, middleboxes); try again with GODEBUG=http2client=0 to rule HTTP/2 out.'],
  ['timeout', 'host', 'medium', 'it did not answer in time', 'curl -v the URL; look at the proxy\'s own log for the request, and at its upstream.'],
  ['gateway-timeout', 'host', 'medium', 'the gateway before it gave up waiting', 'The proxy\'s upstream did not answer: look at the edge\'s log for the phase, and at the origin. A list with | in GOPROXY goes on to the next proxy.'],
  ['server-error', 'host', 'medium', 'it answered with a server error', 'Read the server response in the message and the proxy\'s own log. With , in GOPROXY only 404 and 410 move on to the next proxy; | moves on for any error.'],
  ['rate-limited', 'host', 'medium', 'it limits the rate', 'Put a caching proxy in between, or lower the number of parallel builds.'],
  ['request-refused', 'host', 'medium', 'the request was refused before it was sent, or by an HTTP proxy', 'Check the URL in GOPROXY (https), HTTPS_PROXY and what it allows.'],
  ['redirect-loop', 'host', 'medium', 'it redirects in a circle', 'curl -sIL the URL, and mend the redirects.'],
  ['bad-answer', 'host', 'medium', 'it answered with something that is no module', 'curl the URL: a captive portal, a sign-on page or an error page with status 200 stands where the module proxy should be.'],
  ['http-status', 'host', 'medium', 'it refused the request', 'Read the server response in the message.'],
  ['authentication-required', 'module', 'medium', 'it wants credentials', 'Put credentials into ~/.netrc (or GOAUTH) for a proxy, or into git\'s credential helper for a repository.'],
  ['module-not-found', 'module', 'low', 'there is no such module or version', 'Check path and version: go list -m -versions PATH. A module that was withdrawn needs another version or a proxy that still has it.'],
  ['unknown-revision', 'module', 'low', 'there is no such version', 'go list -m -versions PATH shows what there is; a tag that was just pushed may be cached as missing for some minutes.'],
  ['path-mismatch', 'module', 'low', 'its go.mod declares another path', 'Import it by the path that its go.mod declares, or replace it in go.mod (a fork wants a replace directive).'],
  ['missing-go-sum', 'module', 'low', 'go.sum has no entry for it', 'go mod tidy (or go mod download PATH), and commit go.sum.'],
  ['checksum-mismatch', 'module', 'high', 'what was downloaded does not match its recorded checksum', 'Do not delete go.sum. Compare both sums with another proxy (GOPROXY=direct go mod download -json M@V): where only one proxy differs, it serves altered code; where all differ, the tag was moved: ask its author.'],
  ['checksum-database', 'module', 'medium', 'the checksum database could not confirm it', 'Check that sum.golang.org (or GOSUMDB) can be reached; for a private module set GOPRIVATE, so that the database is not asked.'],
  ['vcs-failure', 'module', 'medium', 'the version control command failed', 'Run the command of the message by hand; it needs the program itself (git), access and, for a private repository, credentials.'],
  ['proxy-configuration', 'module', 'medium', 'GOPROXY does not allow it', 'go env GOPROXY GONOPROXY GOPRIVATE GOFLAGS: the list is empty, off, or has no valid URL.'],
  ['unknown', 'module', 'low', 'the message names no cause that is known here', 'Read the message; run again with -x and GODEBUG=http2debug=2.'],
])

const BY_TYPE: Readonly<Record<string, string>> = {
  destination_not_found: 'no-such-host', dns_timeout: 'dns-timeout', dns_error: 'dns-failure', connection_refused: 'connection-refused', destination_ip_unroutable: 'no-route', destination_unavailable: 'no-route', destination_ip_prohibited: 'no-route',
  connection_terminated: 'connection-cut', http_response_incomplete: 'connection-cut', connection_read_timeout: 'timeout', connection_write_timeout: 'timeout', http_response_timeout: 'timeout', timeout: 'timeout',
  tls_certificate_error: 'certificate', tls_protocol_error: 'tls-failure', tls_alert_received: 'tls-failure', http_request_denied: 'request-refused', http_request_error: 'request-refused', http_protocol_error: 'bad-answer', proxy_loop_detected: 'redirect-loop',
  proxy_internal_error: 'server-error', connection_limit_reached: 'connection-cut', authentication_required: 'authentication-required', module_not_found: 'module-not-found', unknown_revision: 'unknown-revision', path_mismatch: 'path-mismatch',
  missing_go_sum: 'missing-go-sum', checksum_mismatch: 'checksum-mismatch', checksum_database_error: 'checksum-database', vcs_error: 'vcs-failure', proxy_configuration_error: 'proxy-configuration',
}

function byStatus(status: number | undefined): string {
  if (status === undefined) return 'unknown'
  if (status === 404 || status === 410) return 'module-not-found'
  if (status === 401 || status === 403 || status === 407) return 'authentication-required'
  if (status === 429) return 'rate-limited'
  if (status === 504) return 'gateway-timeout'
  if (status === 408) return 'timeout'
  return status >= 500 ? 'server-error' : 'http-status'
}

function wordOf(attempt: Attempt): string {
  const { errorType, status, side } = attempt
  if (errorType === 'connection_timeout') return attempt.hasTlsFailed ? 'tls-timeout' : 'connect-timeout'
  // an access log's error tells of the leg behind it; to the go command only the status counts
  const word = side === 'edge' || errorType === undefined ? undefined : BY_TYPE[errorType]
  return word ?? byStatus(status)
}

/** Why a failed attempt failed. */
export function failureCause(attempt: Attempt): Cause {
  return CAUSES.get(wordOf(attempt))!
}

/** Proxies and databases that everybody may ask, which therefore know no private module. */
const PUBLIC = ['proxy.golang.org', 'sum.golang.org', 'goproxy.cn', 'goproxy.io', 'gocenter.io', 'mirrors.aliyun.com', 'goproxy.baidu.com', 'mirrors.cloud.tencent.com', 'repo.huaweicloud.com', 'athens.azurefd.net']

/** True for a proxy or database of the public. */
export function isPublicProxy(host: string | undefined): boolean {
  return host !== undefined && PUBLIC.some(name => host === name || host.endsWith(`.${name}`))
}

/** The remedy for a cause, with GOPRIVATE named where a private module may have been asked of the public. */
export function remedyOf(cause: Cause, attempt: Attempt): string {
  const owner = attempt.module?.split('/').slice(0, 2).join('/')
  const mayBePrivate = cause.word === 'authentication-required' || ((cause.word === 'module-not-found' || cause.word === 'unknown-revision' || cause.word === 'checksum-database') && isPublicProxy(attempt.host)) || attempt.op === 'sumdb'
  if (!mayBePrivate || owner === undefined) return cause.remedy
  const asked = isPublicProxy(attempt.host) ? `${attempt.host} is public and knows no private module` : 'If the module is private'
  return `${asked}: go env -w GOPRIVATE=${owner} sends it straight to its repository and keeps it from the checksum database. ${cause.remedy}`
}
