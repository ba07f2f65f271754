/** The head of a tcpdump line: when, from where, to where; in all its time formats, with and without link level, interface and number. */

/** A stamp as tcpdump prints it; `time` is a time of day without a date, or a distance, which `-t` options make look alike. */
export interface PacketStamp { readonly kind: 'epoch' | 'dated' | 'time' | 'distance' | 'none', readonly text: string }

/** One end: an address (or a name, where -n was not given) and a port (or the name of a service). */
export interface PacketEnd { readonly host: string, readonly port: string }

/** A packet line. Without ends it is the first line of a verbose IPv4 packet, whose ends stand on the next. */
export interface Packet { readonly stamp: PacketStamp, readonly ends?: { readonly src: PacketEnd, readonly dst: PacketEnd, readonly rest: string } }

const NUMBER = /^ {0,4}\d{1,10} {2}(?=\S)/ // tcpdump -#
const STAMPS: readonly (readonly [PacketStamp['kind'], RegExp])[] = [
  ['dated', /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6,9}) /],
  ['epoch', /^(\d{9,11}\.\d{6,9}) /],
  ['time', /^(\d\d:\d\d:\d\d\.\d{6,9}) /],
  ['distance', /^[ -](\d\d:\d\d:\d\d\.\d{6,9}) /],
]
const LINK = /ethertype IPv[46] \(0x[0-9a-f]{4}\), (?:length \d{1,6}: )?/
const HEADED = /^(?:[^\s:]{1,64} +(?:In|Out|B|M|P) +)?IP6? /

function stampOf(line: string): { stamp: PacketStamp, rest: string } {
  for (const [kind, pattern] of STAMPS) {
    const match = pattern.exec(line)
    if (match) return { stamp: { kind, text: match[1]! }, rest: line.slice(match[0].length) }
  }
  return { stamp: { kind: 'none', text: '' }, rest: line }
}

/** What follows the brackets that a text begins with, or the text itself. */
function afterBrackets(text: string): string {
  if (!text.startsWith('(')) return text
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 40) depth++
    else if (code === 41 && --depth === 0) return text.slice(at + 1).trimStart()
  }
  return ''
}

/** `198.51.100.7.59459`, `2001:db8::53.domain`, `ns.example.domain`: the port is behind the last dot. */
function endOf(text: string): PacketEnd | undefined {
  const dot = text.lastIndexOf('.')
  return dot <= 0 || dot === text.length - 1 || text.includes(' ') ? undefined : { host: text.slice(0, dot), port: text.slice(dot + 1) }
}

/** `SRC > DST: rest`, the second line of a verbose packet or the tail of any other. */
export function readEnds(text: string): Packet['ends'] {
  const arrow = text.indexOf(' > ')
  const colon = arrow === -1 ? -1 : text.indexOf(': ', arrow)
  if (colon === -1 || arrow > 300) return undefined
  const [src, dst] = [endOf(text.slice(0, arrow)), endOf(text.slice(arrow + 3, colon))]
  return src && dst ? { src, dst, rest: text.slice(colon + 2) } : undefined
}

/** Reads a line that begins a packet; undefined for any other. */
export function readPacket(line: string): Packet | undefined {
  const { stamp, rest } = stampOf(line.replace(NUMBER, ''))
  const headed = HEADED.exec(rest)
  const link = headed ? undefined : LINK.exec(rest.slice(0, 400))
  if (!headed && !link) return undefined
  const body = rest.slice(headed ? headed[0].length : link!.index + link![0].length)
  const tail = afterBrackets(body)
  if (tail === '') return { stamp }
  const ends = readEnds(tail)
  return ends ? { stamp, ends } : /^\S+ > \S+: /.test(tail) ? { stamp, ends: { src: { host: '', port: '' }, dst: { host: '', port: '' }, rest: '' } } : undefined
}
