/** Networks of addresses, as blocks of a fixed length. */
import { ipFamily } from '../address.js'

const MAX_KNOWN = 100_000
const known = new Map<string, string>()

function groupsOf(ip: string): number[] {
  const [head = '', tail] = ip.split('::')
  const read = (text: string): number[] => text === '' ? [] : text.split(':').map(group => Number.parseInt(group, 16))
  const [left, right] = [read(head), read(tail ?? '')]
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right]
}

/** The leading `bits` of numbers of `width` bits each, the rest zero. */
function masked(numbers: readonly number[], width: number, bits: number): number[] {
  return numbers.map((number, at) => {
    const kept = Math.min(width, Math.max(0, bits - at * width))
    return Math.floor(number / 2 ** (width - kept)) * 2 ** (width - kept)
  })
}

/**
 * The network of a canonical address (`src/address.ts`), written `192.0.2.0/24` or `2001:db8:0:1::/64`.
 * @param bits4 length of the prefix of IPv4, 1 to 32; `bits6` of IPv6, 1 to 128.
 */
export function networkOf(ip: string, bits4: number, bits6: number): string {
  const key = `${ip} ${bits4} ${bits6}`
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const isFour = ipFamily(ip) === 4
  const groups = isFour ? masked(ip.split('.').map(Number), 8, bits4) : masked(groupsOf(ip), 16, bits6)
  const last = groups.findLastIndex(group => group !== 0)
  const six = (): string => `${groups.slice(0, last + 1).map(group => group.toString(16)).join(':')}${last < 7 ? '::' : ''}`
  const network = isFour ? `${groups.join('.')}/${bits4}` : `${six()}/${bits6}`
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(key, network)
  return network
}

/** Is it an address that no public network routes: of one's own network (RFC 1918, RFC 4193), of the link, of carriers (RFC 6598), or the machine itself? */
export function isPrivateAddress(ip: string): boolean {
  if (ipFamily(ip) === 6) return /^f[cd]|^fe[89ab]|^::1$/.test(ip)
  const [first = 0, second = 0] = ip.split('.').map(Number)
  return first === 10 || first === 127 || (first === 172 && second >= 16 && second < 32) || (first === 192 && second === 168) || (first === 169 && second === 254) || (first === 100 && second >= 64 && second < 128)
}
