// GODEBUG=netdns=N: which resolver a Go program uses (level 1), and each look-up at its start (level 2).
import { defineParser } from '../src/read/define.js'
import { goShare } from '../src/read/go/heads.js'
import { momentOf, peelLog, putMoment } from '../src/read/go/moment.js'
import { skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'

const MARK = 'go package net: '
const LOOKUP = /^go package net: hostLookupOrder\(([^\s()]{1,255})\) = (\S{1,40})/

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const { message, stamp } = peelLog(text)
  if (!message.startsWith(MARK)) return skip('not-this-format')
  const lookup = LOOKUP.exec(message)
  if (!lookup) return skip('not-an-event')
  const draft: Draft = { type: 'dns.query', message: `look-up order: ${lookup[2]!}`, dns: { question: { name: lookup[1]!, class: 'IN' } } }
  putMoment(draft, momentOf(context, stamp, outer), 'start')
  return draft
}

export default defineParser({
  id: 'go-netdns',
  title: 'Go look-ups (GODEBUG=netdns=2)',
  reference: 'https://pkg.go.dev/net#hdr-Name_Resolution',
  dataset: 'go.netdns',
  types: ['dns.query'],
  group: 'go-trace',
  vantage: 'client',
  limits: 'The start of a look-up and its name only: no server, no answer, no end. A name that the hosts file answers is printed alike, though no question was sent.',
  detect: head => goShare(head, message => (message.startsWith(MARK) ? 'sure' : undefined)),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [{
    lines: [
      'go package net: confVal.netCgo = false  netGo = true',
      "go package net: GODEBUG setting forcing use of Go's resolver",
      'go package net: hostLookupOrder(Proxy.example.com) = files,dns',
      '2026/01/05 09:14:07 go package net: hostLookupOrder(www.example.com) = cgo',
      'go package net: addrLookupOrder(192.0.2.1) = files,dns',
      'go packa',
    ],
    events: [
      { type: 'dns.query', hostname: 'proxy.example.com', message: 'look-up order: files,dns', network: { protocol: 'dns' }, dns: { type: 'query', question: { name: 'proxy.example.com', class: 'IN' } } },
      { type: 'dns.query', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, hostname: 'www.example.com', message: 'look-up order: cgo', network: { protocol: 'dns' }, dns: { type: 'query', question: { name: 'www.example.com', class: 'IN' } } },
    ],
    skipped: { 'not-an-event': 3, 'not-this-format': 1 },
  }],
})
