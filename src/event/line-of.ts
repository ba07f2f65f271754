/** Asks a reader for a line, whatever the reader does. */
import { skip, type LineReader, type LineResult, type Outer } from '../read/parser.js'

/** A reader must not throw; one that does (a plug-in's) costs the line, counted, and not the run. */
export function lineOf(reader: LineReader, text: string, line: number, outer: Outer | undefined): LineResult {
  try {
    return reader.line(text, line, outer)
  } catch (error) {
    return skip('parser-failed', (error as Error).message)
  }
}
