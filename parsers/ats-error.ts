// Apache Traffic Server's error.log (failed attempts to reach an origin) and the warnings and errors of diags.log.
import { isDiagsLine, isErrorLine, readAtsMessage } from '../src/read/ats/messages.js'
import { defineParser } from '../src/read/define.js'
import { shareOf } from '../src/read/parser.js'

export default defineParser({
  id: 'ats-error',
  title: 'Apache Traffic Server error.log and diags.log',
  reference: 'https://docs.trafficserver.apache.org/en/latest/admin-guide/logging/understanding.en.html',
  dataset: 'ats.error',
  types: ['log.line'],
  vantage: 'edge',
  limits: 'Times carry no zone (diags.log no year either), and no client is named. A handshake with the origin that times out reads as a connection that timed out; one request leaves a line per attempt.',
  detect: head => shareOf(head, line => isErrorLine(line) || isDiagsLine(line)),
  open: context => ({ line: (text, _number, outer) => readAtsMessage(text, context, outer) }),
  samples: [
    {
      note: 'error.log',
      lines: [
        '20260105.09h14m07s CONNECT: attempt fail [CONNECTION_ERROR] to 198.51.100.10:443 for host=\'www.example.com\' connection_result=Connection timed out [110] error=Success [0] attempts=0 url=\'https://198.51.100.10/a?x=1\'',
        '20260105.09h14m08s CONNECT : Connection refused [111] connecting to 198.51.100.10:80 for host=\'www.example.com\' url=\'http://198.51.100.10/b\' fail_count=\'2\' marking down',
        '20260105.09h14m09s CONNECT: attempt fail [INACTIVE_TIMEOUT] to [2001:db8::10]:80 for host=\'api.example.com\' sm_id=7 connection_result=Success [0] error=Success [0] retry_attempts=1 url=\'<none>\'',
        '20260105.09h14m10s DNS Error: looking up http://origin.example.net/c',
        '20260105.09h14m11s RESPONSE: sent 192.0.2.10 status 502 (Could Not Connect) for \'http://www.example.com/d\'',
        '20260105.09h14m',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604447000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com',
          message: 'CONNECT: attempt fail [CONNECTION_ERROR] to 198.51.100.10:443 for host=\'www.example.com\' connection_result=Connection timed out [110] error=Success [0] attempts=0 url=\'https://198.51.100.10/a?x=1\'',
          url: { domain: 'www.example.com', path: '/a', query: 'x=1' }, cdn: { origin: { ip: '198.51.100.10', port: 443 } }, error: { type: 'connection_timeout', code: 'CONNECTION_ERROR' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604448000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'www.example.com',
          message: 'CONNECT : Connection refused [111] connecting to 198.51.100.10:80 for host=\'www.example.com\' url=\'http://198.51.100.10/b\' fail_count=\'2\' marking down',
          url: { domain: 'www.example.com', path: '/b' }, cdn: { origin: { ip: '198.51.100.10', port: 80 } }, error: { type: 'connection_refused', code: '111' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604449000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', hostname: 'api.example.com',
          message: 'CONNECT: attempt fail [INACTIVE_TIMEOUT] to [2001:db8::10]:80 for host=\'api.example.com\' sm_id=7 connection_result=Success [0] error=Success [0] retry_attempts=1 url=\'<none>\'',
          url: { domain: 'api.example.com' }, cdn: { origin: { ip: '2001:db8::10', port: 80 } }, error: { type: 'http_response_timeout', code: 'INACTIVE_TIMEOUT' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604450000, ts_basis: 'point', ts_res_ms: 1000, outcome: 'failure', message: 'DNS Error: looking up http://origin.example.net/c',
          url: { path: '/c' }, cdn: { origin: { name: 'origin.example.net' } }, error: { type: 'dns_error', code: 'DNS Error' }, log: { level: 'error' },
        },
        {
          type: 'log.line', ts_ms: 1767604451000, ts_basis: 'point', ts_res_ms: 1000, hostname: 'www.example.com', message: 'RESPONSE: sent 192.0.2.10 status 502 (Could Not Connect) for \'http://www.example.com/d\'',
          client: { ip: '192.0.2.10' }, network: { type: 'ipv4' }, url: { scheme: 'http', domain: 'www.example.com', path: '/d' }, http: { response: { status_code: 502 } }, log: { level: 'error' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      note: 'diags.log',
      lines: [
        '[Jan  5 09:14:07.371] [ET_NET 0] WARNING: Core server certificate verification failed for (origin.example.net). Action=Terminate Error=unable to get local issuer certificate server=origin.example.net(198.51.100.10) depth=0',
        '[Jan  5 09:14:08.000] [ET_NET 1] NOTE: <Main.cc:2200 (main)> traffic server running',
        '[Jan  5 09:14:09.000] {0x7f00} ERROR: <HttpSM.cc:1 (run)> words',
      ],
      events: [
        {
          type: 'log.line', ts_ms: 1767604447371, ts_basis: 'point', ts_res_ms: 1, outcome: 'failure',
          message: 'Core server certificate verification failed for (origin.example.net). Action=Terminate Error=unable to get local issuer certificate server=origin.example.net(198.51.100.10) depth=0',
          cdn: { origin: { ip: '198.51.100.10', name: 'origin.example.net' } }, labels: { leg: 'origin' },
          error: { type: 'tls_certificate_error', message: 'unable to get local issuer certificate' }, log: { level: 'warning' },
        },
        { type: 'log.line', ts_ms: 1767604449000, ts_basis: 'point', ts_res_ms: 1, message: 'words', log: { level: 'error' } },
      ],
      skipped: { 'not-an-event': 1 },
    },
  ],
})
