/** One answer, or one failure to get one, of a DNS look-up tool. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { Draft } from '../parser.js'
import type { ErrorType } from '../../schema/error-types.js'
import type { Asked } from './banner.js'
import type { Answer } from './records.js'

/** When a block was written, and on which clock. */
export interface Written { readonly ms: number, readonly res_ms: number }

const MAX_ANSWERS = 1000

/** `IP#PORT(NAME)`, `IP@PORT(UDP)`, `IP#PORT`. */
export function readServer(text: string): { ip: string, port?: number } | undefined {
  const match = /^([0-9a-fA-F:.%a-z]{2,60})[#@](\d{1,5})/.exec(text)
  const parts = match ? splitHostPort(`${match[1]!}#${match[2]!}`) : undefined
  return parts && canonicalIp(parts.host) !== undefined ? { ip: parts.host, ...(parts.port ? { port: parts.port } : {}) } : undefined
}

/** UDP, TCP, TLS, HTTPS, QUIC in parentheses. */
export function transportOf(word: string | undefined): 'udp' | 'tcp' | 'quic' | undefined {
  return word === 'UDP' ? 'udp' : word === 'TCP' || word === 'TLS' || word === 'HTTPS' || word === 'HTTP' ? 'tcp' : word === 'QUIC' ? 'quic' : undefined
}

const REASONS: readonly (readonly [string, ErrorType])[] = [
  ['timed out', 'dns_timeout'], ['timeout', 'dns_timeout'], ['refused', 'connection_refused'], ['unreachable', 'destination_ip_unroutable'], ['no route', 'destination_ip_unroutable'], ['handshake failed', 'tls_protocol_error'],
  ['end of file', 'connection_terminated'], ['connection reset', 'connection_terminated'], ['not found', 'destination_not_found'],
]

/** The word for why a server could not be asked. */
export function reasonOf(text: string): ErrorType | undefined {
  const low = text.toLowerCase()
  return REASONS.find(([phrase]) => low.includes(phrase))?.[1]
}

export class Block {
  readonly answers: Answer[] = []
  readonly draft: Draft = { type: 'dns.response', dns: {} }
  /** The header, or a footer, was seen: the next answer begins another block. */
  hasHeader = false
  failure: string | undefined
  private errors: string[] = []

  constructor(readonly line: number, public asked: Asked | undefined) {}

  /** `opcode: QUERY, status: NOERROR, id: 58192`; kdig parts them by semicolons. */
  header(text: string): void {
    const match = /opcode: ([A-Z0-9]+)[,;] status: ([A-Z0-9]+)[,;] id: (\d{1,5})/.exec(text)
    this.hasHeader = true
    if (match) Object.assign(this.draft.dns!, { op_code: match[1], response_code: match[2], id: match[3] })
  }

  /** `qr rd ra; QUERY: 1, …`; qr only says that it is an answer. */
  flags(text: string): void {
    const names = text.split(';', 1)[0]!.trim().split(/\s+/).filter(flag => /^[a-z]{2}$/.test(flag) && flag !== 'qr').map(flag => flag.toUpperCase())
    if (names.length > 0) this.draft.dns!.header_flags = [...names, ...(this.draft.dns!.header_flags ?? [])]
  }

  /** What the EDNS record tells; `text` is without its leading semicolons. */
  edns(text: string): void {
    const dns = this.draft.dns!
    const flags = /[Ff]lags: ?([a-z ]*)[;,]/.exec(text)?.[1]
    if (flags !== undefined && / ?\bdo\b/.test(flags)) dns.header_flags = [...(dns.header_flags ?? []), 'DO']
    const extended = /^EDE: (\d{1,5})/.exec(text)?.[1]
    if (extended !== undefined) dns.ede = [...(dns.ede ?? []), Number(extended)]
    const subnet = /^(?:CLIENT-SUBNET|Client subnet): ([0-9a-fA-F:.]{2,50}\/\d{1,3})/i.exec(text)?.[1]
    if (subnet !== undefined) dns.edns_subnet = subnet
  }

  answer(record: Answer): void {
    if (this.answers.length < MAX_ANSWERS) this.answers.push(record)
  }

  /** A try that failed; another may follow. */
  error(text: string, server?: { ip: string, port?: number }): void {
    if (this.errors.length < 100) this.errors.push(text)
    if (server && !this.draft.server) this.draft.server = server
  }

  /** No try is left. */
  fail(text: string): void { this.failure = text }

  get isFailed(): boolean { return this.failure !== undefined }

  /** Records without a header or a footer: +noall +answer. */
  get isBare(): boolean { return !this.hasHeader && this.answers.length > 0 }

  /** True where nothing but failed tries (or nothing at all) was seen. */
  get isEmpty(): boolean { return !this.hasHeader && this.answers.length === 0 && this.draft.duration_ms === undefined && this.draft.server === undefined }

  serve(server: Draft['server'], transport: 'udp' | 'tcp' | 'quic' | undefined): void {
    if (server) this.draft.server = server
    if (transport) this.draft.network = { transport }
  }

  /** Names that belong to the answer so far: its question and what its aliases lead to. */
  continues(record: Answer): boolean {
    if (this.answers.length === 0) return true
    const owner = plain(record.name)
    return this.answers.some(answer => plain(answer.name) === owner || (answer.type === 'CNAME' && plain(answer.data) === owner))
  }

  /** The event. `written` is when its lines were, which is when its answer had come. */
  finish(written: Written | undefined): Draft {
    const { draft, asked } = this
    const dns = draft.dns!
    draft.line = this.line
    const first = this.answers[0]
    const question = dns.question ?? (asked ? { name: asked.name, ...(asked.type === undefined ? {} : { type: asked.type }), class: asked.class ?? 'IN' }
      : first ? { name: first.name!, ...(this.answers.at(-1)!.type === undefined ? {} : { type: this.answers.at(-1)!.type! }), ...(first.class === undefined ? {} : { class: first.class }) } : undefined)
    if (question) dns.question = rootless(question)
    if (this.answers.length > 0) dns.answers = this.answers
    if (this.failure !== undefined) this.failed(this.failure)
    if (draft.ts_ms === undefined && written) Object.assign(draft, { ts_ms: written.ms, ts_basis: 'end', ts_res_ms: written.res_ms })
    return draft
  }

  private failed(words: string): void {
    const { draft } = this
    draft.type = 'dns.query'
    const all = [...this.errors, words]
    const type = reasonOf(all.find(text => reasonOf(text) !== undefined) ?? '') ?? 'dns_error'
    draft.error = { type, message: this.errors.length === 0 ? words : `${this.errors.at(-1)!}; ${words}` }
    draft.outcome = 'failure'
  }
}

const plain = (name: string | undefined): string => (name ?? '').toLowerCase().replace(/\.$/, '')

/** The root is no name that anything joins to. */
function rootless(question: { name?: string, type?: string, class?: string }): { name?: string, type?: string, class?: string } {
  return question.name === '.' ? { type: question.type, class: question.class } : question
}
