import { Problem } from '../problem.js'

const MAX_ALTERNATIVES = 1000

/** True when the text holds a character that a glob gives a meaning to: `* ? [ {`. Never refuses. */
export function isGlob(text: string): boolean {
  return /[*?[{]/.test(text)
}

/**
 * Takes a glob (`*`, `?`, `**` between slashes, `[a-z]`, `[!a-z]`, `{a,b}`, backslash before a character that
 * is meant as itself) and gives an anchored, case-sensitive RegExp. `*` and `?` stay within one folder name.
 * The time to match grows with pattern length times text length, never faster, whatever the text. Throws a
 * `bad-option` Problem when the braces multiply to more than 1000 alternatives.
 */
export function globToRegExp(pattern: string): RegExp {
  const groups = { count: 0 }
  const alternatives = expandBraces(pattern).map(alternative => pathSource(alternative, groups))
  return new RegExp(`^(?:${alternatives.join('|')})$`, 'su')
}

/**
 * Says whether a file falls under the PATTERN of `--as PATTERN=…`: a pattern without a slash is matched
 * against the file name, another against the path as given (a leading `./` on either side is ignored).
 * Refuses what `globToRegExp` refuses.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  if (!pattern.includes('/')) return globToRegExp(pattern).test(path.slice(path.lastIndexOf('/') + 1))
  return globToRegExp(withoutDot(pattern)).test(withoutDot(path))
}

function withoutDot(path: string): string {
  return path.replace(/^(?:\.\/+)+/, '')
}

/**
 * Takes a glob and gives the globs without braces that it stands for, in order, duplicates removed. Braces
 * without a comma or a partner stand for themselves. Throws a `bad-option` Problem above 1000 alternatives.
 */
export function expandBraces(pattern: string): string[] {
  const finished = new Set<string>()
  const waiting = [pattern]
  while (waiting.length > 0) {
    const text = waiting.shift()!
    const brace = firstBrace(text)
    if (brace === undefined) finished.add(text)
    else waiting.unshift(...brace.choices.map(choice => text.slice(0, brace.start) + choice + text.slice(brace.end)))
    if (finished.size + waiting.length > MAX_ALTERNATIVES) {
      throw new Problem('bad-option', `the braces of ${pattern} stand for more than ${MAX_ALTERNATIVES} patterns`)
    }
  }
  return [...finished]
}

interface Brace { start: number, end: number, choices: string[] }

function firstBrace(text: string): Brace | undefined {
  for (let start = 0; start < text.length; start++) {
    if (text[start] === '\\') start++
    else if (text[start] === '{') {
      const brace = readBrace(text, start)
      if (brace !== undefined) return brace
    }
  }
  return undefined
}

function readBrace(text: string, start: number): Brace | undefined {
  const choices: string[] = []
  let depth = 0
  let from = start + 1
  for (let at = start; at < text.length; at++) {
    const character = text[at]
    if (character === '\\') at++
    else if (character === '{') depth++
    else if (character === ',' && depth === 1) {
      choices.push(text.slice(from, at))
      from = at + 1
    } else if (character === '}' && --depth === 0) {
      if (choices.length === 0) return undefined
      return { start, end: at + 1, choices: [...choices, text.slice(from, at)] }
    }
  }
  return undefined
}

interface Groups { count: number }

// a regex engine that backtracks is polynomial in the number of stars; (?=(x))\n is an atomic group, and
// the first place where the part between two stars fits is always a right one, so nothing is lost
function firstFit(skip: string, fixed: string, inner: Groups): string {
  return `(?=(${skip}${fixed}))\\${inner.count}`
}

function pathSource(pattern: string, groups: Groups): string {
  const runs = splitRuns(pattern.split('/'))
  return runs.map((run, index) => {
    const isLast = index === runs.length - 1
    if (index === 0) return runSource(run, groups) + (isLast || run.length === 0 ? '' : '/')
    if (run.length === 0) return isLast ? '.*' : ''
    if (isLast) return `(?:[^/]*/)*?${runSource(run, groups)}`
    groups.count++
    const own = { count: groups.count }
    return firstFit('(?:[^/]*/)*?', `${runSource(run, groups)}/`, own)
  }).join('')
}

// the folder names between two `**`
function splitRuns(names: string[]): string[][] {
  const runs: string[][] = [[]]
  for (const name of names) {
    if (name === '**') runs.push([])
    else runs.at(-1)!.push(name)
  }
  return runs
}

function runSource(names: string[], groups: Groups): string {
  return names.map(name => nameSource(name, groups)).join('/')
}

function nameSource(name: string, groups: Groups): string {
  const parts = fixedParts(name)
  return parts.map((part, index) => {
    if (index === 0) return part
    if (index === parts.length - 1) return `[^/]*${part}(?![^/])`
    groups.count++
    return firstFit('[^/]*?', part, groups)
  }).join('')
}

// regex sources of what stands between the stars of one name
function fixedParts(name: string): string[] {
  const parts = ['']
  for (let at = 0; at < name.length; at++) {
    const character = name[at]!
    const set = character === '[' ? readSet(name, at) : undefined
    if (character === '*') {
      if (name[at - 1] !== '*' || parts.at(-1) !== '') parts.push('')
      continue
    }
    if (character === '\\' && at + 1 < name.length) at++
    parts[parts.length - 1] += set?.source ?? (character === '?' ? '[^/]' : escapeLiteral(name[at]!))
    if (set !== undefined) at = set.end
  }
  return parts
}

interface CharacterSet { source: string, end: number }

function readSet(name: string, start: number): CharacterSet | undefined {
  const negated = name[start + 1] === '!' || name[start + 1] === '^'
  const from = start + (negated ? 2 : 1)
  const end = name.indexOf(']', from + 1)
  if (end < 0) return undefined
  const source = name.slice(from, end).replace(/[\\\]^[]/g, '\\$&')
  return isSet(source) ? { source: `(?!/)[${negated ? '^' : ''}${source}]`, end } : undefined
}

// `[z-a]` is no set in a regex; such brackets then stand for themselves, as in a shell
function isSet(source: string): boolean {
  try {
    new RegExp(`[${source}]`, 'u')
    return true
  } catch {
    return false
  }
}

function escapeLiteral(character: string): string {
  return /[\^$\\.*+?()[\]{}|/]/.test(character) ? `\\${character}` : character
}
