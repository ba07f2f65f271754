// Apache Traffic Server with a JSON format: keys are the field codes (crc, pssc, cquuc …) or common names for them. Stamped with the start.
import { atsTable, isAtsObject, repairStatus } from '../src/read/ats/fields.js'
import { defineParser } from '../src/read/define.js'
import { shareOf } from '../src/read/parser.js'

/** A line whose status was printed as `000` is no JSON until it is mended. */
function objectOf(line: string): Record<string, unknown> | undefined {
  const repaired = line.startsWith('{') ? repairStatus(line) : undefined
  if (repaired === undefined) return undefined
  try {
    return JSON.parse(repaired) as Record<string, unknown>
  } catch {
    return undefined
  }
}

export default defineParser({
  id: 'ats-json',
  title: 'Apache Traffic Server access log (JSON of field codes)',
  reference: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/logging/formatting.en.html',
  dataset: 'ats.access',
  types: ['http.request'],
  vantage: 'edge',
  limits: 'Keys are whatever the format says: field codes and common names are known. ERR_CONNECT_FAIL is the same for refused, timed out and untrusted origins: one that took a second or more is read as a time-out. A host name that is only in a remapped URL is the origin\'s and left out.',
  detect: head => shareOf(head, (line, index) => {
    const object = head.json(index) ?? objectOf(line)
    return object !== undefined && isAtsObject(object)
  }),
  table: atsTable(),
  samples: [
    {
      lines: [
        '{"ts":1767604447.371,"ttms":7,"chi":"192.0.2.10","chp":53463,"method":"GET","url":"https://www.example.com/a?x=1","host":"www.example.com","ver":"HTTP/1.1","pssc":200,"psql":2369,"crc":"TCP_MISS","phr":"DIRECT","shi":"198.51.100.10","sssc":"200","stms":"6","tls":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","ua":"ExampleAgent/1.0 (test)"}',
        '{"ts":1767604448.000,"ttms":26420,"chi":"192.0.2.10","chp":36067,"method":"POST","url":"https://www.example.com/b","host":"www.example.com","ver":"HTTP/1.1","pssc":000,"psql":0,"crc":"ERR_CLIENT_ABORT","phr":"EMPTY","shi":"198.51.100.10","sssc":"000","stms":"-1","tls":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384","ua":"ExampleAgent/1.0 (test)"}',
        '{"ts":1767604449.000,"ttms":0,"chi":"192.0.2.10","chp":36068,"method":"GET","url":"https://www.example.com/c","host":"www.example.com","ver":"HTTP/1.1","pssc":200,"psql":99,"crc":"TCP_MEM_HIT","phr":"NONE","shi":"0","sssc":"000","stms":"-1","tls":"-","cipher":"-","ua":"-"}',
        '{"ts":1767604450.000,"ttms":3277,"chi":"192.0.2.10","pssc":504,"crc":"TCP_REFRESH_MISS","phr":"TIMEOUT_DIRECT","shi":"198.51.100.10","sssc":"000"}',
        '{"ts":1767604451.000,"ttms":0,"chi":"192.0.',
      ],
      events: [
        {
          type: 'http.request', ts_ms: 1767604447371, ts_end_ms: 1767604447378, ts_basis: 'start', ts_res_ms: 1, duration_ms: 7, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 53463 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a', query: 'x=1' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 2369 } },
          tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_256_GCM_SHA384', established: true },
          cdn: { cache: { status: 'miss', raw: 'TCP_MISS' }, origin: { ip: '198.51.100.10', status_code: 200, duration_ms: 6 } }, user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1767604448000, ts_end_ms: 1767604474420, ts_basis: 'start', ts_res_ms: 1, duration_ms: 26420, outcome: 'failure', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 36067 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/b' },
          http: { version: '1.1', request: { method: 'POST' }, response: { bytes: 0 } }, tls: { version: '1.3', version_protocol: 'tls', cipher: 'TLS_AES_256_GCM_SHA384', established: true },
          cdn: { cache: { status: 'error', raw: 'ERR_CLIENT_ABORT' }, origin: { ip: '198.51.100.10' } }, error: { type: 'client_abort', code: 'ERR_CLIENT_ABORT' },
          user_agent: { original: 'ExampleAgent/1.0 (test)' },
        },
        {
          type: 'http.request', ts_ms: 1767604449000, ts_end_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1, duration_ms: 0, outcome: 'success', hostname: 'www.example.com',
          client: { ip: '192.0.2.10', port: 36068 }, network: { transport: 'tcp', type: 'ipv4', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/c' },
          http: { version: '1.1', request: { method: 'GET' }, response: { status_code: 200, bytes: 99 } }, cdn: { cache: { status: 'hit', raw: 'TCP_MEM_HIT' } },
        },
        {
          type: 'http.request', ts_ms: 1767604450000, ts_end_ms: 1767604453277, ts_basis: 'start', ts_res_ms: 1, duration_ms: 3277, outcome: 'failure',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4', protocol: 'http' }, http: { response: { status_code: 504 } },
          cdn: { cache: { status: 'expired', raw: 'TCP_REFRESH_MISS' }, origin: { ip: '198.51.100.10' } }, error: { type: 'http_response_timeout', code: 'TIMEOUT_DIRECT' },
        },
      ],
      skipped: { 'invalid-json': 1 },
    },
    {
      note: 'field codes only, remapped URL',
      lines: '{"cqts":1767604447,"ttms":12,"chi":"2001:db8::10","cqhm":"GET","cquc":"http://198.51.100.10/a","cquuh":"www.example.com","cqpv":"HTTP/2","pssc":200,"psql":300,"crc":"TCP_REFRESH_HIT","phr":"DIRECT","shn":"198.51.100.10","sssc":"304","cqssl":"1","cssn":"www.example.com","cfsc":"FIN","pfsc":"FIN","cruuid":"0000-1"}',
      events: [{
        type: 'http.request', ts_ms: 1767604447000, ts_end_ms: 1767604447012, ts_basis: 'start', ts_res_ms: 1000, duration_ms: 12, outcome: 'success', hostname: 'www.example.com',
        client: { ip: '2001:db8::10' }, network: { type: 'ipv6', protocol: 'http' }, url: { scheme: 'https', domain: 'www.example.com', path: '/a' },
        http: { version: '2', request: { method: 'GET', id: '0000-1' }, response: { status_code: 200, bytes: 300 } }, tls: { client: { server_name: 'www.example.com' } },
        cdn: { cache: { status: 'revalidated', raw: 'TCP_REFRESH_HIT' }, origin: { ip: '198.51.100.10', status_code: 304 } },
      }],
    },
  ],
})
