// kdig of Knot DNS: like dig, with semicolons in its header and the server and time in one line; +json prints an object an answer.
import { defineParser } from '../src/read/define.js'
import { kdigDraft, type KdigObject } from '../src/read/dig/kdig-json.js'
import { DigReader } from '../src/read/dig/reader.js'
import { parseRecord } from '../src/read/dig/records.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type ParserContext, type Skip } from '../src/read/parser.js'
import { ObjectCollector } from '../src/read/text/pretty-json.js'

const SURE = /^(?:;; ->>HEADER<<- opcode: [A-Z0-9]+; status: |;; From \S+@\d+\([A-Z]+\) in |;; WARNING: response timeout for |;; ERROR: failed to query server | {2}"(?:dateSeconds|QNAME|RCODE|QTYPEname)": )/

class KdigReader implements LineReader {
  private readonly text: DigReader
  private object: ObjectCollector<KdigObject> | undefined
  private readonly lost: (Skip & { line: number })[] = []
  constructor(context: ParserContext) { this.text = new DigReader(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trimEnd()
    if (!this.object) {
      if (line !== '{') return this.text.line(text, number, outer)
      this.object = new ObjectCollector(number)
      return HELD
    }
    const { object } = this
    if (object.add(line) && line !== '}') return MERGED
    this.object = undefined
    const parsed = line === '}' ? object.parse() : undefined
    const draft = parsed && kdigDraft(parsed, object.line)
    if (draft) return { drafts: [draft], self: MERGED }
    this.lost.push({ ...(parsed ? skip('not-an-event') : skip('incomplete', 'the object does not end')), line: object.line })
    return MERGED
  }

  end(): readonly (Draft | (Skip & { line: number }))[] {
    if (this.object) this.lost.push({ ...skip('incomplete', 'the object does not end'), line: this.object.line })
    return [...this.text.end(), ...this.lost]
  }
}

export default defineParser({
  id: 'kdig',
  title: 'kdig output (text, +json)',
  reference: 'https://www.knot-dns.cz/docs/latest/html/man_kdig.html',
  dataset: 'kdig',
  types: ['dns.response', 'dns.query'],
  vantage: 'client',
  limits: 'Whole seconds; +json names neither the server nor how long it took, and a failed query does not repeat its name.',
  detect: head => {
    const lines = head.lines.filter(line => line.trim() !== '')
    if (!lines.some(line => SURE.test(line))) return 0
    return lines.filter(line => line.startsWith(';; ') || SURE.test(line) || parseRecord(line) !== undefined || /^[ {}]|^\t/.test(line)).length / lines.length
  },
  open: context => new KdigReader(context),
  samples: [{ lines: ';; x' }],
})
