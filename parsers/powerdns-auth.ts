// PowerDNS Authoritative with log-dns-queries: what a resolver asked; the answer is not logged.
import { defineParser } from '../src/read/define.js'
import { pairsStart, readPairs, readTexts, type Fields } from '../src/read/dns/powerdns.js'
import { putTime } from '../src/read/field-kinds.js'
import { shareOf, skip, type Draft, type LineResult, type Outer, type ParserContext } from '../src/read/parser.js'
import { inheritTime } from '../src/read/table.js'
import { readEpoch, readIso, readSyslog, type LocalStamp, type Stamp } from '../src/read/time.js'

const WANTS = /^(TCP )?Remote ([^ <]+)(?:<-([^ ]+))? wants '(.*)\|([A-Z0-9-]+)', do = ([01]), bufsize = \d+(?: \(\d+\))?(?:: packetcache (HIT|MISS))?$/
const STRUCTURED: ReadonlySet<string> = new Set(['Query received', 'Received TCP query', 'Received query'])

interface AuthLine { readonly draft: Draft, readonly stamp: Stamp | LocalStamp | undefined }

function draftOf(facts: { ip: string, ecs: string | undefined, name: string, type: string, dnssec: boolean, tcp: boolean, hit: boolean }): Draft {
  return {
    type: 'dns.query', client: { ip: facts.ip }, network: { transport: facts.tcp ? 'tcp' : 'udp' },
    dns: {
      question: { name: facts.name, type: facts.type }, header_flags: facts.dnssec ? ['DO'] : [], edns_subnet: facts.ecs,
      ...(facts.hit ? { answered_from: 'cache' } : {}),
    },
  }
}

function structured(fields: Fields | undefined): AuthLine | 'other' | undefined {
  const msg = fields?.get('msg')
  if (!fields || msg === undefined) return undefined
  const remote = fields.get('remote')
  const name = fields.get('query')
  if (!STRUCTURED.has(msg) || remote === undefined || name === undefined) return 'other'
  const [ip, ecs] = remote.split('<-') as [string, string?]
  const ts = fields.get('ts')
  return {
    draft: draftOf({ ip, ecs, name, type: fields.get('type') ?? '', dnssec: (fields.get('dnssec') ?? fields.get('dnssecok')) === '1', tcp: msg.includes('TCP'), hit: fields.get('packetcache') === 'hit' }),
    stamp: ts === undefined ? undefined : readEpoch(ts, 's'),
  }
}

function read(text: string): AuthLine | 'other' | undefined {
  if (text.charCodeAt(0) === 123) return structured(readTexts(text))
  const at = text.indexOf('Remote ')
  if (at === -1 || at > 45) return pairsStart(text) === -1 ? undefined : structured(readPairs(text, pairsStart(text)))
  const start = text.startsWith('TCP ', at - 4) ? at - 4 : at
  const match = WANTS.exec(text.slice(start))
  if (!match) return undefined
  const before = text.slice(0, start).trim()
  const stamp = before === '' ? undefined : readSyslog(before) ?? readIso(before)
  if (before !== '' && !stamp) return undefined
  const [, tcp, ip, ecs, name, type, dnssec, cache] = match
  return { draft: draftOf({ ip: ip!, ecs, name: name!, type: type!, dnssec: dnssec === '1', tcp: tcp !== undefined, hit: cache === 'HIT' }), stamp }
}

function readLine(text: string, context: ParserContext, outer?: Outer): LineResult {
  if (text.trim() === '') return skip('blank')
  const line = read(text)
  if (line === 'other' || /^packetcache (?:HIT|MISS)$/.test(text)) return skip('not-an-event')
  if (!line) return skip(text.includes(" wants '") ? 'malformed' : 'not-this-format', "no \"Remote … wants '…'\"")
  if (line.stamp) putTime(line.draft, line.stamp, 'start', context, outer)
  else if (outer) inheritTime(line.draft, outer, 'start')
  return line.draft
}

export default defineParser({
  id: 'powerdns-auth',
  title: 'PowerDNS Authoritative query log',
  reference: 'https://doc.powerdns.com/authoritative/settings.html#log-dns-queries',
  dataset: 'powerdns.auth',
  types: ['dns.query'],
  vantage: 'resolver',
  limits: 'The client is a resolver, not the user; no port, no response code, no answer and no latency.',
  detect: head => shareOf(head, line => {
    const found = read(line)
    return found !== undefined && found !== 'other'
  }),
  open: context => ({ line: (text, _number, outer) => readLine(text, context, outer) }),
  samples: [
    {
      lines: [
        "Jan 05 09:14:07 Remote 192.0.2.54 wants 'www.example.com|A', do = 0, bufsize = 1232: packetcache MISS",
        "Jan 05 09:14:08 TCP Remote 2001:db8::54<-203.0.113.0/24 wants 'example.com|TYPE65280', do = 1, bufsize = 1232 (4096): packetcache HIT",
        "Jan 05 09:14:09 Remote 192.0.2.54 wants 'www.exam",
      ],
      events: [
        {
          type: 'dns.query', ts_ms: 1767604447000, ts_basis: 'start', ts_res_ms: 1000, hostname: 'www.example.com', client: { ip: '192.0.2.54' },
          network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query', question: { name: 'www.example.com', type: 'A' } },
        },
        {
          type: 'dns.query', ts_ms: 1767604448000, ts_basis: 'start', ts_res_ms: 1000, hostname: 'example.com', client: { ip: '2001:db8::54' },
          network: { transport: 'tcp', type: 'ipv6', protocol: 'dns' },
          dns: { type: 'query', header_flags: ['DO'], question: { name: 'example.com', type: 'TYPE65280' }, answered_from: 'cache', edns_subnet: '203.0.113.0/24' },
        },
      ],
      skipped: { malformed: 1 },
    },
    {
      note: 'structured logging of 5.x',
      lines: 'Jan 05 09:14:07 msg="Query received" subsystem="packethandler" level="0" prio="Notice" ts="1767604447.371" remote="192.0.2.54" query="www.example.com" type="AAAA" dnssec="1" max reply length="1232"',
      events: [{
        type: 'dns.query', ts_ms: 1767604447371, ts_basis: 'start', ts_res_ms: 1, hostname: 'www.example.com', client: { ip: '192.0.2.54' },
        network: { transport: 'udp', type: 'ipv4', protocol: 'dns' }, dns: { type: 'query', header_flags: ['DO'], question: { name: 'www.example.com', type: 'AAAA' } },
      }],
    },
  ],
})
