// host: sentences about records; with -v the blocks of dig.
import { defineParser } from '../src/read/define.js'
import { HostReader, NO_RECORD, NOT_FOUND, sentence } from '../src/read/dig/host.js'
import { shareOf } from '../src/read/parser.js'

const AROUND = /^(?:Using domain server:|Name: \S|Address: \S+#\d+|Aliases: ?|Trying ".*"|Received \d+ bytes from \S+#\d+ in \d+ ms)$/

export default defineParser({
  id: 'host',
  title: 'host output (text, -v)',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#host-dns-lookup-utility',
  dataset: 'host',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'No time, no TTL and no latency (but with -v); the server only where one was named.',
  detect: head => {
    const verbose = head.lines.some(line => line.startsWith('Trying "'))
    const said = (line: string): boolean => sentence(line) !== undefined || NOT_FOUND.test(line) || NO_RECORD.test(line)
    if (!verbose && !head.lines.some(line => said(line.trim()))) return 0
    return shareOf(head, line => said(line.trim()) || AROUND.test(line.trimEnd()) || line.trim() === 'Aliases:' || (verbose && /^;|\sIN\s/.test(line)))
  },
  open: context => new HostReader(context),
  samples: [{ lines: 'x' }],
})
