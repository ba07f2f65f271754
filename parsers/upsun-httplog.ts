// Upsun (Platform.sh) HTTP log forwarding: a JSON record of the journal whose message is an nginx line behind `app.0 nginx: `.
import { defineParser } from '../src/read/define.js'
import { readObject } from '../src/read/layouts/json.js'
import { openNginxAccess } from '../src/read/nginx/access-table.js'
import { shareOfJson, skip, type LineReader, type Outer, type ParserContext } from '../src/read/parser.js'

type Bag = Record<string, unknown>

const MESSAGE = /^([\w.-]{1,80}) ([\w.-]{1,40}): (?=\S)/

const bag = (value: unknown): Bag => typeof value === 'object' && value !== null ? value as Bag : {}

function open(context: ParserContext): LineReader {
  const inner = openNginxAccess({ ...context, head: { ...context.head, lines: [] } })
  return {
    line(text, number, outer) {
      const read = readObject(text)
      if ('skip' in read) return read
      const message = typeof read.object.message === 'string' ? read.object.message : ''
      const head = MESSAGE.exec(message)
      if (head?.[2] !== 'nginx') return skip('not-an-event')
      const { timestamp } = read.object
      const around: Outer = typeof timestamp === 'number' ? { ...outer, ms: timestamp * 1000, res_ms: 1000 } : outer ?? {}
      const result = inner.line(message.slice(head[0].length), number, around)
      if (typeof result !== 'object' || 'skip' in result || 'drafts' in result) return result
      const container = bag(read.object.container)
      const region = typeof container.region === 'string' ? container.region : undefined
      return { ...result, labels: { app: head[1]!, ...(typeof container.project === 'string' ? { project: container.project } : {}) }, ...(region === undefined ? {} : { cdn: { ...result.cdn, region } }) }
    },
  }
}

export default defineParser({
  id: 'upsun-httplog',
  title: 'Upsun (Platform.sh) HTTP log forwarding',
  reference: 'https://docs.upsun.com/increase-observability/logs/forward-logs.html',
  dataset: 'upsun.access',
  vantage: 'edge',
  types: ['http.request'],
  limits: 'The line is nginx\'s combined: no host, no duration and no cache state.',
  detect: head => shareOfJson(head, object => typeof object.message === 'string' && 'container' in object && 'component' in object && MESSAGE.test(object.message)),
  open,
  samples: [{
    lines: [
      '{"timestamp_ns":1767604447340876000,"timestamp":1767604447,"host":{"id":[]},"container":{"name":"abc","service":"frontend","environment":"main","project":"0example","region":"eu-5.example"},"component":{"id":[{"type":"command","name":"nginx"}]},"type":"log.journald","level":"INFO","message":"frontend.0 nginx: 192.0.2.10 - - [05/Jan/2026:09:14:07 +0000] \\"GET /a?x=1 HTTP/1.1\\" 502 1535 \\"-\\" \\"ExampleAgent/1.0\\""}',
      '{"timestamp":1767604447,"container":{"name":"abc"},"component":{"id":[]},"message":"frontend.0 app: started"}',
      '{"timestamp":1767604447,"container":',
    ],
    events: [{
      type: 'http.request', ts_ms: 1767604447000, ts_basis: 'end', ts_res_ms: 1000, outcome: 'failure', client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, url: { path: '/a', query: 'x=1' },
      http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 502, body: { bytes: 1535 } } }, cdn: { region: 'eu-5.example' }, user_agent: { original: 'ExampleAgent/1.0' },
      labels: { app: 'frontend.0', project: '0example' },
    }],
    skipped: { 'not-an-event': 1, 'invalid-json': 1 },
  }],
})
