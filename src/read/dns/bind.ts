/** BIND's log lines: the prefix that every category shares, the client, and the bodies of queries and responses. */
import { splitHostPort } from '../../address.js'
import type { Draft } from '../parser.js'
import { readBind, readIso, type LocalStamp, type Stamp } from '../time.js'

/** A line cut into stamp, category, level and the rest. */
export interface BindLine { readonly stamp: Stamp | LocalStamp | undefined, readonly category: string | undefined, readonly level: string | undefined, readonly rest: string }

const CATEGORY = /^[a-z][a-z-]{2,30}$/
const LEVEL = /^(?:info|notice|warning|error|critical|dynamic|debug(?: \d{1,3})?)$/

/** Infoblox's syslog puts the category before the stamp. */
const CATEGORY_FIRST = /^([a-z][a-z-]{2,30}): \d\d-[A-Z][a-z]{2}-\d{4} /

/** Cuts `[stamp ][category: ][level: ]` off, the first two in either order; undefined for a line that begins like a stamp and is none. */
export function cutBind(text: string): BindLine | undefined {
  const first = text.charCodeAt(2) === 45 ? null : CATEGORY_FIRST.exec(text)
  if (first) {
    const cut = cutBind(text.slice(first[1]!.length + 2))
    return cut && { ...cut, category: first[1] }
  }
  let at = 0
  let stamp: Stamp | LocalStamp | undefined
  if (text.charCodeAt(2) === 45 && text.charCodeAt(6) === 45) {
    at = text.indexOf(' ', 12) + 1
    stamp = at === 0 ? undefined : readBind(text.slice(0, at - 1))
    if (!stamp) return undefined
  } else if (text.charCodeAt(4) === 45 && text.charCodeAt(10) === 84) {
    at = text.indexOf(' ') + 1
    stamp = at === 0 ? undefined : readIso(text.slice(0, at - 1))
    if (!stamp) return undefined
  }
  let category: string | undefined
  let level: string | undefined
  for (let words = 0; words < 2; words++) {
    const colon = text.indexOf(': ', at)
    if (colon === -1 || colon - at > 32) break
    const word = text.slice(at, colon)
    if (LEVEL.test(word)) level = word
    else if (words === 0 && CATEGORY.test(word)) category = word
    else break
    at = colon + 2
    if (level !== undefined) break
  }
  return { stamp, category, level, rest: at === 0 ? text : text.slice(at) }
}

/** The client before a message. `origin` is the name it asked for, which a CNAME does not change. */
export interface BindClient { readonly ip: string, readonly port: number | undefined, readonly origin: string | undefined, readonly message: string }

const CLIENT = /^client (?:@0x[0-9a-f]+ )?([0-9a-fA-F.:]+)(?:%[\w.-]+)?#(\d{1,5})(?:\/key ([^ ]+))?/

/** Reads `client [@0x…] IP#PORT[/key K][ (NAME)][: view V]: ` up to the message; undefined for any other text. */
export function readBindClient(rest: string): BindClient | undefined {
  if (!rest.startsWith('client ')) return undefined
  const match = CLIENT.exec(rest)
  if (!match) return undefined
  let at = match[0].length
  let origin: string | undefined
  if (rest.startsWith(' (', at)) {
    // the name may hold an escaped parenthesis; `): ` ends it
    const close = rest.indexOf('): ', at)
    if (close === -1) return undefined
    origin = rest.slice(at + 2, close)
    at = close + 1
  } else if (match[3]?.endsWith(':')) at--
  if (rest.startsWith(': view ', at)) {
    const end = rest.indexOf(': ', at + 7)
    if (end === -1) return undefined
    at = end
  }
  // Infoblox leaves the colon out before the transport
  const start = rest.startsWith(': ', at) ? at + 2 : rest.startsWith(' UDP: ', at) || rest.startsWith(' TCP: ', at) ? at + 1 : -1
  return start === -1 ? undefined : { ip: match[1]!, port: Number(match[2]) || undefined, origin, message: rest.slice(start) }
}

