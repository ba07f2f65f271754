/** How dnsmasq's logs and Pi-hole's are known, and told apart. */
import { shareOf, type Head } from '../parser.js'
import { cutDnsmasq, isPiholeSource, readDnsmasqBody } from './dnsmasq-line.js'

/** Share of the head's lines that dnsmasq wrote, and whether Pi-hole's words stand in any of them; 0 if none tells of a query. */
export function dnsmasqShare(head: Head): { share: number, pihole: boolean } {
  const outer = head.program?.startsWith('dnsmasq') ? { program: head.program } : undefined
  let queries = 0
  let pihole = /pi-?hole/i.test(head.path)
  const share = shareOf(head, line => {
    const prefix = cutDnsmasq(line, outer)
    if (!prefix) return false
    const { kind, source } = readDnsmasqBody(prefix.body)
    if (kind === 'query' || kind === 'forwarded' || kind === 'answer') queries++
    if (isPiholeSource(source)) pihole = true
    return true
  })
  return { share: queries > 0 ? share : 0, pihole }
}
