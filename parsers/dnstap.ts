// dnstap in its own binary form (Frame Streams of protobuf); a frame reaches the parser as a line `dnstap:` with its bytes in base64.
import { defineParser } from '../src/read/define.js'
import { readTapFrame } from '../src/read/dns/dnstap-protobuf.js'
import { TapPairs } from '../src/read/dns/dnstap.js'
import { shareOf, skip, type LineReader, type LineResult } from '../src/read/parser.js'

const MARK = 'dnstap:'
const MAX_BASE64 = 300_000

class TapReader implements LineReader {
  private readonly pairs = new TapPairs(true)

  line(text: string, number: number): LineResult {
    if (text.trim() === '') return skip('blank')
    if (!text.startsWith(MARK)) return skip('not-this-format', 'no frame')
    if (text === `${MARK}!cut`) return skip('incomplete', 'the file ends within a frame')
    if (text.startsWith(`${MARK}!too-long`) || text.length > MAX_BASE64) return skip('too-long', 'frame')
    const message = readTapFrame(Buffer.from(text.slice(MARK.length), 'base64'))
    if (typeof message === 'string') return skip(message === 'no protobuf' ? 'malformed' : 'unsupported-record', message)
    const { drafts, self } = this.pairs.put(message, number)
    return drafts.length === 0 ? self : { drafts, self }
  }

  end() { return this.pairs.end() }
}

export default defineParser({
  id: 'dnstap',
  title: 'dnstap (binary Frame Streams)',
  reference: 'https://dnstap.info/',
  dataset: 'dnstap.message',
  types: ['dns.query', 'dns.response'],
  vantage: 'resolver',
  limits: 'A line number is the number of the frame. Frames are not in time order; a query and a response more than 30 s apart are two events. Exchanges of a resolver with other servers carry labels.leg "origin".',
  detect: head => shareOf(head, line => line.startsWith(MARK)),
  open: () => new TapReader(),
  samples: [{
    note: 'frames as the input stage hands them over',
    lines: [
      'dnstap:CgNuczFyRggFEAEYASIEwAACCioExjNkNTDC8QI4NUDfge7KBk2mVEcqUiFbYAEAAAEAAAAAAAADd3d3B2V4YW1wbGUDY29tAAABAAF4AQ==',
      'dnstap:CgNuczFydwgGEAEYASIEwAACCioExjNkNTDC8QI4NWDfge7KBm1mG3UqclJbYIGAAAEAAgAAAAADd3d3B2V4YW1wbGUDY29tAAABAAHADAAFAAEAAAAeABUDd2ViA2NkbgdleGFtcGxlA25ldADALQABAAEAAAAUAATLAHFQeAE=',
      'dnstap:cmAIBBACGAIiEAAAAAAAAAAAAAAAAAAAAAAqECABDbgAAAAAAAAAAAAAAFM4NUDfge7KBk0AAAAAYN+B7soGbYCEHgByHAAHhAMAAQAAAAAAAAJueAdleGFtcGxlAAAcAAF4AQ==',
      'dnstap:AAAA',
      'dnstap:!cut',
    ],
    events: [
      {
        type: 'dns.response', line: 1, ts_ms: 1767604447709.317, ts_end_ms: 1767604447712.317, ts_sub_ns: 798, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 3, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '192.0.2.10', port: 47298, bytes: 33 }, server: { ip: '198.51.100.53', port: 53, bytes: 82 }, network: { transport: 'udp', type: 'ipv4', protocol: 'dns' },
        dns: {
          type: 'answer', id: '23392', op_code: 'QUERY', header_flags: ['RD', 'RA'], question: { name: 'www.example.com', type: 'A', class: 'IN' }, response_code: 'NOERROR', resolved_ip: ['203.0.113.80'], min_ttl_s: 20,
          answers: [{ name: 'www.example.com', type: 'CNAME', class: 'IN', ttl: 30, data: 'web.cdn.example.net' }, { name: 'web.cdn.example.net', type: 'A', class: 'IN', ttl: 20, data: '203.0.113.80' }],
        },
      },
      {
        type: 'dns.response', line: 3, ts_ms: 1767604447000, ts_end_ms: 1767604447002, ts_basis: 'start', ts_res_ms: 0.001, duration_ms: 2, outcome: 'failure', hostname: 'nx.example',
        server: { ip: '2001:db8::53', port: 53, bytes: 28 }, network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' }, labels: { leg: 'origin' },
        dns: { type: 'answer', id: '7', op_code: 'QUERY', header_flags: ['AA'], question: { name: 'nx.example', type: 'AAAA', class: 'IN' }, response_code: 'NXDOMAIN' },
      },
    ],
    merged: 1,
    skipped: { malformed: 1, incomplete: 1 },
  }],
})
