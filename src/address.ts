/**
 * One spelling for each address and each name, and the questions asked about them. The strings given back are copies that
 * do not keep the line they were cut from in memory, and equal ones are mostly the same object.
 */
import { domainToASCII } from 'node:url'

const MAX_CACHED = 100_000
const [DOT, COLON] = [46, 58]
const interned = new Map<string, string>()
const ips = new Map<string, string>()
const hosts = new Map<string, string>()
const groups = new Uint16Array(8)
let hexValue = 0

function remember(cache: Map<string, string>, key: string, value: string): string {
  if (cache.size >= MAX_CACHED) cache.clear()
  cache.set(key, value)
  return value
}

function flat(text: string): string {
  // V8 makes a slice of a line a view that keeps the whole line alive; joined first, it only keeps its own copy.
  return ` ${text}`.slice(1)
}

/** Gives an equal string that does not keep the line it was cut from in memory; texts over 256 characters are copied but not kept. */
export function intern(text: string): string {
  const known = interned.get(text)
  if (known !== undefined) return known
  const copy = flat(text)
  return text.length > 256 ? copy : remember(interned, copy, copy)
}

/**
 * Takes an IP address as any log prints it; gives RFC 5952 (lower case, shortest), an IPv4-mapped one as IPv4, brackets
 * and zone id dropped. Undefined for anything else: octets with leading zeros, ports, prefixes, control characters.
 */
export function canonicalIp(text: string): string | undefined {
  if (text.length > 80 || text.length < 2) return undefined
  const known = ips.get(text)
  if (known !== undefined) return known
  const result = ipv4(text, 0, text.length) >= 0 ? flat(text) : otherIp(text)
  return result === '' ? undefined : remember(ips, result === text ? result : flat(text), result)
}

function otherIp(text: string): string {
  const inner = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text
  if (ipv4(inner, 0, inner.length) >= 0) return flat(inner)
  const percent = inner.indexOf('%')
  if (percent >= 0 && !/^%[\w.~-]+$/.test(inner.slice(percent))) return ''
  if (!ipv6(percent < 0 ? inner : inner.slice(0, percent))) return ''
  const mapped = mappedIpv4()
  return mapped < 0 ? printIpv6() : printIpv4(mapped)
}

/** Reads dotted IPv4 between two places; gives it as a number, or -1. */
function ipv4(text: string, from: number, to: number): number {
  if (to - from < 7 || to - from > 15) return -1
  let value = 0
  let octet = -1
  let dots = 0
  for (let at = from; at < to; at += 1) {
    const code = text.charCodeAt(at)
    if (code === DOT) {
      if (octet < 0 || dots === 3) return -1
      value = value * 256 + octet
      octet = -1
      dots += 1
      continue
    }
    if (code < 48 || code > 57 || octet === 0) return -1
    octet = octet < 0 ? code - 48 : octet * 10 + code - 48
    if (octet > 255) return -1
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1
}

/** Reads IPv6 into `groups`; false for anything else. */
function ipv6(text: string): boolean {
  let [count, gap, at] = [0, -1, 0]
  if (text.length < 2 || text.length > 45) return false
  if (text.charCodeAt(0) === COLON) {
    if (text.charCodeAt(1) !== COLON) return false
    ;[gap, at] = [0, 2]
  }
  while (at < text.length) {
    if (count === 8) return false
    const end = groupEnd(text, at)
    if (text.charCodeAt(end) === DOT) return count <= 6 && tailIpv4(text, at, count) && spread(count + 2, gap)
    if (end === at || end - at > 4) return false
    groups[count] = hexValue
    count += 1
    at = end
    if (at === text.length) break
    if (text.charCodeAt(at) !== COLON) return false
    at += 1
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return false
      gap = count
      at += 1
    }
    if (at === text.length && gap !== count) return false
  }
  return spread(count, gap)
}

/** Where a run of hexadecimal digits ends; its value is left in `hexValue`, which only holds the last four digits. */
function groupEnd(text: string, from: number): number {
  hexValue = 0
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    const digit = code < 58 ? code - 48 : code < 65 ? -1 : (code | 32) - 87
    if (digit < 0 || digit > 15) return at
    hexValue = (hexValue << 4 | digit) & 0xffff
  }
  return text.length
}

