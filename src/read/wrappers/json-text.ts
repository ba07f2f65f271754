/** Looking at JSON text without parsing it. */

/** Index of the quote that ends a string begun at `at`, or the text's last index: strings hold no line feed, so a cut one ends with its line. */
export function stringEnd(text: string, at: number): number {
  let end = text.indexOf('"', at + 1)
  while (end > 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1)
  return end < 0 ? text.length - 1 : end
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes++
  return slashes % 2 === 1
}

/** Blanks before the first other character. */
export function indentOf(text: string): number {
  return text.length - text.trimStart().length
}

/** Closers for the brackets that are open at the end of a text. */
function closersOf(text: string): string {
  const open: string[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 34) at = stringEnd(text, at)
    else if (code === 123) open.push('}')
    else if (code === 91) open.push(']')
    else if (code === 125 || code === 93) open.pop()
  }
  return open.reverse().join('')
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** An object from its first lines: brackets closed, and the last few lines left out where they do not stand alone. */
export function closeBrackets(pieces: readonly string[]): string | undefined {
  for (let count = pieces.length; count > 0 && count > pieces.length - 4; count--) {
    const text = pieces.slice(0, count).join('').replace(/,$/, '')
    const closed = text + closersOf(text)
    if (isJson(closed)) return closed
  }
  return undefined
}
