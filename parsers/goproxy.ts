// goproxyio/goproxy: `goproxy.io: 0.123s 200 /path`, mostly behind a line that says where the answer came from. It writes no time of its own.
import { defineParser } from '../src/read/define.js'
import { HELD, MERGED, shareOf, skip, type Draft, type LineReader, type Outer, startingAt } from '../src/read/parser.js'
import { putUri } from '../src/read/request.js'
import { inheritTime } from '../src/read/table.js'

const RESULT = /^(?:.{0,40}? )?goproxy\.io: (\d{1,6}\.\d{3})s (\d{3}) (\/\S*)$/
const ORIGIN = /^(?:.{0,40}? )?goproxy\.io: -{4,8} -{3} (\/\S*) \[(cached|proxy|direct)\]$/

const CACHE = { cached: 'hit', proxy: 'miss', direct: 'miss' } as const

interface Held { readonly line: number, readonly from: keyof typeof CACHE, readonly outer: Outer | undefined }

/** Paths that wait for their result; the oldest gives way when there are too many. */
const MAX_HELD = 10_000

function draftOf(path: string, seconds: string | undefined, status: string | undefined, from: keyof typeof CACHE | undefined, outer: Outer | undefined): Draft {
  const draft: Draft = { type: 'http.request', http: { response: status !== undefined && Number(status) >= 100 ? { status_code: Number(status) } : {} } }
  putUri(draft, path)
  if (seconds !== undefined) draft.duration_ms = Math.round(Number(seconds) * 1000)
  if (from !== undefined) draft.cdn = { cache: { status: CACHE[from], raw: from } }
  if (outer) inheritTime(draft, outer, seconds === undefined ? 'start' : 'end')
  return draft
}

function open(): LineReader {
  const held = new Map<string, Held[]>()
  let count = 0
  const take = (path: string): Held | undefined => {
    const waiting = held.get(path)
    const one = waiting?.shift()
    if (one) count--
    if (waiting?.length === 0) held.delete(path)
    return one
  }
  return {
    line(text, number, outer) {
      const result = RESULT.exec(text)
      if (result) {
        const [, seconds, status, path] = result
        const before = take(path!)
        const draft = draftOf(path!, seconds, status, before?.from, outer)
        return before ? { drafts: [startingAt(draft, before.line)], self: MERGED } : draft
      }
      const origin = ORIGIN.exec(text)
      if (!origin) return text.trim() === '' ? skip('blank') : skip('not-this-format')
      const path = origin[1]!
      const from = origin[2] as keyof typeof CACHE
      const own: Held = { line: number, from, outer }
      const oldest = count >= MAX_HELD ? held.keys().next().value : undefined
      const given = oldest === undefined ? undefined : take(oldest)
      const waiting = held.get(path)
      if (waiting) waiting.push(own)
      else held.set(path, [own])
      count++
      return given ? { drafts: [startingAt(draftOf(oldest!, undefined, undefined, given.from, given.outer), given.line)], self: HELD } : HELD
    },
    end: () => [...held].flatMap(([path, waiting]) => waiting.map(one => startingAt(draftOf(path, undefined, undefined, one.from, one.outer), one.line))),
  }
}

export default defineParser({
  id: 'goproxy',
  title: 'goproxy.io Go module proxy',
  reference: 'https://github.com/goproxyio/goproxy',
  dataset: 'goproxy.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'No time, no client, no host and no method: the time must come from what collected the lines (`logjoin stamp`, a container\'s log). 404 and 410 are ordinary answers.',
  detect: head => shareOf(head, line => line.includes('goproxy.io: ') && (RESULT.test(line) || ORIGIN.test(line))),
  open,
  samples: [{
    lines: [
      'goproxy.io: ------ --- /example.com/mod/@v/list [cached]',
      'goproxy.io: ------ --- /example.com/other/@v/v1.0.0.zip [proxy]',
      'goproxy.io: 0.004s 200 /example.com/mod/@v/list',
      'goproxy.io: 0.120s 404 /example.com/none/@latest',
      'goproxy.io: 0.1',
    ],
    events: [
      {
        type: 'http.request', duration_ms: 4, outcome: 'success', line: 1, network: { protocol: 'http' }, url: { path: '/example.com/mod/@v/list' }, http: { response: { status_code: 200 } },
        cdn: { cache: { status: 'hit', raw: 'cached' } }, go: { module: { path: 'example.com/mod', op: 'list' } },
      },
      { type: 'http.request', line: 2, network: { protocol: 'http' }, url: { path: '/example.com/other/@v/v1.0.0.zip' }, cdn: { cache: { status: 'miss', raw: 'proxy' } }, go: { module: { path: 'example.com/other', version: 'v1.0.0', op: 'zip' } } },
      { type: 'http.request', duration_ms: 120, outcome: 'success', network: { protocol: 'http' }, url: { path: '/example.com/none/@latest' }, http: { response: { status_code: 404 } }, go: { module: { path: 'example.com/none', op: 'latest' } } },
    ],
    merged: 1,
    skipped: { 'not-this-format': 1 },
  }],
})
