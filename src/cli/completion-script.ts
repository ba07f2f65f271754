/** Completion scripts, made from the tables: commands, options, the words an option takes, ids of formats and detectors, else files. */
import { COMMANDS, type Command } from './commands.js'
import type { Option } from './option-tables.js'

/** Shells there is a script for. */
export const SHELLS = ['bash', 'zsh'] as const
/** A shell there is a script for. */
export type Shell = typeof SHELLS[number]

/** Ids that stand where a command wants one. */
export interface Ids { readonly formats: readonly string[], readonly detectors: readonly string[] }

const quote = (text: string): string => `'${text.replaceAll('\'', `'\\''`)}'`
const longName = (name: string, option: Option): string => name.length === 1 ? option.alias! : name

/** All spellings of an option: `-o`, `--output`. */
function spellings(name: string, option: Option): string[] {
  const names = option.alias === undefined ? [name] : [name, option.alias]
  return names.map(one => `${one.length === 1 ? '-' : '--'}${one}`)
}

/** What may stand where a command wants a word; undefined for files. */
function wordsOf(name: string, ids: Ids): readonly string[] | undefined {
  const fixed: Record<string, readonly string[]> = { formats: ids.formats, detectors: ids.detectors, schema: ['event', 'session', 'finding'], completion: SHELLS, stamp: [] }
  return fixed[name]
}

function bashCommand(name: string, command: Command, ids: Ids): string {
  const options = Object.entries(command.options)
  const flags = options.map(([key, option]) => `--${longName(key, option)}`)
  const valued = options.filter(([, option]) => option.type === 'string')
  const cases = valued.filter(([, option]) => option.choices).map(([key, option]) => `        ${spellings(key, option).join('|')}) words=${quote(option.choices!.join(' '))} ;;`)
  const free = valued.filter(([, option]) => !option.choices).flatMap(([key, option]) => spellings(key, option))
  const words = wordsOf(name, ids)
  return [
    `    ${name})`,
    '      case $previous in',
    ...cases,
    ...(free.length > 0 ? [`        ${free.join('|')}) _logjoin_files; return ;;`] : []),
    `        *) words=${quote([...flags, '--help', ...(words ?? [])].join(' '))}${words === undefined ? '; files=1' : ''} ;;`,
    '      esac ;;',
  ].join('\n')
}

function bashScript(ids: Ids): string {
  return `# bash completion of logjoin: source <(logjoin completion bash)
_logjoin_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$current"))
}
_logjoin() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words= files=
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quote([...Object.keys(COMMANDS), '--help', '--version'].join(' '))} -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
${Object.entries(COMMANDS).map(([name, command]) => bashCommand(name, command, ids)).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ -n "$files" ] && [[ $current != -* ]]; then _logjoin_files; fi
}
complete -o filenames -o bashdefault -F _logjoin logjoin
`
}

/** The text of an option as `_arguments` wants it: colons and brackets would end it. */
const zshText = (text: string): string => text.replace(/[[\]:\\]/g, '\\$&')

function zshOption(name: string, option: Option): string {
  const names = spellings(name, option)
  const value = option.type === 'boolean' ? '' : `:value:${option.choices ? `(${option.choices.join(' ')})` : '_files'}`
  const group = names.length > 1 ? `'(${names.join(' ')})'{${names.join(',')}}` : option.array ? `'*'${names[0]}` : names[0]!
  return `${group}${quote(`[${zshText(option.describe)}]${value}`)}`
}

function zshCommand(name: string, command: Command, ids: Ids): string {
  const words = wordsOf(name, ids)
  const rest = words === undefined ? quote('*:file:_files') : words.length > 0 ? quote(`1:word:(${words.join(' ')})`) : ''
  const options = Object.entries(command.options).map(([key, option]) => zshOption(key, option))
  return `    ${name}) _arguments ${[...options, `'--help[show help]'`, rest].filter(part => part !== '').join(' ')} ;;`
}

function zshScript(ids: Ids): string {
  return `#compdef logjoin
# zsh completion of logjoin: source <(logjoin completion zsh)
_logjoin() {
  local -a commands
  commands=(
${Object.entries(COMMANDS).map(([name, { describe }]) => `    ${quote(`${name}:${describe}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${Object.entries(COMMANDS).map(([name, command]) => zshCommand(name, command, ids)).join('\n')}
  esac
}
compdef _logjoin logjoin
`
}

/** The completion script of a shell; it runs no program, so that a key press costs nothing. */
export function completionScript(shell: Shell, ids: Ids): string {
  return shell === 'bash' ? bashScript(ids) : zshScript(ids)
}
