// `go build -debug-trace=FILE`: a Chrome trace of the go command's own work, the only output of it with absolute times.
import { defineParser } from '../src/read/define.js'
import { goModuleOf } from '../src/read/go-request.js'
import { HELD, MERGED, shareOf, skip, type Draft, type LineReader, type LineResult } from '../src/read/parser.js'
import { readEpoch, round3 } from '../src/read/time.js'

const NOT_EVENT = skip('not-an-event')
const MAX_OPEN = 10_000

interface TraceEvent { readonly name?: unknown, readonly ph?: unknown, readonly ts?: unknown, readonly tid?: unknown }

/** A line is an event of the array, with the comma that parts it from the one before. */
function eventOf(text: string): TraceEvent | undefined {
  const from = text.startsWith(',') || text.startsWith('[') ? 1 : 0
  const to = text.endsWith(']') || text.endsWith(',') ? text.length - 1 : text.length
  try {
    return JSON.parse(text.slice(from, to)) as TraceEvent
  } catch {
    return undefined
  }
}

/** The spans that fetch something; the others enclose them (`modfetch.download`) or are the build's. */
function draftOf(name: string): Draft | undefined {
  const query = /^modload\.queryProxy (\S{1,300}) (\S{1,200})$/.exec(name)
  if (query) return { type: 'go.module', go: { module: { path: query[1]!, version: query[2]!, op: 'query' } } }
  if (!name.startsWith('modfetch.downloadZip ')) return undefined
  const file = name.slice(21)
  const at = file.lastIndexOf('/cache/download/')
  const asked = at === -1 ? undefined : goModuleOf(file.slice(at + 15))
  return { type: 'go.module', go: { module: { ...asked, op: 'zip' } } }
}

class TraceReader implements LineReader {
  private readonly open = new Map<string, Draft[]>()
  private count = 0

  line(text: string, number: number): LineResult {
    const line = text.trim()
    if (line === '') return skip('blank')
    if (line === '[' || line === ']') return NOT_EVENT
    if (!/^[[,]?\{/.test(line)) return skip('not-this-format')
    const event = eventOf(line)
    if (!event || typeof event !== 'object') return skip('invalid-json')
    if (typeof event.name !== 'string' || typeof event.ph !== 'string') return skip('not-this-format', 'no name or ph')
    const stamp = typeof event.ts === 'number' ? readEpoch(event.ts, 'us') : undefined
    const key = `${String(event.tid)} ${event.name}`
    if (event.ph === 'B') return this.begin(key, event.name, number, stamp?.ms)
    return event.ph === 'E' ? this.finish(key, stamp?.ms) : NOT_EVENT
  }

  private begin(key: string, name: string, number: number, ms: number | undefined): LineResult {
    const draft = this.count < MAX_OPEN ? draftOf(name) : undefined
    if (!draft) return NOT_EVENT
    draft.line = number
    if (ms !== undefined) Object.assign(draft, { ts_ms: ms, ts_basis: 'start', ts_res_ms: 0.001 })
    const stack = this.open.get(key)
    if (stack) stack.push(draft)
    else this.open.set(key, [draft])
    this.count++
    return HELD
  }

  private finish(key: string, ms: number | undefined): LineResult {
    const stack = this.open.get(key)
    const draft = stack?.pop()
    if (!draft) return NOT_EVENT
    if (stack!.length === 0) this.open.delete(key)
    this.count--
    if (ms !== undefined && draft.ts_ms !== undefined) draft.duration_ms = Math.max(0, round3(ms - draft.ts_ms))
    return { drafts: [draft], self: MERGED }
  }

  end(): Draft[] {
    return [...this.open.values()].flat().map(draft => ({ ...draft, outcome: 'unknown', message: 'the span had not ended where the trace ends' }))
  }
}

const TRACE_EVENT = /^[[,]?\{"name":"[^"]{1,1000}","ph":"[A-Zsft]"/

export default defineParser({
  id: 'go-debug-trace',
  title: 'Go command span trace (go build -debug-trace=FILE)',
  reference: 'https://pkg.go.dev/cmd/go/internal/trace',
  dataset: 'go.debug_trace',
  types: ['go.module'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'Spans of the go command, not of the network: a download includes its lock, its headers and its whole body, and which of them took the time is not said; nor is success.',
  detect: head => {
    // brackets on their own are any JSON
    if (!head.lines.some(line => TRACE_EVENT.test(line))) return 0
    const share = shareOf(head, line => TRACE_EVENT.test(line) || line === '[' || line === ']')
    return head.lines.some(line => /"name":"(?:mod(?:load|fetch)\.|Running |exec\.|load\.|work\.|par\.)/.test(line)) ? share : share > 0.9 ? 0.5 : 0
  },
  open: () => new TraceReader(),
  samples: [
    {
      lines: [
        '[',
        '{"name":"Running build command","ph":"B","ts":1767604447000000.5,"pid":0,"tid":0}',
        ',{"name":"modload.queryProxy example.com/mod latest","ph":"B","ts":1767604447100000,"pid":0,"tid":1}',
        ',{"name":"modload.queryProxy example.com/mod latest","ph":"E","ts":1767604447350000.25,"pid":0,"tid":1}',
        ',{"name":"modfetch.download example.com/Mod@v1.1.0","ph":"B","ts":1767604447400000,"pid":0,"tid":2}',
        ',{"name":"modfetch.downloadZip /home/u/go/pkg/mod/cache/download/example.com/!mod/@v/v1.1.0.zip","ph":"B","ts":1767604447400010,"pid":0,"tid":2}',
        ',{"name":"Link","ph":"s","ts":1767604447400020,"pid":0,"tid":2}',
        ',{"name":"modload.quer',
      ],
      events: [
        { type: 'go.module', line: 3, ts_ms: 1767604447100, ts_end_ms: 1767604447350, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 250, go: { module: { path: 'example.com/mod', version: 'latest', op: 'query' } } },
        {
          type: 'go.module', line: 6, ts_ms: 1767604447400.01, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'unknown', message: 'the span had not ended where the trace ends',
          go: { module: { path: 'example.com/Mod', version: 'v1.1.0', op: 'zip' } },
        },
      ],
      merged: 1,
      skipped: { 'not-an-event': 4, 'invalid-json': 1 },
    },
  ],
})