function tailIpv4(text: string, at: number, count: number): boolean {
  const value = ipv4(text, at, text.length)
  groups.set([Math.floor(value / 65_536), value % 65_536], count)
  return value >= 0
}

function spread(count: number, gap: number): boolean {
  if (gap < 0) return count === 8
  if (count > 7) return false
  groups.copyWithin(gap + 8 - count, gap, count)
  groups.fill(0, gap, gap + 8 - count)
  return true
}

function mappedIpv4(): number {
  for (let index = 0; index < 5; index += 1) if (groups[index] !== 0) return -1
  return groups[5] === 0xffff ? (groups[6] ?? 0) * 65_536 + (groups[7] ?? 0) : -1
}

function printIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`
}

function printIpv6(): string {
  let [start, length] = [8, 1]
  for (let from = 0; from < 8; from += 1) {
    let to = from
    while (to < 8 && groups[to] === 0) to += 1
    if (to - from > length) [start, length] = [from, to - from]
    from = to
  }
  let text = ''
  for (let index = 0; index < 8; index += 1) {
    if (index > start && index < start + length) continue
    text += index === start ? '::' : (text === '' || text.endsWith(':') ? '' : ':') + (groups[index] ?? 0).toString(16)
  }
  return text
}

/** Whether a text is an IP address in any spelling that canonicalIp takes. */
export function isIp(text: string): boolean {
  return canonicalIp(text) !== undefined
}

/** Takes a canonical IP; gives its family. */
export function ipFamily(canonical: string): 4 | 6 {
  return canonical.includes(':') ? 6 : 4
}

/**
 * Takes a host name without port or brackets; gives it in lower case, as A-labels, without its trailing dot. Underscores,
 * wildcards and the escapes of BIND and dnsmasq (`\032`, `\.`) stay. Undefined for an IP address (see isIp), the root, the
 * placeholder `-`, empty labels, blanks, control characters, colons, brackets, and more than 253 characters.
 */
export function canonicalHost(text: string): string | undefined {
  if (text.length === 0 || text.length > 1024) return undefined
  const known = hosts.get(text)
  if (known !== undefined) return known === '' ? undefined : known
  const result = host(text)
  if (text.length > 256) return result === '' ? undefined : result
  return remember(hosts, result === text ? result : flat(text), result) === '' ? undefined : result
}

function host(text: string): string {
  // Only what is beyond ASCII goes through IDNA, which would refuse escapes.
  const ascii = /[^\0-\x7f]/.test(text) ? domainToASCII(text) : text
  const end = endOfName(ascii)
  if (end < 1 || end > 253) return ''
  const name = ascii.slice(0, end)
  const lower = name.toLowerCase()
  return name === '-' || ipv4(name, 0, end) >= 0 ? '' : lower === name ? flat(name) : lower
}

/** Where a name ends, its trailing dot aside; -1 for what is no name. */
function endOfName(text: string): number {
  let labelStart = 0
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at)
    const escaped = code === 92
    if (escaped) code = text.charCodeAt((at += 1))
    if (!(code > 32) || code === 127) return -1
    if (escaped) continue
    if (code === COLON || code === 91 || code === 93) return -1
    if (code !== DOT) continue
    if (at === labelStart) return -1
    if (at === text.length - 1) return at
    labelStart = at + 1
  }
  return text.length
}

/**
 * Takes `name:443`, `192.0.2.1:53`, `[2001:db8::1]:443`, BIND's `192.0.2.1#53`, or any of them without a port (a bare
 * IPv6 address is never cut). Gives host and port as printed, the host neither checked nor canonical. Undefined for an
 * empty host and for a port that is not 0 to 65535.
 */
