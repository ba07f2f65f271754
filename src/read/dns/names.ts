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

/** A name that a log printed raw, with its blanks as BIND would print them: a blank in a label is unusual but no error. */
export function blanksEscaped<T extends string | undefined>(name: T): T {
  return (name?.includes(' ') ? name.replaceAll(' ', '\\032') : name) as T
}
