import { z } from 'zod'
import { Problem } from '../../problem.js'
import { eventSchema } from '../../schema/event.js'
import { findingSchema } from '../../schema/finding.js'
import { sessionSchema } from '../../schema/session.js'
import type { Words } from '../options.js'

const SCHEMAS = { event: eventSchema, session: sessionSchema, finding: findingSchema } as const

/** `logjoin schema event|session|finding` */
export async function runSchema(args: Words): Promise<number> {
  const record = String(args.record)
  if (!(record in SCHEMAS)) throw new Problem('bad-option', `there is no record called ${JSON.stringify(record)}; there are event, session and finding`)
  const schema = z.toJSONSchema(SCHEMAS[record as keyof typeof SCHEMAS])
  process.stdout.write(`${JSON.stringify({ title: `logjoin ${record}`, ...schema }, undefined, 2)}\n`)
  return 0
}
