// HAProxy lines that are no session: failed connections (mostly TLS handshakes), health checks, and the default "Connect from" line.
import { defineParser } from '../src/read/define.js'
import { readMessage } from '../src/read/haproxy/messages.js'
import { isSkip, shareOf, type LineReader, type ParserContext } from '../src/read/parser.js'
import { Clock } from '../src/read/clock.js'

const open = (context: ParserContext): LineReader => ({ line: (text, _number, outer) => readMessage(text, context, outer) })

export default defineParser({
  id: 'haproxy-error',
  title: 'HAProxy connection errors and health messages',
  reference: 'https://docs.haproxy.org/3.2/configuration.html#8.2.5',
  dataset: 'haproxy.error',
  types: ['tls.handshake', 'net.connect', 'log.line'],
  group: 'haproxy',
  vantage: 'edge',
  limits: 'A failed handshake carries no SNI, version or alert unless HAProxy is told to log them (error-log-format); health messages carry no time of their own and take that of syslog.',
  detect(head) {
    const reader = open({ path: head.path, clock: new Clock({}), head })
    // a line such as "Proxy web started." could be anyone's where syslog does not name the program
    const named = head.program?.startsWith('haproxy') ?? false
    return shareOf(head, line => {
      const result = reader.line(line, 1)
      return typeof result === 'object' && (!isSkip(result) || (named && result.skip === 'not-an-event'))
    })
  },
  open,
  samples: [
    {
      lines: [
        '192.0.2.10:51544 [05/Jan/2026:09:14:07.371] fe_https/1: SSL handshake failure',
        '192.0.2.10:51545 [05/Jan/2026:09:14:08.000] fe_https/tls4: SSL handshake failure (error:0A000418:SSL routines::tlsv1 alert unknown ca)',
        '2001:db8::10:51546 [05/Jan/2026:09:14:09.000] fe_https/1: Timeout during SSL handshake',
        '192.0.2.10:51547 [05/Jan/2026:09:14:10.000] fe_https~ 1/1 34/000000000A00045C/0/0/0 www.example.com/TLSv1.3/TLS_AES_128_GCM_SHA256',
        '192.0.2.10:51548 [05/Jan/2026:09:14:11.000] fe/1: Received something which does not look like a PROXY protocol header',
        '192.0.2.10:51549 [05/Jan/2026:09:14:12.000] fe/1: words',
      ],
      events: [
        {
          type: 'tls.handshake', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '192.0.2.10', port: 51544 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' }, tls: { established: false }, error: { type: 'tls_protocol_error', message: 'SSL handshake failure' },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '192.0.2.10', port: 51545 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' }, tls: { established: false, alert: 'unknown_ca', alert_from: 'client' },
          error: { type: 'tls_alert_received', message: 'SSL handshake failure (error:0A000418:SSL routines::tlsv1 alert unknown ca)', code: '0A000418' },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604449000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '2001:db8::10', port: 51546 },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'tls' }, tls: { established: false }, error: { type: 'timeout', message: 'Timeout during SSL handshake' },
        },
        {
          type: 'tls.handshake', ts_ms: 1767604450000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', hostname: 'www.example.com', client: { ip: '192.0.2.10', port: 51547 },
          network: { transport: 'tcp', type: 'ipv4', protocol: 'tls' },
          tls: { version: '1.3', cipher: 'TLS_AES_128_GCM_SHA256', established: false, alert: 'certificate_required', alert_from: 'client', client: { server_name: 'www.example.com' } },
          error: { type: 'tls_alert_received', code: '0A00045C' },
        },
        {
          type: 'net.connect', ts_ms: 1767604451000, ts_basis: 'start', ts_res_ms: 1, outcome: 'failure', client: { ip: '192.0.2.10', port: 51548 },
          network: { transport: 'tcp', type: 'ipv4' }, error: { type: 'http_protocol_error', message: 'Received something which does not look like a PROXY protocol header' },
        },
      ],
      skipped: { 'not-this-format': 1 },
    },
    {
      lines: [
        'Server be_app/srv1 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 1 active and 0 backup servers left. 3 sessions active, 0 requeued, 0 remaining in queue.',
        '[WARNING]  (31) : Health check for server be_app/srv2 failed, reason: Layer7 wrong status, code: 503, info: "Service Unavailable", check duration: 4ms, status: 0/2 DOWN.',
        'backend be_app has no server available!',
        'Server be_app/srv1 is UP, reason: Layer4 check passed, check duration: 0ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.',
        'Connect from 192.0.2.10:40780 to 203.0.113.7:443 (fe_tls/TCP)',
        'Proxy fe_tls started.',
      ],
      events: [
        {
          type: 'log.line', outcome: 'failure', message: 'Server be_app/srv1 is DOWN, reason: Layer4 timeout, check duration: 2001ms. 1 active and 0 backup servers left. 3 sessions active, 0 requeued, 0 remaining in queue.',
          cdn: { origin: { name: 'be_app/srv1' } }, error: { type: 'connection_timeout' },
        },
        {
          type: 'log.line', outcome: 'failure', message: 'Health check for server be_app/srv2 failed, reason: Layer7 wrong status, code: 503, info: "Service Unavailable", check duration: 4ms, status: 0/2 DOWN.',
          cdn: { origin: { name: 'be_app/srv2', status_code: 503 } }, error: { type: 'http_protocol_error' }, log: { level: 'warning' },
        },
        { type: 'log.line', outcome: 'failure', message: 'backend be_app has no server available!', cdn: { origin: { name: 'be_app' } }, error: { type: 'destination_unavailable' } },
        {
          type: 'log.line', message: 'Server be_app/srv1 is UP, reason: Layer4 check passed, check duration: 0ms. 2 active and 0 backup servers online. 0 sessions requeued, 0 total in queue.',
          cdn: { origin: { name: 'be_app/srv1' } },
        },
        { type: 'net.connect', outcome: 'success', client: { ip: '192.0.2.10', port: 40780 }, server: { ip: '203.0.113.7', port: 443 }, network: { transport: 'tcp', type: 'ipv4' } },
      ],
      skipped: { 'not-an-event': 1 },
    },
  ],
})
