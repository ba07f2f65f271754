/** `openssl s_client`, line by line, to handshakes. Its two streams may interleave, so a run is told by its lines, not their order. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../parser.js'
import type { ErrorType } from '../../schema/error-types.js'
import { readEpoch, readOpenssl, toRfc3339 } from '../time.js'
import { toTlsVersion } from '../versions.js'
import { alertToken, ianaCipherName } from '../vocabulary/tls.js'

const NOT_EVENT = skip('not-an-event')

const START = /^(?:CONNECTED\([0-9A-F]{8}\)|depth=\d{1,3} |Connecting to \S+$|CONNECTION ESTABLISHED|connect:errno=\d+|[0-9A-F]{12,16}:error:[0-9A-F]{8}:|\d{5,20}:error:[0-9A-F]{8}:)/
const OPENSSL_ERROR = /^[0-9A-F]{5,20}:error:/
/** How the lines of the summary, the certificate and the sessions begin. */
const PLAIN: readonly string[] = [
  '---', 'Certificate chain', 'Server certificate', 'subject=', 'issuer=', 'No client certificate', 'Acceptable client', 'Requested Signature', 'Shared Requested', 'Client Certificate Types',
  'Peer sign', 'Peer Temp', 'Server Temp', 'Negotiated TLS', 'SSL handshake has', 'Verification', 'New, ', 'Reused, ', 'Server public key', 'Secure Renegotiation', 'This TLS version', 'Compression',
  'Expansion', 'No ALPN', 'ALPN protocol', 'Early data', 'SSL-Session', 'Verify return code', 'verify depth', 'verify return', 'verify error', 'notAfter', 'notBefore', 'Post-Handshake', 'read R BLOCK', 'read:errno', 'DONE', 'closed',
  'RENEGOTIATING', 'KEYUPDATE', 'no peer certificate', "Can't use SSL_get_servername", 'Protocol version:', 'Ciphersuite:', 'Peer certificate:', 'Hash used:', 'Signature type:', 'TLS client extension',
  'OCSP response', 'Next protocol', 'SCTs present', 'Max Early Data', 'Extended master', 'ssl handshake', 'write:errno', 'DH ', 'ECDH ', '40:error', 'error setting', "couldn't",
]
const INNER = /^ {3,4}(?:Protocol|Cipher|Session-ID|Session-ID-ctx|Resumption PSK|Master-Key|PSK identity|SRP username|TLS session ticket|Start Time|Timeout|Verify return code|Extended master|Max Early Data|Krb5|Compression|[0-9a-f]{4} - )|^ {1,2}(?:\d{1,3} s:| ?[iav]:)/
const PEM = /^(?:[A-Za-z0-9+/]{40,64}|[A-Za-z0-9+/]{1,62}={1,2})$/

