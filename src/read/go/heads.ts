/** Detection of Go traces: shares of lines that have one of a trace's shapes, whatever the `log` package put before them. */
import type { Head } from '../parser.js'
import { peelLog } from './moment.js'

/** How a line speaks for a format: `sure` is unlike any other format's, `maybe` only beside sure ones. */
export type Voice = 'sure' | 'maybe' | undefined

/** Share of the head's lines that fit, where at least one is sure; blank lines are not counted, lines with `#` are. */
export function goShare(head: Head, voice: (message: string, line: string) => Voice): number {
  let seen = 0
  let fitting = 0
  let sure = false
  for (const line of head.lines) {
    if (line.trim() === '') continue
    seen++
    const said = voice(peelLog(line).message, line)
    if (said === undefined) continue
    fitting++
    if (said === 'sure') sure = true
  }
  return sure ? fitting / seen : 0
}
