/** Questions whose failure tells of nothing broken: names that machines make up, complete or test. */

/** Zones in which "no such name" is an ordinary answer: block lists answer so for every address they do not list. */
const LIST_ZONES = /(?:^|\.)(?:dnsbl|rbl|bl|zen|sbl|xbl|pbl|dbl|uribl|surbl|multi|list|dnswl)\.[a-z0-9.-]+$/
/** Top-level names of home and company networks (RFC 6761, RFC 6762, RFC 8375, and what routers make up). */
const PRIVATE_TOPS = new Set(['local', 'lan', 'home', 'internal', 'intranet', 'corp', 'private', 'localdomain', 'localhost', 'invalid', 'test', 'onion', 'belkin', 'fritz'])

/** Is a name one that no visitor of ours means: no dots, reverse, service discovery, private zone, proxy discovery, block list? */
export function isMachineName(name: string): boolean {
  const labels = name.split('.')
  if (labels.length < 2 || name.endsWith('.arpa') || PRIVATE_TOPS.has(labels.at(-1)!)) return true
  return labels.some(label => label.startsWith('_')) || labels[0] === 'wpad' || labels[0] === 'isatap' || LIST_ZONES.test(name)
}

/** Is it a known name with a search suffix behind it (`www.example.com.office.example.net`)? `isKnown` tells which names exist. */
export function hasSearchSuffix(name: string, isKnown: (name: string) => boolean): boolean {
  let dot = name.indexOf('.')
  while (dot !== -1) {
    const head = name.slice(0, dot)
    if (head.includes('.') && isKnown(head)) return true
    dot = name.indexOf('.', dot + 1)
  }
  return false
}
