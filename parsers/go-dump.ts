// Goroutine dumps of Go programs (SIGQUIT, Ctrl-\, a fatal error): where does it hang, at one instant.
import { defineParser } from '../src/read/define.js'
import { Goroutine, goroutineOf, isCall, isPlace, isSurround } from '../src/read/go/dump.js'
import { goShare, type Voice } from '../src/read/go/heads.js'
import { momentOf, peelLog, putMoment } from '../src/read/go/moment.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from '../src/read/parser.js'

const NOT_EVENT = skip('not-an-event')
/** Goroutines kept until the dump ends: what one waits for may stand in another. */
const MAX_KEPT = 20_000

class DumpReader implements LineReader {
  private readonly waiting: Goroutine[] = []
  private readonly idle: (Skip & { line: number })[] = []
  private current: Goroutine | undefined
  private inside = false
  constructor(private readonly context: ParserContext) {}

  line(text: string, number: number, outer?: Outer): LineResult {
    if (text.trim() === '') return skip('blank')
    const { message, stamp } = peelLog(text.endsWith('\r') ? text.slice(0, -1) : text)
    const head = goroutineOf(message)
    if (head) {
      this.inside = true
      this.close()
      const draft: Draft = { type: 'log.line' }
      putMoment(draft, momentOf(this.context, stamp, outer), 'point')
      this.current = new Goroutine(number, head, draft)
      return HELD
    }
    if (this.current && (isPlace(message) || message.startsWith('created by '))) return MERGED
    if (isSurround(message)) {
      if (!message.startsWith('panic: ') && !message.startsWith('exit status ')) this.inside = true
      return NOT_EVENT
    }
    if (!this.inside || !isCall(message)) return this.inside && isPlace(message) ? NOT_EVENT : skip('not-this-format', 'no line of a goroutine dump')
    if (!this.current) return NOT_EVENT
    this.current.call(message)
    return MERGED
  }

  private close(): void {
    const { current } = this
    if (!current) return
    if (current.waits !== undefined && this.waiting.length < MAX_KEPT) this.waiting.push(current)
    else this.idle.push({ ...NOT_EVENT, line: current.line })
    this.current = undefined
  }

  end(): readonly (Draft | (Skip & { line: number }))[] {
    this.close()
    const making = new Set(this.waiting.map(goroutine => goroutine.waits).filter(waits => waits === 'dns' || waits === 'connect' || waits === 'tls'))
    const only = making.size === 1 ? [...making][0] : undefined
    const events = this.waiting.map(goroutine => goroutine.event(only) ?? { ...NOT_EVENT, line: goroutine.line })
    return [...events, ...this.idle]
  }
}

function voice(text: string): Voice {
  if (goroutineOf(text) || text.startsWith('SIGQUIT: quit') || /^PC=0x[0-9a-f]+ m=\d/.test(text)) return 'sure'
  return isSurround(text) || isPlace(text) || isCall(text) ? 'maybe' : undefined
}

export default defineParser({
  id: 'go-dump',
  title: 'Go goroutine dump (SIGQUIT)',
  reference: 'https://pkg.go.dev/runtime#hdr-Environment_Variables',
  dataset: 'go.dump',
  types: ['log.line'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'One instant: where each goroutine waits, not for how long (beyond whole minutes), and not for which address.',
  detect: head => goShare(head, voice),
  open: context => new DumpReader(context),
  samples: [
    {
      lines: [
        'SIGQUIT: quit',
        'PC=0x469f41 m=0 sigcode=0',
        '',
        'goroutine 1 [chan receive, 3 minutes]:',
        'main.main()',
        '\t/src/main.go:9 +0x1d',
        '',
        'goroutine 29 [select, 3 minutes]:',
        'runtime.gopark(0xc0001a4db0?, 0x4?, 0x0?, 0x0?, 0xc0001a4d08?)',
        '\t/go/src/runtime/proc.go:363 +0xd6 fp=0xc0001a4b80 sp=0xc0001a4b60 pc=0x43a276',
        'net/http.(*http2ClientConn).RoundTrip(0xc0001c0000, 0xc000028d00)',
        '\t/go/src/net/http/h2_bundle.go:7927 +0x451',
        'cmd/go/internal/modfetch.(*proxyRepo).Zip(0xc000080320, {0xb2e080, 0xc0000161e0}, {0xc00009ad38, 0x6})',
        '\t/go/src/cmd/go/internal/modfetch/proxy.go:424 +0x165',
        'created by cmd/go/internal/modcmd.runDownload',
        '\t/go/src/cmd/go/internal/modcmd/download.go:250 +0x7fb',
        '',
        'rax    0xca',
        'rip    0x469f41',
      ],
      events: [{
        type: 'log.line', line: 8, message: 'goroutine 29 [select]: net/http.(*http2ClientConn).RoundTrip',
        go: { stage: 'headers', module: { op: 'zip' }, goroutine: { id: 29, state: 'select', wait_min: 3 } },
      }],
      merged: 10,
      skipped: { 'not-an-event': 5, blank: 3 },
    },
    {
      note: 'a look-up: one goroutine makes the connection that another waits for',
      lines: [
        'goroutine 19 [select]:',
        'net/http.(*Transport).getConn(0xe30c40, 0xc00012df80, {{}, 0x0, {0xc0000d0680, 0x5}, {0xc0000c6750, 0x11}, 0x0})',
        '\t/go/src/net/http/transport.go:1376 +0x5fc',
        'cmd/go/internal/modfetch.(*proxyRepo).GoMod(0xc0000ae3c0?, {0xc00009a948, 0x6})',
        'goroutine 22 [IO wait]:',
        'net.(*Resolver).exchange(0xc00009abe0, {0xb32708, 0xc0000ae660}, {0xc000126000, 0xc})',
        '\t/go/src/net/dnsclient_unix.go:183 +0x3d5',
      ],
      events: [
        { type: 'log.line', message: 'goroutine 19 [select]: net/http.(*Transport).getConn', go: { stage: 'dns', module: { op: 'mod' }, goroutine: { id: 19, state: 'select' } } },
        { type: 'log.line', message: 'goroutine 22 [IO wait]: net.(*Resolver).exchange', go: { stage: 'dns', goroutine: { id: 22, state: 'IO wait' } } },
      ],
      merged: 5,
    },
    {
      note: 'no dump',
      lines: ['goroutine 7 [running]:', 'main.work(0x1)', '\t/src/main.go:20 +0x5', 'panic: runtime error: index out of range', 'the service stopped'],
      skipped: { 'not-an-event': 2, 'not-this-format': 1 },
      merged: 2,
    },
  ],
})
