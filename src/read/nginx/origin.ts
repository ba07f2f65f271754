/** nginx's upstream variables: index-aligned lists over the attempts of one request, `a, b` within a pass and `a, b : c` over an internal redirect. */
import { canonicalIp, splitHostPort } from '../../address.js'
import type { ErrorType } from '../../schema/error-types.js'
import { groupMaker } from '../draft-shape.js'
import { toNumber } from '../field-kinds.js'
import type { Draft } from '../parser.js'
import type { Row } from '../table.js'
import { round3 } from '../time.js'

type Origin = NonNullable<NonNullable<Draft['cdn']>['origin']>
type Attempt = NonNullable<Origin['attempts']>[number]

const LONGEST_LIST = 64

/** The elements of an upstream list; `unix:/path` and `[v6]:port` hold colons of their own. */
export function splitUpstream(list: string): string[] {
  const items = list.includes(' : ') ? list.split(' : ').flatMap(pass => pass.split(', ')) : list.split(', ')
  return items.length > LONGEST_LIST ? items.slice(0, LONGEST_LIST) : items
}

/** The lists that tell of the attempts; a list that the format does not log is undefined. */
interface Lists { readonly addr: string | undefined, readonly status: string | undefined, readonly connect: string | undefined, readonly header: string | undefined, readonly response: string | undefined, readonly received: string | undefined }

/** What one element says: a number of seconds as ms, 'never' for a phase that was not reached, undefined where the list is not logged. */
type Phase = number | 'never' | undefined

function phaseOf(item: string | undefined): Phase {
  if (item === undefined) return undefined
  const seconds = item === '-' ? undefined : toNumber(item)
  return seconds === undefined || seconds < 0 ? 'never' : round3(seconds * 1000)
}

/** The server of an attempt; a name instead of an address is the upstream group, where no server could be chosen. */
function serverOf(text: string | undefined): Attempt {
  if (text === undefined || text === '-' || text === '') return {}
  const parts = text.startsWith('unix:') ? undefined : splitHostPort(text)
  if (!parts) return { name: text }
  const isAddress = canonicalIp(parts.host) !== undefined
  if (!parts.port) return isAddress ? { ip: parts.host } : { name: parts.host }
  return isAddress ? { ip: parts.host, port: parts.port } : { name: parts.host, port: parts.port }
}

function statusOf(text: string | undefined): number | undefined {
  const code = text === undefined ? undefined : toNumber(text)
  return code !== undefined && code >= 100 && code <= 999 && Number.isInteger(code) ? code : undefined
}

/** What became of one attempt. */
export interface Try { readonly server: Attempt, readonly status: number | undefined, readonly connect: Phase, readonly header: Phase, readonly response: Phase, readonly received: number | undefined }

function fillAttempt(attempt: Attempt, status: number | undefined, connect: Phase, header: Phase, response: Phase): void {
  if (status !== undefined) attempt.status_code = status
  if (typeof connect === 'number') attempt.connect_ms = connect
  // the header time counts from the start of the attempt, so the wait is what connecting leaves of it
  if (typeof header === 'number' && typeof connect === 'number' && header >= connect) attempt.wait_ms = round3(header - connect)
  if (typeof response === 'number') attempt.duration_ms = response
}

/** One attempt of several: its server's own object, filled. A spread copy that then grows would cost V8 a third of a microsecond a key. */
function attemptOf({ server, status, connect, header, response }: Try): Attempt {
  fillAttempt(server, status, connect, header, response)
  return server
}

const makeOrigin = groupMaker('cdn.origin') as () => Origin
const NOTHING: readonly Try[] = []

const tryOf = (addr: string | undefined, status: string | undefined, connect: string | undefined, header: string | undefined, response: string | undefined, received: string | undefined): Try => ({
  server: serverOf(addr), status: statusOf(status), connect: phaseOf(connect), header: phaseOf(header), response: phaseOf(response), received: received === undefined ? undefined : toNumber(received),
})

