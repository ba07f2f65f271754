// `curl -w`: what a transfer took, phase by phase, from %{json}, from one-line recipes and from the recipe with a line a variable.
import { jsonVariables, lineVariables, pairOf, transferDraft, type Variables } from '../src/read/curl/writeout.js'
import { defineParser } from '../src/read/define.js'
import { HELD, MERGED, skip, type Draft, type LineReader, type LineResult, type Outer, type Skip, startingAt } from '../src/read/parser.js'
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
    return block.line === number ? draft : { drafts: [startingAt(draft, block.line)], self: MERGED }
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
    if (lines.length > 1 && lines.every((line, at) => (at === 0 ? /^\{"[\w-]{1,100}":\["/ : /^"[\w-]{1,100}":\["|^\}$/).test(line))) return 0.6 // %{header_json}
    return blockShare(lines)
  },
  open: () => new WriteoutReader(),
  samples: [
    {
      note: '%{json}',
      lines: [
        '{"content_type":"text/html; charset=utf-8","errormsg":null,"exitcode":0,"http_code":200,"http_version":"2","local_ip":"192.0.2.10","local_port":32794,"method":"GET","num_connects":1,"num_redirects":0,"referer":null,"remote_ip":"203.0.113.7","remote_port":443,"response_code":200,"scheme":"HTTPS","size_download":23,"ssl_verify_result":0,"time_appconnect":0.031500,"time_connect":0.011500,"time_namelookup":0.001500,"time_pretransfer":0.032000,"time_redirect":0.000000,"time_starttransfer":0.132000,"time_total":0.152000,"url":"https://www.example.com/a","url_effective":"https://www.example.com/a","curl_version":"libcurl/7.88.1"}',
        '{"errormsg":"Failed to connect to api.example.com port 443 after 2001 ms: Timeout was reached","exitcode":28,"http_code":0,"http_version":"0","local_ip":"","local_port":0,"method":"GET","num_connects":0,"remote_ip":"","remote_port":0,"response_code":0,"scheme":null,"time_appconnect":0.000000,"time_connect":0.000000,"time_namelookup":0.002000,"time_pretransfer":0.000000,"time_starttransfer":0.000000,"time_total":2.002000,"url":"https://api.example.com/","url_effective":"https://api.example.com/","curl_version":"libcurl/7.88.1"}',
        '{"errormsg":null,"exi',
      ],
      events: [
        {
          type: 'http.request', line: 1, duration_ms: 152, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 32794 },
          server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a' },
          http: { version: '2', request: { method: 'GET' }, response: { status_code: 200, body: { bytes: 23 }, mime_type: 'text/html' } }, tls: { established: true },
          timing: { dns_ms: 1.5, connect_ms: 10, tls_ms: 20, send_ms: 0.5, wait_ms: 100, receive_ms: 20 },
        },
        {
          type: 'http.request', line: 2, duration_ms: 2002, outcome: 'failure', hostname: 'api.example.com', network: { protocol: 'http' },
          url: { scheme: 'https', domain: 'api.example.com', path: '/' }, http: { request: { method: 'GET' } }, timing: { dns_ms: 2, connect_ms: 2000 },
          error: { type: 'connection_timeout', message: 'Failed to connect to api.example.com port 443 after 2001 ms: Timeout was reached', code: '28' },
        },
      ],
      skipped: { 'invalid-json': 1 },
    },
    {
      note: 'recipes',
      lines: [
        'url=https://www.example.com/b effective=https://www.example.com/b remote=203.0.113.7:443 local=192.0.2.10:32816 http=2 code=200 exit=0 err="" dns=0.000025 connect=0.000000 tls=0.000000 pretransfer=0.000059 redirect=0.000000 ttfb=0.000279 total=0.000498 size=50 nconn=0',
        'url=https://nosuch.example.com/ remote=:0 local=:0 http=0 code=000 exit=6 err="Could not resolve host: nosuch.example.com" dns=0.000000 connect=0.000000 tls=0.000000 pretransfer=0.000000 ttfb=0.000000 total=4.001616 nconn=0',
        '  time_namelookup:  0.004',
        '     time_connect:  0.014',
        '  time_appconnect:  0.034',
        ' time_pretransfer:  0.034',
        'time_starttransfer:  0.134',
        '                   ----------',
        '       time_total:  0.135',
        '  time_connect:  0.0',
      ],
      events: [
        {
          type: 'http.request', line: 1, duration_ms: 0.498, outcome: 'success', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 32816 },
          server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/b' },
          http: { version: '2', response: { status_code: 200, body: { bytes: 50 } } }, timing: { wait_ms: 0.22, receive_ms: 0.219 },
        },
        {
          type: 'http.request', line: 2, duration_ms: 4001.616, outcome: 'failure', hostname: 'nosuch.example.com', network: { protocol: 'http' },
          url: { scheme: 'https', domain: 'nosuch.example.com', path: '/' }, timing: { dns_ms: 4001.616 },
          error: { type: 'dns_error', message: 'Could not resolve host: nosuch.example.com', code: '6' },
        },
        { type: 'http.request', line: 3, duration_ms: 135, network: { protocol: 'http' }, timing: { dns_ms: 4, connect_ms: 10, tls_ms: 20, send_ms: 0, wait_ms: 100, receive_ms: 1 } },
      ],
      merged: 6,
      skipped: { incomplete: 1 },
    },
  ],
})
