/** Cases of dns-failure. */
import { caseEvents, repeat, type CaseDraft } from '../detectors/case-events.js'
import type { Case } from '../detectors/detector.js'
import { lookUp } from './case-parts.js'

/** Look-ups of many names by many clients that are answered. */
const healthy = (count: number, from = 0, every = 500): CaseDraft[] => repeat(count, i => lookUp({ at: from + i * every, client: `192.0.2.${20 + i % 9}`, name: `site${i % 7}.example.com`, ips: ['203.0.113.10'], ms: 4 }))
const failing = (count: number, clients: number, code: string | undefined, from = 8000, names: readonly string[] = ['www.example.net', 'img.example.net'], every = 700): CaseDraft[] =>
  repeat(count, i => lookUp({ at: from + i * every, client: `192.0.2.${60 + i % clients}`, name: names[Math.floor(i / clients) % names.length]!, ...(code === undefined ? {} : { code }) }))
const before = repeat(4, i => lookUp({ at: i * 900, client: `192.0.2.${60 + i}`, name: i % 2 ? 'www.example.net' : 'img.example.net', ips: ['203.0.113.20'] }))

export const failureCases: readonly Case[] = [
  {
    name: 'the servers of one zone stop answering: its names, and no others, end in SERVFAIL',
    fires: true,
    events: caseEvents([...healthy(40), ...before, ...failing(8, 4, 'SERVFAIL')]),
    expects: { severity: 'medium', cause: 'servfail', findings: 1, hostnames: ['img.example.net', 'www.example.net'] },
  },
  {
    name: 'questions of many clients get no answer while others do',
    fires: true,
    events: caseEvents([...healthy(80), ...before, ...failing(8, 4, undefined)]),
    expects: { severity: 'medium', cause: 'timeout', findings: 1 },
  },
  {
    name: 'a name that worked does not exist any more',
    fires: true,
    events: caseEvents([...healthy(40), ...before, ...failing(6, 3, 'NXDOMAIN', 8000, ['www.example.net'], 5000)]),
    expects: { cause: 'nxdomain', findings: 1, hostnames: ['www.example.net'] },
  },
  {
    name: 'single users mistype a name, each once',
    fires: false,
    events: caseEvents([...healthy(40), ...failing(4, 4, 'NXDOMAIN', 4000, ['wwww.example.com'])]),
  },
  {
    name: 'search suffixes behind known names, bare host names and service discovery',
    fires: false,
    events: caseEvents([...healthy(40), ...failing(24, 6, 'NXDOMAIN', 4000, ['site1.example.com.office.example.net', 'printer', '_ldap._tcp.example.com', 'wpad.example.com'], 400)]),
  },
  {
    name: 'HTTPS and AAAA questions without data: the names exist',
    fires: false,
    events: caseEvents([...healthy(40), ...repeat(10, i => lookUp({ at: 5000 + i * 300, client: `192.0.2.${20 + i}`, name: 'v4only.example.com', type: i % 2 ? 'HTTPS' : 'AAAA', code: 'NOERROR', ips: [] }))]),
  },
  {
    name: 'a lost packet: the second try is answered',
    fires: false,
    events: caseEvents([...healthy(60), ...repeat(6, i => [
      lookUp({ at: 5000 + i * 2000, client: `192.0.2.${70 + i}`, name: 'www.example.net' }),
      lookUp({ at: 6000 + i * 2000, client: `192.0.2.${70 + i}`, name: 'www.example.net', ips: ['203.0.113.20'] }),
    ])]),
  },
  {
    name: 'a log of questions alone shows no answers by design',
    fires: false,
    events: caseEvents(repeat(60, i => lookUp({ at: i * 500, client: `192.0.2.${20 + i % 9}`, name: `site${i % 7}.example.com` }))),
  },
  {
    name: 'one client keeps asking for a name whose servers are gone for good',
    fires: false,
    events: caseEvents([...healthy(40), ...failing(2, 1, 'SERVFAIL', 4000, ['gone.example.org'])]),
  },
]
