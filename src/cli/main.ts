#!/usr/bin/env node
/** The command line: words to options, a run to an exit status. The only place that touches the process. */
import { createRequire } from 'node:module'
import yargs from 'yargs'
import { nearestName } from '../input/nearest.js'
import { removeTemporaryFolders } from '../join/sort.js'
import { describeProblem, Problem } from '../problem.js'
import { COMMANDS } from './commands.js'
import type { Words } from './options.js'

const { version } = createRequire(import.meta.url)('../../../package.json') as { version: string }

/** Stands for `-` on its way through yargs, which drops a lone dash among positional words. */
const STANDARD_INPUT = '\0-'

/** What yargs says, in our words, with the nearest right one. */
function plainly(message: string, argv: readonly string[]): string {
  const command = COMMANDS[argv[0] ?? '']
  const unknown = /^Unknown arguments?: (.+)$/.exec(message)
  if (unknown && command) {
    const [first] = unknown[1]!.split(', ')
    const near = nearestName(first!, Object.keys(command.options))
    return `${argv[0]} has no option ${first!.length > 1 ? '--' : '-'}${first}${near === undefined ? '' : `; did you mean --${near}?`}`
  }
  if (message.startsWith('Not enough non-option arguments')) return `${argv[0]} wants ${command?.usage.includes('record') ? 'a record: event, session or finding' : 'at least one file or folder, or - for standard input'}`
  if (message.startsWith('Did you mean') || message.startsWith('Unknown command')) return `there is no command ${JSON.stringify(argv[0])}. ${message.startsWith('Did') ? message : 'See logjoin --help.'}`
  return message.replaceAll(/\n\s*/g, ' ')
}

/** Parses the words and runs the command. */
async function main(argv: readonly string[]): Promise<number> {
  let status: Promise<number> | undefined
  const cli = yargs(argv.map(word => word === '-' ? STANDARD_INPUT : word))
    .scriptName('logjoin')
    .usage('Joins CDN, DNS, TLS and Go logs about the same traffic, and says which phase failed.\n\nlogjoin COMMAND FILE… [options]')
    .version(version)
    .alias('help', 'h')
    .wrap(Math.min(process.stdout.columns ?? 100, 110))
    .parserConfiguration({ 'camel-case-expansion': false, 'duplicate-arguments-array': true, 'greedy-arrays': false, 'parse-numbers': false, 'parse-positional-numbers': false, 'dot-notation': false })
    .strict()
    .recommendCommands()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => { throw error instanceof Problem ? error : new Problem('bad-option', plainly(message ?? error?.message ?? 'the command line could not be read', argv)) })
    .demandCommand(1, 'name a command: correlate, detect, parse, explain, formats, detectors, schema or stamp')
    .example('logjoin correlate dns.log tls.log cdn.log | jq', 'one session per request')
    .example('logjoin detect dns.log tls.log cdn.log', 'what is wrong, with the lines that prove it')
    .epilogue('Exit status: 0 done; 1 a finding reached --fail-on; 2 trouble. `logjoin COMMAND --help` tells the options.')
  for (const [name, command] of Object.entries(COMMANDS)) {
    cli.command(command.usage, command.describe, inner => {
      for (const [example, text] of command.examples) inner.example(example, text)
      return inner.options(command.options).usage(`logjoin ${command.usage}\n\n${command.describe}`)
    }, args => { status = command.load().then(run => run(args as Words, ((args.files as string[] | undefined) ?? []).map(file => file === STANDARD_INPUT ? '-' : file))) })
    void name
  }
  await cli.parseAsync()
  return (await status) ?? 0
}

// a closed pipe (`| head`) is no trouble: whoever reads has seen enough
for (const stream of [process.stdout, process.stderr]) stream.on('error', (error: NodeJS.ErrnoException) => { if (error.code === 'EPIPE') process.exit(0); throw error })

// an interrupted run leaves no temporary files
for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.on(signal, () => { removeTemporaryFolders(); process.exit(status) })

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  const problem = error instanceof Problem ? error : new Problem('internal', error instanceof Error ? error.message : String(error))
  process.stderr.write(`logjoin: ${describeProblem(problem)}\n`)
  if (process.env.LOGJOIN_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exitCode = 2
}
