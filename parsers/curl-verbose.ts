// curl's own trace (`-v`, `--trace-ascii`, `--trace`): one request for every exchange, with what its connection and certificate told.
import { VerboseReader, traceLine } from '../src/read/curl/verbose.js'
import { defineParser } from '../src/read/define.js'

const SURE = /^(?: {2}Trying \S|Connected to |Established connection to |Could not resolve |Re-?using existing |TLSv1|SSL connection using|ALPN|Connection #?\d* ?to host |Host \S+ was resolved|Hostname \S+ was found)/

export default defineParser({
  id: 'curl-verbose',
  title: 'curl trace (-v, --trace-ascii, --trace, --trace-time)',
  reference: 'https://curl.se/docs/manpage.html#-v',
  dataset: 'curl.trace',
  types: ['http.request'],
  vantage: 'client',
  limits: 'No times without --trace-time, and no date with it: stamp the trace. Its first line comes after the look-up, so DNS time is not in it. Exit 6 is the same for a name that does not exist and for a resolver that failed; exit 7 for refused and for no route. Parallel transfers (-Z) cannot be told apart.',
  detect: head => {
    let seen = 0
    let fitting = 0
    let sure = false
    for (const text of head.lines) {
      if (text.trim() === '') continue
      seen++
      const line = traceLine(text)
      if (!line) continue
      if (line.kind !== 'row') fitting++
      else if (sure) fitting++
      if ((line.kind === '*' && SURE.test(line.text)) || line.kind === 'section' || line.kind === 'exit' || (line.kind === '>' && / HTTP\/\d/.test(line.text)) || (line.kind === '<' && /^HTTP\/\d/.test(line.text))) sure = true
    }
    return sure ? fitting / seen : 0
  },
  open: context => new VerboseReader(context),
  samples: [{ lines: '*   Trying 192.0.2.1:443...', events: [] }],
})
