/** Lines of GODEBUG=gctrace=1, as every Go since 1.5 prints them. */
import type { Draft } from '../parser.js'
import { round3 } from '../time.js'

const LINE = /^gc (\d{1,12}) @(\d{1,9}\.\d{1,6})s (\d{1,3})%: ([\d.+]{3,80}) ms clock, ([\d.+/]{3,120}) ms cpu, (\d{1,9})->(\d{1,9})->(\d{1,9}) MB, (\d{1,9}) MB goal,((?: [\d.]{1,12} MB (?:stacks|globals),){0,2}) (\d{1,5}) P( \(forced\))?$/

/** What a gctrace line says; undefined for any other line. `at_s` counts from the start of the program. */
export function readGc(text: string): Draft | undefined {
  if (!text.startsWith('gc ')) return undefined
  const match = LINE.exec(text)
  if (!match) return undefined
  const phases = match[4]!.split('+').map(Number)
  // The world is stopped in the first phase and in the last; of the five that Go 1.5 had, the third only waits for all Ps to have seen the write
  // barrier, and its CPU time is always 0 (runtime/extern.go of Go 1.5, "gctrace").
  if ((phases.length !== 3 && phases.length !== 5) || phases.some(phase => !(phase >= 0))) return undefined
  const stopped = phases[0]! + phases.at(-1)!
  return {
    type: 'go.gc',
    duration_ms: round3(phases.reduce((sum, phase) => sum + phase, 0)),
    go: {
      gc: {
        n: Number(match[1]), at_s: Number(match[2]), heap_start_mib: Number(match[6]), heap_end_mib: Number(match[7]), heap_live_mib: Number(match[8]), goal_mib: Number(match[9]),
        stw_ms: round3(stopped), cpu_pct: Number(match[3]), procs: Number(match[11]), ...(match[12] ? { forced: true } : {}),
      },
    },
  }
}
