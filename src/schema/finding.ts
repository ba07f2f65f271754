/** The finding: what is wrong, where, since when, and the lines that prove it. */
import { z } from 'zod'
import { amount, epochMs, name, rfc3339, text } from './kinds.js'

/** Severities from least to most, after Sigma's words and OCSF's numbers (`severity_id` is the index + 1). */
export const SEVERITIES = ['informational', 'low', 'medium', 'high', 'critical'] as const

/** What a finding is about; a list is there only where it applies. */
export const subjectSchema = z.strictObject({
  hostnames: z.array(text).optional(),
  origin_ips: z.array(text).optional(),
  server_ips: z.array(text).optional(),
  client_ips: z.array(text).optional(),
  pops: z.array(text).optional(),
  regions: z.array(text).optional(),
  resolvers: z.array(text).optional(),
  modules: z.array(text).optional(),
  datasets: z.array(text).optional(),
})

const measured = z.strictObject({
  field: text,
  value: z.union([z.number(), z.string()]),
  op: z.enum(['>=', '>', '<=', '<', '==', '!=', 'in', 'not in']).optional(),
  threshold: z.union([z.number(), z.string()]).optional(),
  unit: text.optional(),
})

const evidence = z.strictObject({
  event_id: text,
  file: text,
  line: z.int().min(1),
  note: text,
})

/** The finding record, as `logjoin detect` prints it. */
export const findingSchema = z.strictObject({
  type: z.literal('finding'),
  id: text,
  time: rfc3339.optional(),
  ts_ms: epochMs.optional(), // first evidence
  v: z.literal(1),
  ts_end_ms: epochMs.optional(), // last evidence
  rule: z.strictObject({ id: text, name: text, version: text }),
  severity: z.enum(SEVERITIES),
  severity_id: z.int().min(1).max(5),
  confidence: z.enum(['low', 'medium', 'high']),
  hostname: name.optional(),
  subject: subjectSchema,
  count: z.int().min(1),
  message: text, // one sentence
  cause: text.optional(), // a word a program can switch on
  comparison: text.optional(), // what localises it: the comparable ones that are healthy
  measured: z.array(measured),
  evidence: z.array(evidence).min(1),
  remediation: text,
  reference: text.optional(),
  fingerprint: text, // rule and subject, no time
  follows_from: text.optional(), // fingerprint of the finding that this one is a consequence of
  duration_ms: amount.optional(),
})

/** One finding. */
export type Finding = z.infer<typeof findingSchema>
/** What a finding is about. */
export type Subject = z.infer<typeof subjectSchema>
/** How bad it is. */
export type Severity = Finding['severity']
