// `curl -w`: what a transfer took, phase by phase, from %{json}, from one-line recipes and from the recipe with a line a variable.
import { jsonVariables, lineVariables, pairOf, transferDraft, variableOf, type Variables } from '../src/read/curl/writeout.js'
import { defineParser } from '../src/read/define.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type Skip } from '../src/read/parser.js'
import { inheritTime } from '../src/read/table.js'

const NOT_EVENT = skip('not-an-event')

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return undefined
  }
}

/** `%{json}` among other objects: curl alone has these names. */
const isTransfer = (object: Record<string, unknown>): boolean => typeof object['time_total'] === 'number' && (typeof object['time_namelookup'] === 'number' || 'exitcode' in object)

class WriteoutReader implements LineReader {
  private block: { line: number, variables: Record<string, string> } | undefined
  private readonly lost: (Skip & { line: number })[] = []
  private headers = false

  line(text: string, number: number, outer?: Outer): LineResult {
    const line = text.trim()
    if (line === '') return skip('blank')
    if (this.headers) {
      this.headers = !line.endsWith('}')
      return NOT_EVENT
    }
    if (line.startsWith('{')) return this.object(line, outer)
    const variables = lineVariables(line)
    if (variables) return this.made(transferDraft(variables), outer)
    const pair = pairOf(line)
    if (pair) return this.pair(pair.name, pair.value, number, outer)
    if (/^-{3,}$|^={3,}$/.test(line)) return this.block ? MERGED : NOT_EVENT
    return skip('not-this-format')
  }

  private made(draft: Draft, outer: Outer | undefined): Draft {
    if (outer) inheritTime(draft, outer, 'end') // written when the transfer is over
    return draft
  }

  private object(line: string, outer: Outer | undefined): LineResult {
    const end = line.lastIndexOf('}')
    const object = end === -1 ? undefined : jsonObject(line.slice(0, end + 1))
    if (!object) {
      // %{header_json} goes over several lines and names no request
      if (/^\{"[\w-]{1,100}":\["/.test(line)) this.headers = !line.endsWith('}')
      return this.headers ? NOT_EVENT : skip('invalid-json')
    }
    if (!isTransfer(object)) return Object.values(object).every(value => Array.isArray(value)) ? NOT_EVENT : skip('not-this-format', 'no time_total')
    return this.made(transferDraft(jsonVariables(object)), outer)
  }

  private pair(name: string, value: string, number: number, outer: Outer | undefined): LineResult {
    if (!this.block || this.block.variables[name] !== undefined) {
      this.drop()
      this.block = { line: number, variables: {} }
    }
    const { block } = this
    block.variables[name] = value
    if (name !== 'time_total') return block.line === number ? HELD : MERGED
    this.block = undefined
    const draft = this.made(transferDraft(block.variables as Variables), outer)
    return block.line === number ? draft : { drafts: [{ ...draft, line: block.line }], self: MERGED }
  }

  private drop(): void {
    if (this.block) this.lost.push({ ...skip('incomplete', 'no time_total'), line: this.block.line })
    this.block = undefined
  }

  end(): readonly (Skip & { line: number })[] {
    this.drop()
    return this.lost
  }
}

/** Lines of the recipe with a line a variable: half of them at least must name curl's times, the total among them. */
function blockShare(lines: readonly string[]): number {
  const pairs = lines.map(line => pairOf(line)?.name)
  if (!pairs.includes('time_total') || pairs.filter(name => name?.startsWith('time_')).length < 3) return 0
  return lines.filter((line, at) => pairs[at] !== undefined || /^\s*[-=]{3,}\s*$/.test(line)).length / lines.length
}

export default defineParser({
  id: 'curl-writeout',
  title: 'curl write-out (-w %{json}, -w recipes)',
  reference: 'https://curl.se/docs/manpage.html#-w',
  dataset: 'curl.writeout',
  types: ['http.request'],
  vantage: 'client',
  limits: 'No time of day: stamp it. With -L the phases of all redirects are summed and only the last address is named. Where TLS failed, curl 7.87 and 7.88 do not say how long connecting took. A recipe without the URL gives phases that nothing can be joined to.',
  detect: head => {
    const lines = head.lines.filter(line => line.trim() !== '')
    if (lines.length === 0) return 0
    const whole = lines.filter((line, at) => {
      if (!line.trimStart().startsWith('{')) return lineVariables(line.trim()) !== undefined
      const object = head.json(head.lines.indexOf(line, at)) ?? jsonObject(line.trim().slice(0, line.lastIndexOf('}') + 1))
      return object !== undefined && isTransfer(object)
    }).length
    if (whole > 0) return whole / lines.length
    return blockShare(lines)
  },
  open: () => new WriteoutReader(),
  samples: [{ lines: 'x' }],
})

/** Names of curl's variables in a user's own recipe; for documentation. */
export const knownVariable = variableOf
