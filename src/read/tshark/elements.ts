/** Cuts a JSON array that is printed over many lines into its elements, by bracket depth, within bounds. */

/** Largest element that is read. */
export const MAX_ELEMENT = 1024 * 1024

/** What a line did: which elements it completed, and whether it left one open. */
export interface Cut {
  /** Elements that ended on this line; `text` is undefined for one that was too large. `line` is where it began. */
  readonly done: readonly { readonly text: string | undefined, readonly line: number }[]
  /** An element began on this line and is still open. */
  readonly opened: boolean
  /** The line holds part of an element. */
  readonly inside: boolean
}

const NONE: readonly [] = []

/** Follows the brackets of a file line by line. Elements are the objects at the top, or in the array at the top. */
export class Elements {
  private depth = 0
  private parts: string[] = []
  private size = 0
  /** Where the element under way began; 0 where there is none. */
  startLine = 0

  /** One line. A bracket inside a text is no bracket; texts do not go over line ends. */
  line(text: string, number: number): Cut {
    const wasInside = this.startLine !== 0
    const done: { text: string | undefined, line: number }[] = []
    let from = 0
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at)
      if (code === 34) {
        const end = endOfText(text, at + 1)
        if (end === -1) break
        at = end
      } else if (code === 123) { // {
        if (this.startLine === 0) {
          this.startLine = number
          from = at
        }
        this.depth++
      } else if (code === 125 && this.startLine !== 0 && --this.depth === 0) { // }
        this.add(text.slice(from, at + 1))
        done.push({ text: this.size > MAX_ELEMENT ? undefined : this.parts.join('\n'), line: this.startLine })
        this.reset()
        from = at + 1
      }
    }
    if (this.startLine !== 0) this.add(text.slice(from))
    return { done: done.length === 0 ? NONE : done, opened: this.startLine === number, inside: wasInside || done.length > 0 || this.startLine !== 0 }
  }

  /** Gives up on the element under way: a line showed that it was cut off and another begins. */
  reset(): void {
    this.parts = []
    this.size = 0
    this.startLine = 0
    this.depth = 0
  }

  private add(part: string): void {
    this.size += part.length + 1
    if (this.size > MAX_ELEMENT) this.parts = []
    else this.parts.push(part)
  }
}

function endOfText(text: string, from: number): number {
  let end = text.indexOf('"', from)
  while (end !== -1) {
    let slashes = 0
    while (text.charCodeAt(end - 1 - slashes) === 92) slashes++
    if (slashes % 2 === 0) return end
    end = text.indexOf('"', end + 1)
  }
  return -1
}
