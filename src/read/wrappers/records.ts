/** JSON documents that hold many records: `{"records":[…]}`, a JSON array, pretty-printed objects; on one line or over many. */
import type { Clock } from '../clock.js'
import type { Outer } from '../parser.js'
import type { Peeler, PeelResult, Wrapper } from '../wrappers.js'
import { headOf } from './common.js'
import { DocumentScanner } from './json-document.js'

class RecordsPeeler implements Peeler {
  private readonly scanner = new DocumentScanner()

  line(text: string, number: number, around?: Outer): PeelResult {
    const result = this.scanner.line(text, number)
    if (!around || typeof result === 'symbol' || 'skip' in result) return result
    if ('text' in result) return { ...result, outer: around }
    return { texts: result.texts.map(peeled => ('text' in peeled ? { ...peeled, outer: around } : peeled)), self: result.self }
  }

  end() { return this.scanner.end() }
}

const open = (_clock: Clock): Peeler => new RecordsPeeler()

function isUnwrapped(texts: readonly string[], lines: readonly string[]): boolean {
  const whole = new Set(lines.map(line => line.trim()))
  return texts.some(text => !whole.has(text))
}

/** A head of which every line is an object of its own has no envelope; one element longer than the head is closed as it stands. */
function peelHead(lines: readonly string[]): { lines: string[] } | undefined {
  const head = headOf(open, lines)
  if (head) return isUnwrapped(head.lines, lines) ? { lines: head.lines } : undefined
  const scanner = new DocumentScanner()
  lines.forEach((line, index) => scanner.line(line, index + 1))
  const rest = scanner.closed()
  return rest === undefined ? undefined : { lines: [rest] }
}

/**
 * Each element's own text is handed on as it stands (numbers above 2^53 survive), over many lines without the indentation.
 * Its first line is held, the others are merged; brackets and commas between elements are 'header'.
 */
export const recordsWrapper: Wrapper = { id: 'records', title: 'JSON array, {"records":[…]}, pretty-printed JSON', peelHead, open }
