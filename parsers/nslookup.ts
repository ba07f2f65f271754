// nslookup of BIND, Windows and busybox.
import { defineParser } from '../src/read/define.js'
import { CANNOT, NslookupReader } from '../src/read/dig/nslookup.js'
import { shareOf } from '../src/read/parser.js'

const LINE = /^(?:Server:\s|Address(?:es)?(?: \d+)?:\s|Name:\s|Aliases:\s|Non-authoritative answer:|Authoritative answers can be found from:|\S+\s+(?:canonical name|nameserver|mail exchanger|name|text|service) = |;; |DNS request timed out|\s+timeout was |\s+[0-9a-fA-F:.]{3,45}$|-{12,13}$)/

export default defineParser({
  id: 'nslookup',
  title: 'nslookup output',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#nslookup-query-internet-name-servers-interactively',
  dataset: 'nslookup',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'No time, no TTL and no latency; a time-out does not repeat its name.',
  detect: head => {
    const sure = head.lines.some(line => CANNOT.test(line.trim()) || /^\S+\t(?:canonical name|name) = /.test(line)) || (head.lines.some(line => /^Server:\s+\S/.test(line)) && head.lines.some(line => /^Address:?\s/.test(line)))
    return sure ? shareOf(head, line => LINE.test(line) || CANNOT.test(line.trim())) : 0
  },
  open: () => new NslookupReader(),
  samples: [{ lines: 'x' }],
})