/** A line that begins a run, whichever of its streams is first. */
export const startsRun = (line: string): boolean => START.test(line) || /(?:^|[$%#>] )openssl s_client /.test(line)

/** A line that s_client prints. */
export const isSClientLine = (line: string): boolean => startsRun(line) || PLAIN.some(words => line.startsWith(words)) || INNER.test(line) || PEM.test(line)

/** Errors before TLS, by errno. */
const ERRNO: Readonly<Record<string, ErrorType>> = { 111: 'connection_refused', 61: 'connection_refused', 110: 'connection_timeout', 60: 'connection_timeout', 113: 'destination_ip_unroutable', 101: 'destination_ip_unroutable', 104: 'connection_terminated', 54: 'connection_terminated' }

class Run {
  readonly draft: Draft = { type: 'tls.handshake', network: { transport: 'tcp' }, tls: {} }
  readonly seen = new Set<string>()
  private problem: string | undefined
  private errors: string[] = []
  private errno: string | undefined
  private chain = false
  private leafDone = false

  constructor(readonly line: number, outer: Outer | undefined) {
    this.draft.line = line
    const ms = outer?.ms
    if (ms !== undefined) Object.assign(this.draft, { ts_ms: ms, ts_basis: 'start', ts_res_ms: outer?.res_ms ?? 1 })
  }

  private get tls(): NonNullable<Draft['tls']> { return this.draft.tls! }

  private server(facts: NonNullable<NonNullable<Draft['tls']>['server']>): void {
    this.tls.server = { ...this.tls.server, ...facts }
  }

  /** `openssl s_client -connect host:443 -servername name`, where it stands above. */
  command(text: string): void {
    const target = /-connect[ =](\S{1,300})/.exec(text)?.[1]
    const parts = target === undefined ? undefined : splitHostPort(target)
    const name = /-servername[ =](\S{1,255})/.exec(text)?.[1] ?? (text.includes('-noservername') ? undefined : parts?.host)
    if (name !== undefined && canonicalIp(name) === undefined) this.tls.client = { server_name: name }
    if (parts?.port) this.draft.server = { ...(canonicalIp(parts.host) === undefined ? {} : { ip: parts.host }), port: parts.port }
  }

  add(line: string, context: ParserContext): void {
    const text = line.trim()
    if (/(?:^|[$%#>] )openssl s_client /.test(line)) this.command(line)
    else if (text.startsWith('Connecting to ')) this.draft.server = { ...this.draft.server, ip: text.slice(14) }
    else if (text.startsWith('connect:errno=')) this.errno = text.slice(14)
    else if (OPENSSL_ERROR.test(text)) this.errors.push(text)
    else if (text.startsWith('verify error:num=')) this.problem ??= text.slice(text.indexOf(':', 17) + 1)
    else this.summary(line, text, context)
  }

  private summary(line: string, text: string, context: ParserContext): void {
    const colon = text.indexOf(':')
    const value = text.slice(colon + 1).trim()
    if (/^(?:New|Reused), /.test(text)) this.negotiated(text)
    else if (text.startsWith('Protocol version:')) this.version(value)
    else if (text.startsWith('Ciphersuite:')) this.tls.cipher = ianaCipherName(value)
    else if (text.startsWith('ALPN protocol:')) this.tls.next_protocol = value
    else if (/^(?:Server|Peer) Temp Key: /.test(text)) this.tls.curve = value.split(',', 1)[0]!.replace(/^ECDH$/, value.split(', ')[1] ?? 'ECDH')
    else if (text.startsWith('Verification error: ')) this.problem ??= value
    else if (text === 'Verification: OK') this.seen.add('verified')
    else if (text.startsWith('Certificate chain')) this.chain = true
    else if (text === '---') this.chain = false
    else if (/^(?:subject|issuer)=/.test(text)) this.server({ [text.startsWith('subject') ? 'subject' : 'issuer']: text.slice(text.indexOf('=') + 1).trim() })
    else if (text.startsWith('Peer certificate: ')) this.server({ subject: value })
    else if (this.chain) this.link(text)
    else this.session(line, text, value, context)
  }

  /** ` 0 s:… i:… v:NotBefore: …; NotAfter: …`: the first is the leaf's. */
  private link(text: string): void {
    if (/^\d{1,3} s:/.test(text)) {
      if (!text.startsWith('0 s:')) this.leafDone = true
      else this.server({ subject: text.slice(4) })
    }
    if (this.leafDone) return
    if (text.startsWith('i:')) this.server({ issuer: text.slice(2) })
    const validity = /^v:NotBefore: (.{20,30}); NotAfter: (.{20,30})$/.exec(text)
    const before = validity ? readOpenssl(validity[1]!) : undefined
    const after = validity ? readOpenssl(validity[2]!) : undefined
    if (before && after) this.server({ not_before: toRfc3339(before.ms), not_after: toRfc3339(after.ms) })
  }

  private negotiated(text: string): void {
    const match = /^(New|Reused), (\S{1,20}), Cipher is (\S{1,80})$/.exec(text)
    if (!match) return
    this.tls.established = match[2] !== '(NONE)' && match[3] !== '(NONE)' && this.errors.length === 0
    if (match[2] === '(NONE)') return
    this.version(match[2]!)
    this.tls.cipher = ianaCipherName(match[3]!)
    this.tls.resumed = match[1] === 'Reused'
  }

  private version(text: string): void {
    const version = toTlsVersion(text)
    if (version !== undefined) Object.assign(this.tls, { version, version_protocol: version.startsWith('ssl') ? 'ssl' : 'tls' })
  }

  private session(line: string, text: string, value: string, context: ParserContext): void {
    if (!line.startsWith('    Start Time:') || this.draft.ts_ms !== undefined) return
    const stamp = readEpoch(value, 's')
    const resolved = stamp && context.clock.resolve(stamp)
    if (resolved) Object.assign(this.draft, { ts_ms: resolved.ms, ts_basis: 'point', ts_res_ms: 1000 })
    this.seen.add(text)
  }

  finish(): Draft {
    const { draft, tls } = this
    if (this.seen.has('brief')) tls.established ??= true
    if (this.errno !== undefined) tls.established = false
    if (this.problem !== undefined) tls.validation = this.problem
    else if (this.seen.has('verified') && tls.established === true && tls.server !== undefined) tls.validation = 'ok'
    this.putError()
    return draft
  }

  /** A connection that stands has no error: s_client goes on after a certificate it does not trust, and the verdict says so. */
  private putError(): void {
    const { draft, tls, errno } = this
    if (errno !== undefined) draft.error = connectError(errno, this.errors[0])
    else if (tls.established !== false) return
    else if (this.problem !== undefined) draft.error = { type: 'tls_certificate_error', message: this.problem }
    else draft.error = this.handshakeError(this.errors.find(text => !text.includes('system library') && !text.includes('BIO routines')) ?? this.errors[0])
  }

  private handshakeError(words: string | undefined): NonNullable<Draft['error']> {
    if (words === undefined) return { type: 'tls_protocol_error', message: 'the handshake was not completed' }
    const alert = /alert|unrecognized name/.test(words) ? alertToken(words) : undefined
    if (alert !== undefined) Object.assign(this.tls, { alert, alert_from: 'server' })
    const type = alert !== undefined ? 'tls_alert_received' : words.includes('unexpected eof') ? 'connection_terminated' : 'tls_protocol_error'
    const code = /:error:([0-9A-F]{8}):/.exec(words)?.[1]
    return { type, message: reasonOf(words), ...(code === undefined ? {} : { code }) }
  }
}

/** A look-up that failed has no errno of its own: its words are the last of the line. */
function connectError(errno: string, words: string | undefined): NonNullable<Draft['error']> {
  const named = words !== undefined && words.includes('BIO_lookup_ex') ? words.split(':').at(-1)!.trim() : undefined
  if (named) return { type: /not known|not provided|No address|No such host|No data/i.test(named) ? 'destination_not_found' : 'dns_error', message: named }
  return { type: ERRNO[errno] ?? 'destination_unavailable', message: words === undefined ? `connect:errno=${errno}` : reasonOf(words), code: errno }
}

/** The words of `40A7…:error:0A00042E:SSL routines:function:tlsv1 alert protocol version:file:line:SSL alert number 70`. */
function reasonOf(text: string): string {
  const parts = text.split(':')
  return (parts[5] ?? parts.at(-1) ?? text).trim() || text
}

export class SClientReader implements LineReader {
  private run: Run | undefined
  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trimEnd()
    if (line === '') return skip('blank')
    if (!isSClientLine(line)) return this.run ? NOT_EVENT : skip('not-this-format')
    const drafts = this.run && this.begins(line) ? this.close() : []
    if (!this.run && !startsRun(line)) return line.startsWith('---') || PEM.test(line) ? NOT_EVENT : this.open(line, number, outer, drafts)
    if (!this.run) return this.open(line, number, outer, drafts)
    this.note(line)
    this.run.add(line, this.context)
    return MERGED
  }

  private open(line: string, number: number, outer: Outer | undefined, drafts: readonly Draft[]): LineResult {
    this.run = new Run(number, outer)
    this.note(line)
    this.run.add(line, this.context)
    return drafts.length === 0 ? HELD : { drafts, self: HELD }
  }

  private note(line: string): void {
    const { seen } = this.run!
    if (line.startsWith('CONNECTED(')) seen.add('connected')
    else if (line === 'CONNECTION ESTABLISHED') seen.add('brief')
    else if (/^(?:New|Reused), /.test(line)) seen.add('summary')
    else if (line === 'DONE' || line === 'closed' || line.startsWith('connect:errno=')) seen.add('summary').add('over')
    else if (/openssl s_client /.test(line)) seen.add('command')
  }

  /** A line that cannot be of the run that is open: it has its summary, and this one begins another. */
  private begins(line: string): boolean {
    const { seen } = this.run!
    if (/(?:^|[$%#>] )openssl s_client /.test(line)) return true
    if (line.startsWith('CONNECTED(')) return seen.has('connected')
    if (line === 'CONNECTION ESTABLISHED') return seen.has('brief') || seen.has('summary')
    if (seen.has('over') && OPENSSL_ERROR.test(line)) return true
    return seen.has('summary') && /^depth=\d|^Connecting to |:error:[0-9A-F]{8}:system library:BIO_connect/.test(line)
  }

  private close(): Draft[] {
    const { run } = this
    this.run = undefined
    return run ? [run.finish()] : []
  }

  end(): readonly Draft[] {
    return this.close()
  }
}
