/** The options of the command line as data; no code hangs on it, so that help is printed without loading any. */

/** One option, in the words of yargs. */
export interface Option {
  readonly type: 'string' | 'boolean'
  readonly describe: string
  readonly array?: boolean
  readonly nargs?: number
  readonly requiresArg?: boolean
  readonly choices?: readonly string[]
  readonly default?: string | boolean
  readonly alias?: string
}

/** Options by name, in the order in which help shows them. */
export type OptionTable = Readonly<Record<string, Option>>

const list = (describe: string): Option => ({ type: 'string', array: true, requiresArg: true, nargs: 1, describe })
const value = (describe: string, extra: Partial<Option> = {}): Option => ({ type: 'string', requiresArg: true, describe, ...extra })
const flag = (describe: string, extra: Partial<Option> = {}): Option => ({ type: 'boolean', describe, ...extra })

/** Options of every command that reads logs. */
export const READING: OptionTable = {
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
export const WRITING: OptionTable = {
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
export const JOINING: OptionTable = {
  window: value('the ±N of the join: 500ms, 5s, 2m, or seconds; inclusive', { default: '5s' }),
  before: value('how much earlier a partner may be (default: the window)'),
  after: value('how much later a partner may be (default: the window)'),
  bound: value('state: an answer also lives for its TTL, a client port for its connection', { choices: ['window', 'state'], default: 'window' }),
  'ttl-slack': value('what caches may add to a TTL', { default: '60s' }),
  follow: flag('follow the files (and -) as they grow, through rotation and truncation; sessions come when they are final', { alias: 'F' }),
  lateness: value('how far out of order a followed input may be', { default: '30s' }),
  'max-state': value('SIZE of what followed input (default 128MiB) and --bound state (default: all that lives) may keep; the oldest goes first and is counted as evicted'),
  idle: value('silence after which a followed input is no longer waited for', { default: '10s' }),
  jobs: value('N: threads that read logs where only some --fields are wanted (default: by the number of cores)'),
  match: value('one best partner per pair of kinds, or every one in the window', { choices: ['best', 'all'], default: 'best' }),
}
