/** Help, made from the tables. yargs would print it too, but loading it and its measuring of text takes longer than the rest of the answer. */
import { COMMANDS, type Command } from './commands.js'
import type { Option } from './option-tables.js'

const MOST_COLUMNS = 110
const USUAL_COLUMNS = 100
/** Below this, two columns would leave no room for words. */
const NARROW_COLUMNS = 60
const ABOUT = 'Joins CDN, DNS, TLS and Go logs about the same traffic, and says which phase failed.'
const EXAMPLES: Command['examples'] = [
  ['logjoin correlate dns.log tls.log cdn.log | jq', 'one session per request'],
  ['logjoin detect dns.log tls.log cdn.log', 'what is wrong, with the lines that prove it'],
]
const EPILOGUE = 'Exit status: 0 done; 1 a finding reached --fail-on; 2 trouble. `logjoin COMMAND --help` tells the options.'
const COMMON: readonly (readonly [string, Option])[] = [
  ['help', { type: 'boolean', alias: 'h', describe: 'show help' }],
  ['version', { type: 'boolean', describe: 'show the version number' }],
]

/** True for `--help`, `-h`, or `help` as the first word. `words` end before a lone `--`. */
export const isHelpAsked = (words: readonly string[]): boolean => words.includes('--help') || words.includes('-h') || words[0] === 'help'

/** Breaks text at blanks into lines of at most `width` characters; a longer word stands alone. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

/** Rows of two columns; on a narrow terminal the second stands below the first. */
function columns(rows: readonly (readonly [string, string])[], width: number): string {
  const longest = Math.max(...rows.map(([left]) => left.length))
  const left = width < NARROW_COLUMNS ? 4 : Math.min(longest, Math.floor(width / 2)) + 4
  return rows.map(([name, text]) => {
    const right = wrap(text, width - left).map(line => `${' '.repeat(left)}${line}`)
    const isOwnLine = name.length + 4 > left
    const first = isOwnLine ? wrap(name, width - 2).map((line, index) => `${index === 0 ? '  ' : '    '}${line}`).join('\n') + '\n' : `  ${name}`
    return `${first}${isOwnLine ? right.join('\n') : right.join('\n').slice(name.length + 2)}`
  }).join('\n')
}

function flagOf(name: string, option: Option): string {
  const [short, long] = name.length === 1 ? [name, option.alias] : [option.alias, name]
  return `${short === undefined ? '    ' : `-${short}, `}--${long}`
}

function textOf(option: Option): string {
  const choices = option.choices ? ` [${option.choices.join(', ')}]` : ''
  const usual = typeof option.default === 'string' ? ` [default: ${option.default}]` : ''
  return `${option.describe}${choices}${usual}`
}

const section = (title: string, rows: readonly (readonly [string, string])[], width: number): string => `${title}:\n${columns(rows, width)}\n`

function commandHelp(command: Command, width: number): string {
  const options = [...COMMON, ...Object.entries(command.options)].map(([name, option]) => [flagOf(name, option), textOf(option)] as const)
  return [`logjoin ${command.usage}\n`, `${wrap(command.describe, width).join('\n')}\n`, section('Options', options, width), section('Examples', command.examples, width)].join('\n')
}

/**
 * The help that the words ask for: that of the command among them, else that of the program.
 * @param terminalColumns columns of the terminal; undefined where there is none.
 */
export function helpText(words: readonly string[], terminalColumns: number | undefined): string {
  const width = Math.min(terminalColumns ?? USUAL_COLUMNS, MOST_COLUMNS)
  const command = COMMANDS[words.find(word => word !== 'help' && !word.startsWith('-')) ?? '']
  if (command) return commandHelp(command, width)
  return [
    `${wrap(ABOUT, width).join('\n')}\n`,
    'logjoin COMMAND FILE… [options]\n',
    section('Commands', Object.values(COMMANDS).map(({ usage, describe }) => [`logjoin ${usage}`, describe] as const), width),
    section('Options', COMMON.map(([name, option]) => [flagOf(name, option), textOf(option)] as const), width),
    section('Examples', EXAMPLES, width),
    `${wrap(EPILOGUE, width).join('\n')}\n`,
  ].join('\n')
}
