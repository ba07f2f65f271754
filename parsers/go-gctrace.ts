// GODEBUG=gctrace=1: one line a garbage collection. Its clock counts from the start of the program.
import { defineParser } from '../src/read/define.js'
import { readGc } from '../src/read/go/gc.js'
import { goShare } from '../src/read/go/heads.js'
import { momentOf, peelLog, putMoment } from '../src/read/go/moment.js'
import { skip, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const { message, stamp } = peelLog(text)
  const draft = readGc(message.trimEnd())
  if (!draft) return message.startsWith('gc ') && / @\d/.test(message) ? skip('malformed') : skip('not-this-format')
  const written = momentOf(context, stamp, outer) // a line is written when its collection ends
  const relative = written ? undefined : context.clock.relative((draft.go?.gc?.at_s ?? 0) * 1000)
  putMoment(draft, written ?? (relative && { ...relative, anchored: true }), 'end')
  return draft
}

export default defineParser({
  id: 'go-gctrace',
  title: 'Go garbage collections (GODEBUG=gctrace=1)',
  reference: 'https://pkg.go.dev/runtime#hdr-Environment_Variables',
  dataset: 'go.gctrace',
  types: ['go.gc'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'Times count from the start of the program, which no line tells: stamp the trace or give --anchor. Sizes are cut to whole MiB.',
  detect: head => goShare(head, message => (readGc(message.trimEnd()) ? 'sure' : undefined)),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      lines: [
        'gc 1 @0.021s 2%: 0.11+0.52+0.030 ms clock, 0.22+0.14/0.37/0.23+0.060 ms cpu, 3->4->1 MB, 5 MB goal, 0 MB stacks, 0 MB globals, 2 P',
        'gc 65 @1.046s 19%: 0.049+0.28+0.020 ms clock, 0.099+0/0.19/0.054+0.040 ms cpu, 4->4->3 MB, 8 MB goal, 2 P (forced)',
        'gc 2 @0.030s 3%: 0.10+0.2',
      ],
      events: [
        { type: 'go.gc', duration_ms: 0.66, go: { gc: { n: 1, at_s: 0.021, heap_start_mib: 3, heap_end_mib: 4, heap_live_mib: 1, goal_mib: 5, stw_ms: 0.14, cpu_pct: 2, procs: 2 } } },
        { type: 'go.gc', duration_ms: 0.349, go: { gc: { n: 65, at_s: 1.046, heap_start_mib: 4, heap_end_mib: 4, heap_live_mib: 3, goal_mib: 8, stw_ms: 0.069, cpu_pct: 19, procs: 2, forced: true } } },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'five phases, as Go 1.5 printed them, placed by --anchor',
      lines: 'gc 3 @2.500s 1%: 0.10+0.20+0.30+0.40+0.50 ms clock, 0.20+0.20+0+0.10/0.30/0.50+1.0 ms cpu, 4->5->2 MB, 6 MB goal, 4 P',
      clock: { anchorMs: 1767604447000 },
      events: [{
        type: 'go.gc', ts_ms: 1767604449500, ts_basis: 'anchored', ts_res_ms: 1, duration_ms: 1.5,
        go: { gc: { n: 3, at_s: 2.5, heap_start_mib: 4, heap_end_mib: 5, heap_live_mib: 2, goal_mib: 6, stw_ms: 0.6, cpu_pct: 1, procs: 4 } },
      }],
    },
    {
      note: 'behind the log package',
      lines: '2026/01/05 09:14:07.371204 gc 7 @0.009s 9%: 0.038+0.58+0.003 ms clock, 0.077+0.097/0.071/0.12+0.006 ms cpu, 3->4->1 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P',
      events: [{
        type: 'go.gc', ts_ms: 1767604447370.583, ts_end_ms: 1767604447371.204, ts_basis: 'derived', ts_res_ms: 0.001, duration_ms: 0.621,
        go: { gc: { n: 7, at_s: 0.009, heap_start_mib: 3, heap_end_mib: 4, heap_live_mib: 1, goal_mib: 4, stw_ms: 0.041, cpu_pct: 9, procs: 2 } },
      }],
    },
  ],
})
