/** The options of the command line as data, and their way into the library's options. */
import type { Options } from 'yargs'
import { parseDurationMs } from '../duration.js'
import type { Rule } from '../event/source.js'
import { Problem } from '../problem.js'
import { isValidZone, parseUserTime } from '../read/clock.js'
import type { CorrelateOptions } from '../options.js'

type Table = Readonly<Record<string, Options>>

const list = (describe: string): Options => ({ type: 'string', array: true, requiresArg: true, nargs: 1, describe })
const value = (describe: string, extra: Options = {}): Options => ({ type: 'string', requiresArg: true, describe, ...extra })
const flag = (describe: string, extra: Options = {}): Options => ({ type: 'boolean', describe, ...extra })

/** Options of every command that reads logs. */
export const READING: Table = {
  as: list('PATTERN=FORMAT: states the format of the files that match; FORMAT is an id of `logjoin formats`, or nginx:…, varnish:…, apache:…, haproxy:… with a format string'),
  tz: list('ZONE or PATTERN=ZONE, for logs whose times carry none (default: the wrapper\'s, else UTC)'),
  year: value('YYYY, for logs whose times carry none (default: the one nearest the dated inputs)'),
  anchor: list('PATTERN=TIME: when the relative clock of a log read zero'),
  label: list('PATTERN=KEY:VALUE: pop, region, resolver or leg (client, origin) of everything in a file'),
  skew: list('auto, or PATTERN=+7.3s: corrects a source\'s clock (added to its times)'),
  from: value('TIME: keep only what is later'),
  to: value('TIME: keep only what is earlier'),
  host: list('GLOB of host names to keep (repeatable)'),
  client: list('IP or CIDR of clients to keep (repeatable)'),
  plugin: list('MODULE that exports parsers or detectors (repeatable)'),
  config: value('FILE with the same options and detector thresholds'),
  redact: flag('--no-redact keeps secrets in URLs, headers and messages', { default: true }),
}

/** Options of what is written and where. */
export const WRITING: Table = {
  format: value('how records are written', { choices: ['auto', 'ndjson', 'json', 'csv', 'table'], default: 'auto' }),
  fields: value('a.b,c: only these paths of each record'),
  limit: value('N: stop after N records'),
  o: value('FILE: write there instead of standard output', { alias: 'output' }),
  rejects: value('FILE for refused lines, with file, line and reason'),
  summary: value('FILE for the closing summary, as JSON'),
  strict: flag('refused lines are trouble (exit status 2)'),
  quiet: flag('no notes and no summary on standard error', { alias: 'q' }),
  progress: flag('progress on standard error (default: on a terminal)'),
  color: flag('colours (default: on a terminal, unless NO_COLOR)'),
}

/** Options of the join. */
export const JOINING: Table = {
  window: value('the ±N of the join: 500ms, 5s, 2m, or seconds; inclusive', { default: '5s' }),
  before: value('how much earlier a partner may be (default: the window)'),
  after: value('how much later a partner may be (default: the window)'),
  bound: value('state: an answer also lives for its TTL, a client port for its connection', { choices: ['window', 'state'], default: 'window' }),
  'ttl-slack': value('what caches may add to a TTL', { default: '60s' }),
  follow: flag('follow the files (and -) as they grow, through rotation and truncation; sessions come when they are final', { alias: 'F' }),
  lateness: value('how far out of order a followed input may be', { default: '30s' }),
  idle: value('silence after which a followed input is no longer waited for', { default: '10s' }),
  match: value('one best partner per pair of kinds, or every one in the window', { choices: ['best', 'all'], default: 'best' }),
}

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
