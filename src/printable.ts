// controls of both blocks, text direction marks, line separators, the byte order mark, half surrogates
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u
const UNPRINTABLES = new RegExp(UNPRINTABLE.source, 'gu')

/**
 * Makes hostile text safe to show in a terminal: every control, direction mark and half surrogate
 * becomes `\xNN` or `\uNNNN`. Gives other text unchanged. Never refuses.
 */
export function toPrintable(text: string): string {
  return UNPRINTABLE.test(text) ? text.replace(UNPRINTABLES, escapeCharacter) : text
}

/**
 * Like `toPrintable`, but gives at most `maxCharacters` UTF-16 units, without cutting an escape or a
 * surrogate pair in two.
 */
export function toPrintableStart(text: string, maxCharacters: number): string {
  let shown = ''
  for (const character of text) {
    const next = toPrintable(character)
    if (shown.length + next.length > maxCharacters) break
    shown += next
  }
  return shown
}

function escapeCharacter(character: string): string {
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}
