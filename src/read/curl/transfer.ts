/** One request and its response in curl's trace, with what the connection under it told. */
import { splitHostPort } from '../../address.js'
import type { Draft } from '../parser.js'
import { putRequestLine } from '../request.js'
import { readOpenssl, round3, toRfc3339 } from '../time.js'
import { toHttpVersion, toTlsVersion } from '../versions.js'
import { alertName, ianaCipherName } from '../vocabulary/tls.js'
import { curlFailure, isFailureMessage } from './failure.js'
import { putResponseHeader } from './response-headers.js'

/** Points of a transfer, on the one clock of the trace. */
type Mark = 'first' | 'trying' | 'connected' | 'hello' | 'secured' | 'sent' | 'answered' | 'last'

/** What a connection keeps for the requests that use it again. */
export interface Link { readonly server: Draft['server'], readonly secure: boolean }

/** Statuses that another response follows; 101 is final. */
const isInterim = (status: number): boolean => status < 200 && status !== 101

export class Transfer {
  readonly draft: Draft = { type: 'http.request' }
  requested = false
  responded = false
  done = false
  reused = false
  /** A proxy opened the way: what follows is another exchange, on the same connection. */
  tunnelled = false
  private readonly at = new Map<Mark, number>()
  private host: string | undefined
  private port: number | undefined
  private secure = false
  private established: boolean | undefined
  private attempts: { ip: string, port?: number }[] = []
  private refusals: string[] = []
  private words: string | undefined
  private exit: number | undefined
  private certificate = false
  private proxied = false

  constructor(readonly line: number, tick: number | undefined) {
    this.draft.line = line
    this.mark('first', tick)
  }

  mark(mark: Mark, tick: number | undefined): void {
    if (tick !== undefined && (mark === 'last' || !this.at.has(mark))) this.at.set(mark, tick)
  }

