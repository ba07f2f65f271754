/** System errors as servers print them. The number differs by system (110 on Linux, 60 on BSD, 10060 on Windows), so the words decide. */
import type { ErrorType } from '../../schema/error-types.js'

/** What a system error says of an attempt to connect. */
export function connectError(text: string): ErrorType | undefined {
  const low = text.toLowerCase()
  if (/timed out|timeout (?:specified )?has expired|did not properly respond|time-?out/.test(low)) return 'connection_timeout'
  if (/refused/.test(low)) return 'connection_refused'
  if (/no route to host|unreachable|host is down|cannot assign requested address|permission denied/.test(low)) return 'destination_ip_unroutable'
  if (/reset|aborted|broken pipe|not connected|end of file/.test(low)) return 'connection_terminated'
  if (/no such file or directory|resource temporarily unavailable/.test(low)) return 'destination_unavailable' // a unix socket that is not there, or whose queue is full
  return undefined
}

/** What a system error says of reading an answer: nothing came in time, or the other side went away. */
export function readError(text: string, timeout: ErrorType): ErrorType | undefined {
  const low = text.toLowerCase()
  if (/timed out|timeout (?:specified )?has expired|time-?out/.test(low)) return timeout
  if (/reset|aborted|broken pipe|not connected|end of file|forcibly closed/.test(low)) return 'connection_terminated'
  return undefined
}
