/**
 * The event: what every log line becomes. One definition, in zod; TypeScript types and JSON Schema come from it.
 *
 * Paths are Elastic Common Schema 9 paths wherever ECS has the field (same meaning, type and unit); own numbers carry their unit.
 * Absent is absent: no null, no `-`, no 0 for "none". Keys come out in the order written here.
 */
import { z } from 'zod'
import { amount, count, epochMs, ip, name, port, rfc3339, status, text } from './kinds.js'

export const EVENT_TYPES = [
  'http.request', 'dns.query', 'dns.response', 'tls.handshake', 'net.connect', 'http2.frame', 'go.module', 'go.gc', 'log.line',
] as const

export const CACHE_STATUSES = [
  'hit', 'miss', 'expired', 'stale', 'updating', 'revalidated', 'bypass', 'dynamic', 'error', 'none', 'unknown',
] as const

/** What a stamp marks: the start or the end of the thing, a point in it, a start derived from end − duration, a relative clock placed by `--anchor`, or a stamp taken over from a neighbouring line. */
export const TIME_BASES = ['start', 'end', 'point', 'derived', 'anchored', 'inherited'] as const

const headers = z.record(z.string(), z.string())

const autonomousSystem = z.strictObject({ number: count.optional(), organization: z.strictObject({ name: text.optional() }).optional() })

const client = z.strictObject({
  ip: ip.optional(),
  port: port.optional(),
  bytes: count.optional(),
  as: autonomousSystem.optional(),
  geo: z.strictObject({ country_iso_code: text.optional() }).optional(),
})

const server = z.strictObject({ ip: ip.optional(), port: port.optional(), bytes: count.optional() })

const network = z.strictObject({
  transport: z.enum(['tcp', 'udp', 'quic', 'unix']).optional(),
  type: z.enum(['ipv4', 'ipv6']).optional(),
  protocol: text.optional(),
  community_id: text.optional(),
  connection_id: text.optional(), // the log's own name for the connection (Zeek uid, Suricata flow_id, nginx $connection)
  forwarded_ip: ip.optional(),
  duration_ms: amount.optional(), // life of the connection; never a phase
})

const url = z.strictObject({
  scheme: text.optional(),
  domain: text.optional(),
  port: port.optional(),
  path: text.optional(),
  query: text.optional(),
  full: text.optional(),
  original: text.optional(), // only where the target could not be taken apart
})

const http = z.strictObject({
  version: z.enum(['0.9', '1.0', '1.1', '2', '3']).optional(),
  request: z.strictObject({
    method: text.optional(),
    id: text.optional(),
    referrer: text.optional(),
    bytes: count.optional(),
    body: z.strictObject({ bytes: count.optional() }).optional(),
    headers: headers.optional(),
  }).optional(),
  response: z.strictObject({
    status_code: status.optional(),
    bytes: count.optional(),
    body: z.strictObject({ bytes: count.optional() }).optional(),
    mime_type: text.optional(),
    headers: headers.optional(),
  }).optional(),
})

const http2 = z.strictObject({
  frame: text.optional(),
  direction: z.enum(['read', 'write']).optional(),
  stream_id: count.optional(),
  length: count.optional(),
  flags: z.array(text).optional(),
  error_code: text.optional(),
})

const dnsAnswer = z.strictObject({
  name: name.optional(),
  type: text.optional(),
  class: text.optional(),
  ttl: count.optional(), // seconds
  data: text,
})

const dns = z.strictObject({
  type: z.enum(['query', 'answer']).optional(),
  id: text.optional(),
  op_code: text.optional(),
  header_flags: z.array(text).optional(),
  question: z.strictObject({ name: name.optional(), type: text.optional(), class: text.optional() }).optional(),
  response_code: text.optional(),
  answers: z.array(dnsAnswer).optional(),
  resolved_ip: z.array(ip).optional(),
  min_ttl_s: count.optional(),
  answered_from: z.enum(['cache', 'upstream', 'hosts', 'config', 'authority']).optional(),
  upstream: ip.optional(), // the server a forwarder asked
  edns_subnet: text.optional(),
  ede: z.array(count).optional(), // RFC 8914 extended error codes
})

const tls = z.strictObject({
  version: z.enum(['1.0', '1.1', '1.2', '1.3', 'ssl2', 'ssl3']).optional(),
  version_protocol: z.enum(['tls', 'ssl', 'dtls']).optional(),
  cipher: text.optional(),
  curve: text.optional(),
  established: z.boolean().optional(),
  resumed: z.boolean().optional(),
  next_protocol: text.optional(),
  ech: z.boolean().optional(), // the SNI shown is the outer one
  alert: text.optional(), // IANA name, lower case with underscores
  alert_from: z.enum(['client', 'server']).optional(),
  validation: text.optional(), // the certificate check's own words; "ok" where it passed
  sni_matches_certificate: z.boolean().optional(),
  client: z.strictObject({ server_name: name.optional(), ja3: text.optional(), ja4: text.optional(), alpn: z.array(text).optional() }).optional(),
  server: z.strictObject({
    subject: text.optional(),
    issuer: text.optional(),
    not_before: rfc3339.optional(),
    not_after: rfc3339.optional(),
    hash: z.strictObject({ sha1: text.optional(), sha256: text.optional() }).optional(),
    ja3s: text.optional(),
    certificate_chain: z.array(text).optional(), // fingerprints, leaf first
    x509: z.strictObject({ alternative_names: z.array(text).optional(), serial_number: text.optional() }).optional(),
  }).optional(),
})

