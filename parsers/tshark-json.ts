// tshark -T json: one array, printed over many lines, an element a frame; keys may repeat. jq's one-line elements are read too.
import { defineParser } from '../src/read/define.js'
import { HELD, MERGED, skip, type Draft, type Head, type LineResult, type Outer, type ParserContext, type Released, type Skip } from '../src/read/parser.js'
import { Elements } from '../src/read/tshark/elements.js'
import { Frames } from '../src/read/tshark/frames.js'
import { collectValues, JSON_KEYS, ValuesFrame, type Values } from '../src/read/tshark/json-values.js'
import { joined, settleHeld } from '../src/read/wire/held-line.js'

/** How a frame begins, as tshark prints it or as jq does; inside an element it means that the one before was cut off. */
const FRAME_START = /^(?: {2}\{\s*$|\[?\{\s*"_index")/

class JsonReader {
  private readonly frames: Frames
  private readonly elements = new Elements()

  constructor(context: ParserContext) { this.frames = new Frames(context) }

  line(text: string, number: number, outer?: Outer): LineResult {
    const { elements } = this
    const lost: Released[] = []
    if (elements.startLine !== 0 && FRAME_START.test(text)) {
      lost.push({ ...skip('incomplete'), line: elements.startLine })
      elements.reset()
    }
    const { done, opened, inside } = elements.line(text, number)
    const results = done.map(element => ({ line: element.line, result: this.element(element.text, element.line, outer) as LineResult }))
    const drafts: Draft[] = []
    const released: Released[] = lost
    let own: LineResult | undefined
    for (const { line, result } of results) {
      if (line === number) own = own === undefined ? result : joined(own, result)
      else settleHeld(line, result, drafts, released)
    }
    if (opened) own = own === undefined ? HELD : joined(own, HELD)
    own ??= inside ? MERGED : text.trim() === '' ? skip('blank') : /^[\s[\],]*$/.test(text) ? skip('not-an-event') : skip('not-this-format')
    return drafts.length + released.length === 0 ? own : joined({ drafts, released, self: MERGED }, own)
  }

  end(): (Draft | (Skip & { line: number }))[] {
    const { startLine } = this.elements
    return [...this.frames.drain(), ...(startLine === 0 ? [] : [{ ...skip('incomplete', 'the file ends inside a frame'), line: startLine }])]
  }

  private element(text: string | undefined, line: number, outer: Outer | undefined): LineResult {
    if (text === undefined) return skip('malformed', 'a frame of more than 1 MiB')
    const values: Values = new Map()
    if (!collectValues(text, JSON_KEYS, values)) return skip('invalid-json')
    return text.includes('"layers"') ? this.frames.take(new ValuesFrame(values), line, outer) : skip('not-this-format')
  }
}

function detect(head: Head): number {
  const first = head.lines.find(line => line.trim() !== '' && line.trim() !== '[')
  if (first === undefined) return 0
  if (/^\[?\s*\{\s*"_index"\s*:\s*"packets-/.test(first)) return 1
  if (first.trim() !== '{') return 0
  return head.lines.slice(0, 6).some(line => /^\s*"_index": "packets-/.test(line)) ? 1 : 0
}

const frame = (layers: string): string[] => ['  {', '    "_index": "packets-2026-01-05",', '    "_score": null,', '    "_source": {', '      "layers": {', ...layers.split('\n'), '      }', '    }', '  }']

export default defineParser({
  id: 'tshark-json',
  title: 'tshark -T json',
  reference: 'https://www.wireshark.org/docs/man-pages/tshark.html',
  dataset: 'tshark.json',
  types: ['dns.query', 'dns.response', 'tls.handshake', 'http.request'],
  vantage: 'wire',
  limits: 'Of records other than A, AAAA, CNAME, NS, PTR, MX and SRV the data is not read. A frame of more than 1 MiB is refused. Under TLS 1.3 certificates are encrypted.',
  detect,
  open: context => new JsonReader(context),
  samples: [
    {
      lines: [
        '[',
        ...frame('        "frame": {\n          "frame.time_epoch": "1767604447.371204000"\n        },\n        "ip": {\n          "ip.src": "192.0.2.10",\n          "ip.dst": "203.0.113.7"\n        },\n        "tcp": {\n          "tcp.srcport": "51544",\n          "tcp.dstport": "443",\n          "tcp.stream": "0"\n        },\n        "tls": {\n          "tls.record": {\n            "tls.handshake": {\n              "tls.handshake.type": "1",\n              "Extension: server_name (len=20)": {\n                "tls.handshake.extensions_server_name": "www.example.com"\n              },\n              "tls.handshake.extensions_alpn_str": "h2",\n              "tls.handshake.extensions_alpn_str": "http/1.1"\n            }\n          }\n        }'),
        '  ,',
        ...frame('        "frame.time_epoch": [\n          "1767604447.381204000"\n        ],\n        "ip.src": ["203.0.113.7"],\n        "ip.dst": ["192.0.2.10"],\n        "tcp.srcport": ["443"],\n        "tcp.dstport": ["51544"],\n        "tcp.stream": ["0"],\n        "tls.handshake.type": ["2"],\n        "tls.handshake.ciphersuite": ["0x1301"],\n        "tls.handshake.extensions.supported_version": ["0x0304"]'),
        '  ,',
        ...frame('        "tcp": {\n          "tcp.srcport": "80"\n        }'),
        ']',
      ],
      events: [{
        type: 'tls.handshake', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 51544 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
        tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_128_GCM_SHA256', client: { server_name: 'www.example.com', alpn: ['h2', 'http/1.1'] } },
      }],
      merged: 60,
      skipped: { 'not-an-event': 5 },
      note: 'whole layers with repeated keys, then the fields of -e: a handshake over two frames',
    },
    {
      lines: [
        '{"_index":"packets-2026-01-05","_source":{"layers":{"frame.time_epoch":["1767604447.371204000"],"ip.src":["192.0.2.10"],"ip.dst":["198.51.100.53"],"udp.srcport":["59465"],"udp.dstport":["53"],"dns.id":["0x8295"],"dns.flags.response":["0"],"dns.qry.name":["www.example.com"],"dns.qry.type":["28"]}}}',
        '{"_index":"packets-2026-01-05","_source":{"layers":{"frame.time_epoch":["17676044',
      ],
      events: [{
        type: 'dns.query', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 59465 }, server: { ip: '198.51.100.53', port: 53 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: { type: 'query', id: '33429', question: { name: 'www.example.com', type: 'AAAA' } },
      }],
      skipped: { incomplete: 1 },
      note: 'an element a line, as jq -c gives',
    },
  ],
})
