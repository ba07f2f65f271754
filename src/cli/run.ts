/** One run of the command line: words to a command and its options, problems to standard error, an exit status. */
import yargs from 'yargs'
import { nearestName } from '../input/nearest.js'
import { removeTemporaryFolders } from '../join/sort.js'
import { describeProblem, Problem } from '../problem.js'
import { COMMANDS, type Command } from './commands.js'
import type { Words } from './options.js'

/** A command's code: takes the options and the files, gives the exit status. */
type Runner = (args: Words, files: readonly string[]) => Promise<number>

/** The code of each command, loaded only when it is asked for. */
const RUNNERS: Readonly<Record<string, () => Promise<Runner>>> = {
  correlate: async () => (await import('./commands/correlate.js')).runCorrelate,
  detect: async () => (await import('./commands/detect.js')).runDetect,
  explain: async () => (await import('./commands/explain.js')).runExplain,
  parse: async () => (await import('./commands/parse.js')).runParse,
  formats: async () => (await import('./commands/formats.js')).runFormats,
  detectors: async () => (await import('./commands/detectors.js')).runDetectors,
  schema: async () => (await import('./commands/schema.js')).runSchema,
  completion: async () => (await import('./commands/completion.js')).runCompletion,
  stamp: async () => (await import('./commands/stamp.js')).runStamp,
}

/** Stands for `-` on its way through yargs, which drops a lone dash among positional words. */
const STANDARD_INPUT = '\0-'

const bad = (message: string): Problem => new Problem('bad-option', message)

/** The command that the first word names. Refuses (Problem `bad-option`) a word that names none, with the nearest that does. */
function commandOf(name: string | undefined): Command {
  const command = COMMANDS[name ?? '']
  if (command) return command
  if (name === undefined || name.startsWith('-')) {
    const names = Object.keys(COMMANDS)
    throw bad(`name a command: ${names.slice(0, -1).join(', ')} or ${names.at(-1)}`)
  }
  const near = nearestName(name, Object.keys(COMMANDS))
  throw bad(`there is no command ${JSON.stringify(name)}. ${near === undefined ? 'See logjoin --help.' : `Did you mean ${near}?`}`)
}

/** What yargs says, in our words, with the nearest right one. */
function plainly(message: string, name: string, command: Command, words: readonly string[]): string {
  const [first] = /^Unknown arguments?: (.+)$/.exec(message)?.[1]?.split(', ') ?? []
  if (first !== undefined && words.includes(first)) return `${name} takes no word ${JSON.stringify(first)}`
  if (first !== undefined) {
    const near = nearestName(first, Object.keys(command.options))
    return `${name} has no option ${first.length > 1 ? '--' : '-'}${first}${near === undefined ? '' : `; did you mean --${near}?`}`
  }
  if (message.startsWith('Not enough non-option arguments')) return `${name} wants ${command.usage.includes('record') ? 'a record: event, session or finding' : 'at least one file or folder, or - for standard input'}`
  return message.replaceAll(/\n\s*/g, ' ')
}

/** Parses the words of one command. Refuses (Problem `bad-option`) options that it does not have and values that they do not take. */
async function wordsOf(name: string, command: Command, words: readonly string[]): Promise<Words> {
  let args: Words = {}
  await yargs(words.map(word => word === '-' ? STANDARD_INPUT : word))
    .detectLocale(false)
    .help(false)
    .version(false)
    .parserConfiguration({ 'camel-case-expansion': false, 'duplicate-arguments-array': true, 'greedy-arrays': false, 'parse-numbers': false, 'parse-positional-numbers': false, 'dot-notation': false })
    .strict()
    .exitProcess(false)
    .showHelpOnFail(false)
    .fail((message, error) => { throw error instanceof Problem ? error : bad(plainly(message ?? error?.message ?? 'the command line could not be read', name, command, words)) })
    // a default command: for any other, yargs prints the help into a string before it goes on
    .command(command.usage.replace(name, '$0'), command.describe, inner => inner.options(command.options), parsed => { args = parsed })
    .parseAsync()
  return args
}

async function runWords(argv: readonly string[]): Promise<number> {
  const command = commandOf(argv[0])
  const args = await wordsOf(argv[0]!, command, argv.slice(1))
  const files = ((args.files as string[] | undefined) ?? []).map(file => file === STANDARD_INPUT ? '-' : file)
  const runner = await RUNNERS[argv[0]!]!()
  return runner({ ...args, files }, files)
}

/** Runs the command that the words name and gives the exit status; never throws. */
export async function run(argv: readonly string[]): Promise<number> {
  // an interrupted run leaves no temporary files
  for (const [signal, status] of [['SIGINT', 130], ['SIGTERM', 143]] as const) process.on(signal, () => { removeTemporaryFolders(); process.exit(status) })
  try {
    return await runWords(argv)
  } catch (error) {
    const problem = error instanceof Problem ? error : new Problem('internal', error instanceof Error ? error.message : String(error))
    process.stderr.write(`logjoin: ${describeProblem(problem)}\n`)
    if (process.env.LOGJOIN_DEBUG && error instanceof Error) process.stderr.write(`${error.stack}\n`)
    return 2
  }
}
