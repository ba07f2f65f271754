// dig: one event an answer (or a failure to get one), from all its shapes but +short, which names neither question nor server.
import { defineParser } from '../src/read/define.js'
import { DigReader } from '../src/read/dig/reader.js'
import { parseRecord } from '../src/read/dig/records.js'
import { YamlReader } from '../src/read/dig/yaml.js'
import type { Head, LineReader, LineResult, Outer, ParserContext } from '../src/read/parser.js'

const SURE = /^(?:; <<>> DiG |;; ->>HEADER<<- opcode: [A-Z0-9]+, status: |;; Query time: \d+ [mu]sec$|;; communications error to |;; no servers could be reached|;; connection timed out; no servers|;; Received \d+ bytes from \S+#\d+\(\S+\) in |\S+ from server \S+ in \d+ [mu]s\.$|- type: (?:MESSAGE|DIG_ERROR)$|;; Connection to \S+ for \S+ failed: |(?:\S*\/)?dig: couldn't get address)/
/** Lines of `host -v`, of kdig and of nslookup, which print parts of the same. */
const OTHERS = /^(?:Trying "|;; ->>HEADER<<- opcode: [A-Z0-9]+; |;; From \S+\([A-Z]+\) in |Server:\s|Using domain server:|\*\* server can't find|;; (?:WARNING|ERROR): )/

class AnyShape implements LineReader {
  private readonly text: DigReader
  private readonly yaml = new YamlReader()
  private inYaml = false
  constructor(context: ParserContext) { this.text = new DigReader(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    this.inYaml = text.startsWith('- type: ') || (this.inYaml && (text.startsWith(' ') || text === ''))
    return this.inYaml ? this.yaml.line(text, number, outer) : this.text.line(text, number, outer)
  }

  end() { return [...this.text.end(), ...this.yaml.end()] }
}

function detect(head: Head): number {
  const lines = head.lines.filter(line => line.trim() !== '')
  if (lines.length === 0 || lines.some(line => OTHERS.test(line))) return 0
  if (lines.some(line => SURE.test(line))) {
    const yaml = lines.some(line => /^ {4}(?:message_size|response_address|query_time): |^- type: DIG_ERROR/.test(line))
    const fits = (line: string): boolean => line.startsWith(';') || SURE.test(line) || parseRecord(line) !== undefined || (yaml && line.startsWith(' ')) || /^[\t ]+\S+ +; |^[\t ]+\)$/.test(line)
    return lines.some(line => line.startsWith('- type:')) && !yaml ? 0 : lines.filter(fits).length / lines.length
  }
  // +noall +answer leaves records only, as a zone file without relative names would
  const records = lines.filter(line => { const record = parseRecord(line); return record?.ttl !== undefined && record.class === 'IN' && record.name?.endsWith('.') === true })
  return records.length === lines.length ? 0.5 : 0
}

export default defineParser({
  id: 'dig',
  title: 'dig output (text, +yaml, +trace, +noall +answer)',
  reference: 'https://bind9.readthedocs.io/en/stable/manpages.html#dig-dns-lookup-utility',
  dataset: 'dig',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: '+short prints answers that cannot be dated or named. WHEN is in whole seconds, and its zone abbreviation is used only where --tz states the zone (UTC and GMT aside). Query time is of the answered try alone; tries that timed out before it are not in it. A fast dig does not clear the path of a program, which may ask the hosts file and caches first.',
  detect,
  open: context => new AnyShape(context),
  samples: [{ lines: ';; Query time: 4 msec' }],
})