/** The attempts of the lists, index-aligned; mostly there is one. */
function triesOf(lists: Lists, longest: string): Try[] {
  const { addr, status, connect, header, response, received } = lists
  if (!longest.includes(', ') && !longest.includes(' : ')) return [tryOf(addr, status, connect, header, response, received)]
  const items = (text: string | undefined): string[] | undefined => text === undefined ? undefined : splitUpstream(text)
  const [addrs, statuses, connects, headers, responses, receiveds] = [items(addr), items(status), items(connect), items(header), items(response), items(received)]
  return splitUpstream(longest).map((_, i) => tryOf(addrs?.[i], statuses?.[i], connects?.[i], headers?.[i], responses?.[i], receiveds?.[i]))
}

/** Puts the attempts on the draft and gives them, in order; none where no upstream was contacted. */
export function putAttempts(draft: Draft, lists: Lists): readonly Try[] {
  const longest = lists.addr ?? lists.response ?? lists.status ?? lists.connect
  if (longest === undefined || longest === '-' || longest === '') return NOTHING
  const tries = triesOf(lists, longest)
  const last = tries.at(-1)!
  const origin: Origin = ((draft.cdn ??= {}).origin ??= makeOrigin())
  if (last.server.ip !== undefined) origin.ip = last.server.ip
  if (last.server.port !== undefined) origin.port = last.server.port
  if (last.server.name !== undefined) origin.name = last.server.name
  fillAttempt(origin, last.status, last.connect, last.header, undefined)
  let total: number | undefined
  for (const { response } of tries) if (typeof response === 'number') total = (total ?? 0) + response
  if (total !== undefined) origin.duration_ms = round3(total)
  if (typeof last.response === 'number' && typeof last.header === 'number' && last.response >= last.header) origin.receive_ms = round3(last.response - last.header)
  if (last.received !== undefined && last.received > 0 && Number.isSafeInteger(last.received)) origin.bytes = last.received
  if (tries.length > 1) {
    origin.attempts = tries.map(attemptOf)
  }
  return tries
}

/** nginx writes the group's name where none of its servers could be tried. */
const isGroup = (one: Try): boolean => one.server.name !== undefined && one.server.port === undefined && !one.server.name.startsWith('unix:') && typeof one.connect !== 'number'

/** Why an attempt failed, as far as the access log can tell: a 502 may be a refusal, a reset or a bad certificate, and only the error log knows. */
function causeOf({ status, connect, header, received }: Try): ErrorType | undefined {
  // a header that came means that the status is the server's own
  if (status !== 504 || typeof header === 'number') return undefined
  if (connect === 'never') return 'connection_timeout'
  return header === 'never' || received === 0 ? 'http_response_timeout' : undefined
}

/** Why the attempts of an http request came to nothing. Where the last of them found no server left, the one before it says why. */
export function failureOf(tries: readonly Try[]): ErrorType | undefined {
  const last = tries.at(-1)
  if (!last || last.status !== 502 || !isGroup(last)) return last && causeOf(last)
  const before = tries.findLast(one => !isGroup(one))
  return before ? causeOf(before) : 'destination_unavailable'
}

/** The upstream lists of an http line; `-` where a list is logged but empty, which says that the phase was never reached. */
export const httpLists = (row: Row): Lists => ({
  addr: row.text('upstream_addr'),
  status: row.text('upstream_status'),
  connect: row.text('upstream_connect_time'),
  header: row.text('upstream_header_time'),
  response: row.text('upstream_response_time'),
  received: row.text('upstream_bytes_received') ?? row.text('upstream_response_length'),
})

/** The upstream lists of a stream line: a session has no status and no header, but a first byte. */
export const streamLists = (row: Row): Lists => ({
  addr: row.text('upstream_addr'),
  status: undefined,
  connect: row.text('upstream_connect_time'),
  header: row.text('upstream_first_byte_time'),
  response: row.text('upstream_session_time'),
  received: row.text('upstream_bytes_received'),
})
