/** Objects that a tool prints over several lines, one after the other: neither JSON lines nor one document. */

/** Caps: a hostile file must not grow an object without end. */
const MAX_LINES = 5000
const MAX_CHARACTERS = 1024 * 1024

/** Collects one object that begins with a line `{` and ends with a line `}`. */
export class ObjectCollector<Shape extends object = Record<string, unknown>> {
  private readonly lines: string[] = ['{']
  private size = 0
  constructor(readonly line: number) {}

  /** False once the object is too large to be one of these. */
  add(text: string): boolean {
    this.lines.push(text)
    this.size += text.length
    return this.lines.length <= MAX_LINES && this.size <= MAX_CHARACTERS
  }

  /** The object, or undefined where the lines are no JSON. */
  parse(): Shape | undefined {
    try {
      return JSON.parse(this.lines.join('\n')) as Shape
    } catch {
      return undefined
    }
  }
}