  /** The URL that a redirect names before its request is made. */
  aim(url: string): void {
    const match = /^(https?):\/\/([^/?#]{1,300})/.exec(url)
    const parts = match ? splitHostPort(match[2]!.slice(match[2]!.lastIndexOf('@') + 1)) : undefined
    if (!parts) return
    this.host = parts.host
    this.port = parts.port
    this.draft.url = { ...this.draft.url, scheme: match![1]! }
  }

  /** Goes on behind a proxy that opened the way. */
  follow(link: Link): void { this.draft.server = link.server }

  reuse(host: string | undefined, link: Link | undefined): void {
    this.reused = true
    this.host = host
    if (!link) return
    this.draft.server = link.server
    this.secure = link.secure
  }

  link(): Link { return { server: this.draft.server, secure: this.secure } }

  /** A line of information. */
  info(text: string, tick: number | undefined): void {
    if (this.certificate && text.startsWith(' ')) this.certificateLine(text.trim())
    else if (text.startsWith('  Trying ')) this.trying(text, tick)
    else if (/^(?:Connected|Established connection) to /.test(text)) this.connected(text, tick)
    else if (text.startsWith('ALPN')) this.alpn(text)
    else if (text.startsWith('SSL connection using ')) this.secured(text.slice(21), tick)
    else if (text.startsWith('Server certificate:')) this.certificate = true
    else if (/^(?:TLSv1\.\d|TLSv1|SSLv\d|\(\d+\)) \((?:IN|OUT)\)/.test(text)) this.record(text, tick)
    else if (/^(?:h2h3|h2|\[HTTP\/[23]\] \[\d+\]|h3) \[:scheme: (\w+)\]/.test(text)) this.secure ||= text.includes('https')
    else if (text.startsWith('Establish HTTP proxy tunnel')) this.proxied = true
    else if (/^CONNECT phase completed|^CONNECT tunnel established|^Proxy replied 200 to CONNECT/.test(text)) this.tunnelled = true
    else this.failing(text)
  }

  private trying(text: string, tick: number | undefined): void {
    const parts = splitHostPort(text.slice(9).replace(/\.\.\.$/, '').trim())
    if (parts) this.attempts.push({ ip: parts.host, ...(parts.port ? { port: parts.port } : {}) })
    this.mark('trying', tick)
  }

  private connected(text: string, tick: number | undefined): void {
    const match = /^(?:Connected|Established connection) to (\S+) \((\S+?)(?:\)| port (\d{1,5})\)?)(?: port (\d{1,5}))?(?:.* from (\S+) port (\d{1,5}))?/.exec(text)
    if (!match) return
    const port = Number(match[3] ?? match[4])
    this.host ??= match[1]!
    this.port ??= port || undefined
    this.draft.server = { ip: match[2]!, ...(port ? { port } : {}) }
    if (match[5] !== undefined) this.draft.client = { ip: match[5], port: Number(match[6]) }
    this.mark('connected', tick)
  }

  private alpn(text: string): void {
    const offered = /offer(?:s|ing) (\S+)/.exec(text)?.[1]
    if (offered !== undefined) {
      const known = this.draft.tls?.client?.alpn ?? []
      this.draft.tls = { ...this.draft.tls, client: { ...this.draft.tls?.client, alpn: [...known, ...offered.split(',')] } }
    }
    const accepted = /server accepted (?:to use )?(\S+)/.exec(text)?.[1]
    if (accepted !== undefined) this.draft.tls = { ...this.draft.tls, next_protocol: accepted }
  }

  private secured(text: string, tick: number | undefined): void {
    const [version, cipher, curve] = text.split(' / ').map(part => part.trim())
    const known = toTlsVersion(version ?? '')
    this.secure = true
    this.established = true
    this.draft.tls = {
      ...this.draft.tls, ...(known === undefined ? {} : { version: known as '1.3', version_protocol: known.startsWith('ssl') ? 'ssl' as const : 'tls' as const }),
      ...(cipher === undefined || cipher === '' ? {} : { cipher: ianaCipherName(cipher) }), ...(curve === undefined || curve === '' || curve === '[blank]' ? {} : { curve }),
    }
    this.mark('secured', tick)
  }

  /** Handshake records and alerts; the number of an alert is its level times 256 and its description. */
  private record(text: string, tick: number | undefined): void {
    this.secure = true
    if (text.includes('Client hello')) this.mark('hello', tick)
    const alert = /\((IN|OUT)\), TLS alert, .{1,80} \((\d{1,5})\):?$/.exec(text)
    const number = Number(alert?.[2] ?? 0)
    const name = number >= 512 ? alertName(number & 255) : undefined
    if (name !== undefined) this.draft.tls = { ...this.draft.tls, alert: name, alert_from: alert![1] === 'IN' ? 'server' : 'client' }
  }

  private certificateLine(text: string): void {
    const colon = text.indexOf(': ')
    const value = text.slice(colon + 2)
    const server = { ...this.draft.tls?.server }
    if (text.startsWith('subject: ')) server.subject = value
    else if (text.startsWith('issuer: ')) server.issuer = value
    else if (text.startsWith('start date: ') || text.startsWith('expire date: ')) {
      const stamp = readOpenssl(value)
      if (stamp) server[text.startsWith('start') ? 'not_before' : 'not_after'] = toRfc3339(stamp.ms)
    } else this.checked(text, server)
    this.draft.tls = { ...this.draft.tls, ...(Object.keys(server).length > 0 ? { server } : {}) }
  }

  private checked(text: string, server: NonNullable<NonNullable<Draft['tls']>['server']>): void {
    const matched = /^subjectAltName: host "[^"]{1,255}" matched cert's "([^"]{1,255})"/.exec(text)
    if (matched) server.x509 = { alternative_names: [matched[1]!] }
    if (matched || text.startsWith('subjectAltName does not match')) this.draft.tls = { ...this.draft.tls, sni_matches_certificate: matched !== null }
    if (/^SSL certificate verif(?:y ok|ied)/.test(text)) this.draft.tls = { ...this.draft.tls, validation: 'ok' }
    const ignored = /^SSL certificate verify result: (.{1,200}) \(\d{1,3}\), continuing anyway/.exec(text)
    if (ignored) this.draft.tls = { ...this.draft.tls, validation: ignored[1]! }
  }

  private failing(text: string): void {
    if (!isFailureMessage(text)) return
    if (/^connect to |^Immediate connect fail/.test(text)) this.refusals.push(text)
    else this.words = text
  }

  requestLine(text: string, tick: number | undefined): void {
    this.requested = true
    putRequestLine(this.draft, text)
    this.mark('sent', tick)
  }

  requestHeader(name: string, value: string): void {
    const { draft } = this
    switch (name.toLowerCase()) {
      case 'host': {
        const parts = splitHostPort(value)
        if (parts && draft.url?.domain === undefined) draft.url = { ...draft.url, domain: parts.host, ...(parts.port ? { port: parts.port } : {}) }
        break
      }
      case 'user-agent': draft.user_agent = { original: value }; break
      case 'referer': draft.http = { ...draft.http, request: { ...draft.http?.request, referrer: value } }; break
      default:
    }
  }

  statusLine(text: string, tick: number | undefined): void {
    const match = /^HTTP\/(\S{1,4}) (\d{3})/.exec(text)
    if (!match) return
    const version = toHttpVersion(match[1]!)
    if (version !== undefined) this.draft.http = { ...this.draft.http, version: version as '2' }
    this.mark('answered', tick)
    const status = Number(match[2])
    if (isInterim(status)) return
    this.draft.http = { ...this.draft.http, response: { status_code: status } }
    this.responded = true
  }

  responseHeader(name: string, value: string): void {
    if (this.responded) putResponseHeader(this.draft, name, value)
  }

  get failed(): boolean { return this.exit !== undefined }

  /** `curl: (28) …`: why it failed, in curl's last words. */
  exited(code: number, text: string): void {
    this.exit = code
    this.words = text
  }

  finish(): Draft {
    const { draft } = this
    this.aimed()
    const words = this.words
    if (words !== undefined) this.fail(words)
    if (this.secure && (draft.tls !== undefined || this.established !== undefined) && !this.reused) {
      const name = this.host ?? draft.url?.domain
      draft.tls = { ...draft.tls, established: this.established ?? false, client: { ...(name === undefined || /^[\d.]+$|:/.test(name) ? {} : { server_name: name }), ...draft.tls?.client } }
    }
    if (draft.server === undefined && this.attempts.length === 1) draft.server = { ...this.attempts[0]! }
    if (draft.server !== undefined) draft.network = { transport: draft.http?.version === '3' ? 'quic' : 'tcp' }
    this.times()
    return draft
  }

  private aimed(): void {
    const { draft } = this
    const named = this.words === undefined ? null : /(?:Failed to connect to|Could not resolve host:|Could not resolve:) (\S+?)(?: port (\d{1,5})|$| )/.exec(this.words)
    const host = this.host ?? named?.[1]
    const port = this.port ?? (Number(named?.[2]) || undefined) ?? (this.reused && this.host !== undefined ? draft.server?.port : undefined)
    if (draft.http?.request?.method === 'CONNECT') return
    if (host !== undefined && draft.url?.domain === undefined) draft.url = { ...draft.url, domain: host, ...(port !== undefined && port !== (this.secure || draft.url?.scheme === 'https' ? 443 : 80) ? { port } : {}) }
    if (draft.url !== undefined && draft.url.scheme === undefined && (this.secure || this.requested) && !this.proxied) draft.url = { scheme: this.secure ? 'https' : 'http', ...draft.url }
  }

  private fail(words: string): void {
    const { draft } = this
    // "Couldn't connect to server" does not say why; the line of the attempt before it does
    const refusal = this.exit === undefined || this.exit === 7 ? this.refusals.at(-1) : undefined
    const failure = curlFailure(this.exit, refusal === undefined ? words : `${words} (${refusal})`, { connected: this.at.has('connected') || draft.server !== undefined, secured: this.established, responded: this.responded })
    draft.error = { ...(failure.type === undefined ? {} : { type: failure.type }), message: words, ...(this.exit === undefined ? {} : { code: String(this.exit) }) }
    draft.outcome = 'failure'
    if (failure.validation !== undefined) draft.tls = { ...draft.tls, validation: failure.validation }
    if (failure.alert !== undefined && draft.tls?.alert === undefined) draft.tls = { ...draft.tls, alert: failure.alert, alert_from: 'server' }
    if (failure.inHandshake) draft.tls = { ...draft.tls, established: false }
  }

  private span(from: Mark, to: Mark): number | undefined {
    const begun = this.at.get(from)
    const ended = this.at.get(to)
    return begun === undefined || ended === undefined || ended < begun ? undefined : round3(ended - begun)
  }

  private times(): void {
    const afterTls = (this.at.get('connected') ?? 0) > (this.at.get('secured') ?? Infinity) // curl 8.16 says so once TLS is done
    const phases = {
      connect_ms: afterTls ? undefined : this.span('trying', 'connected'), tls_ms: afterTls ? this.span('hello', 'secured') : this.span('connected', 'secured'),
      wait_ms: this.span('sent', 'answered'), receive_ms: this.span('answered', 'last'),
    }
    const known = Object.fromEntries(Object.entries(phases).filter(([, value]) => value !== undefined))
    if (Object.keys(known).length > 0) this.draft.timing = known
    const total = this.span('first', 'last')
    if (total !== undefined) this.draft.duration_ms = total
  }
}
