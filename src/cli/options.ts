/** The words of the command line on their way into the library's options. */
import { parseDurationMs, parseSizeBytes } from '../duration.js'
import type { Rule } from '../event/source.js'
import { Problem } from '../problem.js'
import { isValidZone, parseUserTime } from '../read/clock.js'
import type { CorrelateOptions } from '../options.js'

/** Words of the command line after yargs. */
export type Words = Readonly<Record<string, unknown>>

const words = (args: Words, name: string): string[] => (args[name] as string[] | undefined) ?? []
const bad = (option: string, text: string, wants: string): Problem => new Problem('bad-option', `--${option}: ${JSON.stringify(text)} is not ${wants}`)

/** Splits `PATTERN=VALUE` at the first `=`; without one the rule goes for every file, where that makes sense. */
function rule(text: string): Rule {
  const at = text.indexOf('=')
  return at === -1 ? { value: text } : { pattern: text.slice(0, at), value: text.slice(at + 1) }
}

function patterned(option: string, text: string): { pattern: string, value: string } {
  const { pattern, value: rest } = rule(text)
  if (!pattern || rest === '') throw bad(option, text, 'PATTERN=VALUE')
  return { pattern, value: rest }
}

/** A duration in ms. Refuses (Problem `bad-option`) what is none. */
export function milliseconds(option: string, text: unknown, signed = false): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDurationMs(String(text), signed)
  if (ms === undefined) throw bad(option, String(text), 'a duration such as 500ms, 5s or 2m')
  return ms
}

function byteSize(option: string, text: unknown): number | undefined {
  if (text === undefined) return undefined
  const bytes = parseSizeBytes(String(text))
  if (!bytes) throw bad(option, String(text), 'a size such as 64MiB or 1G')
  return bytes
}

function moment(option: string, text: unknown): number | undefined {
  if (text === undefined) return undefined
  const ms = parseUserTime(String(text))
  if (ms === undefined) throw bad(option, String(text), 'a time such as 2026-01-05T09:14:00Z or epoch seconds')
  return ms
}

function zoneRule(text: string): Rule {
  const zone = rule(text)
  if (!isValidZone(zone.value)) throw bad('tz', text, 'a time zone such as UTC, +08:00 or Asia/Shanghai')
  return zone
}

function labelRule(text: string): Rule<readonly [string, string]> {
  const { pattern, value: pair } = patterned('label', text)
  const colon = pair.indexOf(':')
  const key = pair.slice(0, colon)
  if (colon < 1 || colon === pair.length - 1 || !['pop', 'region', 'resolver', 'leg'].includes(key)) throw bad('label', text, 'PATTERN=pop:…, region:…, resolver:… or leg:client|origin')
  if (key === 'leg' && !['client', 'origin'].includes(pair.slice(colon + 1))) throw bad('label', text, 'leg:client or leg:origin')
  return { pattern, value: [key, pair.slice(colon + 1)] }
}

/** A whole number of at least `least`. Refuses (Problem `bad-option`) anything else. */
export function wholeNumber(option: string, text: unknown, least: number): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (!/^\d+$/.test(String(text)) || count < least) throw bad(option, String(text), `a whole number of at least ${least}`)
  return count
}

/** The library's options from the words of the command line. Refuses (Problem `bad-option`) values that make no sense. */
export function libraryOptions(args: Words): CorrelateOptions {
  const year = wholeNumber('year', args.year, 1970)
  const { match, bound, unmatched } = args as { match?: 'best' | 'all', bound?: 'window' | 'state', unmatched?: boolean }
  const defined = <T extends object>(options: T): T => Object.fromEntries(Object.entries(options).filter(([, one]) => one !== undefined)) as T
  return defined({
    as: words(args, 'as').map(text => patterned('as', text)),
    zones: words(args, 'tz').map(zoneRule),
    anchors: words(args, 'anchor').map(text => { const { pattern, value: time } = patterned('anchor', text); return { pattern, value: moment('anchor', time)! } }),
    labels: words(args, 'label').map(labelRule),
    skewAuto: words(args, 'skew').includes('auto') || undefined,
    skews: words(args, 'skew').filter(text => text !== 'auto').map(text => { const { pattern, value: offset } = patterned('skew', text); return { pattern, value: milliseconds('skew', offset, true)! } }),
    hosts: words(args, 'host'),
    clients: words(args, 'client'),
    year,
    redact: args.redact as boolean | undefined,
    fromMs: moment('from', args.from),
    toMs: moment('to', args.to),
    windowMs: milliseconds('window', args.window),
    beforeMs: milliseconds('before', args.before),
    afterMs: milliseconds('after', args.after),
    match,
    bound,
    ttlSlackMs: milliseconds('ttl-slack', args['ttl-slack']),
    maxStateBytes: byteSize('max-state', args['max-state']),
    unmatched,
  })
}

/** `--fields a.b,c` as a list. */
export function fieldList(args: Words): string[] | undefined {
  const text = args.fields as string | undefined
  if (text === undefined) return undefined
  const fields = text.split(',').map(field => field.trim()).filter(field => field !== '')
  if (fields.length === 0) throw bad('fields', text, 'a list of paths')
  return fields
}
