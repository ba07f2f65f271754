/** The commands as data; `run.ts` loads the code of the one that is asked for, and `--help` needs none. */
import { JOINING, READING, WRITING, type Option, type OptionTable } from './option-tables.js'

/** One command. `usage` is its name and what it wants: `<files..>` at least one, `<word>` one, `[word]` one or none. */
export interface Command {
  readonly usage: string
  readonly describe: string
  readonly options: OptionTable
  readonly examples: readonly (readonly [string, string])[]
}

const FAIL_ON: Option = { type: 'string', requiresArg: true, choices: ['informational', 'low', 'medium', 'high', 'critical'], describe: 'exit status 1 when a finding of this severity or above is reported' }

// what is explained has ended
const { follow: _follow, lateness: _lateness, idle: _idle, ...FINITE } = JOINING

/** All commands by name. */
export const COMMANDS: Readonly<Record<string, Command>> = {
  correlate: {
    usage: 'correlate <files..>',
    describe: 'join the logs: one session per request, as JSON lines',
    options: { ...JOINING, unmatched: { type: 'boolean', describe: 'also sessions with a single kind of event' }, 'explain-join': { type: 'string', requiresArg: true, describe: 'ID of an event: its candidates, and why each lost' }, ...READING, ...WRITING },
    examples: [
      ['logjoin correlate dns.log tls.log cdn.log | jq -c \'{hostname, bottleneck, join}\'', 'where did each request wait?'],
      ['logjoin correlate logs/ --host \'*.example.com\' --window 2s', 'a folder, one site, a narrower window'],
    ],
  },
  detect: {
    usage: 'detect <files..>',
    describe: 'say what is wrong: one finding per incident',
    options: {
      ...JOINING,
      baseline: { type: 'string', array: true, requiresArg: true, nargs: 1, describe: 'FILE of a healthy period, to learn what is normal (repeatable)' },
      suppress: { type: 'string', requiresArg: true, describe: 'FILE of fingerprints not to report, one a line' },
      'fail-on': FAIL_ON,
      ...READING,
      ...WRITING,
    },
    examples: [['logjoin detect dns.log tls.log cdn.log --fail-on high', 'for a script: status 1 when something is badly wrong']],
  },
  explain: {
    usage: 'explain <files..>',
    describe: 'for a person: the path of one visit to a host, phase by phase, and the verdict',
    options: {
      ...FINITE,
      ...READING,
      host: { type: 'string', requiresArg: true, describe: 'NAME of the host whose visit is explained' },
      at: { type: 'string', requiresArg: true, describe: 'TIME: the visit nearest to it (default: the most telling one, failed first, then slowest)' },
      format: { type: 'string', requiresArg: true, choices: ['auto', 'text', 'json'], default: 'auto', describe: 'text for a person, json for a program' },
      o: WRITING.o!, quiet: WRITING.quiet!, progress: WRITING.progress!, color: WRITING.color!,
    },
    examples: [['logjoin explain dns.log tls.log cdn.log --host www.example.com --at 2026-01-05T09:14:31Z', 'where did this visit hang?']],
  },
  parse: {
    usage: 'parse <files..>',
    describe: 'normalise only: one event per line',
    options: { ...READING, ...WRITING },
    examples: [['logjoin parse access.log --as \'access.log=nginx:$remote_addr [$time_local] "$request" $status $request_time\'', 'a log of your own format']],
  },
  formats: {
    usage: 'formats [id]',
    describe: 'the formats that are read, each with a sample line and the event it becomes',
    options: { format: WRITING.format! },
    examples: [['logjoin formats zeek-ssl', 'one format in full']],
  },
  detectors: {
    usage: 'detectors [id]',
    describe: 'the detectors, each with what it fires on and its thresholds',
    options: { format: WRITING.format! },
    examples: [['logjoin detectors origin-timeout', 'one detector in full']],
  },
  schema: {
    usage: 'schema <record>',
    describe: 'JSON Schema of event, session or finding',
    options: {},
    examples: [['logjoin schema event > event.schema.json', 'the contract of an event']],
  },
  completion: {
    usage: 'completion [shell]',
    describe: 'a completion script for bash or zsh (default: the shell in use)',
    options: {},
    examples: [['source <(logjoin completion bash)', 'in ~/.bashrc'], ['source <(logjoin completion zsh)', 'in ~/.zshrc, after compinit']],
  },
  stamp: {
    usage: 'stamp',
    describe: 'copy standard input, each line behind the time it came (Go traces carry none)',
    options: {},
    examples: [['go mod download -x 2>&1 | logjoin stamp > go.trace', 'a trace that can be joined']],
  },
}
