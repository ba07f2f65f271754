/** The session: one attempt of one client, with every line that tells of it. */
import { z } from 'zod'
import { groupShapes, TIME_BASES } from './event.js'
import { amount, count, epochMs, name, rfc3339, text } from './kinds.js'

/** Phases in the order they happen; `origin.*` are those of the edge-to-origin leg. */
export const PHASE_NAMES = [
  'dns', 'connect', 'tls', 'send', 'wait', 'receive',
  'origin.dns', 'origin.connect', 'origin.tls', 'origin.send', 'origin.wait', 'origin.receive',
] as const

const outcome = z.enum(['success', 'failure', 'unknown'])

const phase = z.strictObject({
  name: z.enum(PHASE_NAMES),
  offset_ms: z.number().optional(), // from the session's start; absent where the clocks cannot tell
  duration_ms: amount.optional(),
  outcome: outcome.optional(),
  dataset: text,
  event_ids: z.array(text),
})

const pair = z.strictObject({
  from: text, // id of the event that looked for a partner
  to: text,
  keys: z.array(z.enum(['request.id', 'client.ip', 'client.port', 'server.ip', 'hostname', 'path'])),
  bound: z.enum(['window', 'ttl', 'connection']),
  delta_ms: z.number(), // partner's start minus the seeker's; negative is earlier
  rivals: count, // other events that fitted with the same keys
  later: z.boolean().optional(), // a DNS event after the handshake it explains
  leg: z.literal('origin').optional(),
})

const member = z.strictObject({
  event_id: text,
  type: text,
  dataset: text,
  file: text,
  line: z.int().min(1),
  ts_ms: epochMs.optional(),
  reused: z.boolean().optional(), // the connection or answer served an earlier request first
  leg: z.literal('origin').optional(),
})

const hop = z.strictObject({
  event_id: text,
  dataset: text,
  duration_ms: amount.optional(),
  status_code: z.int().optional(),
  cache: text.optional(),
  server_ip: text.optional(),
})

/** The session record, as `logjoin correlate` prints it. */
export const sessionSchema = z.strictObject({
  type: z.literal('session'),
  id: text,
  time: rfc3339.optional(),
  ts_ms: epochMs.optional(),
  v: z.literal(1),
  ts_end_ms: epochMs.optional(),
  ts_basis: z.enum(TIME_BASES).optional(),
  ts_res_ms: amount.optional(),
  claim: z.enum(['http.request', 'attempt', 'tls.handshake', 'dns']), // what the session stands for
  duration_ms: amount.optional(),
  outcome: outcome.optional(),
  hostname: name.optional(),
  message: text.optional(),
  ...groupShapes,
  phases: z.array(phase),
  bottleneck: z.strictObject({ phase: z.enum(PHASE_NAMES), ms: amount, share: z.number().min(0).max(1).optional() }).optional(),
  join: z.strictObject({
    score: z.number().min(0).max(1).optional(), // of the weakest pair
    window_ms: z.strictObject({ before: amount, after: amount }),
    skew_ms: z.record(z.string(), z.number()).optional(),
    missing: z.array(text),
    pairs: z.array(pair),
    evicted: z.boolean().optional(),
  }),
  members: z.array(member),
  hops: z.array(hop).optional(),
  late: z.boolean().optional(),
})

/** One session. */
export type Session = z.infer<typeof sessionSchema>
/** One phase of a session. */
export type Phase = z.infer<typeof phase>
/** Name of a phase. */
export type PhaseName = Phase['name']
/** Why two events were put together. */
export type Pair = z.infer<typeof pair>
/** One line that a session rests on. */
export type Member = z.infer<typeof member>
