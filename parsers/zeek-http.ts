// Zeek http.log: one line a clear-text HTTP request and its reply seen on the wire; TSV and JSON.
import { canonicalIp } from '../src/address.js'
import { defineParser } from '../src/read/define.js'
import { host, httpVersion, int, list, status, text, uri } from '../src/read/field.js'
import { zeekLog } from '../src/read/layouts/zeek.js'
import { shareOfJson, skip, type Draft, type Skip } from '../src/read/parser.js'
import type { Row } from '../src/read/table.js'
import { detectZeek, settleTick, vectorOf, zeekConnection } from '../src/read/zeek/connection.js'

/** `X-FORWARDED-FOR -> 192.0.2.1, 198.51.100.2`: the first address is whom the proxy says it speaks for. */
function forwardedOf(row: Row): string | undefined {
  for (const item of vectorOf(row.get('proxied'))) {
    const arrow = item?.startsWith('X-FORWARDED-FOR -> ') ? item.slice(19) : undefined
    const address = arrow === undefined ? undefined : canonicalIp(arrow.split(',')[0]!.trim())
    if (address !== undefined) return address
  }
  return undefined
}

/** sip.log has all the columns that tell http.log from the others. */
const isSip = (object: Record<string, unknown>): boolean => 'call_id' in object || 'request_from' in object

function finish(draft: Draft, row: Row): void | Skip {
  settleTick(draft, row)
  const http = (draft.http ??= {})
  const hasReply = http.response?.status_code !== undefined
  if (!hasReply && http.request?.method === undefined && draft.url?.domain === undefined && draft.url?.path === undefined) return skip('not-an-event')
  // the body lengths are counters that begin at 0: nothing is known of a reply that was not seen
  const mime = vectorOf(row.get('resp_mime_types'))[0]
  if (!hasReply && http.response?.body?.bytes === 0) http.response = undefined
  else if (mime !== undefined) (http.response ??= {}).mime_type = mime
  if (http.request?.method === undefined && http.request?.body?.bytes === 0) http.request.body = undefined
  const forwarded = forwardedOf(row)
  if (forwarded !== undefined) (draft.network ??= {}).forwarded_ip = forwarded
  const url = (draft.url ??= {})
  if (http.request?.method !== 'CONNECT') url.scheme ??= 'http'
  else url.path = url.original = undefined // the target of CONNECT is the host and port
}

const FIELDS = 'ts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\torigin\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\tinfo_code\tinfo_msg\ttags\tusername\tpassword\tproxied\tresp_mime_types'

export default defineParser({
  id: 'zeek-http',
  title: 'Zeek http.log (TSV or JSON)',
  reference: 'https://docs.zeek.org/en/master/logs/http.html',
  dataset: 'zeek.http',
  types: ['http.request'],
  vantage: 'wire',
  limits: 'Clear-text HTTP only, and no durations: when the reply came is not logged. Times are those of the request.',
  detect: head => shareOfJson(head, isSip) > 0.5 ? 0 : detectZeek(head, 'http', ['trans_depth', 'request_body_len']),
  table: {
    layout: zeekLog(isSip),
    constant: { type: 'http.request', network: { transport: 'tcp' } },
    also: ['ts', 'proxied', 'resp_mime_types'],
    fields: {
      ...zeekConnection,
      method: text('http.request.method'),
      uri: uri(),
      host: host('url.domain'), // after the target: the Host header is what the client meant, also through a proxy
      referrer: text('http.request.referrer'),
      version: httpVersion(),
      user_agent: text('user_agent.original'),
      request_body_len: int('http.request.body.bytes'),
      response_body_len: int('http.response.body.bytes'),
      status_code: status('http.response.status_code'),
      tags: list('tags'),
    },
    reads: ['http', 'url'],
    finish,
  },
  samples: [
    {
      lines: [
        '#separator \\x09',
        '#path\thttp',
        `#fields\t${FIELDS}`,
        '1767604447.371204\tChA1\t192.0.2.10\t48649\t203.0.113.7\t8080\t1\tGET\tWww.Example.com:8080\t/a/b?q=1\thttp://example.com/\t1.1\tcurl/8.5.0\t-\t0\t9130\t200\tOK\t-\t-\t(empty)\t-\t-\tX-FORWARDED-FOR -> 198.51.100.9\ttext/html',
        '1767604448.000000\tChA2\t2001:db8::10\t50343\t2001:db8::7\t80\t1\tCONNECT\tsecure.example.com:443\tsecure.example.com:443\t-\t1.0\t-\t-\t0\t0\t-\t-\t-\t-\t(empty)\t-\t-\t-\t-',
        '1767604449.000000\tChA3\t192.0.2.10\t1035\t203.0.113.7\t80\t2\t-\t-\t-\t-\t-\t-\t-\t0\t0\t-\t-\t-\t-\t(empty)\t-\t-\t-\t-',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371.204, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 48649 }, server: { ip: '203.0.113.7', port: 8080 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'http', connection_id: 'ChA1', forwarded_ip: '198.51.100.9' },
          url: { scheme: 'http', domain: 'www.example.com', port: 8080, path: '/a/b', query: 'q=1' },
          http: { version: '1.1', request: { method: 'GET', referrer: 'http://example.com/', body: { bytes: 0 } }, response: { status_code: 200, body: { bytes: 9130 }, mime_type: 'text/html' } },
          user_agent: { original: 'curl/8.5.0' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 0.001, hostname: 'secure.example.com',
          client: { ip: '2001:db8::10', port: 50343 }, server: { ip: '2001:db8::7', port: 80 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'http', connection_id: 'ChA2' },
          url: { domain: 'secure.example.com', port: 443 },
          http: { version: '1.0', request: { method: 'CONNECT', body: { bytes: 0 } } },
        },
      ],
      skipped: { header: 3, 'not-an-event': 1 },
    },
    {
      note: 'JSON; a record of sip.log and a line of another program stand in the same stream',
      lines: [
        '{"ts":1767604447.5,"uid":"ChB1","id.orig_h":"192.0.2.11","id.orig_p":40001,"id.resp_h":"203.0.113.7","id.resp_p":80,"trans_depth":1,"method":"POST","host":"api.example.com","uri":"/v1/items","version":"1.1","request_body_len":12,"response_body_len":0,"status_code":503,"status_msg":"Service Unavailable","tags":[],"resp_mime_types":["text/plain"]}',
        '{"ts":1767604448.5,"uid":"ChB2","id.orig_h":"192.0.2.11","id.orig_p":5060,"id.resp_h":"203.0.113.7","id.resp_p":5060,"trans_depth":0,"method":"REGISTER","uri":"sip:example.com","request_from":"<sip:a@example.com>","call_id":"c1@192.0.2.11","seq":"1 REGISTER","status_code":401,"request_body_len":0,"response_body_len":0}',
        '{"ts":1767604449.5,"level":"info","msg":"flushed"}',
      ],
      events: [{
        type: 'http.request', ts_ms: 1767604447500, ts_basis: 'start', ts_res_ms: 0.001, outcome: 'failure', hostname: 'api.example.com',
        client: { ip: '192.0.2.11', port: 40001 }, server: { ip: '203.0.113.7', port: 80 },
        network: { transport: 'tcp', type: 'ipv4', protocol: 'http', connection_id: 'ChB1' },
        url: { scheme: 'http', domain: 'api.example.com', path: '/v1/items' },
        http: { version: '1.1', request: { method: 'POST', body: { bytes: 12 } }, response: { status_code: 503, body: { bytes: 0 }, mime_type: 'text/plain' } },
      }],
      skipped: { 'not-an-event': 2 },
    },
  ],
})
