/** Names as DNS logs print them. */
import { canonicalIp } from '../../address.js'

/** The name under which an address is looked up (`192.0.2.80` → `80.2.0.192.in-addr.arpa`); undefined for what is no address. */
export function reverseName(address: string): string | undefined {
  const ip = canonicalIp(address)
  if (ip === undefined) return undefined
  if (!ip.includes(':')) return `${ip.split('.').reverse().join('.')}.in-addr.arpa`
  const [head = '', tail] = ip.split('::')
  const groups = (text: string): string[] => text === '' ? [] : text.split(':')
  const front = groups(head)
  const back = tail === undefined ? [] : groups(tail)
  const all = [...front, ...Array<string>(Math.max(0, 8 - front.length - back.length)).fill('0'), ...back]
  return `${all.map(group => group.padStart(4, '0')).join('').split('').reverse().join('.')}.ip6.arpa`
}

/** True where a word could be an address, judged by its last characters; a cheap question before a dear one. */
export function looksLikeIp(word: string): boolean {
  const last = word.charCodeAt(word.length - 1)
  return (last >= 48 && last <= 57) || word.includes(':')
}

/** Undoes DNS master file escapes (`\032`, `\.`) where that gives a printable character; the dot of a label stays escaped. */
export function unescapeName(name: string): string {
  if (!name.includes('\\')) return name
  return name.replace(/\\(\d{3}|.)/g, (whole, code: string) => {
    if (code.length !== 3) return code === '.' || code === '\\' ? whole : code
    const value = Number(code)
    return value > 32 && value < 127 && value !== 46 && value !== 92 ? String.fromCharCode(value) : whole
  })
}