const timing = z.strictObject({
  dns_ms: amount.optional(),
  connect_ms: amount.optional(),
  tls_ms: amount.optional(),
  send_ms: amount.optional(),
  wait_ms: amount.optional(),
  receive_ms: amount.optional(),
})

const originAttempt = z.strictObject({
  ip: ip.optional(),
  port: port.optional(),
  name: text.optional(),
  status_code: status.optional(),
  connect_ms: amount.optional(),
  wait_ms: amount.optional(),
  duration_ms: amount.optional(),
})

const origin = z.strictObject({
  ip: ip.optional(),
  port: port.optional(),
  name: text.optional(), // host name, backend or upstream group
  status_code: status.optional(),
  bytes: count.optional(),
  tls_version: text.optional(),
  reused: z.boolean().optional(),
  dns_ms: amount.optional(),
  connect_ms: amount.optional(),
  tls_ms: amount.optional(),
  send_ms: amount.optional(),
  wait_ms: amount.optional(), // request sent to first response byte
  receive_ms: amount.optional(),
  duration_ms: amount.optional(), // all attempts together
  attempts: z.array(originAttempt).optional(), // only where there was more than one
})

const cdn = z.strictObject({
  provider: text.optional(),
  pop: text.optional(),
  region: text.optional(),
  cache: z.strictObject({
    status: z.enum(CACHE_STATUSES).optional(),
    raw: text.optional(), // the vendor's own word
    fwd: text.optional(), // RFC 9211 token: why the request went on
    tier: text.optional(),
    key: text.optional(),
    age_s: amount.optional(),
    ttl_s: z.number().optional(),
  }).optional(),
  result: text.optional(), // the vendor's own verdict on the request (edge result type, termination state, response flags)
  ttfb_ms: amount.optional(), // as the vendor defines it
  rtt_ms: amount.optional(),
  action: text.optional(), // WAF or security action
  rule_id: text.optional(),
  origin: origin.optional(),
})

const go = z.strictObject({
  command: text.optional(),
  proxy: text.optional(), // the GOPROXY entry that was asked, host and path
  stage: text.optional(), // where a goroutine dump shows the hang: dns connect tls headers body lock
  module: z.strictObject({
    path: text.optional(),
    version: text.optional(),
    op: z.enum(['list', 'latest', 'info', 'mod', 'zip', 'sumdb', 'vcs', 'meta', 'query']).optional(),
  }).optional(),
  gc: z.strictObject({
    n: count.optional(),
    at_s: amount.optional(), // since the program began
    heap_start_mib: amount.optional(),
    heap_end_mib: amount.optional(),
    heap_live_mib: amount.optional(),
    goal_mib: amount.optional(),
    stw_ms: amount.optional(),
    cpu_pct: amount.optional(),
    procs: count.optional(),
    forced: z.boolean().optional(),
  }).optional(),
  goroutine: z.strictObject({ id: count.optional(), state: text.optional(), wait_min: amount.optional() }).optional(),
})

const errorGroup = z.strictObject({
  type: text.optional(), // RFC 9209 proxy error token where one fits, else a word of low cardinality
  message: text.optional(),
  code: text.optional(), // the tool's own code
})

const log = z.strictObject({
  level: text.optional(),
  file: z.strictObject({ path: text }),
  line: z.int().min(1),
})

/** The event record, as `logjoin parse` prints it and `logjoin schema event` describes it. */
export const eventSchema = z.strictObject({
  type: z.enum(EVENT_TYPES),
  id: text,
  time: rfc3339.optional(),
  ts_ms: epochMs.optional(),
  v: z.literal(1),
  ts_sub_ns: z.int().min(0).max(999).optional(),
  ts_end_ms: epochMs.optional(),
  ts_basis: z.enum(TIME_BASES).optional(),
  ts_res_ms: amount.optional(), // tick of the clock that made the stamp
  dataset: text,
  vantage: z.enum(['client', 'edge', 'resolver', 'wire']).optional(), // where the line was written
  duration_ms: amount.optional(), // of the thing `type` names
  outcome: z.enum(['success', 'failure', 'unknown']).optional(),
  hostname: name.optional(), // the join name
  message: text.optional(),
  client: client.optional(), // who asked
  server: server.optional(), // who answered on this leg
  network: network.optional(),
  url: url.optional(),
  http: http.optional(),
  http2: http2.optional(),
  dns: dns.optional(),
  tls: tls.optional(),
  timing: timing.optional(),
  cdn: cdn.optional(),
  go: go.optional(),
  process: z.strictObject({ pid: count.optional(), name: text.optional(), command_line: text.optional() }).optional(),
  error: errorGroup.optional(),
  trace: z.strictObject({ id: text }).optional(),
  span: z.strictObject({ id: text }).optional(),
  user_agent: z.strictObject({ original: text }).optional(),
  log,
  tags: z.array(text).optional(),
  labels: z.record(z.string(), z.string()).optional(),
})

/** One event. */
export type LogEvent = z.infer<typeof eventSchema>
/** The kind of thing an event tells of. */
export type EventType = LogEvent['type']
/** The groups a session takes over from its members, in output order. */
export const PROTOCOL_GROUPS = [
  'client', 'server', 'network', 'url', 'http', 'http2', 'dns', 'tls', 'timing', 'cdn', 'go', 'process', 'error', 'trace', 'span', 'user_agent',
] as const satisfies readonly (keyof LogEvent)[]
/** The schemas of those groups, shared with the session record. */
export const groupShapes = Object.fromEntries(PROTOCOL_GROUPS.map(group => [group, eventSchema.shape[group]])) as Pick<typeof eventSchema.shape, typeof PROTOCOL_GROUPS[number]>
