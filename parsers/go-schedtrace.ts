// Runtime traces beside the garbage collector's: schedtrace ticks (proof that a silent process was alive), and traces that tell of no request.
import { defineParser } from '../src/read/define.js'
import { goShare } from '../src/read/go/heads.js'
import { momentOf, peelLog, putMoment } from '../src/read/go/moment.js'
import { MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'

const TICK = /^SCHED (\d{1,12})ms: gomaxprocs=\d{1,5} idleprocs=\d{1,5} /
/** What scheddetail=1 prints below a tick: processors, threads, goroutines. */
const DETAIL = /^ {1,2}(?:P\d+: status=|M-?\d+: p=|G\d+: status=)/
const OTHERS = [
  /^init \S+ @[\d.]+ ms, [\d.]+ ms clock, \d+ bytes, \d+ allocs$/, /^scav [\d.]+ KiB work/, /^scav: /, /^scvg\d+: /, /^scvg-?\d*: /, /^pacer: /, /^HASH\[/, /^HASH subkey /, /^\d+ gofsystrace /,
  /^tracealloc\(|^tracefree\(|^tracegc\(/,
]

class TickReader implements LineReader {
  private ticked = false
  constructor(private readonly context: ParserContext) {}

  line(text: string, _number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const { message, stamp } = peelLog(text)
    const tick = TICK.exec(message)
    if (tick) return this.tick(message.trimEnd(), Number(tick[1]), stamp, outer)
    if (DETAIL.test(message)) return this.ticked ? MERGED : skip('not-an-event')
    this.ticked = false
    if (message.startsWith('SCHED ')) return skip('malformed')
    return OTHERS.some(shape => shape.test(message)) ? skip('not-an-event') : skip('not-this-format')
  }

  private tick(message: string, at: number, stamp: string | undefined, outer: Outer | undefined): Draft {
    this.ticked = true
    const draft: Draft = { type: 'log.line', message }
    const written = momentOf(this.context, stamp, outer)
    const relative = written ? undefined : this.context.clock.relative(at)
    putMoment(draft, written ?? (relative && { ...relative, anchored: true }), 'point')
    return draft
  }
}

export default defineParser({
  id: 'go-schedtrace',
  title: 'Go runtime traces (schedtrace, inittrace, scavtrace, gcpacertrace)',
  reference: 'https://pkg.go.dev/runtime#hdr-Environment_Variables',
  dataset: 'go.schedtrace',
  types: ['log.line'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'A tick says that the process was alive, and idle or not; it names no request. Times count from the first tick. The other traces tell of nothing that can be joined.',
  detect: head => goShare(head, message => (TICK.test(message) || OTHERS[0]!.test(message) || OTHERS[1]!.test(message) || OTHERS[5]!.test(message) ? 'sure' : DETAIL.test(message) || OTHERS.some(shape => shape.test(message)) ? 'maybe' : undefined)),
  open: context => new TickReader(context),
  samples: [
    {
      lines: [
        'SCHED 0ms: gomaxprocs=2 idleprocs=1 threads=5 spinningthreads=0 idlethreads=1 runqueue=0 [0 0]',
        '  P0: status=1 schedtick=0 syscalltick=0 m=4 runqsize=0 gfreecnt=0 timerslen=0',
        '  M0: p=-1 curg=-1 mallocing=0 throwing=0 preemptoff= locks=0 dying=0 spinning=false blocked=true lockedg=1',
        '  G1: status=4(chan receive) m=-1 lockedm=-1',
        'SCHED 1009ms: gomaxprocs=2 idleprocs=2 threads=7 spinningthreads=0 needspinning=0 idlethreads=3 runqueue=0 [ 0 0 ] schedticks=[ 10 20 ]',
        'SCHED 2',
      ],
      clock: { anchorMs: 1767604447000 },
      events: [
        { type: 'log.line', ts_ms: 1767604447000, ts_basis: 'anchored', ts_res_ms: 1, message: 'SCHED 0ms: gomaxprocs=2 idleprocs=1 threads=5 spinningthreads=0 idlethreads=1 runqueue=0 [0 0]' },
        { type: 'log.line', ts_ms: 1767604448009, ts_basis: 'anchored', ts_res_ms: 1, message: 'SCHED 1009ms: gomaxprocs=2 idleprocs=2 threads=7 spinningthreads=0 needspinning=0 idlethreads=3 runqueue=0 [ 0 0 ] schedticks=[ 10 20 ]' },
      ],
      merged: 3,
      skipped: { malformed: 1 },
    },
    {
      note: 'traces without events',
      lines: [
        'init syscall @0.48 ms, 0.012 ms clock, 688 bytes, 2 allocs',
        'init os @0.71 ms, 0.026 ms clock, 408 bytes, 10 allocs',
        'scav 128 KiB work, 3768 KiB total, 27% util',
        'scav 64 KiB work (bg), 0 KiB work (eager), 3768 KiB now, 27% util (forced)',
        'pacer: assist ratio=+1.2e+000 (scan 0 MB in 3->4 MB) workers=0.5++0.0',
        'init x @0.',
      ],
      skipped: { 'not-an-event': 5, 'not-this-format': 1 },
    },
  ],
})
