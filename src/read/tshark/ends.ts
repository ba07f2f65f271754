/** Who sends to whom in a frame. */
import { canonicalIp } from '../../address.js'
import { numberOf, type Frame } from './fields.js'

/** Both ends of a frame. `pair` is the same text for both directions of a connection. */
export interface Ends {
  readonly srcIp: string | undefined
  readonly dstIp: string | undefined
  readonly srcPort: number | undefined
  readonly dstPort: number | undefined
  readonly transport: 'tcp' | 'udp' | undefined
  readonly pair: string
  /** The frame is an error that quotes a packet (ICMP "unreachable"); what it holds was not sent by its sender. */
  readonly quoted: boolean
}

/** Of several the last is the innermost, which is what the names and handshakes in a tunnel belong to. */
const innermost = (values: readonly string[]): string | undefined => values.length === 0 ? undefined : values.length === 1 ? values[0] : values.at(-1)

function quotes(sources: readonly string[], destinations: readonly string[]): boolean {
  return sources.length > 1 && sources.length === destinations.length && sources.at(-1) === destinations[0] && destinations.at(-1) === sources[0]
}

function addressesOf(frame: Frame): { src: string | undefined, dst: string | undefined, quoted: boolean } {
  const v4 = frame.all('src4')
  const v6 = frame.all('src6')
  if (v4.length > 0 && v6.length > 0) return { src: undefined, dst: undefined, quoted: false } // one inside the other, and which is not said
  if (v4.length > 0 || v6.length > 0) {
    const to = v4.length > 0 ? frame.all('dst4') : frame.all('dst6')
    return { src: innermost(v4.length > 0 ? v4 : v6), dst: innermost(to), quoted: quotes(v4.length > 0 ? v4 : v6, to) }
  }
  const both = frame.all('addresses')
  if (both.length === 2) return { src: both[0], dst: both[1], quoted: false }
  return { src: frame.first('src'), dst: frame.first('dst'), quoted: false }
}

function portsOf(frame: Frame, isTcp: boolean): [number | undefined, number | undefined] {
  const src = innermost(frame.all(isTcp ? 'tcpSrc' : 'udpSrc'))
  const dst = innermost(frame.all(isTcp ? 'tcpDst' : 'udpDst'))
  if (src !== undefined || dst !== undefined) return [numberOf(src ?? ''), numberOf(dst ?? '')]
  const both = frame.all(isTcp ? 'tcpPorts' : 'udpPorts')
  return both.length === 2 ? [numberOf(both[0]!), numberOf(both[1]!)] : [undefined, undefined]
}

/** The ends of a frame, as far as its fields tell. */
export function endsOf(frame: Frame): Ends {
  const { src, dst, quoted } = addressesOf(frame)
  const srcIp = src === undefined ? undefined : canonicalIp(src)
  const dstIp = dst === undefined ? undefined : canonicalIp(dst)
  let transport: Ends['transport'] = 'tcp'
  let [srcPort, dstPort] = portsOf(frame, true)
  if (srcPort === undefined && dstPort === undefined) {
    ;[srcPort, dstPort] = portsOf(frame, false)
    transport = srcPort !== undefined || dstPort !== undefined || frame.first('udpStream') !== '' ? 'udp' : frame.first('tcpStream') !== '' ? 'tcp' : undefined
  }
  const a = `${srcIp ?? ''} ${srcPort ?? ''}`
  const b = `${dstIp ?? ''} ${dstPort ?? ''}`
  return { srcIp, dstIp, srcPort, dstPort, transport, pair: a < b ? `${a} ${b}` : `${b} ${a}`, quoted }
}

/** Whether the sender is the server, by the ports alone; undefined where they do not tell. */
export function sentByServer(ends: Ends): boolean | undefined {
  const { srcPort, dstPort } = ends
  return srcPort === undefined || dstPort === undefined || srcPort === dstPort ? undefined : srcPort < dstPort
}

/** One end as the event has it. Written out: this runs for every frame, and spread objects cost more than the rest of it. */
export function end(ip: string | undefined, port: number | undefined): { ip?: string, port?: number } {
  const side: { ip?: string, port?: number } = {}
  if (ip !== undefined) side.ip = ip
  if (port) side.port = port
  return side
}