const CLASS = /^(?:IN|CH|HS|ANY|NONE|CLASS\d{1,5})$/
const TYPE = /^[A-Z][A-Z0-9-]{0,15}$/
const FLAG_NAMES: readonly (readonly [string, string])[] = [['+', 'RD'], ['D', 'DO'], ['C', 'CD']]

/** Takes ` (DEST)[ [ECS …]]` off the end; releases before 9.9 print no destination. */
function cutDestination(body: string, draft: Draft, dns: NonNullable<Draft['dns']>): string | undefined {
  let end = body.length
  if (body.endsWith(']')) {
    const ecs = body.lastIndexOf(' [ECS ')
    if (ecs === -1) return undefined
    // address / source prefix / scope; the scope is the server's, not the client's
    dns.edns_subnet = body.slice(ecs + 6, -1).split('/').slice(0, 2).join('/')
    end = ecs
  }
  if (body.charCodeAt(end - 1) !== 41) return body.slice(0, end)
  const open = body.lastIndexOf(' (', end)
  if (open === -1) return undefined
  const server = splitHostPort(body.slice(open + 2, end - 1))
  if (!server) return undefined
  draft.server = { ip: server.host, port: server.port ?? 53 }
  return body.slice(0, open)
}

/** Flags changed their order in 9.20, so they are a set; what stands in brackets after E is the EDNS version. */
function putFlags(flags: string, draft: Draft, dns: NonNullable<Draft['dns']>): boolean {
  const sign = flags.charCodeAt(0)
  if (sign !== 43 && sign !== 45) return false
  const letters = flags.includes('(') ? flags.replace(/\(\d+\)/, '') : flags
  draft.network = { transport: letters.includes('T') ? 'tcp' : 'udp' }
  const names: string[] = []
  for (const [letter, name] of FLAG_NAMES) if (letters.includes(letter)) names.push(name)
  dns.header_flags = names
  return true
}

/** `NAME CLASS TYPE[ FLAGS][ (DEST)][ ECS]`; the name may hold escaped blanks, so it is read from the right. Servers made of old releases print no flags. */
export function putBindQuery(draft: Draft, body: string): boolean {
  const dns: NonNullable<Draft['dns']> = { op_code: 'QUERY' }
  const head = cutDestination(body, draft, dns)
  if (head === undefined) return false
  const words = lastWords(head, 3)
  if (words && putFlags(words[3]!, draft, dns)) dns.question = { name: words[0], type: words[2], class: words[1] }
  else {
    const bare = lastWords(head, 2)
    if (!bare || !CLASS.test(bare[1]!) || !TYPE.test(bare[2]!)) return false
    dns.question = { name: bare[0], type: bare[2], class: bare[1] }
  }
  draft.dns = dns
  return true
}

/** `NAME CLASS TYPE RCODE ANCOUNT NSCOUNT ARCOUNT FLAGS (DEST)[ ECS]`. */
export function putBindResponse(draft: Draft, body: string): boolean {
  const dns: NonNullable<Draft['dns']> = { op_code: 'QUERY' }
  const head = cutDestination(body, draft, dns)
  const words = head === undefined ? undefined : lastWords(head, 7)
  if (!words || !/^\d+ \d+ \d+$/.test(words.slice(4, 7).join(' ')) || !putFlags(words[7]!, draft, dns)) return false
  dns.question = { name: words[0], type: words[2], class: words[1] }
  dns.response_code = words[3]!.startsWith('<rcode ') ? `RCODE${words[3]!.slice(7, -1)}` : words[3]
  draft.dns = dns
  return true
}

/** The last `count` words of a text, and before them all the rest as one. */
function lastWords(text: string, count: number): string[] | undefined {
  const words: string[] = []
  let end = text.length
  for (let i = 0; i < count; i++) {
    const blank = text.lastIndexOf(' ', end - 1)
    if (blank <= 0 || blank === end - 1) return undefined
    words.unshift(text.slice(blank + 1, end))
    end = blank
  }
  words.unshift(text.slice(0, end))
  return words
}
