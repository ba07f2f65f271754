/**
 * JSON that nginx did not get right: a variable without quotes in the template becomes nothing (`"urt":,`) or a list (`"urt":0.001, 0.200`), and
 * without `escape=json` a quote becomes `\x22`, which JSON does not know.
 */

function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}

const skipBlanks = (text: string, at: number): number => {
  while (text.charCodeAt(at) === 32) at++
  return at
}

/** Where a bare value ends: at the comma before the next key, or at the closing brace. */
function bareEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 125 || code === 34) return at
    if (code === 44 && text.charCodeAt(skipBlanks(text, at + 1)) === 34) return at
  }
  return text.length
}

const quoted = (bare: string): string => bare === '' ? '""' : /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$|^(?:true|false|null)$/.test(bare) ? bare : JSON.stringify(bare)

/** Quotes the bare values of an object; undefined for what is no object from its first to its last brace. */
function quoteBareValues(text: string): string | undefined {
  let out = ''
  let from = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) {
      at = stringEnd(text, at)
      if (at === -1) return undefined
      continue
    }
    if (code !== 58) continue
    const start = skipBlanks(text, at + 1)
    const first = text.charCodeAt(start)
    if (first === 34 || first === 123 || first === 91) {
      at = start - 1
      continue
    }
    const end = bareEnd(text, start)
    out += text.slice(from, start) + quoted(text.slice(start, end).trim())
    from = end
    at = end - 1
  }
  return out + text.slice(from)
}

/**
 * True for a line with a variable that became nothing, the usual fault, which is better repaired at once than after an exception of `JSON.parse`
 * (which costs several lines). False where a repair could change an object that is valid after all: with an escape that looks like
 * nginx's, or blanks that nginx does not write.
 */
export function isBroken(text: string): boolean {
  return (text.includes(':,"') || text.includes(':}')) && !text.includes('\\\\x') && !text.includes('\t')
}

/** The object of a line that `JSON.parse` refused, or undefined. A line that was cut stays refused. */
export function repairObject(line: string): Record<string, unknown> | undefined {
  const text = line.trim()
  if (text.charCodeAt(0) !== 123 || text.charCodeAt(text.length - 1) !== 125) return undefined
  const escaped = text.includes('\\x') ? text.replace(/\\x([0-9a-fA-F]{2})/g, '\\u00$1') : text
  const repaired = quoteBareValues(escaped)
  if (repaired === undefined) return undefined
  try {
    return JSON.parse(repaired) as Record<string, unknown>
  } catch {
    return undefined
  }
}
