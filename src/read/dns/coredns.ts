/** Lines of CoreDNS's log and errors plugins. */
import { splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import type { Draft } from '../parser.js'
import { readCommonLog, readIso, readSlash, round3, type LocalStamp, type Stamp } from '../time.js'
import { opcodeName, rcodeName } from '../vocabulary/dns.js'

/** A stamp that old releases wrote, and what follows `[LEVEL] `. */
export interface CoreDnsPrefix { readonly stamp: Stamp | LocalStamp | undefined, readonly body: string }

const LEVEL = /\[(?:INFO|ERROR|WARNING|DEBUG|NOTICE|PANIC|FATAL)\] /
const OLD_LINE = /^\S+ - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/

/** Cuts `[LEVEL] `, before which a stamp may stand; the oldest releases had no level. */
export function readCoreDnsPrefix(text: string): CoreDnsPrefix | undefined {
  if (OLD_LINE.test(text)) return { stamp: undefined, body: text }
  const level = LEVEL.exec(text.length > 60 ? text.slice(0, 60) : text)
  if (!level) return undefined
  const before = text.slice(0, level.index).trim()
  const stamp = before === '' ? undefined : readIso(before) ?? readSlash(before)
  return before !== '' && !stamp ? undefined : { stamp, body: text.slice(level.index + level[0].length) }
}

const TRANSPORT: Readonly<Record<string, 'tcp' | 'udp' | 'quic'>> = { udp: 'udp', tcp: 'tcp', tls: 'tcp', https: 'tcp', grpc: 'tcp', quic: 'quic' }
const FLAGS: ReadonlySet<string> = new Set(['aa', 'tc', 'rd', 'ra', 'ad', 'cd'])
const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, ms: 1, us: 0.001, 'µs': 0.001, 'μs': 0.001, ns: 0.000001 }

function durationMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(s|ms|[uµμ]s|ns)$/.exec(text)
  return match ? round3(Number(match[1]) * UNIT_MS[match[2]!]!) : undefined
}

const isCount = (word: string | undefined): word is string => word !== undefined && /^\d{1,9}$/.test(word)

/** `REMOTE:PORT - ID "TYPE CLASS NAME PROTO SIZE DO BUFSIZE" RCODE FLAGS SIZE DURATION[ "OPCODE"]`; flags may be an empty text. */
export function readCoreDnsLog(body: string): Draft | undefined {
  const open = body.indexOf(' "')
  const close = body.indexOf('" ', open + 2)
  const dash = body.indexOf(' - ')
  if (open === -1 || close === -1 || dash === -1 || dash > open) return undefined
  const asked = body.slice(open + 2, close).split(' ')
  const result = body.slice(close + 2).split(' ')
  const client = splitHostPort(body.slice(0, dash))
  const id = body.slice(dash + 3, open)
  const [type, dnsClass, name, proto, size, wantsDnssec] = asked
  if (!client || asked.length !== 7 || result.length < 4 || !isCount(size) || !isCount(result[2])) return undefined
  const ms = durationMs(result[3]!)
  if (ms === undefined) return undefined
  const dns: NonNullable<Draft['dns']> = { question: { name, type, class: dnsClass } }
  const draft: Draft = { type: 'dns.query', duration_ms: ms, client: { ip: client.host, port: client.port || undefined, bytes: Number(size) }, dns }
  if (isCount(id)) dns.id = id
  else if (!putOldStamp(draft, id)) return undefined
  const opcode = /^"(\d{1,2})"$/.exec(result[4] ?? '')
  if (opcode) dns.op_code = opcodeName(Number(opcode[1]))
  dns.header_flags = [...result[1]!.split(',').filter(flag => FLAGS.has(flag)).map(flag => flag.toUpperCase()), ...(wantsDnssec === 'true' ? ['DO'] : [])]
  const transport = TRANSPORT[proto!]
  if (transport) draft.network = { transport }
  const rcode = result[0]!
  if (rcode !== '-') {
    draft.type = 'dns.response'
    dns.response_code = isCount(rcode) ? rcodeName(Number(rcode)) : rcode
    draft.server = { bytes: Number(result[2]) }
  }
  return draft
}

/** The first releases had a stamp in the place of the id. */
function putOldStamp(draft: Draft, text: string): boolean {
  const stamp = text.startsWith('[') && text.endsWith(']') ? readCommonLog(text.slice(1, -1)) : undefined
  if (!stamp || !('ms' in stamp)) return false
  draft.ts_ms = stamp.ms
  draft.ts_basis = 'end'
  draft.ts_res_ms = stamp.res_ms
  return true
}

const ERROR_TYPES: readonly (readonly [RegExp, ErrorType])[] = [
  [/i\/o timeout|deadline exceeded|timed? ?out/, 'dns_timeout'],
  [/connection refused/, 'connection_refused'],
  [/no route to host|network is unreachable/, 'destination_ip_unroutable'],
  [/connection reset|EOF/, 'connection_terminated'],
  [/no healthy|no upstream|no next plugin/, 'destination_unavailable'],
  [/x509:|certificate/, 'tls_certificate_error'],
  [/tls:/, 'tls_protocol_error'],
]

/** `plugin/errors: RCODE NAME TYPE: text` (before 1.4: without the plugin's name); undefined for any other text. */
export function readCoreDnsError(body: string): Draft | undefined {
  const match = /^(?:plugin\/errors: )?(\d{1,4}) (\S+) ([A-Z0-9-]+): (.+)$/.exec(body)
  if (!match) return undefined
  const message = match[4]!
  return {
    type: 'dns.response',
    dns: { question: { name: match[2], type: match[3] }, response_code: rcodeName(Number(match[1])) },
    error: { type: ERROR_TYPES.find(([pattern]) => pattern.test(message))?.[1] ?? 'dns_error', message },
  }
}
