/** Apache's predefined access formats, read without a format string: common, combined, vhost_combined, combinedio, combined with `%D`, and ssl_request_log. */
import { clfVerdict } from '../access/clf-signs.js'
import { host, int, ip, port, requestLine, status, text, time } from '../field.js'
import { combined, openCombined } from '../nginx/layouts.js'
import type { Draft, LineReader, ParserContext } from '../parser.js'
import { openTable, type Row, type Table } from '../table.js'
import { APACHE_READS, finishApache } from './finish.js'
import { apacheTable } from './format.js'

const absent = { absent: ['-'] }

/** Cells have the names of nginx's variables, since the layout is shared. */
const CLF: Table = {
  layout: combined(),
  constant: { type: 'http.request' },
  fields: {
    remote_addr: ip('client.ip', absent),
    remote_port: port('client.port', absent),
    time_local: time('common_log', 'start'),
    request: requestLine(absent),
    status: status('http.response.status_code', absent),
    body_bytes_sent: int('http.response.body.bytes', absent),
    http_host: host('url.domain', absent),
    http_referer: text('http.request.referrer', absent),
    http_user_agent: text('user_agent.original', absent),
  },
  also: ['http_x_forwarded_for', '@bare0', '@bare1'],
  reads: APACHE_READS,
  finish,
}

function putNumbers(draft: Draft, row: Row, context: ParserContext): void {
  const kind = clfVerdict(context.head)?.numbers
  const first = Number(row.text('@bare0'))
  const second = Number(row.text('@bare1'))
  if (kind === 'us' && first >= 0) draft.duration_ms = Math.round(first) / 1000
  const http = (draft.http ??= {})
  if (kind === 'io' && first >= 0) (http.request ??= {}).bytes = first
  const total = kind === 'io' ? second : kind === 'bytes' ? first : NaN
  if (total >= 0) (http.response ??= {}).bytes = total
}

function finish(draft: Draft, row: Row, context: ParserContext): void {
  const response = draft.http?.response
  // vhost_combined logs `%O`, with headers, where the others log `%b`
  if (row.text('http_host')?.includes(':') && response?.body?.bytes !== undefined) {
    response.bytes = response.body.bytes
    delete response.body
  }
  putNumbers(draft, row, context)
  const list = row.text('http_x_forwarded_for')
  finishApache(draft, { get: () => undefined, text: name => name === 'x-forwarded-for}i' ? list : undefined })
}

const SSL_REQUEST = apacheTable('%t %h %{SSL_PROTOCOL}x %{SSL_CIPHER}x "%r" %b')

const SSL_LINE = /^\[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] \S+ (?:TLSv|SSLv|-)\S* \S+ "/

/** True for a line of `ssl_request_log`, which begins with its time. */
export const isSslRequest = (line: string): boolean => line.charCodeAt(0) === 91 && SSL_LINE.test(line)

/** Opens the reader of the predefined formats. */
export function openApacheAccess(context: ParserContext): LineReader {
  const clf = openCombined(CLF, context)
  const ssl = openTable(SSL_REQUEST, context)
  return { line: (line, number, outer) => (isSslRequest(line) ? ssl : clf).line(line, number, outer) }
}