export function splitHostPort(text: string): { host: string, port?: number } | undefined {
  const hash = text.includes('#') ? text.lastIndexOf('#') : -1 // V8 looks for the last of a text at five times the cost
  if (hash >= 0) return withPort(text.slice(0, hash), text.slice(hash + 1))
  if (text.startsWith('[')) {
    const close = text.indexOf(']')
    if (close < 0 || (close < text.length - 1 && text.charCodeAt(close + 1) !== COLON)) return undefined
    return withPort(text.slice(1, close), text.slice(close + 2))
  }
  const colon = text.indexOf(':')
  if (colon < 0) return withPort(text, '')
  if (text.indexOf(':', colon + 1) >= 0) return isIp(text) ? { host: text } : undefined
  return withPort(text.slice(0, colon), text.slice(colon + 1))
}

function withPort(host: string, port: string): { host: string, port?: number } | undefined {
  if (host === '') return undefined
  if (port === '') return { host }
  return port.length < 6 && /^\d+$/.test(port) && Number(port) < 65_536 ? { host, port: Number(port) } : undefined
}

/**
 * Takes a CIDR block or a single address; gives a test for addresses (canonical or not; what is no address is not
 * contained). Undefined for what is neither. Bits beyond the prefix are ignored. A block of mapped IPv4 is one of IPv4.
 */
export function cidrContains(cidr: string): ((ip: string) => boolean) | undefined {
  const slash = cidr.indexOf('/')
  const base = canonicalIp(slash < 0 ? cidr : cidr.slice(0, slash))
  const digits = cidr.slice(slash + 1)
  if (base === undefined || (slash >= 0 && !/^\d{1,3}$/.test(digits))) return undefined
  const family = ipFamily(base)
  const mapped = family === 4 && cidr.includes(':')
  const bits = slash < 0 ? (family === 4 ? 32 : 128) : Number(digits) - (mapped ? 96 : 0)
  if (bits < 0 || bits > (family === 4 ? 32 : 128)) return undefined
  return family === 4 ? inIpv4(base, bits) : inIpv6(base, bits)
}

function inIpv4(base: string, bits: number): (ip: string) => boolean {
  const size = 2 ** (32 - bits)
  const block = Math.floor(ipv4(base, 0, base.length) / size)
  return (ip) => {
    const canonical = canonicalIp(ip)
    const value = canonical === undefined ? -1 : ipv4(canonical, 0, canonical.length)
    return value >= 0 && Math.floor(value / size) === block
  }
}

function inIpv6(base: string, bits: number): (ip: string) => boolean {
  ipv6(base)
  const block = groups.slice()
  return (ip) => {
    const canonical = canonicalIp(ip)
    return canonical !== undefined && ipv6(canonical) && block.every((group, index) => {
      const shift = 16 - Math.min(16, Math.max(0, bits - index * 16))
      return group >> shift === (groups[index] ?? 0) >> shift
    })
  }
}

/** Whether an address is one that the open internet does not route to a host: private, shared (100.64/10), loopback, link-local, unspecified. */
export function isPrivateIp(ip: string): boolean {
  const canonical = canonicalIp(ip)
  if (canonical === undefined) return false
  if (ipFamily(canonical) === 6) return canonical === '::' || canonical === '::1' || /^(?:f[cd]..|fe[89ab].):/.test(canonical)
  const [first = 0, second = 0] = canonical.split('.', 2).map(Number)
  if (first === 100 || first === 172) return first === 100 ? second >> 6 === 1 : second >> 4 === 1
  return first === 0 || first === 10 || first === 127 || (first === 192 && second === 168) || (first === 169 && second === 254)
}

/**
 * Whether a certificate's name covers a host (RFC 6125): equal, or `*.example.com` for exactly one label more. A star
 * that is part of a label, alone, or held against an IP address covers nothing. Case and one trailing dot do not matter.
 */
export function nameCoveredBy(name: string, pattern: string): boolean {
  const wanted = plain(name)
  const shown = plain(pattern)
  if (wanted === '' || wanted === shown) return wanted !== ''
  if (!shown.startsWith('*.')) return isIp(name) && canonicalIp(name) === canonicalIp(pattern)
  const dot = wanted.indexOf('.')
  return dot > 0 && shown.length > 2 && !isIp(name) && wanted.slice(dot) === shown.slice(1)
}

function plain(name: string): string {
  const lower = name.toLowerCase()
  return lower.endsWith('.') ? lower.slice(0, -1) : lower
}
