/** Lines of nginx's stream log in the shapes people write: client, time, protocol, then named values, or the manual's columns and quoted values. */
import { canonicalIp, splitHostPort } from '../../address.js'
import { skip, type Skip } from '../parser.js'
import type { CellReader, Cells, Layout } from '../table.js'

/** Names in use for the variables of a stream session. */
const KEYS: Readonly<Record<string, string>> = {
  sni: 'ssl_preread_server_name', ssl_preread_server_name: 'ssl_preread_server_name', server_name: 'ssl_preread_server_name', host: 'ssl_preread_server_name', name: 'ssl_preread_server_name',
  alpn: 'ssl_preread_alpn_protocols', ssl_preread_alpn_protocols: 'ssl_preread_alpn_protocols',
  ver: 'ssl_preread_protocol', tls: 'ssl_preread_protocol', version: 'ssl_preread_protocol', ssl_preread_protocol: 'ssl_preread_protocol',
  vip: '@server', server: '@server', local: '@server', server_addr: 'server_addr', server_port: 'server_port',
  up: 'upstream_addr', ups: 'upstream_addr', upstream: 'upstream_addr', upstream_addr: 'upstream_addr', uct: 'upstream_connect_time', upstream_connect_time: 'upstream_connect_time',
  ufbt: 'upstream_first_byte_time', upstream_first_byte_time: 'upstream_first_byte_time', ust: 'upstream_session_time', upstream_session_time: 'upstream_session_time',
  ubr: 'upstream_bytes_received', upstream_bytes_received: 'upstream_bytes_received', ubs: 'upstream_bytes_sent', upstream_bytes_sent: 'upstream_bytes_sent',
  status: 'status', in: 'bytes_received', bytes_received: 'bytes_received', rx: 'bytes_received', out: 'bytes_sent', bytes_sent: 'bytes_sent', tx: 'bytes_sent',
  st: 'session_time', session_time: 'session_time', conn: 'connection', connection: 'connection', protocol: 'protocol', msec: 'msec', port: 'remote_port', remote_port: 'remote_port',
  ssl_protocol: 'ssl_protocol', ssl_cipher: 'ssl_cipher', ssl_server_name: 'ssl_server_name', reused: 'ssl_session_reused', ssl_session_reused: 'ssl_session_reused',
}

const HEAD = /^(\S{2,60}) \[(\d[^\]]{15,34})\] (?:(\d{9,11}\.\d{3}) )?(TCP|UDP)(?: |$)/
/** The columns of the manual's example, and the quoted values that its longer form adds. */
const BASIC = /^(\d{3}|-) (\d+) (\d+) (\d+\.\d{3})(?: |$)/
const QUOTED = /^"([^"]*)"(?: |$)/
const PAIR = /^(\w+)=(?:"([^"]*)"|([^ "]*(?:(?:(?<=,) | : )[^ "]+)*))(?: |$)/
const LOOKS_NAMED = /^(?:[\w*-]+\.)+[A-Za-z][\w-]*\.?$/

type Put = (name: string, value: string) => void

/** Quoted values by what they look like: upstream address and byte counts come in the manual's order, a name is the client's. */
function putQuoted(values: readonly string[], put: Put): boolean {
  const rest = [...values]
  const names = rest.filter(value => LOOKS_NAMED.test(value) && canonicalIp(value) === undefined)
  if (names.length > 1) return false
  if (names.length === 1) {
    put('ssl_preread_server_name', names[0]!)
    rest.splice(rest.indexOf(names[0]!), 1)
  }
  if (rest.length === 0 || (rest.length === 1 && (rest[0] === '' || rest[0] === '-'))) return true
  if (rest.length !== 4 && rest.length !== 1) return false
  ;['upstream_addr', 'upstream_bytes_sent', 'upstream_bytes_received', 'upstream_connect_time'].slice(0, rest.length).forEach((name, i) => put(name, rest[i]!))
  return true
}

/** The client, with its port where `withPort` says that the file has them (nginx writes IPv6 without brackets, so the text alone may not tell). */
function putClient(client: string, withPort: boolean, put: Put): boolean {
  const colon = client.lastIndexOf(':')
  const isAddress = canonicalIp(client) !== undefined
  if (isAddress && !(withPort && client.includes(':'))) {
    put('remote_addr', client)
    return true
  }
  if (colon === -1 || canonicalIp(client.slice(0, colon)) === undefined) return false
  put('@client', client.replace(/[[\]]/g, ''))
  return true
}

/** True where an address with a port stands first: what no address alone can be. */
const hasPort = (line: string): boolean => {
  const client = HEAD.exec(line)?.[1]
  return client !== undefined && canonicalIp(client) === undefined && splitHostPort(client) !== undefined
}

/** Reads a session line; 'cut' where only its beginning fits, undefined where it is none. */
function readSession(text: string, withPort: boolean, put: Put): true | 'cut' | undefined {
  const head = HEAD.exec(text)
  if (!head) return /^\S{2,60} \[\d[^\]]{15,34}\] \d{1,11}(?:\.\d{0,3})?$/.test(text) ? 'cut' : undefined
  const [matched, client, time, msec, protocol] = head
  if (!putClient(client!, withPort, put)) return undefined
  put(time!.charCodeAt(4) === 45 ? 'time_iso8601' : 'time_local', time!)
  if (msec !== undefined) put('msec', msec)
  put('protocol', protocol!)
  return readRest(text.slice(matched.length), put)
}

function readRest(all: string, put: Put): true | 'cut' | undefined {
  let rest = all
  const basic = BASIC.exec(rest)
  if (basic) {
    ;['status', 'bytes_sent', 'bytes_received', 'session_time'].forEach((name, i) => put(name, basic[i + 1]!))
    rest = rest.slice(basic[0].length)
  }
  const quoted: string[] = []
  let named = 0
  while (rest !== '') {
    const match = (rest.charCodeAt(0) === 34 ? QUOTED : PAIR).exec(rest)
    if (!match) return named > 0 || basic ? 'cut' : undefined
    if (rest.charCodeAt(0) === 34) quoted.push(match[1]!)
    else {
      named++
      const name = KEYS[match[1]!.toLowerCase()]
      const value = match[2] ?? match[3] ?? ''
      if (name === '@server' && !value.includes(':')) put('server_addr', value)
      else if (name !== undefined) put(name, value)
    }
    rest = rest.slice(match[0].length)
  }
  return (basic || named >= 3) && (quoted.length === 0 || (basic && putQuoted(quoted, put))) ? true : undefined
}

/** True for a session line from beginning to end. */
export const isSession = (text: string): boolean => readSession(text, false, () => {}) === true

class SessionCells implements CellReader {
  private readonly places: ReadonlyMap<string, number>
  private cells: string[] = []
  private readonly put = (name: string, value: string): void => {
    const at = this.places.get(name)
    if (at !== undefined) this.cells[at] = value === '' ? '-' : value
  }
  constructor(readonly names: readonly string[], private readonly withPort: boolean) { this.places = new Map(names.map((name, at) => [name, at])) }

  read(text: string): Cells | Skip {
    if (text.trim() === '') return skip('blank')
    const cells: string[] = this.cells = new Array<string>(this.names.length)
    const result = readSession(text, this.withPort, this.put)
    return result === true ? cells : result === 'cut' ? skip('malformed', 'the line is cut short') : skip('not-this-format', 'no stream session')
  }
}

/** A layout of stream sessions. */
export function sessions(): Layout {
  return { kind: 'nginx-session', absent: [], open: (wanted, context) => new SessionCells(wanted, context.head.lines.some(hasPort)) }
}
